"""What a taxpayer sells, at which VAT rate, and where it stands on the form: the table data/goods.yaml."""

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from generators.documents.record_kind import numbered
from generators.eras.era import NAMED, Era, era
from generators.eras.table import LAST, changes
from generators.identifiers import make_goods_code
from generators.tables import DATA, Row, TableError
from generators.taxpayers.taxpayer import Taxpayer
from generators.yaml_loader import parsed

FILE = DATA / "goods.yaml"
GROUP_FIELDS = {"industries", "row", "exempt", "retail", "refund", "items"}
ITEM_FIELDS = {"name", "class", "model", "unit", "price", "amount", "decimals", "most", "row", "code"}

LEAST_AMOUNT = 10_00  # fen, of an invoice line: its tax outweighs any rounding
SERVICE_ROWS = frozenset({2, 4, 5})
LOWEST = (0, 13, 13, 9, 9, 6)  # percent of the rows 1-5 of sheet 1, the lowest there were since 2012
SIMPLE_RATE = 3  # percent, small-scale taxpayers and the simple method


class Item(NamedTuple):
    """One kind of goods or services, priced low .. low + span fen without tax per unit.

    Without a unit there is neither price nor quantity, and low .. low + span is the amount.
    """

    name: str
    models: tuple[str, ...]
    unit: str
    low: int
    span: int
    scale: int  # 10 ** decimals of the quantity
    least: int  # smallest quantity, in 1/scale: worth LEAST_AMOUNT or more
    most: int  # largest quantity, in 1/scale
    rate: int  # percent, general taxpayers
    code: str  # goods and services code, "" before invoices carried it


class Trade(NamedTuple):
    """What an industry sells. Rows are those of sheet 1; `second` is 0 when there is no second rate."""

    main: int
    second: int
    rate: int
    second_rate: int
    services: bool
    exempt: bool
    retail: bool
    refund: bool
    items: tuple[Item, ...]  # at the main rate
    others: tuple[Item, ...]  # at the second rate; the main items when there is none


def trade(day: date, industry: str) -> Trade:
    """Return the trade of an industry code on a day: the group with the longest fitting beginning."""
    return _trade_since(_changed(day), industry)


@lru_cache(maxsize=4096)
def _changed(day: date) -> date:
    """The last day up to this one on which something changed; of days before all of them the first one."""
    return max((since for since in changes() if since <= day), default=changes()[0])


@lru_cache(maxsize=4096)
def _trade_since(since: date, industry: str) -> Trade:
    groups = trades(since)
    fitting = max((front for front in groups if industry.startswith(front)), key=len)
    return groups[fitting]


@lru_cache(maxsize=64)
def trades(day: date, file: Path = FILE) -> dict[str, Trade]:
    """Return the groups by the beginnings of industry codes. Raises TableError for a wrong table."""
    found: dict[str, Trade] = {}
    for number, raw in enumerate(_groups(file), start=1):
        row = Row(file.name, number, raw, str(min(day, LAST)), GROUP_FIELDS)
        for front in row.value("industries"):
            if front in found:
                raise row.fail("industries", front, "in one group only")
            found[front] = _group(row, era(day))
    if "" not in found:
        raise TableError(f'{file.name}: industries: no group has ""; one must, for all other industries')
    return found


@lru_cache(maxsize=4)
def _groups(file: Path) -> list[Any]:
    data = parsed(file, file.name, TableError)
    if not isinstance(data, list):
        raise TableError(f"{file.name}: must be a list of groups")
    return data


def _group(row: Row, now: Era) -> Trade:
    main = _sheet_row(row, row.value("row"))
    by_row: dict[int, list[Item]] = {main: []}
    for number, raw in enumerate(row.value("items"), start=1):
        item = Row(f"{row.where}: item", number, raw, str(row.day), ITEM_FIELDS)
        where = _sheet_row(item, item.value("row", main))
        by_row.setdefault(where, []).append(_item(item, now.rates[where], now))
    if not by_row[main] or len(by_row) > 2:
        found = f"items of rows {sorted(by_row)}"
        raise row.fail("items", found, f"items of row {main} and at most one other row")
    second = next((where for where in by_row if where != main), 0)
    return Trade(
        main=main,
        second=second,
        rate=now.rates[main],
        second_rate=now.rates[second],
        services=main in SERVICE_ROWS,
        exempt=_flag(row, "exempt"),
        retail=_flag(row, "retail"),
        refund=_flag(row, "refund"),
        items=tuple(by_row[main]),
        others=tuple(by_row[second or main]),
    )


def _item(row: Row, rate: int, now: Era) -> Item:
    unit = row.value("unit", "")
    low, high = _range(row, "price" if unit else "amount")
    scale = 10 ** int(row.value("decimals", 0))
    name, models = row.text("name"), row.texts("model") if "model" in row.data else ("",)
    if now.short_name:
        name = f"*{row.text('class')}*{name}"
    most = int(row.value("most", 1)) * scale
    if not 1 <= scale <= 1000 or most < 1 or high * most // scale >= 10**10:
        raise row.fail("most", most, "a quantity whose amount stays below 100 million yuan, decimals 0 .. 3")
    code = _code(row) if now.goods_code else ""
    least = max(scale, -(-LEAST_AMOUNT * scale // low))
    return Item(name, models, unit, low, high - low, scale, least, max(least, most), rate, code)


def _range(row: Row, field: str) -> tuple[int, int]:
    """Return a range of yuan in fen."""
    value = row.value(field)
    if not isinstance(value, list) or len(value) != 2 or not 0.2 <= value[0] <= value[1]:
        raise row.fail(field, value, "two amounts of yuan, from 0.2 up")
    return round(value[0] * 100), round(value[1] * 100)


def _code(row: Row) -> str:
    value = row.value("code")
    try:
        return make_goods_code(*map(int, str(value).split(".")))
    except ValueError:
        raise row.fail("code", value, "levels of a goods and services code, such as 1.09.05") from None


def _sheet_row(row: Row, value: Any) -> int:
    if value not in (1, 2, 3, 4, 5):
        raise row.fail("row", value, "a row of sheet 1, 1 .. 5")
    return int(value)


def _flag(row: Row, field: str) -> bool:
    value = row.value(field, False)
    if not isinstance(value, bool):
        raise row.fail(field, value, "true or false")
    return value


def _goods_code(t: Taxpayer) -> str:
    items = trade(NAMED["current"], t.industry).items
    return items[t.key % len(items)].code


RECORD_KINDS = numbered("goods-code", "goods and services codes (repeated)", _goods_code)
