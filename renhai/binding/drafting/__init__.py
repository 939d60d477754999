"""Drafts of target files from recordings and OpenAPI."""
