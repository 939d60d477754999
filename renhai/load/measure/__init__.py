"""What is counted and timed, and whether the generator was fit to."""
