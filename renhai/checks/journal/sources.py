"""Records of other tools, one after another, all of one form: CSV, HAR, an access log, GoReplay's .gor."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Mapping_
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson

from renhai.binding.answers.text import unpacked
from renhai.binding.drafting.recorded.bodies import body_of
from renhai.binding.drafting.recorded.exchange import Body, pairs_of
from renhai.binding.drafting.recorded.har import read_har
from renhai.checks.drain.lists import opened, reader, undecoded, uneven
from renhai.checks.spreadsheets import long_values, plain
from renhai.core.errors import Problem, UsageError
from renhai.spec.cutover.journal.mapping import Mapping

_LOG = re.compile(
    r"(?P<host>\S+) \S+ (?P<user>\S+) \[(?P<time>[^\]]+)\] "
    r'"(?:(?P<method>[A-Z]+) (?P<target>\S+)(?: HTTP/\S+)?|-?|\\x[0-9A-Fa-f]{2}(?:\\.|[^"\\])*)" '
    r"(?P<status>\d{3}) \S+"
)
_NO_REQUEST = "(no request)"  # a connection that said nothing in time, or spoke TLS: servers log these, too
_BETWEEN = "\n🐵🙈🙉\n".encode()
_REQUEST, _ANSWER = b"1", b"2"
LONGEST_CELL = 1 << 26  # characters of a document in a cell; a reader refuses 128 Ki else
_SENDING = ("POST", "PUT", "PATCH")


@dataclass
class Record:
    """where: file and line or entry, for errors. answer: as JSON, None for none that is. static: it looks
    like a page's own file: a script may hold data, so that the mapping says whether it is business. lost:
    what of the request is not in fields, in words; cut: and what is there may be half a value."""

    where: str
    at: datetime
    fields: dict[str, Any]
    method: str = ""
    path: str = ""
    who: str = ""
    answer: Any = None
    status: int = 0
    own: dict[str, str] = field(default_factory=dict)
    static: bool = False
    lost: str = ""
    cut: bool = False


def records(path: Path, mapping: Mapping) -> Iterator[Record]:
    """In the order of the source. Raises UsageError with file, line and remedy."""
    read = {"csv": _csv, "har": _har, "access_log": _access_log, "gor": _gor}[mapping.source]
    try:
        yield from read(path, mapping)
    except OSError as error:
        raise UsageError(Problem(str(path), "", f"cannot be read: {error.strerror}")) from None
    except UnicodeDecodeError:
        where = f"{path}:{undecoded(path, mapping.encoding)}"
        why = f"is no {mapping.encoding}; say encoding in the mapping"
        raise UsageError(Problem(where, "", why)) from None


def _csv(path: Path, mapping: Mapping) -> Iterator[Record]:
    rows: csv.DictReader[str] | None = None
    try:
        with opened(path, mapping.encoding) as file, long_values(LONGEST_CELL):
            rows = reader(file)
            _check_columns(path, Counter(rows.fieldnames or ()), mapping)
            for row in rows:
                where = f"{path}:{rows.line_num}"
                if (
                    not any(cell.strip() for cell in row.values() if isinstance(cell, str))
                    and None not in row
                ):
                    continue  # a spreadsheet's blank row
                if uneven(row):
                    raise UsageError(Problem(where, "", "has not as many cells as columns"))
                yield _row(where, row, mapping)
    except csv.Error as error:
        line = rows.reader.line_num if rows is not None else 1
        raise UsageError(Problem(f"{path}:{line}", "", f"is no CSV: {error}")) from None


def _check_columns(path: Path, names: Mapping_[str, int], mapping: Mapping) -> None:
    for name in _named(mapping):
        if name not in names:
            known = ", ".join(sorted(names)) or "none"
            raise UsageError(Problem(f"{path}:1", name, f"is no column; columns: {known}"))
    all_names = any(one.fields is None for one in mapping.operations)
    for name in names if all_names else _named(mapping):
        if name and names[name] > 1:
            why = "stands there twice; which of both is meant?"
            raise UsageError(Problem(f"{path}:1", name, why))


def _row(where: str, row: Mapping_[str, str], mapping: Mapping) -> Record:
    """A sheet has nameless columns, too."""
    at = _time(row[mapping.at or ""], mapping, where, mapping.at or "")
    cells = row.items()
    own = {name: plain(cell, where, name, name == mapping.taxpayer) for name, cell in cells if name}
    return Record(where, at, dict(own), own=own)


def _named(mapping: Mapping) -> list[str]:
    """Columns that the mapping goes by."""
    found = [mapping.at, mapping.taxpayer, mapping.unit, mapping.operator, mapping.inside]
    found += [mapping.recorded.code, mapping.recorded.data] if mapping.recorded else []
    for one in mapping.operations:
        found += [*one.when, *(() if mapping.inside else (one.fields or {}).values())]
    return [name for name in found if name]


def _time(text: str, mapping: Mapping, where: str, name: str) -> datetime:
    try:
        return mapping.moment(text)
    except ValueError:
        raise UsageError(Problem(where, name, f"is {text[:40]!r}; must be a time in ISO 8601")) from None


def _moment(seconds: float, where: str) -> datetime:
    """Of the Unix epoch. Raises UsageError for what no calendar has."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        raise UsageError(Problem(where, "", f"has the time {seconds:g}, which no calendar has")) from None


