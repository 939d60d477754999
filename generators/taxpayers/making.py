"""One taxpayer of a population, from its index: draws, and what follows from them (see `population`)."""

from collections.abc import Callable
from hashlib import blake2b
from struct import Struct

from generators.eras.era import day_of
from generators.identifiers.checksums import LUHN_DOUBLED
from generators.taxpayers.draw_tables import Layout, business_front, layout
from generators.taxpayers.identity import codes_maker, person_maker
from generators.taxpayers.names import first_names, houses, last_names, mobile_prefixes, streets, trade_names
from generators.taxpayers.permutation import HALF, SPACE, affine, feistel, round_tables, stream
from generators.taxpayers.register import NEWCOMERS, REFORM_DAY, STANDING, days
from generators.taxpayers.taxpayer import Taxpayer

FOUR = [f"{value:04d}" for value in range(HALF)]
LUHN_FOUR = [sum((int(t[0]), LUHN_DOUBLED[int(t[1])], int(t[2]), LUHN_DOUBLED[int(t[3])])) for t in FOUR]
LUHN_CHECKS = "0987654321"
DRAWS = Struct("<QI7H10B")  # the key, a landline, seven wide and ten narrow draws
DRAWN = "gt3_2015"  # the label of all random streams: that of the oldest profile, so that its people stay
YEAR = 366
REFORM_ORDINAL = REFORM_DAY.toordinal()


def _days_maker(lay: Layout) -> Callable[[int, int, int], tuple[int, int, int]]:
    """Return f(i, day of the owner's birth, draw) -> (number of the name, band, day of registration)."""
    first_day, last_day, adult = lay.first_day, lay.last_day, lay.adult
    new_days = days()
    all_new_days = len(new_days)

    def registered(i: int, born: int, drawn: int) -> tuple[int, int, int]:
        if i < NEWCOMERS:
            number, band = (3 * i, 0) if i < STANDING else (3 * (i - STANDING) + 1, 1)
            first = born + adult if born + adult > first_day else first_day
            return number, band, last_day - ((last_day - first) * drawn * drawn >> 32)  # more in late years
        day = new_days[(i - NEWCOMERS) % all_new_days]
        return 3 * (i - NEWCOMERS) + 2, 2 if day >= REFORM_ORDINAL else 0, day

    return registered


def _scales_maker(lay: Layout, today: int) -> Callable[[str, int, int], tuple[str, str]]:
    """Return f(scale, day of registration, draw) -> (scale of today, general taxpayer since, or "")."""
    dates, first_day, grown = lay.dates, lay.first_day, lay.grown

    def scale_of(scale: str, day: int, drawn: int) -> tuple[str, str]:
        if scale == "general":
            return scale, dates[day - first_day]
        if not drawn & 15:
            since = grown[drawn >> 4 & 255]
            if day + YEAR <= since <= today:
                return "general", dates[since - first_day]
        return scale, ""

    return scale_of


def _names_maker(seed: int) -> Callable[[int], tuple[str, str]]:
    """Return f(number) -> (trade name, what follows it), both without place and kind of enterprise."""
    pairs, suffixes, step = trade_names()
    shift, many = stream(seed, "trade names"), len(pairs)

    def name(number: int) -> tuple[str, str]:
        suffix, pair = divmod(number, many)
        return pairs[(pair * step + shift) % many], suffixes[suffix]

    return name


def _account(front: str, luhn_sum: int, number: int, individual: bool) -> tuple[str, str]:
    """Return the eight digits of a number below 10**8, and the account or card that ends in them."""
    high, low = divmod(number, HALF)
    digits = FOUR[high] + FOUR[low]
    if individual:
        return digits, front + digits + LUHN_CHECKS[(luhn_sum + LUHN_FOUR[high] + LUHN_FOUR[low]) % 10]
    return digits, front + digits


