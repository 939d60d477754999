"""Lines of intents in DuckDB: what is settled by them is what Python reads in them, or all is left to it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renhai.checks.audit.columns import LeftToPython
from renhai.checks.audit.lines import IntentColumns
from renhai.checks.audit.matching import matched
from renhai.checks.audit.whole import Gathering, Sources, named_fields
from results.checks.audit.document import document
from results.checks.audit.intents import intent_files, read_intents
from results.checks.values import text
from tests.checks.audit.written import Told, intent_file
from tests.share import examples

RULES: dict[str, Any] = {
    "a.b": {"list": "a.l", "by": ["pzxh"], "key": ["djxh"], "compare": ["djxh", "name"], "amounts": ["tax"]}
}
NAMES = {"a.b": ["pzxh", "djxh", "name", "tax", "note"], "a.other": ["x"]}  # nothing goes by a note
VALUE = st.one_of(
    st.text(alphabet='a1 ,"[]{}:\\\t\x7f\x85\u3000人', max_size=6),
    st.integers(-(2**63), 2**63),
    st.sampled_from([None, True, 1.5, 5.0, -0.0, [], ["x"], ["a", 1], {"a": "b,c"}, "null", "0", "-0", "01"]),
)
LINE = st.tuples(st.sampled_from(["ok", "ok", "ok", "fail", "none"]), VALUE, VALUE, VALUE, VALUE)
Row = tuple[str, Any, Any, Any, Any]


def a_run(folder: Path, rows: list[Row]) -> Path:
    """Fate, name, note asked for, note answered, tax of each write, and an export that agrees with all."""
    (folder / "receipts").mkdir()
    told: list[Told] = []
    with (folder / "e.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["pzxh", "djxh", "name", "tax"])
        for number, (fate, name, asked, said, tax) in enumerate(rows, 1):
            at = 1_441_900_000_000 + number // 3
            told.append(("intent", "a.b", at, [asked, f"d{number}", name, tax, asked]))
            if fate == "ok":
                told.append(("ok", number, at + 9, [f"p{number}", None, None, None, said]))
            elif fate == "fail":
                told.append(("fail", number, at + 9, "a reason, with [ and \\"))
            yuan = f"{tax // 100}.{tax % 100:02d}" if type(tax) is int and tax >= 0 else text(tax)
            table.writerow([f"p{number}", f"d{number}", text(name), yuan])
    path = folder / "receipts" / "worker-0.jsonl"
    path.write_bytes(intent_file(NAMES, told, together=4))
    return path


def account(folder: Path, settle: bool) -> tuple[dict[str, Any], int]:
    """audit.json without its time, and how many pairs were settled; -1 where all is left to Python."""
    exports, fields = {"a.b": str(folder / "e.csv")}, named_fields(RULES, ())
    files = intent_files(folder)
    with matched(files, ("run", 1), RULES, exports if settle else {}, fields, True, 0) as found:
        held = found.intents if found else read_intents(files, "run", 1)
        work = Gathering(RULES, held, Sources(exports), lambda: pytest.fail("asks"), True)
        work.fields = fields if settle else None  # else by the reader in Python, all columns
        work.readings |= found.readings if found else {}
        count = sum(one.settled.count for one in work.readings.values()) if found else -1
        accounts = work.accounts(lambda note: None)
        holes = [str(hole) for hole in held.holes]
        return document("run", accounts, [], holes, "", 0.0, ""), count


def settled(folder: Path) -> int:
    """How many pairs, after the account with them was found to be the one without."""
    found, count = account(folder, True)
    assert found == account(folder, False)[0]
    return count


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(LINE, max_size=5))
def test_one_account_whatever_stands_in_a_line(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row]
) -> None:
    folder = tmp_path_factory.mktemp("run")
    try:
        a_run(folder, rows)
    except TypeError:  # a number of more than 64 bits
        return
    settled(folder)


BYTES = [
    b"",
    b'"',
    b",",
    b"[",
    b"]",
    b"\\",
    b" ",
    b"0",
    b"-",
    b".",
    b"\n",
    b"\r",
    b"\0",
    b"\xff",
    b"\x01",
    b"\t",
]


@settings(max_examples=examples(150), deadline=None)
@given(st.booleans(), st.integers(0, 10**6), st.integers(0, 2), st.sampled_from(BYTES))
def test_one_account_of_a_damaged_file(
    tmp_path_factory: pytest.TempPathFactory, comma: bool, place: int, gone: int, put: bytes
) -> None:
    """A byte or two lost, and another put in their place, anywhere behind the first line."""
    folder = tmp_path_factory.mktemp("run")
    name = "甲,乙" if comma else "甲"
    path = a_run(folder, [("ok", name, 'n"' if comma else "n", "m", 100), ("ok", "a", None, 5, 7)])
    data = path.read_bytes()
    first = data.index(b"\n") + 1
    at = first + place % (len(data) - first)
    path.write_bytes(data[:at] + put + data[at + gone :])
    settled(folder)


@pytest.mark.parametrize(
    "name", ["甲", "甲,乙", "a[1]", "]", '"', "a\\b", "a ", "a\u3000", "null", "5", "", "[", ",,,", ",]"]
)
def test_what_agrees_is_settled_where_a_text_has_no_escape_and_no_odd_end(tmp_path: Path, name: str) -> None:
    a_run(tmp_path, [("ok", name, "x", "y", 5), ("ok", "b", name, name, 6)])
    assert settled(tmp_path) == 2 - (name in ('"', "a\\b", "a\u3000"))


@pytest.mark.parametrize(
    ("line", "damaged"),
    [
        (b'"d1","a",5,"x"]', b'"d1","a",5,"x"1]'),  # what nothing goes by is no JSON any more
        (b'"d1","a",5,"x"]', b'"d1","a",5,x]'),
        (b'"d1","a",5,"x"]', b'"d1","a",5,"x""]'),
        (b'"d1","a",5,"x"]', b'"d1","a",5,01]'),
        (b'"d1","a",5,"x"]', b'"d1","a",5,]'),
        (b'"d1","a",5,"x"]', b'"d1","a",5,"x",]'),
        (b'"d1","a",5,"x"]', b'"d1","a",5,"x", ]'),
        (b'"d1","a",5,"x"]', b'"d1","a",5,"x"],]'),
        (b'"d1","a",5,"x"]', b'"d1","a",5,["x"]'),
        (b'"d1","a",5,"x"]', b'"d1","a",5,"x"]]'),
        (b'"d1","a",5,"x"]', b'"d1","a",5,"x"'),
        (b'"d1","a",5,"x"]', b'"d1","a",5,"x",\t]'),
        (b'"d1","a",5,"x"]', b'"d1","a",5,"x",  ]'),
        (b'"d1","a",5,"x"]', b'"d1","a",5,7,]'),
        (b'"d1","a",5,"x"]', b'"d1","a",5,["x",]]'),
        (b'"d1","a",5,"x"]', b'"d1","a",5,{"a":[1, \t]}]'),
        (b'"d1","a",5,"x"]', b'"d1","a",5,{"a":1,}]'),
        (b'"d1","a",5,"x"]', b'"d1","a",5,nan]'),
        (b'"d1","a",5,"x"]', b'"d1","a",5,[-inf]]'),
        (b'"d1","a",5,"x"]', b'"d1","a",5,"x"],[[4000000,5,1]'),  # two lines in one
        (b'["a.b","x"', b'[["a.b","x"'),
        (b'["a.b","x","d1"', b'["a.b","x"x,"d1"'),  # what the answer says otherwise
        (b'["a.b","x","d1"', b'["a.b",nul,"d1"'),
        (b'"p1",null,null', b'"p1",nul,null'),
        (b'null,"y"]]', b'null,y]]'),
        (b'null,"y"]]', b'null,"y"]]]'),
        (b'null,"y"]]', b'null,"y"]'),
        (b'null,"y"]]', b'null,"y"],[]]'),
        (b',1],["a.b"', b',01],["a.b"'),
        (b',1],["a.b"', b',+1],["a.b"'),
        (b',1],["a.b"', b',1,1],["a.b"'),
        (b',1],["a.b"', b'],["a.b"'),
        (b',1],["a.b"', b',2],["a.b"'),
        (b',1],["a.b"', b',0],["a.b"'),
        (b',1],["a.b"', b',1.0],["a.b"'),
        (b',1],["a.b"', b',true],["a.b"'),
        (b'[[4000000,', b'[[4e6,'),
        (b'[[4000000,', b'[[-4000000000000000000,'),
        (b'[[4000000,', b'[["4000000",'),
        (b'[[4000000,', b'[['),
        (b'[[4000000,', b'[4000000,'),
        (b'],[1,', b'],[1.0,'),
        (b'],[1,', b'],[01,'),
        (b'],[1,', b'],[2,'),
        (b'],[1,', b'],[0,'),
        (b'],[1,', b'],[-1,'),
        (b'],[1,', b'],[true,'),
        (b'],[1,', b'],["1",'),
        (b'],[1,', b'],[[1],'),
        (b'],[1,', b'],[null,1,'),
        (b'["a.b"', b'["a.b'),
        (b'["a.b"', b'["a.c"'),
        (b'["a.b"', b'["a.other"'),
        (b'["end",1]', b'["end",2]'),
        (b'["end",1]', b'["end"]'),
        (b'["end",1]', b'[["end",1]]'),
    ],
)  # fmt: skip
def test_a_line_that_is_no_json_or_says_what_cannot_be_is_seen_though_all_that_is_compared_agrees(
    tmp_path: Path, line: bytes, damaged: bytes
) -> None:
    """Undamaged it is settled (test_what_agrees_is_settled_where_a_text_has_no_escape_and_no_odd_end)."""
    path = a_run(tmp_path, [("ok", "a", "x", "y", 5)])
    data = path.read_bytes()
    assert line in data
    path.write_bytes(data.replace(line, damaged, 1))
    assert read_intents(intent_files(tmp_path), "run", 1).holes
    assert not both(tmp_path)


@pytest.mark.parametrize(
    ("line", "other", "count"),
    [
        (b'["a.b","x"', b'["a.b", "x"', 1),  # as JSON
        (b'"d1","a",5,"x"]', b'"d1","a",5,[["x"]]]', 1),
        (b'"d1","a",5,"x"]', b'"d1","a",5,["x"]]', 1),
        (b'"d1","a",5,"x"]', b'"d1","a",5,"]]"]', 1),
        (b'"d1","a",5,"x"]', b'"d1","a",5,1e5]', 1),
        (b'"d1","a",5,"x"]', b'"d1","a",5,18446744073709551617]', 1),
        (b'null,"y"]]', b'null,["y"]]]', 1),
        (b'null,"y"]]', b'null,[["y"]]]]', 1),
        (b'null,"y"]]', b'null,"y"] ]', -1),  # left to Python
        (b'"d1","a",5,"x"]', b'"d1","a",5,NaN]', -1),
        (b'"d1","a",5,"x"]', b'"d1","a",5,"],["]', -1),
        (b'"d1","a",5,"x"]', b'"d1","a",5,[[],[]]]', -1),
        (b',1],["a.b"', b', 1],["a.b"', -1),
        (b',1],["a.b"', b',1], ["a.b"', -1),
    ],
)  # fmt: skip
def test_a_line_that_is_written_otherwise_is_left_to_python_or_read_as_json(
    tmp_path: Path, line: bytes, other: bytes, count: int
) -> None:
    path = a_run(tmp_path, [("ok", "a", "x", "y", 5)])
    data = path.read_bytes()
    assert line in data
    path.write_bytes(data.replace(line, other, 1))
    assert not read_intents(intent_files(tmp_path), "run", 1).holes
    assert settled(tmp_path) == count


HEAD = b"[[4000000,5000000,2],"
OTHER = b'["a.other","x"]'


@pytest.mark.parametrize(
    "line",
    [
        HEAD + b'["a.b","x",1,"y","z"]]\n', HEAD + b'["a.b","x",1,"y","z",1,2]]\n',
        HEAD + b'["a.b","x","d","y",1,"z"],7]\n', HEAD + b'["a.b","x"]]\n', HEAD + b'["a.x","x"]]\n',
        b'[[4000000,5000000.5,2],["a.b","x","d","y",1,"z"]]\n', b'[[4000000,5000000,3],' + OTHER + b']\n',
        HEAD + b'["a.other","x","d","y",1,"z"]]\n', b"\n", HEAD + OTHER + b',[2,6,null]]\n',
        HEAD + OTHER + b',[2,6,null]]\n[[4000000,0,0],[2,7,null]]\n',
        HEAD + OTHER + b',[2,6,null],[2,7,null]]\n',
        HEAD + b'[2,6,null],' + OTHER + b']\n', b'[[4000000,0,0],[2,6,null]]\n' + HEAD + OTHER + b']\n',
        HEAD + OTHER + b']', HEAD + OTHER, b'["end",7]\n', b'["end",1]\n["end",1]\n', b'["end",1]\n\n',
        HEAD + b'["a.other","x,y"]]\n', HEAD + OTHER + b']\r\n', HEAD + b'["a.other",[1,2]]]\n',
        HEAD + b'["a.other",{"a":["b"]}]]\n[[4000000,0,0],[2,6,"a,b,c,d,e"]]\n', HEAD + b'["a.other"]]\n',
        HEAD + OTHER + b'],' + HEAD[1:] + OTHER + b']\n', HEAD + HEAD + OTHER + b']]\n', HEAD[:-1] + b']\n',
        (HEAD + OTHER + b']\n') * 2, HEAD + OTHER + b',' + OTHER + b']\n[[4000000,0,4],[3,6,null]]\n',
        HEAD + OTHER + b',[null,2,6,"fail",""]]\n', HEAD + OTHER + b',[null,2,6,"info","a, b"],[2,7,null]]\n',
        HEAD + OTHER + b',[null,2,6,"ok","x"]]\n', HEAD + OTHER + b',[null,2,6,"fail",7]]\n',
        HEAD + OTHER + b',[null,3,6,"fail","x"]]\n', HEAD + OTHER + b',[null,2,-6,"fail","x"]]\n',
        HEAD + OTHER + b',[2,99999999999999999999,null]]\n', HEAD + OTHER + b',[2]]\n',
        HEAD + OTHER + b',[]]\n',
        HEAD + OTHER + b',[2,1e5,null]]\n', HEAD + OTHER + b',[2,-0,null]]\n',
        HEAD + OTHER + b',[-0,5,null]]\n',
        b'["end",1]\n' + HEAD + OTHER + b']\n', HEAD + b'["end",1]]\n', HEAD + b'["a.\\u006fther","x"]]\n',
        '[[4000000,5000000,2],["a.other","x\u2028y"],[2,6,"\u2029"]]\n["end",2]\n'.encode(),
        b'[[4000000,0,7],[1,6,null,null,null,null,null]]\n["end",1]\n', HEAD + b'["a.other","\\ud800"]]\n',
        HEAD + b'["a.other",' + b'[' * 2000 + b']' * 2000 + b']]\n', HEAD + b'["a.other","\xff"]]\n',
    ],
)  # fmt: skip
def test_both_readers_say_the_same_of_lines_of_another_shape(tmp_path: Path, line: bytes) -> None:
    path = a_run(tmp_path, [("ok", "a", "x", "y", 5)])
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.rindex(b'["end"')] + line)
    both(tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        HEAD + OTHER + b']\n', HEAD + OTHER + b',[2,6,null]]\n["end",2]\n', b'["end",1]\n', b"",
        HEAD + b'["a.other","x,y"],["a.other",[1,2]],["a.other",-1.5],[3,6,"]"],[null,2,6,"info","a, b"]]\n',
        HEAD + b'["a.other",{"a":["b"]}]]\n[[4000000,0,0],[2,6,"a,b,c,d,e"]]\n["end", 2]\n',
    ],
)  # fmt: skip
def test_the_fast_reader_reads_what_is_whole(tmp_path: Path, line: bytes) -> None:
    path = a_run(tmp_path, [("ok", "a", "x", "y", 5)])
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.rindex(b'["end"')] + line)
    assert both(tmp_path)


def both(folder: Path) -> bool:
    """Whether the fast reader reads a run's files, after they were found to say what Python reads in them."""
    files, slow = intent_files(folder), read_intents(intent_files(folder), "run", 1)
    with duckdb.connect() as link:
        fast = IntentColumns(link, folder, files, {"a.b": NAMES["a.b"]}, {"a.b": ["tax"]})
        try:
            fast.open("run", 1)
            fast.load()
            writes = fast.rest()
        except (LeftToPython, duckdb.Error, UnicodeDecodeError):
            return False
    assert not slow.holes
    assert repr(dict(writes)) == repr(slow.writes)
    assert (fast.began_ms(), fast.ended_ms()) == (slow.began_ms, slow.ended_ms)
    return True


