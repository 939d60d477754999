"""Returns beside VAT: corporate income tax, prepaid by the quarter, and statements of small enterprises."""