def maker(seed: int, profile: str) -> Callable[[int], Taxpayer]:
    """Return taxpayer(i): over local tables, as attributes cost like work."""
    lay, today = layout(profile), day_of(profile).toordinal()
    serial_of = feistel(round_tables(stream(seed, DRAWN)))
    owner, accountant = person_maker(seed, lay, 0), person_maker(seed, lay, 1)
    codes, registered, scale_of = codes_maker(seed, lay, today), _days_maker(lay), _scales_maker(lay, today)
    name_of = _names_maker(seed)
    a4, b4 = affine(seed, "mobile")
    salt, unpack = stream(seed, DRAWN + " draws").to_bytes(8, "little"), DRAWS.unpack
    places, place_of, ranks, fronts = lay.places, lay.place_of, lay.ranks, lay.business
    dates, first_day = lay.dates, lay.first_day
    families, given, roads, doors = last_names(), first_names(), streets(), houses()
    owner_prefixes, accountant_prefixes = ([int(p) * SPACE for p in table] for table in mobile_prefixes())
    new = tuple.__new__

    def taxpayer(i: int) -> Taxpayer:
        if not 0 <= i < SPACE:
            raise IndexError(f"taxpayer index is {i}; must be 0 .. {SPACE - 1}")
        (key, landline, w_form, _, w_family, w_family2, w_day, w_road, w_door,
         b_head, b_end, b_given, b_given2, b_bank, b_amount, b_staff, b_mobile, b_mobile2, b_coin,
        ) = unpack(blake2b(salt + i.to_bytes(8, "little"), digest_size=36).digest())  # fmt: skip
        s = serial_of(i)
        left, right = divmod(s, HALF)
        (born_region, region_sum, new_region, new_region_sum, moved_on, region, district, authority, djxh,
         address, postcode, individual, heads, new_heads, forms, branches,
        ) = places[place_of[left]]  # fmt: skip
        owner_id, born, man, x2 = owner(s)
        accountant_id, _, accountant_man, x3 = accountant(s)
        number, band, day = registered(i, born, w_day)
        (kind, industry, scale, serial, uscc_front, front_sum, endings, capitals, employees,
        ) = forms[band][w_form]  # fmt: skip
        business, business_checks = fronts[left][serial]
        if day >= moved_on:
            born_region, region_sum, heads = new_region, new_region_sum, new_heads
            business, business_checks = business_front(new_region, serial, ranks[left])
        taxpayer_id, uscc, code, old_id = codes(
            s, key >> 52, b_coin, day, owner_id if individual else "", born_region, region_sum,
            moved_on, new_region, new_region_sum, uscc_front, front_sum,
        )  # fmt: skip
        scale, general_from = scale_of(scale, day, key >> 40)
        bank_name, bank_line, account, luhn_sum = branches[b_bank]
        digits, account = _account(account, luhn_sum, x3, individual)
        trade_name, suffix = name_of(number)
        road = roads[w_road]
        return new(Taxpayer, (
            i, s, key, profile, str(djxh + i), taxpayer_id, uscc, code, old_id,
            business + FOUR[right] + business_checks[right],
            heads[b_head] + trade_name + suffix + endings[b_end], scale, general_from, individual,
            kind, industry, families[w_family] + given[man][b_given], owner_id,
            "0731-" + str(80_000_000 + landline % 10_000_000),
            str(owner_prefixes[b_mobile] + (a4 * s + b4) % SPACE),
            region, district, authority, road, address + road + doors[w_door], postcode,
            bank_name, bank_line, account, born_region + "0" + digits, dates[day - first_day],
            capitals[b_amount & 15], employees[b_staff & 15],
            families[w_family2] + given[accountant_man][b_given2], accountant_id,
            str(accountant_prefixes[b_mobile2] + x2), seed,
        ))  # fmt: skip

    return taxpayer


def general_maker(seed: int, profile: str) -> Callable[[int], bool]:
    """Return may_be_general(i): False for a taxpayer who is a small-scale one on the day, for certain.

    A fifth of the work of making the taxpayer: of 16 who begin small all but one stay so.
    """
    lay = layout(profile)
    serial_of = feistel(round_tables(stream(seed, DRAWN)))
    salt, unpack = stream(seed, DRAWN + " draws").to_bytes(8, "little"), DRAWS.unpack
    places, place_of, new_days = lay.places, lay.place_of, days()
    all_new_days = len(new_days)

    def may_be_general(i: int) -> bool:
        drawn = unpack(blake2b(salt + i.to_bytes(8, "little"), digest_size=36).digest())
        if not drawn[0] >> 40 & 15:
            return True
        band = 0 if i < STANDING else 1
        if i >= NEWCOMERS:
            band = 2 if new_days[(i - NEWCOMERS) % all_new_days] >= REFORM_ORDINAL else 0
        scale: str = places[place_of[serial_of(i) // HALF]].forms[band][drawn[2]].scale
        return scale == "general"

    return may_be_general
