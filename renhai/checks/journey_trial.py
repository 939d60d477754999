"""What `renhai binding check` sends: the journeys themselves, until every operation that they know was sent.

Taxpayer after taxpayer goes through the journeys, as in a run but one at a time. What is sent seldom is
waited for by rounds of all journeys, MOST_SECONDS at the most. What the target lacks or refuses is answered
by an empty yes, so that the journey goes on as far as it can and shows what comes after. Operations that no
journey knows are sent with the fields that were given, or 1 for each that they name.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from random import Random
from typing import Any, Protocol, TypeVar

from renhai.binding.codec import Reply
from renhai.binding.text.templates import TOKEN
from renhai.spec.journeys.cases import Exhausted, TaxpayerPool
from renhai.spec.journeys.registry import Journey

Fields = dict[str, Any]
YES = Reply("ok", {}, "", "")
MOST_IN_VAIN = 100  # journeys on end that showed nothing new: the rest will not come
MOST_STEPS = 200  # of one journey
MOST_SECONDS = 90.0  # for what comes seldom, at a slow target
MOST_ROUNDS = 40  # of all journeys, for what comes seldom
OFTENER = 3  # times in a round for those that may send it
RARE = 0.04  # of draws: what is drawn more seldom is left to chance


class Asked(Protocol):
    """What came of one request."""

    @property
    def operation(self) -> str: ...
    @property
    def reply(self) -> Reply: ...


A = TypeVar("A", bound=Asked)
Ask = Callable[[str, Fields], A]


def through_journeys(
    journeys: Iterable[Journey], operations: Collection[str], ask: Ask[A], pool: TaxpayerPool
) -> Iterator[A]:
    """What came of each operation the first time, and the first time that it failed.

    operations: those of the target. It ends when all that journeys declare was sent, or nothing new comes.
    """
    useful = [journey for journey in journeys if set(journey.operations) & set(operations)]
    missing = {operation for journey in useful for operation in journey.operations if operation in operations}
    failed: set[str] = set()
    in_vain = 0
    while missing and in_vain < MOST_IN_VAIN:
        for journey in useful:
            if not missing & set(journey.operations):
                continue
            before = len(missing)
            for asked in _through(journey, operations, ask, pool):
                news = asked.operation in missing
                if not asked.reply.ok and asked.operation not in failed:
                    failed.add(asked.operation)
                    news = True
                missing.discard(asked.operation)
                if news:
                    yield asked
            in_vain = 0 if len(missing) < before else in_vain + 1
    seldom = missing - {step.operation for one in useful for step in one.steps if step.share == 1}
    yield from _seldom(useful, seldom, operations, ask, pool)


def _seldom(
    journeys: list[Journey], missing: set[str], operations: Collection[str], ask: Ask[A], pool: TaxpayerPool
) -> Iterator[A]:
    """What comes only after others have done their part, or by a rare draw.

    Everybody works, each journey with people of its own, so that who comes back comes for the same; in every
    other round rare draws are frequent.
    """
    people = [pool.beside(place) for place, _ in enumerate(journeys, 1)]
    until = time.monotonic() + MOST_SECONDS
    for number in range(MOST_ROUNDS):
        for journey, own in zip(journeys, people, strict=True):
            usual = own.random
            for again in range(OFTENER if missing & set(journey.operations) else 1):
                if not missing or time.monotonic() > until:
                    return
                draws = usual if number % 2 else _Leaning(f"{number}/{again}")
                for asked in _through(journey, operations, ask, own, draws):
                    if asked.operation in missing:
                        missing.discard(asked.operation)
                        yield asked
                own.random = usual


class _Leaning(Random):
    """Every other draw is one that is rare: below RARE."""

    def __init__(self, seed: str) -> None:
        super().__init__(seed)
        self._drawn = 0

    def random(self) -> float:
        self._drawn += 1
        return super().random() * (RARE if self._drawn % 2 else 1.0)


def _through(
    journey: Journey,
    operations: Collection[str],
    ask: Ask[A],
    pool: TaxpayerPool,
    draws: Random | None = None,
) -> Iterator[A]:
    """draws: of what happens on the way, other than of who comes."""
    walk, reply = journey.walk(pool), None
    pool.random = draws or pool.random
    try:
        for _ in range(MOST_STEPS):
            operation, fields = walk.send(reply)  # type: ignore[arg-type]
            reply = YES
            if operation in operations:
                asked = ask(operation, dict(fields))
                reply = asked.reply if asked.reply.ok else YES
                yield asked
    except (StopIteration, Exhausted, LookupError, TypeError, ValueError):
        pass  # it is through, or a made-up yes does not hold what it needs
    finally:
        walk.close()


def sample_fields(operation: Mapping[str, Any], given: Mapping[str, Any]) -> Fields:
    """Fields for an operation that no journey knows: what was given, else 1 for each that it names."""
    fields: Fields = {}
    for name in _names([operation["path"], operation["query"], operation["headers"], operation["body"]]):
        first, *rest = name.split(".")
        if first != "document" and first not in given:
            _nest(fields, [first, *rest])
    return {**fields, **given}


def _nest(fields: Fields, parts: list[str]) -> None:
    for part in parts[:-1]:
        inner = fields.setdefault(part, {})
        if not isinstance(inner, dict):
            inner = fields[part] = {}
        fields = inner
    fields.setdefault(parts[-1], "1")


def _names(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        for inner in TOKEN.findall(node):
            kind, colon, rest = inner.partition(":")
            if not colon:
                yield inner
            elif kind in ("XML", "CDATA"):
                yield rest
            elif kind == "TABLE":
                yield rest.partition(":")[2]
    elif isinstance(node, Mapping | list):
        for item in node.values() if isinstance(node, Mapping) else node:
            yield from _names(item)
