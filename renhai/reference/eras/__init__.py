"""What held when: rates, forms, limits, deadlines and codes by date, in tables of the target's own."""
