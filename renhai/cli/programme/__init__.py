"""A programme's commands and what they name, judged before its first stage."""
