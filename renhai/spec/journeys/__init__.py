"""What journeys are: what they declare, the cases that they work on, those that stand in a scenario."""
