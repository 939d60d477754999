"""Lines of intents and receipts, whatever stands in the values and their names, however a process ends."""

from __future__ import annotations

import os
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from time import monotonic_ns
from typing import Any

import pytest
from orjson import dumps

from renhai.binding.codec import Reply
from renhai.checks.audit import lines as columns
from renhai.core import private_files
from renhai.core.stored_document import StoredDocument, simple_of
from renhai.load.measure import intents
from renhai.load.measure.intents import IntentLog, asked, said
from results.checks.audit.intents import Intents, Write, intent_files, read_intents
from tests.killed import last_told
from tests.load.measure.intending import answered, intended

NOW = monotonic_ns()
ODD = [
    "a'b", 'a"b', "a\\b", "a\nb", "a\0b", "{a}", "%s", "纳税人识别号", "𠮷", "", " ", "b]],[\"ok\",1",
    "x" * 70_000, "'); raise SystemExit('",
]  # fmt: skip


def made(
    folder: Path,
    names: dict[str, list[str]],
    fen: dict[str, list[str]] | None = None,
    worker: int = 0,
    lost: Callable[[str], object] = pytest.fail,
) -> IntentLog:
    (folder / "receipts").mkdir(exist_ok=True)
    path = folder / "receipts" / f"worker-{worker}.jsonl"
    return IntentLog(path, "run-1", worker, names, fen or {}, lost)


def read(folder: Path, workers: int = 1) -> Intents:
    return read_intents(intent_files(folder), "run-1", workers)


def whole(folder: Path, operation: str) -> list[Write]:
    found = read(folder)
    assert found.holes == []
    return found.writes[operation]


def ok(**data: Any) -> Reply:
    return Reply("ok", data, "", "")


@pytest.mark.parametrize("operation", ODD)
def test_names_of_all_kinds_are_no_part_of_a_program(tmp_path: Path, operation: str) -> None:
    names = [*ODD, "both"]
    log = made(tmp_path, {operation: names}, {operation: ["both"]})
    fields = {name: f"{name} sent" for name in ODD}
    number = intended(log, operation, {**fields, "both": 0.29, "beside": 1}, NOW)
    answered(log, number, operation, ok(**{ODD[0]: "here", "both": 0.57}), True, NOW)
    intended(log, operation, fields, NOW)
    log.close()
    first, second = whole(tmp_path, operation)
    assert first.values == {**fields, ODD[0]: "here", "both": 57}
    assert second.values == {**fields, "both": None}


def test_values_of_all_kinds_come_back_as_they_were(tmp_path: Path) -> None:
    """From a request and from an answer, each of which waits with others."""
    log = made(tmp_path, {"a.b": ["x"]})
    for value in ODD:
        answered(log, intended(log, "a.b", {"x": value + "sent"}, NOW), "a.b", ok(x=value), True, NOW)
    silent = [intended(log, "a.b", {"x": value}, NOW) for value in ODD]
    for number in silent:
        answered(log, number, "a.b", ok(), True, NOW)
    log.close()
    assert [row.values["x"] for row in whole(tmp_path, "a.b")] == ODD * 2


def test_one_answer_that_is_hard_to_write_harms_none_that_waits_with_it(tmp_path: Path) -> None:
    log = made(tmp_path, {"a.b": ["x"]})
    values = ["before", "\ud800", 2**70, Decimal("1.20"), ["a", {"b": [1]}], {"c": 2**70}, "after"]
    for value in values:
        answered(log, intended(log, "a.b", {}, NOW), "a.b", ok(x=value), True, NOW)
    log.close()
    rows = whole(tmp_path, "a.b")
    assert [row.values["x"] for row in rows] == [
        "before", "\ud800", 2**70, "1.20", ["a", {"b": [1]}], {"c": 2**70}, "after",
    ]  # fmt: skip
    assert {row.fate for row in rows} == {"ok"}


def test_what_a_journey_changes_in_an_answer_while_its_receipt_waits_is_not_in_it(tmp_path: Path) -> None:
    log = made(tmp_path, {"a.b": ["x", "rows"]})
    data: dict[str, Any] = {"x": "said", "rows": [{"n": 1}]}
    answered(log, intended(log, "a.b", {}, NOW), "a.b", Reply("ok", data, "", ""), True, NOW)
    data["rows"][0]["n"] = 2
    plain: dict[str, Any] = {"x": "said"}
    answered(log, intended(log, "a.b", {}, NOW), "a.b", Reply("ok", plain, "", ""), True, NOW)
    plain["x"] = "changed"
    plain["rows"] = "added"
    log.close()
    assert [row.values for row in whole(tmp_path, "a.b")] == [
        {"x": "said", "rows": [{"n": 1}]}, {"x": "said", "rows": None}]  # fmt: skip


