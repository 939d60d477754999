"""Mutated answers and files: nothing raises, hangs or fills the memory, and no lost evidence counts as ok."""
