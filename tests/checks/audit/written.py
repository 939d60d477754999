"""Files of intents as a load process writes them, from what they tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

EPOCH_NS, BEHIND_NS = 4_000_000, 999_999  # of a process that began 4 ms after the Unix epoch did
# ("intent", operation, ms, values), ("ok", number, ms, values), (fate, number, ms, why)
Told = tuple[Any, ...]


def ns(ms: int) -> int:
    """The last nanosecond of a millisecond, on the clock of that process."""
    return ms * 1_000_000 + BEHIND_NS - EPOCH_NS


def intent_file(
    names: Mapping[str, Sequence[str]],
    told: Iterable[Told],
    run: str = "run",
    worker: int = 0,
    together: int = 3,
    ended: bool = True,
) -> bytes:
    """together: rows of a line, where no intent of another time begins one."""
    lines: list[list[Any]] = [["renhai-intents", 2, run, worker, names, False]]
    count, room, at = 0, 0, 0
    for word, *parts in told:
        new = word == "intent" and lines[-1][0][2:] != [0] and at != parts[1]
        if not room or new:
            lines.append([[EPOCH_NS, 0, 0]])
            room = together
        room -= 1
        head, ms = lines[-1][0], parts[1]
        if word == "intent":
            count += 1
            head[1:] = [ns(ms), head[2] or count]
            at = ms
            lines[-1].append([parts[0], *parts[2]])
        elif word == "ok":
            lines[-1].append([parts[0], ns(ms), *parts[2]])
        else:
            lines[-1].append([None, parts[0], ns(ms), word, parts[2]])
    end = [["end", count]] if ended else []
    return b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in [*lines, *end])
