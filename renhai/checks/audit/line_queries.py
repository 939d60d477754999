"""Queries of DuckDB over lines of intents: of lines as a load process writes them, and of any other.

A load process writes no blank between values, whole numbers in the shortest way, and texts as they are: such
a line is cut at its commas, each piece is seen to be a value, and so the line to be JSON. A line with
anything else (an escape, a comma in a text, a list, a fraction) is read as JSON, which takes longer.

Both give for each line, in their order: own (its number), kind, place (of its operation, from 0; -1: none),
ms, size (of its values), and of its values, by their places: h0, ...: hash of the text that Python makes of
it, where anything goes by it, 0 for null; odd: a bit for each whose text may be another in Python; whole: a
bit for each amount that is a whole number. Nothing is null.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from renhai.checks.audit.columns import WHITE, canonical, quoted
from renhai.checks.sql_files import OF_ITSELF, only
from results.checks.audit.intents import END_MS

INTENT, ACKNOWLEDGED, NOT_SO, END, OTHER = 0, 1, 2, 8, 9  # kinds of lines
KINDS = {"intent": INTENT, "ok": ACKNOWLEDGED, "fail": NOT_SO, "info": NOT_SO}
MOST_VALUES = 62  # bits of a whole number
BITS = {8: "UTINYINT", 16: "USMALLINT", 32: "UINTEGER", MOST_VALUES: "UBIGINT"}
MOST_SIZE = 100  # a line with more values is as wrong
NO_VALUE = "'?'"  # what stands for a piece that is none
# Of a line: none of its texts has an escape or white space behind it, which Python would cut.
_PLAIN = "NOT contains(line, chr(92)) AND NOT contains(line, ' \"') AND strlen(line) = length(line)"
_NO_JSON = r"',[ \t\r]*[\]}]|[-:,\[ \t](?i:nan|inf)'"  # what DuckDB takes and Python may not
# No comma can stand before a bracket where all values are plain.
_ENDS_PLAINLY = (
    f"(suffix(line, '\"]]') OR suffix(line, 'null]]') OR (kind = {NOT_SO} AND suffix(line, '\"]')))"
)
# A value as it stands in the line: null, a whole number, or a text without an escape is the same in Python.
_NO_PLAIN_VALUE = "NOT starts_with({0}, '\"') AND {0} <> 'null' AND NOT " + canonical("{0}")


@dataclass(frozen=True)
class Layout:
    """What lines are read for. operations: their names; most: values of one; used, amounts: places of values
    that anything goes by, and of those in fen."""

    operations: Sequence[str]
    most: int
    used: Sequence[int]
    amounts: Sequence[int]

    @property
    def columns(self) -> list[str]:
        """What both queries give."""
        hashes = (f"h{place}" for place in self.used)
        return ["own", "kind", "place", "ms", "size", "odd", "whole", *hashes]

    @property
    def bits(self) -> str:
        """The type of a whole number with a bit for each value."""
        return next(kind for most, kind in BITS.items() if self.most <= most)

    @property
    def place(self) -> str:
        """SQL: of the operation whose name is the line's third part."""
        known = (f"WHEN {quoted(_json(name))} THEN {n}" for n, name in enumerate(self.operations))
        return f"CASE y[3] {' '.join(known)} ELSE -1 END"


def lines_of(path: Path) -> str:
    """A table of the file's lines but the first; a byte that no JSON holds stands for the separator."""
    return (
        f"read_csv({quoted(only(path))}, {OF_ITSELF}, columns = {{'line': 'VARCHAR'}}, delim = '\x01',"
        " quote = '', escape = '', header = false, skip = 1, auto_detect = false, strict_mode = true,"
        " new_line = '\\n')"
    )


