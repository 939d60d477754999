"""What an audit is given: workers' files, exports, target files, a run that was cleaned up since."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from renhai.binding.codec import Reply
from renhai.binding.loader import load_binding
from renhai.checks.audit.export import read_export
from renhai.checks.audit.reading import read_list
from renhai.checks.audit.whole import Gathering, Sources, audit_run
from renhai.checks.cleanup import plan_of, taken_back
from renhai.cli.commands.checks.audit import exports
from renhai.core.errors import UsageError
from results.checks.audit.intents import Intents, Write, intent_files, read_intents
from tests.checks.audit.written import Told, intent_file

NAMES = {"a.b": ["pzxh", "djxh", "tax"]}


def lines(worker: int, *told: Told, run: str = "run") -> bytes:
    return intent_file(NAMES, told, run, worker, together=1, ended=False)


def pair(n: int, fate: str = "ok") -> list[Told]:
    said: Any = [f"p{n}", None, None] if fate == "ok" else "7"
    return [("intent", "a.b", 1000 + n, [None, f"d{n}", 100]), (fate, n, 1005 + n, said)]


def home(folder: Path, data: bytes, worker: int = 0) -> Path:
    (folder / "receipts").mkdir(exist_ok=True)
    path = folder / "receipts" / f"worker-{worker}.jsonl"
    path.write_bytes(data)
    return path


def told(folder: Path, *given: Path) -> tuple[int, list[str]]:
    found = read_intents(intent_files(folder, given), "run", 1)
    return sum(map(len, found.writes.values())), [str(hole) for hole in found.holes]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_copies_of_one_worker_the_longer_one_counts_in_whatever_order_they_are_given(
    tmp_path: Path, order: tuple[int, int]
) -> None:
    whole, early = tmp_path / "whole.jsonl", tmp_path / "early.jsonl"
    whole.write_bytes(lines(0, *pair(1), *pair(2)))
    early.write_bytes(lines(0, *pair(1)) + b'["intent",2,"a.')
    given = whole, early
    (tmp_path / "receipts").mkdir()
    assert told(tmp_path, *(given[place] for place in order)) == (2, [])


@pytest.mark.parametrize("where", ["by hand", "home and by hand", "both home"])
def test_two_files_of_one_slot_that_tell_of_different_writes_are_a_hole(tmp_path: Path, where: str) -> None:
    """As of two machines whose workers took one slot: the writes of either could be lost unseen."""
    one, other = tmp_path / "one.jsonl", tmp_path / "other.jsonl"
    one.write_bytes(lines(0, *pair(1), *pair(2)))
    other.write_bytes(lines(0, ("intent", "a.b", 2000, [None, "d9", 100])))
    given: list[Path] = [one, other]
    home(tmp_path, one.read_bytes()) if where != "by hand" else (tmp_path / "receipts").mkdir()
    if where == "home and by hand":
        given = [other]
    elif where == "both home":
        given, _ = [], home(tmp_path, other.read_bytes(), worker=7)
    count, holes = told(tmp_path, *given)
    assert count == 2
    assert len(holes) == 1 and "is of worker 0, as another file is that tells of other writes" in holes[0]


@pytest.mark.parametrize(
    ("first", "then", "wrong"),
    [("ok", "fail", True), ("ok", "info", True), ("fail", "ok", True), ("info", "ok", False),
     ("info", "info", False), ("ok", "ok", False)],
)  # fmt: skip
def test_a_receipt_that_says_the_contrary_of_one_before_it_is_a_hole(
    tmp_path: Path, first: str, then: str, wrong: bool
) -> None:
    """An acknowledged write that became a refused one would be missed by nobody."""
    home(tmp_path, lines(0, *pair(1, first), pair(1, then)[1]))
    count, holes = told(tmp_path)
    assert (count, len(holes)) == (1, int(wrong))
    assert not wrong or f"says {then} of intent 1, a line before it {first}" in holes[0]


def test_a_run_that_was_cut_before_its_first_write_proves_nothing(tmp_path: Path) -> None:
    (tmp_path / "load.py").write_text(f"PLAN = {json.dumps(json.dumps(PLAN))}\n", encoding="utf-8")
    home(tmp_path, lines(0, run=tmp_path.name))
    target = written(tmp_path)
    assert audit_run(tmp_path, Sources(target=target))["state"] == "incomplete", "the other worker's file"
    home(tmp_path, lines(1, run=tmp_path.name), worker=1)
    assert audit_run(tmp_path, Sources(target=target))["state"] == "nothing"


PLAN: dict[str, Any] = {"base_url": "http://127.0.0.1:9", "processes": 2}
TARGET = """name: city
url: http://127.0.0.1:9
environment: test
audit:
  a.b: {by: pzxh, key: djxh, compare: [djxh], amounts: tax}
  a.note: {ignored: "kept for a day only"}
