"""Writes and rows of an export that agree one to one are found by DuckDB; only the rest comes to Python.

A pair is settled when its serial and its key stand once among the writes and once among the rows, and all
that is compared is the same text, or the same amount. Such a pair has nothing in common with another write or
row, so that what is said of those is the same without it (results.checks.audit.classes). All else is left to
be judged: to settle too few costs time alone. Held against each other are hashes of 64 bits, of the serial
and of all that is compared: an altered row passes where two are equal by chance, once in 1.8e19.
"""

from __future__ import annotations

import contextlib
import tempfile
from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from renhai.checks.audit.columns import BATCH, QUIET, Columns, LeftToPython, Refused, source
from renhai.checks.audit.export import columns_of, in_utf8, said_of
from renhai.checks.audit.lines import IntentTables
from renhai.checks.audit.rows import stored_at
from renhai.core.process.long_queries import endable, go_on
from results.checks.audit.intents import Intents
from results.checks.audit.model import Reading, Record, Settled
from results.snapshot.segments import lines, parts

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LEAST_BYTES = 4_000_000  # of intents; fewer are judged as soon one by one
EMPTY = "hash('')"


@dataclass
class Matched:
    """What is left of the intents, and the readings of the exports."""

    intents: Intents
    readings: dict[str, Reading] = field(default_factory=dict)


def _plain(value: str) -> str:
    """Without blanks behind it; to look for one first is faster."""
    text = f"coalesce({value}, '')"
    return f"CASE WHEN suffix({text}, ' ') THEN rtrim({text}) ELSE {text} END"


def _ends_oddly(value: Any) -> bool:
    """Whether Python takes more than blanks from its end."""
    return isinstance(value, str) and value.rstrip(" ") != value.rstrip()


def _hash_of(hashes: Sequence[str], name: str) -> str:
    """Of the hashes of texts; null where there is no part, or one is null or of an empty text."""
    if not hashes:
        return f"NULL::UBIGINT AS {name}"
    filled = " AND ".join(f"{one} <> {EMPTY}" for one in hashes)
    return f"CASE WHEN {filled} THEN hash({', '.join(hashes)}) END AS {name}"


@contextlib.contextmanager
def matched(
    files: Sequence[tuple[Path, bool]],
    run: tuple[str, int],
    rules: Mapping[str, Mapping[str, Any]],
    exports: Mapping[str, str],
    wanted: Collection[str],
    fresh: bool,
    least: int = LEAST_BYTES,
) -> Iterator[Matched | None]:
    """run: its id and how many load processes it had. None where nothing is settled: no CSV, intents that are
    not whole, or too few bytes of them. Readings are good inside alone. Raises UsageError."""
    plain = {name: Path(path) for name, path in exports.items() if _can_be(rules[name], path)}
    if not plain or sum(map(_bytes, (path for path, _ in files))) < least:
        yield None
        return
    import duckdb

    with (
        tempfile.TemporaryDirectory() as folder,
        duckdb.connect(config={**QUIET, "temp_directory": folder}) as link,
        endable(link),
    ):
        try:
            whole = [(_whole(path, Path(folder)), by_hand) for path, by_hand in files]
            tables = IntentTables(link, whole, _named(rules, plain), _amounts(rules, plain))
            found = _matched(link, tables, run, rules, plain, wanted, fresh)
        except (Refused, OSError, duckdb.DataError, duckdb.OperationalError, duckdb.InvalidInputException):
            found = None  # no JSON, no number, too large a line, or no room: the reader in Python tells
            go_on()
        except UnicodeDecodeError:
            found = None  # of DuckDB's own message, which cut a line of no JSON in the middle of a character
        yield found


def _bytes(path: Path) -> int:
    """At least: compressed parts count as they are."""
    try:
        return sum(one.stat().st_size for one in parts(path))
    except OSError:
        return 0


