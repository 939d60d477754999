"""Can the thresholds hold, and can they fail, by the plan? Asked before anything is sent."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from statistics import NormalDist

from renhai.core.errors import Problem
from renhai.core.units import spell_seconds
from renhai.core.yaml_lines import Where, spell
from renhai.plan.build import Options
from renhai.plan.expectation import Expected, of_arrivals, of_operators, requests
from renhai.plan.model import ClosedLoad, Load, OpenLoad, ScenarioPlan, SearchLoad
from renhai.plan.schedule import Rate, shifts, sittings
from renhai.spec.loader import LoadedScenario
from results.metrics import COUNT, METRICS, PERCENT, PRESENCE, RUN, rounded_share, show
from results.verdict.rules import Rule, parse_gates

ANYWAY = "a run without any success fails by itself"
CHANCE = 0.05  # of runs that may miss a threshold by chance alone before a person is told

LEAST_REQUESTS = 0.1  # of a whole run: a throughput that asks for less is met by any single success
FEW = 10  # requests below which nobody says what share of them is all but one

# Classes of which a write is in one at most, once.
_ONE_EACH = frozenset({"lost", "altered", "stale", "absent"})
_LOST = frozenset({"lost", "lost_after"})

ROUNDING = 1e-6  # of floats, beside which a number is whole

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True)
class Attainable:
    """refused: rules that cannot hold, or cannot fail; doubts: what chance alone breaks now and then."""

    refused: list[Problem]
    doubts: list[str]


def attainable(
    loaded: LoadedScenario, scenario: ScenarioPlan, options: Options, assignments: Sequence[str] = ()
) -> Attainable:
    """Every threshold against the plan, each in its own unit."""
    refused: list[Problem] = []
    doubts: list[str] = []
    plan = _PlanOnPaper(loaded, scenario)
    for glob, rule in parse_gates(scenario.thresholds):
        where = loaded.file.where(("thresholds", glob), key=True)
        if rule.metric == "throughput":
            wrong, doubt = _throughput(plan, glob, rule, options)
        elif rule.metric in PRESENCE:
            wrong = _signed_in(plan, glob, rule) if rule.metric == "signed_in" else ""
            wrong, doubt = wrong or _met_by_one(plan, glob, rule), ""
        elif rule.unit in (PERCENT, COUNT) and not METRICS[rule.metric].more_is_better:
            wrong, doubt = _fails_too_late(plan, glob, rule), ""
        else:
            wrong, doubt = _longer_than_patience(loaded, glob, rule), ""
            late = "" if wrong else _longer_than_the_load(plan, glob, rule)
            scaled = _scaled_by(options, assignments)
            wrong, doubt = (wrong, late + scaled) if late and scaled else (wrong or late, "")
        if wrong:
            refused.append(Problem(where, f'thresholds."{glob}"', wrong + _scaled_by(options, assignments)))
        if doubt:
            doubts.append(f"{glob}: {doubt}")
    for path, wrong in _counts_that_all_may_reach(plan):
        text = wrong + _scaled_by(options, assignments)
        refused.append(Problem(loaded.file.where(path), spell(path), text))
    if late := _fires_too_late(scenario):
        scaled = _scaled_by(options, assignments)
        if scaled:
            doubts.append(f"abort {late}{scaled}")
        else:
            place = ("abort",) if loaded.scenario.abort else ("drill", "stop")
            refused.append(Problem(loaded.file.where((*place, "for")), ".".join(place), late))
    return Attainable(refused, doubts)


def _fires_too_late(scenario: ScenarioPlan) -> str:
    """An abort rule that has to hold for longer than there is load."""
    abort, load = scenario.abort, scenario.load
    searches = isinstance(load, SearchLoad)
    seconds = load.search.step_s if isinstance(load, SearchLoad) else load.seconds
    if abort is None or abort.for_s <= seconds:
        return ""
    lasts = f"{'each step' if searches else 'the load'} ends after {spell_seconds(round(seconds, 3))}"
    return f"has for: {spell_seconds(abort.for_s)}, so the rule cannot fire: {lasts}; shorten it"


def requests_per_s(loaded: LoadedScenario, scenario: ScenarioPlan) -> float | None:
    """What the plan brings at zero latency, over its whole time; None where it cannot be said."""
    plan = _PlanOnPaper(loaded, scenario)
    if isinstance(scenario.load, SearchLoad) or not plan.known or not plan.seconds:
        return None
    mean = plan.of(RUN)[RUN].mean
    return mean / plan.seconds if mean and math.isfinite(mean) else None


class _PlanOnPaper:
    """The expected counts of a plan by subject, each worked out when it is first asked for."""

    def __init__(self, loaded: LoadedScenario, scenario: ScenarioPlan) -> None:
        self.loaded, self.scenario = loaded, scenario
        self.seconds = scenario.load.seconds
        self.steps = {name: journey.steps for name, journey in loaded.journeys.items()}
        self._parts: list[tuple[str, Mapping[str, float], Expected]] | None = None

    @property
    def known(self) -> bool:
        """Whether every journey says what it sends; else nothing can be said of its requests."""
        return bool(self.steps) and all(self.steps.values())

    @property
    def parts(self) -> list[tuple[str, Mapping[str, float], Expected]]:
        """(unit/post or "", mix, transactions begun)."""
        if self._parts is None:
            load = self.scenario.load
            closed = isinstance(load, ClosedLoad)
            self._parts = [*(self._operators(load) if closed else self._arrivals(load))]
        return self._parts

    def _arrivals(self, load: Load) -> Iterator[tuple[str, Mapping[str, float], Expected]]:
        if isinstance(load, OpenLoad | SearchLoad):
            area = Rate(load.stages).total
            yield "", load.arrivals.journeys, of_arrivals(area, load.arrivals.process)

    def _operators(self, load: Load) -> Iterator[tuple[str, Mapping[str, float], Expected]]:
        assert isinstance(load, ClosedLoad)
        for group in load.operators:
            post = self.scenario.posts[group.post]
            shares = [(place + 0.5) / group.count for place in range(group.count)]
            if group.hours:
                spans = [shifts(group.hours, share) for share in shares]
            else:  # seats of all groups are taken in proportion: see LoadWorker
                last = load.seats - 1
                spans = [sittings(load.stages, min(int(share * load.seats), last)) for share in shares]
            yield group.shown_name, post.journeys, of_operators(spans, post.think)

    def of(self, glob: str) -> dict[str, Expected]:
        """The counts that a throughput of this subject means: each operation, each post, or all requests."""
        if glob == RUN:
            return {RUN: self._requests("*")}
        if "/" in glob:
            posts: dict[str, Expected] = {}
            for name, _, begun in self.parts:
                if fnmatchcase(name, glob):
                    posts[name] = posts.get(name, Expected()) + begun
            return posts
        used = {name: self._requests(name) for name in self._operations() if fnmatchcase(name, glob)}
        return {name: found for name, found in used.items() if found.mean}

    def _operations(self) -> list[str]:
        return list(dict.fromkeys(step.operation for steps in self.steps.values() for step in steps))

    def _requests(self, operation: str) -> Expected:
        def wanted(name: str) -> bool:
            return operation in ("*", name)

        counts = (requests(begun, mix, self.steps, wanted) for _, mix, begun in self.parts)
        return sum(counts, Expected())


def _throughput(plan: _PlanOnPaper, glob: str, rule: Rule, options: Options) -> tuple[str, str]:
    """(why the rule cannot hold or cannot fail or "", that chance alone breaks it or "")."""
    if plan.seconds and rule.value * plan.seconds < LEAST_REQUESTS:
        asked = (
            f"it asks for {rule.value * plan.seconds:.2g} requests in {spell_seconds(round(plan.seconds))}"
        )
        return f"has {rule.text}, which cannot fail: {asked}; {ANYWAY}; raise the limit", ""
    if not plan.known and "/" not in glob:
        return "", ""
    strictly = rule.op == ">"
    for subject, count in plan.of(glob).items():
        least = rule.value * plan.seconds
        if not math.isfinite(count.mean):
            continue
        of = f" of {subject}" if subject not in (glob, RUN) else ""
        begun = f"{count.mean:,.0f} transactions" if "/" in glob else f"{count.mean:,.0f} requests"
        asked = (
            f"the plan brings about {_rate(count.mean / plan.seconds, rule)}{of} "
            f"({begun} in {spell_seconds(round(plan.seconds))}, ramps included, "
            "at zero latency)"
        )
        if count.mean < least * (1 - 1e-9) or (strictly and count.mean <= least):
            remedy = _more_load(options, _times_as_much(count, least))
            return f"has {rule.text}, which cannot hold: {asked}; lower the limit, or {remedy}", ""
        chance = count.misses(least, strictly=strictly)
        if chance > CHANCE:
            told = f"{rule.text} is missed by chance alone in {rounded_share(chance)} of runs: {asked}"
            return "", f"{told}; lower the limit, or run longer"
    return "", ""


def _fails_too_late(plan: _PlanOnPaper, glob: str, rule: Rule) -> str:
    """A limit of errors or refusals that all requests but one may go beyond."""
    counts = [1e9] if not plan.known or "/" in glob else [count.mean for count in plan.of(glob).values()]
    for count in counts:
        many = count if math.isfinite(count) and count >= FEW else 1e9
        if not rule.holds(100 * (many - 1) / many if rule.unit == PERCENT else many - 1):
            return ""
    if not counts:
        return ""
    return (
        f"has {rule.text}, which cannot fail: it holds where all requests but one go wrong; {ANYWAY}; "
        "lower the limit"
    )


def _met_by_one(plan: _PlanOnPaper, glob: str, rule: Rule) -> str:
    """A share that a single success of all reaches."""
    load = plan.scenario.load
    signed_in = isinstance(load, ClosedLoad) and rule.metric == "signed_in"
    counts = [float(load.seats)] if signed_in else [count.mean for count in plan.of(glob).values()]
    for count in counts or [1e9]:
        many = count if math.isfinite(count) and count >= FEW else 1e9
        if not rule.holds(100 / many):
            return ""
    return (
        f"has {rule.text}, which cannot fail: it holds where one of all succeeds; {ANYWAY}; raise the limit"
    )


def _rate(per_second: float, rule: Rule) -> str:
    """In the unit that the rule is written in."""
    unit = rule.text.rpartition("/")[2]
    return f"{per_second * _SECONDS.get(unit, 1):.4g}/{unit if unit in _SECONDS else 's'}"


def _signed_in(plan: _PlanOnPaper, glob: str, rule: Rule) -> str:
    """Operators for whom no stage of the plan has a seat can never sign in."""
    load = plan.scenario.load
    if not isinstance(load, ClosedLoad) or any(group.hours for group in load.operators):
        return ""
    seats, peak = load.seats, load.peak_users
    share = 100 * peak / seats if seats else 100.0
    if rule.holds(share):
        return ""
    return (
        f"has {rule.text}, which cannot hold: the stages seat at most {peak:g} of {seats} operators "
        f"({show(share, PERCENT)}); lower the limit, or let a stage seat them all"
    )


def _longer_than_patience(loaded: LoadedScenario, glob: str, rule: Rule) -> str:
    """A latency of requests that no answer can have: what takes longer counts as an error, not as slow."""
    patience = loaded.binding.timeouts.total
    if rule.unit != "ms" or "/" in glob or loaded.scenario.locustfile or rule.value <= 1000 * patience:
        return ""
    return (
        f"has {rule.text}, which cannot fail: by the target file's timeouts.total a request that takes "
        f"longer than {spell_seconds(patience)} is an error, not a slow answer; give a limit below it"
    )


def _longer_than_the_load(plan: _PlanOnPaper, glob: str, rule: Rule) -> str:
    """A latency of transactions, or of a user's own requests, that no such run has the time for."""
    if rule.unit != "ms" or isinstance(plan.scenario.load, SearchLoad):
        return ""
    if "/" not in glob and not plan.loaded.scenario.locustfile:
        return ""  # by the patience of a request
    patience = plan.loaded.binding.timeouts.total
    if not plan.seconds or rule.value <= 1000 * (plan.seconds + patience):
        return ""
    return (
        f"has {rule.text}, which cannot fail: the load ends after {spell_seconds(round(plan.seconds, 3))}, "
        f"and what is under way then is cut after {spell_seconds(patience)}; give a limit below both together"
    )


