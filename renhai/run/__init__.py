"""The runner's process: single runs, repeats, searches, duels."""
