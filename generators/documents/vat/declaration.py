"""VAT declarations: a pure function of a taxpayer and the number of a filing period."""

from collections.abc import Callable, Iterator
from typing import Any

from generators.books.periods import period_of
from generators.calendar import Period, period
from generators.documents.record_kind import JourneyDocument, Record, RecordKind
from generators.documents.vat.form_fields import VOUCHER_GENERAL, VOUCHER_SMALL
from generators.documents.vat.general import general_return, vat_general
from generators.documents.vat.small import small_return, vat_small
from generators.taxpayers.taxpayer import Taxpayer

__all__ = ["declaration", "due", "filing", "filing_scale", "first_year", "vat_general", "vat_small"]

PERIODS_A_YEAR = 12
VOUCHERS = {"general": VOUCHER_GENERAL, "small": VOUCHER_SMALL}


def declaration(t: Taxpayer, k: int) -> dict[str, Any]:
    """Return the VAT declaration of the k-th period (see `calendar.period`)."""
    scale, when = period_of(t, k)
    return general_return(t, k, when) if scale == "general" else small_return(t, k, when)


def filing_scale(t: Taxpayer, k: int) -> str:
    """Return the scale in the k-th period: who grew since still files the small form for it."""
    return period_of(t, k)[0]


def filing(t: Taxpayer, k: int) -> tuple[str, Period]:
    """Return the form (yzpzzlDm) and the period of the k-th declaration."""
    scale, when = period_of(t, k)
    return VOUCHERS[scale], when


def due(document: dict[str, Any]) -> float:
    """Return what a declaration says is to be paid, in yuan: row 34 of both projects, or the last row."""
    if "zb" in document:
        general, refund = (float(document["zb"][column]["bqybtse"]) for column in (0, 2))
        return round(100 * (general + refund)) / 100
    form = document["xgm"]
    return float(form["bqybtse"] if "bqybtse" in form else form["r22"])


def first_year(t: Taxpayer) -> Iterator[Record]:
    """Yield the declarations of a taxpayer's first year: 12, or 4 of those who file quarterly."""
    for k in range(PERIODS_A_YEAR // period(t.profile, t.scale, 0).months):
        yield declaration(t, k)


def _of_scale(scale: str) -> Callable[[Taxpayer], Iterator[Record]]:
    return lambda t: first_year(t) if t.scale == scale else iter(())


RECORD_KINDS = {
    "vat-declaration": RecordKind("the VAT declarations of each taxpayer's first year", first_year),
    "vat-general": RecordKind("those of general taxpayers", _of_scale("general")),
    "vat-small": RecordKind("those of small-scale taxpayers", _of_scale("small")),
}
JOURNEY_DOCUMENTS = {
    "declaration": JourneyDocument(lambda work, reply: declaration(work.taxpayer, work.period), uses="period")
}
