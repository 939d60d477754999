"""Queries of DuckDB over lines of intents: of rows as a load process writes them, and of any other.

A line `[[EPOCH,TIME,FIRST],["op","a"],[7,5,null]]` is cut at each `],[` into its head and its rows, which
stand without their brackets from there on: `"op","a"` and `7,5,null`. Where a value holds those signs itself,
in a text or in a list, that text or list is cut in two, so that none of the rows it went to is JSON within
brackets: if all of a line's rows are, the line is.

A load process writes no blank between values, whole numbers in the shortest way, and texts as they are: such
a row is cut at its commas, each piece is seen to be a value, and so the row to be JSON. A row with anything
else (an escape, a comma in a text, a list, a fraction) is read as JSON, which takes longer.

Both give for each row, in their order: own (the number that it names; an intent's stands in its head alone),
kind, place (of its operation, from 0; -1: none), ns (its time), size (of its values), and of its values, by
their places: h0, ...: hash of the text that Python makes of it, where anything goes by it, 0 for null; odd: a
bit for each whose text may be another in Python; whole: a bit for each amount that is a whole number. Nothing
is null.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from renhai.checks.audit.columns import WHITE, canonical, quoted
from renhai.checks.sql_files import OF_ITSELF, only

INTENT, ACKNOWLEDGED, NOT_SO, OTHER = 0, 1, 2, 9  # kinds of rows
MOST_NS = 4 * 10**18  # of a time, or what is to be added to it: their sum is one of 64 bits
MOST_VALUES = 62  # bits of a whole number
BITS = {8: "UTINYINT", 16: "USMALLINT", 32: "UINTEGER", MOST_VALUES: "UBIGINT"}
MOST_SIZE = 100  # a row with more values is as wrong
# Of a row: none of its texts has an escape or white space behind it, which Python would cut.
_PLAIN = "NOT contains(line, chr(92)) AND NOT contains(line, ' \"') AND strlen(line) = length(line)"
_NO_JSON = r"',[ \t\r]*[\]}]|[-:,\[ \t](?i:nan|inf)'"  # what DuckDB takes and Python may not
# No comma can stand before a bracket where all values are plain.
_ENDS_PLAINLY = "(suffix(line, '\"') OR suffix(line, 'null'))"
# A value as it stands in the row: null, a whole number, or a text without an escape is the same in Python.
_NO_PLAIN_VALUE = "NOT starts_with({0}, '\"') AND {0} <> 'null' AND NOT " + canonical("{0}")
_FATES = "'\"fail\"', '\"info\"'"


@dataclass(frozen=True)
class Layout:
    """What rows are read for. operations: their names; most: values of one; used, amounts: places of values
    that anything goes by, and of those in fen."""

    operations: Sequence[str]
    most: int
    used: Sequence[int]
    amounts: Sequence[int]

    @property
    def columns(self) -> list[str]:
        """What both queries give."""
        hashes = (f"h{place}" for place in self.used)
        return ["own", "kind", "place", "ns", "size", "odd", "whole", *hashes]

    @property
    def bits(self) -> str:
        """The type of a whole number with a bit for each value."""
        return next(kind for most, kind in BITS.items() if self.most <= most)

    @property
    def place(self) -> str:
        """SQL: of the operation whose name is the row's first part."""
        known = (f"WHEN {quoted(_json(name))} THEN {n}" for n, name in enumerate(self.operations))
        return f"CASE WHEN kind <> {INTENT} THEN -1 ELSE CASE y[1] {' '.join(known)} ELSE -1 END END"


def lines_of(path: Path) -> str:
    """A table of the file's lines but the first; a byte that no JSON holds stands for the separator."""
    return (
        f"read_csv({quoted(only(path))}, {OF_ITSELF}, columns = {{'line': 'VARCHAR'}}, delim = '\x01',"
        " quote = '', escape = '', header = false, skip = 1, auto_detect = false, strict_mode = true,"
        " new_line = '\\n')"
    )


