"""Real runs and real duels of builds with planted differences, kept in pools under benchmarks/raw/verdicts.

A build is the reference target with faults. A pool is the directory of one build; it only ever grows, so that
machine time can be spent in portions. Of a run, and of both sides of a duel's launch, run.json is kept and
the evidence that it is sealed with. Runs that the judge calls invalid are counted and not kept.
"""

from __future__ import annotations

import json
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from benchmarks.rig import HOME, RAW, median
from renhai.core.errors import InvalidRun
from renhai.core.process.embedded_target import EmbeddedTarget
from renhai.core.process.interrupts import Interrupts
from renhai.plan.build import Options
from renhai.plan.schedule import drawn_anew
from renhai.run import single as runner
from renhai.run.multiple.duel import SIDES, DuelRequest, duel
from results.snapshot.run import Run, load_run

POOLS = RAW / "verdicts"
SCENARIO = HOME / "benchmarks" / "home" / "scenarios" / "bench" / "verdicts.yaml"
LANES = 4  # runs at once: their service times are sleeps, together they use under half of two cores
SECONDS = 10.0
RUN_RATE, DUEL_RATE = 20.0, 40.0  # journeys a second, of 7 to 8 requests each
DUEL_SECONDS = 12.0


@dataclass(frozen=True)
class Build:
    """The reference target with `faults`; for a duel those of side b, and `other` those of side a.

    wanted: runs or launches that the pool should hold. seed: another one of the data than the scenario's.
    scenario: a shipped one, run alone as it stands; empty: SCENARIO, LANES at once. draws: of arrivals, order
    and think times, in turns, as `--repeat` has them; 1: each run has the same one. couples: two runs at
    once, as `--against` makes them where the scenario says so; both sides of a launch then. later: its pool
    is filled once the others are full.
    """

    name: str
    wanted: int
    faults: tuple[str, ...]
    other: tuple[str, ...] = ()
    seed: int | None = None
    scenario: str = ""
    draws: int = 1
    couples: bool = False
    later: bool = False

    @property
    def pool(self) -> Path:
        return POOLS / self.name


# (i) run against run. Service times of a tax system: 30 ms at the median, 50 ms at the 95th percentile. For
# capacity, a queue before ten servers.
MEDIAN_MS = 30.0
SEED = 20150911  # of the scenarios
CALIBRATION = "runs-calibration"


def slow(scale: float, own_ms: Mapping[str, float] = MappingProxyType({})) -> tuple[str, ...]:
    """own_ms: what each operation takes beside its planted time, so that "+10 %" slows the whole of it."""
    own = sorted(own_ms.items()) if scale > 1 else ()
    added = (f"latency={ms * (scale - 1):.4f}ms:{name}" for name, ms in own)
    return (f"latency=lognormal({MEDIAN_MS * scale:g}ms,{50 * scale:g}ms)", *added)


def servers(count: int) -> tuple[str, ...]:
    return (f"capacity={count}xlognormal(45ms,75ms)",)


def run_builds(own_ms: Mapping[str, float]) -> tuple[Build, ...]:
    return (
        Build("runs-same", 60, slow(1.0), draws=20),
        Build("runs-latency-10", 20, slow(1.1, own_ms), draws=20),
        Build("runs-latency-5", 20, slow(1.05, own_ms), draws=20, later=True),
        Build("runs-errors", 20, (*slow(1.0), "errors=0.5%"), draws=20),
        Build("runs-queue-same", 40, servers(10), draws=20, later=True),
        Build("runs-queue-capacity-10", 20, servers(9), draws=20, later=True),
        Build("runs-seed-1", 14, slow(1.0)),
        Build("runs-seed-2", 14, slow(1.0), seed=9),
        Build("smoke-same", 14, (), scenario="smoke", draws=14, couples=True),
    )


