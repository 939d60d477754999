"""A daily curve: CSV lines `time,rate`, time in seconds or hh:mm[:ss], rate per second; straight between."""

from __future__ import annotations

import re
from pathlib import Path

from renhai.core.errors import Problem, UsageError
from renhai.core.units import per_second
from renhai.core.yaml_lines import show_path

Point = tuple[float, float]  # second from the start of the curve, arrivals per second

_CLOCK = re.compile(r"([0-9]{1,2}):([0-5][0-9])(?::([0-5][0-9]))?")


def read_curve(path: Path) -> list[Point]:
    """The points, the first at second 0. Raises UsageError that names the line."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "is not UTF-8 text"
        raise UsageError(Problem(show_path(path), "", f"cannot be read: {why}")) from None
    points: list[Point] = []
    for number, line in enumerate(lines, start=1):
        text = line.partition("#")[0].strip()
        if text and not (not points and re.match(r"[A-Za-z]", text)):
            points.append(_point(text, f"{show_path(path)}:{number}", points))
    if len(points) < 2 or not any(rate for _, rate in points):
        raise UsageError(
            Problem(show_path(path), "", "needs two lines `time,rate` or more, one of them above 0")
        )
    return [(second - points[0][0], rate) for second, rate in points]


def _point(text: str, where: str, before: list[Point]) -> Point:
    time, comma, rate = (part.strip() for part in text.partition(","))
    if not comma:
        raise UsageError(Problem(where, "", f"`{text}` is not `time,rate`, as in 08:30,120"))
    point = _second(time, where), _rate(rate, where)
    if before and point[0] <= before[-1][0]:
        raise UsageError(Problem(where, "", f"{time} is not later than the line before"))
    return point


def _second(text: str, where: str) -> float:
    clock = _CLOCK.fullmatch(text)
    if clock:
        hours, minutes, rest = (int(part or 0) for part in clock.groups())
        return hours * 3600.0 + minutes * 60 + rest
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return float(text)
    raise UsageError(Problem(where, "", f"{text} is not a time; write seconds (30) or hh:mm (08:30)"))


def _rate(text: str, where: str) -> float:
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return float(text)
    try:
        return per_second(text)
    except ValueError as error:
        raise UsageError(Problem(where, "", f"rate is {text}; {error}")) from None
