"""What a user writes: scenarios and bureaux."""
