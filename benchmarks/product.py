"""renhai itself as a contestant: `renhai run` from a copy of the checkout that has the benchmark's journeys.

The copy is what a user makes who adds a locustfile and a scenario of his own; nothing in it is changed.
It also keeps a benchmark steady while the checkout is being edited.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.rig import HOME, PYTHON, environment, finish, pinned, scratch

ROOMS = ("generators", "locustfiles", "renhai", "results", "scenarios")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "runs", "baselines", "_home")
VERDICTS = {0: "pass", 1: "fail", 2: "usage", 3: "invalid", 4: "inconclusive"}


class Ran(NamedTuple):
    """What one `renhai run` left: exit code, run.json and measured.json ({} where missing), output."""

    code: int
    run: dict[str, Any]
    measured: dict[str, Any]
    output: str

    @property
    def verdict(self) -> str:
        return VERDICTS.get(self.code, f"exit {self.code}")

    def operation(self, name: str = "declaration.submit") -> dict[str, Any]:
        found: dict[str, Any] = self.run.get("operations", {}).get(name, {})
        return found

    @property
    def generator(self) -> dict[str, Any]:
        """Health of the generator: the run's own keys, and what measured.json says beyond them."""
        return {**self.measured.get("generator", {}), **self.run.get("generator", {})}


@contextlib.contextmanager
def bench_home(checkout: Path = HOME) -> Iterator[Path]:
    """A copy of a checkout's rooms with its benchmarks/home laid over it."""
    with scratch("home") as folder:
        for room in ROOMS:
            shutil.copytree(checkout / room, folder / room, ignore=LEFT_OUT)
        shutil.copytree(checkout / "benchmarks" / "home", folder, dirs_exist_ok=True, ignore=LEFT_OUT)
        yield folder


def run_argv(scenario: str, out: Path, url: str, **options: Any) -> list[str]:
    """`renhai run` with its options: seconds, users, rate, processes; None leaves the scenario's own."""
    argv = [PYTHON, "-m", "renhai", "run", scenario, "--target", url, "--out", str(out)]
    spelled = {
        "--duration": None if (seconds := options.get("seconds")) is None else f"{seconds:g}s",
        "--users": options.get("users"),
        "--rate": None if (rate := options.get("rate")) is None else f"{rate:.2f}/s",
        "--processes": options.get("processes"),
    }
    for option, value in spelled.items():
        argv += [] if value is None else [option, str(value)]
    for assignment in options.get("sets", ()):
        argv += ["--set", assignment]
    return argv


def read_run(out: Path, code: int, output: str) -> Ran:
    return Ran(code, _json_below(out, "run.json"), _json_below(out, "measured.json"), output)


def run_renhai(home: Path, scenario: str, url: str, core: int | list[int], out: Path, **options: Any) -> Ran:
    """One headless run to its end, on the given core; `patience` seconds are allowed beyond its duration."""
    out.mkdir(parents=True, exist_ok=True)
    argv = pinned(core, run_argv(scenario, out / "run", url, **options))
    patience = options.get("patience", 60) + (options.get("seconds") or 60)
    code, output = finish(argv, patience, home, environment(PYTHONPATH=str(home)), out / "output.txt")
    return read_run(out, code, output)


def _json_below(folder: Path, name: str) -> dict[str, Any]:
    found = next(iter(sorted(folder.rglob(name))), None)
    if found is None:
        return {}
    loaded: dict[str, Any] = json.loads(found.read_text(encoding="utf-8"))
    return loaded
