"""Deprecated name of renhai.reference; goes with the next release."""
