"""Invoices: number ranges sold to a taxpayer, invoices issued from them, and the verification of used ones.

Shapes (money in yuan with at most 2 decimals, numbers of invoices as text with leading zeros)::

    range    {"djxh", "fpzlDm", "fpDm", "fpqshm", "fpzzhm", "fs"}
    invoice  {"djxh", "fpzlDm", "fpDm", "fphm", "kprq": "yyyy-mm-dd", "xhf": party, "ghf": party,
              "lines": [{"spmc", "ggxh", "dw", "sl", "dj", "je", "slv", "se", "spbm"}],
              "hjje", "hjse", "jshj", "qr"}
    party    {"mc": name, "nsrsbh": taxpayer id, "dzdh": address and phone, "yhzh": bank and account}
    verification  {"djxh", "fpzlDm", "fpDm", "fpqshm", "fpzzhm", "fs", "kpje", "se"}

`fpDm` is "" for fully digital invoices (since the end of 2023), whose numbers have 20 digits; it has 10
digits before, and 12 for ordinary invoices since 2018. `slv` is a share (0.17). A discount line, and a
service that is not counted, has neither quantity nor price: `sl` and `dj` are None. The buyer of an ordinary
invoice may be a private person: a name, and "" for the rest.

A taxpayer buys a range a period for each kind of invoice that he issues: range j is that of one kind in one
period (`range_of`). What is issued from it is what the taxpayer's books say (generators.books): the invoices
of a period sum to the columns of its declaration. Of a profile that is a day all ranges are of the period
that is not over; those after the first of each kind are beyond the books. The amounts of the lines sum to
that of the invoice, and so do their taxes, each within some fen of amount times rate; where a line has a
price, price times quantity is its amount.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from generators.books import Books
from generators.books.issued import Slip, extra_slips, kinds_held, portions
from generators.books.sales import ORDINARY
from generators.calendar import Period, month_number
from generators.deadlines.holidays import working_days
from generators.documents.goods import Item, Trade, trade
from generators.documents.invoice_days import day_in, named_by
from generators.documents.invoice_parties import buyer_party, party
from generators.documents.record_kind import JourneyDocument, RecordKind, numbered
from generators.eras.era import NAMED, Era, day_of, era
from generators.taxpayers.taxpayer import Taxpayer

BLOCK = 50  # numbers set aside for a taxpayer and period
SIZE = 25  # of a range: special invoices take the first half of a block, ordinary ones the second
BLOCKS = 10**8 // BLOCK  # of one 10-digit code
CODED_PERIODS = 12 * 85  # of a named profile: the year in the code has two digits
FIRST_MONTH = 12 * 2012  # of digital numbers
DAY_RANGES = 12  # ranges of a profile that is a day
DIGITAL_RANGES = 20_000  # of a taxpayer, in all months; DAY_RANGES of each month
COPIES = "3625"
LINES = (1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 4, 5, 6, 8)
LEAST_LINE = 5_00  # fen on the average: less is written in fewer lines
DISCOUNTED = 4  # invoices of more lines have no discounts
LEAST_DISCOUNTED = 100_00  # fen
NO_PRICE = {"ggxh": "", "dw": "", "sl": None, "dj": None}


class Kind(NamedTuple):
    """A kind of invoice: its code in the tax system and in the QR text, and the 8th character of codes."""

    code: str
    qr: str
    chars: str


CODED = (Kind("000001100300", "01", "15"), Kind("000002100300", "04", "36"))  # by SPECIAL, ORDINARY
DIGITAL = (Kind("31", "31", ""), Kind("32", "32", ""))


class Range(NamedTuple):
    """What a range of numbers is for: a kind of invoice in a period."""

    k: int  # number of the period
    when: Period
    kind: int  # SPECIAL or ORDINARY
    half: int  # of the block of numbers
    turn: int  # 0, or which one after the first
    beyond: bool  # what is issued from it is not in the books


class Numbers(NamedTuple):
    """The numbers of a range: the code ("" for none), what stands before a serial, the first serial."""

    kind: Kind
    code: str
    front: str
    digits: int
    first: int
    size: int

    def number(self, n: int) -> str:
        return f"{self.front}{self.first + n:0{self.digits}d}"


@lru_cache(maxsize=1024)
def range_of(t: Taxpayer, j: int) -> Range:
    """Return what the j-th range is for. Raises ValueError for a number that no range has."""
    kinds, named = kinds_held(t, t.scale), t.profile in NAMED
    most = CODED_PERIODS * len(kinds) if named else DAY_RANGES
    if not 0 <= j < most:
        raise ValueError(f"range number is {j}; must be 0 .. {most - 1}")
    turn, half = divmod(j, len(kinds))
    k, turn = (turn, 0) if named else (1, turn)
    books = Books(t, k)
    held = kinds[half] in books.kinds
    return Range(k, books.period, kinds[half] if held else ORDINARY, half, turn, turn > 0 or not held)


def range_in(t: Taxpayer, when: Period, scale: str, kind: int) -> Range:
    """Return the first range for the invoices of a kind in a period, in which the taxpayer is of a scale."""
    return Range(0, when, kind, kinds_held(t, scale).index(kind), 0, False)


def range_for(t: Taxpayer, k: int, kind: int) -> int:
    """Return which range has the invoices of this kind in the k-th period of a named profile."""
    kinds = kinds_held(t, t.scale)
    return k * len(kinds) + kinds.index(kind)


def numbers(t: Taxpayer, j: int) -> Numbers:
    """Return the numbers of the j-th range. No number is in the ranges of two (taxpayer index, j)."""
    return numbers_of(t, range_of(t, j))


def numbers_of(t: Taxpayer, r: Range) -> Numbers:
    """Return the numbers of a range.

    With a code: the period gives the year and one of 12 codes of that year, the index one of the 2 million
    blocks of such a code, and index // 2 million one of 50 such dozens of codes; the kind gives the half of
    the block. Digital: the serial is made of index, month, turn, half and n.
    """
    first = date.fromisoformat(r.when.start)
    now, month = era(first), month_number(first)
    kind = (DIGITAL if now.digital else CODED)[r.kind]
    if now.digital:
        front = f"{first.year % 100:02d}{t.region[:2]}2"
        number = (month - FIRST_MONTH) * DAY_RANGES + 2 * (r.turn % (DAY_RANGES // 2)) + r.half
        return Numbers(kind, "", front, 15, (t.index * DIGITAL_RANGES + number) * BLOCK, SIZE)
    dozen, block = divmod(t.index, BLOCKS)
    batch, serial = 12 * dozen + (month + r.turn) % 12, block * BLOCK + SIZE * r.half
    if now.ordinary_code == 12 and r.kind == ORDINARY:
        code = f"0{t.region[:2]}00{first.year % 100:02d}{batch + 1:03d}04"
        return Numbers(kind, code, "", 8, serial, SIZE)
    rest, batch = divmod(batch, 10)
    rest, letter = divmod(rest, 2)
    limit, copies = divmod(rest, len(COPIES))
    code = (
        f"{t.region[:2]}00{first.year % 100:02d}{(batch + 1) % 10}{kind.chars[letter]}{COPIES[copies]}{limit}"
    )
    return Numbers(kind, code, "", 8, serial, SIZE)


def invoice_range(t: Taxpayer, j: int) -> dict[str, Any]:
    """Return the j-th range of numbers sold to a taxpayer; of a day there are 12."""
    r = numbers(t, j)
    return {
        "djxh": t.djxh,
        "fpzlDm": r.kind.code,
        "fpDm": r.code,
        "fpqshm": r.number(0),
        "fpzzhm": r.number(r.size - 1),
        "fs": r.size,
    }


@lru_cache(maxsize=128)
def _slips(t: Taxpayer, j: int) -> list[Slip]:
    r = range_of(t, j)
    books = Books(t, r.k)
    found = [] if r.beyond else books.issued(r.kind)
    return found or extra_slips(t, r.when, r.kind, books.accounts, 2 * r.turn + r.half)


def issued(t: Taxpayer, j: int) -> tuple[int, int]:
    """Return how many invoices are issued from range j, and how many of them, the first ones, are blue."""
    found = _slips(t, j)
    return len(found), sum(slip.original is None for slip in found)


def declared(t: Taxpayer, j: int) -> int:
    """Return how many of the first invoices of range j a return of their period covers by themselves.

    Less than all blue ones where red ones of the period take a part away; none of a named profile's range
    that is beyond the books, all blue ones of a day's, whose period is not over.
    """
    found, blue = _slips(t, j), issued(t, j)[1]
    if t.profile not in NAMED:
        return blue
    if range_of(t, j).beyond:
        return 0
    amount, tax = sum(slip.amount for slip in found), sum(slip.tax for slip in found)
    for n, slip in enumerate(found[:blue]):
        amount, tax = amount - slip.amount, tax - slip.tax
        if amount < 0 or tax < 0:
            return n
    return blue


def invoice(t: Taxpayer, j: int, n: int) -> dict[str, Any]:
    """Return the n-th invoice that is issued from range j; the last ones may be red (see `red_invoice`)."""
    found = _slips(t, j)
    if not 0 <= n < len(found):
        raise IndexError(
            f"invoice {n} of range {j}; from the range are issued invoices 0 .. {len(found) - 1}"
        )
    slip = found[n]
    r = range_of(t, j)
    return document_of(t, r, n, slip, issued_on(t, r.when, slip))


def red_invoice(t: Taxpayer, j: int, n: int, of: int) -> dict[str, Any]:
    """Return a red invoice with the n-th number of range j that cancels the one with its number `of` < n.

    All its amounts are those of the cancelled invoice, negative; `yfpDm` and `yfphm` say which one that is.
    It stands beside the books: those have red invoices of their own.
    """
    r = range_of(t, j)
    size = numbers_of(t, r).size
    if not 0 <= of < n:
        raise ValueError(f"of is {of}; must be a number issued before {n}")
    if n >= size:
        raise IndexError(f"invoice {n} of range {j}; the range has numbers 0 .. {size - 1}")
    slip = _slips(t, j)[of]
    red = slip._replace(amount=-slip.amount, tax=-slip.tax, place=255, original=None)
    code, number = original_of(t, r, r.when, of)
    document = document_of(t, r, n, red, issued_on(t, r.when, red))
    day = issued_on(t, r.when, slip)  # by which goods and buyer are named
    parts = {"lines": lines_of(t, day, red), "ghf": buyer_party(t, red, day)}
    return document | parts | {"yfpDm": code, "yfphm": number}


def verification(t: Taxpayer, j: int, invoices: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the verification of the used numbers of range j: its first len(invoices) numbers."""
    r = numbers(t, j)
    if not 0 < len(invoices) <= r.size:
        raise ValueError(f"{len(invoices)} invoices; a range of {r.size} numbers verifies 1 .. {r.size}")
    return {
        "djxh": t.djxh,
        "fpzlDm": r.kind.code,
        "fpDm": r.code,
        "fpqshm": r.number(0),
        "fpzzhm": r.number(len(invoices) - 1),
        "fs": len(invoices),
        "kpje": sum(round(document["hjje"] * 100) for document in invoices) / 100,
        "se": sum(round(document["hjse"] * 100) for document in invoices) / 100,
    }


