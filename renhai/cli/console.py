"""Printing what rich can draw, on a terminal and into a log."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.console import Console

PIPE_WIDTH = 120  # where there is no terminal to ask, such as in a CI log


class Patient(Console):
    """A console that goes on when nobody reads it any more: a run has a verdict, read or not.

    rich itself would end the program with code 1, which is our word for a target that did not hold.
    """

    def __init__(self, **options: Any) -> None:
        # A character that the encoding lacks (GBK has no micro sign) is no reason to lose a verdict.
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")
        super().__init__(**options)

    def on_broken_pipe(self) -> None:
        _to_nobody(self.file.fileno())


def show(what: object) -> None:
    """On standard output, as wide as the terminal."""
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPE_WIDTH
    Patient(highlight=False, width=width).print(what)


def show_run(directory: Path) -> None:
    """The summary of a snapshot, and where it stands. Raises SnapshotError."""
    from results.report.terminal.run import render_summary
    from results.snapshot.run import load_run

    show(render_summary(load_run(directory)))
    print(f"snapshot: {directory}")
    flush()


def flush() -> None:
    """Send what was printed on its way, whether or not anybody reads it."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _to_nobody(sys.stdout.fileno())


def open_closed_streams() -> None:
    """Where the caller closed standard output or error, what is written there goes nowhere."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 (to the end)


def _to_nobody(descriptor: int) -> None:
    with suppress(OSError):
        nobody = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nobody, descriptor)
        os.close(nobody)
