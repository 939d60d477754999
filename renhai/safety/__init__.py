"""Who may be loaded, and nothing else."""
