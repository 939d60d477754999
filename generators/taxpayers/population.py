"""A population of synthetic taxpayers: `taxpayer(i)` is a pure function of (seed, profile, i).

Why no two indices share an identifier. Let s = F(i), where F is a Feistel permutation of 0 .. 10**8 - 1
keyed by the seed (see `mixing`), and let A1 .. A4 be permutations x -> (a x + b) mod 10**8. Every unique
identifier holds the index, s, or a permutation of s in digits that can be read back:

- djxh: its last 10 digits are i + 1.
- org_code, and so uscc and the 15-character taxpayer_id: the body is A1(s), in 8 digits (gt3_2015) or in 6
  digits to the base 31 after `MA` (current; 31**6 > 10**8).
- legal_person_id, accountant_id: mixed-radix digits of A2(s), and of 10**8 + A3(s) (see `people`), so neither
  two owners, nor two accountants, nor an owner and an accountant share one. An individual's taxpayer_id of
  gt3_2015 is the owner's ID, for one in four with 01 behind it: 18 or 20 characters, never 15.
- mobile, accountant_mobile: the last 8 digits are A4(s) and A2(s); owners and accountants have different
  prefixes.
- bank_account: of a company, the last 8 digits are A3(s); of an individual, the 8 digits before the check
  digit of a card. Cards begin with 62 and accounts do not.
- agreement: its last 9 digits are A3(s).
- business_number: write s = L * 10**4 + R. L chooses a slot (district, class), and the slot's four digits are
  unique among the slots of the region; R is the next four digits. Hence (slot, R), and so s, can be read
  back.

Every map named here is injective on 0 .. 10**8 - 1, which is the range of indices.
"""

from collections.abc import Callable, Iterator
from hashlib import blake2b
from struct import Struct

from generators.identifiers.checksums import (
    LUHN_DOUBLED,
    ORGANISATION_CHECKS,
    RESIDENT_CHECKS,
    USCC_ALPHABET,
    USCC_VALUES,
)
from generators.tables import PROFILES
from generators.taxpayers.draw_tables import layout
from generators.taxpayers.names import brands, first_names, houses, last_names, mobile_prefixes, streets
from generators.taxpayers.permutation import HALF, SPACE, affine, feistel, round_tables, stream
from generators.taxpayers.resident_ids import WINDOW
from generators.taxpayers.taxpayer import Taxpayer

__all__ = ["PROFILES", "SPACE", "Population", "Taxpayer"]

CHECK_VALUES = {char: 28 * USCC_VALUES[char] for char in "0123456789X"}  # position 17 of a USCC weighs 28
FOUR = [f"{value:04d}" for value in range(HALF)]
LUHN_FOUR = [sum((int(t[0]), LUHN_DOUBLED[int(t[1])], int(t[2]), LUHN_DOUBLED[int(t[3])])) for t in FOUR]
LUHN_CHECKS = "0987654321"
DRAWS = Struct("<QI7H10B")  # the key, a landline, seven wide and ten narrow draws


class Population:
    """Synthetic taxpayers 0 .. 10**8 - 1 of one seed and era profile (`gt3_2015` or `current`).

    `taxpayer(i)` needs no state: any process can make any taxpayer, and all agree. Raises IndexError outside
    the range, ValueError for an unknown profile, `tables.TableError` for a wrong flat table.
    """

    taxpayer: Callable[[int], Taxpayer]

    def __init__(self, seed: int, profile: str = "current") -> None:
        self.seed, self.profile = seed, profile
        self.taxpayer = _maker(seed, profile)

    def taxpayers(self, start: int, count: int) -> Iterator[Taxpayer]:
        """Yield taxpayers start .. start + count - 1."""
        return map(self.taxpayer, range(start, start + count))

    def __len__(self) -> int:
        return SPACE

    def __repr__(self) -> str:
        return f"Population(seed={self.seed}, profile={self.profile!r})"

    def __reduce__(self) -> tuple[type["Population"], tuple[int, str]]:
        return Population, (self.seed, self.profile)


def _organisation_maker(seed: int, profile: str) -> Callable[[int], tuple[str, int]]:
    """Return f(s) -> (organisation code, a number congruent modulo 31 to its part of the USCC sum)."""
    lay = layout(profile)
    high_texts, high_marks = lay.high.texts, lay.high.marks
    low_texts, low_marks, base = lay.low.texts, lay.low.marks, len(lay.low.texts)
    a, b = affine(seed, "organisation")
    checks, check_values = ORGANISATION_CHECKS, CHECK_VALUES

    def organisation(s: int) -> tuple[str, int]:
        h, k = divmod((a * s + b) % SPACE, base)
        total = high_marks[h] + low_marks[k]
        check = checks[total % 11]
        return high_texts[h] + low_texts[k] + check, total + check_values[check]

    return organisation