def rows_of(source: str) -> str:
    """A table of the rows of lines: line (the row), its line's epoch, began and number, head (bytes of that
    head where the row is the first behind it, else 0). A line with another head is one row that is none."""
    whole = " AND ".join(
        f"coalesce({name} >= 0 AND {name}::VARCHAR = {part}, false)"
        for name, part in (("epoch", "x0"), ("began", "x[2]"), ("number", "x[3]"))
    )
    return (
        "(SELECT epoch, began, number, CASE WHEN k = 0 THEN head ELSE 0 END::UTINYINT AS head,"
        " CASE WHEN k = last THEN left(line, -2) ELSE line END AS line FROM"
        " (SELECT epoch, began, number, head, last, unnest(lines) AS line, unnest(range(last + 1)) AS k FROM"
        " (SELECT coalesce(epoch, 0) AS epoch, coalesce(began, 0) AS began, coalesce(number, 0) AS number,"
        " greatest(1, least(strlen(cut[1]) - 2, 255)) AS head, CASE WHEN fine THEN cut[2:] ELSE ['?]]'] END"
        " AS lines, len(lines) - 1 AS last FROM"
        " (SELECT cut, epoch, began, number, starts_with(line, '[[') AND suffix(line, ']]') AND len(cut) > 1"
        f" AND len(x) = 3 AND {whole} AND epoch < {MOST_NS} AND began < {MOST_NS} AS fine FROM"
        " (SELECT *, TRY_CAST(x0 AS BIGINT) AS epoch, TRY_CAST(x[2] AS BIGINT) AS began,"
        " TRY_CAST(x[3] AS INTEGER) AS number FROM (SELECT *, substring(x[1], 3) AS x0 FROM"
        " (SELECT *, string_split(cut[1], ',') AS x FROM"
        f" (SELECT line, string_split(line, '],[') AS cut FROM {source}))))))))"
    )


def quick(source: str, layout: Layout) -> str:
    """Of a table of rows without control characters. More columns: epoch, number, head, size of the row in
    bytes as `long`, and quick: the row is as a load process writes it, and has the parts of its kind; else
    what is said of it otherwise is worth nothing, but of its head, and the time of an intent."""
    return (
        f"SELECT epoch, number, head, long, {_is_quick(layout)} AS quick, coalesce(own, 0) AS own,"
        f" kind::UTINYINT AS kind, place::SMALLINT AS place, coalesce(ns, 0) AS ns, {_size('size')} AS size,"
        f" (CASE WHEN wide THEN {_quick_odd(layout)} ELSE 0::BIGINT END)::{layout.bits} AS odd,"
        f" {_bits((n, f't{n} = v{n}') for n in layout.amounts)}::{layout.bits} AS whole"
        f" {_quick_hashes(layout)}"
        f" FROM (SELECT *{_texts(layout)} FROM (SELECT *{_values(layout)},"
        f" CASE kind WHEN {INTENT} THEN began ELSE TRY_CAST(stamp AS BIGINT) END AS ns,"
        " (len(y) - shift)::INT AS size, TRY_CAST(named AS INTEGER) AS own FROM"
        f" (SELECT *, CASE kind WHEN {INTENT} THEN 1 WHEN {ACKNOWLEDGED} THEN 2 END AS shift,"
        f" {layout.place} AS place, CASE kind WHEN {ACKNOWLEDGED} THEN y[1] WHEN {NOT_SO} THEN y[2] END"
        f" AS named, CASE kind WHEN {ACKNOWLEDGED} THEN y[2] WHEN {NOT_SO} THEN y[3] END AS stamp FROM"
        f" (SELECT *, {_kind()} AS kind, strlen(line)::UINTEGER AS long, string_split(line, ',') AS y,"
        " contains(line, chr(92)) AS escaped, contains(line, ' \"') AS blank,"
        f" strlen(line) > length(line) AS wide FROM {source}))))"
    )


def _kind() -> str:
    """By how a row begins."""
    return (
        f"CASE WHEN line >= '\"' AND line < '#' THEN {INTENT} WHEN starts_with(line, 'null,') THEN {NOT_SO}"
        f" WHEN line >= '0' AND line < ':' THEN {ACKNOWLEDGED} ELSE {OTHER} END"
    )


def _values(layout: Layout) -> str:
    """v0, ...: the values of an intent or an acknowledgement as they stand there; null behind the last."""
    return "".join(f", y[shift + {n + 1}] AS v{n}" for n in range(layout.most))


def _texts(layout: Layout) -> str:
    """t0, ...: those without quotes; null for null."""
    text = "CASE WHEN v{0} <> 'null' THEN replace(v{0}, chr(34), '') END AS t{0}"
    return "".join(f", {text.format(n)}" for n in range(layout.most))


