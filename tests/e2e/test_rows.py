"""Rows of files over two load processes: what the server saw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.answering import answering
from tests.e2e.test_run import last_run, quiet_run

SHARE = {"test_operators_of_one_post_keep_a_row_each_wherever_they_are": 3}

SHELF = """\
name: shelf
environment: test
url: http://127.0.0.1:PORT
connections: {shared: 4}
success: any
defaults: {method: GET, body: null}
"""
TARGET = (
    SHELF
    + """\
operations: {row.take: {path: /take, query: {once: "${once}", drawn: "${drawn}", held: "${DATA:held.v}"}}}
"""
)
SCENARIO = """\
# Is every row taken once?
name: rows
target: shelf.yaml
data:
  once: {file: once.csv, at_end: END}
  drawn: {file: drawn.csv, take: at random, at_end: again}
  held: {file: held.csv, take: unique, each: operator}
journeys: {row.take: [{send: row.take, fields: {once: "${once.v}", drawn: "${drawn.v}"}}]}
load: {operators: [{unit: 14301030000, post: desk, count: 4}], stages: [{step: 6s, to: 4}]}
posts: {desk: {journeys: {row.take: 1}, think_time: {fixed: 50ms}}}
thresholds: {run: [errors <= 0]}
"""
ROWS = 40


# Locust deals users to load processes in turn, a class after the other: here all of one post to each process.
OPERATORS = """\
# Does each operator keep a row of his own?
name: rows
target: shelf.yaml
data: {held: {file: held.csv, TAKEeach: operator}}
journeys: {row.take: [row.take], row.look: [row.look]}
load: {operators: [{unit: 14301030000, post: desk, count: 3}, {unit: 14301030000, post: door, count: 3}],
       stages: [{hold: 3s}]}
posts:
  desk: {journeys: {row.take: 1}, think_time: {fixed: 50ms}}
  door: {journeys: {row.look: 1}, think_time: {fixed: 50ms}}
thresholds: {run: [errors <= 0]}
"""
KEPT = (
    SHELF
    + """\
operations:
  row.take: {path: /take, query: {held: "${DATA:held.v}", who: "${OPERATOR:number}"}}
  row.look: {path: /look}
"""
)


@pytest.fixture
def seen() -> Iterator[tuple[int, list[dict[str, str]]]]:
    """A server's port, and the queries that came."""
    found: list[dict[str, str]] = []

    def note(asked: BaseHTTPRequestHandler) -> None:
        found.append({name: values[0] for name, values in parse_qs(urlsplit(asked.path).query).items()})

    with answering(note) as port:
        yield port, found


@pytest.mark.parametrize("take", ["", "take: at random, ", "take: unique, "])
def test_operators_of_one_post_keep_a_row_each_wherever_they_are(
    tmp_path: Path, seen: tuple[int, list[dict[str, str]]], take: str
) -> None:
    port, queries = seen
    (tmp_path / "shelf.yaml").write_text(KEPT.replace("PORT", str(port)))
    (tmp_path / "rows.yaml").write_text(OPERATORS.replace("TAKE", take))
    (tmp_path / "held.csv").write_text("v\nann\nbob\neve\n")
    del queries[:]
    done = quiet_run(tmp_path, "run", "rows.yaml", "--processes", "2")
    run = last_run(tmp_path)
    mine = [query for query in queries if query][-run.operations["row.take"].started :]
    pairs = {(query["who"], query["held"]) for query in mine}
    assert {held for _, held in pairs} == {"ann", "bob", "eve"}, done.stdout
    assert len(pairs) == 3 and len({who for who, _ in pairs}) == 3
    assert "generator.data_exhausted" not in {reason.code for reason in run.reason_codes}


@pytest.mark.parametrize("end", ["stop", "error"])
def test_two_processes_take_no_row_twice(
    tmp_path: Path, seen: tuple[int, list[dict[str, str]]], end: str
) -> None:
    port, queries = seen
    (tmp_path / "shelf.yaml").write_text(TARGET.replace("PORT", str(port)))
    (tmp_path / "rows.yaml").write_text(SCENARIO.replace("END", end))
    for name, count in (("once", ROWS), ("drawn", 7), ("held", 4)):
        (tmp_path / f"{name}.csv").write_text("v\n" + "".join(f"{name}{n}\n" for n in range(count)))
    del queries[:]
    done = quiet_run(tmp_path, "run", "rows.yaml", "--processes", "2")
    run = last_run(tmp_path)
    mine = queries[-run.operations["row.take"].started :]  # a run that a busy machine spoiled is made anew
    once = Counter(query["once"] for query in mine)
    assert once.most_common(1)[0][1] == 1
    assert {query["held"] for query in mine} == {f"held{n}" for n in range(4)}
    assert {query["drawn"] for query in mine} == {f"drawn{n}" for n in range(7)}  # again and again
    codes = {reason.code for reason in run.reason_codes}
    if end == "error":
        assert set(once) == {f"once{n}" for n in range(ROWS)}
        assert run.verdict == "invalid" and "generator.data_exhausted" in codes, done.stdout
    else:
        assert len(once) > ROWS // 2 and run.duration_s < 5  # the load ends with the file
        assert "generator.data_exhausted" not in codes
        (note,) = [note for note in run.notes if "were used up" in note]
        assert note.startswith("the load ended after") and " of 6 s: the rows of once were" in note
