"""Journeys that stand in the scenario, walked step by step."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from typing import Any

from generators.kinds import JOURNEY_DOCUMENTS
from renhai.binding.codec import Reply
from renhai.binding.text.templates import Scope, compile_tree
from renhai.load.engine.think_time import Mix, think_of
from renhai.plan.parts.written import AnyWritten, WrittenChoice, WrittenIf, WrittenLoop, WrittenPause, roots
from renhai.spec.journeys.cases import Case, TaxpayerPool
from renhai.spec.journeys.registry import THINK, Steps, Walk
from renhai.spec.journeys.written.conditions import Holds, is_there, parse
from renhai.spec.journeys.written.data import Deck

DECLARATION = "declaration"  # of JOURNEY_DOCUMENTS, which may be made ahead
Known = dict[str, Any]
Roll = Callable[[], float]
Part = Generator[tuple[str, dict[str, Any]], Reply, bool]
Do = Callable[[Case | None, Known, Roll], Part]
LOOKED = ""  # among what a journey knows, where no path leads: renhai.spec.journeys.cases.Looked


class Placed(str):
    """An operation's name, or a condition, that knows the place of its step: `shop.buy[2].then[0]`."""

    __slots__ = ("place",)
    place: str

    @classmethod
    def at(cls, text: str, place: str) -> Placed:
        """The text at that place."""
        found = cls(text)
        found.place = place
        return found


def place_of(text: str) -> str:
    """The place of an operation or a condition; "" for one that does not know it."""
    return text.place if isinstance(text, Placed) else ""


def walk_of(steps: Sequence[AnyWritten], name: str = "") -> Walk:
    """The journey of that name that takes `steps` one after another; it ends at the first that is not ok.

    What its conditions come to is told to its pool's `looked`.
    """
    used = set[str]()
    do, reads = _row(steps, used, name), roots(steps)

    def walk(pool: TaxpayerPool) -> Steps:
        with _rows(pool, reads) as known:
            if "taxpayer" not in reads:
                pool.drawn = "new"
                return (yield from do(None, known, pool.random.random))
            with pool.case() as case:
                known["taxpayer"] = case.taxpayer._asdict()
                done = yield from do(case, known, pool.random.random)
                if not done:
                    return False
                case.period += "period" in used
                case.range_index += "range_index" in used
                return True

    return walk


@contextlib.contextmanager
def _rows(pool: TaxpayerPool, reads: Collection[str]) -> Iterator[Known]:
    """What a journey knows at its beginning: its rows, which it gives back."""
    known: Known = {"reply": {}, "loop": 0, LOOKED: pool.looked}
    held: list[tuple[Deck, dict[str, Any]]] = []
    try:
        for name, deck in pool.decks.items():
            if name in reads and deck.of_operator:
                known[name] = pool.holder.row(name) if pool.holder is not None else deck.draw()
            elif name in reads:
                held.append((deck, deck.draw()))
                known[name] = held[-1][1]
        yield known
    finally:
        for deck, row in held:
            deck.give_back(row)


def _row(steps: Sequence[AnyWritten], used: set[str], here: str) -> Do:
    """used: what documents use up is put there. here: the place that these steps are numbered in."""
    parts = [_part(step, used, f"{here}[{number}]") for number, step in enumerate(steps)]

    def do(case: Case | None, known: Known, roll: Roll) -> Part:
        for part in parts:
            done = yield from part(case, known, roll)
            if not done:
                return False
        return True

    return do


def _part(step: AnyWritten, used: set[str], here: str) -> Do:
    if isinstance(step, WrittenPause):
        return _pause(step)
    if isinstance(step, WrittenLoop):
        return _loop(step, used, here)
    if isinstance(step, WrittenIf):
        then, otherwise = (
            _row(steps, used, f"{here}.{name}")
            for steps, name in ((step.then, "then"), (step.otherwise, "else"))
        )
        return _if(_holds(step.condition, here), then, otherwise)
    if isinstance(step, WrittenChoice):
        return _choice(step, used, here)
    document, build = JOURNEY_DOCUMENTS.get(step.document or ""), compile_tree(step.fields, Scope({}))
    if document is not None:
        used.add(document.uses)
        if step.document == DECLARATION:
            document = document._replace(make=_declaration)

    def do(case: Case | None, known: Known, roll: Roll) -> Part:
        fields: Mapping[str, Any] = document.make(case, known["reply"]) if document and case else {}
        reply = yield step.send, {**fields, **build(known)}
        known["reply"] = reply.data
        return reply.ok

    return do


def _declaration(case: Any, reply: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = case.declaration()
    return found


def _pause(step: WrittenPause) -> Do:
    think = think_of(step.think)

    def do(case: Case | None, known: Known, roll: Roll) -> Part:
        yield THINK, {"seconds": think(min(max(roll(), 1e-12), 1 - 1e-12))}
        return True

    return do


def _holds(condition: str, here: str) -> Holds:
    path, holds, _ = parse(condition)
    place = place_of(condition) or here

    def told(known: Mapping[str, Any]) -> bool:
        held = holds(known)
        looked = known[LOOKED]
        if looked is not None:
            looked(place, condition, held, is_there(path, known))
        return held

    return told


def _loop(step: WrittenLoop, used: set[str], here: str) -> Do:
    inside = _row(step.steps, used, f"{here}.steps")
    holds: Holds = _holds(step.condition, here) if step.condition else (lambda known: True)

    def do(case: Case | None, known: Known, roll: Roll) -> Part:
        outer = known["loop"]
        for number in range(step.times):
            if not holds(known):
                break
            known["loop"] = number
            done = yield from inside(case, known, roll)
            if not done:
                return False
        known["loop"] = outer
        return True

    return do


def _if(holds: Holds, then: Do, otherwise: Do) -> Do:
    def do(case: Case | None, known: Known, roll: Roll) -> Part:
        return (yield from (then if holds(known) else otherwise)(case, known, roll))

    return do


def _choice(step: WrittenChoice, used: set[str], here: str) -> Do:
    branches = {
        str(number): _row(one.steps, used, f"{here}.choose[{number}].steps")
        for number, one in enumerate(step.branches)
    }
    mix = Mix({str(number): one.weight for number, one in enumerate(step.branches)})

    def do(case: Case | None, known: Known, roll: Roll) -> Part:
        return (yield from branches[mix.draw(roll())](case, known, roll))

    return do