def _is_quick(layout: Layout) -> str:
    """Where a text lost two quotes, it has no more, and may stand between them alone."""
    wrong = (
        "CASE WHEN t{0} IS NULL THEN false WHEN strlen(t{0}) = strlen(v{0}) - 2"
        " THEN NOT (v{0} >= '\"' AND v{0} < '#' AND suffix(v{0}, '\"')) ELSE NOT "
        + canonical("v{0}")
        + " END"
    )
    values = "".join(f" AND NOT ({wrong.format(n)})" for n in range(layout.most))
    counted = f"coalesce({_counted('named', 'stamp')}, false)"
    quotes = "strlen(line) - strlen(replace(line, chr(34), ''))"
    return (
        f"coalesce(CASE WHEN escaped OR kind = {OTHER} OR (kind <> {INTENT} AND NOT {counted}) THEN false"
        f" WHEN kind = {NOT_SO} THEN y[4] IN ({_FATES}) AND starts_with(y[5], '\"') AND suffix(line, '\"')"
        f" AND {quotes} = 4"
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
    """Of a table of any rows, each a line. Two more columns. fits: it has the parts of its kind; doubted:
    DuckDB takes it for JSON, and Python may not. The ns of an intent is 0. Fails where one is no JSON."""
    values = [f"v{n}" for n in range(layout.most)]
    each = "".join(f", y[shift + {n + 1}] AS {value}" for n, value in enumerate(values))
    hashes = "".join(f", coalesce({_hash(values[n])}, 0::UBIGINT) AS h{n}" for n in layout.used)
    other = _bits((n, _NO_PLAIN_VALUE.format(value)) for n, value in enumerate(values))
    odd = _bits((n, _is_odd_text(value)) for n, value in enumerate(values))
    whole = _bits((n, canonical(values[n])) for n in layout.amounts)
    kept = "".join(f", h{n}" for n in layout.used)
    return (
        f"SELECT coalesce(TRY_CAST(own AS INTEGER), 0) AS own, kind, place,"
        f" coalesce(TRY_CAST(ns AS BIGINT), 0) AS ns, {_fits()} AS fits, size,"
        f" (odd | other)::{layout.bits} AS odd, whole::{layout.bits} AS whole{kept},"
        f" CASE WHEN other = 0 AND {_ENDS_PLAINLY} THEN false"
        f" ELSE regexp_matches('[' || line || ']', {_NO_JSON}) END AS doubted"
        f" FROM (SELECT line, y, kind::UTINYINT AS kind, {layout.place}::SMALLINT AS place,"
        f" CASE kind WHEN {ACKNOWLEDGED} THEN y[1] WHEN {NOT_SO} THEN y[2] END AS own,"
        f" CASE kind WHEN {ACKNOWLEDGED} THEN y[2] WHEN {NOT_SO} THEN y[3] END AS ns,"
        f" {_size('len(y) - shift')} AS size, {other} AS other, CASE WHEN plain THEN 0 ELSE {odd} END AS odd,"
        f" {whole} AS whole{hashes} FROM (SELECT *{each} FROM"
        f" (SELECT *, CASE kind WHEN {INTENT} THEN 1 WHEN {ACKNOWLEDGED} THEN 2 END AS shift FROM"
        f" (SELECT line, {_kind()} AS kind, {_PLAIN} AS plain,"
        f" from_json('[' || line || ']', '[\"JSON\"]')::VARCHAR[] AS y FROM {source}))))"
    )


def _counted(own: str, ns: str) -> str:
    """SQL: whether texts are a number of 32 bits and a time, in their shortest way."""
    return (
        f"TRY_CAST({own} AS INTEGER)::VARCHAR = {own} AND TRY_CAST({ns} AS BIGINT)::VARCHAR = {ns}"
        f" AND TRY_CAST({ns} AS BIGINT) BETWEEN 0 AND {MOST_NS - 1}"
    )


def _fits() -> str:
    counted = _counted("own", "ns")
    return (
        f"coalesce(CASE kind WHEN {INTENT} THEN true WHEN {ACKNOWLEDGED} THEN {counted}"
        f" WHEN {NOT_SO} THEN {counted} AND len(y) = 5 AND y[4] IN ({_FATES}) AND starts_with(y[5], '\"')"
        " END, false)"
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
