"""Drills: what is done to the target while people work, and how it is undone."""
