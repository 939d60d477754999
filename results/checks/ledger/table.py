"""The ledger as a table that people edit and send back: CSV (read in UTF-8 or GBK) and XLSX.

People change state, owner and note; the other columns are for reading. A row knows the revision that it
was exported at, so that an old table does not undo what happened since. What a spreadsheet alone made of a
cell is no change: results.checks.ledger.cells.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from openpyxl import load_workbook

from results.checks.ledger.cells import bare, kept
from results.checks.ledger.model import STATE_WORDS, STATES, Ledger, LedgerProblem, State
from results.checks.ledger.pair_words import KINDS, in_chinese_words, pair_in_chinese
from results.checks.values import text, yuan
from results.checks.workbook import workbook
from results.errors import SnapshotError
from results.snapshot.files import replace_whole

COLUMNS: dict[str, str] = {
    "id": "编号", "domain": "业务域", "operation": "操作", "field": "字段", "kind": "类别", "pair": "差异",
    "count": "笔数", "yuan": "金额差（元）", "units": "单位数", "first": "首次", "last": "末次",
    "expected": "应为", "found": "实为", "state": "状态", "owner": "责任人", "note": "说明",
    "reopened": "重新出现次数", "revision": "修订号",
}  # fmt: skip
NEEDED = ("id", "state", "owner", "note", "revision")
WHAT = ("operation", "field", "kind", "pair")  # by which a problem is known but for its id
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", "'")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_MARK = "'"  # before what a spreadsheet would take for a formula


class Edit(NamedTuple):
    """What a row of an edited table says; line: of the file."""

    line: int
    id: str
    state: str
    owner: str
    note: str
    revision: str
    what: tuple[str, ...] = ()  # the columns WHAT, where it has them all


def row_of(one: LedgerProblem, spoken: int) -> dict[str, str]:
    """The cells of a problem; spoken: 0 English, 1 Chinese."""
    say = in_chinese_words if spoken else str
    units = sum(1 for unit in one.units if unit)
    field = one.field if spoken else one.field_en or one.field
    return {
        "id": one.id, "domain": one.domain, "operation": one.operation, "field": say(field),
        "kind": KINDS.get(one.kind, one.kind) if spoken else one.kind,
        "pair": pair_in_chinese(one.pair, one.kind) if spoken else one.pair,
        "count": str(one.count), "yuan": yuan(one.fen).replace(",", ""), "units": str(units or ""),
        "first": one.first, "last": one.last, "expected": say(text(one.example.get("expected"))),
        "found": say(text(one.example.get("found"))), "state": STATE_WORDS[one.state][spoken],
        "owner": one.owner, "note": one.note, "reopened": str(one.reopened), "revision": str(one.revision),
    }  # fmt: skip


def export(ledger: Ledger, path: Path, spoken: int) -> None:
    """Writes `.csv` (UTF-8 with its mark, which Excel asks for) or `.xlsx`. Raises SnapshotError."""
    head = list(COLUMNS.values()) if spoken else list(COLUMNS)
    rows = [[_safe(cell) for cell in row_of(one, spoken).values()] for one in ledger.problems]
    try:
        if _kind(path) == ".csv":
            made = io.StringIO(newline="")
            csv.writer(made).writerows([head, *rows])
            replace_whole(path, "\ufeff" + made.getvalue())
        else:
            replace_whole(path, workbook("问题台账", [head, *rows]))
    except OSError as error:
        raise SnapshotError(
            str(path), f"cannot be written: {error.strerror}", "choose another file"
        ) from None


def _kind(path: Path) -> str:
    kind = path.suffix.lower()
    if kind not in (".csv", ".xlsx"):
        raise SnapshotError(str(path), "is neither .csv nor .xlsx", "name it so")
    return kind


def _safe(cell: str) -> str:
    plain = _CONTROL.sub("\ufffd", cell)
    number = re.fullmatch(r"-?\d+(\.\d\d)?", plain)
    return _MARK + plain if plain.startswith(_FORMULA) and not number else plain


def read_edits(path: Path) -> list[Edit]:
    """The rows of an edited table. Raises SnapshotError that names file, line, column and remedy."""
    rows = _csv(path) if _kind(path) == ".csv" else _xlsx(path)
    if not any(cells for _, cells in rows):
        raise SnapshotError(str(path), "is empty", "export the ledger again")
    known = {**{name: name for name in COLUMNS}, **{zh: name for name, zh in COLUMNS.items()}}
    head = [known.get(cell.strip(), "") for cell in rows[0][1]]
    for name in NEEDED:
        if head.count(name) != 1:
            told = f"column {name} ({COLUMNS[name]})"
            why = f"lacks the {told}" if name not in head else f"has more than one {told}"
            raise SnapshotError(f"{path}:1", why, "export the ledger again, and keep its columns")
    edits = []
    for line, cells in rows[1:]:
        if not any(cell.strip() for cell in cells):
            continue
        cells = [*cells, *[""] * (len(head) - len(cells))]
        said = {name: cells[head.index(name)].strip() for name in NEEDED}
        said = {name: _unmarked(cell) for name, cell in said.items()}
        what = tuple(_unmarked(cells[head.index(name)].strip()) for name in WHAT if name in head)
        edits.append(Edit(line, **said, what=what if len(what) == len(WHAT) else ()))
    return edits


def _unmarked(cell: str) -> str:
    return cell[1:] if cell.startswith(_MARK) else cell


def _csv(path: Path) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(_decoded(path), newline=""), strict=True)
    found = []
    try:
        for row in reader:
            found.append((reader.line_num, row))
    except csv.Error as error:
        raise SnapshotError(f"{path}:{reader.line_num}", f"is no CSV ({error})", "save it again") from None
    return found


def _decoded(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SnapshotError(str(path), f"cannot be read: {error.strerror}", "check its name") from None
    marked = data.startswith(codecs.BOM_UTF8)  # such a file is UTF-8: as GBK half of it would read as words
    for encoding in ("utf-8-sig",) if marked else ("utf-8-sig", "gb18030"):
        try:
            return codecs.decode(data, encoding)
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
    raise SnapshotError(f"{path}:{line}", "is neither UTF-8 nor GBK", "save it again as one of both")


def _xlsx(path: Path) -> list[tuple[int, list[str]]]:
    """The rows of the first sheet. What was merged or computed is refused: one cell of several would be taken
    for the others' emptiness, and a formula has the value that the program saw which saved it last."""
    remedy = "save it again as .xlsx"
    try:
        with path.open("rb") as file:
            sheet = load_workbook(file).worksheets[0]
    except OSError as error:
        raise SnapshotError(str(path), f"cannot be read: {error.strerror}", "check its name") from None
    except IndexError:
        raise SnapshotError(str(path), "has no sheet", remedy) from None
    except Exception as error:  # whatever a damaged part makes the reader raise
        said = (str(error) or type(error).__name__).splitlines()[0]
        raise SnapshotError(str(path), f"is no XLSX ({said})", remedy) from None
    for merged in sheet.merged_cells.ranges:
        why = f"cells {merged.coord} are merged"
        raise SnapshotError(f"{path}:{merged.min_row}", why, "take them apart, and fill each of them")
    found = []
    for number, row in enumerate(sheet.iter_rows(), 1):
        for cell in row:
            if cell.data_type in ("f", "e"):
                at, value = cell.coordinate, text(cell.value)
                why = f"cell {at} is a formula: {value}"
                if cell.data_type == "e":
                    why = f"cell {at} is an error: {value}"
                raise SnapshotError(f"{path}:{number}", why, "write its value")
        found.append((number, [text(cell.value) for cell in row]))
    return found


