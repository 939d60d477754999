"""From a database URL to a storage."""

from __future__ import annotations

import tempfile
from pathlib import Path

from renhai.reference.storage.jobs import Storage, StorageError
from renhai.reference.storage.sqlite import SqliteStorage
from renhai.reference.storage.urls import shown

SQLITE = "sqlite:///"


class NoDatabase(StorageError):
    """The URL names no database that we can use: a wrong option, whatever the state of the machine."""


def temporary_database() -> tuple[str, tempfile.TemporaryDirectory[str]]:
    """URL of a new SQLite file and the directory that holds it, removed when the target ends."""
    folder = tempfile.TemporaryDirectory(prefix="renhai-target-")
    return f"{SQLITE}{folder.name}/target.db", folder


def _postgres(url: str) -> Storage:
    try:
        from renhai.reference.storage.postgres import PostgresStorage
    except ModuleNotFoundError as error:
        if error.name != "asyncpg":
            raise
        remedy = "python -m pip install 'renhai[postgres]'"
        raise NoDatabase(f"--database {shown(url)} needs asyncpg; {remedy}") from None
    return PostgresStorage(url)


def open_storage(url: str) -> Storage:
    """Open a database by URL; StorageError says in one line why it cannot be."""
    if url.startswith(SQLITE) and len(url) > len(SQLITE):
        return SqliteStorage(Path(url.removeprefix(SQLITE)))
    if url.startswith(("postgresql://", "postgres://")):
        return _postgres(url)
    raise NoDatabase(
        f"--database {shown(url)} is not a database; write sqlite:///FILE or postgresql://USER@HOST/NAME"
    )
