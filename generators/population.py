"""A population of synthetic taxpayers: `taxpayer(i)` is a pure function of (seed, profile, i).

Why no two indices share an identifier. Let s = F(i), where F is a Feistel permutation of 0 .. 10**8 - 1 keyed by the
seed (see `mixing`). Every unique identifier holds the index, s, or a permutation of s in digits that can be read back:

- djxh: its last 10 digits are i + 1.
- org_code, and so uscc and the 15-character taxpayer_id: the body is A1(s) in 8 digits (gt3_2015) or in 6 digits to
  the base 31 after `MA` (current; 31**6 > 10**8). A1 .. A6 are permutations x -> (a x + b) mod 10**8.
- legal_person_id, accountant_id: mixed-radix digits of A2(s), and of 10**8 + A3(s) (see `people`), so neither two
  owners, nor two accountants, nor an owner and an accountant share one. An individual's taxpayer_id of gt3_2015 is
  the owner's ID, for one in four with 01 behind it: 18 or 20 characters, never 15.
- mobile, accountant_mobile: the last 8 digits are A4(s) and A5(s); owners and accountants have different prefixes.
- bank_account: of a company, the last 8 digits are A6(s); of an individual, the 8 digits before the check digit of a
  card. Cards begin with 62 and accounts do not.
- agreement: its last 9 digits are A6(s).
- business_number: write s = L * 10**4 + R. L chooses a slot (district, class), and the slot's four digits are unique
  among the slots of the region; R is the next four digits. Hence (slot, R), and so s, can be read back.

Every map named here is injective on 0 .. 10**8 - 1, which is the range of indices.
"""

from collections.abc import Callable, Iterator

from .identifiers.checksums import LUHN_DOUBLED, ORGANISATION_CHECKS, RESIDENT_CHECKS, USCC_ALPHABET, USCC_VALUES
from .layout import layout
from .mixing import C1, C2, GOLDEN, HALF, MASK, SPACE, affine, feistel, round_tables, stream
from .names import brands, first_names, houses, last_names, mobile_prefixes, streets
from .people import WINDOW
from .taxpayer import Taxpayer

__all__ = ["PROFILES", "SPACE", "Population", "Taxpayer"]

PROFILES = ("gt3_2015", "current")
ADULT = 6575  # days of 18 years
CHECK_VALUES = {char: 28 * USCC_VALUES[char] for char in "0123456789X"}  # position 17 of a USCC weighs 28
FOUR = [f"{value:04d}" for value in range(HALF)]
LUHN_FOUR = [sum((int(t[0]), LUHN_DOUBLED[int(t[1])], int(t[2]), LUHN_DOUBLED[int(t[3])])) for t in FOUR]