def test_amounts_are_fen_whether_they_are_paid_back_or_missing(tmp_path: Path) -> None:
    log = made(tmp_path, {"a.b": ["je", "se"]}, {"a.b": ["je", "nowhere"]})
    for je in (-12.3, 0.29, -0.01, 0, -0.0, 1e9, None, "", "-1.5", float("-inf")):
        answered(log, intended(log, "a.b", {"se": 1.5}, NOW), "a.b", ok(je=je), True, NOW)
        intended(log, "a.b", {"je": je}, NOW)
    log.close()
    rows = whole(tmp_path, "a.b")
    expected = [-1230, 29, -1, 0, 0, 10**11, None, "", "-1.5", "-inf"]
    assert [row.values["je"] for row in rows[::2]] == expected
    assert [row.values["je"] for row in rows[1::2]] == expected
    assert rows[0].values["se"] == 1.5, "no amount, and so as it was"


@pytest.mark.parametrize("count", [0, 1, 2, 40])
def test_as_many_values_as_names(count: int) -> None:
    names = [f"n{number}" for number in range(count)]
    fields = {name: number for number, name in enumerate(names) if number % 3}
    expected = tuple(None if number % 3 == 0 else number for number in range(count))
    assert asked("a.b", names, [])(fields) == ("a.b", *expected)
    assert said(names, [])(7, 8, fields) == (7, 8, *expected)


def test_a_document_that_was_made_ahead_leaves_the_intent_of_the_same_dict(tmp_path: Path) -> None:
    document = {"djxh": "1", "je": 12.3, "none": None, "zb": [{"je": 1}], "in": {"a": 1}}
    names = ["djxh", "je", "none", "missing"]
    log = made(tmp_path, {"a.b": names, "c.d": [*names, "zb", "in"]}, {"a.b": ["je"]})
    for operation in ("a.b", "c.d"):
        log.begin(operation, StoredDocument(dumps(document), simple_of(document)))
        log.begin(operation, StoredDocument(dumps(document)))
        log.begin(operation, document)
    log.close()
    for operation in ("a.b", "c.d"):
        first, second, third = (row.values for row in whole(tmp_path, operation))
        assert first == second == third
    assert whole(tmp_path, "a.b")[0].values == {"djxh": "1", "je": 1230, "none": None, "missing": None}
    assert whole(tmp_path, "c.d")[0].values == {**document, "missing": None}


def test_writes_of_one_taxpayer_keep_their_order_and_their_own_fates(tmp_path: Path) -> None:
    """Answers come in another order than the requests went, of a hundred taxpayers at once."""
    log, people, writes = made(tmp_path, {"a.b": ["djxh", "n"]}), 100, 5
    for n in range(writes):
        numbers = [intended(log, "a.b", {"djxh": str(one), "n": n}, NOW) for one in range(people)]
        for one in reversed(range(people)):
            refused = Reply("rejected", {}, "", f"{one} {n}")
            answered(log, numbers[one], "a.b", refused if one % 3 == 0 else ok(n=n + 1000), True, NOW)
    log.close()
    rows = whole(tmp_path, "a.b")
    for one in range(people):
        own = [row for row in rows if row.values["djxh"] == str(one)]
        if one % 3 == 0:
            assert [(row.fate, row.reason) for row in own] == [("fail", f"{one} {n}") for n in range(writes)]
        else:
            assert [row.values["n"] for row in own] == [n + 1000 for n in range(writes)]
        assert all(row.began_ms <= row.ended_ms for row in own)


def test_a_receipt_waits_for_the_next_intents_or_to_be_flushed(tmp_path: Path) -> None:
    log, path = made(tmp_path, {"a.b": ["x"]}), tmp_path / "receipts" / "worker-0.jsonl"

    def told() -> int:
        return path.read_bytes().rstrip(b"\0").count(b"\n") - 1

    replies = [ok(x="1"), Reply("rejected", {}, "1", "no"), Reply("error", {}, "", "read timeout")]
    for n in range(1, 1000):
        number = intended(log, "a.b", {"x": str(n)}, NOW)
        assert told() == 2 * n - 1, "the receipt before it, too"
        if n % 4 == 3:
            log.cut(number)
        else:
            answered(log, number, "a.b", replies[n % 4], True, NOW)
        assert told() == 2 * n - 1
    log.flush()
    assert told() == 2 * 999
    log.flush()
    assert told() == 2 * 999, "nothing twice"


