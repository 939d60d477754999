"""Files read and written whole."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from results.errors import SnapshotError


def replace_whole(
    path: Path,
    content: str | bytes,
    *,
    durable: bool = False,
    opener: Callable[[str, int], int] | None = None,
) -> None:
    """Writes a file so that a reader sees the old one or the new one, never half. Raises OSError.

    durable: it is on the disk when this returns, which may take long. opener: as of open().
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        # a lone surrogate, as a target may send one, has no UTF-8; in JSON its escape says the same
        data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
        with open(partial, "wb", opener=opener) as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:  # Ctrl-C, too
        with contextlib.suppress(OSError):  # half a file would only fill the disk
            partial.unlink()
        raise


def write_whole(path: Path, text: str) -> None:
    """The same for what is to last. Raises SnapshotError."""
    try:
        replace_whole(path, text, durable=True)
    except OSError as error:
        raise SnapshotError(
            str(path), f"cannot be written: {error.strerror}", "free the disk or choose --out"
        ) from error


def read_whole(path: Path, missing: SnapshotError) -> str:
    """The text of a file; raises `missing` where there is none, SnapshotError where it cannot be read."""
    try:
        if path.exists() and not path.is_file():  # to open a pipe would wait for ever
            raise SnapshotError(str(path), "is no file", "take it from a copy")
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise missing from None
    except OSError as error:
        raise SnapshotError(
            str(path), f"cannot be read: {error.strerror}", "check the path and its rights"
        ) from error
    except UnicodeDecodeError as error:
        raise SnapshotError(str(path), f"is no text ({error})", "the file is damaged") from error
