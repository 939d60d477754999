"""VAT declarations."""
