"""What an answer says: its text, its paths, the rules of success, and whose answer it is."""
