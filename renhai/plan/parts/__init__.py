"""Parts of a plan: think times, written journeys."""
