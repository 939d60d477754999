"""The era of a day: rates, thresholds, reliefs, forms, offices and identifiers, typed.

>>> era(date(2018, 5, 31)).standard
16

Facts and their sources stand in facts/*.yaml. A return keeps the rates and the forms of its period (take
`era(last day of the period)`); what a person is asked today goes by today.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from generators.eras.table import FACTS, Fact, FactError, facts

# Names of days: the last one before the licence reform, and a day of today's law.
NAMED = {"gt3_2015": date(2015, 9, 30), "current": date(2024, 12, 31)}


@dataclass(frozen=True)
class Era:
    """What holds on a day. Rates in percent, amounts in yuan; see facts/ for each field."""

    standard: int
    middle_goods: int
    middle_services: int
    low: int
    row_goods: str
    row_services: str
    row_other_vouchers: str
    farm_deduction: int
    farm_deduction_more: int
    levy: int
    levy_others: tuple[int, ...]
    business_tax: bool
    certification_days: int
    small_exempt_month: int
    small_charged: int
    small_own_special: bool
    small_months: int
    line_production: int
    line_trade: int
    line_services: int
    vat_form: str
    small_form: str
    cit_form: str
    comparison: str
    bureau: str
    licence: str
    individual_code: bool
    converted: bool
    industry_edition: str
    registry: str
    digital: bool
    ordinary_code: int
    goods_code: bool
    short_name: bool
    short_names_refined: bool
    surcharges_at: str
    education: int
    local_education: int
    halved_for: tuple[str, ...]
    education_exempt_month: int
    cit_small: tuple[tuple[int, float], ...]
    cit_small_rest: tuple[int, ...]
    cit_small_staff: tuple[int, int]
    cit_small_assets: tuple[int, int]
    cit_rate: int
    stamp_form: str
    stamp_items: tuple[tuple[str, str, float], ...]
    wages_cumulative: bool
    wages_free: int
    wages_bands: tuple[tuple[int, int], ...]
    wages_top: int
    wages_insurance: tuple[float, float, float]
    wages_additional: tuple[int, int, int]
    insurance_at_bureau: bool
    insurance_form: str
    insurance_items: tuple[tuple[str, str, float], ...]
    insurance_mean: int
    late_fee: float
    cit_paying: tuple[int, int, int, int]
    stamp_paying: tuple[int, int, int, int]
    insurance_paying: tuple[int, int, int, int]

    @cached_property
    def rates(self) -> tuple[int, int, int, int, int, int]:
        """Percent by what is sold: 1 goods and 2 services at the standard rate, 3 goods and 4 services at the
        middle rates, 5 other services; 0 stands for none."""
        return (0, self.standard, self.standard, self.middle_goods, self.middle_services, self.low)

    @cached_property
    def labels(self) -> tuple[str, str, str, str, str, str]:
        """The rows of sheet 1 where these sales stand, as printed."""
        return ("", "1", "2", self.row_goods, self.row_services, "5")


@lru_cache(maxsize=1024)
def era(day: date, folder: Path = FACTS) -> Era:
    """Return what holds on a day; before 2012 and after 2027 the nearest known values. Raises FactError."""
    known = facts(folder)
    names = [field.name for field in fields(Era)]
    if lost := sorted(set(names) ^ set(known)):
        raise FactError(f"{lost[0]}: is a fact without a field of Era, or a field without a fact")
    hints = _hints()
    return Era(**{name: _checked(known[name], hints[name], day) for name in names})


@cache
def _hints() -> dict[str, Any]:
    """The types of Era's fields: to resolve them costs far more than to read what holds on a day."""
    return get_type_hints(Era)


def day_of(profile: str) -> date:
    """Return the day that a profile stands for: a name of NAMED, or a day itself, such as 2015-10-22.

    Raises ValueError for anything else, and for a day outside 2012 .. 2027.
    """
    if profile in NAMED:
        return NAMED[profile]
    try:
        day = date.fromisoformat(profile)
    except (TypeError, ValueError):
        day = None
    if day is None or str(day) != profile or not 2012 <= day.year <= 2027:
        names = ", ".join(NAMED)
        raise ValueError(f"profile is {profile!r}; must be one of {names}, or a day from 2012 to 2027")
    return day


def era_of(profile: str) -> Era:
    """Return the era of a profile."""
    return era(day_of(profile))


def _checked(fact: Fact, hint: Any, day: date) -> Any:
    step = fact.on(day)
    if not _fits(step.value, hint):
        wanted = getattr(hint, "__name__", None) if get_origin(hint) is None else str(hint)
        raise FactError(f"{fact.name}: {step.since}: is {step.value!r}; must be a value of type {wanted}")
    return step.value


def _fits(value: Any, hint: Any) -> bool:
    if get_origin(hint) is tuple:
        inner = get_args(hint)
        if not isinstance(value, tuple):
            return False
        if inner[-1] is Ellipsis:
            return all(_fits(item, inner[0]) for item in value)
        return len(value) == len(inner) and all(map(_fits, value, inner))
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is hint
