"""Where a taxpayer's books begin, or go over to another form, nothing refers to what was never there."""

from __future__ import annotations

from generators.books.issued import slips
from generators.books.market import LATEST, someone_of
from generators.books.paying import OVER
from generators.books.settling import _small_way, settled
from generators.calendar import period_in
from generators.documents.vat.small import prepaid_and_due
from generators.taxpayers.population import Population
from generators.taxpayers.register import REFORM_DAY, STANDING

SEED = 20150911


def test_who_came_by_the_reform_cancels_no_invoice_of_before():
    people = Population(SEED, "2017-06-15")
    cancelled: dict[str, int] = {}
    for t in people.taxpayers(STANDING, 1500):
        if t.scale == "general":
            continue
        for month in (8, 14):  # September 2016, March 2017, of the months from January 2016
            when = period_in(12 * 2016 + month, "small")
            for slip in (slip for kind in (0, 1) for slip in slips(t, when, kind, None)):
                if slip.original:
                    assert slip.original[0].start >= str(REFORM_DAY)
                    cancelled[when.end] = cancelled.get(when.end, 0) + 1
    assert len(cancelled) == 2


def test_a_digital_invoice_cancels_none_with_a_code():
    """Invoices are of the kind of their period's first day: those of the last quarter of 2023 have codes."""
    people = Population(SEED, "2024-12-31")
    cancelled = 0
    for t in people.taxpayers(0, 1500):
        if t.scale == "general":
            continue
        for month in (2, 5):  # March and June 2024
            when = period_in(12 * 2024 + month, "small")
            for slip in (slip for kind in (0, 1) for slip in slips(t, when, kind, None)):
                if slip.original:
                    assert slip.original[0].start >= "2024-01-01"
                    cancelled += 1
    assert cancelled > 50


def test_who_grows_to_a_general_taxpayer_does_not_overpay_his_last_small_return():
    would = 0
    for index in range(20_000):
        known = someone_of(SEED, LATEST, index)
        if known.scale != "general" or not "2015-06-01" < known.general_from < "2022-01-01":
            continue
        if known.general_from == known.registered_on:
            continue
        year, month = int(known.general_from[:4]), int(known.general_from[5:7])
        last = period_in(12 * year + month - 2, "small")
        would += _small_way(known, last) == OVER
        for t in (known, someone_of(SEED, last.end, index)):  # whether it is known yet that he grows or not
            paid = settled(t, 0, last, None)
            due = prepaid_and_due(t, last)[1]
            assert sum(p.amount + p.set_off for p in paid.paid if p.kind == "tax") <= max(due, 0)
    assert would > 5
