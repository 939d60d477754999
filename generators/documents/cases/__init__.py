"""Applications to the bureau that become cases: one file a business domain, found because it is there."""
