"""A journal as load: one system's track, in a process of its own, on the engine that every run uses."""
