"""The directory of one run: where it goes, its name, and what is written before the load starts."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from renhai.core import home
from renhai.core.errors import Problem, UsageError
from renhai.core.yaml_lines import show_path


def new_run_id(name: str, now: datetime | None = None) -> str:
    """`20150911T080000Z-smoke-1a2b3c`: sorts by time, and two runs of one second differ."""
    stamp = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    return f"{stamp}-{name}-{secrets.token_hex(3)}"


@contextlib.contextmanager
def created(run_id: str, out: Path | None) -> Iterator[Path]:
    """`OUT/<run id>/`; OUT is results/runs of the current directory unless given. Gone again if left empty.

    Raises UsageError when that is inside an installed renhai or cannot be written.
    """
    parent = (out or Path.cwd() / "results" / "runs").resolve()
    packaged = home.find_home()
    if packaged.name == "_home" and parent.is_relative_to(packaged):
        raise UsageError(
            f"{parent} is inside the installed renhai, which is never written to; choose --out DIR"
        )
    directory = parent / run_id
    try:
        directory.mkdir(parents=True)
    except OSError as error:
        why = f"cannot be created: {error.strerror}; choose another place with --out DIR"
        raise UsageError(Problem(show_path(directory), "", why)) from None
    try:
        yield directory
    finally:
        with contextlib.suppress(OSError):
            directory.rmdir()


def write(path: Path, text: str) -> None:
    """Write a file of the run. Raises UsageError when the disk does not take it."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        why = f"cannot be written: {error.strerror}; free the disk or choose another one with --out DIR"
        raise UsageError(Problem(show_path(path), "", why)) from None
