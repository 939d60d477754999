"""Other ways to speak to the same operations: the service bus (XML) and the web filing pages (.do)."""