def _har(path: Path, mapping: Mapping) -> Iterator[Record]:
    recording = read_har(path)
    for number, one in enumerate([*recording.exchanges, *recording.static], 1):
        if one.started is None:
            raise UsageError(Problem(f"{path}: request {number}", "startedDateTime", "is missing or no time"))
        document, lost = _document(one.body)
        fields = {**_once(one.query), **document}
        at = _moment(one.started, f"{path}: request {number}")
        if one.naive:  # what is read as UTC, is one of another zone
            if "zone" not in mapping.model_fields_set:
                why = f"is {one.naive}, a time without a zone; say zone in the mapping, such as +08:00"
                raise UsageError(Problem(str(path), f"log.entries[{one.entry}].startedDateTime", why))
            at = at.replace(tzinfo=mapping.tz)
        at = at.astimezone(mapping.tz)
        static = number > len(recording.exchanges)
        yield Record(f"{path}: request {number}", at, fields, one.method, unquote(one.path), "",
                     _json(one.answer.text), one.answer.status, static=static, lost=lost)  # fmt: skip


def _document(body: Body) -> tuple[dict[str, Any], str]:
    """The fields of a body, and what it has besides, in words."""
    if body.form == "json" and isinstance(body.tree, dict):
        return body.tree, ""
    if body.form == "multipart":
        files = sorted(part.name for part in body.parts if part.file)
        texts = _once([(part.name, part.value) for part in body.parts if not part.file])
        return texts, f"the file {files[0]}" if files else ""
    if body.form in ("", "form"):
        return _once(body.pairs), ""
    return {}, f"a document ({body.media.partition(';')[0] or body.form}) that is no JSON object and no form"