DEEP = st.recursive(
    VALUE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
)
ENTRY = st.one_of(
    st.tuples(st.just("intent"), st.just("a.b"), st.integers(5, 9), st.lists(DEEP, min_size=5, max_size=5)),
    st.tuples(st.just("intent"), st.just("a.other"), st.integers(5, 9), DEEP.map(lambda value: [value])),
    st.tuples(st.just("ok"), st.integers(1, 4), st.integers(5, 20), st.lists(DEEP, min_size=1, max_size=5)),
    st.tuples(st.sampled_from(["fail", "info"]), st.integers(1, 4), st.integers(5, 20), st.text(max_size=5)),
)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(ENTRY, max_size=9), st.integers(1, 5))
def test_both_readers_say_the_same_of_whatever_is_told(
    tmp_path_factory: pytest.TempPathFactory, told: list[Told], together: int
) -> None:
    folder = tmp_path_factory.mktemp("run")
    (folder / "receipts").mkdir()
    try:
        data = intent_file(NAMES, told, together=together)
    except TypeError:  # a number of more than 64 bits
        return
    (folder / "receipts" / "worker-0.jsonl").write_bytes(data)
    both(folder)


@pytest.mark.parametrize("together", [1, 2, 16])
def test_the_fast_reader_reads_what_a_load_process_writes(tmp_path: Path, together: int) -> None:
    told: list[Told] = []
    for n in range(1, 41):
        value = ["甲", "a, b", 'q"\\', ["x"], 2.5, None, -7, "]]", "u\u2028"][n % 9]
        told.append(("intent", "a.b", 5 + n // 8, [value, f"d{n}", "m", n, True]))
        if n % 5:
            said = [f"p{n}", None, value, None, None]
            told.append(("ok", n, 6 + n, said) if n % 3 else ("info", n, 7, "a, [b"))
    (tmp_path / "receipts").mkdir()
    (tmp_path / "receipts" / "worker-0.jsonl").write_bytes(intent_file(NAMES, told, together=together))
    assert both(tmp_path)


@pytest.mark.parametrize("before", ["", "a", "aa"])
def test_a_line_of_no_json_is_told_wherever_a_message_of_it_is_cut(tmp_path: Path, before: str) -> None:
    """A message of DuckDB's is cut in the middle of one of the characters, and is no UTF-8 then."""
    path = a_run(tmp_path, [("ok", before + "甲" * 80, "x", "y", 5), ("ok", "b", "x", "y", 5)])
    path.write_bytes(path.read_bytes().replace('甲",'.encode(), '甲",,'.encode()))
    assert settled(tmp_path) == -1
    (hole,) = read_intents(intent_files(tmp_path), "run", 1).holes
    assert hole.line == 2
