"""Invoices: stock → buy a range → issue → verify old."""

from __future__ import annotations

from typing import Any

from generators.documents.invoice import declared, invoice, invoice_range, verification
from locustfiles.registration import ensure_registered
from renhai import Case, JourneyUser, Steps, TaxpayerPool, journey, lognormal

LEAST_ISSUED = 2
MOST_ISSUED = 4


@journey(
    "invoice.cycle",
    sends=(
        "registration.query new",
        "registration.save new",
        "invoice.stock",
        "invoice.buy",
        "invoice.issue 2-4",
        "invoice.verify",
    ),
)
def cycle(pool: TaxpayerPool) -> Steps:
    """A taxpayer looks at the stock, buys the next range, issues some invoices and has them verified."""
    with pool.case() as case:
        known = yield from ensure_registered(case)
        if not known:
            return False
        t = case.taxpayer
        stock = yield "invoice.stock", {"djxh": t.djxh}
        if not stock.ok:
            return False
        numbers, bought = next_range(case, stock.data.get("ranges", []))
        if not bought:
            sale = yield "invoice.buy", {**numbers, "djxh": t.djxh}
            if not sale.ok:
                return False
        # A range is used once: after a failure nobody knows which of its numbers are taken.
        j, case.range_index = case.range_index, case.range_index + 1
        sent = []
        for n in range(how_many(case, j)):
            document = invoice(t, j, n)
            reply = yield "invoice.issue", document
            if not reply.ok:
                return False
            sent.append(document)
        reply = yield "invoice.verify", verification(t, j, sent)
        return reply.ok


def next_range(case: Case, held: list[dict[str, Any]]) -> tuple[dict[str, Any], bool]:
    """The next range with enough to issue of which no number was used yet, and whether it is sold already."""
    remaining = {(item["fpDm"], item["fpqshm"]): item["remaining"] for item in held}
    while True:
        numbers = invoice_range(case.taxpayer, case.range_index)
        left = remaining.get((numbers["fpDm"], numbers["fpqshm"]))
        unused = left is None or left == numbers["fs"]
        if unused and declared(case.taxpayer, case.range_index) >= LEAST_ISSUED:
            return numbers, left is not None
        case.range_index += 1


def how_many(case: Case, j: int) -> int:
    """How many invoices are issued from a range: 2, 3 or 4, fixed by taxpayer and range, and no more than the
    return of their period covers."""
    wanted = LEAST_ISSUED + (case.taxpayer.key + j) % (MOST_ISSUED - LEAST_ISSUED + 1)
    covered: int = declared(case.taxpayer, j)
    return min(int(wanted), covered)


class InvoiceOperator(JourneyUser):
    """The invoice desk."""

    journeys = {"invoice.cycle": 1}
    think_time = lognormal(median=2, p95=6)
