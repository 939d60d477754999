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

from generators.eras.era import NAMED, Era, day_of, era
from generators.tables import PROFILES
from generators.taxpayers.making import general_maker, maker
from generators.taxpayers.permutation import SPACE
from generators.taxpayers.register import Register
from generators.taxpayers.taxpayer import Taxpayer

__all__ = ["PROFILES", "SPACE", "Population", "Taxpayer"]


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
        self.taxpayer = maker(seed, profile)
        self._register: Register | None = None
        self._may_be_general: Callable[[int], bool] | None = None

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

    @property
    def counted(self) -> Callable[[int], Taxpayer]:
        """The n-th taxpayer as a run counts them: of a named profile number n, of a day the n-th on its
        register."""
        return self.taxpayer if self.profile in NAMED else self.registered

    def registered(self, n: int) -> Taxpayer:
        """Return the n-th taxpayer on the register of the day."""
        return self.taxpayer(self.register.index(n))

    def newcomer(self, n: int) -> Taxpayer:
        """Return the n-th taxpayer who registers on the day."""
        return self.taxpayer(self.register.newcomer(n))

    def taxpayers(self, start: int, count: int) -> Iterator[Taxpayer]:
        """Yield taxpayers start .. start + count - 1, by index."""
        return map(self.taxpayer, range(start, start + count))

    def generals(self, start: int, count: int) -> Iterator[Taxpayer]:
        """Yield the general taxpayers among start .. start + count - 1, without making all the others."""
        if self._may_be_general is None:
            self._may_be_general = general_maker(self.seed, self.profile)
        likely = map(self.taxpayer, filter(self._may_be_general, range(start, start + count)))
        return (t for t in likely if t.scale == "general")

    def __len__(self) -> int:
        return SPACE

    def __repr__(self) -> str:
        return f"Population(seed={self.seed}, profile={self.profile!r})"

    def __reduce__(self) -> tuple[type["Population"], tuple[int, str]]:
        return Population, (self.seed, self.profile)
