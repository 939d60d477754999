"""A population of synthetic taxpayers: `taxpayer(i)` is a pure function of (seed, i, day).

Taxpayer i is the same entity on every day; a profile (`gt3_2015`, `current`, or a day such as 2015-10-22)
says as of when it is shown (see `Taxpayer`). Which indices are on the register on a day: see `register`.

Why no two indices share an identifier. Let s = F(i), where F is a Feistel permutation of 0 .. 10**8 - 1
keyed by the seed (see `mixing`), and let A1 .. A4 be permutations x -> (a x + b) mod 10**8. Every unique
identifier holds the index, s, or a permutation of s in digits that can be read back:

- djxh: its last 10 digits are i + 1.
- org_code, and so uscc and the 15-character id: the body is A1(s), in 8 digits (enterprises that registered
  before October 2015) or in 6 digits to the base 31 after `MA` (all others; 31**6 > 10**8).
- legal_person_id, accountant_id: mixed-radix digits of A2(s), and of 10**8 + A3(s) (see `people`), so neither
  two owners, nor two accountants, nor an owner and an accountant share one. An individual's id before the
  uscc is the owner's ID, for one in four with 01 behind it: 18 or 20 characters, never 15.
- mobile, accountant_mobile: the last 8 digits are A4(s) and A2(s); owners and accountants have different
  prefixes.
- bank_account: of a company, the last 8 digits are A3(s); of an individual, the 8 digits before the check
  digit of a card. Cards begin with 62 and accounts do not.
- agreement: its last 9 digits are A3(s).
- business_number: write s = L * 10**4 + R. L chooses a slot (district, class), and the slot's three digits
  are unique among the slots of the region and class; the digit before them says the class, and R is the next
  four digits. Hence (slot, R), and so s, can be read back.
- name: the trade name is a number in characters (see `names.trade_names`): 3 n + b for the n-th index of
  band b, so that the first ones of each band have short names.

Every map named here is injective on 0 .. 10**8 - 1, which is the range of indices.
"""

from collections.abc import Callable, Iterator
from hashlib import blake2b
from struct import Struct

from generators.eras.era import Era, day_of, era
from generators.identifiers.checksums import (
    LUHN_DOUBLED,
    ORGANISATION_CHECKS,
    RESIDENT_CHECKS,
    USCC_ALPHABET,
    USCC_VALUES,
)
from generators.tables import PROFILES
from generators.taxpayers.draw_tables import CONVERTED, CONVERTED_INDIVIDUALS, Bodies, business_front, layout
from generators.taxpayers.names import first_names, houses, last_names, mobile_prefixes, streets, trade_names
from generators.taxpayers.permutation import HALF, SPACE, affine, feistel, round_tables, stream
from generators.taxpayers.register import NEWCOMERS, REFORM_DAY, STANDING, Register, days
from generators.taxpayers.resident_ids import WINDOW
from generators.taxpayers.taxpayer import Taxpayer

__all__ = ["PROFILES", "SPACE", "Population", "Taxpayer"]

CHECK_VALUES = {char: 28 * USCC_VALUES[char] for char in "0123456789X"}  # position 17 of a USCC weighs 28
FOUR = [f"{value:04d}" for value in range(HALF)]
LUHN_FOUR = [sum((int(t[0]), LUHN_DOUBLED[int(t[1])], int(t[2]), LUHN_DOUBLED[int(t[3])])) for t in FOUR]
LUHN_CHECKS = "0987654321"
DRAWS = Struct("<QI7H10B")  # the key, a landline, seven wide and ten narrow draws
DRAWN = "gt3_2015"  # the label of all random streams: that of the oldest profile, so that its people stay
YEAR = 366
REFORM_ORDINAL = REFORM_DAY.toordinal()


class Population:
    """Synthetic taxpayers 0 .. 10**8 - 1 of one seed, as on the day of a profile (a name, or a day).

    `taxpayer(i)` needs no state: any process can make any taxpayer, and all agree. `registered(n)` is the
    n-th taxpayer on the register of the day, `newcomer(n)` the n-th who registers on it. Raises IndexError
    outside the range, ValueError for an unknown profile, `tables.TableError` for a wrong flat table.
    """

    taxpayer: Callable[[int], Taxpayer]

    def __init__(self, seed: int, profile: str = "current") -> None:
        self.seed, self.profile = seed, profile
        self.day = day_of(profile)
        self.taxpayer = _maker(seed, profile)
        self._register: Register | None = None

    @property
    def era(self) -> Era:
        """What holds on the day."""
        return era(self.day)

    @property
    def register(self) -> Register:
        """The register of the day. Raises ValueError for a day before 2015-01-05."""
        if self._register is None:
            self._register = Register(self.day)
        return self._register

    def registered(self, n: int) -> Taxpayer:
        """Return the n-th taxpayer on the register of the day."""
        return self.taxpayer(self.register.index(n))

    def newcomer(self, n: int) -> Taxpayer:
        """Return the n-th taxpayer who registers on the day."""
        return self.taxpayer(self.register.newcomer(n))

    def taxpayers(self, start: int, count: int) -> Iterator[Taxpayer]:
        """Yield taxpayers start .. start + count - 1, by index."""
        return map(self.taxpayer, range(start, start + count))

    def __len__(self) -> int:
        return SPACE

    def __repr__(self) -> str:
        return f"Population(seed={self.seed}, profile={self.profile!r})"

    def __reduce__(self) -> tuple[type["Population"], tuple[int, str]]:
        return Population, (self.seed, self.profile)


