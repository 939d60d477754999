"""What one client keeps between requests: its values and its cookies."""
