"""Drafts from what a system says of itself: OpenAPI, WSDL."""
