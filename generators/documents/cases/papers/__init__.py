"""Applications about numbered papers: invoices of an agent, given back or cancelled; slips; certificates."""
