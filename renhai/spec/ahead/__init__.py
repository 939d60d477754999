"""Declarations that are made before the load begins: what a scenario asks for, their file, who makes it."""
