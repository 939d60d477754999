"""The eight batches of the trial (bank codes, terminals, staff, posts, invoices, taxpayers, arrears,
overpayments), each a pure function of a seed; rows of one refer to rows of another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from random import Random

from generators.batches.model import Batch, Column, Row
from generators.identifiers import make_officer, make_pzxh
from generators.identifiers.bank import make_cnaps
from generators.identifiers.invoice import make_invoice_code, make_invoice_number
from generators.taxpayers.population import Population
from generators.taxpayers.taxpayer import Taxpayer

DAY = "2017-03-01"  # organisations have both ids then: 15 digits before the reform, the USCC after it
AREA, REGION = "5510", "430100"
BANKS = ("102", "103", "104", "105")
POSTS = ("登记受理岗", "申报受理岗", "征收开票岗", "发票管理岗", "税源管理岗", "综合服务岗")
POST_KINDS = {"1": "101", "2": "102", "3": "201", "4": "202", "5": "301", "6": "302"}
TAXES = {"01": "10101", "02": "10102", "04": "10104"}
SURNAMES, GIVEN = "王李张刘陈杨黄周吴徐", "伟芳娜敏静强磊洋艳勇杰娟涛明超"


def batch(kind: str, count: int, seed: int) -> Batch:
    """A batch of about `count` rows. Raises KeyError for a kind that is none of KINDS."""
    return KINDS[kind](count, seed)


def referred(kind: str) -> list[str]:
    """The batch and all that its rows refer to, those first that refer to nothing."""
    found: list[str] = []
    for to in NEEDS[kind]:
        found += [name for name in referred(to) if name not in found]
    return [*found, kind]


def _banks(count: int, seed: int) -> Batch:
    rows = [
        {
            "line": make_cnaps(BANKS[n % 4], AREA, n),
            "name": f"长沙第{n + 1}支行",
            "area": REGION,
        }
        for n in range(_few(count))
    ]
    columns = (
        Column("line", "YHHB", "yhhb", is_="bank_line"),
        Column("name", "YHMC", "yhmc", "name"),
        Column("area", "XZQH", "xzqhszDm"),
    )
    return Batch("banks", "银行行号", ("line",), columns, rows)


def _posts(count: int, seed: int) -> Batch:
    rows: list[Row] = [
        {
            "code": f"GW{n:05}",
            "name": POSTS[n % 6],
            "kind": str(n % 6 + 1),
            "authority": _authority(n),
        }
        for n in range(_few(count))
    ]
    columns = (
        Column("code", "GW_DM", "gwDm"),
        Column("name", "GWMC", "gwmc", "name"),
        Column("kind", "GWLX", "gwlxDm", "codes", codes=POST_KINDS),
        Column("authority", "SWJG_DM", "swjgDm", is_="authority"),
    )
    return Batch("posts", "岗位", ("code",), columns, rows, unit="authority")


def _staff(count: int, seed: int) -> Batch:
    draw, posts = Random(f"staff/{seed}"), _posts(count, seed)
    rows: list[Row] = [
        {
            "code": make_officer(_authority(n), 1 + n // 4 % 9999),
            "name": draw.choice(SURNAMES) + draw.choice(GIVEN) + draw.choice(GIVEN),
            "post": _one_of(posts, n)["code"],
            "authority": _authority(n),
            "since": _day(draw, 1995, 2014),
        }
        for n in range(min(count, 4 * 9999))
    ]
    columns = (
        Column("code", "RY_DM", "swryDm"),
        Column("name", "RYXM", "swryxm", "name"),
        Column("post", "GW_DM", "gwDm", refers="posts.code"),
        Column("authority", "SWJG_DM", "swjgDm", is_="authority"),
        Column("since", "RZRQ", "rzrq", "date"),
    )
    return Batch("staff", "人员", ("code",), columns, rows, unit="authority")


def _taxpayers(count: int, seed: int) -> Batch:
    banks = _banks(count, seed)
    rows: list[Row] = []
    ids: dict[str, str] = {}
    for n, t in enumerate(_people(count, seed)):
        old = t.old_id or t.taxpayer_id
        ids[old] = t.taxpayer_id
        rows.append(
            {"djxh": t.djxh, "id": old, "name": t.name, "type": t.registration_type, "since": t.registered_on,
             "authority": t.authority, "bank": _one_of(banks, n)["line"]}
        )  # fmt: skip
    types = {code: f"{code}0" for code in sorted({row["type"] for row in rows})}
    columns = (
        Column("djxh", "DJXH", "djxh", is_="djxh"),
        Column("id", "NSRSBH", "nsrsbh", "codes", codes=ids, is_="taxpayer_id"),
        Column("name", "NSRMC", "nsrmc", "name"),
        Column("type", "DJZCLX_DM", "djzclxDm", "codes", codes=types),
        Column("since", "DJRQ", "djrq", "date"),
        Column("authority", "SWJG_DM", "zgswjDm", is_="authority"),
        Column("bank", "YHHB", "yhhb", is_="bank_line", refers="banks.line"),
    )
    return Batch("taxpayers", "纳税人", ("djxh",), columns, rows, unit="authority")


def _pos(count: int, seed: int) -> Batch:
    draw, banks = Random(f"pos/{seed}"), _banks(count, seed)
    rows: list[Row] = [
        {
            "terminal": f"43{n:06}",
            "name": f"办税厅{n + 1}号机",
            "bank": _one_of(banks, n)["line"],
            "authority": _authority(n),
            "since": _day(draw, 2009, 2014),
        }
        for n in range(count)
    ]
    columns = (
        Column("terminal", "ZDH", "poszdh"),
        Column("name", "ZDMC", "zdmc", "name"),
        Column("bank", "YHHB", "yhhb", is_="bank_line", refers="banks.line"),
        Column("authority", "SWJG_DM", "swjgDm", is_="authority"),
        Column("since", "QYRQ", "qyrq", "date"),
    )
    return Batch("pos", "POS机", ("terminal",), columns, rows, unit="authority")


def _invoices(count: int, seed: int) -> Batch:
    draw, people = Random(f"invoices/{seed}"), _some(count, seed)
    rows: list[Row] = []
    for n in range(count):
        t, buyer = people[n % len(people)], people[(n + 1) % len(people)]
        amount = draw.randrange(10_000, 10_000_000)
        tax = round(amount * 0.17)
        rows.append(
            {"code": make_invoice_code("4300", 2015, 1 + n // 100_000), "number": make_invoice_number(n + 1),
             "djxh": t.djxh, "buyer": buyer.name, "day": _day(draw, 2015, 2015), "net": amount,
             "tax": tax, "total": amount + tax}
        )  # fmt: skip
    columns = (
        Column("code", "FP_DM", "fpDm", is_="invoice_code"),
        Column("number", "FP_HM", "fphm", is_="invoice_number"),
        Column("djxh", "DJXH", "djxh", is_="djxh", refers="taxpayers.djxh"),
        Column("buyer", "GFMC", "gfmc", "name"),
        Column("day", "KPRQ", "kprq", "date"),
        Column("net", "JE", "je", "amount"),
        Column("tax", "SE", "se", "amount"),
        Column("total", "JSHJ", "jshj", "amount"),
    )
    return Batch("invoices", "发票", ("code", "number"), columns, rows, "", "total = net + tax", "total")


def _arrears(count: int, seed: int) -> Batch:
    draw, people = Random(f"arrears/{seed}"), _some(count, seed)
    rows: list[Row] = []
    for n in range(count):
        owed = draw.randrange(10_000, 5_000_000)
        paid = draw.randrange(0, owed)
        rows.append(
            {"djxh": people[n % len(people)].djxh, "period": f"2015{1 + n // len(people) % 12:02}",
             "item": ("01", "02", "04")[n % 3], "due": _day(draw, 2015, 2015), "owed": owed, "paid": paid,
             "open": owed - paid}
        )  # fmt: skip
    columns = (
        Column("djxh", "DJXH", "djxh", is_="djxh", refers="taxpayers.djxh"),
        Column("period", "SSQ", "skssq"),
        Column("item", "ZSXM_DM", "zsxmDm", "codes", codes=TAXES),
        Column("due", "JKQX", "jkqx", "date"),
        Column("owed", "YNSE", "ynse", "amount"),
        Column("paid", "YJSE", "yjse", "amount"),
        Column("open", "QSE", "qse", "amount"),
    )
    return Batch("arrears", "欠税", ("djxh", "period"), columns, rows, "", "owed = paid + open", "open")


def _overpayments(count: int, seed: int) -> Batch:
    draw, people = Random(f"overpayments/{seed}"), _some(count, seed)
    rows: list[Row] = []
    for n in range(count):
        t, over = people[n % len(people)], draw.randrange(10_000, 1_000_000)
        back = draw.randrange(0, over)
        rows.append(
            {"voucher": make_pzxh(t.authority, n), "djxh": t.djxh, "found": _day(draw, 2014, 2015),
             "over": over, "back": back, "left": over - back}
        )  # fmt: skip
    columns = (
        Column("voucher", "PZXH", "pzxh", is_="pzxh"),
        Column("djxh", "DJXH", "djxh", is_="djxh", refers="taxpayers.djxh"),
        Column("found", "FXRQ", "fxrq", "date"),
        Column("over", "DJSE", "djse", "amount"),
        Column("back", "YTSE", "ytse", "amount"),
        Column("left", "WTSE", "wtse", "amount"),
    )
    return Batch("overpayments", "多缴", ("voucher",), columns, rows, "", "over = back + left", "left")


def _few(count: int) -> int:
    """Of what there is little: banks and posts."""
    return max(12, count // 20)


def _one_of(batch: Batch, n: int) -> Row:
    """A row that others refer to; a third of them nobody refers to."""
    return batch.rows[n % (2 * len(batch.rows) // 3)]


def _some(count: int, seed: int) -> list[Taxpayer]:
    """Taxpayers that other batches refer to: two thirds of them."""
    return list(_people(max(1, 2 * count // 3), seed))


def _people(count: int, seed: int) -> Iterator[Taxpayer]:
    return map(partial(_taxpayer, Population(seed, DAY)), range(count))


def _taxpayer(population: Population, n: int) -> Taxpayer:
    return population.taxpayer(n)


def _authority(n: int) -> str:
    return ("14301030000", "14301020000", "14301040000", "14301050000")[n % 4]


def _day(draw: Random, first: int, last: int) -> str:
    begin = date(first, 1, 1)
    return str(begin + timedelta(days=draw.randrange((date(last + 1, 1, 1) - begin).days)))


KINDS = {
    "banks": _banks,
    "pos": _pos,
    "staff": _staff,
    "posts": _posts,
    "invoices": _invoices,
    "taxpayers": _taxpayers,
    "arrears": _arrears,
    "overpayments": _overpayments,
}
NEEDS: dict[str, tuple[str, ...]] = {
    "banks": (),
    "posts": (),
    "pos": ("banks",),
    "staff": ("posts",),
    "taxpayers": ("banks",),
    "invoices": ("taxpayers",),
    "arrears": ("taxpayers",),
    "overpayments": ("taxpayers",),
}
