"""Drafts from what was recorded: a browser's HAR, a Postman collection."""
