"""Dual track (双轨): the same business in the old and the new system, answer held against answer."""
