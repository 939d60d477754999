"""Files of intents as tables of DuckDB, where each of their lines is as a load process writes it.

What is in any way otherwise (a torn line, a file of a killed worker that did not come home) is left to
the reader in Python (results.checks.audit.intents), which says what is missing.
"""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from renhai.checks.audit.columns import WHITE, LeftToPython, quoted
from results.checks.audit.intents import Header, Write, header_of, selected

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TAIL = 1 << 16
END = rb'\["end", ?([0-9]+)\]\n'
INTENT, ACKNOWLEDGED, NOT_SO = 0, 1, 2  # kinds of lines
MOST_VALUES = 62  # bits of a whole number
# A value as it stands in the line: null, a whole number, or a text without an escape is the same in Python.
_WHOLE = "regexp_full_match({0}, '0|-?[1-9][0-9]{{0,17}}')"
_NO_PLAIN_VALUE = f"NOT starts_with({{0}}, '\"') AND {{0}} <> 'null' AND NOT {_WHOLE}"
# Of a line: none of its texts has an escape or white space behind it, which Python would cut.
_PLAIN = "NOT contains(line, chr(92)) AND NOT contains(line, ' \"') AND strlen(line) = length(line)"
_NO_JSON = r"',[ \t\r]*[\]}]|[-:,\[ \t](?i:nan|inf)'"  # what DuckDB takes and Python may not
# No comma can stand before a bracket where all values are plain.
_ENDS_PLAINLY = (
    f"(suffix(line, '\"]]') OR suffix(line, 'null]]') OR (kind = {NOT_SO} AND suffix(line, '\"]')))"
)
# y: the parts of a line as they stand there; held: the list of its values.
_KIND = f"CASE y[1] WHEN '\"intent\"' THEN {INTENT} WHEN '\"ok\"' THEN {ACKNOWLEDGED}"
_KIND += f" WHEN '\"fail\"' THEN {NOT_SO} WHEN '\"info\"' THEN {NOT_SO} ELSE 9 END"
_PARTS = (
    f"(SELECT *, y[2] AS own, CASE WHEN kind = {INTENT} THEN y[4] ELSE y[3] END AS ms,"
    f" CASE kind WHEN {INTENT} THEN y[5] WHEN {ACKNOWLEDGED} THEN y[4] END AS held"
    f" FROM (SELECT *, {_KIND} AS kind FROM (SELECT line, {_PLAIN} AS plain,"
    " from_json(line, '[\"JSON\"]')::VARCHAR[] AS y FROM {})))"
)
_FITS = (
    "NOT starts_with(own, '\"') AND NOT starts_with(ms, '\"')"
    f" AND len(y) = CASE WHEN kind = {INTENT} THEN 5 ELSE 4 END"
    f" AND CASE WHEN kind = {NOT_SO} THEN starts_with(y[4], '\"') ELSE starts_with(held, '[') END"
)


