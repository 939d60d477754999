"""One row of the table, whatever it is about, what came of it, and whether that was right."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.product import VERDICTS, read_run
from benchmarks.rig import PYTHON, environment
from results.snapshot.timeline import read_failures
from tests.e2e.own_file import MACHINE

PATIENCE_S = 60.0
CODES = {"pass": 0, "fail": 1, "invalid": 3}
REFUSED = 2
FOUND_OUT = ("fail", "invalid")
SAYS_LITTLE = ("run.no_request", "run.no_success")  # reasons that follow from others, which are shown first


class Attempt(NamedTuple):
    """How a run ended: exit code, the verdict of its run.json ("" where there is none), the reasons' codes.

    said: its first reason, or the last line of what it printed. told: `code: sentence` for each reason of
    run.json, `failed: OPERATION: OUTCOME: why` for each failure that was kept; without a run.json the whole
    output, after `refused: ` (exit code 2) or `said: `.
    """

    code: int
    verdict: str
    reasons: tuple[str, ...]
    said: str
    told: tuple[str, ...] = ()
    traceback: bool = False

    @property
    def shown(self) -> str:
        return f"{self.verdict or VERDICTS.get(self.code, f'exit {self.code}')}: {self.said}".rstrip(": ")

    @property
    def by_the_machine(self) -> bool:
        """Whether nothing but a busy machine spoke against it: then the row says nothing yet."""
        return bool(self.reasons) and set(self.reasons) <= MACHINE


@dataclass(frozen=True)
class Case:
    """`attempt(folder)` tries it, in a folder of its own. ends: how it may end, `refused` before any load.

    An honest one passes. A lying one is refused, or has a run.json whose verdict is none of a pass, with an
    exit code that says the same, and for a reason that is not the machine's: for its own reason, that is.
    why: what must be told, all of it, each as the beginning of an entry of `Attempt.told` and, after ` … `,
    words that follow; ` | ` stands between entries of which one is enough.
    """

    name: str
    kind: str
    attempt: Callable[[Path], Attempt]
    ends: tuple[str, ...] = FOUND_OUT
    why: tuple[str, ...] = ()

    @property
    def honest(self) -> bool:
        return self.ends == ("pass",)

    def untold(self, attempt: Attempt) -> list[str]:
        """What of `why` the attempt does not say."""
        return [one for one in self.why if not any(is_told(way, attempt.told) for way in one.split(" | "))]

    def is_right(self, attempt: Attempt) -> bool:
        """Whether it came out as it must."""
        if attempt.traceback or self.untold(attempt):
            return False
        if not attempt.verdict:
            return attempt.code == REFUSED and "refused" in self.ends
        told = CODES.get(attempt.verdict) == attempt.code
        return told and attempt.verdict in self.ends and not attempt.by_the_machine


def is_told(wanted: str, told: Sequence[str]) -> bool:
    """Whether an entry begins as `wanted` does, and has its further words (after ` … `) in their order."""
    begin, *words = wanted.split(" … ")

    def holds(entry: str) -> bool:
        at = len(begin) if entry.startswith(begin) else -1
        for word in words:
            at = entry.find(word, at) + len(word) if at >= 0 and word in entry[at:] else -1
        return at >= 0

    return any(map(holds, told))


PASS = ("pass",)
REFUSAL = ("refused",)


def attempted(code: int, output: str, out: Path) -> Attempt:
    """By what a command left: its exit code, its output, and the run.json under `out`."""
    run: dict[str, Any] = read_run(out, code, output).run
    last = (output.strip().splitlines() or [""])[-1]
    reasons = tuple(record["code"] for record in run.get("reason_codes") or [])
    pairs = list(zip(reasons, run.get("reasons") or [], strict=True))
    telling = [said for why, said in pairs if why not in SAYS_LITTLE] or [said for _, said in pairs]
    said = str(next(iter(telling), last if code else ""))
    told = (
        (*(f"{why}: {sentence}" for why, sentence in pairs), *failed(out))
        if run
        else (without_run(code, output),)
    )
    return Attempt(code, run.get("verdict", ""), reasons, said[:300], told, "Traceback (most" in output)


def failed(out: Path) -> Iterator[str]:
    """The failures that the run under `out` kept, each once."""
    for path in out.rglob("failures.jsonl"):
        for record in read_failures(path):
            yield f"failed: {record['operation']}: {record['outcome']}: {record['reason']}"


def without_run(code: int, output: str) -> str:
    """What stands for the reasons where there is no run.json: the output in one line."""
    return f"{'refused' if code == REFUSED else 'said'}: {' '.join(output.split())}"


def renhai_run(scenario: Path, folder: Path, *options: str, **variables: str) -> Attempt:
    """`renhai run` of a scenario to its end; one that does not end is killed, with code -9."""
    out = folder / "out"
    argv = [PYTHON, "-m", "renhai", "run", str(scenario), "--out", str(out), *options]
    code, output = to_its_end(argv, folder, **variables)
    return attempted(code, output, out)


def to_its_end(argv: Sequence[str], folder: Path, **variables: str) -> tuple[int, str]:
    """(exit code, output) of a command; -9 for one that outlives PATIENCE_S."""
    with subprocess.Popen(
        argv,
        cwd=folder,
        env=environment(COLUMNS="400", **variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            output, _ = process.communicate()
            return -9, f"{output}\nit did not end"
        return process.returncode, output