def test_intents_of_one_turn_stand_before_all_of_its_requests(tmp_path: Path) -> None:
    log, path = made(tmp_path, {"a.b": ["x"], "c.d": []}), tmp_path / "receipts" / "worker-0.jsonl"
    assert [log.begin(name, {"x": name}) for name in ("a.b", "no.such", "c.d", "a.b")] == [1, 0, 2, 3]
    log.intend((), NOW)
    assert path.read_bytes().rstrip(b"\0").count(b"\n") == 2, "one line behind the first"
    log.close()
    found = read(tmp_path)
    assert [row.values["x"] for row in found.writes["a.b"]] == ["a.b", "a.b"]
    assert len(found.writes["c.d"]) == 1


class Broken:
    def __str__(self) -> str:
        raise RuntimeError("of a journey's own")


def test_what_cannot_be_written_is_not_sent_and_leaves_no_gap(tmp_path: Path) -> None:
    """Those beside it are, and so are the receipts that waited."""
    log = made(tmp_path, {"a.b": ["x"]})
    answered(log, intended(log, "a.b", {"x": "1"}, NOW), "a.b", ok(x="said"), True, NOW)
    assert log.begin("a.b", {"x": "2"}) == 2
    for broken in (Broken(), [1, Broken()], {"y": Broken()}):
        with pytest.raises(RuntimeError, match="of a journey's own"):
            log.begin("a.b", {"x": broken})
    assert [log.begin("a.b", {"x": value}) for value in ("\ud800", 1 << 80, "3")] == [3, 4, 5]
    log.intend((), NOW)
    log.close()
    rows = whole(tmp_path, "a.b")
    assert [(row.fate, row.values["x"]) for row in rows] == [
        ("ok", "said"), ("info", "2"), ("info", "\ud800"), ("info", 1 << 80), ("info", "3")]  # fmt: skip


def test_what_another_journey_changes_before_a_turn_ends_is_not_in_an_intent(tmp_path: Path) -> None:
    log = made(tmp_path, {"a.b": ["x", "rows"]})
    shared: dict[str, Any] = {"x": "1", "rows": [{"n": 1}]}
    log.begin("a.b", shared)
    shared["rows"][0]["n"], shared["x"] = 2, "2"
    log.begin("a.b", shared)
    log.close()
    assert [row.values for row in whole(tmp_path, "a.b")] == [
        {"x": "1", "rows": [{"n": 1}]}, {"x": "2", "rows": [{"n": 2}]}]  # fmt: skip


def test_values_that_look_like_lines_make_none(tmp_path: Path) -> None:
    """Whatever a value holds, a line ends where it ends."""
    log = made(tmp_path, {"a.b": ["x"]})
    values: list[Any] = [
        [["ok", 1, 5, [None]], ["intent", 2, "a.b", 5, ["no"]]], '],["intent",2,"a.b",5,["no"]]',
        '","', ",", " next", ["a", " next", "b"], "\n", '"],[" next"',
    ]  # fmt: skip
    for value in values * 2:
        answered(log, intended(log, "a.b", {"x": value}, NOW), "a.b", ok(), True, NOW)
        answered(log, intended(log, "a.b", {"x": None}, NOW), "a.b", ok(x=value), True, NOW)
    log.close()
    rows = whole(tmp_path, "a.b")
    assert [row.values["x"] for row in rows] == [value for value in values * 2 for _ in range(2)]
    assert {row.fate for row in rows} == {"ok"}


def test_times_are_of_the_epoch_to_the_millisecond_and_follow_a_clock_that_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Monotonic times in ms and their fractions; the machine's clock stands 1,000 s apart, then 500 s."""
    clock = {"monotonic_ns": 5_000_000_000, "time_ns": 1_005_000_000_000}
    for name in clock:
        monkeypatch.setattr(intents, name, lambda name=name: clock[name])
    log = made(tmp_path, {"a.b": ["x"]})
    times = [5_000_000_000, 5_000_999_999, 5_001_000_000, 5_001_999_999, 5_500_000_001, 9_000_000_000]
    for began, ended in pairwise(times):
        answered(log, intended(log, "a.b", {}, began), "a.b", ok(), True, ended)
    clock["time_ns"] = 505_000_000_000
    log.take()
    answered(log, intended(log, "a.b", {}, 5_000_000_000), "a.b", ok(), True, 6_000_000_000)
    log.cut(intended(log, "a.b", {}, 6_000_000_000))
    log.close()
    found = {row.number[1]: (row.began_ms, row.ended_ms) for row in whole(tmp_path, "a.b")}
    expected = [1_005_000, 1_005_000, 1_005_001, 1_005_001, 1_005_500, 1_009_000]
    assert [found[n] for n in range(1, 6)] == list(pairwise(expected))
    assert found[6] == (505_000, 506_000)
    assert found[7] == (506_000, 505_000), "a clock that goes back between both"


