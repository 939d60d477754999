"""Names of people, streets and firms, from the word lists of Faker's zh_CN providers.

Each function returns a table of WIDE or NARROW slots, so that a draw is one lookup by two drawn bytes, or
one. Another release of Faker may bring other names; no identifier depends on them.
"""

from functools import lru_cache

from faker.providers.address.zh_CN import Provider as Address
from faker.providers.company.zh_CN import Provider as Company
from faker.providers.person.zh_CN import Provider as Person
from faker.providers.phone_number.zh_CN import Provider as Phone

from generators.tables import slots

WIDE = 1 << 16  # slots of a table that two drawn bytes index
NARROW = 1 << 8  # slots of a table that one drawn byte indexes


@lru_cache(maxsize=1)
def last_names() -> list[str]:
    """Family names, as frequent as in Faker's table of shares."""
    return slots(list(Person.last_names), list(Person.last_names.values()), WIDE)


@lru_cache(maxsize=1)
def first_names() -> tuple[list[str], list[str]]:
    """Given names: of women, of men (indexed by the parity of a resident ID's serial)."""
    women, men = Person.first_names_female, Person.first_names_male
    return slots(women, [1] * len(women), NARROW), slots(men, [1] * len(men), NARROW)


@lru_cache(maxsize=1)
def brands() -> list[str]:
    """Trade names (字号): Faker's two-character company names, and pairs of lucky single-character names."""
    whole = [name for name in dict.fromkeys(Company.company_prefixes) if len(name) == 2]
    lucky = [name for name in dict.fromkeys(Person.first_names) if len(name) == 1]
    pairs = [a + b for a in lucky for b in lucky if a != b]
    return slots(whole + pairs, [8] * len(whole) + [1] * len(pairs), WIDE)


@lru_cache(maxsize=1)
def streets() -> list[str]:
    """Streets, in Faker's form: a city's or a family's name, and 路 or 街."""
    cities = [city + suffix for city in dict.fromkeys(Address.cities) for suffix in Address.street_suffixes]
    families = [name + "家" + suffix for name in list(Person.last_names)[:64] for suffix in ("巷", "路")]
    return slots(cities + families, [2.0] * len(cities) + [1.0] * len(families), WIDE)


@lru_cache(maxsize=1)
def houses() -> list[str]:
    """House numbers, some with a building and a room."""
    plain = [f"{k + 1}号" for k in range(768)]
    rooms = [f"{k % 97 + 1}号{k % 12 + 1}栋{k % 28 + 1}{k % 8 + 1:02d}室" for k in range(256)]
    return slots(plain + rooms, [1] * 1024, WIDE)


@lru_cache(maxsize=1)
def mobile_prefixes() -> tuple[list[str], list[str]]:
    """3-digit mobile prefixes: for owners, for accountants. No prefix is in both."""
    prefixes = [str(prefix) for prefix in dict.fromkeys(Phone.phonenumber_prefixes)]
    mine, theirs = prefixes[::2], prefixes[1::2]
    return slots(mine, [1] * len(mine), NARROW), slots(theirs, [1] * len(theirs), NARROW)
