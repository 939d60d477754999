"""Reading every byte of a file once, strictly, before DuckDB sees it: encoding, rows, its end, its digest.

DuckDB never decodes GBK here (it corrupts characters on a buffer's edge). The rows counted here are held
against those that DuckDB finds: two readers that disagree make the file not compared.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import hashlib
import io
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from renhai.checks.damaged import Damage
from renhai.checks.gb18030 import PRIVATE, present
from renhai.checks.migration.lines import MARK, NEWLINE, Lines, blank_behind_quote
from renhai.checks.spreadsheets import LONGEST, as_text, behind_a_blank, long_values
from renhai.core.errors import Problem, UsageError
from renhai.core.private_files import FULL
from renhai.core.process.long_queries import go_on
from renhai.spec.cutover.migration.rules import Files
from results.snapshot.segments import regular

PIECE = 256 << 10
HEAD = 1 << 20  # the line of names is no longer
EMPTY = "is empty; the first line must name the columns"
MARKED = MARK.encode()[:1]
FORMS = {  # what a file of no text begins with
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "ZIP or XLSX",
    b"\xd0\xcf\x11\xe0": "XLS",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"PAR1\x15": "Parquet",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
LINE_MARK = b"\n" + MARK.encode()


@dataclass
class Scanned:
    """What stands in one file. `path`: what DuckDB reads, UTF-8; `rows`: without the line of names."""

    shown: str
    path: Path
    names: list[str]
    rows: int
    bytes: int
    sha256: str
    problems: list[str] = field(default_factory=list)
    damaged: int = 0
    stamp: tuple[int, ...] = ()  # of the user's file, before it was read
    fatal: bool = False  # no row of it can be believed
    parquet: bool = False
    types: list[str] = field(default_factory=list)  # of a Parquet file
    quoted_late: bool = False  # somewhere a quote stands behind a blank
    quoted_early: bool = False  # somewhere a blank stands behind a quote


def scan(path: Path, shown: str, files: Files, scratch: Path) -> Scanned:
    """Its bytes read once; of another encoding decoded strictly into a copy in UTF-8, `scratch`.

    UTF-8 is held to by DuckDB, which looks at every byte that it compares, and by `hold_to_utf8`. Raises
    UsageError with file, line, column and byte where one does not decode, or where the file cannot be read.
    """
    wide = files.encoding != "utf-8"
    read = scratch if wide else path
    try:
        regular(path)
        with path.open("rb") as source:
            _hold_to_text(source.read(8), shown, files)
            source.seek(0)
            if wide:
                with scratch.open("wb") as copy:
                    found = _scan(source, copy, shown, read, files)
            else:
                found = _scan(source, None, shown, read, files)
        found.problems += [
            *_names_again(read, files),
            *_quoted_late(found, files),
            *_quoted_early(found, files),
        ]
        return found
    except OSError as error:
        if wide and error.errno in FULL:
            folder = scratch.parent
            why = f"cannot be read: there is no room for it in {folder}; free the disk, or set TMPDIR"
            raise UsageError(Problem(shown, "", why)) from None
        raise UsageError(Problem(shown, "", f"cannot be read: {error.strerror}")) from None


def _scan(source: BinaryIO, copy: BinaryIO | None, shown: str, read: Path, files: Files) -> Scanned:
    lines, digest = Lines(files.delimiter), hashlib.sha256()
    pieces = _decoded(source, copy, shown, files) if copy else iter(lambda: source.read(PIECE), b"")
    also_utf8: codecs.IncrementalDecoder | None
    also_utf8 = codecs.getincrementaldecoder("utf-8")("strict") if copy else None
    head, tail, size, damage, foreign, marked = b"", b"", 0, Damage(), False, 0
    for piece in pieces:
        go_on()
        if isinstance(piece, tuple):
            written, plain = piece
            also_utf8 = also_utf8 and _still(also_utf8, written)
            foreign = foreign or not written.isascii()
        else:
            written = plain = piece
        digest.update(written)
        if b"\0" in plain:
            line = lines.lines + plain.count(b"\n", 0, plain.index(0)) + 1
            why = "holds the byte 0x00, which no text has; export it again"
            raise UsageError(Problem(f"{shown}:{line}", "", why))
        damage.take(plain)
        marked = marked or _marked(tail + plain[:3], -len(tail), lines)
        if MARKED in plain:  # one byte is looked for much faster than three
            marked = marked or _marked(plain, 0, lines)
        tail = (tail + plain[-3:])[-3:]
        lines.take(plain)
        head = head if len(head) >= HEAD else head + plain
        size += len(written)
    if not size:
        raise UsageError(Problem(shown, "", EMPTY))
    if not copy:
        _undecodable_in(head, source, shown, files)
    found = Scanned(
        shown, read, _names(head, shown, files), 0, size, digest.hexdigest(), damaged=damage.found
    )
    if marked:
        found.problems.append(
            f"line {marked:,} begins with a byte order mark (U+FEFF): were two files put behind each other? "
            "keep them apart, each with its line of names"
        )
    if also_utf8 is not None and foreign:
        found.problems.append("is UTF-8, every byte of it; write encoding: utf-8 for this side")
    found.quoted_late, found.quoted_early = lines.late, lines.early
    return _ended(found, lines, files)


def of_a_spreadsheet(found: Scanned, files: Files, columns: Container[str]) -> tuple[int, str, str] | None:
    """Line, column and value of the first of these columns that is as spreadsheets write an id."""
    return _first(found, files, lambda name, value: name in columns and as_text(value) != value)


def _first(found: Scanned, files: Files, wanted: Callable[[str, str], bool]) -> tuple[int, str, str] | None:
    with found.path.open(encoding="utf-8-sig", errors="replace", newline="") as file, long_values():
        reader = csv.reader(file, delimiter=files.delimiter)
        with contextlib.suppress(csv.Error):  # which DuckDB tells
            for row in reader:
                for name, value in zip(found.names, row, strict=False):
                    if wanted(name, value) and reader.line_num > 1:
                        return reader.line_num, name, value
    return None


def _quoted_late(found: Scanned, files: Files) -> list[str]:
    """DuckDB leaves out a blank before a quote, and the quotes; other readers keep both."""
    at = _first(found, files, lambda name, value: behind_a_blank(value)) if found.quoted_late else None
    if at is None:
        return []
    line, column, value = at
    return [
        f"line {line:,}, column {column} has {value[:LONGEST]}, with a blank before its quote; take it out, "
        "or export again"
    ]


def _quoted_early(found: Scanned, files: Files) -> list[str]:
    """DuckDB leaves out a blank behind a quote; to other readers it is a part of the value."""
    line = blank_behind_quote(found.path, PIECE) if found.quoted_early and not found.fatal else 0
    why = f"line {line:,} has a value with a blank behind its quote; take it out, or export again"
    return [why] if line else []


def _names_again(path: Path, files: Files) -> list[str]:
    """A line of names that stands again, where blanks keep it from being seen as that among the rows."""
    with path.open("rb") as lines:
        first = next(lines).removeprefix(MARK.encode()).rstrip(b"\r\n")
        try:
            names = next(csv.reader([first.decode("utf-8", "replace")], delimiter=files.delimiter), [])
        except csv.Error:  # a carriage return, which is told
            return []
        if names == [name.strip() for name in names]:
            return []
        again = (number for number, line in enumerate(lines, 2) if line.rstrip(b"\r\n") == first)
        line = next(again, 0)
    why = f"line {line:,} is the line of names again: were two files put behind each other? keep them apart"
    return [why] if line else []


def _marked(text: bytes, begin: int, lines: Lines) -> int:
    """The line of `text` that begins with a byte order mark, 0 where none does. begin: its place in the piece
    that comes next, below 0 where it begins in lines that were counted."""
    at = text.find(LINE_MARK)
    return 0 if at < 0 else lines.lines + text.count(b"\n", max(0, -begin), at + 1) + 1


def _decoded(source: BinaryIO, copy: BinaryIO, shown: str, files: Files) -> Iterator[tuple[bytes, bytes]]:
    """Pieces as they are and in UTF-8, which `copy` gets. Raises UsageError where one does not decode."""
    decoder, size = codecs.getincrementaldecoder("gb18030")("strict"), 0
    while True:
        piece = source.read(PIECE)
        pending = decoder.getstate()[0]
        try:
            plain = decoder.decode(piece, final=not piece).encode()
            if PRIVATE in plain:
                plain = present(plain.decode()).encode()
        except UnicodeDecodeError as error:
            raise _undecodable(source, shown, files, size - len(pending) + error.start, error) from None
        if not piece:
            return
        copy.write(plain)
        size += len(piece)
        yield piece, plain


def _undecodable_in(head: bytes, source: BinaryIO, shown: str, files: Files) -> None:
    """The names of the columns are read here, so their bytes are held to UTF-8 here."""
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(head, final=False)
    except UnicodeDecodeError as error:
        raise _undecodable(source, shown, files, error.start, error) from None


def names_of(path: Path, shown: str, files: Files) -> list[str]:
    """The names of its columns, of which alone it is read. Raises UsageError as `scan` does."""
    try:
        regular(path)
        with path.open("rb") as source:
            head = source.read(HEAD)
            _hold_to_text(head[:8], shown, files)
    except OSError as error:
        raise UsageError(Problem(shown, "", f"cannot be read: {error.strerror}")) from None
    if not head:
        raise UsageError(Problem(shown, "", EMPTY))
    encoding = "utf-8" if files.encoding == "utf-8" else "gb18030"
    first = head.partition(b"\n")[0]
    try:
        first.decode(encoding)
    except UnicodeDecodeError as error:
        why = f"column names are no {encoding} (byte {error.start + 1}); say its encoding, or export it again"
        raise UsageError(Problem(f"{shown}:1", "", why)) from None
    text = head.decode(encoding, "ignore")
    return _names((text if files.encoding == "utf-8" else present(text)).encode(), shown, files)


def _hold_to_text(begins: bytes, shown: str, files: Files) -> None:
    form = next((form for mark, form in FORMS.items() if begins.startswith(mark)), "")
    if form:
        why = f"is {form}, and no text in {files.encoding}; export it as CSV, or unpack it first"
        raise UsageError(Problem(shown, "", why))


def hold_to_utf8(path: Path, shown: str, files: Files) -> None:
    """Raises UsageError with file, line, column and byte of the first that is no UTF-8.

    DuckDB refuses such a byte too, but not with its place, and not in columns that it need not look into.
    """
    decoder, size = codecs.getincrementaldecoder("utf-8")("strict"), 0
    with path.open("rb") as source:
        while True:
            piece = source.read(PIECE)
            pending = decoder.getstate()[0]
            try:
                decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                raise _undecodable(source, shown, files, size - len(pending) + error.start, error) from None
            if not piece:
                return
            size += len(piece)


def line_problems(path: Path, files: Files) -> list[str]:
    """Blank lines and stray carriage returns of a file in UTF-8 whose rows two readers count differently."""
    lines = Lines(files.delimiter, every_byte=True)
    with path.open("rb") as source:
        while piece := source.read(PIECE):
            lines.take(piece)
    return _line_problems(lines)


def _still(decoder: codecs.IncrementalDecoder, piece: bytes) -> codecs.IncrementalDecoder | None:
    try:
        decoder.decode(piece)
    except UnicodeDecodeError:
        return None
    return decoder


def _ended(found: Scanned, lines: Lines, files: Files) -> Scanned:
    ended = lines.last == NEWLINE
    found.rows = lines.records - lines.blank - 1 + (not ended)
    found.fatal = lines.quoted
    if lines.quoted:
        found.problems.append("ends inside a quoted value: it is cut off")
    elif not ended and not files.open_end:
        found.problems.append(
            "does not end with a line end: it may be cut off; export it again, or say open_end: true"
        )
    found.problems += _line_problems(lines)
    return found


def _line_problems(lines: Lines) -> list[str]:
    found = []
    if lines.first_stray:
        found.append(
            f"line {lines.first_stray:,} has a quote that is not closed, or stands inside a value; "
            "mend that line"
        )
    if lines.returns:
        found.append(f"line {lines.first_return:,} has a carriage return that ends no line; export it again")
    if lines.blank:
        found.append(
            f"line {lines.first_blank:,} is blank: is a row missing there? take the line out, or export again"
        )
    return found


def _names(head: bytes, shown: str, files: Files) -> list[str]:
    """The first record. Raises UsageError where it cannot name columns."""
    text = head.decode("utf-8", "ignore").removeprefix(MARK)
    try:
        first = next(csv.reader(io.StringIO(text, newline=""), delimiter=files.delimiter, strict=True), [])
    except csv.Error as error:
        raise UsageError(Problem(f"{shown}:1", "", f"names no columns ({error}); mend that line")) from None
    names = [name.strip() for name in first]
    for number, name in enumerate(names, start=1):
        if not name:
            raise UsageError(Problem(f"{shown}:1", "", f"column {number} has no name; name it"))
        if name in names[: number - 1]:
            raise UsageError(Problem(f"{shown}:1", "", f"names {name} twice; which of both is meant?"))
    if not names:
        raise UsageError(Problem(f"{shown}:1", "", "is blank; the first line must name the columns"))
    return names


def _undecodable(
    source: BinaryIO, shown: str, files: Files, at: int, error: UnicodeDecodeError
) -> UsageError:
    """File, line, column and byte of the first byte that is none of the encoding."""
    source.seek(0)
    line, begin, seen, head = 1, 0, 0, b""
    while seen < at:
        piece = source.read(min(PIECE, at - seen))
        if not piece:
            break
        head = (head + piece)[:HEAD] if len(head) < HEAD else head
        line += piece.count(b"\n")
        cut = piece.rfind(b"\n")
        begin = seen + cut + 1 if cut >= 0 else begin
        seen += len(piece)
    source.seek(begin)
    encoding = "gb18030" if files.encoding != "utf-8" else "utf-8"
    before = source.read(min(at - begin, HEAD)).decode(encoding, "replace")
    column = before.count(files.delimiter) + 1
    value = error.object[error.start : error.start + 1]
    said = (
        f"column {column}: byte 0x{value.hex()} is not {files.encoding} (byte {at:,} of the file); "
        "correct it at its source, or say its encoding"
    )
    return UsageError(Problem(f"{shown}:{line}", "", said))
