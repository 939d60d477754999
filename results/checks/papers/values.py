"""Whether what is read on a paper is what must stand there, kind by kind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from results.checks.papers.capitals import accepted, plain
from results.checks.papers.letters import folded

KINDS = ("text", "amount", "capitals", "date", "period")
_MINUS = "-\N{MINUS SIGN}"
_AMOUNT = re.compile(
    rf"([{_MINUS}]?)[¥￥]?([{_MINUS}]?)(\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.(\d{{1,2}}))?元?", re.ASCII
)
_DATE = re.compile(r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?|(\d{4})(\d\d)(\d\d)", re.ASCII)
_BETWEEN = ("", "至", "到", "-", "--", "–", "—", "——", "~", "〜")  # two days; full-width ones are folded


def same(kind: str, expected: Sequence[str], found: str) -> bool:
    """Whether `found` says `expected`: one value, or two days of a period; amounts are in yuan.

    An expected value that is none of its kind (an amount of "x") is a ValueError.
    """
    if kind == "amount":
        return fen_read(found) == fen_of(expected[0])
    if kind == "capitals":
        return plain(found) in accepted(fen_of(expected[0]))
    if kind in ("date", "period"):
        return days_read(found) == [date.fromisoformat(day[:10]) for day in expected]
    return folded(found) == folded("".join(expected))


def fen_of(value: str) -> int:
    """Fen of an amount in yuan that a request or an answer held."""
    match = re.fullmatch(r"(-?)(\d+)(?:\.(\d{1,2})0*)?", value)
    if match is None:
        raise ValueError(f"{value!r} is no amount in yuan")
    fen = int(match[2]) * 100 + int((match[3] or "").ljust(2, "0"))
    return -fen if match[1] else fen


def fen_read(text: str) -> int | None:
    """Fen of figures on a paper, such as ￥1,002.50; None where they are none."""
    match = _AMOUNT.fullmatch(folded(text))
    if match is None or (match[1] and match[2]):
        return None
    fen = int(match[3].replace(",", "")) * 100 + int((match[4] or "").ljust(2, "0"))
    return -fen if match[1] or match[2] else fen


def days_read(text: str) -> list[date] | None:
    """The days of a period such as 2015年8月1日至2015年8月31日, with nothing but a word between; None where
    something else stands there."""
    bare = folded(text)
    matches = list(_DATE.finditer(bare))
    if not matches or matches[0].start() or matches[-1].end() != len(bare):
        return None
    if any(bare[one.end() : next_.start()] not in _BETWEEN for one, next_ in pairwise(matches)):
        return None
    found = []
    for match in matches:
        year, month, day = (int(part) for part in match.groups() if part)
        try:
            found.append(date(year, month, day))
        except ValueError:
            return None
    return found