def _whole(path: Path, folder: Path) -> Path:
    """The file, or one in `folder` that has all its parts. Raises OSError."""
    if len(parts(path)) == 1:
        return path
    found = folder / f"{len(list(folder.iterdir()))}-{path.name}"
    with found.open("wb") as file:
        file.writelines(lines(path))
    return found


def _can_be(rule: Mapping[str, Any], path: str) -> bool:
    one_each = rule.get("by") and not rule.get("each") and not rule.get("changes")
    return (
        bool(one_each)
        and "://" not in path
        and not path.lower().endswith(".parquet")
        and Path(path).is_file()
    )


def _matched(
    link: DuckDBPyConnection,
    tables: IntentTables,
    run: tuple[str, int],
    rules: Mapping[str, Mapping[str, Any]],
    plain: Mapping[str, Path],
    wanted: Collection[str],
    fresh: bool,
) -> Matched:
    readings: dict[str, Reading] = {}
    with contextlib.ExitStack() as stack, ThreadPoolExecutor(1) as beside:
        known = {name: beside.submit(stack.enter_context, in_utf8(path)) for name, path in plain.items()}
        tables.load(*run)
        link.execute("CREATE TABLE paired (file INT, own BIGINT)")
        for number, (name, path) in enumerate(plain.items()):
            if name not in tables.operations:
                continue
            changing = {n: rule for n, rule in rules.items() if rule.get("changes") == name}
            one = _Pairing(link, tables, name, rules[name], number)
            reading = one.reading(path, known[name].result(), wanted, changing, fresh)
            if reading is not None:
                readings[name] = reading
    intents = Intents(dict(tables.rest()), [], {header.worker for header in tables.headers})
    intents.first_ms = tables.began_ms()
    return Matched(intents, readings)


def _compared(rule: Mapping[str, Any]) -> list[str]:
    """All that a write and its record are held against each other by, and what sums are entered by."""
    lists = [rule.get(key) or () for key in ("by", "key", "compare", "amounts")]
    return list(dict.fromkeys([name for names in lists for name in names] + _tax(rule)))


def _tax(rule: Mapping[str, Any]) -> list[str]:
    return [rule["tax"]] if rule.get("tax") else []


def _named(rules: Mapping[str, Mapping[str, Any]], plain: Collection[str]) -> dict[str, list[str]]:
    """Values of writes by operation that anything goes by: of those with an export, and what changes them."""
    changing = {
        name: list(rule.get("by") or ()) for name, rule in rules.items() if rule.get("changes") in plain
    }
    return {**changing, **{name: _compared(rules[name]) for name in plain}}


def _amounts(rules: Mapping[str, Mapping[str, Any]], plain: Collection[str]) -> dict[str, list[str]]:
    return {name: list(rules[name].get("amounts") or ()) for name in plain}


