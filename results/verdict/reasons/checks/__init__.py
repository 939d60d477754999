"""Reasons of checks beside the load, one file a check."""
