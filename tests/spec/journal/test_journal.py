"""A journal is read line by line: a torn end is told, anything else that is wrong is refused by its line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from renhai.core.errors import UsageError
from renhai.spec.cutover.journal.entry import Entry, JournalFile, JournalWriter
from results.checks.dual_track.compare import TOO_DEEP

AT = "2015-09-11T08:30:00+08:00"


def entry(number: int, **more: Any) -> Entry:
    known = {
        "id": str(number), "taxpayer": "t", "unit": "14301020000", "operator": "desk/1",
        "domain": "declaration", "operation": "declaration.submit", "fields": {"a": 1}, "at": AT,
        "outcome": "ok", "answer": {"pzxh": "7"},
    }  # fmt: skip
    return Entry(**{**known, **more})


def written(path: Path, *entries: Entry) -> list[str]:
    with path.open("wb") as file:
        writer = JournalWriter(file, "a test", "2015-09-11")
        for one in entries:
            writer.write(one)
        writer.end()
    return path.read_text("utf-8").splitlines()


def test_what_was_written_is_read_back_and_its_time_is_exact(tmp_path: Path) -> None:
    path = tmp_path / "j.ndjson"
    written(path, entry(1), entry(2, at="2015-09-11T08:30:00.250+08:00"))
    journal = JournalFile(path)
    assert list(journal.entries()) == [entry(1), entry(2, at="2015-09-11T08:30:00.250+08:00")]
    assert (journal.torn, journal.head.source, journal.head.day) == ("", "a test", "2015-09-11")
    assert entry(2, at="2015-09-11T08:30:00.250+08:00").ms - entry(1).ms == 250


def test_secrets_do_not_enter_a_journal(tmp_path: Path) -> None:
    fields = {"mima": "s3cret", "inner": [{"access_token": "s3cret", "je": 1}], "empty": {"password": ""}}
    text = written(tmp_path / "j.ndjson", entry(1, fields=fields, answer={"session": "s3cret"}))[1]
    assert "s3cret" not in text
    assert json.loads(text)["fields"]["inner"] == [{"access_token": "***", "je": 1}]


def test_a_torn_end_is_told_and_the_rest_is_there(tmp_path: Path) -> None:
    path = tmp_path / "j.ndjson"
    whole = "\n".join(written(path, entry(1), entry(2))) + "\n"
    lines = whole.splitlines(keepends=True)
    path.write_text("".join(lines[:2]) + lines[2][:30], "utf-8")
    journal = JournalFile(path)
    assert [one.id for one in journal.entries()] == ["1"]
    assert journal.torn == "line 3 is cut off: entries are missing"
    path.write_text("".join(lines[:3]), "utf-8")
    journal = JournalFile(path)
    assert len(list(journal.entries())) == 2
    assert journal.torn == "the journal has no end: entries may be missing"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"outcome": "fine"}, ":3: outcome is fine; must"),
        ({"at": "2015-09-11T08:30:00"}, ":3: at is "),
        ({"at": "2015-09-11T08:29:59+08:00"}, ":3: at is "),
        ({"id": "1"}, ":3: id is 1, as of an earlier line"),
        ({"id": 2}, ":3: id is 2; must be a text"),
        ({"fields": []}, ":3: fields is []"),
        ({"operation": "submit"}, ":3: operation is submit; must"),
        ({"taxpayer": ""}, ":3: taxpayer is empty"),
        ({"colour": "red"}, ":3: colour is no part of an entry"),
    ],
)
def test_a_wrong_entry_is_refused_by_line_and_field(
    tmp_path: Path, change: dict[str, Any], where: str
) -> None:
    path = tmp_path / "j.ndjson"
    lines = written(path, entry(1), entry(2))
    lines[2] = json.dumps({**json.loads(lines[2]), **change})
    path.write_text("\n".join(lines) + "\n", "utf-8")
    with pytest.raises(UsageError) as refused:
        list(JournalFile(path).entries())
    assert f"{path}{where}" in str(refused.value)


@pytest.mark.parametrize("line", ["{torn", "[]", "7"])
def test_a_broken_line_that_is_not_the_last_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "j.ndjson"
    lines = written(path, entry(1), entry(2))
    lines[1] = line
    path.write_text("\n".join(lines) + "\n", "utf-8")
    with pytest.raises(UsageError) as refused:
        list(JournalFile(path).entries())
    assert f"{path}:2: is no JSON object" in str(refused.value)


def test_a_journal_that_counts_itself_otherwise_or_is_of_another_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "j.ndjson"
    lines = written(path, entry(1), entry(2))
    path.write_text("\n".join([lines[0], lines[1], lines[3]]) + "\n", "utf-8")
    with pytest.raises(UsageError, match=":3: end is 2, and 1 entries stand before it"):
        list(JournalFile(path).entries())
    path.write_text(lines[0].replace('"schema":1', '"schema":9') + "\n", "utf-8")
    with pytest.raises(UsageError, match=":1: schema is 9"):
        JournalFile(path)
    path.write_text("id,taxpayer\n", "utf-8")
    with pytest.raises(UsageError, match=":1: is no journal of renhai"):
        JournalFile(path)


@pytest.mark.parametrize("behind", ["another journal", "an entry", "another end"])
def test_what_stands_behind_the_end_is_never_left_out_unseen(tmp_path: Path, behind: str) -> None:
    """As of two journals that were put one behind the other."""
    path = tmp_path / "j.ndjson"
    lines = written(path, entry(1))
    more = {"another journal": lines, "an entry": [lines[1].replace('"1"', '"2"')], "another end": lines[-1:]}
    path.write_text("\n".join([*lines, *more[behind]]) + "\n", "utf-8")
    with pytest.raises(UsageError, match=":4: stands behind the end of the journal"):
        list(JournalFile(path).entries())


@pytest.mark.parametrize(
    ("behind", "torn"), [("\n", ""), ("\r\n", ""), ('{"id": "2", "tax', "line 4 is cut off")]
)
def test_half_a_line_behind_the_end_is_told_and_a_blank_one_is_nothing(
    tmp_path: Path, behind: str, torn: str
) -> None:
    path = tmp_path / "j.ndjson"
    path.write_text("\n".join(written(path, entry(1))) + "\n" + behind, "utf-8", newline="")
    journal = JournalFile(path)
    assert len(list(journal.entries())) == 1
    assert journal.torn.startswith(torn) and bool(journal.torn) is bool(torn)


def test_an_answer_that_is_nested_deeper_than_can_be_written_ends_no_journal(tmp_path: Path) -> None:
    """It can be read, to some thousand levels; what is told of it is that it was so."""
    answer: Any = {"token": "s3cret"}
    for _ in range(900):
        answer = {"a": [answer]}
    text = written(tmp_path / "j.ndjson", entry(1, answer={"pzxh": "7", "inner": answer}))[1]
    assert '"pzxh":"7"' in text and TOO_DEEP in text and "s3cret" not in text
    assert [one.id for one in JournalFile(tmp_path / "j.ndjson").entries()] == ["1"]
