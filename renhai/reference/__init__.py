"""The reference tax system: a real HTTP service on a real database, with faults to plant."""
