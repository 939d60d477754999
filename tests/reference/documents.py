"""Business documents built by hand for the target's tests, independently of the generators.

`number` tells taxpayers apart; every document follows from it. Amounts are yuan, as on the wire.
"""

from __future__ import annotations

import calendar
from copy import deepcopy
from typing import Any

Document = dict[str, Any]

AUTHORITY = "14301030000"
AGREEMENT = "430000000000001"
GENERAL, SMALL = "BDA0610606", "BDA0610611"
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"

MAIN = (
    "asysljsxse yshwxse yslwxse syslNsjctzxse ajybfjsxse jybfNsjctzxse mdtbfckxse msxse mshwxse mslwxse "
    "xxse jxse sqldse jxsezc mdtytse syslNsjcybjse ydksehj sjdkse ynse qmldse "
    "jybfYnse jybfNsjcybjse ynsejze ynsehj qcwjse ssckkjzyjkstse bqyjse fcyjse ckkjzyjksyjse bqjnsqynse "
    "bqjnqjse qmwjse qmwjseQjse bqybtse jzjtsjtse qcwjcbse bqrkcbse qmwjcbse"
)
MAIN_FIELDS = MAIN.split()
MAIN_SURCHARGES = ("bqybtsecjs", "bqybtsejyfj", "bqybtsedfjyfj")


def organisation_code(number: int) -> str:
    body = f"{number:08}"
    total = sum(int(digit) * weight for digit, weight in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    return body + {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))


def uscc(number: int, head: str = "91430103") -> str:
    body = head + organisation_code(number)
    total = sum(ALPHABET.index(character) * 3**i for i, character in enumerate(body))
    return body + ALPHABET[(31 - total % 31) % 31]


def resident_id(number: int) -> str:
    body = f"43010319{50 + number % 40:02}0307{number % 1000:03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def djxh(number: int) -> str:
    return f"1011430103{number:010}"


def kind(item: str = "10101", sub_item: str = "101010101", rate: float = 0.17) -> Document:
    return {
        "zsxmDm": item,
        "zspmDm": sub_item,
        "sbqxDm": "04",
        "nsqxDm": "06",
        "slhdwse": rate,
        "rdyxqq": "2015-01-01",
        "rdyxqz": "9999-12-31",
    }


def registration(number: int) -> Document:
    return {
        "djxh": djxh(number),
        "nsrsbh": uscc(number),
        "shxydm": uscc(number),
        "nsrmc": f"长沙测试{number}号有限公司",
        "djzclxDm": "173",
        "nsrztDm": "03",
        "hyDm": "5162",
        "fddbrxm": "张三",
        "fddbrsfzjlxDm": "201",
        "fddbrsfzjhm": resident_id(number),
        "scjydz": "长沙市天心区1号",
        "zgswjDm": AUTHORITY,
        "djrq": "2014-03-07",
        "sfxyh": AGREEMENT,
        "kinds": [kind()],
    }


def small(number: int, cycle: str = "06") -> Document:
    """Registered as a small-scale taxpayer; cycle: 06 files by the month, 08 by the quarter."""
    return registration(number) | {"kinds": [kind("10101", "101010200", 0.03) | {"nsqxDm": cycle}]}


def individual(number: int) -> Document:
    return registration(number) | {"nsrsbh": resident_id(number), "shxydm": "", "djzclxDm": "411"}


def month(k: int) -> tuple[str, str]:
    """First and last day of the k-th month from January 2015."""
    year, index = 2015 + k // 12, k % 12 + 1
    return f"{year}-{index:02}-01", f"{year}-{index:02}-{calendar.monthrange(year, index)[1]}"


def heading(number: int, k: int, voucher: str = GENERAL) -> Document:
    start, end = month(k)
    return {
        "djxh": djxh(number),
        "nsrsbh": uscc(number),
        "nsrmc": f"长沙测试{number}号有限公司",
        "yzpzzlDm": voucher,
        "skssqq": start,
        "skssqz": end,
        "sbsxDm1": "11",
        "sbrq1": month(k + 1)[0],
    }