class IntentTables:
    """The table `writes`: file, own, place, ms, n, said, ended, odd, whole, h0, h1, ...

    own: the intent's number; place: of its operation among `operations`, from 0; ms: when it began; n, said:
    its line and its receipt's, from 1 behind the header, null where there is none; ended: ms of an
    acknowledgement, else null. Of its values, by their places: h0, ...: hash of the text that Python makes of
    it, where anything goes by it, null for null; odd: a bit for each whose text may be another in Python;
    whole: a bit for each amount that is a whole number. A value is what the answer says, else the request.
    """

    def __init__(
        self,
        link: DuckDBPyConnection,
        files: Sequence[tuple[Path, bool]],
        used: Mapping[str, Collection[str]],
        amounts: Mapping[str, Collection[str]],
    ) -> None:
        """used, amounts: by operation the names of values that anything goes by, and those in fen."""
        self.link = link
        self.files = [path for path, _ in files]
        self._by_hand = [by_hand for _, by_hand in files]
        self._named = used, amounts
        self.headers: list[Header] = []
        self.operations: list[str] = []
        self._most = 0  # values of an operation
        self._used: list[int] = []  # places of values
        self._amounts: list[int] = []

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
        if self._most > MOST_VALUES:
            raise LeftToPython("more values than a number has bits")
        self._used, self._amounts = (self._places(named) for named in self._named)
        hashes = "".join(f", h{place} UBIGINT" for place in self._used)
        columns = "own BIGINT, place INT, ms BIGINT, n BIGINT, said BIGINT, ended BIGINT, fits BOOLEAN"
        self.link.execute(f"CREATE TABLE writes (file INT, {columns}, odd BIGINT, whole BIGINT{hashes})")
        for file in range(len(self.files)):
            self._take(file)
            self._load(file)
            self.link.execute("DROP TABLE lines")

    def _places(self, named: Mapping[str, Collection[str]]) -> list[int]:
        found = {
            own.index(name)
            for header in self.headers
            for operation, own in header.names.items()
            for name in named.get(operation, ())
            if name in own
        }
        return sorted(found)

    def _load(self, file: int) -> None:
        lines, size = self._one("SELECT count(*), coalesce(sum(length + 1), 0) FROM lines")
        first, last = _ends(self.files[file])
        if first + size != self.files[file].stat().st_size:
            raise LeftToPython("an empty line, or one that ends otherwise")
        begun, ended, end = self._begun(file), self._ended(), re.fullmatch(END, last)
        if begun + ended + bool(end) != lines:
            raise LeftToPython("a line of another kind")
        carried = self.headers[file].carried and not self._by_hand[file]
        if (end and int(end[1]) != begun) or (carried and not end):
            raise LeftToPython("an end that does not fit")
        self._refuse_no_json(file)
        self._join(file)
        found = self._one(  # where there are as many pairs as intents, none has a second receipt
            f"SELECT count(*), count(*) FILTER (said IS NOT NULL AND fits) FROM writes WHERE file = {file}"
        )
        if found != (begun, ended):
            raise LeftToPython("a receipt without its intent, a second one, or one of other values")

    def _refuse_no_json(self, file: int) -> None:
        """DuckDB takes a list for one that has a comma behind its last value, which is no JSON."""
        doubted = self.link.execute("SELECT rowid + 1 FROM lines WHERE doubted ORDER BY rowid").fetchall()
        for line in self._lines(file, array("q", (row[0] for row in doubted))):
            try:
                json.loads(line)
            except (ValueError, RecursionError) as error:
                raise LeftToPython(str(error)) from None

    def _begun(self, file: int) -> int:
        """How many intents there are, which count from 1 and have their values."""
        right = f"own = before + 1 AND fits AND {self._is_of_size(file, 'place', 'size')}"
        count, found = self._one(
            f"SELECT count(*), count(*) FILTER ({right}) FROM"
            f" (SELECT *, lag(own, 1, 0) OVER () AS before FROM lines WHERE kind = {INTENT})"
        )
        if count != found:
            raise LeftToPython("an intent that does not follow the one before, or has other values")
        return int(count)

    def _ended(self) -> int:
        """How many receipts there are."""
        return int(self._one(f"SELECT count(*) FROM lines WHERE kind IN ({ACKNOWLEDGED}, {NOT_SO})")[0])

    def _is_of_size(self, file: int, place: str, size: str) -> str:
        """Whether there are as many values as the operation has names in this file."""
        names = self.headers[file].names
        sizes = [len(names[name]) if name in names else -1 for name in self.operations]
        return f"coalesce({size} = {sizes}[{place} + 1], false)"

    def _take(self, file: int) -> None:
        """Makes the table `lines`, whose rowid is their place. In subqueries: what stands in one twice would
        be worked out twice."""
        places = "[" + ", ".join(quoted(f'"{name}"') for name in self.operations) + "]"
        each = "".join(f", z[{number + 1}] AS v{number}" for number in range(self._most))
        values = [f"v{number}" for number in range(self._most)]
        hashes = "".join(f", {_hash(values[number])} AS h{number}" for number in self._used)
        kept = "".join(f", h{number}" for number in self._used)
        other = _bits((number, _NO_PLAIN_VALUE.format(value)) for number, value in enumerate(values))
        odd = _bits((number, _is_odd_text(value)) for number, value in enumerate(values))
        whole = _bits((number, _WHOLE.format(values[number])) for number in self._amounts)
        self.link.execute(
            "CREATE TABLE lines AS SELECT own, kind, place, ms, fits, size, length, whole,"
            " other | odd AS odd,"
            f" CASE WHEN other = 0 AND {_ENDS_PLAINLY} THEN false ELSE regexp_matches(line, {_NO_JSON}) END"
            f" AS doubted{kept} FROM (SELECT line, kind, strlen(line) AS length, own::BIGINT AS own,"
            f" CASE WHEN kind = {INTENT} THEN list_position({places}, y[3])::INT - 1 END AS place,"
            f" ms::BIGINT AS ms, coalesce({_FITS}, false) AS fits, len(z) AS size, {other} AS other,"
            f" CASE WHEN plain THEN 0 ELSE {odd} END AS odd, {whole} AS whole{hashes}"
            f" FROM (SELECT *{each} FROM (SELECT *, from_json(held, '[\"JSON\"]')::VARCHAR[] AS z"
            f" FROM {_PARTS.format(_read(self.files[file]))})))"
        )

    def _join(self, file: int) -> None:
        """Adds a file's intents with their receipts to `writes`."""
        said, amounts = (
            _bits((place, f"e.h{place} IS NOT NULL") for place in places)
            for places in (self._used, self._amounts)
        )
        odd = f"coalesce(e.odd, 0) | CASE WHEN b.odd = 0 THEN 0 ELSE b.odd & ~({said}) END"
        size = self._is_of_size(file, "b.place", "e.size")
        right = f"b.n < e.n AND e.fits AND (e.kind = {NOT_SO} OR {size})"
        side = "(SELECT *, rowid + 1 AS n FROM lines WHERE kind"
        hashes = "".join(f", coalesce(e.h{place}, b.h{place})" for place in self._used)
        self.link.execute(
            f"INSERT INTO writes SELECT {file}, b.own, b.place, b.ms, b.n, e.n,"
            f" CASE WHEN e.kind = {ACKNOWLEDGED} THEN e.ms END, {right}, {odd},"
            f" coalesce(e.whole, 0) | (b.whole & ~({amounts})){hashes}"
            f" FROM {side} = {INTENT}) b LEFT JOIN {side} IN ({ACKNOWLEDGED}, {NOT_SO})) e ON e.own = b.own"
        )

    def _one(self, query: str) -> tuple[Any, ...]:
        row = self.link.execute(query).fetchone()
        assert row is not None
        return tuple(row)

    def write_values(self, operation: str, names: Sequence[str]) -> str:
        """A query of an operation's writes: file, own, ended (null where it was not acknowledged), h0, ...
        (hashes of texts, null for null), o0, ... (whether Python may have another text), w0, ... (if it is an
        amount in a whole number)."""
        place, parts = self.operations.index(operation), []
        for file, header in enumerate(self.headers):
            own = list(header.names.get(operation) or ())
            columns = [
                part
                for number, name in enumerate(names)
                for part in _value(number, own.index(name) if name in own else None)
            ]
            parts.append(
                f"SELECT file, own, ended, {', '.join(columns)} FROM writes"
                f" WHERE file = {file} AND place = {place}"
            )
        return " UNION ALL ".join(parts)

    def rest(self) -> Mapping[str, list[Write]]:
        """All writes but those of the table `paired` (file, own), by operation, in order of time."""
        first = "SELECT place FROM writes GROUP BY place ORDER BY min((file, own))"
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
        rest = f"SELECT n, said FROM writes t ANTI JOIN paired p ON p.file = {file} AND p.own = t.own"
        found = self.link.execute(f"{rest} WHERE t.file = {file}").fetchall()
        yield from self._lines(file, sorted(n for row in found for n in row if n is not None))

    def _lines(self, file: int, numbers: Iterable[int]) -> Iterator[bytes]:
        """Lines of a file by their numbers, which ascend, from 1 behind the header."""
        with self.files[file].open("rb") as lines:
            behind = 0
            for n in numbers:
                yield next(islice(lines, n - behind, None))
                behind = n + 1

    def began_ms(self) -> int:
        return int(self._one("SELECT coalesce(min(ms), 0) FROM writes")[0])


