"""Files of intents as tables of DuckDB, where each of their lines is as a load process writes it.

What is in any way otherwise (a torn line, a file of a killed worker that did not come home) is left to
the reader in Python (results.checks.audit.intents), which says what is missing.
"""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from renhai.checks.audit.columns import BATCH, LeftToPython, quoted
from results.checks.audit.intents import Header, Write, header_of, selected

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TAIL = 1 << 16
END = rb'\["end", ?([0-9]+)\]\n'
INTENT, RECEIPT = 4, 3  # the place of the values in a line
# A value as it stands in the line: null, a whole number, or a text without an escape is the same in Python.
_TEXT, _WHOLE = "starts_with({0}, '\"')", "regexp_full_match({0}, '0|-?[1-9][0-9]{{0,17}}')"
_SAME = f"CASE WHEN {_TEXT} THEN NOT contains({{0}}, chr(92)) ELSE {{0}} = 'null' OR {_WHOLE} END"


class IntentTables:
    """Tables `begun` (file, n, own, place, ms, fits, size, p0, p1, ...) and `ended` (the same, with kind for
    place).

    n: the line, from 1 behind the header; own: the intent's number; place: of its operation among
    `operations`, from 0; fits: whether the parts of the line are what they must be; size: how many values it
    has; p0, ...: the values as they stand there, null where there is none.
    """

    def __init__(self, link: DuckDBPyConnection, files: Sequence[tuple[Path, bool]]) -> None:
        self.link = link
        self.files = [path for path, _ in files]
        self._by_hand = [by_hand for _, by_hand in files]
        self.headers: list[Header] = []
        self.operations: list[str] = []
        self._most = 0  # values of an operation

    def load(self, run_id: str, workers: int) -> None:
        """Raises LeftToPython where one line is not as it should be, or a worker's file is not there."""
        for path in self.files:
            header = header_of(path)
            if header is None or header.run != run_id:
                raise LeftToPython(f"{path} is no file of the run")
            self.headers.append(header)
        if set(range(workers)) - {header.worker for header in self.headers}:
            raise LeftToPython("a worker's file is missing")
        self.operations = list(dict.fromkeys(name for header in self.headers for name in header.names))
        self._most = max((len(own) for header in self.headers for own in header.names.values()), default=0)
        values = "".join(f", p{place} VARCHAR" for place in range(self._most))
        columns = f"ms BIGINT, fits BOOLEAN, size INT{values}"
        self.link.execute(f"CREATE TABLE begun (file INT, n BIGINT, own BIGINT, place INT, {columns})")
        self.link.execute(f"CREATE TABLE ended (file INT, n BIGINT, own BIGINT, kind VARCHAR, {columns})")
        for file in range(len(self.files)):
            self.link.execute(f"CREATE TABLE {_raw(file)} AS SELECT line FROM {_read(self.files[file])}")
            self._load(file)
            self.link.execute(f"DROP TABLE {_raw(file)}")

    def _load(self, file: int) -> None:
        lines, size = self._one(f"SELECT count(*), coalesce(sum(strlen(line) + 1), 0) FROM {_raw(file)}")
        first, last = _ends(self.files[file])
        if first + size != self.files[file].stat().st_size:
            raise LeftToPython("an empty line, or one that ends otherwise")
        self._refuse_last_commas(file)
        begun, ended, end = self._begun(file), self._ended(file), re.fullmatch(END, last)
        if begun + ended + bool(end) != lines:
            raise LeftToPython("a line of another kind")
        carried = self.headers[file].carried and not self._by_hand[file]
        if (end and int(end[1]) != begun) or (carried and not end):
            raise LeftToPython("an end that does not fit")
        right = f"b.n < e.n AND e.fits AND (kind <> 'ok' OR {self._is_of_size(file, 'b.place', 'e.size')})"
        found = self._one(  # where there are as many pairs as intents, none has a second receipt
            f"SELECT count(*), count(*) FILTER ({right}) FROM begun b LEFT JOIN ended e"
            f" ON e.file = {file} AND e.own = b.own WHERE b.file = {file}"
        )
        if found != (begun, ended):
            raise LeftToPython("a receipt without its intent, a second one, or one of other values")

    def _refuse_last_commas(self, file: int) -> None:
        """DuckDB takes a list for one that has a comma behind its last value, which is no JSON."""
        may_be = " OR ".join(f"contains(line, '{text}')" for text in (",]", ", ]", ",}", ", }"))
        result = self.link.execute(f"SELECT line FROM {_raw(file)} WHERE {may_be}")
        while rows := result.fetchmany(BATCH):
            for (line,) in rows:
                try:
                    json.loads(line)
                except ValueError as error:
                    raise LeftToPython(str(error)) from None

    def _begun(self, file: int) -> int:
        """How many intents there are, which count from 1 and have their values."""
        places = "[" + ", ".join(map(quoted, self.operations)) + "]"
        self._take(
            file,
            "begun",
            "intent",
            INTENT,
            f"list_position({places}, replace(y[3], chr(34), ''))::INT - 1",
            '"%"',
        )
        right = f"own = before + 1 AND fits AND {self._is_of_size(file, 'place', 'size')}"
        count, found = self._one(
            f"SELECT count(*), count(*) FILTER ({right}) FROM"
            f" (SELECT *, lag(own, 1, 0) OVER () AS before FROM begun WHERE file = {file})"
        )
        if count != found:
            raise LeftToPython("an intent that does not follow the one before, or has other values")
        return int(count)

    def _ended(self, file: int) -> int:
        for word in ("ok", "fail", "info"):
            self._take(file, "ended", word, RECEIPT, quoted(word), "%")
        return int(self._one(f"SELECT count(*) FROM ended WHERE file = {file}")[0])

    def _is_of_size(self, file: int, place: str, size: str) -> str:
        """Whether there are as many values as the operation has names in this file."""
        names = self.headers[file].names
        sizes = [len(names[name]) if name in names else -1 for name in self.operations]
        return f"coalesce({size} = {sizes}[{place} + 1], false)"

    def _take(self, file: int, table: str, word: str, under: int, named: str, third: str) -> None:
        """Adds the lines of a word. under: the place of their values; third: what the third part is like."""
        parts = [f"'$[{place}]'" for place in (*range(under), under + 1)]
        paths = ", ".join([*parts, *(f"'$[{under}][{place}]'" for place in range(self._most + 1))])
        opening = "[" if word in ("intent", "ok") else '"'
        start = quoted(f'["{word}",')
        fits = (
            f"y[2] NOT LIKE '\"%' AND y[3] LIKE '{third}' AND y[{under}] NOT LIKE '\"%'"
            f" AND y[{under + 1}] IS NULL AND CASE WHEN y[{under + 2}] IS NOT NULL THEN {opening == '['}"
            f" ELSE json_extract(line, '$[{under}]') LIKE '{opening}%' END"
        )
        values = "".join(f", y[{under + 2 + place}]" for place in range(self._most))
        self.link.execute(
            f"INSERT INTO {table} SELECT {file}, n, y[2]::BIGINT, {named}, y[{under}]::BIGINT,"
            f" coalesce({fits}, false), list_count(y) - {under}{values}"
            f" FROM (SELECT rowid + 1 AS n, line, json_extract(line, [{paths}])::VARCHAR[] AS y"
            f" FROM {_raw(file)} WHERE starts_with(line, {start}))"
        )

    def _one(self, query: str) -> tuple[Any, ...]:
        row = self.link.execute(query).fetchone()
        assert row is not None
        return tuple(row)

    def write_values(self, operation: str, names: Sequence[str]) -> str:
        """A query of an operation's writes: file, own, ended (null where it was not acknowledged), v0, ...
        (as texts, null for null), o0, ... (whether Python has another text), w0, ... (if it is no text)."""
        place, parts = self.operations.index(operation), []
        for file, header in enumerate(self.headers):
            own = list(header.names.get(operation) or ())
            columns = [
                part
                for number, name in enumerate(names)
                for part in _value(number, own.index(name) if name in own else None)
            ]
            parts.append(
                f"SELECT b.file AS file, b.own AS own, e.ms AS ended, {', '.join(columns)} FROM begun b"
                f" LEFT JOIN ended e ON e.file = {file} AND e.own = b.own AND e.kind = 'ok'"
                f" WHERE b.file = {file} AND b.place = {place}"
            )
        return " UNION ALL ".join(parts)

    def rest(self) -> Mapping[str, list[Write]]:
        """All writes but those of the table `paired` (file, own), by operation, in order of time."""
        first = "SELECT place FROM begun GROUP BY place ORDER BY min((file, own))"
        found: dict[str, list[Write]] = {
            self.operations[row[0]]: [] for row in self.link.execute(first).fetchall()
        }
        for file, header in enumerate(self.headers):
            for write in selected(header, self._rest_lines(file)):
                found[write.operation].append(write)
        for rows in found.values():
            rows.sort(key=lambda write: (write.began_ms, write.number))
        return found

    def _rest_lines(self, file: int) -> Iterator[bytes]:
        parts = [
            f"SELECT n FROM {table} t ANTI JOIN paired p ON p.file = t.file AND p.own = t.own"
            f" WHERE t.file = {file}"
            for table in ("begun", "ended")
        ]
        result = self.link.execute(f"SELECT n FROM ({' UNION ALL '.join(parts)}) ORDER BY n")
        wanted = array("q", (row[0] for row in result.fetchall()))
        with self.files[file].open("rb") as lines:
            behind = 0
            for n in wanted:
                yield next(islice(lines, n - behind, None))
                behind = n + 1

    def began_ms(self) -> int:
        return int(self._one("SELECT coalesce(min(ms), 0) FROM begun")[0])


