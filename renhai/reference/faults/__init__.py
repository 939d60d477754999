"""Faults to plant in a running target: what they are, when they strike, what they change."""