def test_files_of_two_processes_and_of_one_that_began_again_are_not_mixed_up(tmp_path: Path) -> None:
    first, second = (made(tmp_path, {"a.b": ["x"]}, worker=worker) for worker in (0, 1))
    for n in range(200):  # as two loops would, in turn
        for log, word in ((first, "one"), (second, "two")):
            answered(log, intended(log, "a.b", {"x": f"{word} {n}"}, NOW), "a.b", ok(), True, NOW)
    first.close()
    second.close()
    found = read(tmp_path, 2)
    assert found.holes == []
    for worker, word in ((0, "one"), (1, "two")):
        own = [row.values["x"] for row in found.writes["a.b"] if row.number[0] == worker]
        assert own == [f"{word} {n}" for n in range(200)]
    again = made(tmp_path, {"a.b": ["x"]})
    intended(again, "a.b", {"x": "again"}, NOW)
    again.close()
    (hole,) = read(tmp_path, 2).holes[:1]
    assert (hole.file, hole.line) == ("worker-0.jsonl", 403)


@pytest.mark.parametrize("written", [1, 30, 90])
def test_a_disk_that_fills_is_told_once_and_what_is_there_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    """The file takes no more after some lines; nothing that comes later is behind the hole."""
    monkeypatch.setattr(private_files, "STEP", 512)
    lost: list[str] = []
    log = made(tmp_path, {"a.b": ["x"]}, lost=lost.append)
    path, numbers = tmp_path / "receipts" / "worker-0.jsonl", []
    for n in range(written):
        numbers.append(intended(log, "a.b", {"x": str(n)}, NOW))
        answered(log, numbers[-1], "a.b", ok(), True, NOW)
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, log.file.descriptor)
    os.close(full)
    monkeypatch.setattr(os, "ftruncate", lambda descriptor, size: os.truncate(path, size))
    for n in range(written, written + 200):
        answered(log, intended(log, "a.b", {"x": str(n)}, NOW), "a.b", ok(x="late"), True, NOW)
    log.close()
    assert lost == ["No space left on device"]
    rows = whole(tmp_path, "a.b")
    assert [row.number[1] for row in rows] == list(range(1, len(rows) + 1))
    assert written <= len(rows) < written + 200


KILLED = """
import itertools, os, sys
from time import monotonic_ns
from pathlib import Path
from renhai.binding.codec import Reply
from renhai.load.measure.intents import IntentLog
from tests.load.measure.intending import answered, intended
log = IntentLog(Path(sys.argv[1]), "run-1", 0, {"c.d": ["x"]}, {}, print)
NOW = monotonic_ns()
for n in itertools.count(1):
    number = intended(log, "c.d", {"x": "y" * (n % 300)}, NOW)
    os.write(1, b"%d\\n" % n)  # the request
    answered(log, number, "c.d", Reply("ok", {"x": "z" * (n % 700)}, "", ""), True, NOW)
"""


def test_a_kill_costs_the_last_receipt_alone(tmp_path: Path) -> None:
    """kill -9 at moments of its own choosing: every intent is there, every receipt but the last."""
    (tmp_path / "receipts").mkdir()
    path = tmp_path / "receipts" / "worker-0.jsonl"
    for seen in (1, 64, 1000, 4321):
        path.unlink(missing_ok=True)
        last = last_told(KILLED, path, seen)
        rows = whole(tmp_path, "c.d")
        assert last <= len(rows) <= last + 1
        fates = [row.fate for row in rows]
        assert set(fates[:-1]) <= {"ok"}
        for n, row in enumerate(rows, 1):
            assert row.values["x"] == ("z" * (n % 700) if row.fate == "ok" else "y" * (n % 300))


def test_a_large_run_s_reader_takes_lines_whose_receipts_come_late(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    log = made(tmp_path, {"a.b": ["djxh", "je"]}, {"a.b": ["je"]})
    for n in range(1000):
        number = intended(log, "a.b", {"djxh": f"一{n}", "je": n / 4}, NOW)
        if n % 10:
            answered(
                log,
                number,
                "a.b",
                ok(je=-n / 4) if n % 10 < 9 else Reply("rejected", {}, "1", "不"),
                True,
                NOW,
            )
    log.close()
    with duckdb.connect() as link:
        used, amounts = {"a.b": ["djxh", "je"]}, {"a.b": ["je"]}
        found = columns.IntentColumns(link, tmp_path, intent_files(tmp_path), used, amounts)
        found.open("run-1", 1)
        found.load()
        assert found.rest()["a.b"] == whole(tmp_path, "a.b")
