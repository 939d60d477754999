"""One share of the mutations, in a process of its own: `python -m benchmarks.fuzz.worker KIND SEED FROM TO`.

Bounded: BOUND_MB of address space (RLIMIT_AS), and for each mutation the seconds (of CPU) of its kind. Prints
the number of each that it begins (on standard error, for who finds it dead), and at the end one line of JSON.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
import time
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from benchmarks.fuzz.answers import Answers
from benchmarks.fuzz.files import Files

BOUND_MB = 1024
MOST_FAILURES = 20  # of a share, that are made small
KINDS = {kind.name: kind for kind in (Answers, Files)}


# Of the process's own time, which a busy machine does not lengthen; and of any, for what waits.
Clock = tuple[int, int, Callable[[Answers | Files], float]]
CLOCKS: tuple[Clock, ...] = (
    (signal.SIGPROF, signal.ITIMER_PROF, lambda source: source.seconds),
    (signal.SIGALRM, signal.ITIMER_REAL, lambda source: 10 * source.seconds),
)


class TooSlow(BaseException):
    """Above what the code under test may catch."""


def _too_slow(*_: object) -> None:
    raise TooSlow


def bounded(source: Answers | Files, number: int) -> str:
    """What is wrong with one mutation, its time included."""
    for number_of_signal, timer, seconds in CLOCKS:
        signal.signal(number_of_signal, _too_slow)
        signal.setitimer(timer, seconds(source))
    try:
        return source.check(number)
    except TooSlow:
        return f"took longer than {source.seconds:g} s"
    except MemoryError:
        return f"needed more than {BOUND_MB} MB"
    finally:
        for _, timer, _ in CLOCKS:
            signal.setitimer(timer, 0)


def share(source: Answers | Files, first: int, last: int) -> dict[str, Any]:
    """Outcomes, failures, the slowest in seconds and its number, the peak of memory in MB."""
    failures: list[dict[str, Any]] = []
    slowest = (0.0, first)
    for number in range(first, last):
        print(number, file=sys.stderr, flush=True)
        begun = time.perf_counter()
        wrong = bounded(source, number)
        slowest = max(slowest, (time.perf_counter() - begun, number))
        if wrong:
            failures.append(_failure(source, number, wrong, len(failures) < MOST_FAILURES))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "outcomes": dict(source.outcomes),
        "failures": failures,
        "slowest_s": slowest[0],
        "slowest": slowest[1],
        "peak_mb": peak,
    }


def _failure(source: Answers | Files, number: int, wrong: str, small: bool) -> dict[str, Any]:
    told: dict[str, Any] = {"number": number, "wrong": wrong}
    if not small:
        return told
    quick = wrong.startswith(("took", "needed"))
    made = source.made(number)
    of, data = ("as it was made", made[1]) if quick else source.smallest(number, wrong)
    return {**told, "of": of, "data": b64encode(data).decode()}


def main(arguments: list[str]) -> int:
    """Prints what came of the share."""
    kind, seed, first, last = arguments[0], *(int(part) for part in arguments[1:])
    source = KINDS[kind](seed)
    resource.setrlimit(resource.RLIMIT_AS, (BOUND_MB << 20, BOUND_MB << 20))
    found = share(source, first, last)
    print(json.dumps(found), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
