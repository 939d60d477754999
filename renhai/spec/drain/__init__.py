"""What a drain file says: what must be worked off, what must stop and when, which stock is counted."""