class _Pairing:
    """One operation's writes (table w), its export's rows (r), and pairs (p: file, own, rid, ended)."""

    def __init__(
        self,
        link: DuckDBPyConnection,
        tables: IntentTables,
        operation: str,
        rule: Mapping[str, Any],
        number: int,
    ) -> None:
        self.link, self.tables, self.operation, self.rule = link, tables, operation, rule
        self.w, self.r, self.p = (f"{letter}{number}" for letter in "wrp")
        self.by, self.key = list(rule["by"]), list(rule.get("key") or ())
        self.amounts = list(rule.get("amounts") or ())
        self.tax = _tax(rule)
        self.names = _compared(rule)

    def reading(
        self,
        path: Path,
        known: tuple[Path, Sequence[str]],
        wanted: Collection[str],
        changing: Mapping[str, Mapping[str, Any]],
        fresh: bool,
    ) -> Reading | None:
        """None where the export is left to the reader in Python. known: the export in UTF-8 and its columns;
        changing: rules of what changes its rows."""
        columns = self._read(path, *known, wanted)
        if columns is None or {*self.by, *self.key} & set(columns.inexact):
            return None
        self.columns = columns
        kept = [name for name in changing if name in self.tables.operations]
        self._take_writes()
        if self._writes_are_odd() or any(list(changing[name].get("by") or ()) != self.by for name in kept):
            return None
        self._pair(kept)
        left = list(self._records(f"ANTI JOIN {self.p} p ON p.rid = r.rowid"))
        if any(_ends_oddly(one.values.get(name)) for one in left for name in self._own):
            return None  # a row that is paired has the texts of a write
        settled = self._settled()
        self.link.execute(f"INSERT INTO paired SELECT file, own FROM {self.p}")
        self.link.execute(f"DROP TABLE {self.w}")
        return Reading(left, fresh=fresh, settled=settled, stream=lambda: self._records(""))

    def _read(self, path: Path, utf8: Path, names: Sequence[str], wanted: Collection[str]) -> Columns | None:
        columns, already = said_of(self.rule)
        found = columns_of(path, names, self.rule, columns, already, wanted)
        if found is None:
            return None
        parts = ", ".join(f"{part} AS f{n}" for n, part in enumerate(found.parts))
        at = {name: f"f{n}::VARCHAR" for n, name in enumerate(found.fields)}
        texts = [_plain(at.get(name, "NULL")) for name in self.names]
        hashes = "".join(f", hash({text}) AS h{n}" for n, text in enumerate(texts))
        exact = " AND ".join(
            ["true", *(f"{at[name]} IS NOT NULL" for name in self.names if name in found.inexact)]
        )
        kept = ", ".join(f"f{n}" for n in range(len(found.parts)))
        self.link.execute(
            f"CREATE TABLE {self.r} AS SELECT {kept}, {self._hashes(exact)}"
            f" FROM (SELECT *{hashes} FROM (SELECT {parts} FROM {source(names)}))",
            [str(utf8)],
        )
        return found

    def _take_writes(self) -> None:
        """Of each write its hashes; filled: a bit for each name that it has a value of. An amount that is a
        text is judged in Python; of numbers only a whole one is equal to what SQL makes of the export's."""
        whole = [f"w{self.names.index(name)}" for name in self.amounts]
        odd = [f"o{n}" for n, name in enumerate(self.names) if name not in self.amounts]
        identifying = [f"o{n}" for n, name in enumerate(self.names) if name in self._own]
        filled = " | ".join(
            f"CASE WHEN h{n} IS NOT NULL THEN {1 << n}::BIGINT ELSE 0 END" for n in range(len(self.names))
        )
        plain = " AND ".join([*whole, *(f"NOT {one}" for one in odd)])
        values = self.tables.write_values(self.operation, self.names)
        self.link.execute(
            f"CREATE TABLE {self.w} AS SELECT file, own, ended, {self._hashes(plain)}, {filled} AS filled,"
            f" {' OR '.join(identifying)} AS odd FROM ({values})"
        )

    def _hashes(self, comparable: str) -> str:
        """hs, hk: of serial and key, null where a part is missing; hr: of all that is compared, null where it
        is not comparable. Of rows with h0, h1, ...: hashes of the texts of the names."""
        of = {name: f"h{n}" for n, name in enumerate(self.names)}
        found = [
            _hash_of([of[name] for name in names], to) for names, to in ((self.by, "hs"), (self.key, "hk"))
        ]
        every = ", ".join(f"coalesce({of[name]}, {EMPTY})" for name in self.names)
        return ", ".join([*found, f"CASE WHEN {comparable} THEN hash({every}) END AS hr"])

    def _writes_are_odd(self) -> bool:
        """Whether what identifies, or what sums are entered by, has another text in Python anywhere."""
        return bool(self._one(f"SELECT coalesce(bool_or(odd), false) FROM {self.w}")[0])

    @property
    def _own(self) -> list[str]:
        """Fields that a record is known and entered by."""
        return list(dict.fromkeys([*self.by, *self.key, *self.tax]))

    def _pair(self, changing: Sequence[str]) -> None:
        for name, column in (("shared_s", "hs"), ("shared_k", "hk")):
            sides = (
                f"SELECT {column} AS h FROM {side} WHERE {column} IS NOT NULL GROUP BY h HAVING count(*) > 1"
                for side in (self.w, self.r)
            )
            self.link.execute(f"CREATE OR REPLACE TABLE {name} AS {' UNION ALL '.join(sides)}")
        for name in changing:
            self._keep_changed(name)
        self.link.execute(
            f"CREATE TABLE {self.p} AS SELECT w.file, w.own, r.rowid AS rid, w.ended, w.filled"
            f" FROM {self.w} w JOIN {self.r} r ON w.hs = r.hs AND w.hr = r.hr"
            " AND w.hk IS NOT DISTINCT FROM r.hk"
            " WHERE w.ended IS NOT NULL AND NOT EXISTS (SELECT 1 FROM shared_s s WHERE s.h = w.hs)"
            " AND NOT EXISTS (SELECT 1 FROM shared_k k WHERE k.h = w.hk)"
        )

    def _keep_changed(self, name: str) -> None:
        """What another operation changes is judged there, so that it is not settled."""
        odd = " OR ".join(f"o{n}" for n in range(len(self.by)))
        values = self.tables.write_values(name, self.by)
        if self._one(f"SELECT coalesce(bool_or({odd}), false) FROM ({values})")[0]:
            raise LeftToPython(f"{name} has a value that is no plain text")
        hashed = f"SELECT {_hash_of([f'h{n}' for n in range(len(self.by))], 'hs')} FROM ({values})"
        self.link.execute(f"INSERT INTO shared_s SELECT hs FROM ({hashed}) WHERE hs IS NOT NULL")

    def _settled(self) -> Settled:
        count, filled = self._one(f"SELECT count(*), coalesce(bit_or(filled), 0) FROM {self.p}")
        sums = {}
        if self.amounts:
            tax = f"rtrim({self._field(self.tax[0])})" if self.tax else "''"
            query = f"SELECT {tax} AS tax, count(*), sum({self._field(self.amounts[0])})"
            query += f" FROM {self.r} r JOIN {self.p} p ON p.rid = r.rowid GROUP BY tax"
            sums = {row[0]: (row[1], int(row[2])) for row in self.link.execute(query).fetchall()}
        written = frozenset(name for place, name in enumerate(self.names) if filled >> place & 1)
        held = frozenset(self.columns.fields)
        return Settled(self.operation, count, sums, written, held, self._apart)

    def _apart(self) -> array[int]:
        found: array[int] = array("q")
        since = self.rule.get("since") or ""
        if since not in self.columns.fields:
            return found
        query = f"SELECT {self._field(since)}, p.ended FROM {self.p} p JOIN {self.r} r ON p.rid = r.rowid"
        with endable(self.link.cursor()) as cursor:
            result = cursor.execute(query)
            while rows := result.fetchmany(BATCH):
                apart = ((stored_at(value), ended) for value, ended in rows)
                found.extend(at - ended for at, ended in apart if at is not None and ended)
        return found

    def _records(self, only: str) -> Iterator[Record]:
        """Rows of the export in their order."""
        shown = ", ".join(f"f{n}" for n in range(len(self.columns.parts)))
        with endable(self.link.cursor()) as cursor:
            result = cursor.execute(f"SELECT {shown} FROM {self.r} r {only} ORDER BY r.rowid")
            while rows := result.fetchmany(BATCH):
                yield from self.columns.made(rows)

    def _field(self, name: str) -> str:
        fields = list(self.columns.fields)
        return f"r.f{fields.index(name)}" if name in fields else "''"

    def _one(self, query: str) -> tuple[Any, ...]:
        row = self.link.execute(query).fetchone()
        assert row is not None
        return tuple(row)
