"""This machine: what it is, which addresses are its own, how much an installation takes."""
