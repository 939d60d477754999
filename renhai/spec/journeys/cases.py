"""The cases that journeys work on, and the taxpayers that they draw."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import TYPE_CHECKING, Any, Protocol

from renhai.spec.journeys.served import Line, Served, read
from results.verdict.reasons import Reason
from results.verdict.reasons import generator as why

if TYPE_CHECKING:
    from renhai.spec.ahead.stored import Taken

MOST_LOOKED = 1000  # of those who wait, for one of a kind
MOST_PASSED = 20_000  # of those who are new, at one time


# Of a condition in a written journey: its place, its text, whether it held, whether what it reads was there.
Looked = Callable[[str, str, bool, bool], object]


class Exhausted(Exception):
    """No taxpayer is left for a journey: a reason, or a text that says which, and how to have more."""

    def __init__(self, said: Reason | str) -> None:
        self.reason: Reason = said if isinstance(said, Reason) else why.TaxpayersExhausted(detail=said)
        super().__init__(self.reason.en)


class AllFiled(Exhausted):
    """So many filing periods of one taxpayer are filed already."""

    def __init__(self, periods: int) -> None:
        super().__init__(why.PeriodsFiled(periods=periods))


class People(Protocol):
    """The part of generators.taxpayers.population.Population that a desk needs."""

    def taxpayer(self, i: int) -> Any: ...


class Further:
    """The taxpayers from number `first` on; each step of a search has its own."""

    def __init__(self, take: Callable[[int], Any], first: int) -> None:
        self._take, self._first = take, first

    def taxpayer(self, i: int) -> Any:
        return self._take(self._first + i)


class Seat(Protocol):
    """An operator, as far as a journey needs to know who does it: where he sits, his number in the run."""

    unit: str
    post: str
    seat: int


@dataclass(frozen=True)
class Partition:
    """The taxpayers of one worker: `slot + n * slots`, so that workers never meet without ever talking.

    A worker that joins late finds every slot taken; it serves `taxpayers` people of its own, with indices
    above everybody else's (`late` is 1 for the first such worker).

    before, here: operators by the name of their class, in workers of lower slots and in this one, as far as
    that is known.
    """

    taxpayers: int
    slot: int = 0
    slots: int = 1
    late: int = 0
    before: Mapping[str, int] = field(default_factory=dict)
    here: Mapping[str, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many taxpayers this worker has."""
        return self.taxpayers if self.late else len(range(self.slot, self.taxpayers, self.slots))

    def index(self, n: int) -> int:
        """The population index of this worker's n-th taxpayer."""
        return self.taxpayers * self.late + n if self.late else self.slot + n * self.slots


class Case:
    """One taxpayer and what has been done for them; at one desk at a time, given back by leaving `with`.

    registered: the target knows the taxpayer. period: the next filing period. range_index: the next invoice
    range to buy. issued: the range in hand with its issued invoices. filed: the voucher of a declaration that
    was filed and left unpaid, so that the collection desk has work; None when there is none. paid: something
    was paid, so that it can be certified. returns: an application is under way, for which they come again.
    """

    __slots__ = (
        "_newcomer",
        "_number",
        "_pool",
        "filed",
        "issued",
        "paid",
        "period",
        "range_index",
        "registered",
        "returns",
        "taxpayer",
    )

    def __init__(
        self,
        pool: TaxpayerPool,
        taxpayer: Any,
        registered: bool = False,
        number: int = -1,
        newcomer: bool = False,
    ) -> None:
        self._pool, self._number, self._newcomer = pool, number, newcomer
        self.taxpayer = taxpayer
        self.registered = registered
        self.period = 0
        self.range_index = 0
        self.issued: Any = None
        self.filed: Any = None
        self.paid = False
        self.returns = False

    @property
    def all_filed(self) -> int:
        """How many periods were to be filed when there is none left, else 0."""
        most = self._pool.periods
        return most if most is not None and self.period >= most else 0

    @property
    def periods(self) -> int | None:
        """How many periods there are to file; None for as many as one likes."""
        return self._pool.periods

    def declaration(self) -> MutableMapping[str, Any]:
        """The VAT declaration of the next filing period: made ahead of the load where that was done, else
        computed. It is a new one each time, which may be changed; `dict(...)` makes a dict of either."""
        ahead, t = self._pool.ahead, self.taxpayer
        if ahead is not None and self._number >= 0 and not self._newcomer:
            found = ahead.find(self._pool.place_of(self._number), self.period, t.djxh)
            if found is not None:
                return found
        from generators.documents.vat.declaration import declaration

        return declaration(t, self.period)

    def __enter__(self) -> Case:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.give_back(self)

    def served(self) -> Served:
        """What is remembered of it."""
        more = self.filed is not None or self.issued is not None
        flags = (bool(self.registered), bool(self.paid), bool(self.returns), more)
        return Served(self._number, self._newcomer, *flags, self.period, self.range_index)


