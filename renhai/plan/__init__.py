"""What one run will do: built, sized and searched; pure."""
