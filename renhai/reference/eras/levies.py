"""Stamp tax and social insurance by date: kinds of returns, items with their rates, who pays half.

Sources: 印花税法 (items and rates since 2022-07-01); for the regulation before it and the books of capital
common knowledge; 财税〔2019〕13号 and 公告2023年12号 for the half; the notice of Hunan and 14 other
regions for insurance at the tax bureau since 2020-11-01. Codes after 2021-06 and all of the insurance's, its
rates and its mean wages are unconfirmed: the switch `levy-rates` turns off what rests on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from renhai.reference.eras.since import Since

STAMP_KIND = Since("BDA0610794", {"2021-06-01": "BDA0611159"})
INSURANCE_KIND = "BDA0611046"
STAMP_KINDS = ("BDA0610794", "BDA0611159")
INSURANCE_SINCE = date(2020, 11, 1)

Rates = Mapping[str, int]
"""Millionths of the base by sub-item (zspmDm)."""
_OLD = {
    "101110101": 300, "101110102": 500, "101110103": 500, "101110104": 300, "101110105": 1000,
    "101110106": 500, "101110107": 1000, "101110108": 50, "101110109": 1000, "101110110": 300,
    "101110200": 500, "101110501": 500,
}  # fmt: skip
_LAW = {
    "101110101": 300, "101110102": 300, "101110104": 300, "101110105": 1000, "101110106": 300,
    "101110107": 1000, "101110108": 50, "101110109": 1000, "101110110": 300, "101110200": 500,
    "101110501": 250,
}  # fmt: skip
STAMP: Since[Rates] = Since(_OLD, {"2018-05-01": {**_OLD, "101110501": 250}, "2022-07-01": _LAW})
INSURANCE: Since[Rates] = Since(
    {"102100101": 200_000, "102100201": 80_000},
    {"2019-05-01": {"102100101": 160_000, "102100201": 80_000}},
)
MEAN_WAGE = Since(4000, {"2020-01-01": 5500, "2024-01-01": 6500})
"""Yuan a month; the base of a person is LEAST to MOST percent of it."""
LEAST, MOST = 60, 300

_HALF = Since("nobody", {"2019-01-01": "small", "2022-01-01": "all", "2028-01-01": "nobody"})


def may_halve(on: date, scale: str) -> bool:
    """Whether somebody of a scale (general, small; "" where it is not known) may be relieved of a half.

    Since 2022 low-profit enterprises and individual businesses may, too: who they are is not known here.
    """
    who = _HALF.on(on)
    return who == "all" or (who == "small" and scale in ("small", ""))
