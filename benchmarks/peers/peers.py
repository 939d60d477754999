"""renhai beside its peers on the same work, in one run: `python -m benchmarks peers`.

Target and generator have a core each; every round starts a fresh nginx; the contestants take turns, and the
order moves by one each round. All rates come from nginx's own count, cut in the same way
(nginx.py), and each contestant's own count must agree with it: exactly for renhai; k6, k9 and
wrk may leave at most one request a connection unread when their time is up.

Closed contestants keep `--users` requests in flight without think time. `renhai open` begins arrivals at
the highest rate that it sustains, found by a search (benchmarks/engine/search.py). Every contestant has
`--users` connections. Goals on declarations are judged on those that were made ahead of the load: the peers
read a prepared file, too; what is computed for each request stands beside them.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.peers.contestants import PEERS, Contestant, Job
from benchmarks.peers.nginx import Watch, nginx_on
from benchmarks.peers.renhai_contestants import AHEAD, bare_client, renhai_closed, renhai_open
from benchmarks.peers.work import prepare_declarations
from benchmarks.product import bench_home
from benchmarks.rig import cores, median, report, scratch, table

# (contestant, peer, least ratio, work)
GOALS = (
    ("renhai closed", "FastHttpUser", 3.0, "fixed"),
    ("renhai closed", "k6", 3.0, "fixed"),
    ("renhai closed", "k9-load", 1.5, "fixed"),
    ("renhai open", "FastHttpUser", 5.5, "fixed"),
    ("renhai open", "wrk", 0.45, "fixed"),
    (f"renhai closed{AHEAD}", "FastHttpUser", 2.5, "declarations"),
    (f"renhai open{AHEAD}", "FastHttpUser", 2.5, "declarations"),
    (f"renhai closed{AHEAD}", "FastHttpUser", 2.5, "general"),
    (f"renhai open{AHEAD}", "FastHttpUser", 2.5, "general"),
)
AT_THE_LONGEST = ("FastHttpUser", "k6")  # the peers of the third work
ATTEMPTS = 8
WORKS = ("fixed", "declarations", "general")
DECLARATIONS = 1000  # lines of the prepared file; k6 keeps them once a user


@dataclass
class Standing:
    """A contestant's rounds of one work: requests a second by nginx, and how its own count compares."""

    name: str
    what: str
    absent: str = ""
    rates: list[float] = field(default_factory=list)
    accepted: int = 0
    refused: int = 0
    counted: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return median(self.rates)

    @property
    def unread(self) -> int:
        return self.counted - self.accepted - self.refused

    def count_check(self, allowed: int) -> str:
        if self.refused:
            return f"{self.refused} refused"
        if self.unread == 0:
            return "equal"
        return f"{self.unread:+d} unread" if 0 < self.unread <= allowed else f"{self.unread:+d} DIFFERS"


def measure(
    standings: dict[str, Standing], contestants: Sequence[Contestant], job: Job, rounds: int, target_core: int
) -> None:
    """Interleaved rounds; a contestant that breaks is reported and left out of the later rounds."""
    for number in range(rounds):
        turn = number % max(1, len(contestants))
        for contestant in [*contestants[turn:], *contestants[:turn]]:
            standing = standings[contestant.name]
            if standing.absent:
                continue
            try:
                _round(standing, contestant, job, target_core)
            except (RuntimeError, OSError, KeyError, ValueError) as error:
                standing.absent = f"broke: {str(error).strip()[-1500:]}"
            rate = f"{standing.rates[-1]:10,.0f}/s" if standing.rates else standing.absent
            print(f"  round {number + 1} {contestant.name:26} {rate}", flush=True)


def _round(standing: Standing, contestant: Contestant, job: Job, target_core: int) -> None:
    """One round, repeated (ATTEMPTS in all) while the contestant says that it does not count."""
    for _ in range(ATTEMPTS):
        with scratch("round") as folder, nginx_on(target_core) as nginx, Watch(nginx) as watch:
            own = contestant.round(job._replace(url=nginx.url), folder)
        standing.counted += watch.total
        standing.accepted += own.accepted
        standing.refused += own.refused
        standing.notes += [own.note] if own.note else []
        if own.sound:
            standing.rates.append(watch.rate())
            return
    raise RuntimeError(f"no round counted: {own.note}")


def ranking(standings: Sequence[Standing], users: int, rounds: int) -> str:
    rates = {standing.name: standing.rate for standing in standings if standing.rates}
    base = [rates.get(name, 0.0) for name in ("FastHttpUser", "k6", "wrk")]
    rows = [_rank(standing, base, users * rounds) for standing in standings]
    return table(("contestant", "what", "median /s", "rounds", "x Fast", "x k6", "x wrk", "own count"), rows)


