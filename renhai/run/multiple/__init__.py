"""Several runs and the one answer that they amount to: repeats, baselines, comparisons, duels."""
