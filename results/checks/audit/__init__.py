"""What became of each write, and whether what is kept agrees with itself: an audit as plain values."""