def _rank(standing: Standing, base: Sequence[float], allowed: int) -> tuple[str, ...]:
    if standing.absent:
        why = standing.absent.splitlines()[0][:60]
        return (standing.name, standing.what, "absent", "", *[""] * len(base), why)
    ratios = [f"{standing.rate / value:.2f}" if value else "" for value in base]
    each = " ".join(f"{rate:,.0f}" for rate in standing.rates)
    check = standing.count_check(allowed)
    return (standing.name, standing.what, f"{standing.rate:,.0f}", each, *ratios, check)


def goals_of(standings: Mapping[str, Standing], work: str) -> list[tuple[str, float, float]]:
    """(goal, least ratio, measured ratio) of every goal whose two sides were measured."""
    measured = {
        name: standing.rate for name, standing in standings.items() if standing.rates and standing.rate
    }
    return [
        (f"{name} / {peer}", least, measured[name] / measured[peer])
        for name, peer, least, of in GOALS
        if of == work and name in measured and peer in measured
    ]


def goals(standings: Mapping[str, Standing], work: str) -> str:
    rows = [
        (goal, f"{least:g}", f"{ratio:.2f}", "yes" if ratio >= least else "NO")
        for goal, least, ratio in goals_of(standings, work)
    ]
    return table(("goal", "at least", "measured", "reached"), rows) if rows else ""


def contest(work: str, options: argparse.Namespace, home: Path, folder: Path) -> dict[str, Standing]:
    """All rounds of one work; the standings by name, in the order of the table."""
    place, file = cores(), None
    if work != "fixed":
        file = folder / "declarations.jsonl"
        size = prepare_declarations(file, DECLARATIONS, general=work == "general")
        print(f"  prepared {DECLARATIONS} declarations of {size} bytes on average", flush=True)
    ours: list[Contestant] = []
    for ahead in (False, True) if work != "fixed" else (False,):
        ours += [
            renhai_closed(home, work, ahead),
            renhai_open(home, work, place.target, options.probe_seconds, options.rate, ahead),
        ]
    if work == "fixed":
        ours.append(bare_client())
    peers = [peer for peer in PEERS if work != "general" or peer.name in AT_THE_LONGEST]
    wanted = [c for c in [*ours, *peers] if not options.only or c.name in options.only]
    standings = {c.name: Standing(c.name, c.what, c.absent()) for c in wanted}
    job = Job("", options.seconds, options.users, place.generator, file)
    measure(standings, wanted, job, options.rounds, place.target)
    return standings


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks peers", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8.0, help="of one round")
    parser.add_argument("--users", type=int, default=50, help="requests in flight of the closed contestants")
    parser.add_argument("--work", choices=WORKS, action="append", help="all when left out")
    parser.add_argument("--only", action="append", help="a contestant's name; repeatable")
    parser.add_argument("--rate", type=float, help="arrivals a second of renhai open, instead of the search")
    parser.add_argument("--probe-seconds", type=float, default=3.0, help="of one probe of the search")
    parser.add_argument(
        "--draft", action="store_true", help="print and keep the raw figures, but not the page"
    )
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit 1 when a goal that could be measured was missed."""
    options = parse(arguments)
    missed = False
    place = cores()
    print(f"peers: generator on core {place.generator}, nginx on core {place.target}", flush=True)
    tables: list[str] = []
    raw: dict[str, Any] = {"options": vars(options)}
    with bench_home() as home, scratch("peers") as folder:
        as_many_connections(home, options.users)
        for work in options.work or WORKS:
            print(f"work: {work}", flush=True)
            standings = contest(work, options, home, folder)
            raw[work] = {name: vars(standing) for name, standing in standings.items()}
            tables += _page(work, standings, options)
            missed |= any(ratio < least for _, least, ratio in goals_of(standings, work))
    report("peers", "renhai beside its peers", tables, raw, keep=not options.draft)
    return int(missed)


def as_many_connections(home: Path, count: int) -> None:
    """renhai has as many connections as each peer: one for each user (wrk: `-c`), shared by its arrivals."""
    path = home / "scenarios" / "targets" / "bench.yaml"
    text, times = re.subn(r"shared: \d+", f"shared: {count}", path.read_text(encoding="utf-8"))
    if times != 1:
        raise RuntimeError(f"{path} states no number of shared connections")
    path.write_text(text, encoding="utf-8")


def _page(work: str, standings: dict[str, Standing], options: argparse.Namespace) -> list[str]:
    heading = {
        "fixed": "## The same 300 bytes of JSON, distinct in every request",
        "declarations": "## VAT declarations: renhai computes each one, or made them ahead; "
        "the peers read a prepared file",
        "general": "## The same, of general taxpayers alone",
    }[work]
    notes = "\n".join(f"- {s.name}: {note}" for s in standings.values() for note in s.notes[-1:])
    parts = [
        heading,
        ranking(list(standings.values()), options.users, options.rounds),
        goals(standings, work),
        notes,
    ]
    return [part for part in parts if part]


if __name__ == "__main__":
    sys.exit(main())
