"""What was written, read back: intents of the run, records of the target, one account of both."""
