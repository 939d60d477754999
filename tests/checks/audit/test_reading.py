"""Lists that page wrongly: what was not read to its end, or moved meanwhile, is never taken for the whole."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from renhai.binding.codec import Reply
from renhai.checks.audit.reading import MOST_EMPTY, read_each, read_list
from renhai.checks.audit.rows import not_yet_there, record, stored_at
from renhai.spec.cutover.journal.recorded import CHINA
from results.checks.audit.classes import Audit
from results.checks.audit.intents import Write
from results.checks.audit.model import Reading

NEXT = {"list": "a.list", "rows": "rows", "next": {"after": "next"}, "by": ["id"]}
PAGES = {"list": "a.list", "rows": "rows", "page": "page", "by": ["id"]}


class Answers:
    """A target of one operation; `tell` is given the fields and how often it was asked before."""

    def __init__(self, tell: Callable[[Mapping[str, Any], int], Any]) -> None:
        self.tell, self.asked = tell, 0

    def ask(self, operation: str, fields: Mapping[str, Any]) -> Reply:
        self.asked += 1
        assert self.asked < 100, "it is asked without end"
        return Reply("ok", self.tell(fields, self.asked - 1), "0", "")


def rows(*numbers: int) -> list[dict[str, int]]:
    return [{"id": number} for number in numbers]


def cursor(pages: Mapping[Any, tuple[list[Any], Any]], rule: Mapping[str, Any] = NEXT) -> Reading:
    """What is read of pages by the mark that they are asked by, the first by None."""

    def tell(fields: Mapping[str, Any], asked: int) -> dict[str, Any]:
        shown, mark = pages[fields.get("after")]
        return {"rows": shown, "next": mark}

    return read_list(Answers(tell), rule, 0, True)


def ids(found: Reading) -> list[Any]:
    return [one.values["id"] for one in found.records]


@pytest.mark.parametrize(
    ("pages", "read", "failed"),
    [
        ({None: (rows(1), "b"), "b": (rows(2), None)}, [1, 2], ""),
        ({None: (rows(1), "b"), "b": (rows(2), "")}, [1, 2], ""),
        # an empty page in the middle, as of a target that filters behind its pages
        ({None: (rows(1), "b"), "b": ([], "c"), "c": (rows(3), None)}, [1, 3], ""),
        # a target that names a next page even on the last one, which is empty and names itself
        ({None: (rows(1), "b"), "b": ([], "b")}, [1], ""),
        (
            {None: (rows(1), "b"), "b": (rows(2), "c"), "c": (rows(3), "b")},
            None,
            "a page that it gave before",
        ),
        ({None: (rows(1), "b"), "b": (rows(1), "c"), "c": (rows(2), None)}, None, "gave one page twice"),
        ({None: ([1, 2], None)}, None, "a row that is no object"),
        ({None: (rows(1), "b"), "b": ([None], None)}, None, "a row that is no object"),
    ],
)
def test_pages_are_read_to_their_end_or_the_list_is_not_whole(
    pages: dict[Any, tuple[list[Any], Any]], read: list[int] | None, failed: str
) -> None:
    found = cursor(pages)
    assert (failed in found.failed) is True
    assert bool(found.failed) is bool(failed)
    assert read is None or ids(found) == read


def test_empty_pages_without_end_are_given_up() -> None:
    asker = Answers(lambda fields, asked: {"rows": [] if asked else rows(1), "next": f"t{asked}"})
    found = read_list(asker, NEXT, 0, True)
    assert f"gave {MOST_EMPTY + 1} pages without a row" in found.failed


@pytest.mark.parametrize(
    ("total", "failed"), [(3, ""), ("3", ""), (4, "says 4"), (None, "says nothing"), (2, "2")]
)
def test_a_total_that_is_another_is_told(total: Any, failed: str) -> None:
    shown = {1: rows(1, 2), 2: rows(3), 3: []}
    asker = Answers(lambda fields, asked: {"rows": shown[fields["page"]], "n": total})
    found = read_list(asker, {**PAGES, "total": "n"}, 0, True)
    assert ids(found) == [1, 2, 3]
    assert (failed in found.failed) and bool(found.failed) is bool(failed)


def test_a_target_that_knows_no_pages_gives_one_for_ever() -> None:
    found = read_list(Answers(lambda fields, asked: {"rows": rows(1, 2)}), PAGES, 0, True)
    assert "gave one page twice" in found.failed


def listed(*turns: list[dict[str, int]]) -> Reading:
    """Two rows a page; each time that its first page is asked the list shows the next of these turns."""
    turn = -1

    def tell(fields: Mapping[str, Any], asked: int) -> dict[str, Any]:
        nonlocal turn
        turn += fields["page"] == 1
        first = 2 * (fields["page"] - 1)
        return {"rows": turns[turn][first : first + 2]}

    return read_list(Answers(tell), PAGES, 0, True)


def test_a_row_that_two_pages_show_is_read_again_before_it_is_called_a_second_one() -> None:
    moved = rows(
        1, 2, 2, 3
    )  # a row came in front while it was read: the page behind shows its last row again
    assert ids(listed(moved, rows(0, 1, 2, 3))) == [0, 1, 2, 3]
    stored_twice = listed(moved, moved)
    assert (ids(stored_twice), stored_twice.failed) == ([1, 2, 2, 3], "")
    assert "what it lists moves" in listed(moved, rows(0, 1, 1, 2)).failed
    assert ids(listed(rows(1, 1, 2, 3))) == [1, 1, 2, 3]  # on one page it is there twice


def test_an_answer_that_is_no_record_leaves_its_write_unread() -> None:
    write = Write((0, 1, 0), "a.b", "ok", 0, 1, {"id": "7"})
    rule = {"read": "a.query", "rows": "rows", "by": ["id"]}
    found = read_each(Answers(lambda fields, asked: {"rows": ["7"]}), rule, [write], 0, True)
    assert (found.records, list(found.unread)) == ([], [(0, 1, 0)])


def test_ids_of_few_digits_may_be_another_s_and_a_longer_one_is_nobody_s() -> None:
    """p6 is what p1 is turned to."""
    every = [Write((0, n, 0), "a.b", "ok", 1, 2, {"id": f"p{n}"}) for n in range(10)]
    rule = {"read": "a.query", "by": ["id"]}
    assert read_each(Answers(lambda fields, asked: dict(fields)), rule, every, 0, True).failed
    known = {one.values["id"] for one in every}
    honest = Answers(lambda fields, asked: {"id": fields["id"] if fields["id"] in known else ""})
    found = read_each(honest, rule, every, 0, True)
    assert (found.failed, len(found.records), found.doubts) == ("", 10, {})


@pytest.mark.parametrize(
    ("answer", "rows", "doubt"),
    [
        (lambda n: {"id": f"p10{3 - n}"}, "", "a.query asked for id p101 showed a record of p102"),
        (lambda n: {"id": f"p10{n}"}, "", ""),
        (lambda n: {"no": n}, "", ""),  # whose it is is not said
        (lambda n: {"rows": [{"id": "p101"}, {"id": "p102"}]}, "rows", ""),  # all of them, whatever is asked
        (
            lambda n: {"rows": [{"id": f"p10{3 - n}"}]},
            "rows",
            "a.query asked for id p101 showed a record of p102",
        ),
        (lambda n: {"rows": []}, "rows", ""),
    ],
)
def test_an_answer_that_shows_another_record_than_was_asked_for_is_doubted(
    answer: Callable[[int], Any], rows: str, doubt: str
) -> None:
    """Each is shown once, so that nothing seems to be lost."""
    rule = {"read": "a.query", "by": ["id"], "rows": rows}
    asker = Answers(
        lambda fields, asked: answer(int(fields["id"][-1])) if len(fields["id"]) == 4 else {"id": ""}
    )
    found = read_each(asker, rule, [one(1), one(2)], 0, True)
    assert [*found.doubts.values()] == ([doubt] if doubt else [])
    account = Audit("a.b", rule).judge([one(1), one(2)], found)
    assert (doubt in account.problems) is bool(doubt)


def one(n: int) -> Write:
    return Write((0, n, 0), "a.b", "ok", 1, 2, {"id": f"p10{n}", "djxh": f"d{n}"})


@pytest.mark.parametrize(
    ("answer", "echo"),
    [
        (lambda asked: {**asked}, True),  # what was asked, and nothing else
        (lambda asked: {**asked, "djxh": "d1"}, True),
        (lambda asked: {"id": asked.get("id", "p101"), "djxh": "d1"}, True),
        (lambda asked: {"id": "p101", "djxh": "d1"}, False),  # always the same record, which is there
        (lambda asked: {**asked} if len(asked.get("id", "")) < 6 else {"id": ""}, False),  # it may be there
        (lambda asked: {**asked} if asked.get("id") in ("p101", "p102") else {"id": ""}, False),
        (lambda asked: {**asked} if asked.get("djxh") in ("d1", "d2") else {"id": ""}, False),
    ],
)
def test_a_target_that_says_back_whatever_it_is_asked_for_shows_nothing(
    answer: Callable[[Mapping[str, Any]], Any], echo: bool
) -> None:
    rule = {"read": "a.query", "by": ["id"], "key": ["djxh"]}
    found = read_each(Answers(lambda fields, asked: answer(fields)), rule, [one(1), one(2)], 0, True)
    assert bool(found.failed) is echo
    assert bool(found.records) is not echo
    if echo:
        assert found.failed.startswith("a.query shows a record of id p6569999, which nobody was given")
        account = Audit("a.b", rule).judge([one(1), one(2)], found)
        assert (account.counts["unverified"], account.counts["stable"]) == (2, 0)


@pytest.mark.parametrize(
    "value",
    [
        1441065600, 1441065600.0, "1441065600", 1441065600000, 1441065600000000, 1441065600 * 10**9,
        "2015-09-01T00:00:00Z", "2015-09-01 08:00:00+08:00", "2015/9/1 8:00+08:00",
        "2015/09/01 08:00:00+0800",
    ],
)  # fmt: skip
def test_a_time_is_read_however_it_is_written(value: Any) -> None:
    assert stored_at(value) == 1441065600000


def test_digits_alone_are_a_day_and_an_hour_and_no_count() -> None:
    day = stored_at("2015-09-01 00:00:00")
    assert day is not None
    assert stored_at("20150901") == stored_at(20150901) == stored_at("2015-9-1 0:00") == day
    assert stored_at("20150901080005") == day + (8 * 3600 + 5) * 1000
    assert stored_at("20150901080005123") == day + (8 * 3600 + 5) * 1000 + 123


def test_a_time_without_a_zone_is_of_the_zone_that_is_said() -> None:
    for value in ("2015-09-01 08:00:00", "2015/9/1 8:00", "20150901080000", datetime(2015, 9, 1, 8)):
        assert stored_at(value, CHINA) == 1441065600000
    assert stored_at("2015-09-01T08:00:00+00:00", CHINA) == 1441065600000 + 8 * 3_600_000


@pytest.mark.parametrize("machine", ["UTC", "Asia/Shanghai", "America/New_York"])
@pytest.mark.parametrize(("zone", "moved_h"), [(None, 0), ("+08:00", 0), ("+00:00", 8), ("-05:30", 13.5)])
def test_a_time_of_a_record_without_a_zone_is_of_the_rule_s_whatever_the_machine_s_is(
    monkeypatch: pytest.MonkeyPatch, machine: str, zone: str | None, moved_h: float
) -> None:
    rule = {"since": "at", **({"zone": zone} if zone else {})}
    monkeypatch.setenv("TZ", machine)
    time.tzset()
    try:
        for text in ("2015-09-01 08:00:00", "20150901080000", datetime(2015, 9, 1, 8)):
            assert record({"at": text}, rule, {}).at_ms == 1441065600000 + moved_h * 3_600_000
        assert record({"at": "2015-09-01T00:00:00Z"}, rule, {}).at_ms == 1441065600000
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    "value", ["", None, True, "yesterday", "nan", "inf", "1e999", "2015/13/1", [], -99999999999]
)
def test_what_is_no_time_is_none(value: Any) -> None:
    assert stored_at(value) is None


def test_what_is_found_twice_in_a_second_is_kept_twice_in_order(tmp_path: Path) -> None:
    paths = []
    for _ in range(5):
        paths.append(not_yet_there(tmp_path))
        paths[-1].touch()
    assert len(set(paths)) == 5 and paths == sorted(paths)
    assert all(re.fullmatch(r"\d{8}T\d{9}Z\.json", path.name) for path in paths)
