"""A drill judged from its evidence alone: how long people could not work, and what was lost."""
