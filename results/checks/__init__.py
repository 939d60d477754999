"""Is what was written right? Judged here, purely, on what renhai/checks gathered."""
