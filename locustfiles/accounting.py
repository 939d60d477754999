"""Day-end accounting: what was issued is in transit, has arrived or is void, to the fen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generators.documents.payment import payment
from locustfiles.cases import Officer
from locustfiles.declaration import open_filing, submit
from renhai import JourneyUser, Steps, TaxpayerPool, journey, lognormal

STAMPED = "2015-10-20"


@journey(
    "accounting.close", sends=("accounting.day", "accounting.arrive maybe 1%", "accounting.day maybe 1%")
)
def close(pool: TaxpayerPool) -> Steps:
    """A bookkeeper writes off the arrival of all that is in transit, and sees that the day's sums agree."""
    return _close(pool, Officer(pool))


def _close(pool: TaxpayerPool, officer: Officer) -> Steps:
    with pool.case() as case:
        acts = officer.acts(case.taxpayer.authority)
    shown = yield "accounting.day", {"swjgDm": acts["swjgDm"]}
    if not shown.ok or not agrees(shown.data):
        return False
    transit = shown.data["in_transit"]
    if not transit["fs"]:
        return True
    batch = {name: shown.data[name] for name in ("qsxh", "zzxh")}
    done = yield "accounting.arrive", {**acts, **batch, **transit, "gkrq": STAMPED}
    if not done.ok:
        return False
    after = yield "accounting.day", {"swjgDm": acts["swjgDm"]}
    return after.ok and agrees(after.data)


def agrees(day: Mapping[str, Any]) -> bool:
    """Whether issued = in transit + arrived + void, in number and in fen."""
    parts = [day[name] for name in ("in_transit", "arrived", "void")]
    whole = day["issued"]
    fen = sum(round(part["je"] * 100) for part in parts)
    return bool(whole["fs"] == sum(part["fs"] for part in parts) and round(whole["je"] * 100) == fen)


@journey(
    "accounting.repay",
    sends=(
        "registration.query new",
        "registration.save new",
        "declaration.status",
        "declaration.precheck",
        "declaration.submit",
        "collection.unpaid",
        "collection.pay maybe 40%",
        "accounting.void maybe 40%",
        "collection.unpaid maybe 40%",
        "collection.pay maybe 40%",
    ),
    fresh=True,
)
def repay(pool: TaxpayerPool) -> Steps:
    """A return is filed and paid; the payment was booked in error and is voided; it is paid again."""
    return _repay(pool, Officer(pool))


def _repay(pool: TaxpayerPool, officer: Officer) -> Steps:
    with pool.case(fresh=True) as case:
        t = case.taxpayer
        filing = yield from open_filing(case)
        if filing is None:
            return False
        voucher = yield from submit(case)
        if not voucher:
            return False
        case.period += 1
        owed = yield "collection.unpaid", {"djxh": t.djxh}
        if not owed.ok or not owed.data["items"]:
            return owed.ok
        first = yield "collection.pay", payment(t, owed.data["items"])
        if not first.ok:
            return False
        for item in owed.data["items"]:
            line = {"skxlh": first.data["serial"], "pzxh": item["pzxh"], "zfyy": "重复扣款"}
            done = yield "accounting.void", {**officer.acts(t.authority), "swjgDm": t.authority, **line}
            if not done.ok:
                return False
        again = yield "collection.unpaid", {"djxh": t.djxh}
        if not again.ok or again.data["items"] != owed.data["items"]:
            return False
        second = yield "collection.pay", payment(t, again.data["items"])
        case.paid = second.ok
        return second.ok


class BookkeepingOperator(JourneyUser):
    """The bookkeeper at the end of a day."""

    journeys = {"accounting.close": 3, "accounting.repay": 1}
    think_time = lognormal(median=2, p95=6)
