"""How much work a scenario asks for: people or arrivals, stages, curves of a day, who sits where."""
