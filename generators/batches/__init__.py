"""Batches of data as they are collected for a migration, in the old and in the new system's form."""
