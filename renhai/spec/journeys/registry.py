"""Journeys: what one is, what it says that it sends, and the registry of all.

A journey is a generator function. It yields `(operation, fields)`, receives the judged Reply, and returns
False when the transaction could not be completed (anything else means that it was). It neither knows the
load model nor touches a socket, so operators, arrivals and `renhai binding check` drive the very same code:

    @journey("declaration.file", sends=["declaration.status", "collection.pay maybe 40%", ...])
    def file(pool: TaxpayerPool) -> Steps:
        with pool.case() as case:
            reply = yield "declaration.status", {"djxh": case.taxpayer.djxh, ...}
            return reply.ok

Each text of `sends` is an operation and what the plan may count on:

    declaration.status            once in every transaction; named twice, twice
    registration.save new         once for a taxpayer who was not served before in this run
    invoice.issue 2-4             so often in every transaction
    collection.pay maybe 40%      only where the answers ask for it, usually in this share of transactions

A run is held to it (results.verdict.validity.planned), so what is said here must be so in every run that
did its work. An operation that is not declared is never sent.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from renhai.binding.codec import Reply

THINK = "(think)"  # instead of an operation: a pause of `seconds` inside the journey, which is no latency
Steps = Generator[tuple[str, Mapping[str, Any]], Reply, bool | None]
Walk = Callable[[Any], Steps]  # from a renhai.spec.journeys.cases.TaxpayerPool


FLOOR = (
    0.5  # a run must show at least this part of a usual share: shares differ from population to population
)

_STEP = re.compile(
    r"(?P<operation>[\w.]+)(?P<new> new)?(?: (?P<low>\d+)-(?P<high>\d+))?(?: maybe (?P<share>\d+)%)?"
)


@dataclass(frozen=True)
class SentStep:
    """One operation of a journey: `low` to `high` times in a transaction, of `share` (0 to 1) of them.

    least: the share that a run must show, where it is not half of `share`.
    """

    operation: str
    new: bool = False
    low: int = 1
    high: int = 1
    share: float = 1.0
    least: float | None = None

    @property
    def mean(self) -> float:
        """Requests a transaction, of a new taxpayer."""
        return self.share * (self.low + self.high) / 2


def parse_sends(texts: Iterable[str]) -> tuple[SentStep, ...]:
    """The steps of a declaration. Raises ValueError that says how to write one."""
    return tuple(_parse(text) for text in texts)


def _parse(text: str) -> SentStep:
    match = _STEP.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{text!r} is no step; write it like 'invoice.issue', 'invoice.issue new', "
                         "'invoice.issue 2-4' or 'invoice.issue maybe 40%'")  # fmt: skip
    low, high = int(match["low"] or 1), int(match["high"] or 1)
    share = int(match["share"]) / 100 if match["share"] else 1.0
    if not (0 < low <= high and 0 < share <= 1 and not (match["new"] and share < 1)):
        raise ValueError(f"{text!r} can never be so; times go from the lower to the higher, shares to 100%")
    return SentStep(match["operation"], bool(match["new"]), low, high, share)


def planned_steps(steps: Iterable[SentStep]) -> dict[str, dict[str, Any]]:
    """By operation: what results.verdict.validity.planned.PlannedStep holds a transaction to."""
    found: dict[str, dict[str, Any]] = {}
    for step in steps:
        entry = found.setdefault(step.operation, {"each": 0, "new": 0, "many": False, "least": None})
        least = FLOOR * step.share if step.least is None and step.share < 1 else step.least
        if least is not None:
            entry["least"] = min(least, entry["least"] or 1.0)
        else:
            entry["new" if step.new else "each"] += step.low
        entry["many"] = entry["many"] or step.high > step.low
    return found


def _elsewhere(pool: Any) -> Steps:
    raise RuntimeError("a journey that stands in a scenario is made in the load process, from the plan")


@dataclass(frozen=True)
class Journey:
    """A journey by its declaration.

    file: of the locustfile, relative to home; "" for one that stands in a scenario. fresh: every transaction
    needs a taxpayer who was never served before. serves: it has to do with a taxpayer at all. pause_s: of the
    pauses inside it that every answer leads to, the mean in seconds. walk: the function. since: the first day
    on which somebody does it, yyyy-mm-dd; "" for any.
    """

    name: str
    steps: tuple[SentStep, ...]
    fresh: bool = False
    file: str = ""
    walk: Walk = field(default=_elsewhere, compare=False, repr=False)
    serves: bool = True
    pause_s: float = 0.0
    since: str = ""

    @property
    def operations(self) -> tuple[str, ...]:
        """What it sends in the order of business, each as often as it usually does."""
        times = ((step.operation, max(1, round((step.low + step.high) / 2))) for step in self.steps)
        return tuple(operation for operation, count in times for _ in range(count))

    @property
    def requests(self) -> float:
        """The mean number of requests of a transaction of a new taxpayer."""
        return sum(step.mean for step in self.steps)


JOURNEYS: dict[str, Journey] = {}


def journey(
    name: str, sends: Sequence[str] = (), fresh: bool = False, since: str = ""
) -> Callable[[Walk], Walk]:
    """Register a journey under `name`; `sends` as above, `fresh` and `since` as of Journey.

    Two different functions of one name are a ValueError, as is a journey that declares nothing.
    """
    if not sends or isinstance(sends, str):
        raise ValueError(f"journey {name} must declare what it sends, as in sends=['item.add']")
    declared = parse_sends(sends)

    def register(function: Walk) -> Walk:
        known = JOURNEYS.get(name)
        if known is not None and _source(known.walk) != _source(function):
            raise ValueError(
                f"journey {name} is defined twice: in {_source(known.walk)} and {_source(function)}"
            )
        JOURNEYS[name] = Journey(name, declared, fresh, function.__code__.co_filename, function, since=since)
        return function

    return register


def _source(function: Walk) -> tuple[str, str]:
    # Locust imports a locustfile under its bare name, a neighbour imports it as locustfiles.NAME: one source.
    return function.__code__.co_filename, function.__qualname__


class OperatorDeclaration:
    """What JourneyUser is while locustfiles are read for their journeys alone: a place for attributes.

    The command line reads them so, without Locust and gevent, which would change its standard library.
    """


class _Reading:
    under_way = False


@contextlib.contextmanager
def reading() -> Iterator[dict[str, Journey]]:
    """While it lasts, journeys are registered apart, and `from renhai import ...` brings no Locust."""
    before, was = dict(JOURNEYS), _Reading.under_way
    JOURNEYS.clear()
    _Reading.under_way = True
    try:
        yield JOURNEYS
    finally:
        _Reading.under_way = was
        JOURNEYS.clear()
        JOURNEYS.update(before)


def is_reading() -> bool:
    """Whether locustfiles are being read for their journeys alone."""
    return _Reading.under_way


def of_file(found: Journey, file: str) -> Journey:
    """The same journey, by its file's name at home."""
    return replace(found, file=file)
