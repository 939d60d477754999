"""Tax vouchers as numbered stock: a block is received, handed out, used and voided, settled, and its voids
destroyed."""

from __future__ import annotations

from generators.documents.voucher import BLOCK, COUNTED_AFTER, VOIDED, block, count, lost, uses
from generators.identifiers import make_officer
from locustfiles.cases import Officer
from locustfiles.registration import ensure_registered
from renhai import JourneyUser, Steps, TaxpayerPool, journey, lognormal

KEEPERS, USERS, CHECKERS = 9000, 40, 8000  # first serials of keepers, who are never users, and who counts


@journey(
    "voucher.day",
    sends=(
        "voucher.receive",
        "voucher.hand_out",
        f"voucher.use {BLOCK - VOIDED}-{BLOCK - VOIDED}",
        f"voucher.void {VOIDED}-{VOIDED}",
        "voucher.stocktake",
        "voucher.settle",
        "voucher.destroy",
        "voucher.stock",
    ),
    fresh=True,
)
def day(pool: TaxpayerPool) -> Steps:
    """A keeper and a user account for a block of numbers, which a third counts; its papers are destroyed."""
    with pool.case(fresh=True) as case:
        t = case.taxpayer
        keeper, user = (
            make_officer(t.authority, KEEPERS + t.key % USERS),
            make_officer(t.authority, 1 + t.key % USERS),
        )
        checker = make_officer(t.authority, CHECKERS + t.key % USERS)
        keeps, takes, counts = ({"lrrDm": who, "swjgDm": t.authority} for who in (keeper, user, checker))
        numbers, used = (
            block(t),
            [(f"voucher.{'void' if void else 'use'}", {**one, **takes}) for void, one in uses(t)],
        )
        for operation, fields in (
            ("voucher.receive", {**numbers, **keeps}),
            ("voucher.hand_out", {**numbers, **keeps, "lyrDm": user}),
            *used[:COUNTED_AFTER],
            ("voucher.stocktake", {**count(t, BLOCK - COUNTED_AFTER), **counts}),
            *used[COUNTED_AFTER:],
            ("voucher.settle", {**numbers, **takes}),
            ("voucher.destroy", {**numbers, **keeps}),
        ):
            reply = yield operation, fields
            if not reply.ok:
                return False
        held = yield "voucher.stock", {"pzzlDm": numbers["pzzlDm"], "lrrDm": user}
        return held.ok


@journey(
    "voucher.loss",
    sends=("registration.query", "registration.save", "voucher.receive", "voucher.hand_out", "case.accept"),
    fresh=True,
)
def loss(pool: TaxpayerPool) -> Steps:
    """A number burned at a user's: the block is received and handed out, and the loss reported."""
    return _lose(pool, Officer(pool))


def _lose(pool: TaxpayerPool, officer: Officer) -> Steps:
    with pool.case(fresh=True) as case:
        known = yield from ensure_registered(case)
        if not known:
            return False
        t = case.taxpayer
        unit = officer.unit or t.authority  # whose heads are to approve it
        keeper, user = (make_officer(unit, first + t.key % USERS) for first in (KEEPERS, 1))
        numbers, keeps = block(t), {"lrrDm": keeper, "swjgDm": unit}
        for operation, fields in (
            ("voucher.receive", {**numbers, **keeps}),
            ("voucher.hand_out", {**numbers, **keeps, "lyrDm": user}),
            ("case.accept", {**lost(t), "lrrDm": user, "swjgDm": unit}),
        ):
            reply = yield operation, fields
            if not reply.ok:
                return False
        return True


class VoucherOperator(JourneyUser):
    """The voucher manager."""

    journeys = {"voucher.day": 9, "voucher.loss": 1}
    think_time = lognormal(median=2, p95=6)
