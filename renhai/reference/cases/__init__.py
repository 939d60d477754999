"""The case engine: what an applicant hands in, which posts it passes, and what it leaves; written once."""
