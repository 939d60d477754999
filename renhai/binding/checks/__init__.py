"""Mistakes of a target file beyond its keys and types."""
