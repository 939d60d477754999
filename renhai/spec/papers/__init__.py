"""Forms of printed papers: where a field stands, in millimetres."""
