"""The ground: errors, units, files, processes."""
