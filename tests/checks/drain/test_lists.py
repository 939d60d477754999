"""The lists that people keep: stock counted blind, bookings, papers; none that is wrong proves anything."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from generators.taxpayers.population import Population
from renhai.checks.drain.lists import rows_of
from renhai.core.errors import UsageError
from tests.checks.drain.looking import (
    AFTER,
    BEFORE,
    BOOKED,
    DUE,
    ELEVEN,
    HEAD,
    PAPER,
    STOCK,
    TEN,
    counted,
    look,
)
from tests.docs.markdown import ROOT


def test_a_stock_that_is_all_there(hall: None) -> None:
    assert counted() == ("pass", [])


def test_a_count_that_was_not_blind_proves_nothing(hall: None) -> None:
    verdict, problems = counted(STOCK.replace("by: b, blind: true", "by: b"))
    assert (verdict, len(problems)) == ("inconclusive", 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        HEAD,
        HEAD + "2007,43,100,001\n",
        HEAD + "2007,43,1x,2\n",
        "kind,code\n2007,43\n",
        HEAD + "2007,43,1,2,3\n",
    ],
)
def test_books_that_cannot_be_read_prove_nothing(hall: None, text: str) -> None:
    Path("old.csv").write_text(text, encoding="utf-8")
    verdict, problems = counted()
    assert (verdict, len(problems) >= 1) == ("inconclusive", True)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "old.csv has no column kind"),
        (b"Kind,code,first,last\n", "old.csv has no column kind; it has Kind, code, first, last"),
        (b"kind,code,first,last,first\n2007,43,001,100,1\n", "old.csv has the column first twice; which"),
        (f"{HEAD}2007,43,001,100,\n长,,,\n".encode("gbk"), "old.csv:3: is no utf-8; say its encoding"),
        (f'{HEAD}2007,43,001,"100\n'.encode(), "old.csv is no CSV: unexpected end of data"),
        (f"{HEAD}2007,43,001".encode(), "old.csv:2: has more or fewer columns than its head"),
        (f"{HEAD}2007,4.3001E+11,001,100\n".encode(), "old.csv:2: the code 4.3001E+11 is a number that a"),
        (None, "old.csv cannot be read: Is a directory"),
    ],
)
def test_books_are_told_with_their_line(hall: None, content: bytes | None, said: str) -> None:
    path = Path("old.csv")
    path.unlink()
    path.mkdir() if content is None else path.write_bytes(content)
    verdict, problems = counted()
    assert verdict == "inconclusive"
    assert problems[0].startswith(said)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_lists_may_begin_with_the_mark_that_excel_writes(
    hall: None, system: dict[str, list[dict[str, Any]]], encoding: str
) -> None:
    text = STOCK.replace("checker.csv", f"checker.csv, encoding: {encoding}")
    Path("checker.csv").write_text(f"\ufeff{HEAD}2007,43,001,100\n", encoding=encoding)
    assert counted(text) == ("pass", [])
    for drain, file, rows in (
        (BOOKED, "booked.csv", "税号,名称\n1,甲\n"),
        (PAPER, "paper.csv", f"税号,税额,时间\n1,12.50,{TEN}\n"),
    ):
        Path("drain.yaml").write_text(drain.replace(file, f"{file}, encoding: {encoding}"), encoding="utf-8")
        Path(file).write_text(f"\ufeff{rows}", encoding=encoding)
        system["/filings"][:] = [{"received": AFTER, "nsrsbh": "1", "ybtse": "12.5", "blsj": TEN}]
        assert look()["verdict"] == "pass"


@pytest.mark.parametrize(("encoding", "name"), [("gb18030", "\u9fb4"), ("utf-8", "\ue81e")])
def test_a_code_of_gbk_is_the_character_that_it_means_today(tmp_path: Path, encoding: str, name: str) -> None:
    text = b"\xfe\x59" if encoding == "gb18030" else b"\xee\xa0\x9e"
    (tmp_path / "paper.csv").write_bytes(b"id,name\n1," + text + b"\n")
    assert rows_of(tmp_path, "paper.csv", encoding, ["name"]) == ([{"id": "1", "name": name}], "")


def test_one_person_does_not_count_twice(hall: None) -> None:
    with pytest.raises(UsageError, match="two people count"):
        counted(STOCK.replace("by: b", "by: a"))


@pytest.mark.parametrize(
    ("served", "verdict"),
    [
        ([("1", AFTER), ("2", AFTER)], "pass"),
        ([("1", AFTER), ("2", AFTER), ("3", AFTER)], "fail"),
        ([("1", AFTER), ("2", AFTER), ("3", BEFORE)], "pass"),  # before the trial began
        ([("1", AFTER)], "inconclusive"),  # the second did not come
        ([("1", AFTER), ("2", "")], "inconclusive"),
        ([], "inconclusive"),
    ],
)
def test_who_was_served_without_a_booking_is_found_by_name(
    system: dict[str, list[dict[str, Any]]], served: list[tuple[str, str]], verdict: str
) -> None:
    Path("drain.yaml").write_text(BOOKED, encoding="utf-8")
    Path("booked.csv").write_text("税号,名称\n1,甲\n2,乙\n", encoding="utf-8")
    system["/filings"][:] = [{"received": at, "nsrsbh": who, "nsrmc": f"户{who}"} for who, at in served]
    found = look()
    assert found["verdict"] == verdict
    if verdict == "fail":
        (one,) = found["unbooked"]
        assert (one["taxpayer"], one["called"], one["writes"]) == ("3", "户3", 1)
        assert [(row["kind"], row["count"]) for row in found["faults"]] == [("not_booked", 1)]


@pytest.mark.parametrize(
    "text",
    ["", "税号,名称\n", "number,名称\n1,甲\n", "税号,名称\n1,甲\n1,乙\n", "税号,名称\n,甲\n",
     "税号,税号\n1,2\n", "税号,名称\n1\n", "税号,名称\n1,甲,乙\n"],
)  # fmt: skip
def test_a_list_of_bookings_that_cannot_be_used_proves_nothing(
    system: dict[str, list[dict[str, Any]]], text: str
) -> None:
    Path("drain.yaml").write_text(BOOKED, encoding="utf-8")
    Path("booked.csv").write_text(text, encoding="utf-8")
    system["/filings"][:] = [{"received": AFTER, "nsrsbh": "1"}]
    assert look()["verdict"] == "inconclusive"


@pytest.mark.parametrize(
    ("entered", "kinds"),
    [
        ([("1", 12.5, TEN), ("2", 7, ELEVEN)], []),
        ([("1", 12.5, TEN), ("2", 7, ELEVEN), ("3", 1, TEN)], []),  # somebody else's, not from paper
        ([("1", 12.5, TEN)], ["not_entered"]),
        ([("1", 12.5, TEN), ("2", 7, ELEVEN), ("2", 7, ELEVEN)], ["entered_twice", "other_time"]),
        ([("1", 12.5, ELEVEN), ("2", 7, ELEVEN)], ["other_time"]),
        ([("1", 12.5, ""), ("2", 7, ELEVEN)], ["other_time"]),
        ([("1", 12.51, TEN), ("2", 7, ELEVEN)], ["not_entered"]),
        ([("1", "12.50", "2015-09-28T10:00:59+08:00"), ("2", "7", ELEVEN)], []),
        ([("1", 12.5, TEN), ("2", 7.0, ELEVEN)], []),
    ],
)
def test_what_was_done_on_paper_is_entered_once_with_its_time(
    system: dict[str, list[dict[str, Any]]], entered: list[tuple[str, Any, str]], kinds: list[str]
) -> None:
    Path("drain.yaml").write_text(PAPER, encoding="utf-8")
    Path("paper.csv").write_text(f"税号,税额,时间\n1,12.50,{TEN}\n2,7,{ELEVEN}\n", encoding="utf-8")
    system["/filings"][:] = [{"nsrsbh": a, "ybtse": b, "blsj": c} for a, b, c in entered]
    found = look()
    assert sorted(row["kind"] for row in found["faults"]) == kinds
    assert found["verdict"] == ("fail" if kinds else "pass")


@pytest.mark.parametrize(
    "text",
    ["", "税号,税额,时间\n", "税号,税额\n1,2\n", "税号,税额,时间\n1,2,\n",
     f'税号,税额,时间\n1,12.50,{TEN}\n"2,7,{ELEVEN}\n'],  # a quote that swallows the second paper
)  # fmt: skip
def test_papers_that_cannot_be_read_prove_nothing(system: dict[str, list[dict[str, Any]]], text: str) -> None:
    Path("drain.yaml").write_text(PAPER, encoding="utf-8")
    Path("paper.csv").write_text(text, encoding="utf-8")
    assert look()["verdict"] == "inconclusive"


@pytest.mark.parametrize(
    ("stored", "day", "verdict"),
    [
        ("2015-10-23T15:59:59+00:00", "2015-10-23", "pass"),  # the last second of that day in China
        ("2015-10-23T16:00:00+00:00", "2015-10-23", "fail"),
        ("", "2015-10-23", "fail"),
        (TEN, "23 October", "inconclusive"),
        (TEN, "2015-10-23T08:00:00", "inconclusive"),
        (TEN, "", "inconclusive"),
    ],
)
def test_a_paper_may_be_entered_until_its_last_day(
    system: dict[str, list[dict[str, Any]]], stored: str, day: str, verdict: str
) -> None:
    Path("drain.yaml").write_text(DUE, encoding="utf-8")
    Path("paper.csv").write_text(f"税号,税额,期限\n1,12.50,{day}\n", encoding="utf-8")
    system["/filings"][:] = [{"nsrsbh": "1", "ybtse": "12.5", "received": stored}]
    found = look()
    assert found["verdict"] == verdict
    assert [row["kind"] for row in found["faults"]] == (["after_due"] if verdict == "fail" else [])


def test_the_booked_of_changsha_are_those_whom_its_pre_run_serves() -> None:
    with (ROOT / "scenarios" / "changsha" / "golive" / "booked.csv").open(encoding="utf-8") as file:
        booked = [(row["登记序号"], row["税号"], row["名称"]) for row in csv.DictReader(file)]
    people = Population(20151007, "gt3_2015")
    served = [people.taxpayer(number) for number in range(150)]
    assert booked == [(one.djxh, one.taxpayer_id, one.name) for one in served]


@pytest.mark.parametrize(
    ("keeper", "checker", "verdict", "said"),
    [
        ("1,100", "001,100", "pass", ""),  # a spreadsheet took the noughts away
        ("0001,0100", "001,100", "inconclusive", "2007 43 has numbers of 3 digits and of 4"),
        ("001,100", "1,0100", "inconclusive", "2007 43 has numbers of 3 digits and of 4"),
        ("001,0100", "001,100", "inconclusive", "which are numbers of two lengths"),
        ("01,100", "001,100", "inconclusive", "which are numbers of two lengths"),
    ],
)
def test_numbers_with_more_noughts_are_other_papers(
    hall: None, keeper: str, checker: str, verdict: str, said: str
) -> None:
    for name, numbers in (("keeper", keeper), ("checker", checker)):
        Path(f"{name}.csv").write_text(f"{HEAD}2007,43,{numbers}\n", encoding="utf-8")
    found, problems = counted()
    assert found == verdict
    assert all(said in one for one in problems[:1]) and bool(problems) is bool(said)


def test_numbers_beyond_any_word_of_a_machine_are_counted_one_by_one(hall: None) -> None:
    last = 10**29
    for name in ("old", "keeper", "checker"):
        Path(f"{name}.csv").write_text(f"{HEAD}2007,43,{last},{last + 1}\n", encoding="utf-8")
    assert counted() == ("pass", [])
    Path("keeper.csv").write_text(f"{HEAD}2007,43,{last},{last}\n", encoding="utf-8")
    assert counted()[0] == "fail"


@pytest.mark.parametrize("other", ["./keeper.csv", "link.csv", "old.csv"])
def test_a_list_that_is_held_against_itself_proves_nothing(hall: None, other: str) -> None:
    Path("link.csv").hardlink_to("keeper.csv")
    verdict, problems = counted(STOCK.replace("checker.csv", other))
    assert (verdict, len(problems)) == ("inconclusive", 1)
    assert "which proves nothing" in problems[0]
