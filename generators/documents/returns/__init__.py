"""Returns beside VAT: the quarterly prepayment of corporate income tax."""