def quick(source: str, layout: Layout) -> str:
    """Of a table of lines without control characters. One more column, quick: the line is as a load process
    writes it, and has the parts of its kind; else what is said of it is worth nothing."""
    kinds = " ".join(f"WHEN '[{_json(word)}' THEN {kind}" for word, kind in {**KINDS, "end": END}.items())
    return (
        f"SELECT {_is_quick(layout)} AS quick, coalesce(own, 0) AS own, kind::UTINYINT AS kind,"
        f" place::SMALLINT AS place, coalesce(ms, 0) AS ms, {_size('size')} AS size,"
        f" (CASE WHEN wide THEN {_quick_odd(layout)} ELSE 0::BIGINT END)::{layout.bits} AS odd,"
        f" {_bits((n, f't{n} = v{n}') for n in layout.amounts)}::{layout.bits} AS whole"
        f" {_quick_hashes(layout)}"
        f" FROM (SELECT *{_texts(layout)} FROM (SELECT *{_values(layout)} FROM"
        f" (SELECT *, TRY_CAST(stamp AS BIGINT) AS ms, (len(y) - shift)::INT AS size{_pieces(layout)} FROM"
        f" (SELECT *, CASE kind WHEN {INTENT} THEN 4 WHEN {ACKNOWLEDGED} THEN 3 END AS shift,"
        f" CASE kind WHEN {INTENT} THEN {layout.place} ELSE -1 END AS place,"
        f" TRY_CAST(y[2] AS INTEGER) AS own, CASE kind WHEN {INTENT} THEN y[4] ELSE y[3] END AS stamp FROM"
        f" (SELECT *, CASE y[1] {kinds} ELSE {OTHER} END AS kind FROM"
        " (SELECT line, string_split(line, ',') AS y, contains(line, chr(92)) AS escaped,"
        f" contains(line, ' \"') AS blank, strlen(line) > length(line) AS wide FROM {source}))))))"
    )


def _pieces(layout: Layout) -> str:
    """r0, ...: pieces where the values of an intent or an acknowledgement stand, without the first [."""
    first = f"CASE WHEN starts_with(y[shift + 1], '[') THEN substring(y[shift + 1], 2) ELSE {NO_VALUE} END"
    others = [f"y[shift + {n + 1}]" for n in range(1, layout.most)]
    return "".join(f", {piece} AS r{n}" for n, piece in enumerate([first, *others][: layout.most]))


def _values(layout: Layout) -> str:
    """v0, ...: those without the last two; null behind the last value."""
    closed = "CASE WHEN suffix(r{0}, ']]') THEN left(r{0}, -2) ELSE " + NO_VALUE + " END"
    value = "CASE WHEN size = {0} + 1 THEN " + closed + " ELSE r{0} END AS v{0}"
    return "".join(f", {value.format(n)}" for n in range(layout.most))


def _texts(layout: Layout) -> str:
    """t0, ...: those without quotes; null for null."""
    text = "CASE WHEN v{0} <> 'null' THEN replace(v{0}, chr(34), '') END AS t{0}"
    return "".join(f", {text.format(n)}" for n in range(layout.most))


def _is_quick(layout: Layout) -> str:
    """Where a text lost two quotes, it has no more, and may stand between them alone."""
    wrong = (
        "CASE WHEN t{0} IS NULL THEN false WHEN strlen(t{0}) = strlen(v{0}) - 2"
        " THEN NOT (starts_with(v{0}, '\"') AND suffix(v{0}, '\"')) ELSE NOT " + canonical("v{0}") + " END"
    )
    values = "".join(f" AND NOT ({wrong.format(n)})" for n in range(layout.most))
    counted = f"coalesce(own::VARCHAR = y[2] AND ms::VARCHAR = stamp AND ms >= 0 AND ms < {END_MS}, false)"
    quotes = "strlen(line) - strlen(replace(line, chr(34), ''))"
    return (
        f"coalesce(CASE WHEN kind = {END} THEN true WHEN escaped OR kind = {OTHER}"
        f" OR NOT {counted} THEN false"
        f" WHEN kind = {NOT_SO} THEN starts_with(y[4], '\"') AND suffix(line, '\"]') AND {quotes} = 4"
        f" ELSE size <= {layout.most} AND (kind = {ACKNOWLEDGED} OR place >= 0){values} END, false)"
    )


def _quick_odd(layout: Layout) -> str:
    return _bits(
        (n, f"t{n} <> v{n} AND strlen(v{n}) > length(v{n}) AND {_ends_white(f'v{n}')}")
        for n in range(layout.most)
    )


def _quick_hashes(layout: Layout) -> str:
    text = "CASE WHEN blank THEN rtrim(t{0}) ELSE t{0} END"
    found = "CASE WHEN t{0} IS NULL THEN 0::UBIGINT ELSE hash(" + text + ") END AS h{0}"
    return "".join(f", {found.format(n)}" for n in layout.used)


