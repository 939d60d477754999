"""The record of a rehearsal: two processes, lines that somebody wrote by hand, a ledger of yesterday."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from renhai.checks.rehearsal.events import NAME, Events
from renhai.checks.rehearsal.problems import Problems
from renhai.checks.rehearsal.whole import Rehearsal
from renhai.core.errors import UsageError
from results.checks.ledger.model import Audited, Ledger, LedgerProblem, held, read_ledger, write_ledger
from results.errors import SnapshotError

PROGRAMME = """name: one
title: 演练
opens: 2015-10-08
calendar: replayed
stages:
  filing: {title: 申报, owner: 演练组, begins: 2015-09-30, ends: 2015-09-30, command: run smoke}
"""
AT = "2015-09-30T08:00:00Z"


def opened(folder: Path) -> Rehearsal:
    file = folder / "one.yaml"
    file.write_text(PROGRAMME, encoding="utf-8")
    return Rehearsal.opened(file, folder / "out", lambda line: None)


def test_what_another_process_wrote_since_it_was_opened_stays(tmp_path: Path) -> None:
    """Between opening and the lock a programme's files are judged, which takes seconds."""
    first, second = opened(tmp_path), opened(tmp_path)
    with first.alone():
        first.skip("filing", "李四", "no printer")
    with second.alone():
        second.skip("filing", "王五", "no paper")
        assert [one.get("by") for one in second.events.all] == [None, "李四", "王五"]
    lines = [json.loads(line) for line in (tmp_path / "out" / NAME).read_text("utf-8").splitlines()]
    assert [line.get("by") for line in lines] == [None, "李四", "王五"]


ENDED = {"schema": 1, "event": "ended", "at": AT, "stage": "filing", "attempt": 1, "documents": {}, "code": 0}


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ({"schema": 1, "event": "ended"}, "at"),
        ({**ENDED, "stage": None}, "stage"),
        ({**ENDED, "attempt": "one"}, "attempt"),
        ({**ENDED, "documents": []}, "documents"),
        ({**ENDED, "code": True}, "code"),
        ({**ENDED, "code": "0"}, "code"),
        ({**ENDED, "doubts": None}, "doubts"),
        ({**ENDED, "known": "many"}, "known"),
        ({"schema": 1, "event": "skipped", "at": AT, "stage": "filing", "by": "李四"}, "reason"),
        ({"schema": 1, "event": "system", "at": AT, "system": "gt3", "port": "80"}, "port"),
        ({"schema": 1, "event": "begun", "stage": "filing", "attempt": 1}, "at"),
    ],
)
def test_a_line_that_lacks_a_part_is_refused_by_its_line(
    tmp_path: Path, line: dict[str, Any], field: str
) -> None:
    head = {"schema": 1, "event": "opened", "at": AT, "programme": "one"}
    (tmp_path / NAME).write_text("".join(json.dumps(one) + "\n" for one in (head, line)), encoding="utf-8")
    with pytest.raises(UsageError, match=rf"{NAME}:2: {field} is .*; take the file from a copy"):
        Events(tmp_path)


SOLVED = LedgerProblem(
    id="v1-1",
    check="c",
    domain="d",
    operation="o",
    field="f",
    kind="k",
    pair="p",
    state="solved",
    changed="2015-09-30T08:00:00.000+00:00",
)


def ledger(path: Path, *runs: str) -> None:
    audits = [
        Audited(run_id=run, at=f"2015-09-30T08:00:0{n}+00:00", state="audited") for n, run in enumerate(runs)
    ]
    write_ledger(path, Ledger(audits=audits, problems=[SOLVED.model_copy()]))


def test_a_ledger_of_yesterday_is_not_believed_though_it_has_all_problems(tmp_path: Path) -> None:
    """It knows nothing of the audit that found a solved problem again."""
    path = tmp_path / "ledger.json"
    problems, told = Problems(path), list[str]()
    ledger(path, "run-1", "run-2")
    entered = problems.entries()
    assert (problems.open_now(entered), problems.merged([], told.append, 1, entered)) == (0, 0)
    ledger(path, "run-1")
    assert (problems.open_now(entered), problems.merged([], told.append, 1, entered)) == (None, None)
    assert "lost run-2 2015-09-30T08:00:01" in told[-1]


def test_nobody_writes_a_ledger_while_another_holds_it(tmp_path: Path) -> None:
    import fcntl

    path = tmp_path / "ledger.json"
    with held(path), path.with_name(".ledger.json.lock").open("w") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.parametrize(
    ("changed", "held_as"),
    [
        ("2015-09-30T16:00:00+08:00", "2015-09-30T08:00:00.000+00:00"),
        ("2015-09-30T08:00:00Z", "2015-09-30T08:00:00.000+00:00"),
        ("", ""),
        ("for ever", None),
        ("2015-09-30T08:00:00", None),
    ],
)
def test_times_of_a_ledger_are_of_one_form_as_they_are_compared_as_texts(
    tmp_path: Path, changed: str, held_as: str | None
) -> None:
    """By a time that sorts behind all others a solved problem would never come back."""
    path = tmp_path / "ledger.json"
    ledger(path, "run-1")
    plain = json.loads(path.read_text("utf-8"))
    plain["problems"][0]["changed"] = changed
    path.write_text(json.dumps(plain), "utf-8")
    if held_as is None:
        with pytest.raises(SnapshotError, match="has a time that cannot be"):
            read_ledger(path)
    else:
        assert read_ledger(path).problems[0].changed == held_as
