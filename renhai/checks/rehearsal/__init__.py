"""A rehearsal: stages run one by one, their evidence kept, what stands told at any time."""
