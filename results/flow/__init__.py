"""Cases that travelled between people in a run: where they waited, how long, which never came to an end."""
