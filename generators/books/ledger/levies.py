"""When a company pays what it declares beside VAT and wages: corporate income tax, stamp tax, insurance.

Most is paid on the day of filing or within two days, by the deadline; how many of 1,000 are paid otherwise
stands in eras/facts/paying.yaml (the ways are those of `paying`, but that nobody pays too much). All is paid
within two months after the month of filing, so that a prepayment of income tax is paid before the next one,
which counts it, is filed.
"""

from datetime import date

from generators.books.paying import HALF, LATE, SKIPPED, TWICE
from generators.books.periods import number
from generators.books.settling import Settled, deadline_of, paid_in_parts, parts_of
from generators.books.small import era_of
from generators.calendar import Period
from generators.eras.era import Era
from generators.taxpayers.permutation import GOLDEN, splitmix64
from generators.taxpayers.taxpayer import Taxpayer

LABEL = 0x2C0B_A7E5
OF = 1000
WAYS = (LATE, HALF, SKIPPED, TWICE)
CIT, STAMP, INSURANCE = "10104", "10111", "10210"  # zsxmDm


def levy_paid(t: Taxpayer, item: str, when: Period, filed: str, due: int) -> Settled:
    """Return how `due` fen of a levy item (zsxmDm) are paid, which a return of `when` asks for that was filed
    on the day `filed` (yyyy-mm-dd); nothing where due is 0 or below. Late fee: collection law, rules, article
    75."""
    deadline = deadline_of(when.last)
    if due <= 0:
        return Settled(0, deadline, ())
    drawn = splitmix64((t.key ^ LABEL * int(item)) + number(when) * GOLDEN)
    how = way(shares(era_of(when), item), drawn % OF)
    parts = parts_of(due, how, 0, 0, refund=False)
    paid = paid_in_parts(date.fromisoformat(filed), deadline, when.last, how, parts, drawn >> 16)
    return Settled(due, deadline, tuple(paid))


def shares(now: Era, item: str) -> tuple[int, int, int, int]:
    """Return of 1,000 how many are paid in each of WAYS."""
    return {CIT: now.cit_paying, STAMP: now.stamp_paying, INSURANCE: now.insurance_paying}[item]


def way(of_ways: tuple[int, int, int, int], place: int) -> str:
    """Return how the one at a place of 1,000 is paid: one of WAYS, or "" for in full and on time."""
    for how, share in zip(WAYS, of_ways, strict=True):
        if place < share:
            return how
        place -= share
    return ""
