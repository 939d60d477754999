"""Rows that are cut at their commas say what JSON says of them; all others are left to be read as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import accumulate, groupby
from pathlib import Path
from time import monotonic_ns
from typing import Any

import duckdb
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renhai.binding.codec import Reply
from renhai.checks.audit import lines as reading
from renhai.checks.audit.columns import LeftToPython
from renhai.checks.audit.line_queries import (
    ACKNOWLEDGED,
    INTENT,
    NOT_SO,
    OTHER,
    Layout,
    any_line,
    lines_of,
    quick,
    rows_of,
)
from renhai.load.measure.intents import IntentLog
from results.checks.audit.intents import intent_files
from results.checks.values import text
from tests.load.measure.intending import answered, intended
from tests.share import examples

NOW = monotonic_ns()
LAYOUT = Layout(["a.b", "a.other"], 4, [0, 1, 2], [2])
HEAD = "[[1441900000000000000,70000000,3],"
BASE = [
    '["a.b","p1","甲",5,null]',
    '["a.b",null,null,-70,"a "]',
    '["a.other","x\u3000"]',
    '[1,1441900000001,"p1",null,null,"y"]',
    "[2,6,null]",
    '[null,1,5,"fail","a reason, with [ and ]"]',
    '[null,22,5,"info",""]',
]
VALUE = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.text(alphabet="a1 ,[]{}:.-\x7f\x85\u2028\u3000人", max_size=5),
    st.sampled_from(
        [True, 1.5, 1e300, 5.0, [], ["x"], {"a": 1}, "null", "-0", '"', "\\", 10**17, "],[", [[1], [2]], "]]"]
    ),
)
NUMBER, TIME = st.integers(0, 10**9), st.integers(0, 2**62)
ROW = st.one_of(
    st.tuples(st.sampled_from(["a.b", "a.other", "a.c"]), st.lists(VALUE, max_size=6)).map(
        lambda row: [row[0], *row[1]]
    ),
    st.tuples(NUMBER, TIME, st.lists(VALUE, max_size=6)).map(lambda row: [*row[:2], *row[2]]),
    st.tuples(
        st.none(), NUMBER, TIME, st.sampled_from(["fail", "info", "ok"]),
        st.text(alphabet='a ,[]"\\人', max_size=6),
    ),
)  # fmt: skip
MUTATED = st.tuples(
    st.sampled_from(BASE), st.integers(0, 60), st.integers(0, 3),
    st.text(alphabet='a",[]{}: 0-.+_e1nul甲\\\u3000', max_size=3),
)  # fmt: skip


def found_in(folder: Path, lines: Sequence[str], query: str) -> list[dict[str, Any]]:
    path = folder / "lines.jsonl"
    path.write_text("\n".join(["[]", *lines, ""]), encoding="utf-8", newline="")
    with duckdb.connect() as link:
        found = reading.arrays(link, query.replace("SOURCE", lines_of(path)))
    (count,) = {len(column) for column in found.values()}
    return [{name: column[n].item() for name, column in found.items()} for n in range(count)]


def asked(folder: Path, lines: Sequence[str]) -> list[list[dict[str, Any]]]:
    """What is said of the rows of each line."""
    found = found_in(folder, lines, quick(rows_of("SOURCE"), LAYOUT))
    numbers = accumulate(int(row["head"] > 0) for row in found)
    apart = [
        [row for _, row in rows] for _, rows in groupby(zip(numbers, found, strict=True), lambda x: x[0])
    ]
    assert len(apart) == len(lines)
    return apart


def asked_of_any(folder: Path, rows: Sequence[str]) -> list[dict[str, Any]]:
    found = found_in(folder, rows, any_line("SOURCE", LAYOUT))
    assert len(found) == len(rows)
    return found


def hash_of(value: Any) -> int:
    if value is None:
        return 0
    (row,) = duckdb.execute("SELECT hash(?::VARCHAR)", [text(value)]).fetchall()
    return int(row[0])


def must_be(parts: list[Any], at: int) -> dict[str, Any]:
    """What Python reads in a row that was cut at its commas."""
    if parts[0] is None:
        _, own, ns, word, reason = parts
        assert word in ("fail", "info") and type(reason) is str
        return {"own": own, "kind": NOT_SO, "ns": ns}
    intent = type(parts[0]) is str
    values = parts[1 if intent else 2 :]
    found: dict[str, Any] = {"kind": INTENT, "own": 0, "ns": at, "place": -1}
    if intent:
        found["place"] = LAYOUT.operations.index(parts[0])
    else:
        assert type(parts[0]) is int and type(parts[1]) is int
        found |= {"kind": ACKNOWLEDGED, "own": parts[0], "ns": parts[1]}
    assert all(value is None or type(value) in (str, int) for value in values)
    odd = [n for n, v in enumerate(values) if type(v) is str and v.rstrip(" ") != v.rstrip()]
    for n in LAYOUT.used:
        if n not in odd:
            found[f"h{n}"] = hash_of(values[n] if n < len(values) else None)
    found |= {"size": len(values), "odd": sum(1 << n for n in odd)}
    found["whole"] = sum(1 << n for n in LAYOUT.amounts if n < len(values) and type(values[n]) is int)
    return found


def held(lines: Sequence[str], found: Sequence[list[dict[str, Any]]]) -> int:
    """How many lines had all their rows cut at their commas, after they were found to say what Python reads
    in them."""
    each = zip(lines, found, strict=True)
    quick_ones = [(line, rows) for line, rows in each if all(row["quick"] for row in rows)]
    for line, rows in quick_ones:
        (epoch, at, number), *parts = json.loads(line)
        assert len(parts) == len(rows), line
        assert {(row["epoch"], row["number"]) for row in rows} == {(epoch, number)}
        for row, own in zip(rows, parts, strict=True):
            expected = must_be(own, at)
            assert {name: row[name] for name in expected} == expected, line
        sizes = [row["long"] + 3 for row in rows]
        assert sum(sizes) + rows[0]["head"] + 5 == len(line.encode()) + 1, "each byte is in one of them"
    return len(quick_ones)


def pieces(line: str) -> list[str]:
    return line[2:-2].split("],[")[1:]


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.lists(MUTATED, min_size=1, max_size=3), min_size=1, max_size=20))
def test_a_damaged_row_that_is_cut_at_its_commas_is_json_and_says_the_same(
    tmp_path_factory: pytest.TempPathFactory, mutated: list[list[tuple[str, int, int, str]]]
) -> None:
    rows = [[row[:at] + put + row[at + gone :] for row, at, gone, put in line] for line in mutated]
    lines = [f"{HEAD}{','.join(line)}]" for line in rows]
    held(lines, asked(tmp_path_factory.mktemp("lines"), lines))


@settings(max_examples=examples(40), deadline=None)
@given(st.integers(0, 60), st.integers(0, 3), st.text(alphabet='],[01 -.e"a', max_size=3))
def test_a_line_whose_head_is_damaged_is_none_or_says_the_same(
    tmp_path_factory: pytest.TempPathFactory, at: int, gone: int, put: str
) -> None:
    line = f"{HEAD}{','.join(BASE)}]"
    lines = [line, line[:at] + put + line[at + gone :], line]
    assert held(lines, asked(tmp_path_factory.mktemp("lines"), lines)) >= 2


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(st.lists(ROW, min_size=1, max_size=4), min_size=1, max_size=8))
def test_both_queries_say_what_python_reads(
    tmp_path_factory: pytest.TempPathFactory, written: list[list[Any]]
) -> None:
    folder = tmp_path_factory.mktemp("lines")
    lines = [orjson.dumps([[1441900000000000000, 7, 3], *rows]).decode() for rows in written]
    found = asked(folder, lines)
    held(lines, found)
    cut = [(line, row) for line, rows in zip(lines, found, strict=True) for row in rows]
    whole = {line for line, rows in zip(lines, written, strict=True) if len(pieces(line)) == len(rows)}
    texts = [piece for line in lines if line in whole for piece in pieces(line)]
    ones = [row for line, row in cut if line in whole]
    assert [len(piece.encode()) for piece in texts] == [row["long"] for row in ones]
    for one, other in zip(ones, asked_of_any(folder, texts) if texts else (), strict=True):
        if one["quick"]:
            names = LAYOUT.columns if one["kind"] in (INTENT, ACKNOWLEDGED) else ["own", "kind", "ns"]
            judged = {f"h{n}" for n in LAYOUT.used if one["odd"] >> n & 1}  # in Python
            unsaid = {"ns"} if one["kind"] == INTENT else set()  # which stands in its head alone
            names = [name for name in names if name not in judged | unsaid]
            assert [one[name] for name in names] == [other[name] for name in names]
            assert other["fits"]


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(ROW, min_size=1, max_size=3))
def test_a_cut_within_a_value_leaves_pieces_that_are_no_json(rows: list[Any]) -> None:
    """Which is what makes a line whose pieces all are JSON one of as many rows."""
    line = orjson.dumps([[1, 2, 3], *rows]).decode()
    if len(pieces(line)) > len(rows):
        with pytest.raises(ValueError, match=r"."):
            [json.loads(f"[{piece}]") for piece in pieces(line)]


@pytest.mark.parametrize(
    "value", ["],[", "a],[b", [[1], [2]], [["a"], ["b"]], {"a": [[], []]}, '"],["', "]],[["]
)
def test_no_piece_of_such_a_value_is_cut_at_its_commas_nor_json_to_duckdb(tmp_path: Path, value: Any) -> None:
    line = HEAD + orjson.dumps(["a.b", "x", value, 5, None]).decode() + "]"
    ((*rows,),) = asked(tmp_path, [line])
    assert len(rows) == len(pieces(line)) > 1
    assert not all(row["quick"] for row in rows)
    with pytest.raises(duckdb.Error):
        asked_of_any(tmp_path, pieces(line))


def test_rows_as_they_are_written_are_cut_at_their_commas(tmp_path: Path) -> None:
    lines = [f"{HEAD}{','.join(BASE)}]", *(f"{HEAD}{row}]" for row in BASE)]
    found = asked(tmp_path, lines)
    assert [len(rows) for rows in found] == [7] + [1] * 7
    assert held(lines, found) == 8


@pytest.mark.parametrize(
    "row",
    [
        '["a.c","p"]', '["a.b","a,b"]', '["a.b","a""b"]', '["a.b",1.5]', '["a.b",--1]', '["a.b","a"],7]',
        '["a.b",["a"]]', '["a.b","a"', '[1,5,"a"]]', '[01,5,"a"]', '[1,5,"a],"]', '[1,5,"a\\n"]',
        '[1,5,1_000]', '[1,5,+1]', '[1,5, 1]', '[1,5,nul]', '[1,5,9223372036854775808]', '[1,5,1,2,3,4,5]',
        '[1,5,-0]', '[1,5,,"a"]', '[1,5,"a",]', '[1,05,"a"]', '[1,5e0,"a"]', '[1.0,5,"a"]', '[-0,5,"a"]',
        '[1,-5,"a"]', '[1,4000000000000000000,"a"]', '[9999999999,5,"a"]', '[1]', '[]', '[ ]',
        '["a.b","x\\ty"]',
        '[null,1,5,"fail","a"x"]', '[null,1,5,"fail",]', '[null,1,5,"fail","a","b"]', '[null,1,5,"fail",7]',
        '[null,1,5,"ok","a"]', '[null,1,5,"fail"]', '[null,1,5]', '[null]', '[null,"1",5,"fail","a"]',
        '[null,01,5,"fail","a"]', '[[1,2],"x"]', '[true,5,"a"]', '[{"a":1},5]', '"a.b"', "7", "x", "",
    ],
)  # fmt: skip
def test_any_other_row_is_not(tmp_path: Path, row: str) -> None:
    assert not all(one["quick"] for one in asked(tmp_path, [f"{HEAD}{row}]"])[0])


@pytest.mark.parametrize(
    "line",
    [
        '[[1,2,3]]', '[[1,2,3],]', '[[1,2],["a.b","p"]]', '[[1,2,3,4],["a.b","p"]]',
        '[["1",2,3],["a.b","p"]]',
        '[[1,2,3.0],["a.b","p"]]', '[[1,2,03],["a.b","p"]]', '[[-1,2,3],["a.b","p"]]',
        '[[-0,2,3],["a.b","p"]]',
        '[[1,2,null],["a.b","p"]]', '[[1,2,],["a.b","p"]]', '[[],["a.b","p"]]', '[[1,2,3], ["a.b","p"]]',
        '[[1, 2, 3],["a.b","p"]]', '[[1e5,2,3],["a.b","p"]]', '[[9223372036854775807,2,3],["a.b","p"]]',
        '[[1,99999999999999999999,3],["a.b","p"]]', '[[1,2,9999999999],["a.b","p"]]', '["end",7]',
        '[[[1,2,3]]]',
        '["a.b","p"]', '[]', '[[]]', '[[', ']]', 'x', '{}', '[[1,2,3],["a.b","p"]] ',
        ' [[1,2,3],["a.b","p"]]',
    ],
)  # fmt: skip
def test_a_line_with_another_head_is_one_row_that_is_none(tmp_path: Path, line: str) -> None:
    ((row,),) = asked(tmp_path, [line])
    assert (row["quick"], row["kind"]) == (False, OTHER)


def test_of_a_load_process_no_row_is_read_another_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "receipts").mkdir()
    path = tmp_path / "receipts" / "worker-0.jsonl"
    log = IntentLog(path, "run-1", 0, {"a.b": ["djxh", "name", "je"]}, {"a.b": ["je"]}, print)
    for n in range(50):
        number = intended(
            log, "a.b", {"djxh": f"1{n:09d}", "name": "长沙 (甲) [1]" if n % 3 else None, "je": -n / 4}, NOW
        )
        reply = (
            Reply("ok", {"djxh": None, "je": n}, "", "") if n % 5 else Reply("rejected", {}, "1", "不, 否")
        )
        answered(log, number, "a.b", reply, True, NOW)
    log.close()
    monkeypatch.setattr(reading, "any_line", lambda *given: pytest.fail("read as JSON"))
    with duckdb.connect() as link:
        found = reading.IntentColumns(link, tmp_path, intent_files(tmp_path), {"a.b": ["djxh", "je"]}, {})
        found.open("run-1", 1)
        found.load()
    (one,) = found.begun
    assert (one.ended != reading.NEVER).tolist() == [n % 5 > 0 for n in range(50)]
    assert (one.said - one.row).tolist() == [1] * 50
    assert one.hashes[2].tolist() == [hash_of(n * 100 if n % 5 else -n * 25) for n in range(50)]


@pytest.mark.parametrize("byte", [b"\0", b"\t", b"\r", b"\x1f"])
def test_a_control_character_anywhere_leaves_the_file_to_python(tmp_path: Path, byte: bytes) -> None:
    path = tmp_path / "worker-0.jsonl"
    path.write_bytes(b"[]\n" * 400_000 + b"[" + byte + b"]\n")
    with pytest.raises(LeftToPython):
        reading.count_lines(path)
    path.write_bytes(b"[]\n" * 400_000 + b"[7]\n")
    assert reading.count_lines(path) == 400_001


def test_lines_are_those_of_the_file_that_was_given_and_no_other(tmp_path: Path) -> None:
    for name in ("run[1]", "run1"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "w.jsonl").write_text(f"head\n{name}\n", encoding="utf-8")
    with duckdb.connect() as link:
        assert link.execute(f"FROM {lines_of(tmp_path / 'run[1]' / 'w.jsonl')}").fetchall() == [("run[1]",)]
