"""When filings are due: published days, a region's own, the rule of each era, and holidays."""
