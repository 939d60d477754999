"""Printed papers: what is read on them, held against what must stand there; pure."""
