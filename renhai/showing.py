"""Printing what rich can draw, on a terminal and into a log."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from rich.console import Console

PIPE_WIDTH = 120  # where there is no terminal to ask, such as in a CI log


def show(what: object) -> None:
    """On standard output, as wide as the terminal."""
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPE_WIDTH
    Console(highlight=False, width=width).print(what)


def show_run(directory: Path) -> None:
    """The summary of a snapshot, and where it stands. Raises SnapshotError."""
    from results.snapshot import load_run
    from results.terminal import render_summary

    show(render_summary(load_run(directory)))
    print(f"snapshot: {directory}")
