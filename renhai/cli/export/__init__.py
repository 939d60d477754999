"""Documents written to files."""