def _raw(file: int) -> str:
    """The table of a file's lines, whose rowid is their place: to number them as they are read would take one
    thread alone."""
    return f"raw{file}"


def _read(path: Path) -> str:
    """The file line by line; a byte that no JSON holds stands for the separator."""
    return (
        f"read_csv({quoted(str(path))}, columns = {{'line': 'VARCHAR'}}, delim = '\x01', quote = '',"
        " escape = '', header = false, skip = 1, auto_detect = false, strict_mode = true, new_line = '\\n')"
    )


def _value(number: int, spot: int | None) -> tuple[str, str, str]:
    """What the answer says, else the request. spot: among the operation's values; None: it is none."""
    if spot is None:
        return f"NULL::VARCHAR AS v{number}", f"false AS o{number}", f"false AS w{number}"
    value = f"coalesce(nullif(e.p{spot}, 'null'), b.p{spot})"
    text = f"CASE WHEN {_TEXT} THEN replace({{0}}, chr(34), '') ELSE nullif({{0}}, 'null') END"
    return (
        f"{text.format(value)} AS v{number}",
        f"NOT coalesce({_SAME.format(value)}, false) AS o{number}",
        f"NOT starts_with({value}, '\"') AS w{number}",
    )


def _ends(path: Path) -> tuple[int, bytes]:
    """How long the first line is, and the last line. Raises LeftToPython where that one is torn."""
    with path.open("rb") as file:
        first = len(file.readline())
        file.seek(max(0, path.stat().st_size - TAIL))
        last = file.read()
    if not last.endswith(b"\n"):
        raise LeftToPython("a torn last line")
    return first, last[last.rfind(b"\n", 0, -1) + 1 :]