def _once(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """A name that stands there again is a list."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else list(values) for name, values in found.items()}


def _access_log(path: Path, mapping: Mapping) -> Iterator[Record]:
    with path.open(encoding=mapping.encoding, newline="\n") as file:
        for number, line in enumerate(file, 1):
            match = _LOG.match(line)
            if match is None:
                if line.strip():
                    raise UsageError(Problem(f"{path}:{number}", "", "is no line of the combined log format"))
                continue
            try:
                at = datetime.strptime(match["time"], "%d/%b/%Y:%H:%M:%S %z")
            except ValueError:
                raise UsageError(Problem(f"{path}:{number}", "time", f"is {match['time']}")) from None
            if match["method"] is None:
                yield Record(f"{path}:{number}", at, {}, path=_NO_REQUEST, static=True)
                continue
            target = urlsplit(match["target"])
            user = match["user"] if match["user"] != "-" else match["host"]
            fields = _once(pairs_of(target.query)[0])
            lost = "its document, which an access log does not keep" if match["method"] in _SENDING else ""
            yield Record(f"{path}:{number}", at, fields, match["method"], unquote(target.path), user, None,
                         int(match["status"]), lost=lost)  # fmt: skip


def _gor(path: Path, mapping: Mapping) -> Iterator[Record]:
    """Requests with their answers; GoReplay keeps no order, and its ids are not unique: the answer is the
    next one of that id."""
    waiting: dict[bytes, Record] = {}
    found: list[Record] = []
    for number, piece in enumerate(filter(None, path.read_bytes().split(_BETWEEN)), 1):
        where = f"{path}: payload {number}"
        head, _, rest = piece.partition(b"\n")
        words = head.split()
        if len(words) < 3 or words[0] not in (_REQUEST, _ANSWER, b"3") or not words[2].isdigit():
            raise UsageError(Problem(where, "", "is no payload of GoReplay"))
        if words[0] == _REQUEST:
            record = _request(where, rest, _moment(int(words[2]) / 1e9, where), mapping)
            found.append(record)
            waiting[words[1]] = record
        elif words[0] == _ANSWER and words[1] in waiting:
            answered = waiting.pop(words[1])
            line, _, body = rest.partition(b"\r\n\r\n")
            answered.answer = _json(_content(line, body))
            code = line.split(b" ", 2)[1:2]
            answered.status = int(code[0]) if code and code[0].isdigit() else 0
    yield from found


def _request(where: str, raw: bytes, at: datetime, mapping: Mapping) -> Record:
    head, whole, body = raw.partition(b"\r\n\r\n")
    cut = _cut_off(head, body) if whole else "the end of its head"
    body = _content(head, body)
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3:
        raise UsageError(Problem(where, "", "has no request line"))
    media = next(
        (line.partition(":")[2].strip() for line in lines if line.lower().startswith("content-type:")), ""
    )
    target = urlsplit(words[1])
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        try:
            text = body.decode("gb18030")
        except UnicodeDecodeError:
            raise UsageError(Problem(where, "", "has a body that is neither UTF-8 nor GBK")) from None
    document, lost = _document(body_of(text, media))
    fields = {**_once(pairs_of(target.query)[0]), **document}
    return Record(where, at.astimezone(mapping.tz), fields, words[0], unquote(target.path),
                  lost=cut or lost, cut=bool(cut))  # fmt: skip


def _cut_off(head: bytes, body: bytes) -> str:
    """In words, where there is less of a body than its head says: half a form is another one."""
    said = re.search(rb"(?mi)^content-length:[ \t]*(\d{1,18})[ \t]*\r?$", head)
    if said and len(body) < int(said[1]):
        return f"all but {len(body)} of its {int(said[1])} bytes"
    chunks = re.search(rb"(?mi)^transfer-encoding:.*chunked", head) and re.match(rb"[0-9a-fA-F]+[;\r]", body)
    if chunks and _joined(body) is body:
        return "the end of its chunks"
    return ""


def _content(head: bytes, body: bytes) -> bytes:
    """A body without what was done to it for the connection: chunks (RFC 9112, 7.1), then gzip or zlib. What
    was cut off, or is not what its head says, stays as it is."""
    if re.search(rb"(?mi)^transfer-encoding:.*chunked", head):
        body = _joined(body)
    return unpacked(body)


def _joined(body: bytes) -> bytes:
    made: list[bytes] = []
    place = 0
    while True:
        size, end, _ = body[place : place + 64].partition(b"\r\n")
        digits = size.partition(b";")[0].strip()
        if not end or not re.fullmatch(rb"[0-9a-fA-F]{1,8}", digits):
            return body
        first, length = place + len(size) + 2, int(digits, 16)
        if not length:
            return b"".join(made)
        made.append(body[first : first + length])
        place = first + length + 2


def _json(text: bytes | str) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:
        return None