def any_line(source: str, layout: Layout) -> str:
    """Of a table of any lines. Two more columns. fits: it has the parts of its kind; doubted: DuckDB takes it
    for JSON, and Python may not. Fails where one is no JSON."""
    each = "".join(f", z[{n + 1}] AS v{n}" for n in range(layout.most))
    values = [f"v{n}" for n in range(layout.most)]
    hashes = "".join(f", coalesce({_hash(values[n])}, 0::UBIGINT) AS h{n}" for n in layout.used)
    other = _bits((n, _NO_PLAIN_VALUE.format(value)) for n, value in enumerate(values))
    odd = _bits((n, _is_odd_text(value)) for n, value in enumerate(values))
    whole = _bits((n, canonical(values[n])) for n in layout.amounts)
    place = f"CASE kind WHEN {INTENT} THEN {layout.place} ELSE -1 END"
    kept = "".join(f", h{n}" for n in layout.used)
    return (
        f"SELECT own, kind, place, ms, fits, size, (odd | other)::{layout.bits} AS odd,"
        f" whole::{layout.bits} AS whole{kept},"
        f" CASE WHEN other = 0 AND {_ENDS_PLAINLY} THEN false ELSE regexp_matches(line, {_NO_JSON}) END"
        " AS doubted FROM (SELECT line, coalesce(own::INTEGER, 0) AS own, kind::UTINYINT AS kind,"
        f" {place}::SMALLINT AS place, coalesce(ms::BIGINT, 0) AS ms, {_fits()} AS fits,"
        f" {_size('len(z)')} AS size, {other} AS other, CASE WHEN plain THEN 0 ELSE {odd} END AS odd,"
        f" {whole} AS whole{hashes} FROM (SELECT *{each} FROM"
        f" (SELECT *, from_json(held, '[\"JSON\"]')::VARCHAR[] AS z FROM {_parts(source)})))"
    )


def _parts(source: str) -> str:
    """y: the parts of a line as they stand there; held: the list of its values."""
    kinds = " ".join(f"WHEN '{_json(word)}' THEN {kind}" for word, kind in KINDS.items())
    return (
        f"(SELECT *, y[2] AS own, CASE WHEN kind = {INTENT} THEN y[4] ELSE y[3] END AS ms,"
        f" CASE kind WHEN {INTENT} THEN y[5] WHEN {ACKNOWLEDGED} THEN y[4] END AS held"
        f" FROM (SELECT *, CASE y[1] {kinds} ELSE {OTHER} END AS kind FROM (SELECT line, {_PLAIN} AS plain,"
        f" from_json(line, '[\"JSON\"]')::VARCHAR[] AS y FROM {source})))"
    )


def _fits() -> str:
    return (
        "coalesce(NOT starts_with(own, '\"') AND regexp_full_match(ms, '[0-9]{1,14}')"
        f" AND len(y) = CASE WHEN kind = {INTENT} THEN 5 ELSE 4 END AND CASE WHEN kind = {NOT_SO}"
        " THEN starts_with(y[4], '\"') ELSE starts_with(held, '[') END, false)"
    )


def _hash(value: str) -> str:
    """Of the text that Python makes of a value of JSON, without blanks behind it; null for null."""
    text = f"replace({value}, chr(34), '')"
    other = f"rtrim(CASE WHEN starts_with({value}, '\"') THEN {text} ELSE {value} END)"
    return f"CASE WHEN {value} <> 'null' THEN hash(CASE WHEN plain THEN {text} ELSE {other} END) END"


def _is_odd_text(value: str) -> str:
    """Whether it has an escape, or other white space than blanks behind it."""
    ends = f"strlen({value}) > length({value}) AND {_ends_white(value)}"
    return f"starts_with({value}, '\"') AND (contains({value}, chr(92)) OR ({ends}))"


def _ends_white(value: str) -> str:
    return f"regexp_matches({value}, '[{WHITE}] *\"$')"


def _bits(of: Iterable[tuple[int, str]]) -> str:
    """A whole number with a bit for each place that something is said of, where it is true."""
    found = [f"CASE WHEN {what} THEN {1 << place}::BIGINT ELSE 0::BIGINT END" for place, what in of]
    return f"({' | '.join([*found, '0::BIGINT'])})"


def _size(count: str) -> str:
    return f"greatest(0, least(coalesce({count}, 0), {MOST_SIZE}))::UTINYINT"


def _json(name: str) -> str:
    return f'"{name}"'
