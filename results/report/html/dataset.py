"""index.html of a data set: who is in it, what they did and how much it was, by month, era and district."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from results.checks.values import yuan
from results.metrics import count, rounded_share
from results.report.html.page import embedded, environment
from results.report.words.dataset import COUNTS, HEADS, NAMES

PAGE = "index.html"
WIDTH, HEIGHT = 720.0, 120.0  # of a chart
LEAST = 1.0  # height of what is more than nothing
COLOURS = ("#2f6fb2", "#e69f00")
WHO = {
    "district": ("By district", "按区县"),
    "scale": ("By scale", "按增值税纳税人类型"),
    "subject": ("Enterprises and individual businesses", "按单位与个体"),
    "type": ("By registration type", "按登记注册类型"),
    "industry": ("By industry", "按行业"),
}
DEEDS = ("invoices", "amount", "tax", "returns", "due", "paid", "refunded", "fees")
# Of what they did: group -> heading, columns.
DONE: dict[str, tuple[tuple[str, str], tuple[str, ...]]] = {
    "era": (("By era", "按税制时期"), ("months", *DEEDS)),
    "district": (("By district", "按区县"), ("taxpayers", "general", *DEEDS)),
    "scale": (("By scale", "按增值税纳税人类型"), ("taxpayers", *DEEDS)),
    "industry": (("By industry", "按行业"), ("taxpayers", *DEEDS)),
    "month": (("By month", "按月"), ("deductions", "deducted", *DEEDS)),
}
KINDS: dict[str, tuple[tuple[str, str], tuple[str, ...]]] = {
    "invoice": (("Invoices", "发票"), ("invoices", "red", "amount", "tax")),
    "return": (("Returns", "申报"), ("returns", "declared")),
    "levy": (("What was due and paid, by tax", "按税费种的应缴与已缴"),
             ("dues", "due", "payments", "late", "paid", "set_off", "refunded", "fees")),
    "payment": (("Payments", "缴款"), ("payments", "late", "paid", "refunded", "set_off", "fees")),
}  # fmt: skip
CHARTS = {
    ("amount",): ("amount of the invoices issued", "开票金额"),
    ("due", "paid"): ("due and paid", "应缴与已缴"),
    ("returns",): ("returns filed", "申报份数"),
}


class Cell(NamedTuple):
    """A number in a table: as it is shown, and whether it stands for nothing."""

    text: str
    none: bool


class Line(NamedTuple):
    """A row: its name in both languages, the code behind it ("" where it is a word), its cells; share: of the
    first one, 0 to 1."""

    name: tuple[str, str]
    code: str
    cells: list[Cell]
    share: float
    shown: str


class Table(NamedTuple):
    """total: of all rows together; None where there is but one."""

    title: tuple[str, str]
    heads: list[tuple[str, str]]
    lines: list[Line]
    total: Line | None


def render_dataset(found: Mapping[str, Any]) -> str:
    """The page as text. found: of renhai.cli.export.dataset_page."""
    groups: Mapping[str, Sequence[Mapping[str, Any]]] = found["groups"]
    months = groups.get("month", [])
    return environment().get_template("dataset.html.j2").render(
        found=found,
        figures=_figures(found),
        who=[_table(groups, name, title, ("taxpayers",)) for name, title in WHO.items()],
        done=[_table(groups, name, title, heads) for name, (title, heads) in DONE.items()],
        kinds=[_table(groups, name, title, heads) for name, (title, heads) in KINDS.items()],
        charts=[
            (title, columns(months, names, groups.get("era", [])), _top(months, names),
             [(HEADS[name], COLOURS[place]) for place, name in enumerate(names)] if len(names) > 1 else [])
            for names, title in CHARTS.items()
        ],
        months=[row["key"] for row in months],
        data=embedded(dict(found)),
    )  # fmt: skip


def _figures(found: Mapping[str, Any]) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    """What stands in the head: (name, value), each in both languages."""
    total = _sums(found["groups"].get("month", []))
    rows = sum(one["rows"] for one in found["tables"].values())
    counts = [
        (HEADS["taxpayers"], count(found["taxpayers"])),
        (HEADS["general"], count(found["general"])),
        *((HEADS[name], count(total.get(name, 0))) for name in ("invoices", "returns", "payments")),
        (("rows", "行数"), count(rows)),
    ]
    amounts = [
        (("invoiced (yuan)", "开票金额（元）"), "amount"),
        (HEADS["due"], "due"),
        (HEADS["paid"], "paid"),
    ]
    return [(name, (text, text)) for name, text in counts] + [
        (name, short(total.get(key, 0))) for name, key in amounts
    ]


def short(fen: int) -> tuple[str, str]:
    """An amount in yuan for the head: `12.35 million`, `1,234.5 万`; below 100,000 it stands in full."""
    if abs(fen) < 100_000_00:
        return yuan(fen), yuan(fen)
    million, wan = fen / 100_000_000, fen / 1_000_000
    chinese = f"{wan / 10_000:,.2f} 亿" if abs(wan) >= 10_000 else f"{wan:,.1f} 万"
    return (f"{million / 1000:,.2f} billion" if abs(million) >= 1000 else f"{million:,.2f} million"), chinese


def _table(
    groups: Mapping[str, Sequence[Mapping[str, Any]]],
    group: str,
    title: tuple[str, str],
    names: Sequence[str],
) -> Table:
    rows = groups.get(group, [])
    total = _sums(rows)
    whole = total.get(names[0], 0)
    lines = [_line(group, row, names, whole) for row in rows]
    last = _line("", {"key": "", "name": ("all", "合计"), **total}, names, whole) if len(rows) > 1 else None
    return Table(title, [HEADS[name] for name in names], lines, last)


def _line(group: str, row: Mapping[str, Any], names: Sequence[str], whole: int) -> Line:
    key = str(row["key"])
    if group == "era":
        key = f"{row['key']} … {row['to']}" if row["to"] != row["key"] else key
    known = row.get("name") or NAMES.get(group, {}).get(key)
    share = row.get(names[0], 0) / whole if whole else 0.0
    cells = [_cell(name, row.get(name, 0)) for name in names]
    return Line(
        name=known or (key, key),
        code=key if known and any(letter.isdigit() for letter in key) else "",
        cells=cells,
        share=share,
        shown=rounded_share(share, 1) if whole else "–",
    )


def _cell(name: str, number: int) -> Cell:
    return Cell(count(number) if name in COUNTS else yuan(number), not number)


def _sums(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in rows:
        for name, number in row.items():
            if name not in ("key", "name", "to"):
                found[name] = found.get(name, 0) + number
    return found


def _top(months: Sequence[Mapping[str, Any]], names: Sequence[str]) -> tuple[str, str]:
    """What the highest column of a chart stands for."""
    top = max((row.get(name, 0) for row in months for name in names), default=0)
    return (count(top), count(top)) if names[0] in COUNTS else short(top)


def columns(
    months: Sequence[Mapping[str, Any]], names: Sequence[str], eras: Sequence[Mapping[str, Any]]
) -> Markup:
    """A column for each month and quantity, from 0 up to the highest; a line where another era begins.

    What is below 0 has no column; the table says it.
    """
    top = max((row.get(name, 0) for row in months for name in names), default=0)
    slot = WIDTH / max(1, len(months))
    wide = 0.8 * slot / len(names)
    drawn = []
    for place, row in enumerate(months):
        for of, name in enumerate(names):
            value = max(0, row.get(name, 0))
            high = max(LEAST, (HEIGHT - 4) * value / top) if value else 0.0
            drawn.append(
                f'<rect x="{place * slot + 0.1 * slot + of * wide:.2f}" y="{HEIGHT - high:.2f}" '
                f'width="{wide:.2f}" height="{high:.2f}" fill="{COLOURS[of]}"/>'
            )
    begins = [row["key"] for row in months]
    for one in eras[1:]:
        x = begins.index(one["key"]) * slot
        drawn.append(
            f'<line x1="{x:.2f}" x2="{x:.2f}" y1="0" y2="{HEIGHT:.0f}" stroke="#1b1f24" '
            'stroke-dasharray="4 3"/>'
        )
    return Markup(
        f'<svg class="across" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" width="{WIDTH:.0f}" '
        f'height="{HEIGHT:.0f}" preserveAspectRatio="none" aria-hidden="true">{"".join(drawn)}</svg>'
    )