def rows(**amounts: float) -> dict[str, float]:
    """The 38 rows by number: rows(r1=100, r2=100); the rest is 0."""
    return {field: amounts.get(f"r{row}", 0) for row, field in enumerate(MAIN_FIELDS, 1)}


def general(
    number: int, k: int = 0, *, sales: int = 10_000, bought: int = 5_000, credit: int = 0
) -> Document:
    """A return with sales and purchases at 17 %, whole hundreds of yuan, and a credit brought forward.

    The year to date is that of as many equal months since January. The previous month's tax stays unpaid on
    the form (rows 25 and 32 are what `closing` gives for it).
    """
    output, input_ = sales * 17 // 100, bought * 17 // 100
    deductible = input_ + credit
    used = min(deductible, output)
    payable = output - used
    column = rows(
        r1=sales,
        r2=sales,
        r11=output,
        r12=input_,
        r13=credit,
        r17=deductible,
        r18=used,
        r19=payable,
        r20=deductible - used,
        r24=payable,
        r32=payable,
        r34=payable,
    )
    months = k % 12 + 1
    to_date = {field: amount * months for field, amount in column.items()} | {"sqldse": 0}
    empty = rows()
    sheet1 = {
        "ewbhxh": "1",
        "kjskzzszyfpXse": sales,
        "kjskzzszyfpXxynse": output,
        "xse": sales,
        "hjXxynse": output,
        "jshj": sales + output,
    }
    inputs = [
        {"ewbhxh": row, "fs": 1 if bought else 0, "je": bought, "se": input_}
        for row in ("1", "2", "12", "35")
    ]
    columns = [{"ewblxh": i + 1, **column} for i, column in enumerate((column, to_date, empty, empty))]
    document = heading(number, k) | {"zb": columns, "fb1": {"rows": [sheet1]}, "fb2": {"rows": inputs}}
    return with_surcharges(document)


def with_surcharges(document: Document) -> Document:
    """Since August 2021: sheet 5 at 7, 3 and 2 % of what row 34 asks for, and rows 39 to 41."""
    if document["skssqz"] < "2021-08":
        return document
    due = sum(document["zb"][column]["bqybtse"] for column in (0, 2))
    amounts = [round(due * rate / 100, 2) for rate in (7, 3, 2)]
    rows_ = [
        {"ewbhxh": str(number), "zzsse": due, "sl": rate, "bqynse": amount, "bqybtse": amount}
        for number, rate, amount in zip((1, 2, 3), (7, 3, 2), amounts, strict=True)
    ]
    whole = round(sum(amounts), 2)
    first = document["zb"][0] | dict(zip(MAIN_SURCHARGES, amounts, strict=True))
    sheet = [*rows_, {"ewbhxh": "4", "bqynse": whole, "bqybtse": whole}]
    return document | {"zb": [first, *document["zb"][1:]], "fb5": {"rows": sheet}}


def after(document: Document, before: Document) -> Document:
    """The same return with the year to date of the one before and this month's amounts."""
    changed = deepcopy(document)
    month, to_date, earlier = changed["zb"][0], changed["zb"][1], before["zb"][1]
    to_date |= {field: month[field] + earlier[field] for field in MAIN_FIELDS if field not in ("sqldse",)}
    return changed


def paid_before(document: Document, unpaid: float) -> Document:
    """The same return with last period's unpaid tax brought forward and paid (rows 25, 27, 30)."""
    changed = deepcopy(document)
    for column in changed["zb"][:2]:
        column |= {"qcwjse": unpaid, "bqyjse": unpaid, "bqjnsqynse": unpaid}
    return changed


def owed_before(document: Document, unpaid: float) -> Document:
    """The same return with last period's tax brought forward and still unpaid (rows 25, 32, 33)."""
    changed = deepcopy(document)
    for column in changed["zb"][:2]:
        column |= {"qcwjse": unpaid, "qmwjse": column["qmwjse"] + unpaid, "qmwjseQjse": unpaid}
    return changed


