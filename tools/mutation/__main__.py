"""Plant mistakes, one at a time, and run the tests that reach them: `python -m tools.mutation --help`.

Nothing in the working tree changes: a mutant lives in the memory of a process of its own. Which tests reach
which line is found first, by running them once; a mutant meets only those, the quickest first. What became of
each is kept in benchmarks/raw/mutants/, so that a run can be broken off and taken up again.
Neither mutmut nor cosmic-ray does this job here: mutmut 3.8 mutates bodies of functions only (of a file with
`LIMIT = 0.01` and a class with a default it made one mutant, in the function), and what decides a verdict
here is mostly constants; cosmic-ray starts a new process for each mutant, in the working tree, which at 3 s
of imports each leaves nothing of the time for tests, and has no seeded sample.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tools.mutation.covering import Covering, Tracer
from tools.mutation.journal import Journal, Record
from tools.mutation.operators import Mutant
from tools.mutation.page import hand_key, told, write_page
from tools.mutation.sample import HOME, all_mutants, by_hand, fingerprint, sample, source_files
from tools.mutation.trial import SURVIVED, import_libraries, pytest_options
from tools.mutation.worker import Change, Worker

RAW = HOME / "benchmarks" / "raw" / "mutants"
SEED, COUNT = 20150911, 440
TESTS = (
    "tests/results",
    "tests/load/measure",
    "tests/load/engine",
    "tests/run/test_monitor.py",
    "tests/run/test_comparison.py",
    "tests/run/test_baseline.py",
)
LIBRARIES = (
    "pytest", "hypothesis", "numpy", "scipy.stats", "scipy.special", "scipy.optimize", "pydantic", "rich",
    "rich.table",
    "rich.console", "jinja2", "hdrh.histogram", "yaml", "orjson", "lxml.etree", "xmlschema", "requests",
    "typer",
    "gevent", "gevent.pool", "locust", "prometheus_client", "psutil", "httptools", "xml.etree.ElementTree",
)  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tools.mutation", description="Plant mistakes; see who notices."
    )
    parser.add_argument("--count", type=int, default=COUNT, help=f"how many of the sample (default {COUNT})")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", default="", help="of the sample, those whose file begins so")
    parser.add_argument("--minutes", type=float, default=45.0, help="begin no other mutant after so long")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="default: one for each core")
    parser.add_argument("--trace", action="store_true", help="only find which test reaches which line")
    parser.add_argument("--hand", action="store_true", help="only the mutants of by_hand.txt")
    parser.add_argument(
        "--again", action="store_true", help="those that survived last, with the tests of now"
    )
    parser.add_argument(
        "--page", action="store_true", help="write benchmarks/results/mutants.md; plant nothing"
    )
    chosen = parser.parse_args(argv)
    os.chdir(HOME)
    RAW.mkdir(parents=True, exist_ok=True)
    state = fingerprint()
    journal = Journal(RAW / "outcomes.jsonl", state)
    mutants = [one for one in sample(chosen.seed, chosen.count) if one.file.startswith(chosen.only)]
    if chosen.page:
        return write_page(journal, mutants, chosen.seed)
    import_libraries(LIBRARIES, HOME)
    covering = _covering(state, journal)
    if covering is None:
        return 2
    if chosen.trace:
        return 0
    if chosen.hand:
        return _by_hand(covering, journal)
    if chosen.again:
        known = {mutant.key: mutant for mutant in all_mutants()}
        mutants = [known[key] for key in journal.survivors() if key in known]
        mutants = [mutant for mutant in mutants if mutant.file.startswith(chosen.only)]
    left = [mutant for mutant in mutants if mutant.key not in journal.known]
    _planted(covering, journal, left, chosen.workers, time.monotonic() + 60 * chosen.minutes)
    return told(journal, mutants)


def _covering(state: str, journal: Journal) -> Covering | None:
    """Of these sources and tests, from an earlier run or by running the tests once."""
    kept = RAW / f"covering-{state}.json"
    files = source_files()
    if not kept.exists():
        begun = time.monotonic()
        child = os.fork()
        if child == 0:
            _trace(kept, files)
        os.waitpid(child, 0)
        if not kept.exists():
            print("the tests could not be run")
            return None
        journal.spent("trace", time.monotonic() - begun)
    found = Covering(HOME, files, json.loads(kept.read_text()))
    if found.failed:
        kept.unlink()
        print("these tests fail without a mutant; mend them first:", *found.failed, sep="\n  ")
        return None
    print(f"{len(found.seconds)} tests reach the sources, {sum(found.seconds.values()):.0f} s of CPU traced")
    return found


def _trace(kept: Path, files: list[str]) -> None:
    tracer = Tracer(HOME, files)
    code = pytest.main(pytest_options("--unit", *TESTS), plugins=[tracer])
    if code in (0, 1):
        tracer.write(kept)
    os._exit(0)


def _changed(mutant: Mutant, covering: Covering) -> Change:
    place = mutant.place
    warm = bool(place.body and place.inside and not covering.at_import(mutant.file, place.inside))
    return Change(mutant.file, mutant.number, warm=warm)


def _planted(
    covering: Covering, journal: Journal, mutants: Sequence[Mutant], workers: int, deadline: float
) -> None:
    """Every worker takes the next mutant from one pipe, so that none waits for another."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    begun = time.monotonic()
    for number in range(len(mutants)):
        os.write(writing, number.to_bytes(4, "big"))
    os.close(writing)

    def work() -> None:
        worker = Worker(HOME, covering, TESTS)
        while time.monotonic() < deadline and (taken := os.read(reading, 4)):
            mutant = mutants[int.from_bytes(taken, "big")]
            tests = covering.tests(mutant)
            outcome = worker.try_one(_changed(mutant, covering), tests)
            journal.add(Record(mutant.key, mutant.line, outcome.how, outcome.by, outcome.cpu_s, len(tests)))
            print(f"{outcome.how:8s} {mutant}  [{outcome.cpu_s:.1f} s, {outcome.by}]", flush=True)
        worker.close()

    _side_by_side(work, min(workers, len(mutants)))
    os.close(reading)
    journal.spent("mutants", time.monotonic() - begun)
    journal.read()


def _side_by_side(work: Callable[[], None], workers: int) -> None:
    children = []
    for _ in range(workers):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                work()
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    for child in children:
        _, status = os.waitpid(child, 0)
        if status:
            print("a worker ended before its work", file=sys.stderr)


def _by_hand(covering: Covering, journal: Journal) -> int:
    worker, survived, lines = Worker(HOME, covering, TESTS), 0, by_hand()
    for file, code, other in lines:
        source = (HOME / file).read_text(encoding="utf-8")
        if source.count(code) != 1:
            print(f"STALE    {file}: {code!r} stands there {source.count(code)} times", flush=True)
            survived += 1
            continue
        line = source[: source.index(code)].count("\n") + 1
        here = [one for one in all_mutants() if one.file == file and one.line == line]
        tests = list(dict.fromkeys(test for one in here for test in covering.tests(one)))
        outcome = worker.try_one(Change(file, code=code, other=other), tests)
        survived += outcome.how == SURVIVED
        key = hand_key(file, code, other)
        journal.add(Record(key, line, outcome.how, outcome.by, outcome.cpu_s, len(tests)))
        print(f"{outcome.how:8s} {file}: {code} -> {other}  [{outcome.by}]", flush=True)
    worker.close()
    print(f"by hand: {len(lines) - survived} of {len(lines)} killed")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
