"""The journal of a run: what each process wrote, in the order of time, and never whole when it is not."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from renhai.binding.codec import Reply
from renhai.checks.journal.of_run import NAME, join
from renhai.load.worker.journal_file import JournalLog
from renhai.spec.journal.entry import JournalFile

OK = Reply("ok", {"pzxh": "p1", "password": "open sesame"}, "0", "")


def journey(name: str, ns: int, **fields: Any) -> SimpleNamespace:
    return SimpleNamespace(
        journey=name, fields=fields, intended_ns=ns, told=None, tally=SimpleNamespace(name="14301030000/post")
    )


def log(run: Path, worker: int, lost: list[str] | None = None) -> JournalLog:
    (run / "journal").mkdir(exist_ok=True)
    path = run / "journal" / f"worker-{worker}.jsonl"
    told = lost if lost is not None else []
    return JournalLog(path, "run", worker, frozenset({"session.open"}), told.append)


def written(run: Path) -> None:
    """Two processes; the second's transaction falls between the first's."""
    one, two, mine = log(run, 0), log(run, 1), journey("a", 5_000_000)
    one.keep(mine, "session.open", OK)
    one.keep(mine, "registration.query", Reply("rejected", {"secret": 1}, "GY01", "no"))
    mine.fields, mine.intended_ns = {"djxh": "d1", "token": "abc"}, 9_000_000
    one.keep(mine, "declaration.submit", OK)
    two.keep(journey("b", 7_000_000, djxh="d2"), "declaration.status", Reply("error", {}, "", "timeout"))
    one.close()
    two.close()


def test_the_journal_has_every_request_in_the_order_of_time_without_secrets(tmp_path: Path) -> None:
    written(tmp_path)
    assert join(tmp_path, "run", "smoke", "2015-09-11", 2) == (3, [])
    journal = JournalFile(tmp_path / NAME)
    entries = list(journal.entries())
    assert not journal.torn
    assert [(one.id, one.operation, one.outcome, one.code) for one in entries] == [
        ("0000001", "registration.query", "rejected", "GY01"),
        ("0000002", "declaration.status", "error", ""),
        ("0000003", "declaration.submit", "ok", "0"),
    ]
    assert [one.taxpayer for one in entries] == ["a/0-1", "d2", "d1"]
    assert entries[0].operator == entries[2].operator == "a/0-1"
    assert entries[0].unit == "14301030000"
    assert entries[2].fields == {"djxh": "d1", "token": "***"}
    assert entries[2].answer == {"pzxh": "p1", "password": "***"}
    assert entries[0].answer is None
    assert not (tmp_path / "journal").exists()
    assert "sesame" not in (tmp_path / NAME).read_text("utf-8")


@pytest.mark.parametrize("damage", ["torn", "gone", "of another run", "a line lost", "never closed"])
def test_a_journal_that_may_lack_something_has_no_end(tmp_path: Path, damage: str) -> None:
    written(tmp_path)
    path = tmp_path / "journal" / "worker-1.jsonl"
    data = path.read_bytes()
    lines = data.splitlines(keepends=True)
    damaged = {
        "torn": data[:-30],
        "of another run": data.replace(b'"run"', b'"other"', 1),
        "a line lost": lines[0] + lines[2],
        "never closed": b"".join(lines[:2]),
    }
    path.unlink() if damage == "gone" else path.write_bytes(damaged[damage])
    _, wrong = join(tmp_path, "run", "smoke", "", 2)
    assert len(wrong) == 1
    journal = JournalFile(tmp_path / NAME)
    assert len(list(journal.entries())) >= 2
    assert journal.torn == "the journal has no end: entries may be missing"
    assert (tmp_path / "journal" / "worker-0.jsonl").exists()


def test_what_is_no_json_is_told_and_the_journal_is_not_whole(tmp_path: Path) -> None:
    lost: list[str] = []
    one = log(tmp_path, 0, lost)
    one.keep(journey("a", 1, djxh="d1", paper=object()), "declaration.submit", OK)
    one.keep(journey("a", 2, djxh="d1"), "declaration.status", OK)
    one.close()
    assert len(lost) == 1
    assert join(tmp_path, "run", "smoke", "", 1)[1] != []
