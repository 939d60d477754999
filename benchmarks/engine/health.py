"""Is a spoiled measurement refused, and a healthy one not? `python -m benchmarks health`.

At least 20 runs are spoiled on purpose (benchmarks/engine/spoilt.py): a rate beyond the generator, a stopped
process, a killed worker, too small a bound of arrivals in flight, a core taken by other processes. Each
must end with exit code 3. At least 20 healthy runs, of both load models, must end with 0.
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.engine.spoilt import HEALTHY, SPOILED, Trial
from benchmarks.peers.nginx import nginx_on
from benchmarks.product import Ran, bench_home, read_run, run_argv
from benchmarks.rig import Cores, cores, environment, pinned, report, running, scratch, table
from benchmarks.truth.truth_tools import truth_server

INVALID = 3
PATIENCE = 60.0


@dataclass
class Tried:
    """One trial and what came of it."""

    trial: Trial
    ran: Ran

    @property
    def as_wished(self) -> bool:
        return self.ran.code == (INVALID if self.trial.spoiled else 0)

    @property
    def reason(self) -> str:
        last = self.ran.output.strip().splitlines()[-1:] if self.ran.code else []
        return str(next(iter([*self.ran.run.get("reasons", []), *last]), ""))


@contextlib.contextmanager
def target(trial: Trial, place: Cores, folder: Path) -> Iterator[str]:
    if trial.target == "nginx":
        with nginx_on(place.target) as nginx:
            yield nginx.url
    else:
        with truth_server(trial.target, place.target, folder / "record.json") as url:
            yield url


def attempt(trial: Trial, home: Path) -> Tried:
    """One run under its spoil; one that does not end by itself is killed and counts as exit -9."""
    place = cores()
    held = place.generator if trial.processes == 1 else sorted({place.generator, place.target})
    with scratch("health") as folder, target(trial, place, folder) as url:
        out = folder / "run"
        out.mkdir()
        argv = pinned(held, run_argv(trial.scenario, out, url, **trial.options()))
        options = {"cwd": home, "env": environment(PYTHONPATH=str(home)), "stderr": subprocess.STDOUT}
        log = folder / "output.txt"
        with log.open("w", encoding="utf-8") as output, running(argv, stdout=output, **options) as process:
            spoil = trial.spoil(process.pid, out, place) if trial.spoil else contextlib.nullcontext()
            with spoil:
                code = _wait(process, trial.seconds + PATIENCE)
        return Tried(trial, read_run(out, code, log.read_text(encoding="utf-8")))


def _wait(process: subprocess.Popen[str], seconds: float) -> int:
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return -9


def page(tried: Sequence[Tried], heading: str) -> str:
    rows = [
        (one.trial.name, one.ran.verdict, "yes" if one.as_wished else "NO", one.reason[:110]) for one in tried
    ]
    right = sum(one.as_wished for one in tried)
    return f"## {heading}: {right} of {len(tried)}\n\n" + table(
        ("run", "verdict", "as wished", "reason"), rows
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit 1 when one spoiled run was accepted or one healthy run refused."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks health", description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=("spoiled", "healthy"))
    parser.add_argument("--match", default="", help="only trials whose name holds this text")
    parser.add_argument(
        "--draft", action="store_true", help="print and keep the raw figures, but not the page"
    )
    options = parser.parse_args(arguments)
    kinds = {"spoiled": ("Spoiled on purpose, refused", SPOILED), "healthy": ("Healthy, accepted", HEALTHY)}
    done: dict[str, list[Tried]] = {}
    with bench_home() as home:
        for kind, (_, trials) in kinds.items():
            if options.only in (None, kind):
                wanted = [trial for trial in trials if options.match in trial.name]
                done[kind] = [_announced(attempt(trial, home)) for trial in wanted]
    raw = {
        kind: [{"trial": one.trial.name, **one.ran._asdict()} for one in tried]
        for kind, tried in done.items()
    }
    pages = [page(tried, kinds[kind][0]) for kind, tried in done.items()]
    report("health", "Spoiled runs are refused, healthy ones are not", pages, raw, keep=not options.draft)
    return int(not all(one.as_wished for tried in done.values() for one in tried))


def _announced(one: Tried) -> Tried:
    print(
        f"  {'ok   ' if one.as_wished else 'WRONG'} {one.trial.name}: {one.ran.verdict} {one.reason}",
        flush=True,
    )
    return one


if __name__ == "__main__":
    sys.exit(main())