def _organisation_maker(seed: int, high: Bodies, low: Bodies) -> Callable[[int], tuple[str, int]]:
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
    lay, today = layout(profile), day_of(profile).toordinal()
    serial_of = feistel(round_tables(stream(seed, DRAWN)))
    numeric = _organisation_maker(seed, lay.high, lay.low)
    lettered = _organisation_maker(seed, lay.new_high, lay.new_low)
    owner, accountant = _person_maker(seed, profile, 0), _person_maker(seed, profile, 1)
    a4, b4 = affine(seed, "mobile")
    salt, unpack = stream(seed, DRAWN + " draws").to_bytes(8, "little"), DRAWS.unpack
    places, place_of, ranks, fronts = lay.places, lay.place_of, lay.ranks, lay.business
    dates, first_day, last_day, adult = lay.dates, lay.first_day, lay.last_day, lay.adult
    conversions, individual_conversions, grown = lay.conversions, lay.individual_conversions, lay.grown
    families, given, roads, doors = last_names(), first_names(), streets(), houses()
    pairs, suffixes, step = trade_names()
    shift, many = stream(seed, "trade names"), len(pairs)
    owner_prefixes, accountant_prefixes = ([int(p) * SPACE for p in table] for table in mobile_prefixes())
    new, four, luhn_four = tuple.__new__, FOUR, LUHN_FOUR
    new_days, codes_since = days(), CONVERTED[0].toordinal()
    individual_codes_since = CONVERTED_INDIVIDUALS[0].toordinal()
    all_new_days = len(new_days)

    def taxpayer(i: int) -> Taxpayer:
        if not 0 <= i < SPACE:
            raise IndexError(f"taxpayer index is {i}; must be 0 .. {SPACE - 1}")
        (key, landline, w_form, _, w_family, w_family2, w_day, w_road, w_door,
         b_head, b_end, b_given, b_given2, b_bank, b_amount, b_staff, b_mobile, b_mobile2, b_coin,
        ) = unpack(blake2b(salt + i.to_bytes(8, "little"), digest_size=36).digest())  # fmt: skip
        s = serial_of(i)
        left, right = divmod(s, HALF)
        (born_region, region_sum, new_region, new_region_sum, moved_on, region, district, authority, djxh,
        address,
         postcode, individual, heads, new_heads, forms, branches) = places[place_of[left]]  # fmt: skip
        owner_id, born, man, x2 = owner(s)
        accountant_id, _, accountant_man, x3 = accountant(s)
        if i < NEWCOMERS:
            number, band = (3 * i, 0) if i < STANDING else (3 * (i - STANDING) + 1, 1)
            first = born + adult if born + adult > first_day else first_day
            day = last_day - ((last_day - first) * w_day * w_day >> 32)  # squared: more in late years
        else:
            number = 3 * (i - NEWCOMERS) + 2
            day = new_days[(i - NEWCOMERS) % all_new_days]
            band = 2 if day >= REFORM_ORDINAL else 0
        (kind, industry, scale, serial, uscc_front, front_sum, endings, capitals, employees,
        ) = forms[band][w_form]  # fmt: skip
        business, business_checks = fronts[left][serial]
        if day >= moved_on:
            born_region, region_sum, heads = new_region, new_region_sum, new_heads
            business, business_checks = business_front(new_region, serial, ranks[left])
        if individual:
            old_id = owner_id if b_coin > 63 else owner_id + "01"
            code, code_sum = lettered(s)
            converted = individual_conversions[key >> 52]
            if day >= individual_codes_since:
                converted, old_id = day, ""
        elif day < codes_since:
            code, code_sum = numeric(s)
            old_id = born_region + code
            converted = conversions[key >> 52]
        else:
            code, code_sum = lettered(s)
            converted, old_id = day, ""
        if today >= converted or not old_id:
            if converted >= moved_on > day:
                uscc_region, uscc_region_sum = new_region, new_region_sum
            else:
                uscc_region, uscc_region_sum = born_region, region_sum
            check = USCC_ALPHABET[-(front_sum + uscc_region_sum + code_sum) % 31]
            uscc = taxpayer_id = f"{uscc_front}{uscc_region}{code}{check}"
        else:
            uscc, taxpayer_id = "", old_id
            if individual:
                code = ""
        general_from = ""
        if scale == "general":
            general_from = dates[day - first_day]
        elif not key >> 40 & 15:
            since = grown[key >> 44 & 255]
            if day + YEAR <= since <= today:
                scale, general_from = "general", dates[since - first_day]
        bank_name, bank_line, account, luhn_sum = branches[b_bank]
        high, low = divmod(x3, HALF)
        digits = four[high] + four[low]
        account += digits
        if individual:
            account += LUHN_CHECKS[(luhn_sum + luhn_four[high] + luhn_four[low]) % 10]
        suffix, pair = divmod(number, many)
        road = roads[w_road]
        return new(Taxpayer, (
            i, s, key, profile, str(djxh + i), taxpayer_id, uscc, code, old_id,
            business + four[right] + business_checks[right],
            heads[b_head] + pairs[(pair * step + shift) % many] + suffixes[suffix] + endings[b_end],
            scale, general_from, individual, kind, industry, families[w_family] + given[man][b_given],
            owner_id, "0731-" + str(80_000_000 + landline % 10_000_000),
            str(owner_prefixes[b_mobile] + (a4 * s + b4) % SPACE),
            region, district, authority, road, address + road + doors[w_door], postcode,
            bank_name, bank_line, account, born_region + "0" + digits, dates[day - first_day],
            capitals[b_amount & 15], employees[b_staff & 15],
            families[w_family2] + given[accountant_man][b_given2], accountant_id,
            str(accountant_prefixes[b_mobile2] + x2), seed,
        ))  # fmt: skip

    return taxpayer
