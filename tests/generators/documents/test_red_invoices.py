"""Red invoices as a month has them: to the buyer and of the goods of their original, whatever was renamed
between."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.books.issued import Slip, slips
from generators.books.market import LATEST, accounts_of, someone_of
from generators.books.sales import ORDINARY, SPECIAL
from generators.calendar import period_in
from generators.documents.invoice import document_of, invoice, lines_of, range_in, red_invoice
from generators.documents.invoice_days import day_in
from generators.taxpayers.population import Population
from generators.taxpayers.register import NEWCOMERS, STANDING

SEED = 20150911
SPANS = {
    "codes of goods begin": (12 * 2016 + 1, 12 * 2016 + 6),
    "industries of 2017, short names": (12 * 2017 + 7, 12 * 2018 + 3),
    "digital": (12 * 2023 + 8, 12 * 2024 + 1),
    "finer short names": (12 * 2025 + 4, 12 * 2025 + 9),
}


def issued(index: int, month: int, kind: int) -> Iterator[dict[str, Any]]:
    """The invoices of a month, by the names and ids of its first day, as a data set has them."""
    when = period_in(month, "general")
    t = someone_of(SEED, when.start, index)
    since = t.registered_on if t.registered_on > when.start else ""
    found = slips(t, when, kind, accounts_of(t, when.year))
    for n, slip in enumerate(found):
        yield document_of(t, range_in(t, when, "general", kind), n, slip, day_in(when, slip.place, since))


@pytest.mark.parametrize("span", SPANS)
def test_it_goes_to_whom_its_original_went_and_names_the_same_goods(span: str) -> None:
    first, last = SPANS[span]
    seen = across = 0
    for start in (0, STANDING, NEWCOMERS):
        for t in Population(SEED, LATEST).generals(start, 150):
            begun = max(t.general_from, "2016-07-01" if STANDING <= t.index < NEWCOMERS else "")
            blue: dict[tuple[str, str], dict[str, Any]] = {}
            for month in range(first, last + 1):
                if period_in(month, "general").start <= begun:
                    continue
                for kind in (SPECIAL, ORDINARY):
                    for document in issued(t.index, month, kind):
                        blue[document["fpDm"], document["fphm"]] = document
                        of = blue.get((document.get("yfpDm", ""), document.get("yfphm", "")))
                        if of is None:
                            continue
                        seen += 1
                        across += of["kprq"][:7] != document["kprq"][:7]
                        assert named(document) <= named(of), (t.index, document["kprq"], of["kprq"])
                        one, other = document["ghf"], of["ghf"]
                        assert one["nsrsbh"] == other["nsrsbh"] or one["mc"] == other["mc"]
                        assert bool(one["nsrsbh"]) == bool(other["nsrsbh"])
    assert seen > 30 and across > 15


def named(document: dict[str, Any]) -> set[tuple[str, ...]]:
    return {(line["spbm"], line["spmc"], str(line["slv"])) for line in document["lines"]}


@pytest.mark.parametrize("profile", ["gt3_2015", "current", "2025-07-31"])
def test_one_of_ones_own_choice_names_the_goods_of_the_chosen_one(profile: str) -> None:
    for t in Population(SEED, profile).generals(0, 60):
        document, of = red_invoice(t, 0, 5, 0), invoice(t, 0, 0)
        assert document["yfphm"] == of["fphm"]
        assert named(document) <= named(of)
        assert document["ghf"] == of["ghf"]


@given(st.integers(0, 2**64 - 1), st.integers(10_00, 5_000_00), st.sampled_from([17, 13, 6, 3]))
@settings(max_examples=400, deadline=None)
def test_the_goods_of_a_line_do_not_depend_on_its_sign(drawn: int, amount: int, rate: int) -> None:
    """Near the price of the cheapest goods a discount decided which ones a line could be of."""
    blue = Slip("1", ORDINARY, rate, amount, (amount * rate + 50) // 100, -1, drawn, 0)
    red = blue._replace(amount=-blue.amount, tax=-blue.tax)
    for t in TRADES:
        one, other = lines_of(t, "2016-07-11", blue), lines_of(t, "2016-07-11", red)
        assert {(line["spbm"], line["spmc"]) for line in other} == {
            (line["spbm"], line["spmc"]) for line in one
        }
        for lines, whole in ((one, amount), (other, -amount)):
            assert round(100 * sum(line["je"] for line in lines)) == whole
            for line in lines:
                if line["dj"] is not None:
                    assert abs(line["dj"] * line["sl"] - line["je"]) < 0.01


TRADES = list({t.industry: t for t in Population(SEED, "2016-07-15").taxpayers(0, 400)}.values())
