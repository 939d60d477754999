"""What an audit reads and what it finds, as plain values."""
