"""Mutated answers, by the load engine's own reader and rules, and held against the oracle."""

from __future__ import annotations

import itertools
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import yaml

from benchmarks.fuzz.mutations import WIRE, body_changed, reframed
from benchmarks.fuzz.oracle import why_not
from benchmarks.liars.honest_answers import HONEST
from benchmarks.liars.lying_answers import LYING
from benchmarks.liars.target import target_file
from benchmarks.liars.wire import Asked
from renhai.binding.loader import CompiledBinding, compile_binding, load_binding, normalise
from renhai.load.http.content_coding import Malformed
from renhai.load.http.parser import AnswerReader
from renhai.load.http.types import Limits, Result

ID = "0f3ac1d2e4b5968778695a4b3c2d1e0f"
LIMITS = Limits(65_536, 1 << 20)
LARGEST = 60_000  # bytes of a row that is mutated; its bombs are made smaller here


@dataclass(frozen=True)
class Seed:
    """An answer of the table of liars, and the rule that it is judged by."""

    name: str
    honest: bool
    rule: dict[str, Any]
    compiled: CompiledBinding
    wire: bytes


class Found(NamedTuple):
    """What an answer came to. outcome: ok, rejected, error, or raised; why: the reason."""

    outcome: str
    why: str


def seeds() -> list[Seed]:
    """The rows of both tables whose answer is bytes alone."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for row, honest in [*((row, True) for row in HONEST), *((row, False) for row in LYING)]:
            steps = list(row[3](Asked(2, 2, ID, (ID, ID), "/get")))
            wire = b"".join(step for step in steps if isinstance(step, bytes))
            if not 0 < len(wire) <= LARGEST:
                continue
            path = target_file(row, 1, Path(folder))
            compiled = compile_binding(normalise(load_binding(str(path))[0], path))
            rule = yaml.safe_load(row[2])
            found.append(Seed(row[0], honest, {} if rule == "any" else rule, compiled, wire))
    return found


def mutated(seed: Seed, random: Random) -> bytes:
    """One, two or three mutations: of the bytes on the wire, or of the content in a new frame."""
    wire = seed.wire
    if random.random() < 0.5:
        head, _, body = wire.rpartition(b"\r\n\r\n") if wire.endswith(b"}") else wire.partition(b"\r\n\r\n")
        wire = reframed(random, head, body_changed(random, body))
        if random.random() < 0.7:
            return wire
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        if wire:
            wire = random.choice(WIRE)(random, wire)
    return wire


def judged(seed: Seed, wire: bytes, random: Random) -> Found:
    """As a connection has it: in pieces, to the end of the stream; bytes behind an answer are an error.

    Raises whatever the engine raises but Malformed, which is its word for an answer that cannot be used.
    """
    reader, result = AnswerReader(LIMITS), Result()
    reader.begin(result, False)
    cuts = sorted(random.randrange(len(wire) + 1) for _ in range(random.choice((0, 0, 1, 3))))
    pieces = [wire[a:b] for a, b in itertools.pairwise([0, *cuts, len(wire)]) if a < b]
    whole = False
    try:
        for number, piece in enumerate(pieces):
            if reader.feed(piece):
                whole = True
                if number + 1 < len(pieces):
                    return Found("error", "bytes that nobody asked for")
                break
        if not whole:
            reader.end()
    except Malformed as wrong:
        return Found("error", str(wrong))
    finally:
        reader.close()
    if result.error:
        return Found("error", result.error)
    sent = (ID,) if seed.rule.get("echo") else ()
    reply = seed.compiled.judge("shelf.get", result.status, result.head, result.body, None, sent)
    return Found(reply.outcome, reply.reason)


def wrong_with(seed: Seed, wire: bytes, random: Random) -> str:
    """What must not be: something raised, or an answer counted ok whose evidence the oracle does not find."""
    try:
        found = judged(seed, wire, random)
    except Exception as error:
        return f"raised {type(error).__name__}: {error}"[:160]
    if "cannot be judged" in found.why:
        return f"a rule raised: {found.why}"
    if found.outcome == "ok" and (gone := why_not(seed.rule, wire, ID)):
        return f"counted ok, and {gone}"
    return ""


class Answers:
    """The mutated answers of a seed number, one by one."""

    name = "answers"
    seconds = 5.0  # for one of them

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.seeds = seeds()
        self.outcomes: Counter[str] = Counter()
        for one in self.seeds:
            if one.honest and (wrong := why_not(one.rule, one.wire, ID)):
                raise AssertionError(f"the oracle does not believe {one.name}: {wrong}")

    def made(self, number: int) -> tuple[Seed, bytes, Random]:
        random = Random(self.seed * 1_000_003 + number)
        seed = self.seeds[number % len(self.seeds)]
        return seed, mutated(seed, random), random

    def check(self, number: int) -> str:
        """What is wrong with answer `number`; "" for nothing."""
        seed, wire, random = self.made(number)
        state = random.getstate()
        wrong = wrong_with(seed, wire, random)
        if not wrong and number % 10 == 0:
            random.setstate(state)
            self.outcomes[judged(seed, wire, random).outcome] += 1
        return wrong

    def smallest(self, number: int, wrong: str) -> tuple[str, bytes]:
        """(what it is a mutation of, the shortest answer found that goes wrong in the same way)."""
        seed, wire, _ = self.made(number)
        same = wrong.split(",")[0].split(":")[0]

        def fails(data: bytes) -> bool:
            return wrong_with(seed, data, Random(1)).startswith(same)

        return f"{seed.name}, {seed.rule}", shortened(wire, fails) if fails(wire) else wire


def shortened(data: bytes, fails: Any, tries: int = 600) -> bytes:
    """Leave out pieces, large ones first, as long as it still fails."""
    size = len(data) // 2
    while size and tries > 0:
        at = 0
        while at < len(data) and tries > 0:
            shorter = data[:at] + data[at + size :]
            tries -= 1
            if shorter and fails(shorter):
                data = shorter
            else:
                at += size
        size //= 2
    return data