def _counts_that_all_may_reach(plan: _PlanOnPaper) -> Iterator[tuple[Where, str]]:
    """Bounds of what may be lost, wrong or late of what is written or printed that hold where all is."""
    if not plan.known:
        return
    goals = plan.scenario.goals
    bounds: list[tuple[Where, str, float]] = []
    if goals.audit is not None and goals.audit.required:
        bounds += [
            (("audit", name), name, most) for name, most in goals.audit.most.items() if name in _ONE_EACH
        ]
    if goals.papers is not None and goals.papers.required:
        bounds += [(("papers", name), name, most) for name, most in goals.papers.most.items()]
    if goals.drill is not None:
        bounds += [
            (("drill", "thresholds"), one.name, one.value) for one in goals.drill.bounds if one.name in _LOST
        ]
    bounds = [bound for bound in bounds if bound[2] >= FEW - 1]
    if not bounds:
        return
    requests = plan.of(RUN)[RUN].mean
    for path, name, most in bounds:
        if math.isfinite(requests) and most >= requests - 1:
            yield (
                path,
                f"has {name} at most {most:,.0f}, which cannot fail: the plan brings about "
                f"{requests:,.0f} requests; lower it",
            )


def _times_as_much(count: Expected, least: float) -> float:
    """k with k mean - z sqrt(k variance) = least: chance alone then misses it in CHANCE of runs."""
    if not count.mean:
        return math.inf
    doubt = NormalDist().inv_cdf(1 - CHANCE) * math.sqrt(count.variance)
    return ((doubt + math.sqrt(doubt**2 + 4 * count.mean * least)) / (2 * count.mean)) ** 2


def _more_load(options: Options, times: float) -> str:
    """By which option the plan brings so many times as much; both scale it as a whole."""
    if not math.isfinite(times):
        return "raise the load"
    if options.rate is not None:
        return f"give --rate {_at_least(options.rate * times):g}/s or more"
    if options.users is not None:
        return f"give --users {math.ceil(options.users * times - ROUNDING)} or more"
    return "raise the load"


def _at_least(rate: float) -> float:
    """It, or a little more, with two digits."""
    step = 10.0 ** (math.floor(math.log10(rate)) - 1)
    return round(math.ceil(rate / step - ROUNDING) * step, 12)


def _scaled_by(options: Options, assignments: Sequence[str]) -> str:
    """Names what made the plan another one than the scenario's."""
    given = [
        f"--users {options.users}" if options.users is not None else "",
        f"--rate {options.rate:g}/s" if options.rate is not None else "",
        f"--duration {spell_seconds(options.duration)}" if options.duration is not None else "",
        *(f"--set {text}" for text in assignments if text.startswith(("load.", "posts.", "load=", "posts="))),
    ]
    named = ", ".join(text for text in given if text)
    return f" (the plan is as scaled by {named})" if named else ""
