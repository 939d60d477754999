"""A user's own Locust file: loaded, watched, counted, ended."""