def duel_builds(medians_ms: Mapping[str, float]) -> tuple[Build, ...]:
    """(ii) the bare target. Planting a delay costs time itself, so side a has one of 0.2 ms as well.

    medians_ms: of each operation with that delay; a planted share is that share of each of them.
    """

    def delayed(share: float) -> tuple[str, ...]:
        return tuple(f"latency={0.2 + share * ms:.4f}ms:{name}" for name, ms in sorted(medians_ms.items()))

    return (
        Build("duels-same", 30, ()),
        Build("duels-latency-10", 14, delayed(0.10), delayed(0)),
        Build("duels-latency-5", 14, delayed(0.05), delayed(0), later=True),
        Build("duels-errors", 10, (*delayed(0), "errors=0.5%"), delayed(0), later=True),
        Build("duels-capacity-10", 10, ("capacity=2x3.333333ms",), ("capacity=2x3ms",), later=True),
    )


class Launched(NamedTuple):
    """Both snapshots of one launch of a duel."""

    a: Path
    b: Path


def runs_of(build: Build) -> list[Run]:
    """For couples those of their first side."""
    return [
        load_run(path) for path in sorted(build.pool.glob("*/a/run.json" if build.couples else "*/run.json"))
    ]


def couples_of(build: Build) -> list[tuple[Run, Run]]:
    return [(load_run(place.a), load_run(place.b)) for place in launches_of(build)]


def launches_of(build: Build) -> list[Launched]:
    found = [path.parent.parent for path in sorted(build.pool.glob("*/b/run.json"))]
    return [Launched(place / "a", place / "b") for place in found]


