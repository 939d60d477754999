"""Is a spoiled measurement refused, and a healthy one not? `python -m benchmarks health`.

At least 20 runs are spoiled on purpose (benchmarks/engine/spoilt.py): a rate beyond the generator, a stopped
process, a killed worker, too small a bound of arrivals in flight, a core taken by other processes. Each
must end with exit code 3. At least 20 healthy runs, of both load models, must end with 0. With --minutes a
call goes on where the one before stopped.
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.engine.spoilt import HEALTHY, SPOILED, Trial
from benchmarks.peers.nginx import nginx_on
from benchmarks.portions import Portions, Record, add_options
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
    """Exit 1 when one spoiled run was accepted or one healthy run refused; 3 when rows are left."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks health", description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=("spoiled", "healthy"))
    add_options(parser)
    options = parser.parse_args(arguments)
    kinds = {"spoiled": ("Spoiled on purpose, refused", SPOILED), "healthy": ("Healthy, accepted", HEALTHY)}
    kinds = {kind: found for kind, found in kinds.items() if options.only in (None, kind)}
    trials = {f"{kind}: {trial.name}": trial for kind, (_, found) in kinds.items() for trial in found}
    portions = Portions("health", list(trials), options, part=options.only is not None)
    with bench_home() as home:
        portions.make(lambda row: {"ran": attempt(trials[row], home).ran._asdict()}, _shown(trials))
    done = {row: _tried(trials[row], portions.kept[row]) for row in portions.rows if row in portions.kept}
    pages = [f"`python -m benchmarks health`. {portions.commits()}"]
    for kind, (heading, _) in kinds.items():
        pages.append(page([one for row, one in done.items() if row.startswith(kind)], heading))
    title = "Spoiled runs are refused, healthy ones are not"
    report("health", title, pages, {"rows": list(portions.kept.values())}, keep=portions.keeps_page(options))
    return portions.exit_code(all(one.as_wished for one in done.values()))


def _tried(trial: Trial, record: Record) -> Tried:
    return Tried(trial, Ran(**record["ran"]))


def _shown(trials: Mapping[str, Trial]) -> Callable[[Record], str]:
    def shown(record: Record) -> str:
        one = _tried(trials[record["row"]], record)
        return f"{'ok   ' if one.as_wished else 'WRONG'} {one.trial.name}: {one.ran.verdict} {one.reason}"

    return shown


if __name__ == "__main__":
    sys.exit(main())
