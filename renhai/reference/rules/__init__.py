"""What every operation of the reference system asks."""
