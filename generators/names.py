"""Names of people, streets and firms, from the word lists of Faker's zh_CN providers."""

from functools import lru_cache

from faker.providers.address.zh_CN import Provider as Address
from faker.providers.company.zh_CN import Provider as Company
from faker.providers.person.zh_CN import Provider as Person
from faker.providers.phone_number.zh_CN import Provider as Phone

from .tables import slots

LAST_NAMES = 4096
FIRST_NAMES = 128
BRANDS = 4096
STREETS = 1024
HOUSES = 1024
PREFIXES = 16


@lru_cache(maxsize=1)
def last_names() -> list[str]:
    """4096 slots of family names, as frequent as in Faker's table of shares."""
    return slots(list(Person.last_names), list(Person.last_names.values()), LAST_NAMES)


@lru_cache(maxsize=1)
def first_names() -> tuple[list[str], list[str]]:
    """128 slots of given names each: of women, of men (indexed by the parity of a resident ID's serial)."""
    women, men = Person.first_names_female, Person.first_names_male
    return slots(women, [1] * len(women), FIRST_NAMES), slots(men, [1] * len(men), FIRST_NAMES)


@lru_cache(maxsize=1)
def brands() -> list[str]:
    """4096 trade names (字号): Faker's two-character company names, and pairs of lucky single-character names."""
    whole = [name for name in dict.fromkeys(Company.company_prefixes) if len(name) == 2]
    lucky = [name for name in dict.fromkeys(Person.first_names) if len(name) == 1]
    pairs = [a + b for a in lucky for b in lucky if a != b]
    return whole + slots(pairs, [1] * len(pairs), BRANDS - len(whole))


@lru_cache(maxsize=1)
def streets() -> list[str]:
    """1024 slots of streets, in Faker's form: a city's or a family's name, and 路 or 街."""
    cities = [city + suffix for city in dict.fromkeys(Address.cities) for suffix in Address.street_suffixes]
    families = [name + "家" + suffix for name in list(Person.last_names)[:64] for suffix in ("巷", "路")]
    return slots(cities + families, [2.0] * len(cities) + [1.0] * len(families), STREETS)


@lru_cache(maxsize=1)
def houses() -> list[str]:
    """1024 house numbers, some with a building and a room."""
    rooms = [f"{k % 97 + 1}号{k % 12 + 1}栋{k % 28 + 1}{k % 8 + 1:02d}室" for k in range(HOUSES // 4)]
    return [f"{k + 1}号" for k in range(HOUSES - len(rooms))] + rooms


@lru_cache(maxsize=1)
def mobile_prefixes() -> tuple[list[str], list[str]]:
    """16 slots each of 3-digit mobile prefixes: for owners, for accountants. No prefix is in both."""
    prefixes = [str(prefix) for prefix in dict.fromkeys(Phone.phonenumber_prefixes)]
    mine, theirs = prefixes[::2], prefixes[1::2]
    return slots(mine, [1] * len(mine), PREFIXES), slots(theirs, [1] * len(theirs), PREFIXES)
