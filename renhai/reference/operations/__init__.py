"""The operations of the target: each judges a request, then decides with what is stored."""
