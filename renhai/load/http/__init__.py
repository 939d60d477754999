"""The HTTP/1.1 client: callbacks on llhttp."""