class TaxpayerPool:
    """Hands out cases: every taxpayer of the share once, then again in the order they were given back.

    So the whole population comes before anybody comes twice, as in a filing period, and no taxpayer is
    ever at two desks at once. Those who have filed and not paid, and those who have paid, wait
    apart, for who asks for them.

    drawn: how the last one was found: "new" (never served before), "back" (asked for as one who owes or has
    paid), "again" (nobody new is left).
    """

    def __init__(self, people: People, share: Partition, seed: int = 0) -> None:
        self.random = Random(f"desk/{seed}/{share.slot}/{share.late}")
        self._people = people
        self._share = share
        self._newcomers: tuple[People, Partition] | None = None
        self._came = 0
        self._next = 0
        self.drawn = ""
        self.periods: int | None = None  # that a taxpayer has to file, where the data are of a day
        self.ahead: Taken | None = None  # where declarations were made before the load
        self.decks: dict[str, Any] = {}  # of renhai.spec.journeys.written.data, by name
        self.holder: Any = None  # whose rows a journey that begins now is to use, for good
        self.seat: Any = None  # the Seat of who begins it; None for an arrival
        self.uploads: deque[tuple[str, Any]] = deque()  # id and form without feedback yet, the oldest first
        self.looked: Looked | None = None  # who is told of each condition that a written journey looks at
        self._waiting, self._owing, self._paid, self._returning = Line(), Line(), Line(), Line()
        self._passed = Line()  # numbers of those who were not what somebody asked for, and are still new
        self._beside: dict[int, Any] = {}  # what no word has room for: (filed, issued), or a whole case

    def beside(self, number: int) -> TaxpayerPool:
        """A pool of other people, as a worker has who joins late as the `number`-th, from 1."""
        other = TaxpayerPool(self._people, replace(self._share, late=number), number)
        other.decks, other.periods, other.seat = self.decks, self.periods, self.seat
        other.ahead = self.ahead
        other.looked = self.looked
        return other

    def place_of(self, number: int) -> int:
        """Which of the run's taxpayers the share's `number`-th is, from 0; of a late worker beyond all."""
        return self._share.index(number)

    def known(self, newcomers: People, count: int) -> None:
        """The target knows the taxpayers already; `count` newcomers, whom it does not, come to be registered.

        A worker that joined late has none of either: the target was told of the others alone.
        """
        share = self._share
        self._newcomers = newcomers, Partition(0 if share.late else count, share.slot, share.slots)
        if share.late:
            self._share = Partition(0)

    def case(
        self,
        fresh: bool = False,
        owing: bool = False,
        paid: bool = False,
        returning: bool = False,
        of: Callable[[Any], bool] | None = None,
    ) -> Case:
        """A taxpayer who is at no other desk; `fresh`: one who was never served. Raises Exhausted.

        owing: rather one who has filed and not paid, if anybody has; paid: rather one who has paid;
        returning: rather one who has applied for something; of: only one for whom it is true. Whom it passes
        over stays new for the others.
        """
        if of is not None:
            return self._one_of(of)
        wishes = ((owing, self._owing), (paid, self._paid), (returning, self._returning))
        for wanted, those in wishes:
            if wanted and those:
                self.drawn = "back"
                return self._again(those.popleft())
        if fresh and self._newcomers is not None:
            return self._newcomer(*self._newcomers)
        if self._passed:
            return self._new(self._passed.popleft())
        if self._next < self._share.size:
            self._next += 1
            return self._new(self._next - 1)
        if fresh:
            raise Exhausted(why.TaxpayersRegistered(taxpayers=self._share.size))
        waiting = self._waiting or self._returning or self._paid or self._owing
        if not waiting:
            raise Exhausted(why.TaxpayersBusy(taxpayers=self._share.size))
        self.drawn = "again"
        return self._again(waiting.popleft())

    def _new(self, number: int, taxpayer: Any = None) -> Case:
        """The share's `number`-th taxpayer, who was never served."""
        self.drawn = "new"
        taxpayer = taxpayer or self._people.taxpayer(self._share.index(number))
        return Case(self, taxpayer, self._newcomers is not None, number)

    def _one_of(self, of: Callable[[Any], bool]) -> Case:
        """The next new taxpayer for whom `of` is true, else the first such who waits. Raises Exhausted."""
        last = min(self._share.size, self._next + MOST_PASSED)
        while self._next < last:
            number = self._next
            self._next += 1
            taxpayer = self._people.taxpayer(self._share.index(number))
            if of(taxpayer):
                return self._new(number, taxpayer)
            self._passed.append(number)
        for line in (self._waiting, self._returning, self._paid, self._owing):
            for _ in range(min(len(line), MOST_LOOKED)):
                case = self._again(line.popleft())
                if of(case.taxpayer):
                    self.drawn = "again"
                    return case
                self.give_back(case)
        raise Exhausted(why.TaxpayersBusy(taxpayers=self._share.size))

    def _newcomer(self, people: People, share: Partition) -> Case:
        if self._came >= share.size:
            raise Exhausted(why.TaxpayersRegistered(taxpayers=share.size))
        self._came += 1
        self.drawn = "new"
        number = self._came - 1
        return Case(self, people.taxpayer(share.index(number)), False, number, True)

    def give_back(self, case: Case) -> None:
        those = self._owing if case.filed else self._paid if case.paid else self._waiting
        if case.returns:
            those = self._returning
        known = case.served()
        if not known.fits():
            self._beside[known.key] = case
            known = known._replace(more=True, period=0, range_index=0)
        elif known.more:
            self._beside[known.key] = (case.filed, case.issued)
        those.append(known.word())

    def _again(self, word: int) -> Case:
        """The case of one who waited: the taxpayer is made again, what was kept beside is put back."""
        known = read(word)
        beside = self._beside.pop(known.key, None) if known.more else None
        if isinstance(beside, Case):
            return beside
        people, share = self._newcomers if known.newcomer and self._newcomers else (self._people, self._share)
        taxpayer = people.taxpayer(share.index(known.number))
        case = Case(self, taxpayer, known.registered, known.number, known.newcomer)
        case.period, case.range_index = known.period, known.range_index
        case.paid, case.returns = known.paid, known.returns
        if beside is not None:
            case.filed, case.issued = beside
        return case
