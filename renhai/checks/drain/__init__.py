"""Draining a system before a switch: what is still open, what is written after the stop, what is in stock."""
