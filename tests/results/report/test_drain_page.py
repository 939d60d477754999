"""The page of a drain: each figure is that of drain.json, and what was not read does not look fine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from results.checks.drain.document import Entered, Holder, Late, Unbooked, drain_document
from results.checks.drain.ranges import NumberRange, differences, numbers
from results.report.html.checks.drain import MOST, render_drain, span, write_drain
from tests.results.report.browsing import browse, needs_chromium
from tests.results.report.test_replay_page import text_of

AT, UNTIL = "2015-09-28T10:00:00+00:00", "2015-09-28T18:00:00+08:00"


def stock(*shelf: tuple[int, int]) -> dict[str, Any]:
    """A hundred numbers of the old books and what lies on the shelf, counted alike by two."""
    old = [NumberRange("2007", "4300", 1, 100)]
    there = [NumberRange("2007", "4300", *pair) for pair in shelf]
    found = differences({"old": old, "keeper": there, "checker": there})
    return {"numbers": {"old": numbers(old), "keeper": numbers(there)}, "differences": found, "problems": []}


def found(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "still_open": {}, "late": [], "stock": None, "problems": [], "looked_at": ["在途流程"], **changes
    }  # fmt: skip
    return drain_document("hall", AT, UNTIL, True, **given)


ALL = found(
    still_open={Holder("在途流程", "A<b>", "", "14301240000", "张三"): 1234, Holder("应征未征"): 1},
    late=[Late("申报", UNTIL, 3, "2015-09-28T10:00:05+00:00", {"14301240000": 2, "": 1}, {})],
    unbooked=[Unbooked("登记", "430103", "某公司", 2, AT)],
    entered=[Entered("纸质申报", "entered_twice", 4, {"凭证序号": "77"})],
    stock=stock((1, 60), (64, 100), (101, 101)),
)


def test_every_kind_of_finding_is_told_with_its_figure_in_both_languages() -> None:
    page = render_drain(ALL)
    english, chinese = text_of(page, "en"), text_of(page, "zh")
    assert "NOT DRAINED hall 1,235 are open; nothing may be at 2015-09-28T18:00:00+08:00" in english
    assert (
        "still open 1,235 stored after their stop 3 served and not booked 1 paper cases not as they are 4 "
        "numbers not accounted for 4" in english
    )
    assert "在途流程 A&lt;b&gt; – 14301240000 张三 1,234" in english
    assert "应征未征 – – – – 1" in english
    assert f"申报 {UNTIL} 3 2015-09-28T10:00:05+00:00 14301240000 2" in english
    assert f"登记 430103 某公司 2 {AT}" in english
    assert "纸质申报 entered twice 77 4" in english and "纸质申报 重复补录 77 4" in chinese
    assert "on nobody's shelf – 2007 4300 00000061-00000063 3 –" in english.replace("&#39;", "'")
    assert "账外 – 2007 4300 00000101 1 –" in chinese
    assert "old books 100 keeper 98" in english and "旧账 100 保管人 98" in chinese
    assert '<body class="fail">' in page and "A<b>" not in page
    left = re.findall(r"[A-Za-z]{2,} [a-z]{2,}", chinese)
    assert left == [], left


def test_nothing_that_stands_against_it_is_one_screen_of_noughts() -> None:
    page = render_drain(found(stock=stock((1, 100))))
    english = text_of(page, "en")
    assert "DRAINED hall 0 are open" in english
    assert '<body class="pass">' in page and 'class="bad"' not in page
    assert "Every number was found once." in english
    assert "Still open" not in english
    assert "numbers not accounted for –" in text_of(render_drain(found()), "en"), "none was counted"


@pytest.mark.parametrize("why", ["the checker's count is not blind: it proves nothing", "x"])
def test_what_was_not_read_is_told_and_never_looks_fine(why: str) -> None:
    taken = {**stock((1, 100)), "problems": [why]}
    page = render_drain(found(stock=taken))
    assert '<body class="inconclusive">' in page
    assert "CANNOT DECIDE" in page and "Every number was found once." not in page
    assert "? " + why in text_of(page, "en").replace("&#39;", "'")


def test_rows_beyond_those_of_the_page_are_counted() -> None:
    many = found(still_open={Holder(f"n{n:04}"): 1 for n in range(MOST + 3)})
    assert "and 3 more, in drain.json" in text_of(render_drain(many), "en")


def test_a_range_of_one_number_is_that_number() -> None:
    assert span({"first": 7, "last": 7, "width": 4}) == "0007"
    assert span({"first": 7, "last": 12, "width": 4}) == "0007-0012"


@needs_chromium
def test_it_fits_a_phone(tmp_path: Path) -> None:
    saw, console = browse(write_drain(tmp_path, ALL), "zh", tmp_path, 390)
    assert (saw["wide"], saw["asked"], console) == (0, [], [])
