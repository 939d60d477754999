"""The journal: recorded transactions that can be replayed, and what a replay needs to know beside it."""
