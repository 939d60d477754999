"""What a comparison of old and new data says."""
