"""From an old system to a new one, as a user writes it: draining, migration, both at once, rehearsal."""