def surcharged(tax: float) -> Document:
    """Rows 23 to 25 of a small-scale return since August 2021: half of 7, 3 and 2 % of the tax."""
    return {"r23": round(tax * 0.035, 2), "r24": round(tax * 0.015, 2), "r25": round(tax * 0.01, 2)}


def small_2014(number: int, k: int = 0, sales: int = 10_000) -> Document:
    fields = [
        "yzzzsbhsxse",
        "swjgdkdzzszyfpbhsxse",
        "skqjkjdptfpbhsxse",
        "xssygdysgdzcbhsxse",
        "skqjkjdptfpbhsxse1",
        "msxse",
        "skqjkjdptfpxse",
        "ckmsxse",
        "skqjkjdptfpxse1",
        "bqynse",
        "bqynsejze",
        "ynsehj",
        "bqyjse1",
        "bqybtse",
    ]
    tax = sales * 3 / 100
    form = dict.fromkeys(fields, 0) | {"yzzzsbhsxse": sales, "bqynse": tax, "ynsehj": tax, "bqybtse": tax}
    return heading(number, k, SMALL) | {"xgm": form}


def small_2016(number: int, year: int = 2024, quarter: int = 1, sales: int = 400_000) -> Document:
    """A quarter's return above the exemption ceiling of 300,000 yuan."""
    tax = sales * 3 / 100
    form = {f"r{row}": 0 for row in range(1, 23)} | {"r1": sales, "r15": tax, "r20": tax, "r22": tax}
    if year > 2021:
        form |= surcharged(tax)
    start, end = (
        month(12 * (year - 2015) + 3 * quarter - 3)[0],
        month(12 * (year - 2015) + 3 * quarter - 1)[1],
    )
    return heading(number, 0, SMALL) | {
        "skssqq": start,
        "skssqz": end,
        "sbrq1": f"{year + quarter // 4}-{quarter * 3 % 12 + 1:02}-04",
        "xgm": form,
    }


def invoice_range(number: int, first: int = 1, count: int = 25, code: str = "4300151130") -> Document:
    return {
        "djxh": djxh(number),
        "fpzlDm": "000002100300",
        "fpDm": code,
        "fpqshm": f"{number * 1000 + first:08}",
        "fpzzhm": f"{number * 1000 + first + count - 1:08}",
        "fs": count,
    }


def line(amount: float = 100, tax: float = 17, **changes: Any) -> Document:
    return {
        "spmc": "圆钢",
        "ggxh": "20mm",
        "dw": "吨",
        "sl": 1,
        "dj": amount,
        "je": amount,
        "slv": 0.17,
        "se": tax,
        "spbm": "",
    } | changes


def invoice(number: int, position: int = 1, lines: list[Document] | None = None) -> Document:
    lines = [line()] if lines is None else lines
    amount = round(sum(item["je"] for item in lines), 2)
    tax = round(sum(item["se"] for item in lines), 2)
    fphm = f"{number * 1000 + position:08}"
    return {
        "djxh": djxh(number),
        "fpzlDm": "000002100300",
        "fpDm": "4300151130",
        "fphm": fphm,
        "kprq": "2015-09-11",
        "xhf": {"mc": f"长沙测试{number}号有限公司", "nsrsbh": uscc(number), "dzdh": "", "yhzh": ""},
        "ghf": {"mc": "买方", "nsrsbh": "", "dzdh": "", "yhzh": ""},
        "lines": lines,
        "hjje": amount,
        "hjse": tax,
        "jshj": round(amount + tax, 2),
        "qr": f"01,01,4300151130,{fphm},{amount:.2f},20150911,,0AF3,",
    }


def verification(number: int, first: int, last: int, amount: float, tax: float) -> Document:
    sold = invoice_range(number, first, last - first + 1)
    return sold | {"kpje": amount, "se": tax}


def payment(number: int, *items: tuple[str, float]) -> Document:
    return {
        "djxh": djxh(number),
        "sfxyh": AGREEMENT,
        "zgswjgDm": AUTHORITY,
        "lrrDm": "14301030001",
        "items": [{"pzxh": pzxh, "kkje": amount} for pzxh, amount in items],
    }
