"""A share of the mutations in the suite; `python -m benchmarks fuzz` makes the others."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from benchmarks.fuzz.answers import ID, Answers, Seed, shortened, wrong_with
from benchmarks.fuzz.files import Files
from benchmarks.fuzz.oracle import why_not
from benchmarks.fuzz.worker import bounded
from renhai.binding.codec import Reply

SEED = 1
ANSWERS, FILES = 2400, 60
KINDS = ("target", "scenario", "bureau")


@pytest.fixture(scope="module")
def answers() -> Answers:
    return Answers(SEED)


@pytest.fixture
def alarm() -> Iterator[None]:
    """`bounded` takes the alarm; give it back."""
    before = {name: signal.getsignal(name) for name in (signal.SIGALRM, signal.SIGPROF)}
    yield
    for name, handler in before.items():
        signal.signal(name, handler)


def test_a_share_of_mutated_answers(answers: Answers, alarm: None) -> None:
    wrong = {number: bounded(answers, number) for number in range(ANSWERS)}
    assert {number: why for number, why in wrong.items() if why} == {}
    assert set(answers.outcomes) == {"ok", "rejected", "error"}  # else they say nothing
    assert min(answers.outcomes.values()) >= 5


def test_a_share_of_mutated_files(alarm: None) -> None:
    files = Files(SEED)
    numbers = [number for number in range(2 * FILES) if files.made(number)[0] in KINDS][:FILES]
    wrong = {number: bounded(files, number) for number in numbers}
    assert {number: why for number, why in wrong.items() if why} == {}
    assert {outcome.partition(" ")[0] for outcome in files.outcomes} == set(KINDS)


def seed_named(answers: Answers, name: str) -> Seed:
    return next(seed for seed in answers.seeds if seed.name == name)


def test_the_oracle_believes_the_honest_and_none_of_the_liars(answers: Answers) -> None:
    """Of those whose lie is in the bytes, which is all that it sees."""
    believed = {seed.name for seed in answers.seeds if not why_not(seed.rule, seed.wire, ID)}
    honest = {seed.name for seed in answers.seeds if seed.honest}
    assert honest <= believed
    later = {"the answer to the one before", "the first answer for everybody", "a second answer, later"}
    later |= {"a word, later", "one in ten is another's", "one in ten is lost", "a byte a second"}
    # What only the load engine is strict enough to see; the first is what XML allows, and we do not read.
    stricter = {"an entity for XML", "lines without a return", "the same length twice"}
    stricter |= {"minus infinity for a number", "busy in GBK that is called Big5", "busy in base64"}
    stricter |= {"busy cut by a tag", "busy cut by what nobody sees", "busy in JSON, five times over"}
    stricter |= {"busy in base64, in lines", "busy in gzip in base64", "busy in hexadecimal"}
    stricter |= {"busy that was read as Latin-1", "busy in a part of a mail", "busy in bytes of a URL"}
    assert believed - honest == later | stricter


@pytest.mark.parametrize(
    ("name", "old", "new", "why"),
    [
        ("in gzip", b"Content-Encoding: gzip", b"Content-Encoding: br", "rror"),
        ("HTTP/1.0", b'"code":0', b'"code":9', "code is 9"),
        ("103, then the answer", b'"code":0', b'"kode":0', "'code'"),
        ("in chunks with trailers", b"X-Sum: 1\r\n\r\n", b"X-Sum: 1\r\n\r\nx", "bytes follow"),
        ("in zstd", b"HTTP/1.1 200", b"HTTP/1.1 500", "status 500"),
    ],
)
def test_the_oracle_sees_what_is_gone(answers: Answers, name: str, old: bytes, new: bytes, why: str) -> None:
    seed = seed_named(answers, name)
    assert old in seed.wire
    said = why_not(seed.rule, seed.wire.replace(old, new), ID)
    assert why in said


def test_a_fault_planted_in_the_rules_is_found(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the fuzz is for: a judge that believes a status alone, and one that raises."""
    seed = seed_named(answers, "false for 0")
    random = answers.made(0)[2]
    assert wrong_with(seed, seed.wire, random) == ""
    monkeypatch.setattr(seed.compiled, "judge", lambda *_: Reply("ok", {}, "", "", 200))
    assert wrong_with(seed, seed.wire, random).startswith("counted ok, and code is False")

    def raises(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(seed.compiled, "judge", raises)
    assert wrong_with(seed, seed.wire, random) == "raised KeyError: 'x'"


def test_what_never_ends_is_ended(alarm: None) -> None:
    class Endless(Files):
        seconds = 0.1

        def check(self, number: int) -> str:
            while True:
                pass

    assert bounded(Endless(SEED), 0) == "took longer than 0.1 s"


def test_a_failure_is_made_small() -> None:
    assert shortened(b"aaaaXbbbbbbYcc", lambda data: b"X" in data and b"Y" in data) == b"XY"
