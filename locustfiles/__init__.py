"""Who acts: the journeys of one business domain a file, for renhai and for plain Locust."""
