"""Journeys that stand in a scenario: their steps, their conditions, the data they draw."""
