"""Whether runs may be compared at all: it must be the same thing that was asked of both sides, and how.

Of what can be known before a run there are digests (run.json's `identity`); what cannot is held against the
figures: how long, how many arrivals, how many requests of each operation a journey made.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import Any

from results.compare.effects import draw_of, due, seeds_relate
from results.errors import SnapshotError
from results.snapshot.run import LoadSummary, Run
from results.verdict.reasons import Reason
from results.verdict.reasons import comparison as why
from results.verdict.run_summary import reasons_of

# Versions whose change changes what is measured. Of the environment, the machine; the rest may differ.
ENGINE = ("renhai", "locust", "gevent", "python")
MACHINE = ("cpu_model", "cores", "memory_gb", "platform")

_ORIGIN = re.compile(r"(\w+)://(?:[^@/]*@)?(\[[^]]*\]|[^:/?#]*)")  # scheme, host

LONGER = 0.02  # durations differ by more than this share, and by a second
EDGE = 0.02  # and requests a journey
SIGMAS = 6.0
OWN = ("measured.json", "latency.hlog")  # together they are of one run alone
MOST_SHORT = 0.05  # of journeys that did not come to their end: of more, figures a journey say little


def differences(baseline: Sequence[Run], candidate: Sequence[Run] = ()) -> list[Reason]:
    """What makes runs incomparable; empty when they compare. A side alone: with itself."""
    runs = [*baseline, *candidate]
    found = unlike([kind_of(run) for run in runs]) + _seeds(baseline, candidate) + _figures(runs)
    if not (found or all(identity_of(run) for run in runs)):
        found = uneven(baseline, candidate)
    return found + [invalid(run) for run in runs if run.verdict == "invalid"]


def given_once(runs: Sequence[Run], what: str) -> None:
    """Raises SnapshotError for a run that is there twice, also where it was copied under another name: its
    evidence has the moment of its start in it, so that no two runs have the same."""
    seen: dict[str, str] = {}
    for run in runs:
        digests = [str(run.evidence[name].get("sha256")) for name in OWN if name in run.evidence]
        for mark in (run.run_id, *(["".join(digests)] if len(digests) == len(OWN) else [])):
            if mark in seen:
                other = f" (it is {seen[mark]})" if seen[mark] != run.run_id else ""
                raise SnapshotError(what, f"{run.run_id} was given twice{other}", "give each run once")
            seen[mark] = run.run_id


def invalid(run: Run) -> Reason:
    """That this run is invalid, and why."""
    return why.RunInvalid(run=run.run_id, why=tuple(reasons_of(run)) or (why.JustInvalid(),))


def unlike(kinds: Sequence[Mapping[str, str]]) -> list[Reason]:
    """The same for kinds as of `kind_of`. A part that an older run does not know is not compared; one that a
    newer renhai wrote and this one does not know is, under the name that it has there."""
    found: list[Reason] = []
    for name in dict.fromkeys(name for kind in kinds for name in kind):
        seen = list(dict.fromkeys(kind[name] for kind in kinds if name in kind))
        known = name.replace(" ", "_")
        if len(seen) > 1:
            values = tuple(seen)
            of_ours = known in why.Kind.__members__
            found.append(
                why.Differs(kind=why.Kind[known], values=values)
                if of_ours
                else why.UnknownDiffers(kind=name, values=values)
            )
    return found


def kind_of(run: Run) -> dict[str, str]:
    """What must be equal for two runs to compare, by its name."""
    return {
        "scenario": run.scenario.name,
        "scenario digest": run.scenario.digest,
        "target": run.target.name,
        **reached(run.target.url, run.target.embedded),
        "load model": run.load.model,
        "load processes": str(run.generator.processes),
        "connections": run.connections.kind,
        "company": run.company,
        **engine_of(run.versions),
        **machine_of(run.environment),
        **identity_of(run),
    }


def reached(url: str, embedded: bool | None) -> dict[str, str]:
    """The part of a kind that is where the target stands: a fresh target of our own, which shares the
    machine and has kept nothing, is not the one that was up before; TLS and a network take time of their
    own. Of a URL only that: the builds may stand at other places. Unknown parts are left out."""
    found = {}
    if embedded is not None:
        found["target process"] = "started for the run" if embedded else "up before the run"
    if parts := _ORIGIN.match(url):
        found["url scheme"] = parts[1].lower()
        found["way to the target"] = "loopback" if _is_loopback(parts[2].strip("[]").lower()) else "network"
    return found


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def also_differs(baseline: Sequence[Run], candidate: Sequence[Run]) -> list[Reason]:
    """Versions that are no part of a kind, and that no run of either side shares with the other side."""
    found = []
    seen = [[_beside(run) for run in side] for side in (baseline, candidate)]
    for name in sorted({name for side in seen for one in side for name in one}):
        first, second = (list(dict.fromkeys(one[name] for one in side if name in one)) for side in seen)
        if first and second and not set(first) & set(second):
            found.append(f"{name}: {', '.join(first)} and {', '.join(second)}")
    return [why.AlsoDiffers(values=tuple(found))] if found else []


def _beside(run: Run) -> dict[str, str]:
    kernel = run.environment.get("kernel")
    known = {"kernel": str(kernel)} if kernel else {}
    return known | {name: value for name, value in run.versions.items() if name not in ENGINE}


def engine_of(versions: Mapping[str, Any]) -> dict[str, str]:
    """The part of a kind that is what made the load, from a run's `versions`."""
    return {name: str(versions.get(name)) for name in ENGINE}


