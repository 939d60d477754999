"""The clock of the reference system, moved against the machine's as a clock that nobody set."""

from __future__ import annotations

import re
import time

_OFFSET = re.compile(r"([+-])([0-9]{1,6})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def offset(text: str) -> int:
    """Seconds of `+2d`, `-90m`. Raises ValueError."""
    match = _OFFSET.fullmatch(text)
    if match is None:
        raise ValueError(text)
    seconds = int(match[2]) * _SECONDS[match[3]]
    return -seconds if match[1] == "-" else seconds


def move(seconds: int) -> None:
    """From now on this process takes it to be so much later: what it stores, its day, its Date."""
    real = time.time

    def moved() -> float:
        return real() + seconds

    time.time = moved
