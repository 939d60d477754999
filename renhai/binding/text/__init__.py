"""Texts that are filled in, and XML both ways."""