def machine_of(environment: Mapping[str, Any]) -> dict[str, str]:
    """The part of a kind that is the machine, from a run's `environment`. Memory in whole GB: it varies by a
    few MB from kernel to kernel."""
    known = {name: environment.get(name) for name in MACHINE}
    return {name: f"{v:.0f}" if isinstance(v, float) else str(v) for name, v in known.items()}


def identity_of(run: Run) -> dict[str, str]:
    """Digests of what was asked and how; empty for a run of before there were any."""
    return dict(run.identity)


def unknown_identity(runs: Sequence[Run]) -> list[Reason]:
    """That some runs are too old to know what they asked."""
    old = sum(not identity_of(run) for run in runs)
    return [why.NoIdentity(old=old, runs=len(runs))] if old else []


def seeds_of(runs: Sequence[Run]) -> str:
    """`7`, or `7 (4 runs), 9`; `7 (5 draws)` where each repetition drew anew."""
    found = []
    for seed in dict.fromkeys(run.seed for run in runs):
        same = [run for run in runs if run.seed == seed]
        draws = len({draw_of(run) for run in same})
        more = f" ({draws} draws)" if draws > 1 else f" ({len(same)} runs)" if len(same) < len(runs) else ""
        found.append(f"{seed}{more}")
    return ", ".join(found)


def _seeds(baseline: Sequence[Run], candidate: Sequence[Run]) -> list[Reason]:
    """In the closed model think times and journeys are drawn by the seed, so the load itself differs."""
    if not candidate or any(run.load.model == "open" for run in [*baseline, *candidate]):
        return []
    if seeds_relate(baseline, candidate) != "other":
        return []
    first, second = seeds_of(baseline), seeds_of(candidate)
    if {run.seed for run in baseline} == {run.seed for run in candidate}:
        return [why.OtherDraws(baseline=first, candidate=second)]
    return [why.OtherSeeds(baseline=first, candidate=second, seed=baseline[0].seed or 0)]


def planned_seeds(baseline: Sequence[Run], draws: Sequence[int], model: str) -> list[Reason]:
    """The same as `differences` will say of seeds, of runs that are yet to be made with these draws."""
    if not draws or not baseline:
        return []
    to_come = [
        baseline[0].model_copy(update={"seed": draws[0], "draw": draw, "load": LoadSummary(model=model)})
        for draw in draws
    ]
    return _seeds(baseline, to_come)


def other_seeds(baseline: Sequence[Run], candidate: Sequence[Run]) -> list[Reason]:
    """That another schedule was drawn for each side, which the intervals allow for."""
    if seeds_relate(baseline, candidate) != "other":
        return []
    return [why.OtherArrivals(baseline=seeds_of(baseline), candidate=seeds_of(candidate))]


def _figures(runs: Sequence[Run]) -> list[Reason]:
    """What no digest holds: how long runs that came to their end took, and how many arrivals were due."""
    whole = [run for run in runs if run.ended == "completed"]
    lengths = sorted(run.duration_s for run in whole)
    if lengths and lengths[-1] - lengths[0] > max(1.0, LONGER * lengths[-1]):
        return [why.DurationDiffers(least=lengths[0], most=lengths[-1])]
    by_due = sorted((run for run in whole if due(run)), key=due)
    if not by_due:
        return []
    least, most = due(by_due[0]), due(by_due[-1])
    allowed = max(2.0, 0.005 * most)
    if len({draw_of(run) for run in by_due}) > 1:
        allowed += SIGMAS * (least + most) ** 0.5
    return [why.ArrivalsDiffer(least=least, most=most)] if most - least > allowed else []


def uneven(baseline: Sequence[Run], candidate: Sequence[Run]) -> list[Reason]:
    """Operations of which a journey made more or fewer requests on one side than on the other.

    Of runs in which few journeys failed, since a failure cuts a journey short. What journeys vary by
    themselves is allowed for: the range of each side, what failed or was cut at the end, and where they are
    drawn six standard errors.
    """
    sides = [[run for run in side if _sound(run)] for side in (baseline, candidate)]
    if not all(sides):
        return []
    found: list[Reason] = []
    drawn = seeds_relate(sides[0], sides[1]) != "same" or any(not due(run) for side in sides for run in side)
    for name in dict.fromkeys(name for side in sides for run in side for name in run.operations):
        made = [[_a_journey(run, name) for run in side] for side in sides]
        low, high = sorted(made, key=min)
        gap = min(high) - max(low)
        short = max(_short(run) for side in sides for run in side)
        allowed = EDGE * max(high) + short * max(1.0, max(high))
        if drawn:
            fewest = min(_journeys(run) for side in sides for run in side)
            allowed += SIGMAS * (2 * max(high) * max(1.0, max(high)) / fewest) ** 0.5
        if gap > allowed:
            first, second = (sum(side) / len(side) for side in made)
            found.append(why.RequestsDiffer(operation=name, baseline=first, candidate=second))
    return found


def _journeys(run: Run) -> int:
    return sum(int(one.get("started", 0)) for one in run.journeys.values())


def _sound(run: Run) -> bool:
    return run.ended == "completed" and _journeys(run) > 0 and _short(run) <= MOST_SHORT


def _a_journey(run: Run, operation: str) -> float:
    summary = run.operations.get(operation)
    return summary.started / _journeys(run) if summary else 0.0


def _short(run: Run) -> float:
    """The share of journeys that failed or were cut."""
    short = sum(int(one.get(how, 0)) for one in run.journeys.values() for how in ("failed", "cut"))
    return short / _journeys(run)
