"""Child processes and directories of a run."""