def original_of(t: Taxpayer, r: Range, when: Period, number: int) -> tuple[str, str]:
    """Return code and number of the invoice that a red one of range `r` cancels: a number of a period."""
    of = r if when == r.when else r._replace(when=when, turn=0)
    numbers = numbers_of(t, of)
    return numbers.code, numbers.number(number)


def document_of(t: Taxpayer, r: Range, n: int, slip: Slip, day: str) -> dict[str, Any]:
    """Return the n-th invoice of a range, issued on a day."""
    of = numbers_of(t, r)
    document = _document(t, of, of.number(n), slip, day)
    if slip.original:
        document |= dict(zip(("yfpDm", "yfphm"), original_of(t, r, *slip.original), strict=True))
    return document


def _document(t: Taxpayer, r: Numbers, number: str, slip: Slip, day: str) -> dict[str, Any]:
    amount, tax = slip.amount, slip.tax
    shown = amount if r.code else amount + tax
    check = f"{slip.drawn:020d}" if r.kind.qr == "04" else ""
    return {
        "djxh": t.djxh,
        "fpzlDm": r.kind.code,
        "fpDm": r.code,
        "fphm": number,
        "kprq": day,
        "xhf": party(t.name, t.taxpayer_id, t.address, t.phone, t.bank_name, t.bank_account),
        "ghf": buyer_party(t, slip, named_by(t, slip, day)[1]),
        "lines": lines_of(t, day, slip),
        "hjje": amount / 100,
        "hjse": tax / 100,
        "jshj": (amount + tax) / 100,
        "qr": f"01,{r.kind.qr},{r.code},{number},{shown / 100:.2f},"
        f"{day[:4]}{day[5:7]}{day[8:]},{check},{slip.drawn >> 48:04X},",
    }


