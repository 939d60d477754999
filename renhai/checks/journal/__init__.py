"""Journals made: a day of a bureau, or what was recorded elsewhere."""
