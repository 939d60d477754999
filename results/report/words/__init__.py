"""Words of single checks for page and terminal."""
