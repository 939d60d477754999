"""Lines that are cut at their commas say what JSON says of them; all others are left to be read as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
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
    END,
    INTENT,
    NOT_SO,
    Layout,
    any_line,
    lines_of,
    quick,
)
from renhai.load.measure.intents import IntentLog
from results.checks.audit.intents import intent_files
from results.checks.values import text
from tests.load.measure.intending import intended
from tests.share import examples

NOW = monotonic_ns()
LAYOUT = Layout(["a.b", "a.other"], 4, [0, 1, 2], [2])
BASE = [
    '["intent",1,"a.b",1441900000001,["p1","甲",5,null]]',
    '["intent",12,"a.b",5,[null,null,-70,"a "]]',
    '["intent",3,"a.other",7,["x\u3000"]]',
    '["ok",1,1441900000001,["p1",null,null,"y"]]',
    '["ok",2,6,[null]]',
    '["fail",1,5,"a reason, with [ and ]"]',
    '["info",22,5,""]',
]
VALUE = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.text(alphabet="a1 ,[]{}:.-\x7f\x85\u3000人", max_size=5),
    st.sampled_from([True, 1.5, 1e300, 5.0, [], ["x"], {"a": 1}, "null", "-0", '"', "\\", 10**17]),
)
LINE = st.one_of(
    st.tuples(st.just("intent"), st.integers(0, 10**9), st.sampled_from(["a.b", "a.other", "a.c"]),
              st.integers(0, 2**62), st.lists(VALUE, max_size=6)),
    st.tuples(st.just("ok"), st.integers(0, 10**9), st.integers(0, 2**62), st.lists(VALUE, max_size=6)),
    st.tuples(st.sampled_from(["fail", "info"]), st.integers(0, 10**9), st.integers(0, 2**62),
              st.text(alphabet='a ,[]"\\人', max_size=6)),
)  # fmt: skip
MUTATED = st.tuples(
    st.sampled_from(BASE), st.integers(0, 60), st.integers(0, 3),
    st.text(alphabet='a",[]{}: 0-.+_e1nul甲\\\u3000', max_size=3),
)  # fmt: skip


def asked(folder: Path, lines: Sequence[str], query: Any = quick) -> list[dict[str, Any]]:
    """What a query says of each line."""
    path = folder / "lines.jsonl"
    path.write_text("\n".join(["[]", *lines, ""]), encoding="utf-8", newline="")
    with duckdb.connect() as link:
        found = reading.arrays(link, query(lines_of(path), LAYOUT))
    assert {len(column) for column in found.values()} == {len(lines)}
    return [{name: column[n].item() for name, column in found.items()} for n in range(len(lines))]


def hash_of(value: Any) -> int:
    if value is None:
        return 0
    (row,) = duckdb.execute("SELECT hash(?::VARCHAR)", [text(value)]).fetchall()
    return int(row[0])


def must_be(line: str) -> dict[str, Any]:
    """What Python reads in a line that was cut at its commas."""
    parts = json.loads(line)
    kind = {"intent": INTENT, "ok": ACKNOWLEDGED}.get(parts[0], NOT_SO)
    found = {"own": parts[1], "kind": kind, "ms": parts[3] if kind == INTENT else parts[2]}
    if kind == NOT_SO:
        assert parts[0] in ("fail", "info") and len(parts) == 4 and type(parts[3]) is str
        return found
    assert len(parts) == (5 if kind == INTENT else 4)
    values = parts[-1]
    plain = [value is None or type(value) in (str, int) for value in values]
    assert all(plain) and type(values) is list
    odd = [n for n, v in enumerate(values) if type(v) is str and v.rstrip(" ") != v.rstrip()]
    for n in LAYOUT.used:
        if n not in odd:
            found[f"h{n}"] = hash_of(values[n] if n < len(values) else None)
    found |= {"size": len(values), "odd": sum(1 << n for n in odd)}
    found["whole"] = sum(1 << n for n in LAYOUT.amounts if n < len(values) and type(values[n]) is int)
    found["place"] = LAYOUT.operations.index(parts[2]) if kind == INTENT else -1
    return found


def held(lines: Sequence[str], found: Sequence[dict[str, Any]]) -> int:
    """How many were cut at their commas, after they were found to say what Python reads in them."""
    own = [(line, row) for line, row in zip(lines, found, strict=True) if row["quick"] and row["kind"] != END]
    for line, row in own:
        expected = must_be(line)
        assert {name: row[name] for name in expected} == expected, line
    return len(own)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(MUTATED, min_size=1, max_size=40))
def test_a_damaged_line_that_is_cut_at_its_commas_is_json_and_says_the_same(
    tmp_path_factory: pytest.TempPathFactory, mutated: list[tuple[str, int, int, str]]
) -> None:
    lines = [line[:at] + put + line[at + gone :] for line, at, gone, put in mutated]
    held(lines, asked(tmp_path_factory.mktemp("lines"), lines))


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(LINE, min_size=1, max_size=20))
def test_both_queries_say_what_python_reads(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[Any, ...]]
) -> None:
    folder = tmp_path_factory.mktemp("lines")
    lines = [orjson.dumps(row).decode() for row in rows]
    found, others = asked(folder, lines), asked(folder, lines, any_line)
    held(lines, found)
    for one, other in zip(found, others, strict=True):
        if one["quick"]:
            names = LAYOUT.columns if one["kind"] in (INTENT, ACKNOWLEDGED) else ["own", "kind", "ms"]
            assert [one[name] for name in names] == [other[name] for name in names]
            assert other["fits"]


def test_lines_as_they_are_written_are_cut_at_their_commas(tmp_path: Path) -> None:
    found = asked(tmp_path, [*BASE, '["end",5]'])
    assert [row["quick"] for row in found] == [True] * 8
    assert held(BASE, found[:-1]) == 7


@pytest.mark.parametrize(
    "line",
    [
        '["intent",01,"a.b",5,["p"]]', '["intent",1,"a.c",5,["p"]]', '["intent",1,"a.b",5]',
        '["intent",1,"a.b"]', '["intent",1,"a.b",5,["a,b"]]', '["intent",1,"a.b",5,["a""b"]]',
        '["intent",1,"a.b",5,[1.5]]', '["intent",1,"a.b",5,[--1]]', '["intent",1,"a.b",5,["a"]],7]]',
        '["intent",1,"a.b",5,"a"]]', '["intent",1,"a.b",5,["a"]', '["ok",1,5,[]]', '["ok",1,5,["a"]]]',
        '["ok",1,5,["a],"]]', '["ok",1,5,["a\\n"]]', '["ok",1,5,[1_000]]', '["ok",1,5,[+1]]',
        '["ok",1,5,[ 1]]', '["ok",1,5,[nul]]', '["ok",1,5,[9223372036854775808]]', '["ok",1,5,[1,2,3,4,5]]',
        '["ok",1,5,[-0]]', '["ok",1,5,[,"a"]]', '["ok",1,05,["a"]]', '["ok",1,5e0,["a"]]',
        '["ok",-0,5,["a"]]', '["fail",1,5,"a"x"]', '["fail",1,5,"]', '["fail",1,5,"a","b"]',
        '["fail",1,5,7]', '["well"]', 'x',
    ],
)  # fmt: skip
def test_any_other_line_is_not(tmp_path: Path, line: str) -> None:
    assert not asked(tmp_path, [line])[0]["quick"]


def test_of_a_load_process_no_line_is_read_another_way(
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
        log.answered(number, "a.b", reply, True, NOW)
    log.close()
    monkeypatch.setattr(reading, "any_line", lambda *given: pytest.fail("read as JSON"))
    with duckdb.connect() as link:
        found = reading.IntentColumns(link, tmp_path, intent_files(tmp_path), {"a.b": ["djxh", "je"]}, {})
        found.open("run-1", 1)
        found.load()
    (one,) = found.begun
    assert (one.ended != reading.NEVER).tolist() == [n % 5 > 0 for n in range(50)]
    assert (one.said - one.n).tolist() == [1] * 50
    assert one.hashes[2].tolist() == [hash_of(n * 100 if n % 5 else -n * 25) for n in range(50)]


@pytest.mark.parametrize("byte", [b"\0", b"\t", b"\r", b"\x1f"])
def test_a_control_character_anywhere_leaves_the_file_to_python(tmp_path: Path, byte: bytes) -> None:
    path = tmp_path / "worker-0.jsonl"
    path.write_bytes(b"[]\n" * 400_000 + b"[" + byte + b"]\n")
    with pytest.raises(LeftToPython):
        reading.line_starts(path)
    path.write_bytes(b"[]\n" * 400_000 + b"[7]\n")
    assert reading.line_starts(path).tolist() == list(range(0, 1_200_001, 3))


def test_lines_are_those_of_the_file_that_was_given_and_no_other(tmp_path: Path) -> None:
    for name in ("run[1]", "run1"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "w.jsonl").write_text(f"head\n{name}\n", encoding="utf-8")
    with duckdb.connect() as link:
        assert link.execute(f"FROM {lines_of(tmp_path / 'run[1]' / 'w.jsonl')}").fetchall() == [("run[1]",)]
