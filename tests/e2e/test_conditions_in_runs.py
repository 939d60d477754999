"""A run whose written journey compares what no answer had is not proven, whatever its thresholds say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from results.verdict.judged import load_judged
from tests.answering import answering
from tests.e2e.test_run import last_directory, last_run, quiet_run

TARGET = """\
name: shelf
environment: test
url: http://127.0.0.1:PORT
connections: {shared: 4}
success: {where: {state: open}}
defaults: {method: GET, body: null}
operations: {row.take: {path: /take}, row.drop: {path: /drop}}
"""
SCENARIO = """\
# Does the shelf hold?
name: looked
target: shelf.yaml
journeys:
  row.take:
    - row.take
    - {repeat: 2, steps: [{if: 'FIRST', then: [row.drop]}]}
    - {if: 'SECOND', then: [row.drop]}
load: {arrivals: {rate: 20/s, process: constant, journeys: {row.take: 1}}, stages: [{hold: 2s}]}
thresholds: {run: [errors <= 0]}
optional: [row.drop]
"""
ANSWER = b'{"state": "open", "next": null, "rows": [1]}'


def found(folder: Path, port: int, first: str, second: str, *options: str) -> tuple[int, list[str]]:
    (folder / "shelf.yaml").write_text(TARGET.replace("PORT", str(port)))
    (folder / "looked.yaml").write_text(SCENARIO.replace("FIRST", first).replace("SECOND", second))
    done = quiet_run(folder, "run", "looked.yaml", *options)
    run = last_run(folder)
    assert load_judged(last_directory(folder)).verdict == run.verdict  # by its evidence alone, too
    return done.returncode, [f"{one.code} {one.params.get('place')}" for one in run.reason_codes]


@pytest.mark.parametrize("options", [(), ("--processes", "2")], ids=["one process", "two"])
def test_a_comparison_of_what_no_answer_had_leaves_a_run_not_proven(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    with answering(lambda asked: None, body=ANSWER) as port:
        code, reasons = found(tmp_path, port, 'reply.statee != "open"', "reply.next == null", *options)
    assert (code, reasons) == (4, ["plan.compares_nothing row.take[1].steps[0]"])
    measured = json.loads((last_directory(tmp_path) / "measured.json").read_text("utf-8"))
    first, second = measured["conditions"]
    assert (first["path"], first["there"]) == ("reply.statee", 0)
    assert first["looked"] >= 2 and second == {
        "place": "row.take[2]", "condition": "reply.next == null", "path": "reply.next",
        "looked": second["looked"], "there": second["looked"],
    }  # fmt: skip


def test_who_asks_whether_something_is_there_and_what_was_there_once_is_fine(tmp_path: Path) -> None:
    with answering(lambda asked: None, body=ANSWER) as port:
        assert found(tmp_path, port, "not reply.x", "reply.rows.0 < 2") == (0, [])
