"""Processes that a drill stops, told from others that have their number later: by when they began (Linux)."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import NamedTuple

import psutil

STARTED = 19  # of the fields of /proc/PID/stat that follow the name: ticks since the machine began, proc(5)


class Known(NamedTuple):
    """A process by its number, when it began (ticks since boot), and the boot."""

    pid: int
    ticks: int
    boot: str


class CannotAct(Exception):
    """Why an action was not done; the text is for people."""


class Disturbed(CannotAct):
    """It was done and taken back, and was not what it was to be in between."""


def boot_id() -> str:
    """Which boot of the machine this is; "" where that is not told."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def started(pid: int) -> int:
    """Ticks from boot to the begin of a process; 0 where there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    fields = text.rpartition(")")[2].split()
    return int(fields[STARTED]) if fields and fields[0] not in ("Z", "X") else 0


def is_stopped(known: Known) -> bool:
    """Whether a process stands still by a signal, or is not there any more."""
    try:
        text = Path(f"/proc/{known.pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return True
    return not is_same(known) or text.rpartition(")")[2].split()[:1] in (["T"], ["t"])


def is_same(known: Known) -> bool:
    """Whether it is still there, and no other that was given its number since."""
    return known.boot == boot_id() and started(known.pid) == known.ticks != 0


def tree(pid_file: str) -> list[Known]:
    """The process of a file with its number, and its descendants. Raises CannotAct."""
    if sys.platform != "linux":
        raise CannotAct("processes can be frozen and killed on Linux only; give commands in the target file")
    try:
        pid = int(Path(pid_file).read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError) as error:
        why = getattr(error, "strerror", None) or "it holds no number"
        raise CannotAct(f"{pid_file} does not say which process: {why}") from None
    if pid <= 1 or not started(pid):
        raise CannotAct(f"{pid_file} names process {pid}, which does not run")
    members = [pid]
    with contextlib.suppress(psutil.Error):
        members += [child.pid for child in psutil.Process(pid).children(recursive=True)]
    own = {os.getpid(), os.getppid(), *(parent.pid for parent in psutil.Process().parents())}
    if own & set(members):
        raise CannotAct(f"{pid_file} names process {pid}, which renhai itself runs in or under")
    boot = boot_id()
    return [Known(one, ticks, boot) for one in members if (ticks := started(one))]


def send(known: list[Known], number: signal.Signals) -> None:
    """A signal to those that are still the same. Raises CannotAct where that is not allowed."""
    for one in known:
        if is_same(one):
            try:
                os.kill(one.pid, number)
            except ProcessLookupError:
                continue
            except PermissionError:
                raise CannotAct(f"process {one.pid} belongs to somebody else; run as its user") from None
