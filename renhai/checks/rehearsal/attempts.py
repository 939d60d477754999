"""The attempts of a rehearsal, as its record has them and as their evidence stands now.

What the record says of an attempt is not believed alone: the documents that it left are judged again each
time, so that a line that was altered opens no gate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from renhai.checks.rehearsal import evidence
from results.checks.rehearsal import Attempt

SET_BACK = "the clock was set back, so nobody knows when it ran"
UNRECORDED = "a later try of it is not in the record, as if that came from a copy; run it again"
Commands = Mapping[str, Sequence[str]]


def attempts(
    events: Sequence[Mapping[str, Any]], folder: Path, commands: Commands
) -> dict[str, list[Attempt]]:
    """By stage, in order; evidence of the newest is looked at again. One without an end broke off.

    commands: of the stages that the programme has; evidence of others is not looked at.
    """
    found: dict[str, dict[int, dict[str, Any]]] = {}
    newest_at = ""
    for place, one in enumerate(events):
        back = str(one.get("at", newest_at)) < newest_at
        newest_at = max(newest_at, str(one.get("at", "")))
        if one["event"] not in ("begun", "asked", "ended"):
            continue
        of_stage = found.setdefault(str(one["stage"]), {})
        known = of_stage.setdefault(int(one["attempt"]), {"order": [place, place]})
        known["order"][1] = place
        known.update({**one, "began": one["at"]} if one["event"] == "begun" else one)
        known["back"] = back or known.get("back", False)
        if one["event"] == "ended":
            known["ended"] = one["at"]
    result = {}
    for name, tries in found.items():
        newest = max(tries)
        made = [_attempt(one, evidence.Again()) for number, one in sorted(tries.items()) if number != newest]
        seen = _again(tries[newest], folder, commands.get(name))
        if last_folder(folder, name) > newest:
            seen = seen._replace(doubts=(*seen.doubts, UNRECORDED))
        result[name] = [*made, _attempt(tries[newest], seen)]
    return result


def last_folder(folder: Path, name: str) -> int:
    """The highest number of a folder of evidence of a stage; 0 where it has none."""
    try:
        return max((int(path.name) for path in (folder / name).iterdir() if path.name.isdecimal()), default=0)
    except OSError:
        return 0


def _again(one: Mapping[str, Any], folder: Path, command: Sequence[str] | None) -> evidence.Again:
    if command is None or "code" not in one:
        return evidence.Again()
    return evidence.again(command, one["code"], one.get("documents") or {}, folder)


def _attempt(one: Mapping[str, Any], seen: evidence.Again) -> Attempt:
    headline = [*(one.get("headline") or ()), "", ""]
    doubts = [*one.get("doubts", ()), *seen.doubts, *([SET_BACK] if one.get("back") else [])]
    return Attempt(
        number=int(one["attempt"]),
        began=str(one.get("began", "")),
        order=(one["order"][0], one["order"][1]),
        asks=str(one.get("asks", "")),
        ended=str(one.get("ended", "")),
        code=one.get("code"),
        interrupted=bool(one.get("interrupted")),
        unprepared=str(one.get("unprepared", "")),
        doubts=tuple(dict.fromkeys(doubts)),
        headline=(str(headline[0]), str(headline[1])),
        pages=tuple(one.get("pages") or ()),
        open_problems=one.get("problems"),
        builds=tuple(sorted({*(one.get("builds") or ()), *seen.builds})),
        embedded=bool(one.get("embedded")),
        measured=seen.measured,
    )