def _person_maker(seed: int, profile: str, role: int) -> Callable[[int], tuple[str, int, int, int]]:
    """Return f(s) -> (resident ID, index of the day of birth, 1 for a man and 0 for a woman, permuted s)."""
    folk = layout(profile).people
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


def _maker(seed: int, profile: str) -> Callable[[int], Taxpayer]:
    """Return taxpayer(i): one flat function over local tables, as calls and attributes cost like work."""
    lay, old = layout(profile), profile == "gt3_2015"
    serial_of = feistel(round_tables(stream(seed, profile)))
    organisation = _organisation_maker(seed, profile)
    owner, accountant = _person_maker(seed, profile, 0), _person_maker(seed, profile, 1)
    a4, b4 = affine(seed, "mobile")
    salt, unpack = stream(seed, profile + " draws").to_bytes(8, "little"), DRAWS.unpack
    places, place_of, business, business_checks = lay.places, lay.place_of, lay.business, lay.business_checks
    dates, first_day, last_day, adult = lay.dates, lay.first_day, lay.last_day, lay.adult
    families, given, trade_names, roads, doors = last_names(), first_names(), brands(), streets(), houses()
    owner_prefixes, accountant_prefixes = ([int(p) * SPACE for p in table] for table in mobile_prefixes())
    new, four, luhn_four = tuple.__new__, FOUR, LUHN_FOUR

    def taxpayer(i: int) -> Taxpayer:
        if not 0 <= i < SPACE:
            raise IndexError(f"taxpayer index is {i}; must be 0 .. {SPACE - 1}")
        (key, landline, w_form, w_brand, w_family, w_family2, w_day, w_road, w_door,
         b_head, b_end, b_given, b_given2, b_bank, b_amount, b_staff, b_mobile, b_mobile2, b_coin,
        ) = unpack(blake2b(salt + i.to_bytes(8, "little"), digest_size=36).digest())  # fmt: skip
        s = serial_of(i)
        left, right = divmod(s, HALF)
        (region, region_sum, district, authority, djxh, address, postcode,
         individual, heads, forms, branches) = places[place_of[left]]  # fmt: skip
        kind, industry, scale, uscc_front, front_sum, endings, capitals, employees = forms[w_form]
        code, code_sum = organisation(s)
        owner_id, born, man, x2 = owner(s)
        accountant_id, _, accountant_man, x3 = accountant(s)
        if not old:
            check = USCC_ALPHABET[-(front_sum + region_sum + code_sum) % 31]
            uscc = taxpayer_id = f"{uscc_front}{region}{code}{check}"
        elif individual:
            uscc, code, taxpayer_id = "", "", owner_id if b_coin > 63 else owner_id + "01"
        else:
            uscc, taxpayer_id = "", region + code
        bank_name, bank_line, account, luhn_sum = branches[b_bank]
        high, low = divmod(x3, HALF)
        digits = four[high] + four[low]
        account += digits
        if individual:
            account += LUHN_CHECKS[(luhn_sum + luhn_four[high] + luhn_four[low]) % 10]
        first = born + adult if born + adult > first_day else first_day
        day = last_day - ((last_day - first) * w_day * w_day >> 32)  # squared: more in late years
        road = roads[w_road]
        return new(Taxpayer, (
            i, s, key, profile, str(djxh + i), taxpayer_id, uscc, code,
            business[left] + four[right] + business_checks[left][right],
            heads[b_head] + trade_names[w_brand] + endings[b_end],
            scale, individual, kind, industry, families[w_family] + given[man][b_given], owner_id,
            "0731-" + str(80_000_000 + landline % 10_000_000),
            str(owner_prefixes[b_mobile] + (a4 * s + b4) % SPACE),
            region, district, authority, road, address + road + doors[w_door], postcode,
            bank_name, bank_line, account, region + "0" + digits, dates[day - first_day],
            capitals[b_amount & 15], employees[b_staff & 15],
            families[w_family2] + given[accountant_man][b_given2], accountant_id,
            str(accountant_prefixes[b_mobile2] + x2),
        ))  # fmt: skip

    return taxpayer
