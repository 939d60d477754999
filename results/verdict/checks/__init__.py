"""What the checks found, as part of the verdict on a run."""