def _read(path: Path) -> str:
    """The file line by line; a byte that no JSON holds stands for the separator."""
    return (
        f"read_csv({quoted(str(path))}, columns = {{'line': 'VARCHAR'}}, delim = '\x01', quote = '',"
        " escape = '', header = false, skip = 1, auto_detect = false, strict_mode = true, new_line = '\\n')"
    )


def _hash(value: str) -> str:
    """Of the text that Python makes of a value of JSON, without blanks behind it; null for null."""
    text = f"replace({value}, chr(34), '')"
    other = f"rtrim(CASE WHEN starts_with({value}, '\"') THEN {text} ELSE {value} END)"
    return f"CASE WHEN {value} <> 'null' THEN hash(CASE WHEN plain THEN {text} ELSE {other} END) END"


def _is_odd_text(value: str) -> str:
    """Whether it has an escape, or other white space than blanks behind it."""
    ends = f"strlen({value}) > length({value}) AND regexp_matches({value}, '[{WHITE}] *\"$')"
    return f"starts_with({value}, '\"') AND (contains({value}, chr(92)) OR ({ends}))"


def _bits(of: Iterable[tuple[int, str]]) -> str:
    """A whole number with a bit for each place that something is said of, where it is true."""
    found = [f"CASE WHEN {what} THEN {1 << place}::BIGINT ELSE 0::BIGINT END" for place, what in of]
    return f"({' | '.join([*found, '0::BIGINT'])})"


def _value(number: int, spot: int | None) -> tuple[str, str, str]:
    """spot: among the operation's values; None: it is none."""
    if spot is None:
        return f"NULL::UBIGINT AS h{number}", f"false AS o{number}", f"false AS w{number}"
    bit = 1 << spot
    return (
        f"h{spot} AS h{number}", f"(odd & {bit}) <> 0 AS o{number}", f"(whole & {bit}) <> 0 AS w{number}",
    )  # fmt: skip


def _ends(path: Path) -> tuple[int, bytes]:
    """How long the first line is, and the last line. Raises LeftToPython where that one is torn."""
    with path.open("rb") as file:
        first = len(file.readline())
        file.seek(max(0, path.stat().st_size - TAIL))
        last = file.read()
    if not last.endswith(b"\n"):
        raise LeftToPython("a torn last line")
    return first, last[last.rfind(b"\n", 0, -1) + 1 :]