def apply(ledger: Ledger, edits: Sequence[Edit], at: str, where: str) -> int:
    """Enters all edits or none; how many problems they change. Raises SnapshotError for the first wrong."""
    by_id, seen, whose = ledger.by_id, dict[str, int](), _by_what(ledger)
    wanted: list[tuple[LedgerProblem, State, str, str]] = []
    for edit in edits:
        place = f"{where}:{edit.line}"
        known = by_id.get(edit.id)
        if known is None:
            raise SnapshotError(
                place, f"the ledger has no problem {edit.id or '(empty)'}", "keep the column id"
            )
        if edit.id in seen:
            why = f"{edit.id} stands in line {seen[edit.id]}, too"
            raise SnapshotError(place, why, "keep one of both")
        seen[edit.id] = edit.line
        others = whose.get(edit.what, {edit.id})
        if edit.id not in others:
            why = f"{edit.id} stands beside what {min(others)} is: one column was sorted without the others"
            raise SnapshotError(place, why, "export the ledger again, and sort whole rows")
        state = state_of(edit.state, place) if edit.state else known.state
        owner, note = kept(known.owner, edit.owner), kept(known.note, edit.note)
        differs = (state, owner, note) != (known.state, known.owner, known.note)
        if differs and edit.revision != str(known.revision):
            why = f"{edit.id} was changed since this table was exported: it is {known.state} now"
            raise SnapshotError(place, why, "export the ledger again, and edit that")
        wanted.append((known, state, owner, note))
    return sum(known.say(at, state, owner, note) for known, state, owner, note in wanted)


def _by_what(ledger: Ledger) -> dict[tuple[str, ...], set[str]]:
    """The ids of those that are told by the same words, in either language."""
    found: dict[tuple[str, ...], set[str]] = {}
    for one in ledger.problems:
        for row in (row_of(one, 0), row_of(one, 1)):
            found.setdefault(tuple(_safe(row[name]).strip().removeprefix(_MARK) for name in WHAT), set()).add(
                one.id
            )
    return found


def state_of(word: str, where: str) -> State:
    """A state by its key or words, however wide, whatever stands between them. Raises SnapshotError."""
    known: Mapping[str, State] = {
        bare(name): key for key, names in STATE_WORDS.items() for name in (key, *names)
    }
    found = known.get(bare(word))
    if found is None:
        words = ", ".join(f"{key} ({STATE_WORDS[key][1]})" for key in STATES)
        raise SnapshotError(where, f"the state {word!r} is none of {words}", "write one of them")
    return found


def told(ledger: Ledger) -> Mapping[State, int]:
    """How many problems are in each state, in the order of the report."""
    return {state: sum(one.state == state for one in ledger.problems) for state in STATE_WORDS}
