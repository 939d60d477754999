"""Drills of a run: beside its load, and what is taken back later."""
