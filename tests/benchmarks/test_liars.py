"""Every row of the table of lying and honest answers, by the client and the rules of a load process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest

from benchmarks.liars.honest_answers import HONEST
from benchmarks.liars.lying_answers import LYING, Row
from benchmarks.liars.server import serving
from benchmarks.liars.target import target_file
from renhai.binding.client_state import ClientState
from renhai.binding.loader import compile_binding, load_binding, normalise
from renhai.checks.binding_trial import Line
from renhai.load.http.client import Client, Timeouts

ROUNDS = 12  # one answer in ten lies, and the 17th after an interim answer was once malformed


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    with serving() as found:
        yield found


def reasons(row: Row, port: int, folder: Path, rounds: int) -> list[str]:
    """What is wrong with the answers to so many requests, each after the other."""
    path = target_file(row, port, folder)
    binding, _, _ = load_binding(str(path))
    compiled = compile_binding(normalise(binding, path))
    client = Client(f"http://127.0.0.1:{port}", ["127.0.0.1"], Timeouts(1.0, 1.0, 1.0, 1.0))
    wrong: list[str] = []
    client.unasked = lambda data: wrong.append("unasked")
    try:
        for _ in range(rounds):
            request = compiled.request("shelf.get", {})
            result = client.request(*request[:4])
            reply = compiled.judge("shelf.get", result.status, result.head, result.body, None, request.echo)
            if result.error or not reply.ok:
                wrong.append(result.error or reply.reason or reply.outcome)
            if wrong:
                break
            gevent.sleep(0.04 if "later" in row[0] else 0)
    finally:
        client.close()
        gevent.sleep(0)
    return wrong


@pytest.mark.parametrize("row", LYING, ids=lambda row: row[0])
def test_a_liar_is_found_out(row: Row, ports: dict[str, int], tmp_path: Path) -> None:
    found = reasons(row, ports[row[0]], tmp_path, ROUNDS)
    assert found and "cannot be judged" not in found[0]


@pytest.mark.parametrize("row", HONEST, ids=lambda row: row[0])
def test_an_odd_but_honest_target_is_believed(row: Row, ports: dict[str, int], tmp_path: Path) -> None:
    assert reasons(row, ports[row[0]], tmp_path, 20 if row[1] == "1xx" else 4) == []


AT_ONCE = (
    "false for 0", "a key twice", "busy in br", "repeats nothing", "two answers at once", "a word, later",
    "cut off", "two lengths", "302 for 200", "an empty 200",
)  # fmt: skip
ODD = (
    "ten 102 before each", "in br", "in gzip and chunks", "HTTP/1.0 without a length",
    "XML in GBK, by the prolog",
    "204 that says gzip", "302 for success", "any 200",
)  # fmt: skip


@pytest.mark.parametrize("name", [*AT_ONCE, *ODD])
def test_binding_check_says_what_a_run_says(name: str, ports: dict[str, int], tmp_path: Path) -> None:
    row = next(row for row in (*LYING, *HONEST) if row[0] == name)
    path = target_file(row, ports[name], tmp_path)
    binding, _, _ = load_binding(str(path))
    compiled = compile_binding(normalise(binding, path))
    line = Line(f"http://127.0.0.1:{ports[name]}", ["127.0.0.1"], compiled)
    assert line.ask("shelf.get", {}, ClientState()).reply.ok == (name in ODD)


def test_the_table_is_as_large_as_it_says() -> None:
    names = [row[0] for row in (*LYING, *HONEST)]
    assert len(set(names)) == len(names)
    assert len(LYING) >= 60 and len(HONEST) >= 30
