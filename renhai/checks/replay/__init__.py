"""Replay: a journal entered in two systems, or in one, and their answers held against each other."""
