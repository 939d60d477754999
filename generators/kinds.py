"""The kinds of records that `renhai generate` writes, each made from taxpayers one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from generators.calendar import months_of
from generators.documents.goods import trade
from generators.documents.invoice import invoice, invoice_range
from generators.documents.payment import payment
from generators.documents.registration import registration, tax_kinds
from generators.documents.vat.declaration import declaration, due
from generators.identifiers import make_bank_card, make_cnaps, make_pzxh
from generators.tables import load
from generators.taxpayers.population import SPACE, Population, Taxpayer

Record = dict[str, Any]

PERIODS_A_YEAR = 12
CARD_ISSUER = "621700"
BRANCHES = 10_000  # serials of branches in a bank line number


class Kind(NamedTuple):
    """`make` gives the records of one taxpayer; `profile` is the era of those that exist in one only."""

    what: str
    make: Callable[[Taxpayer], Iterable[Record]]
    profile: str = ""


def _taxpayer(t: Taxpayer) -> Iterable[Record]:
    fields = t._asdict()
    del fields["serial"], fields["key"]  # how documents are derived, no property of a taxpayer
    return (fields,)


def _declarations(t: Taxpayer) -> Iterator[Record]:
    for k in range(PERIODS_A_YEAR // months_of(t.profile, t.scale)):
        yield declaration(t, k)


def _of_scale(scale: str) -> Callable[[Taxpayer], Iterable[Record]]:
    return lambda t: _declarations(t) if t.scale == scale else ()


def _invoices(t: Taxpayer) -> Iterator[Record]:
    return (invoice(t, 0, n) for n in range(invoice_range(t, 0)["fs"]))


def _payments(t: Taxpayer) -> Iterator[Record]:
    for k, document in enumerate(_declarations(t)):
        if due(document) > 0:
            pzxh = make_pzxh(t.authority, t.index * PERIODS_A_YEAR + k)
            yield payment(t, [{"pzxh": pzxh, "ybtse": due(document)}])


def _bank_line(t: Taxpayer) -> str:
    """A bank line number of its own for each taxpayer: a number in the digits (area, branch, bank)."""
    banks = load(t.profile).banks
    rest, bank = divmod(t.index, len(banks))
    area, branch = divmod(rest, BRANCHES)
    return make_cnaps(banks[bank].code, f"{(int(banks[bank].area) + area) % 10_000:04d}", branch)


def _goods_code(t: Taxpayer) -> str:
    items = trade("current", t.industry).items
    return items[t.key % len(items)].code


def _number(name: str, what: str, take: Callable[[Taxpayer], str], profile: str = "") -> tuple[str, Kind]:
    """A kind of one identifier, in a field of its name."""
    return name, Kind(what, lambda t: ({name: take(t)},), profile)


KINDS: dict[str, Kind] = {
    "taxpayer": Kind("everything that is known of a taxpayer", _taxpayer),
    "registration": Kind("registrations", lambda t: (registration(t) | {"kinds": tax_kinds(t)},)),
    "vat-declaration": Kind("the VAT declarations of each taxpayer's first year", _declarations),
    "vat-general": Kind("those of general taxpayers", _of_scale("general")),
    "vat-small": Kind("those of small-scale taxpayers", _of_scale("small")),
    "invoice-range": Kind("ranges of invoice numbers, one a taxpayer", lambda t: (invoice_range(t, 0),)),
    "invoice": Kind("the invoices of each taxpayer's first range", _invoices),
    "payment": Kind("payments of what the declarations of the first year ask for", _payments),
    **dict(
        (
            _number("uscc", "unified social credit codes", lambda t: t.uscc, "current"),
            _number("organisation-code", "organisation codes", lambda t: t.org_code, "current"),
            _number("taxpayer-id", "taxpayer ids of the profile", lambda t: t.taxpayer_id),
            _number("resident-id", "resident IDs", lambda t: t.legal_person_id),
            _number("business-number", "15-digit registration numbers", lambda t: t.business_number),
            _number("cnaps", "bank line numbers", _bank_line),
            _number("bank-card", "card numbers", lambda t: make_bank_card(f"{CARD_ISSUER}{t.serial:012d}")),
            _number("tax-authority", "tax authority codes (repeated)", lambda t: t.authority),
            _number("djxh", "registration serials", lambda t: t.djxh),
            _number("agreement", "tri-party agreement numbers", lambda t: t.agreement),
            _number("pzxh", "voucher serials", lambda t: make_pzxh(t.authority, t.index)),
            _number("goods-code", "goods and services codes (repeated)", _goods_code),
            _number("qr", "QR texts of invoices", lambda t: str(invoice(t, 0, 0)["qr"])),
            _number(
                "digital-invoice-number",
                "20-digit invoice numbers",
                lambda t: str(invoice_range(t, 0)["fpqshm"]),
                "current",
            ),
        )
    ),
    "invoice-number": Kind(
        "invoice codes of 10 digits with a number",
        lambda t: ({key: invoice_range(t, 0)[key] for key in ("fpDm", "fpqshm")},),
        "gt3_2015",
    ),
}
ALIASES = {"declaration": "vat-declaration", "invoice-code": "invoice-number"}


def records(kind: str, count: int, seed: int, profile: str) -> Iterator[Record]:
    """Yield the first `count` records of a kind; fewer when the population of 100 million ends before."""
    found = KINDS[kind]
    population = Population(seed, found.profile or profile)
    made = (record for t in population.taxpayers(0, SPACE) for record in found.make(t))
    return islice(made, count)
