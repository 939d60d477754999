"""From a database URL to a storage."""

from __future__ import annotations

import tempfile
from pathlib import Path

from .jobs import Storage, StorageError
from .sqlite import SqliteStorage

SQLITE = "sqlite:///"


def temporary_database() -> tuple[str, tempfile.TemporaryDirectory[str]]:
    """URL of a new SQLite file and the directory that holds it, removed when the target ends."""
    folder = tempfile.TemporaryDirectory(prefix="renhai-target-")
    return f"{SQLITE}{folder.name}/target.db", folder


def open_storage(url: str) -> Storage:
    """Open a database by URL; StorageError says in one line why it cannot be."""
    if url.startswith(SQLITE) and len(url) > len(SQLITE):
        return SqliteStorage(Path(url.removeprefix(SQLITE)))
    if url.startswith(("postgresql://", "postgres://")):
        from .postgres import PostgresStorage

        return PostgresStorage(url)
    raise StorageError(f"{url!r} is not a database; write sqlite:///FILE or postgresql://USER@HOST/NAME")
