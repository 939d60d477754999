"""A process that says what it has done, number after number, and is killed on the way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def last_told(program: str, path: Path, seen: int) -> int:
    """Run a program of Python with a path until it has printed so many numbers, a line each, kill it with -9,
    and return the last number that it printed."""
    with subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        for _ in range(seen):
            child.stdout.readline()
        child.kill()
        rest = child.stdout.read().split(b"\n")[:-1]
    return int(rest[-1]) if rest else seen
