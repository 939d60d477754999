"""One load process: its work, its messages to the leading process, its watch over addresses."""
