"""Invoices: number ranges sold to a taxpayer, invoices issued from them, and the verification of used ones.

Shapes (money in yuan with at most 2 decimals, numbers of invoices as text with leading zeros)::

    range    {"djxh", "fpzlDm", "fpDm", "fpqshm", "fpzzhm", "fs"}
    invoice  {"djxh", "fpzlDm", "fpDm", "fphm", "kprq": "yyyy-mm-dd", "xhf": party, "ghf": party,
              "lines": [{"spmc", "ggxh", "dw", "sl", "dj", "je", "slv", "se", "spbm"}],
              "hjje", "hjse", "jshj", "qr"}
    party    {"mc": name, "nsrsbh": taxpayer id, "dzdh": address and phone, "yhzh": bank and account}
    verification  {"djxh", "fpzlDm", "fpDm", "fpqshm", "fpzzhm", "fs", "kpje", "se"}

`fpDm` is "" for fully digital invoices (since the end of 2023), whose numbers have 20 digits; it has 10
digits before, and 12 for ordinary invoices since 2018. `slv` is a share
(0.17). A discount line, and a service that is not counted, has neither quantity nor price: `sl` and `dj` are
None. The buyer of an ordinary invoice may be a private person: a name, and "" for the rest.

A taxpayer of a named profile buys a range a month: range j is used in month j of the profile's time. Of a
profile that is a day all ranges are used in the month of that day, until that day. The amount of a line is
price times quantity, its tax amount times rate, each rounded half up; the tax of the document is its amount
times rate, and the last line takes the difference, at most 4 fen.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from generators.calendar import FIRST_YEAR, month_number
from generators.deadlines.holidays import working_days
from generators.documents.goods import Item, trade
from generators.documents.record_kind import JourneyDocument, RecordKind, numbered
from generators.eras.era import NAMED, Era, day_of, era
from generators.taxpayers.permutation import GOLDEN, splitmix64
from generators.taxpayers.population import Population
from generators.taxpayers.taxpayer import Taxpayer

BLOCK = 50  # numbers set aside for a range
BLOCKS = 10**8 // BLOCK  # ranges of one 10-digit code
CODED_RANGES = 12 * 85  # a taxpayer's ranges: the year in the code has two digits
FIRST_MONTH = 12 * 2012  # of digital numbers
DAY_RANGES = 12  # ranges of a profile that is a day
DIGITAL_RANGES = 20_000  # of a taxpayer, in all months; DAY_RANGES of each month
COPIES = "3625"
LINES = (1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 4, 5, 6, 8)
DISCOUNTED = 4  # invoices of more lines have no discounts, so that rounding stays below 4 fen
LEAST_DISCOUNTED = 100_00  # fen
CUSTOMERS, CUSTOMER_SEED = 4096, 2015
NO_PRICE = {"ggxh": "", "dw": "", "sl": None, "dj": None}
LABEL = 0x1B873593  # keeps what is drawn here apart from what the declarations draw


class Kind(NamedTuple):
    """A kind of invoice: its code in the tax system and in the QR text, and the 8th character of codes."""

    code: str
    qr: str
    chars: str


SPECIAL, ORDINARY = Kind("000001100300", "01", "15"), Kind("000002100300", "04", "36")
DIGITAL_SPECIAL, DIGITAL_ORDINARY = Kind("31", "31", ""), Kind("32", "32", "")


def kind_on(now: Era, special: bool) -> Kind:
    """Return the kind of invoice that is issued in an era."""
    if now.digital:
        return DIGITAL_SPECIAL if special else DIGITAL_ORDINARY
    return SPECIAL if special else ORDINARY


class Slot(NamedTuple):
    """When a range is used, and its number among all of its taxpayer."""

    first: date  # of the month
    last: int  # last day of it on which an invoice is issued
    code_month: int  # 12 x year + month - 1: no other range of the taxpayer has this month in its code
    turn: int  # 0 .. DAY_RANGES - 1 within the month


@lru_cache(maxsize=4096)
def slot(profile: str, j: int) -> Slot:
    """Return the slot of the j-th range. Raises ValueError for a number that no range has.

    Ranges of a day after its first one have numbers of other months of the same year.
    """
    named = profile in NAMED
    most = CODED_RANGES if named else DAY_RANGES
    if not 0 <= j < most:
        raise ValueError(f"range number is {j}; must be 0 .. {most - 1}")
    if named:
        month = 12 * FIRST_YEAR[profile] + j
        return Slot(date(month // 12, month % 12 + 1, 1), 28, month, 0)
    day = day_of(profile)
    month = month_number(day)
    return Slot(day.replace(day=1), day.day, month - month % 12 + (month + j) % 12, j)


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


def numbers(t: Taxpayer, j: int) -> Numbers:
    """Return the numbers of the j-th range. No number is in the ranges of two (taxpayer index, j).

    With a code: the slot gives the year and one of 12 codes of that year, the index one of the 2 million
    blocks of such a code, and index // 2 million one of 50 such dozens of codes. Digital: the serial is made
    of index, month, turn and n.
    """
    drawn = splitmix64((t.key ^ LABEL) + j * GOLDEN)
    when = slot(t.profile, j)
    now = era(when.first)
    special = t.scale == "general" and bool(drawn & 3)
    kind = kind_on(now, special)
    if now.digital:
        front = f"{when.first.year % 100:02d}{t.region[:2]}2"
        number = (month_number(when.first) - FIRST_MONTH) * DAY_RANGES + when.turn
        return Numbers(kind, "", front, 15, (t.index * DIGITAL_RANGES + number) * BLOCK, BLOCK)
    dozen, block = divmod(t.index, BLOCKS)
    year, month = divmod(when.code_month, 12)
    batch = 12 * dozen + month
    size = 25 if drawn & 4 else 50
    if now.ordinary_code == 12 and not special:
        code = f"0{t.region[:2]}00{year % 100:02d}{batch + 1:03d}04"
        return Numbers(kind, code, "", 8, block * BLOCK, size)
    rest, batch = divmod(batch, 10)
    rest, letter = divmod(rest, 2)
    limit, copies = divmod(rest, len(COPIES))
    code = f"{t.region[:2]}00{year % 100:02d}{(batch + 1) % 10}{kind.chars[letter]}{COPIES[copies]}{limit}"
    return Numbers(kind, code, "", 8, block * BLOCK, size)


def invoice_range(t: Taxpayer, j: int) -> dict[str, Any]:
    """Return the j-th range of numbers sold to a taxpayer (0 <= j < 1020; of a day: 12)."""
    r = numbers(t, j)
    return {
        "djxh": t.djxh,
        "fpzlDm": r.kind.code,
        "fpDm": r.code,
        "fpqshm": r.number(0),
        "fpzzhm": r.number(r.size - 1),
        "fs": r.size,
    }


def invoice(t: Taxpayer, j: int, n: int) -> dict[str, Any]:
    """Return the invoice with the n-th number of range j (0 <= n < fs)."""
    return _document(t, j, n, n, 1)


def red_invoice(t: Taxpayer, j: int, n: int, of: int) -> dict[str, Any]:
    """Return the invoice with the n-th number of range j that cancels the one with its number `of` < n.

    All its amounts are those of the cancelled invoice, negative; `yfpDm` and `yfphm` say which one that is.
    """
    if not 0 <= of < n:
        raise ValueError(f"of is {of}; must be a number issued before {n}")
    document = _document(t, j, n, of, -1)
    r = numbers(t, j)
    return document | {"yfpDm": r.code, "yfphm": r.number(of)}


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


def _document(t: Taxpayer, j: int, n: int, what: int, sign: int) -> dict[str, Any]:
    """Return number n with what was sold on number `what`, times `sign`."""
    r = numbers(t, j)
    if not 0 <= n < r.size:
        raise IndexError(f"invoice {n} of range {j}; the range has numbers 0 .. {r.size - 1}")
    drawn = splitmix64((t.key ^ LABEL) + (CODED_RANGES + BLOCK * j + what) * GOLDEN)
    when = slot(t.profile, j)
    year, month = when.first.year, when.first.month
    days = working_days(year, month, when.last)
    day = days[n * len(days) // r.size]
    lines, amount, tax = _lines(t, drawn, when.first, sign)
    number = r.number(n)
    shown = amount if r.code else amount + tax
    check = f"{drawn:020d}" if r.kind.qr == "04" else ""
    return {
        "djxh": t.djxh,
        "fpzlDm": r.kind.code,
        "fpDm": r.code,
        "fphm": number,
        "kprq": f"{year}-{month:02d}-{day:02d}",
        "xhf": _party(t.name, t.taxpayer_id, t.address, t.phone, t.bank_name, t.bank_account),
        "ghf": _buyer(t.profile, r.kind in (ORDINARY, DIGITAL_ORDINARY), drawn),
        "lines": lines,
        "hjje": amount / 100,
        "hjse": tax / 100,
        "jshj": (amount + tax) / 100,
        "qr": f"01,{r.kind.qr},{r.code},{number},{shown / 100:.2f},"
        f"{year}{month:02d}{day:02d},{check},{drawn >> 48:04X},",
    }


def _lines(t: Taxpayer, drawn: int, day: date, sign: int) -> tuple[list[dict[str, Any]], int, int]:
    """Return the lines, and amount and tax of all of them in fen."""
    sold = trade(day, t.industry)
    items = sold.others if drawn >> 4 & 7 == 0 else sold.items
    rate = items[0].rate
    if t.scale == "small":
        rate = era(day).small_charged
    count = LINES[drawn & 15]
    lines: list[dict[str, Any]] = []
    total = total_tax = 0
    for _ in range(count):
        drawn = splitmix64(drawn + GOLDEN)
        item = items[(drawn >> 44) * len(items) >> 20]
        line, amount, tax = _line(item, drawn, rate, sign)
        lines.append(line)
        total += amount
        total_tax += tax
        if drawn & 15 == 0 and count <= DISCOUNTED and amount >= LEAST_DISCOUNTED:
            off = amount * (1 + (drawn >> 4 & 15)) // 100
            off_tax = (off * rate + 50) // 100
            if sign > 0:
                lines.append(line | NO_PRICE | {"je": -off / 100, "se": -off_tax / 100})
            else:  # a red invoice has no positive lines: the discount goes into its goods line
                line |= NO_PRICE | {"je": (off - amount) / 100, "se": (off_tax - tax) / 100}
            total -= off
            total_tax -= off_tax
    tax = (total * rate + 50) // 100
    if tax != total_tax:
        lines[-1]["se"] = (round(lines[-1]["se"] * 100) + sign * (tax - total_tax)) / 100
    return lines, sign * total, sign * tax


def _line(item: Item, drawn: int, rate: int, sign: int) -> tuple[dict[str, Any], int, int]:
    """Return a goods line, and its amount and tax in fen (positive)."""
    name, models, unit, low, span, scale, least, most, _, code = item
    price = low + ((drawn & 0xFFFFF) * span >> 20)
    amount = price
    quantity: float | None = None
    if unit:
        # The product of two draws: small quantities are more frequent.
        counted = least + ((drawn >> 20 & 0xFFF) * (drawn >> 32 & 0xFFF) * (most - least) >> 24)
        amount = (price * counted + scale // 2) // scale
        quantity = sign * counted if scale == 1 else sign * counted / scale
    tax = (amount * rate + 50) // 100
    line = {
        "spmc": name,
        "ggxh": models[(drawn >> 32 & 0xFF) % len(models)],
        "dw": unit,
        "sl": quantity,
        "dj": price / 100 if unit else None,
        "je": sign * amount / 100,
        "slv": rate / 100,
        "se": sign * tax / 100,
        "spbm": code,
    }
    return line, amount, tax


@lru_cache(maxsize=4)
def _customers(profile: str) -> Population:
    return Population(CUSTOMER_SEED, profile)


@lru_cache(maxsize=2 * CUSTOMERS)
def _customer(profile: str, number: int) -> Taxpayer:
    """Return one of the buyers that all taxpayers of a profile share."""
    return _customers(profile).taxpayer(number)


def _buyer(profile: str, ordinary: bool, drawn: int) -> dict[str, str]:
    c = _customer(profile, (drawn >> 8) % CUSTOMERS)
    if ordinary and drawn >> 20 & 1:
        return {"mc": c.legal_person, "nsrsbh": "", "dzdh": "", "yhzh": ""}
    return _party(c.name, c.taxpayer_id, c.address, c.phone, c.bank_name, c.bank_account)


def _party(name: str, number: str, address: str, phone: str, bank: str, account: str) -> dict[str, str]:
    return {"mc": name, "nsrsbh": number, "dzdh": f"{address} {phone}", "yhzh": f"{bank} {account}"}


def _first_range(t: Taxpayer) -> Iterator[dict[str, Any]]:
    return (invoice(t, 0, n) for n in range(invoice_range(t, 0)["fs"]))


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
