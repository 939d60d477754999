"""Returns beside VAT: what is judged with what is on file."""