def issued_on(t: Taxpayer, when: Period, slip: Slip) -> str:
    """Return the day of issue: a working day of the period; of a profile that is a day, of its month until
    that day."""
    if t.profile in NAMED:
        return day_in(when, slip.place)
    today = day_of(t.profile)
    days = working_days(today.year, today.month, today.day)
    return f"{today.year}-{today.month:02d}-{days[slip.place * len(days) >> 8]:02d}"


def lines_of(t: Taxpayer, day: str, slip: Slip) -> list[dict[str, Any]]:
    """Return the lines of an invoice: their amounts and taxes sum to the slip's.

    A red one names what its original does, as goods were named on that one's day.
    """
    t, day = named_by(t, slip, day)
    now, sold = _era_and_trade(day, t.industry)
    items = sold.others if sold.second and slip.label == now.labels[sold.second] else sold.items
    whole, whole_tax, sign = abs(slip.amount), abs(slip.tax), 1 if slip.amount > 0 else -1
    count = max(1, min(LINES[slip.drawn & 15], whole // LEAST_LINE))
    lines = []
    for amount, tax, drawn in portions(whole, whole_tax, count, slip.drawn):
        discounted = drawn & 15 == 0 and count <= DISCOUNTED and amount >= LEAST_DISCOUNTED
        off = amount * (1 + (drawn >> 4 & 15)) // 100 if discounted else 0
        gross = amount + off  # a red line has no discount, and names what its original does
        off = off if sign > 0 else 0
        off_tax = (off * slip.rate + 50) // 100
        line = _line(items, drawn, slip.rate, sign * (amount + off), sign * (tax + off_tax), gross)
        lines.append(line)
        if off:
            lines.append(line | NO_PRICE | {"je": -off / 100, "se": -off_tax / 100})
    return lines


@lru_cache(maxsize=4096)
def _era_and_trade(day: str, industry: str) -> tuple[Era, Trade]:
    on = date.fromisoformat(day)
    return era(on), trade(on, industry)


def _line(
    items: tuple[Item, ...], drawn: int, rate: int, amount: int, tax: int, gross: int
) -> dict[str, Any]:
    """Return a line of this amount and tax (fen): an item that can cost `gross`, its price near the usual."""
    size = abs(amount)
    first = (drawn >> 44) * len(items) >> 20
    item, least = items[first], items[first].least
    if item.low * least > gross * item.scale:
        item, least = _affordable(items[first:] + items[:first], gross)
    quantity: float | None = None
    price: float | None = None
    if item.unit:
        usual = item.low + ((drawn & 0xFFFFF) * item.span >> 20)
        counted = max(least, size * item.scale // usual)
        quantity = counted if item.scale == 1 else counted / item.scale
        price = round(size / 100 / quantity, 10)
        quantity = quantity if amount > 0 else -quantity
    return {
        "spmc": item.name,
        "ggxh": item.models[(drawn >> 32 & 0xFF) % len(item.models)],
        "dw": item.unit,
        "sl": quantity,
        "dj": price,
        "je": amount / 100,
        "slv": rate / 100,
        "se": tax / 100,
        "spbm": item.code,
    }


def _affordable(order: tuple[Item, ...], size: int) -> tuple[Item, int]:
    """The first item that can cost so much, and its least quantity."""
    able = ((item, item.least) for item in order if item.low * item.least <= size * item.scale)
    return next(able, None) or (min(order, key=_cheapest), 1)


def _cheapest(item: Item) -> int:
    return item.low * item.least // item.scale


def _first_range(t: Taxpayer) -> Iterator[dict[str, Any]]:
    return (invoice(t, 0, n) for n in range(issued(t, 0)[0]))


def _coded(t: Taxpayer) -> dict[str, Any]:
    return {key: invoice_range(t, 0)[key] for key in ("fpDm", "fpqshm")}


RECORD_KINDS = {
    "invoice-range": RecordKind(
        "ranges of invoice numbers, one a taxpayer", lambda t: (invoice_range(t, 0),)
    ),
    "invoice": RecordKind("the invoices of each taxpayer's first range", _first_range),
    **numbered("qr", "QR texts of invoices", lambda t: str(invoice(t, 0, 0)["qr"])),
    **numbered(
        "digital-invoice-number",
        "20-digit invoice numbers",
        lambda t: str(invoice_range(t, 0)["fpqshm"]),
        "current",
    ),
    "invoice-number": RecordKind(
        "invoice codes of 10 digits with a number", lambda t: (_coded(t),), "gt3_2015"
    ),
}
JOURNEY_DOCUMENTS = {
    "invoice_range": JourneyDocument(
        lambda work, reply: invoice_range(work.taxpayer, work.range_index), uses="range_index"
    ),
    "invoice": JourneyDocument(
        lambda work, reply: invoice(work.taxpayer, work.range_index, 0), uses="range_index"
    ),
}
