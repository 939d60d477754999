"""What a run must show before it can be judged: its evidence, held against its plan."""
