"""Where the target keeps what it accepted: SQLite or PostgreSQL, written by group commit."""
