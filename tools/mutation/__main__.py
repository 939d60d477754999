"""Plant mistakes, one at a time, and run the tests near them: `python -m tools.mutation --help`.

Each mutant lives in a process of its own, forked from one that has the libraries loaded, and is compiled in
memory: no file changes. The tests of its own room run first, then the others, and the first failure kills it.
Neither mutmut nor cosmic-ray does this job here: mutmut 3.8 mutates bodies of functions only (of a file with
`LIMIT = 0.01` and a class with a default it made one mutant, in the function), and what decides a verdict
here is mostly constants; cosmic-ray starts a new process for each mutant, in the working tree, which at 3 s
of imports each leaves nothing of the time for tests, and has no seeded sample.
"""

from __future__ import annotations

import argparse
import ast
import importlib.abc
import importlib.machinery
import importlib.util
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from tools.mutation.operators import Mutant, mutants_of, mutated

HOME = Path(__file__).resolve().parents[2]
SOURCES = ("results", "renhai/load/measure")
WITHOUT = ("results/verdict/reasons/", "results/report/html/")  # texts, and pages
HAND = Path(__file__).with_name("by_hand.txt")
TESTS = {
    "results/metrics.py": ["tests/results/verdict", "tests/results/report", "tests/load/measure"],
    "results/errors.py": ["tests/results/snapshot"],
    "results/snapshot": ["tests/results/snapshot", "tests/results/verdict", "tests/load/measure"],
    "results/stats": ["tests/results/stats", "tests/results/compare"],
    "results/verdict": ["tests/results/verdict", "tests/results/capacity", "tests/run/test_monitor.py"],
    "results/compare": [
        "tests/results/compare",
        "tests/run/test_comparison.py",
        "tests/run/test_baseline.py",
    ],
    "results/capacity": ["tests/results/capacity", "tests/results/verdict/test_goals.py"],
    "results/report": ["tests/results/report", "tests/results/compare", "tests/results/capacity"],
    "renhai/load/measure": ["tests/load/measure", "tests/load/engine", "tests/load/worker"],
}
TIMEOUT_S = 900.0
CPU_S = 120  # of one mutant's tests, which take 35 s at the most without one: a loop that does not end
LIBRARIES = (
    "numpy",
    "scipy.stats",
    "scipy.special",
    "pydantic",
    "hypothesis",
    "pytest",
    "rich",
    "jinja2",
    "hdrh.histogram",
)


class Planted(importlib.abc.MetaPathFinder, importlib.abc.SourceLoader):  # type: ignore[misc]
    """Imports one module from a changed source or tree."""

    def __init__(self, file: str, tree: ast.Module) -> None:
        self.name = file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        self.file, self.tree = file, tree

    def find_spec(self, name: str, path: Any, target: ModuleType | None = None) -> Any:
        if name != self.name:
            return None
        return importlib.util.spec_from_file_location(name, HOME / self.file, loader=self)

    def get_filename(self, fullname: str) -> str:
        return str(HOME / self.file)

    def get_data(self, path: str | bytes) -> bytes:
        return Path(os.fsdecode(path)).read_bytes()

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.tree, self.get_filename(fullname), "exec", dont_inherit=True)


def near_tests(file: str) -> list[str]:
    """The tests near a source, the file of its own name first."""
    near = next(tests for room, tests in TESTS.items() if file.startswith(room))
    own = (
        HOME
        / "tests"
        / Path(file).parent.relative_to(Path(file).parts[0] if file.startswith("renhai") else ".")
    )
    named = own / f"test_{Path(file).name}"
    return ([str(named.relative_to(HOME))] if named.exists() else []) + near


def killed(file: str, tree: ast.Module, timeout_s: float) -> str:
    """`killed`, `timeout` (a loop that does not end is noticed, too) or `survived`."""
    child = os.fork()
    if child == 0:
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 5))
        try:
            os._exit(_run(file, tree))
        except BaseException:
            os._exit(1)
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            return {0: "survived", -signal.SIGXCPU: "timeout", -signal.SIGKILL: "timeout"}.get(code, "killed")
        time.sleep(0.05)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "timeout"


def _run(file: str, tree: ast.Module) -> int:
    import pytest

    sys.meta_path.insert(0, Planted(file, tree))
    options = ["-x", "-q", "--no-header", "-p", "no:cacheprovider", "--tb=no", "-W", "ignore", "--reruns=0"]
    return int(pytest.main([*options, *dict.fromkeys(near_tests(file))]))