operations:
  a.b: {path: /b, receipt: [pzxh], success: {where: {code: "0"}}}
  a.note: {path: /n, success: {where: {code: "0"}}}
"""


def written(folder: Path, text: str = TARGET) -> str:
    (folder / "target.yaml").write_text(text, encoding="utf-8")
    return str(folder / "target.yaml")


@pytest.mark.parametrize(
    ("kept", "now", "said"),
    [
        (["tax"], "amounts: tax", ""),
        ([], "amounts: tax", "names tax an amount, which the run did not"),
        (["tax"], "tax: tax", ""),
        (["tax"], "compare: [tax]", "compares tax, an amount to the run"),
    ],
)
def test_what_a_run_kept_in_fen_is_held_against_fen(
    tmp_path: Path, kept: list[str], now: str, said: str
) -> None:
    """Else 100 yuan of a run, kept as 100, would be altered from 1.00: each write, and falsely."""
    operation = {"receipt": ["pzxh", "djxh", "tax"], "fen": kept}
    plan = {**PLAN, "processes": 1, "binding": {"operations": {"a.b": operation}}}
    (tmp_path / "load.py").write_text(f"PLAN = {json.dumps(json.dumps(plan))}\n", encoding="utf-8")
    home(tmp_path, lines(0, *pair(1), run=tmp_path.name))
    export = tmp_path / "e.csv"
    export.write_text("pzxh,djxh,tax\np1,d1,1.00\n", encoding="utf-8")
    changed = TARGET.replace("compare: [djxh], amounts: tax", now)
    sources = Sources({"a.b": str(export)}, written(tmp_path, changed))
    if said:
        with pytest.raises(UsageError, match=said):
            audit_run(tmp_path, sources)
    else:
        audit_run(tmp_path, sources)


def test_an_export_of_what_is_not_audited_or_a_second_one_of_an_operation_is_no_export(
    tmp_path: Path,
) -> None:
    with pytest.raises(UsageError, match=r"--export a\.b is given twice"):
        exports(["a.b=monday.csv", "a.b=tuesday.csv"])
    (tmp_path / "load.py").write_text(f"PLAN = {json.dumps(json.dumps(PLAN))}\n", encoding="utf-8")
    home(tmp_path, lines(0))
    with pytest.raises(UsageError, match="is ignored by the target file: kept for a day only"):
        audit_run(tmp_path, Sources({"a.note": "n.csv"}, written(tmp_path)))


def test_an_equation_does_not_add_up_what_is_compared_as_a_text(tmp_path: Path) -> None:
    """Its records would have it in fen and its writes as it was sent: each one altered, and falsely."""
    more = TARGET.replace(
        "operations:\n",
        "  a.l: {by: pzxh, reads_only: true}\n"
        "balances:\n  - {name: due, sum: {a.b: tax}, equals: {a.l: paid}, by: pzxh}\noperations:\n",
    )
    load_binding(written(tmp_path, more))
    with pytest.raises(UsageError, match=r"adds up tax, a text by audit\.a\.b"):
        load_binding(written(tmp_path, more.replace("compare: [djxh], amounts: tax", "compare: [djxh, tax]")))
    with pytest.raises(UsageError, match="has alone without changes"):
        load_binding(written(tmp_path, TARGET.replace("amounts: tax", "amounts: tax, alone: true")))


def test_an_equation_names_operations_that_the_audit_knows(tmp_path: Path) -> None:
    more = TARGET.replace(
        "operations:\n",
        "balances:\n  - {name: once, each: a.b, once: true, by: pzxh, made_by: a.c}\noperations:\n",
    )
    with pytest.raises(UsageError, match=r"made_by has a\.c, which audit: does not name"):
        load_binding(written(tmp_path, more))
    load_binding(written(tmp_path, more.replace("made_by: a.c", "made_by: [a.b]")))


def test_a_column_twice_that_an_equation_alone_goes_by_is_told(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text("pzxh,djxh,voided,voided\np1,d1,0,1\n", encoding="utf-8")
    rule = {"by": ["pzxh"], "compare": ["djxh"]}
    with pytest.raises(UsageError, match=r"e\.csv:1: names the column voided twice"):
        read_export(str(path), rule, True, ["pzxh", "djxh", "voided"])
    assert len(read_export(str(path), rule, True, ["pzxh", "djxh"]).records) == 1


@pytest.mark.parametrize("wanted", [None, ["pzxh", "tax"]])
def test_a_column_that_is_not_there_is_not_replaced_by_another_of_the_field_s_own_name(
    tmp_path: Path, wanted: list[str] | None
) -> None:
    path = tmp_path / "e.csv"
    path.write_text("pzxh,tax,rate\np1,5.00,0.03\n", encoding="utf-8")
    rule = {"by": ["pzxh"], "amounts": ["tax"], "columns": {"tax": "of_the_answer"}}
    assert read_export(str(path), rule, True, wanted).records[0].values["tax"] == 500
    with pytest.raises(UsageError, match="has no column ybtse, only pzxh, tax, rate"):
        read_export(str(path), {**rule, "export": {"columns": {"tax": "ybtse"}}}, True, wanted)


def test_texts_that_a_table_has_as_bytes_are_texts(tmp_path: Path) -> None:
    """As Parquet of some tools, which do not say that their bytes are UTF-8."""
    path, table = tmp_path / "e.parquet", tmp_path / "e.sqlite"
    row = (
        "SELECT 'p1'::BLOB AS pzxh, encode('甲') AS djxh, 12.30::DECIMAL(18, 4) AS tax, '\\xFF'::BLOB AS seal"
    )
    duckdb.sql(f"COPY ({row}) TO '{path}' (FORMAT parquet)")
    with sqlite3.connect(table) as link:
        link.execute("CREATE TABLE t AS SELECT CAST('p1' AS BLOB) AS pzxh, CAST('甲' AS BLOB) AS djxh,"
                     " 12.3 AS tax, x'FF' AS seal")  # fmt: skip
    link.close()
    for source in (str(path), f"sqlite://{table}#t"):
        (one,) = read_export(source, {"by": ["pzxh"], "compare": ["djxh"], "amounts": ["tax"]}, True).records
        assert one.values == {"pzxh": "p1", "djxh": "甲", "tax": 1230, "seal": b"\xff"}


class Pages:
    """A list of two rows a page, each numbered anew whenever it is asked for."""

    def __init__(self, *turns: list[int]) -> None:
        self.turns, self.turn = turns, -1

    def ask(self, operation: str, fields: Mapping[str, Any]) -> Reply:
        page = fields["page"]
        self.turn += page == 1
        shown = self.turns[self.turn][2 * page - 2 : 2 * page]
        rows = [{"id": one, "xh": 10 * page + n, "asked": self.turn} for n, one in enumerate(shown)]
        return Reply("ok", {"rows": rows}, "0", "")


def test_one_record_on_two_pages_is_known_though_its_row_is_numbered(tmp_path: Path) -> None:
    rule = {"list": "a.list", "rows": "rows", "page": "page", "by": ["id"]}

    def ids(*turns: list[int]) -> list[Any]:
        found = read_list(Pages(*turns), rule, 0, True)
        return [one.values["id"] for one in found.records] if not found.failed else [found.failed]

    assert ids([1, 2, 2, 3], [0, 1, 2, 3]) == [0, 1, 2, 3], "a row came in front meanwhile"
    assert ids([1, 2, 2, 3], [1, 2, 2, 3]) == [1, 2, 2, 3]
    assert "moves meanwhile" in ids([1, 2, 2, 3], [0, 1, 1, 2])[0]


class Says:
    """A target that gives one answer to every question."""

    def __init__(self, data: Any) -> None:
        self.data = data

    def ask(self, operation: str, fields: Mapping[str, Any]) -> Reply:
        return Reply("ok", self.data, "0", "")


@pytest.mark.parametrize(
    ("data", "word"),
    [
        ({"filed": True, "pzxh": "p1", "djxh": "d1"}, "recovered"),
        ({"filed": False, "pzxh": "", "djxh": "d1"}, "absent"),  # and what was asked for is told again
        ({"filed": False, "pzxh": None}, "absent"),
        ({"filed": False}, "unverified"),  # of the serial it says nothing
        ({}, "unverified"),
    ],
)
def test_an_answer_that_tells_no_serial_is_no_record(data: Any, word: str) -> None:
    rule = {"read": "a.status", "ask": ["djxh"], "by": ["pzxh"], "key": ["djxh"], "columns": {}}
    write = saved(1)._replace(fate="info", values={"pzxh": None, "djxh": "d1"})
    work = Gathering(
        {"a.b": rule}, Intents({"a.b": [write]}, [], {0}), Sources(), lambda: Says(data), True, ()
    )
    (found,) = work.accounts(lambda text: None)
    assert {name for name, n in found.counts.items() if n} - {"unknown", "found"} == {word}


class Listed:
    """A target that holds these records."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self.rows = list(rows)

    def ask(self, operation: str, fields: Mapping[str, Any]) -> Reply:
        return Reply("ok", {"rows": self.rows}, "0", "")


