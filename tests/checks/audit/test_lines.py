"""Lines of intents in DuckDB: what is settled by them is what Python reads in them, or all is left to it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renhai.checks.audit.matching import matched
from renhai.checks.audit.whole import Gathering, Sources, named_fields
from results.checks.audit.document import document
from results.checks.audit.intents import intent_files, read_intents
from results.checks.values import text
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
    lines: list[list[Any]] = [["renhai-intents", 1, "run", 0, NAMES, False]]
    with (folder / "e.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["pzxh", "djxh", "name", "tax"])
        for number, (fate, name, asked, said, tax) in enumerate(rows, 1):
            at = 1_441_900_000_000 + number
            lines.append(["intent", number, "a.b", at, [asked, f"d{number}", name, tax, asked]])
            if fate == "ok":
                lines.append(["ok", number, at + 9, [f"p{number}", None, None, None, said]])
            elif fate == "fail":
                lines.append(["fail", number, at + 9, "a reason, with [ and \\"])
            yuan = f"{tax // 100}.{tax % 100:02d}" if type(tax) is int and tax >= 0 else text(tax)
            table.writerow([f"p{number}", f"d{number}", text(name), yuan])
    lines.append(["end", len(rows)])
    path = folder / "receipts" / "worker-0.jsonl"
    path.write_bytes(b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines))
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
        (b'"d1","a",5,"x"]]', b'"d1","a",5,"x"1]]'),  # what nothing goes by is no JSON any more
        (b'"d1","a",5,"x"]]', b'"d1","a",5,x]]'),
        (b'"d1","a",5,"x"]]', b'"d1","a",5,"x""]]'),
        (b'"d1","a",5,"x"]]', b'"d1","a",5,01]]'),
        (b'"d1","a",5,"x"]]', b'"d1","a",5,]]'),
        (b'"d1","a",5,"x"]]', b'"d1","a",5,"x",]]'),
        (b'"d1","a",5,"x"]]', b'"d1","a",5,"x", ]]'),
        (b'"d1","a",5,"x"]]', b'"d1","a",5,"x"],]'),
        (b'"d1","a",5,"x"]]', b'"d1","a",5,["x"]]'),
        (b'"d1","a",5,"x"]]', b'"d1","a",5,"x"]]]'),
        (b'"d1","a",5,"x"]]', b'"d1","a",5,"x",\t]]'),
        (b'"d1","a",5,"x"]]', b'"d1","a",5,"x",  ]]'),
        (b'"d1","a",5,"x"]]', b'"d1","a",5,7,]]'),
        (b'"d1","a",5,"x"]]', b'"d1","a",5,["x",]]]'),
        (b'"d1","a",5,"x"]]', b'"d1","a",5,{"a":[1, \t]}]]'),
        (b'"d1","a",5,"x"]]', b'"d1","a",5,{"a":1,}]]'),
        (b'"d1","a",5,"x"]]', b'"d1","a",5,nan]]'),
        (b'"d1","a",5,"x"]]', b'"d1","a",5,[-inf]]]'),
        (b'"d1","a",5,"x"]]', b'"d1","a",5,NaN]]'),  # Python takes that
        (b'5,["x","d1"', b'5,["x"x,"d1"'),  # what the answer says otherwise
        (b'5,["x","d1"', b'5,[nul,"d1"'),
        (b'"p1",null,null', b'"p1",nul,null'),
        (b'null,"y"]]', b'null,y]]'),
        (b'["intent",1,', b'["intent",01,'),
        (b'["intent",1,', b'["intent", 1,'),
        (b'["intent",1,', b'["intent",+1,'),
        (b'["ok",1,', b'["ok",1.0,'),
        (b'"a.b"', b'"a.b'),
    ],
)  # fmt: skip
def test_a_line_that_is_no_json_is_seen_though_all_that_is_compared_agrees(
    tmp_path: Path, line: bytes, damaged: bytes
) -> None:
    path = a_run(tmp_path, [("ok", "a", "x", "y", 5)])
    assert settled(tmp_path) == 1
    data = path.read_bytes().replace(b"1441900000001", b"5")
    assert line in data
    path.write_bytes(data.replace(line, damaged, 1))
    holes = read_intents(intent_files(tmp_path), "run", 1).holes
    assert bool(holes) == (damaged not in (b'["intent", 1,', b'["ok",1.0,', b'"d1","a",5,NaN]]'))
    assert (settled(tmp_path) == -1) == bool(holes)


@pytest.mark.parametrize(
    "line",
    [
        b'["intent",2,"a.b",5,["x",1,"y","z"]]\n', b'["intent",2,"a.b",5,["x",1,"y","z",1,2]]\n',
        b'["intent",2,"a.b",5,["x",1,"y","z",1],7]\n', b'["intent",2,"a.b",5.5,["x","d","y",1,"z"]]\n',
        b'["intent",3,"a.b",5,["x","d","y",1,"z"]]\n', b'["intent",2,"a.x",5,["x","d","y",1,"z"]]\n',
        b'["intent",2,"a.b",5,["x"]]\n', b'["intent",2,"a.other",5,["x","d","y",1,"z"]]\n',
        b'["intent",2,"a.other",5,["x"]]\n["ok",2,6,["p",null,null,null,null]]\n', b"\n",
        b'["intent",2,"a.other",5,["x"]]\n["ok",2,6,[null]]\n["ok",2,7,[null]]\n',
        b'["ok",2,6,[null]]\n["intent",2,"a.other",5,["x"]]\n', b'["intent",2,"a.other",5,["x"]',
        b'["end",7]\n',
        b'["intent",2,"a.other",5,["x,y"]]\n', b'["intent",2,"a.other",5,["x"]]\r\n',
        b'["intent",2,"a.other",5,[[1,2]]]\n',
        b'["intent",2,"a.other",5,[{"a":["b"]}]]\n["ok",2,6,["a,b,c,d,e"]]\n',
    ],
)  # fmt: skip
def test_one_account_of_lines_of_another_shape(tmp_path: Path, line: bytes) -> None:
    path = a_run(tmp_path, [("ok", "a", "x", "y", 5)])
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.rindex(b'["end"')] + line)
    settled(tmp_path)


@pytest.mark.parametrize("before", ["", "a", "aa"])
def test_a_line_of_no_json_is_told_wherever_a_message_of_it_is_cut(tmp_path: Path, before: str) -> None:
    """A message of DuckDB's is cut in the middle of one of the characters, and is no UTF-8 then."""
    path = a_run(tmp_path, [("ok", before + "甲" * 80, "x", "y", 5), ("ok", "b", "x", "y", 5)])
    path.write_bytes(path.read_bytes().replace('甲",'.encode(), '甲",,'.encode()))
    assert settled(tmp_path) == -1
    (hole,) = read_intents(intent_files(tmp_path), "run", 1).holes
    assert hole.line == 2
