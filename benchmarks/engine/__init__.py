"""The load engine measured."""
