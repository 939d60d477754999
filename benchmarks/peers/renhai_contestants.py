"""renhai's own lines in the table of peers: the product, closed and open, and the bare client under it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from benchmarks.engine.search import Search
from benchmarks.peers.contestants import Job, Own, Program
from benchmarks.peers.nginx import nginx_on
from benchmarks.product import Ran, run_renhai
from benchmarks.rig import PYTHON, SCRIPTS, scratch

# A rate is not sustained when more than one start in a hundred is later than this many milliseconds. A rate
# too high by one in a hundred makes the queue of an 8 s round that long.
LATE_MS = 80.0
AHEAD = ", made ahead"  # what is added to the name of who sends declarations that were made before the load
# By work: so many that a round of 8 s at 23,000 a second takes each once at most. Of the 5,000 taxpayers 777
# are general ones.
MADE = {"declarations": "{periods: 44}", "general": "{periods: 240, scale: general}"}
COMPUTED = (
    0.01  # of what a round sends may be computed after all, before it is no round of what was made ahead
)
SLACK = 0.96  # the rounds are longer than the probes of the search, and what holds for 3 s may not for 8 s


class Product:
    """`renhai run` on one core, from a copy of the checkout, operators without think time.

    At full speed the generator is the bottleneck by design and the verdict is `invalid`, as it should be: the
    note says so. The figure is nginx's.
    """

    def __init__(self, name: str, what: str, home: Path, scenario: str, sets: Sequence[str] = ()) -> None:
        self.name, self.what, self.home, self.scenario, self.sets = name, what, home, scenario, sets

    def absent(self) -> str:
        return ""

    def ran(self, job: Job, folder: Path) -> Ran:
        """RuntimeError with the end of the output where the run left no figures."""
        users = job.users if job.rate is None else None
        ran = run_renhai(
            self.home,
            self.scenario,
            job.url,
            job.core,
            folder / "renhai",
            seconds=job.seconds,
            rate=job.rate,
            users=users,
            sets=self.sets,
            patience=180,
        )
        if not ran.operation():
            raise RuntimeError(f"renhai ended with {ran.code}:\n{ran.output[-3000:]}")
        if self.sets:
            require_made(ran)
        return ran

    def round(self, job: Job, folder: Path) -> Own:
        ran = self.ran(job, folder)
        said = [*used(ran), f"verdict {ran.verdict}", *ran.run.get("reasons", [])]
        return own_of(ran, note="; ".join(said)[:300])


class OpenProduct(Product):
    """Arrivals at the highest rate that a search finds; a round that does not keep up is tried 4 % lower.

    The next round begins at the rate found again: a slow moment of the machine is that round's alone, as it
    is with every other contestant.
    """

    def __init__(
        self,
        name: str,
        what: str,
        home: Path,
        scenario: str,
        target_core: int,
        probe_seconds: float,
        rate: float | None,
        sets: Sequence[str] = (),
    ) -> None:
        super().__init__(name, what, home, scenario, sets)
        self.target_core, self.probe_seconds, self.rate = target_core, probe_seconds, rate
        self._lowered = 1.0

    def round(self, job: Job, folder: Path) -> Own:
        if self.rate is None:
            # Once more where a probe fails: on a small machine one stray process is enough.
            search = Search(lambda rate: self._probe(job, rate) or self._probe(job, rate))
            self.rate = SLACK * search.highest()
        rate = self.rate * self._lowered
        ran = self.ran(job._replace(rate=rate), folder)
        lag = behind(ran)
        note = "; ".join([f"{rate:,.0f}/s due, {lag or 'kept up'}", *used(ran), f"verdict {ran.verdict}"])
        self._lowered = 0.96 * self._lowered if lag else 1.0
        return own_of(ran, note=note, sound=not lag)

    def _probe(self, job: Job, rate: float) -> bool:
        with scratch("probe") as folder, nginx_on(self.target_core) as nginx:
            ran = self.ran(job._replace(url=nginx.url, rate=rate, seconds=self.probe_seconds), folder)
        lag = behind(ran)
        print(f"  probe {rate:10,.0f}/s {lag or 'kept up'} (verdict {ran.verdict})", flush=True)
        return not lag


def behind(ran: Ran) -> str:
    """Why a run did not keep up with its schedule; empty when it did: all done, none late, none dropped."""
    load, generator = ran.run.get("load", {}), ran.generator
    due, dropped = load.get("arrivals_due", 0), load.get("arrivals_dropped", 0)
    done = own_of(ran).accepted
    late = float(generator.get("start_lateness_ms_p99") or 0)
    if dropped:
        return f"{dropped} dropped"
    if late > LATE_MS:
        return f"start lateness p99 {late:.0f} ms"
    return f"{due - done} of {due} not done" if due - done > due * 0.001 or not due else ""


def own_of(ran: Ran, note: str = "", sound: bool = True) -> Own:
    counts = ran.operation()
    refused = counts.get("rejected", 0) + counts.get("errors", 0)
    return Own(counts.get("ok", 0), refused, note, sound)


def used(ran: Ran) -> list[str]:
    """How many of the declarations that were made ahead a run has sent; nothing where none were."""
    counts = ran.run.get("ahead") or {}
    return [f"{counts['made']:,} made ahead, {counts['taken']:,} taken"] if counts else []


def require_made(ran: Ran) -> None:
    """Raises RuntimeError where it computed what it was to have: that is another contestant's figure."""
    counts = ran.run.get("ahead") or {}
    taken, computed = counts.get("taken", 0), counts.get("computed", 0)
    if not taken or computed > COMPUTED * taken:
        raise RuntimeError(f"{computed:,} declarations were computed, {taken:,} were made ahead; make more")


def renhai_closed(home: Path, work: str, ahead: bool = False) -> Product:
    scenario = "bench/closed" if work == "fixed" else f"bench/closed-{work}"
    return Product(
        *_named("renhai closed", "operators, no think time", work, ahead), home, scenario, _sets(work, ahead)
    )


def renhai_open(
    home: Path, work: str, target_core: int, probe_seconds: float, rate: float | None, ahead: bool = False
) -> OpenProduct:
    scenario = "bench/open" if work == "fixed" else f"bench/open-{work}"
    named = _named("renhai open", "arrivals at the highest sustained rate", work, ahead)
    return OpenProduct(*named, home, scenario, target_core, probe_seconds, rate, _sets(work, ahead))


def _named(name: str, what: str, work: str, ahead: bool) -> tuple[str, str]:
    """Name and what it is; of declarations, whether each is computed for its request."""
    if work == "fixed":
        return name, what
    return (name + AHEAD, f"{what}; read from a file made ahead") if ahead else (name, f"{what}; computed")


def _sets(work: str, ahead: bool) -> tuple[str, ...]:
    return (f"data.ahead={MADE[work]}",) if ahead else ()


def read_bare(folder: Path, output: str) -> Own:
    found = re.search(r"^BENCH (\{.*\})$", output, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"the bare client printed no counts:\n{output[-2000:]}")
    return Own(**json.loads(found.group(1)))


def bare_client() -> Program:
    command = [PYTHON, str(SCRIPTS / "bare_client.py")]
    return Program("bare client", "not the product: its client alone", lambda job, folder: command, read_bare)
