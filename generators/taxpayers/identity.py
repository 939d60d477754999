"""Identifiers of one taxpayer, as functions of its permuted index s: organisation code, resident ID, uscc.

Why no two taxpayers share one stands in `population`.
"""

from collections.abc import Callable

from generators.identifiers.checksums import (
    ORGANISATION_CHECKS,
    RESIDENT_CHECKS,
    USCC_ALPHABET,
    USCC_VALUES,
)
from generators.taxpayers.draw_tables import CONVERTED, CONVERTED_INDIVIDUALS, Bodies, Layout
from generators.taxpayers.permutation import SPACE, affine
from generators.taxpayers.resident_ids import WINDOW

CHECK_VALUES = {char: 28 * USCC_VALUES[char] for char in "0123456789X"}  # position 17 of a USCC weighs 28
Codes = tuple[str, str, str, str]


def organisation_maker(seed: int, high: Bodies, low: Bodies) -> Callable[[int], tuple[str, int]]:
    """Return f(s) -> (organisation code, a number congruent modulo 31 to its part of the USCC sum)."""
    high_texts, high_marks = high.texts, high.marks
    low_texts, low_marks, base = low.texts, low.marks, len(low.texts)
    a, b = affine(seed, "organisation")
    checks, check_values = ORGANISATION_CHECKS, CHECK_VALUES

    def organisation(s: int) -> tuple[str, int]:
        h, k = divmod((a * s + b) % SPACE, base)
        total = high_marks[h] + low_marks[k]
        check = checks[total % 11]
        return high_texts[h] + low_texts[k] + check, total + check_values[check]

    return organisation


def person_maker(seed: int, lay: Layout, role: int) -> Callable[[int], tuple[str, int, int, int]]:
    """Return f(s) -> (resident ID, index of the day of birth, 1 for a man and 0 for a woman, permuted s)."""
    folk = lay.people
    windows, days, day_sums = folk.windows, folk.days, folk.day_sums
    orders, order_sums = folk.orders, folk.order_sums
    a, b = affine(seed, f"person {role}")
    base, count, checks = role * SPACE, len(windows), RESIDENT_CHECKS

    def person(s: int) -> tuple[str, int, int, int]:
        x = (a * s + b) % SPACE
        rest, w = divmod(base + x, count)
        order, day = divmod(rest, WINDOW)
        area, area_sum, first = windows[w]
        day += first
        check = checks[(area_sum + day_sums[day] + order_sums[order]) % 11]
        return area + days[day] + orders[order] + check, day, 1 - order % 2, x  # orders begin with 001: a man

    return person


def codes_maker(seed: int, lay: Layout, today: int) -> Callable[..., Codes]:
    """Return f -> (id of the day, uscc, organisation code, id before the uscc; "" where there is none).

    Arguments of f: s; the draw of the day of conversion and that of an individual's form; the day of
    registration; the owner's ID of an individual, else ""; region and its part of the USCC sum at
    registration, the day from which it is another, and that other with its part; the front of the USCC and
    its part.
    """
    numeric = organisation_maker(seed, lay.high, lay.low)
    lettered = organisation_maker(seed, lay.new_high, lay.new_low)
    conversions, individual_conversions = lay.conversions, lay.individual_conversions
    codes_since = CONVERTED[0].toordinal()
    individual_codes_since = CONVERTED_INDIVIDUALS[0].toordinal()

    def codes(
        s: int, late: int, coin: int, day: int, owner_id: str, region: str, region_sum: int,
        moved_on: int, new_region: str, new_region_sum: int, front: str, front_sum: int,
    ) -> Codes:  # fmt: skip
        if owner_id:
            old_id = owner_id if coin > 63 else owner_id + "01"
            code, code_sum = lettered(s)
            converted = individual_conversions[late]
            if day >= individual_codes_since:
                converted, old_id = day, ""
        elif day < codes_since:
            code, code_sum = numeric(s)
            old_id = region + code
            converted = conversions[late]
        else:
            code, code_sum = lettered(s)
            converted, old_id = day, ""
        if today < converted and old_id:
            return old_id, "", "" if owner_id else code, old_id
        if converted >= moved_on > day:
            region, region_sum = new_region, new_region_sum
        check = USCC_ALPHABET[-(front_sum + region_sum + code_sum) % 31]
        uscc = f"{front}{region}{code}{check}"
        return uscc, uscc, code, old_id

    return codes
