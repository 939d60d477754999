"""Breaks of a data set in DuckDB: one row that is changed or lost."""

from __future__ import annotations


def change(table: str, assignment: str, where: str = "true") -> str:
    """One row changed: the first one for which `where` holds."""
    return f"UPDATE {table} SET {assignment} WHERE rowid = (SELECT min(rowid) FROM {table} WHERE {where})"


def drop(table: str, where: str = "true") -> str:
    """One row lost: the first one for which `where` holds."""
    return f"DELETE FROM {table} WHERE rowid = (SELECT min(rowid) FROM {table} WHERE {where})"
