"""Applications that change a taxpayer's standing."""
