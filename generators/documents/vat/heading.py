"""The head of a declaration: who files what, for which period, on which day."""

from functools import lru_cache
from typing import Any

from generators.calendar import period
from generators.taxpayers.taxpayer import Taxpayer

ORDINARY = "11"  # sbsxDm1, ordinary filing
FILING_DAYS = 15  # the deadline is never before the 15th


def heading(t: Taxpayer, k: int, voucher: str) -> dict[str, Any]:
    """Return the fields above the form. The day of filing lies in the month after the period."""
    start, end = period(t.profile, t.scale, k)
    return {
        "yzpzzlDm": voucher,
        "djxh": t.djxh,
        "nsrsbh": t.taxpayer_id,
        "nsrmc": t.name,
        "skssqq": start,
        "skssqz": end,
        "sbsxDm1": ORDINARY,
        "sbrq1": f"{month_after(end)}-{(t.key + 7 * k) % FILING_DAYS + 1:02d}",
    }


@lru_cache(maxsize=4096)
def month_after(day: str) -> str:
    """Return the month (yyyy-mm) after the month of `day`."""
    year, month = divmod(12 * int(day[:4]) + int(day[5:7]), 12)
    return f"{year}-{month + 1:02d}"
