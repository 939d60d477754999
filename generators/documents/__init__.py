"""What: documents computed from their taxpayer."""
