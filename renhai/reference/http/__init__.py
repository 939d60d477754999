"""The reference system as an HTTP server."""