def _add(build: Build, kept: Sequence[tuple[str, Path]]) -> None:
    """Move snapshots into a pool whole: `kept` holds (name within the entry, directory)."""
    build.pool.mkdir(parents=True, exist_ok=True)
    entry = Path(tempfile.mkdtemp(prefix=".part-", dir=build.pool))
    for name, directory in kept:
        for file in ("run.json", *load_run(directory).evidence):
            (entry / name / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(directory / file, entry / name / file)
    entry.chmod(0o755)
    entry.rename(build.pool / f"{time.time_ns()}")


def _note_invalid(build: Build, why: str) -> None:
    build.pool.mkdir(parents=True, exist_ok=True)
    with (build.pool / "invalid.txt").open("a", encoding="utf-8") as file:
        file.write(why.replace("\n", " ") + "\n")


def invalid_of(build: Build) -> int:
    return lines(build.pool / "invalid.txt")


def lines(path: Path) -> int:
    """How many it has; 0 where there is none."""
    return len(path.read_text(encoding="utf-8").splitlines()) if path.exists() else 0


def _seed() -> int:
    """Another one each time: with one seed, a target would draw the same service times in every run."""
    return random.SystemRandom().randrange(1 << 30)


def one_run(build: Build, draw: int = 1) -> None:
    """One run of a build with a target of its own, or two at once, added to its pool."""
    sides = SIDES if build.couples else ("",)
    beside = Interrupts() if build.couples else None
    with tempfile.TemporaryDirectory(prefix="renhai-verdicts-") as out, ThreadPoolExecutor(2) as lanes:
        made = list(lanes.map(lambda _: _made(build, draw, Path(out), beside), sides))
        whole = [one for one in made if one]
        if len(whole) == len(sides):
            _add(build, list(zip(sides, whole, strict=True)))


def _made(build: Build, draw: int, out: Path, beside: Interrupts | None) -> Path | None:
    """The snapshot; None of an invalid run, which is noted. beside: there is another run at the same time."""
    try:
        with EmbeddedTarget(Interrupts(), build.faults, _seed()) as target:
            options = Options(rate=RUN_RATE, duration=SECONDS, seed=build.seed)
            if build.scenario:
                options = Options(seed=build.seed)
            name = build.scenario or str(SCENARIO)
            asked = runner.RunRequest(
                name, (), target.url, options, out, pages=False, number=draw, beside=beside
            )
            outcome = runner.run(asked)
    except InvalidRun as error:
        _note_invalid(build, str(error))
        return None
    if outcome.run.verdict == "invalid":
        _note_invalid(build, "; ".join(outcome.run.reasons))
        return None
    return outcome.directory


def of_a_wave(left: Sequence[Build], lanes: int = LANES) -> list[Build]:
    """The next ones that run at once: a shipped scenario alone, else as many as there are lanes."""
    if left[0].scenario:
        return [left[0]]
    return [build for build in left if not build.scenario][:lanes]


def wave(builds: Sequence[Build]) -> None:
    """Runs at once, one a lane: they start, load and end together, so no start disturbs another's load."""
    with ThreadPoolExecutor(LANES) as lanes:
        list(lanes.map(one_run, builds, next_draws(builds)))


def next_draws(builds: Sequence[Build]) -> list[int]:
    """For each run to come the draw of which its pool has the fewest."""
    made = {build: Counter(run.draw for run in runs_of(build)) for build in dict.fromkeys(builds)}
    found = []
    for build in builds:
        seeds = [drawn_anew(build.seed or SEED, number) for number in range(1, build.draws + 1)]
        seed = min(seeds, key=made[build].__getitem__)
        made[build][seed] += 1
        found.append(1 + seeds.index(seed))
    return found


def one_launch(build: Build) -> None:
    """One launch of a duel, with targets and load process of its own, added to its pool."""
    with tempfile.TemporaryDirectory(prefix="renhai-verdicts-") as out:
        options = Options(rate=DUEL_RATE, duration=DUEL_SECONDS)
        asked = DuelRequest(
            str(SCENARIO), "reference", "reference",
            options=options, out=Path(out), faults=(build.other, build.faults), fault_seed=_seed(),
            pages=False, judge=False,
        )  # fmt: skip
        try:
            outcome = duel(asked)
        except InvalidRun as error:
            _note_invalid(build, str(error))
            return
        if outcome.invalid:
            _note_invalid(build, "; ".join(map(str, outcome.invalid)))
        else:
            _add(build, list(zip(SIDES, outcome.launches[0].directories, strict=True)))


def calibrated() -> dict[str, float]:
    """Medians in ms of each operation of the bare target with a delay of 0.2 ms; measured once a pool."""
    if not known_medians():
        build = Build("duels-calibration", 2, ("latency=0.2ms",), ("latency=0.2ms",))
        while len(launches_of(build)) < build.wanted and invalid_of(build) < 5:
            one_launch(build)
        _keep("calibration", [load_run(side) for launched in launches_of(build) for side in launched])
    return known_medians()


def own_times() -> dict[str, float]:
    """What each operation takes in ms at the median beside its planted time; measured once a pool."""
    if not _known(CALIBRATION):
        build = Build(CALIBRATION, LANES, slow(1.0))
        while len(runs_of(build)) < build.wanted and invalid_of(build) < 5:
            wave([build] * LANES)
        _keep(CALIBRATION, runs_of(build))
    return {name: max(ms - MEDIAN_MS, 0.0) for name, ms in _known(CALIBRATION).items()}


def known_medians() -> dict[str, float]:
    """The medians of `calibrated`, as far as they are known; empty before."""
    return _known("calibration")


def _known(name: str) -> dict[str, float]:
    path = POOLS / f"{name}.json"
    loaded: dict[str, float] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return loaded


def _keep(name: str, runs: Sequence[Run]) -> None:
    """Each operation's median in ms over the runs."""
    if not runs:
        raise RuntimeError("the machine is too busy to calibrate the planted delays")
    names = sorted({operation for run in runs for operation in run.operations})
    found = {operation: _median(operation, runs) for operation in names}
    (POOLS / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _median(name: str, runs: Sequence[Run]) -> float:
    known = [run.operations[name].latency_ms for run in runs if name in run.operations]
    return median([latency.p50 for latency in known if latency])


def missing(builds: Sequence[Build], duels: bool) -> list[Build]:
    """What the pools still lack, in an order drawn so that the machine's mood falls on all builds alike; what
    may be filled later stands last."""
    left = [
        build
        for build in builds
        for _ in range(build.wanted - len(launches_of(build) if duels else runs_of(build)))
    ]
    random.Random(time.time_ns()).shuffle(left)
    return sorted(left, key=lambda build: build.later)
