"""Who: the population, a pure function of seed and index."""