class Population:
    """Synthetic taxpayers 0 .. 10**8 - 1 of one seed and era profile (`gt3_2015` or `current`).

    `taxpayer(i)` needs no state: any process can make any taxpayer, and all agree. Raises IndexError outside the
    range, ValueError for an unknown profile, `tables.TableError` for a wrong flat table.
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
    """Return f(s) -> (organisation code, its part of the USCC sum)."""
    lay = layout(profile)
    (high, low), base = lay.bodies, lay.base
    front, front_sum = ("", 0) if profile == "gt3_2015" else ("MA", 22 * 3 + 10 * 7)
    a, b = affine(seed, "organisation")
    checks, check_values = ORGANISATION_CHECKS, CHECK_VALUES

    def organisation(s: int) -> tuple[str, int]:
        h, k = divmod((a * s + b) % SPACE, base)
        text_h, sum11_h, sum31_h = high[h]
        text_k, sum11_k, sum31_k = low[k]
        check = checks[(front_sum + sum11_h + sum11_k) % 11]
        return front + text_h + text_k + check, sum31_h + sum31_k + check_values[check]

    return organisation


def _person_maker(seed: int, profile: str, role: int) -> Callable[[int], tuple[str, int, int]]:
    """Return f(s) -> (resident ID, day of birth as ordinal, 1 for a man and 0 for a woman)."""
    folk = layout(profile).people
    windows, days, orders = folk.windows, folk.days, folk.orders
    count = len(windows)
    a, b = affine(seed, f"person {role}")
    base, checks = role * SPACE, RESIDENT_CHECKS

    def person(s: int) -> tuple[str, int, int]:
        rest, w = divmod(base + (a * s + b) % SPACE, count)
        order, day = divmod(rest, WINDOW)
        area, area_sum, first = windows[w]
        born, born_sum, ordinal = days[first + day]
        serial, serial_sum = orders[order]
        check = checks[(area_sum + born_sum + serial_sum) % 11]
        return area + born + serial + check, ordinal, 1 - order % 2  # order 0 is serial 001: odd, a man

    return person


def _maker(seed: int, profile: str) -> Callable[[int], Taxpayer]:
    """Return taxpayer(i). One flat function over local tables: calls and attributes would cost as much as the work."""
    lay = layout(profile)
    old = profile == "gt3_2015"
    serial_of = feistel(round_tables(stream(seed, profile)))
    organisation = _organisation_maker(seed, profile)
    owner, accountant = _person_maker(seed, profile, 0), _person_maker(seed, profile, 1)
    (a4, b4), (a5, b5), (a6, b6) = (affine(seed, label) for label in ("mobile", "accountant mobile", "account"))
    base = stream(seed, profile + " draws")
    slots, dates, first_day, last_day = lay.slots, lay.dates, lay.first_day, lay.last_day
    families, given, trade_names, roads, doors = last_names(), first_names(), brands(), streets(), houses()
    owner_prefixes, accountant_prefixes = mobile_prefixes()
    new, mix, alphabet, luhn_four = tuple.__new__, _mix, USCC_ALPHABET, LUHN_FOUR

    def taxpayer(i: int) -> Taxpayer:
        if not 0 <= i < SPACE:
            raise IndexError(f"taxpayer index is {i}; must be 0 .. {SPACE - 1}")
        s = serial_of(i)
        key = mix(base + 3 * i * GOLDEN)
        k1 = mix(base + (3 * i + 1) * GOLDEN)
        k2 = mix(base + (3 * i + 2) * GOLDEN)
        left, right = divmod(s, HALF)
        (region, region_sum, district, authority, djxh, address, postcode, individual, heads, forms, branches,
         business, business_checks) = slots[left]  # fmt: skip
        form = forms[k1 & 16383]
        registration_type, industry, scale, uscc_front, front_sum, endings, capitals, employees = form
        code, code_sum = organisation(s)
        owner_id, born, man = owner(s)
        accountant_id, _, accountant_man = accountant(s)
        uscc = ""
        if not old:
            front_sum += region_sum + code_sum
            uscc = taxpayer_id = uscc_front + region + code + alphabet[-front_sum % 31]
        elif individual:
            code, taxpayer_id = "", owner_id if k1 >> 62 else owner_id + "01"
        else:
            taxpayer_id = region + code
        bank_name, bank_line, account, card, card_sum = branches[k2 & 255]
        x6 = (a6 * s + b6) % SPACE
        digits = f"{x6:08d}"
        if individual:
            high, low = divmod(x6, HALF)
            account = card + digits + "0987654321"[(card_sum + luhn_four[high] + luhn_four[low]) % 10]
        else:
            account += digits
        first = born + ADULT if born + ADULT > first_day else first_day
        day = last_day - ((last_day - first) * (k2 >> 8 & 65535) ** 2 >> 32)  # squared: more in late years
        road = roads[k2 >> 24 & 1023]
        return new(Taxpayer, (
            i, s, key, profile, f"{djxh}{i + 1:010d}", taxpayer_id, uscc, code,
            f"{business}{right:04d}{business_checks[right]}",
            heads[k1 >> 14 & 7] + trade_names[k1 >> 17 & 4095] + endings[k1 >> 29 & 7],
            scale, individual, registration_type, industry,
            families[k1 >> 32 & 4095] + given[man][k1 >> 44 & 127], owner_id,
            f"0731-8{(k2 >> 34 & 0xFFFFFF) % 10_000_000:07d}",
            f"{owner_prefixes[k1 >> 51 & 15]}{(a4 * s + b4) % SPACE:08d}",
            region, district, authority, road, address + road + doors[k2 >> 54], postcode,
            bank_name, bank_line, account, f"{region}{x6:09d}", dates[day - first_day],
            capitals[k1 >> 55 & 15], employees[k1 >> 58 & 15],
            families[key & 4095] + given[accountant_man][key >> 12 & 127], accountant_id,
            f"{accountant_prefixes[key >> 19 & 15]}{(a5 * s + b5) % SPACE:08d}",
        ))  # fmt: skip

    return taxpayer


def _mix(x: int) -> int:
    """`mixing.splitmix64`, for a sum that may exceed 64 bits."""
    x &= MASK
    x = ((x ^ (x >> 30)) * C1) & MASK
    x = ((x ^ (x >> 27)) * C2) & MASK
    return x ^ (x >> 31)