def all_mutants() -> list[Mutant]:
    files = [path for top in SOURCES for path in sorted((HOME / top).rglob("*.py"))]
    return [
        mutant
        for path in files
        if not str(path.relative_to(HOME)).startswith(WITHOUT) and "runs" not in path.parts
        for mutant in mutants_of(path, HOME)
    ]


def by_hand() -> list[tuple[str, str, str]]:
    """(file, code, mutant): mistakes that somebody thought of; a line each, parted by `|`."""
    lines = HAND.read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("|")) for line in lines if line and not line.startswith("#")]  # type: ignore[misc]


def sample(seed: int, count: int) -> list[Mutant]:
    """The same mutants for the same sources and seed; a smaller count is the beginning of a larger one."""
    found = all_mutants()
    random.Random(seed).shuffle(found)
    return found[:count]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tools.mutation", description="Plant mistakes; see who notices."
    )
    parser.add_argument("--count", type=int, default=400, help="how many of the sample (default 400)")
    parser.add_argument("--first", type=int, default=0, help="how many of the sample to leave out")
    parser.add_argument("--seed", type=int, default=20150911)
    parser.add_argument("--minutes", type=float, default=45.0, help="begin no other mutant after so long")
    parser.add_argument("--hand", action="store_true", help="only the mutants of by_hand.txt")
    parser.add_argument(
        "--part", default="1/1", help="of the sample: 1/2 and 2/2 for two processes side by side"
    )
    parser.add_argument("--only", default="", help="of the sample, those whose file begins so")
    parser.add_argument(
        "--unchecked", action="store_true", help="do not first see that the tests pass without a mutant"
    )
    chosen = parser.parse_args(argv)
    os.chdir(HOME)
    sys.path.insert(0, str(HOME))
    for name in LIBRARIES:
        importlib.import_module(name)
    if chosen.hand:
        return _hand()
    if not chosen.unchecked and not _control():
        return 2
    place, parts = map(int, chosen.part.split("/"))
    mutants = sample(chosen.seed, chosen.count)[chosen.first :][place - 1 :: parts]
    return _sampled([one for one in mutants if one.file.startswith(chosen.only)], chosen.minutes)


def _control() -> bool:
    """The tests pass on code that nobody has changed; else every mutant would seem to die."""
    for room in TESTS:
        path = HOME / room if room.endswith(".py") else sorted((HOME / room).glob("[a-z]*.py"))[0]
        file = str(path.relative_to(HOME))
        how = killed(file, ast.parse(path.read_text(encoding="utf-8")), 2 * TIMEOUT_S)
        if how != "survived":
            print(f"the tests of {room} fail without a mutant ({how}): {' '.join(near_tests(file))}")
            return False
    return True


def _hand() -> int:
    survived = 0
    for file, code, other in by_hand():
        source = (HOME / file).read_text(encoding="utf-8")
        if source.count(code) != 1:
            print(f"STALE    {file}: {code!r} stands there {source.count(code)} times", flush=True)
            survived += 1
            continue
        how = killed(file, ast.parse(source.replace(code, other)), TIMEOUT_S)
        survived += how == "survived"
        print(f"{how:8s} {file}: {code} -> {other}", flush=True)
    return 1 if survived else 0


def _sampled(chosen: list[Mutant], minutes: float) -> int:
    begun, counts = time.monotonic(), {"killed": 0, "timeout": 0, "survived": 0}
    for mutant in chosen:
        if time.monotonic() - begun > minutes * 60:
            break
        source = (HOME / mutant.file).read_text(encoding="utf-8")
        how = killed(mutant.file, mutated(source, mutant.number), TIMEOUT_S)
        counts[how] += 1
        print(f"{how:8s} {mutant}", flush=True)
    done = sum(counts.values())
    dead = counts["killed"] + counts["timeout"]
    share = dead / done if done else 0.0
    spent = (time.monotonic() - begun) / 60
    of = f"{done} mutants of {len(chosen)}, {dead} killed ({share:.1%}; {counts['timeout']} by timeout)"
    print(f"{of}, {spent:.1f} min")
    return 0 if share >= 0.85 else 1


if __name__ == "__main__":
    sys.exit(main())
