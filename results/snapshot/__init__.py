"""What one run left, read and written."""
