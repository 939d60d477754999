"""VAT declarations: a pure function of a taxpayer and the number of a filing period."""

from typing import Any

from generators.documents.vat.general import vat_general
from generators.documents.vat.small import vat_small
from generators.taxpayers.taxpayer import Taxpayer

__all__ = ["declaration", "due", "vat_general", "vat_small"]


def declaration(t: Taxpayer, k: int) -> dict[str, Any]:
    """Return the VAT declaration of the k-th period (k >= 0, see `calendar.period`)."""
    return vat_general(t, k) if t.scale == "general" else vat_small(t, k)


def due(document: dict[str, Any]) -> float:
    """Return what a declaration says is to be paid, in yuan: row 34 of both projects, or the last row."""
    if "zb" in document:
        general, refund = (float(document["zb"][column]["bqybtse"]) for column in (0, 2))
        return round(100 * (general + refund)) / 100
    form = document["xgm"]
    return float(form["bqybtse"] if "bqybtse" in form else form["r22"])
