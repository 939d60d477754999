"""What the generators make of any month is what the reference system takes on a day of it: each return that
is due, each invoice of the month, each payment; the borders of eras and the months with holidays among
them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from generators.calendar import due_period
from generators.documents.invoice import invoice, invoice_range, issued
from generators.documents.payment import payment_on
from generators.documents.registration import whole
from generators.documents.returns.cit import cit_prepayment, due_in, files_cit
from generators.documents.returns.insurance import files_insurance, insurance
from generators.documents.returns.stamp_tax import files_stamp_tax, stamp_tax
from generators.documents.returns.statements import files_statements, statements
from generators.documents.returns.withholding import withholding_return, withholds
from generators.documents.vat.declaration import declaration
from generators.taxpayers.population import Population, Taxpayer
from tests.reference.office import Office

SEED = 20150911
DAYS = {
    "licences": "2015-01-19 2015-02-15 2015-09-18 2015-10-08 2015-10-22 2015-11-16",
    "business tax ends": "2016-01-04 2016-02-22 2016-04-18 2016-05-03 2016-05-16 2016-06-20 2016-07-15",
    "13 % ends, GB/T 4754 of 2017": "2016-10-10 2017-01-16 2017-07-17 2017-08-15 2017-10-23 2018-01-15",
    "16 %; the bureaus merge": "2018-04-18 2018-05-02 2018-05-15 2018-06-15 2018-07-16 2018-08-15 2018-10-24",
    "13 %; sums of wages since January": "2019-01-15 2019-04-18 2019-05-21 2019-07-15",
    "1 %; insurance": "2020-02-28 2020-03-16 2020-04-20 2020-07-15 2020-11-16 2020-12-15",
    "surcharges in the return": "2021-04-20 2021-07-15 2021-08-16 2021-09-15 2021-10-26 2022-01-19",
    "exempt altogether; the law of stamp tax": "2022-04-20 2022-07-15 2022-10-25 2023-01-16 2023-04-17",
    "digital invoices": "2023-11-15 2023-12-15 2024-01-15 2024-02-23 2025-01-15",
    "finer short names; income tax of October": "2025-07-15 2025-08-15 2025-10-27",
    "the VAT law": "2026-01-20 2026-02-24 2026-04-20 2026-12-15",
}
PEOPLE = 12


def returns_of(t: Taxpayer) -> Iterator[dict[str, Any]]:
    """What is due of a taxpayer in the month of his day."""
    if due_period(date.fromisoformat(t.profile), t.scale) is not None:
        yield declaration(t, 0)
    if due_in(t.profile):
        made = ((files_cit, cit_prepayment), (files_statements, statements), (files_stamp_tax, stamp_tax))
        yield from (make(t, 0) for files, make in made if files(t))
    if files_insurance(t):
        yield insurance(t, 0)
    if withholds(t) and t.profile >= "2018-08-01":
        yield withholding_return(t, 0)


def invoices_of(t: Taxpayer) -> Iterator[tuple[str, dict[str, Any]]]:
    for j in range(2):
        yield "invoice.buy", invoice_range(t, j)
        blue = issued(t, j)[1]
        yield from (("invoice.issue", invoice(t, j, n)) for n in range(blue))


def taken(office: Office, t: Taxpayer) -> Counter[str]:
    """Send all; what was taken, by kind."""
    found: Counter[str] = Counter()
    assert office.ok("registration.save", whole(t))
    for operation, document in invoices_of(t):
        office.ok(operation, document)
        found[operation] += 1
    for document in returns_of(t):
        office.ok("declaration.submit", document)
        found[document["yzpzzlDm"]] += 1
    items = office.ok("collection.unpaid", {"djxh": t.djxh})["items"]
    if items:
        office.ok("collection.pay", payment_on(t, items, t.profile))
    assert office.ok("collection.unpaid", {"djxh": t.djxh})["items"] == []
    return found


@pytest.mark.parametrize(
    ("registered", "day"),
    [
        ("2015-08-14", "2015-10-22"),
        ("2016-02-29", "2016-04-18"),
        ("2016-04-29", "2016-07-15"),
        ("2018-05-31", "2018-07-16"),
        ("2018-12-28", "2019-01-15"),
        ("2019-02-14", "2019-04-18"),
        ("2020-01-02", "2020-04-20"),
        ("2021-08-31", "2021-10-26"),
        ("2022-06-30", "2022-07-15"),
        ("2023-12-29", "2024-01-15"),
        ("2025-11-17", "2026-01-20"),
        ("2026-01-05", "2026-04-20"),
    ],
)
def test_who_registered_in_the_middle_of_a_period_files_his_first_one(registered: str, day: str) -> None:
    office, people = Office(today=day, strict=True), Population(SEED, day)
    found: Counter[str] = Counter()
    for n in range(PEOPLE):
        t = people.taxpayer(Population(SEED, registered).newcomer(11 * n).index)
        assert t.registered_on == registered
        found += taken(office, t)
    assert found["BDA0610606"] + found["BDA0610611"] > PEOPLE // 2


@pytest.mark.parametrize("day", " ".join(DAYS.values()).split())
def test_all_that_a_day_has_is_taken_under_every_rule(day: str) -> None:
    office, people = Office(today=day, strict=True), Population(SEED, day)
    found: Counter[str] = Counter()
    for n in range(PEOPLE):
        found += taken(office, people.registered(37 * n))
    assert found["invoice.issue"] > PEOPLE and sum(found.values()) > 3 * PEOPLE
