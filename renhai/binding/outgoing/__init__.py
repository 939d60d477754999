"""What requests carry beside plain fields: files, parts, signatures."""
