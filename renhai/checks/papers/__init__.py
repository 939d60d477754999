"""Printed papers of a run: read back from what the load kept, and held against their forms."""
