"""How a target speaks: target files, and the wire they describe."""
