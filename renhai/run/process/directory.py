"""The directory of one run: where it goes, its name, and what is written before the load starts."""

from __future__ import annotations

import contextlib
import errno
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from renhai.core import home
from renhai.core.errors import InvalidRun, Problem, UsageError
from renhai.core.private_files import owner_only
from renhai.core.yaml_lines import show_path
from results.snapshot.run import new_run_id as run_id_of

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG)


def new_run_id(name: str, now: datetime | None = None) -> str:
    """See results.snapshot.run.new_run_id; two runs of one second differ."""
    return run_id_of((now or datetime.now(UTC)).isoformat(), name, secrets.token_hex(3))


@contextlib.contextmanager
def created(run_id: str, out: Path | None) -> Iterator[Path]:
    """`OUT/<run id>/`; OUT is results/runs of the current directory unless given. Gone again if left empty.

    Raises UsageError when that is inside an installed renhai or cannot be written.
    """
    parent = place_of(out).resolve()
    packaged = home.find_home()
    if packaged.name == "_home" and parent.is_relative_to(packaged):
        raise UsageError(
            f"{parent} is inside the installed renhai, which is never written to; choose --out DIR"
        )
    directory = parent / run_id
    try:
        directory.mkdir(parents=True)
    except OSError as error:
        raise unwritable(directory, error, "created") from None
    try:
        yield directory
    finally:
        with contextlib.suppress(OSError):
            directory.rmdir()


def place_of(out: Path | None) -> Path:
    """Where runs go."""
    return out or Path.cwd() / "results" / "runs"


def write(path: Path, text: str) -> None:
    """Write a file of the run for its owner alone: a plan, a mark. Gone again where it is not whole.

    Raises UsageError for a wrong place, InvalidRun for a full disk.
    """
    try:
        with open(path, "w", encoding="utf-8", opener=owner_only) as file:
            file.write(text)
    except OSError as error:
        with contextlib.suppress(OSError):
            path.unlink()
        raise unwritable(path, error, "written") from None


def set_aside(path: Path) -> str:
    """Keep under another name what stands where our own file is to come; a sentence about it, or "".

    A user's own Locust file writes into the directory of its run, and may choose any name.
    """
    try:
        if path.exists():
            other = path.replace(path.with_name(f"{path.name}.other"))
            return (
                f"{show_path(path)} was written by somebody else during the run; it is kept as {other.name}"
            )
    except OSError as error:
        return f"{show_path(path)} cannot be put aside: {error.strerror}"
    return ""


def unwritable(path: Path, error: OSError, what: str) -> UsageError:
    """Why a file of a run cannot be written (or created): a full or broken disk is nobody's wrong usage."""
    why = f"cannot be {what}: {error.strerror}; free the disk, or choose another place with --out DIR"
    kind = InvalidRun if error.errno in FULL else UsageError
    return kind(Problem(show_path(path), "", why))
