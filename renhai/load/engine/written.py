"""Journeys that stand in the scenario, walked step by step."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

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
Looked = Callable[
    [str, bool, bool], object
]  # a condition that was looked at: did it hold, was its path there


class _Making(NamedTuple):
    """One journey in the making: what its documents use up, and who is told of its conditions."""

    used: set[str]
    looked: Looked | None


def walk_of(steps: Sequence[AnyWritten], looked: Looked | None = None) -> Walk:
    """The journey that takes `steps` one after another; it ends at the first that is not ok.

    looked: called each time that a condition was looked at.
    """
    making = _Making(set(), looked)
    used, do = making.used, _row(steps, making)
    reads = roots(steps)

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
    known: Known = {"reply": {}, "loop": 0}
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


def _row(steps: Sequence[AnyWritten], making: _Making) -> Do:
    parts = [_part(step, making) for step in steps]

    def do(case: Case | None, known: Known, roll: Roll) -> Part:
        for part in parts:
            done = yield from part(case, known, roll)
            if not done:
                return False
        return True

    return do


def _part(step: AnyWritten, making: _Making) -> Do:
    if isinstance(step, WrittenPause):
        return _pause(step)
    if isinstance(step, WrittenLoop):
        return _loop(step, making)
    if isinstance(step, WrittenIf):
        holds = _holds(step.condition, making)
        return _if(holds, _row(step.then, making), _row(step.otherwise, making))
    if isinstance(step, WrittenChoice):
        return _choice(step, making)
    document, build = JOURNEY_DOCUMENTS.get(step.document or ""), compile_tree(step.fields, Scope({}))
    if document is not None:
        making.used.add(document.uses)
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


def _holds(condition: str, making: _Making) -> Holds:
    (path, holds, _), looked = parse(condition), making.looked
    if looked is None:
        return holds

    def told(known: Mapping[str, Any]) -> bool:
        held = holds(known)
        looked(condition, held, is_there(path, known))
        return held

    return told


def _loop(step: WrittenLoop, making: _Making) -> Do:
    inside = _row(step.steps, making)
    holds: Holds = _holds(step.condition, making) if step.condition else (lambda known: True)

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


def _choice(step: WrittenChoice, making: _Making) -> Do:
    branches = {str(number): _row(one.steps, making) for number, one in enumerate(step.branches)}
    mix = Mix({str(number): one.weight for number, one in enumerate(step.branches)})

    def do(case: Case | None, known: Known, roll: Roll) -> Part:
        return (yield from branches[mix.draw(roll())](case, known, roll))

    return do
