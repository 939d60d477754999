"""The last day for monthly and quarterly filings of a month.

Read in this order: a file of the user's own, the region's table, the published national one, then the rule
(art. 109 of the Implementation Rules of the Collection Law). A year without a holiday plan has no answer: it
is refused, never guessed.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from generators.deadlines.holidays import PUBLISHED, Holidays
from generators.yaml_loader import parsed

FILE = Path(__file__).with_name("published.yaml")
LONG_BREAK = 3  # days off in a row that move a deadline
CALENDAR_DAYS_UNTIL = 2017  # a break moves the 15th by calendar days until then, by working days since
FIELDS = {"nation", "instead", "regions"}
OWN_FIELDS = {"deadlines", "holidays", "workdays"}


class NoPlan(ValueError):
    """A year whose holidays are not known: no deadline can be given."""


class CalendarError(ValueError):
    """A file of deadlines that cannot be used; the message says where and why."""


@dataclass(frozen=True)
class Deadline:
    """The last day, where it is from, and how sure that is (grades as in generators.eras.table)."""

    day: date
    grade: str
    source: str


@dataclass(frozen=True)
class FilingCalendar:
    """Deadlines by (year, month) of a user's own file, and its holidays."""

    own: dict[tuple[int, int], Deadline]
    holidays: Holidays
    region: str = ""

    def deadline(self, year: int, month: int) -> Deadline:
        """Return the last day for filings that are due in this month. Raises NoPlan."""
        published = _published()
        for known in (self.own, published.get(self.region, {}), published["nation"]):
            if (year, month) in known:
                return known[year, month]
        if not self.holidays.known(year):
            raise NoPlan(
                f"no holiday plan of {year} is known, so no deadline: give a calendar file with"
                f" deadlines or holidays of {year}"
            )
        return by_rule(year, month, self.holidays)


ORDINARY = FilingCalendar({}, PUBLISHED)


def by_rule(year: int, month: int, holidays: Holidays = PUBLISHED) -> Deadline:
    """The rule: the 15th, or the next working day; later by the days off that stand in runs of 3 or more.

    A run counts as far as it lies in the 1st to the 15th. Until 2017 it moved the 15th by as many calendar
    days, since then by as many working days, make-up days included.
    """
    moved = sum(run for run in holidays.breaks(year, month) if run >= LONG_BREAK)
    fifteenth = date(year, month, 15)
    if not moved or year <= CALENDAR_DAYS_UNTIL:
        day = holidays.next_working(fifteenth + timedelta(days=moved))
    else:
        day = holidays.after(fifteenth, moved)
    return Deadline(day, "D", "art. 109 of the Implementation Rules of the Collection Law")


@lru_cache(maxsize=4096)
def due_date(year: int, month: int) -> date:
    """Return the last day by the published days and the rule. Raises NoPlan."""
    return ORDINARY.deadline(year, month).day


def due_year(year: int) -> list[Deadline]:
    """Return the twelve deadlines of a year. Raises NoPlan."""
    return [ORDINARY.deadline(year, month) for month in range(1, 13)]


def read_calendar(file: Path, region: str = "") -> FilingCalendar:
    """Read a user's own calendar: `deadlines` {yyyy-mm: day}, `holidays` and `workdays` (lists of days).

    Raises CalendarError.
    """
    data = _load(file)
    if unknown := sorted(map(str, set(data) - OWN_FIELDS)):
        fields = ", ".join(sorted(OWN_FIELDS))
        raise CalendarError(f"{file}: {unknown[0]}: unknown field; must be one of {fields}")
    given = data.get("deadlines", {})
    if not isinstance(given, dict):
        raise CalendarError(f"{file}: deadlines is {given!r}; must be months with days, such as 2027-02: 23")
    own = {
        _month(file, month): Deadline(_day(file, month, day), "U", file.name) for month, day in given.items()
    }
    off, work = (_days(file, data, field) for field in ("holidays", "workdays"))
    if not own and not off and not work:
        raise CalendarError(f"{file}: says nothing; give deadlines, holidays or workdays")
    return FilingCalendar(own, Holidays(off, work), region)


def regions() -> list[str]:
    """The names of the regions that have a table of their own."""
    return sorted(set(_published()) - {"nation"})


@lru_cache(maxsize=1)
def _published() -> dict[str, dict[tuple[int, int], Deadline]]:
    """Deadlines by region ("nation" for all) and month. Raises CalendarError."""
    data = _load(FILE)
    if set(data) != FIELDS:
        raise CalendarError(f"{FILE.name}: must have {', '.join(sorted(FIELDS))}")
    nation = {
        (year, month): Deadline(date(year, month, day), row["grade"], row["source"])
        for year, row in data["nation"].items()
        for month, day in enumerate(row["days"], start=1)
    }
    nation |= _table(data["instead"])
    return {"nation": nation, **{name: _table(rows) for name, rows in data["regions"].items()}}


def _table(rows: dict[Any, dict[str, Any]]) -> dict[tuple[int, int], Deadline]:
    found = {}
    for month, row in rows.items():
        key = _month(FILE, month)
        found[key] = Deadline(_day(FILE, month, row["day"]), row["grade"], row["source"])
    return found


def _load(file: Path) -> dict[str, Any]:
    data = parsed(file, str(file), CalendarError)
    if not isinstance(data, dict):
        raise CalendarError(f"{file}: must be a mapping")
    return data


def _month(file: Path, value: object) -> tuple[int, int]:
    try:
        first = date.fromisoformat(f"{value}-01")
    except ValueError:
        raise CalendarError(f"{file}: {value!r} is no month; must be such as 2027-02") from None
    return first.year, first.month


def _day(file: Path, month: object, value: object) -> date:
    year, number = _month(file, month)
    last = monthrange(year, number)[1]
    if isinstance(value, date) and (value.year, value.month) == (year, number):
        return value
    if not isinstance(value, int) or isinstance(value, bool) or not 15 <= value <= last:
        raise CalendarError(f"{file}: {month}: is {value!r}; must be a day of that month, 15 .. {last}")
    return date(year, number, value)


def _days(file: Path, data: dict[str, Any], field: str) -> frozenset[date]:
    value = data.get(field, [])
    if not isinstance(value, list) or not all(type(day) is date for day in value):
        raise CalendarError(f"{file}: {field} is {value!r}; must be a list of days, such as 2027-02-06")
    return frozenset(value)