RULES: dict[str, Any] = {
    "a.b": {"list": "a.l", "rows": "rows", "by": ["pzxh"], "key": ["djxh"], "compare": ["djxh"]},
    "a.void": {"changes": "a.b", "by": ["pzxh"], "expect": {"voided": 1}, "alone": True},
}


def accounts(
    target: Listed,
    writes: dict[str, list[Write]],
    undone: Mapping[str, Any] = {},
    rules: Mapping[str, Any] = RULES,
) -> dict[str, dict[str, int]]:
    intents = Intents(writes, [], {0})
    work = Gathering(rules, intents, Sources(), lambda: target, True, waits_s=())
    work.taken_back = undone
    found = work.accounts(lambda text: None)
    names = ("stable", "lost", "duplicated", "recovered", "unexpected", "unverified")
    return {one.operation: {n: one.counts[n] for n in names if one.counts[n]} for one in found}


def saved(n: int) -> Write:
    return Write((0, n, 0), "a.b", "ok", 1000, 1005, {"pzxh": f"p{n}", "djxh": f"d{n}"})


def test_a_filing_that_was_voided_beside_another_one_is_found_where_nobody_voided_any(tmp_path: Path) -> None:
    held = [{"pzxh": "p1", "djxh": "d1", "voided": 1}, {"pzxh": "p2", "djxh": "d2", "voided": 1}]
    void = Write((0, 9, 0), "a.void", "ok", 1010, 1015, {"pzxh": "p1"})
    writes = {"a.b": [saved(1), saved(2)]}
    assert accounts(Listed(*held), writes) == {"a.b": {"stable": 2}, "a.void": {"unexpected": 2}}
    one = {**writes, "a.void": [void]}
    assert accounts(Listed(*held), one) == {"a.b": {"stable": 2}, "a.void": {"stable": 1, "unexpected": 1}}
    well = [held[0], {**held[1], "voided": 0}]
    assert accounts(Listed(*well), one) == {"a.b": {"stable": 2}, "a.void": {"stable": 1}}
    assert accounts(Listed({**well[1], "pzxh": "p1", "djxh": "d1"}, well[1]), writes) == {
        "a.b": {"stable": 2}
    }


