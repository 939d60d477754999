"""Day-end accounting: what was issued is in transit or has arrived, to the fen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from locustfiles.cases import Officer
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
    """Whether issued = in transit + arrived, in number and in fen."""
    parts = [day[name] for name in ("in_transit", "arrived")]
    whole = day["issued"]
    fen = sum(round(part["je"] * 100) for part in parts)
    return bool(whole["fs"] == sum(part["fs"] for part in parts) and round(whole["je"] * 100) == fen)


class BookkeepingOperator(JourneyUser):
    """The bookkeeper at the end of a day."""

    journeys = {"accounting.close": 1}
    think_time = lognormal(median=2, p95=6)
