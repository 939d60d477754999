"""The parts of a binding: templates and bodies (what is sent), answers (how it is judged), signing in."""