def test_what_cleanup_took_back_is_neither_lost_nor_void_by_surprise(tmp_path: Path) -> None:
    (tmp_path / "receipts").mkdir()
    record = {"operation": "a.void", "at": 5.0, "pzxh": "p1", "djxh": "d1"}
    (tmp_path / "receipts" / "cleanup.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    undone = taken_back(tmp_path, {"a.b": "a.void"})
    void = Listed({"pzxh": "p1", "djxh": "d1", "voided": 1})
    assert accounts(void, {"a.b": [saved(1)]}, undone) == {"a.b": {"stable": 1}}
    both = {"a.b": [saved(1), saved(2)]}
    assert accounts(Listed(), both, undone) == {"a.b": {"lost": 1, "unverified": 1}}
    assert taken_back(tmp_path / "nowhere", {"a.b": "a.void"}) == {"a.b": []}


@pytest.mark.parametrize("launch", ["", "3"])
def test_a_side_of_a_duel_has_its_own_plan_in_the_file_of_both(tmp_path: Path, launch: str) -> None:
    for side in "ab":
        run = tmp_path / side / launch
        run.mkdir(parents=True)
        (run / "manifest.json").write_text(json.dumps({"duel": {"side": side}}), encoding="utf-8")
    both = json.dumps({"sides": [{"side": "a"}, {"side": "b"}]})
    (tmp_path / "a" / launch / "load.py").write_text(f"PLAN = {json.dumps(both)}\n", encoding="utf-8")
    assert [plan_of(tmp_path / side / launch)["side"] for side in "ab"] == ["a", "b"]
    (tmp_path / "b" / launch / "manifest.json").write_text("[]", encoding="utf-8")
    with pytest.raises(UsageError, match=r"has no load\.py of renhai"):
        plan_of(tmp_path / "b" / launch)


def test_two_operations_of_one_list_and_one_key_are_not_each_other_s_second_records(tmp_path: Path) -> None:
    """A filing and its correction have a taxpayer and a month in common, and stand in one list."""
    rules = {**RULES, "a.correct": {**RULES["a.b"]}}
    held = [{"pzxh": f"p{n}", "djxh": "d1"} for n in (1, 2)]

    def writes(fate: Any = "ok") -> dict[str, list[Write]]:
        serial = "p2" if fate == "ok" else None
        correction = Write((0, 2, 0), "a.correct", fate, 1010, 1015, {"pzxh": serial, "djxh": "d1"})
        return {"a.b": [saved(1)], "a.correct": [correction]}

    both = {"a.b": {"stable": 1}, "a.correct": {"stable": 1}}
    assert accounts(Listed(*held), writes(), rules=rules) == both
    third = {"pzxh": "p3", "djxh": "d1"}
    found = accounts(Listed(*held, third), writes(), rules=rules)
    assert found == {name: {**one, "duplicated": 1} for name, one in both.items()}, (
        "it is a second one of either"
    )
    assert accounts(Listed(held[0]), writes(), rules=rules)["a.correct"] == {"lost": 1}
    nameless = writes()
    nameless["a.correct"][0].values["pzxh"] = None
    assert accounts(Listed(held[0]), nameless, rules=rules)["a.correct"] == {"lost": 1}, (
        "and not the other one"
    )
    open_one = accounts(Listed(*held), writes("info"), rules=rules)
    assert open_one == {"a.b": {"stable": 1, "unverified": 1}, "a.correct": {"recovered": 1}}


def test_units_are_those_of_the_writes_by_what_they_say_or_their_records(tmp_path: Path) -> None:
    """Row p9 is another run's; what was refused was in no unit."""
    home(tmp_path, lines(0, *pair(1), *pair(2), *pair(3, "fail"), run=tmp_path.name))
    (tmp_path / "load.py").write_text(f"PLAN = {json.dumps(json.dumps(PLAN))}\n", encoding="utf-8")
    export = tmp_path / "e.csv"
    export.write_text("pzxh,djxh,tax,office\np1,d1,1.00,A\np2,d2,1.00,B\np9,d9,1.00,C\n", encoding="utf-8")
    once = "balances:\n  - {name: once, each: a.b, once: true, by: pzxh}\noperations:\n"
    more = TARGET.replace("operations:\n", once)
    for rule, units in (("tax, unit: office}", ["A", "B"]), ("tax}", [])):
        path = written(tmp_path, more.replace("amounts: tax}", f"amounts: {rule}"))
        found = audit_run(tmp_path, Sources({"a.b": str(export)}, path))
        assert found["units"] == {"a.b": units, "once": [*units, *(["C"] if units else [])]}
