"""A scenario's journeys, each walked by the load engine itself, one person at a time, outside any load."""
