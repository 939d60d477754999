"""A drain: every list of the file is read, its rows are counted by whose they are, the stock is counted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import sleep
from typing import Any

from renhai.binding.loader import EMBEDDED, Binding, load_binding, normalise
from renhai.checks.audit.client import AuditClient
from renhai.checks.audit.reading import Asks, read_list
from renhai.checks.audit.rows import stored_at
from renhai.checks.drain.booked import booked_in, read_booked
from renhai.checks.drain.paper import papers_in, read_entered
from renhai.checks.drain.stocktake import LISTS, stocktake, unreadable_ranges
from renhai.core.errors import Problem, UsageError, choice
from renhai.core.process.child_process import child_environment
from renhai.core.validation import validate
from renhai.core.yaml_lines import YamlFile, load_yaml, show_path, spell
from renhai.safety import addresses as target_addresses
from renhai.safety import permit
from renhai.spec.cutover.drain import Drain, ListRead, OpenList, StopRow
from results.checks.drain.document import Entered, Holder, Late, Unbooked, drain_document
from results.checks.values import fen, text

Now = Callable[[], datetime]
EMPTY = "the list has no row at all; is it the right one?"


class Draining:
    """A drain file that passed every check, with its target."""

    def __init__(self, path: Path, url: str | None, *, reaches: bool = True) -> None:
        """url: where the target is, instead of what its file says. reaches: at once; else `reach` has to be
        called before anything is asked. Raises UsageError."""
        self.file: YamlFile = load_yaml(path)
        self.drain: Drain = validate(Drain, self.file)
        if problems := [*_backwards(self.drain, self.file)]:
            raise UsageError(problems)
        self.folder = path.resolve().parent
        self._url = url
        self._binding: Binding | None = None
        if reaches:
            self.reach()

    def reach(self) -> None:
        """Its target's file, where a list of it is read. Raises UsageError."""
        drain = self.drain
        if not (drain.open or drain.stops or drain.booked or drain.paper):
            return
        binding, _, written = load_binding(drain.target, self.folder)
        parts: dict[str, Sequence[ListRead]] = {
            "open": drain.open,
            "stops": drain.stops,
            "booked": drain.booked,
            "paper": drain.paper,
        }
        strange = [
            Problem(
                self.file.where((part, number, "list")),
                f"{part}[{number}].list",
                f"is {row.list_}; no such operation{choice(row.list_, binding.operations)}",
            )
            for part, rows in parts.items()
            for number, row in enumerate(rows)
            if row.list_ not in binding.operations
        ]
        if strange:
            raise UsageError(strange)
        if self._url is None and binding.url == EMBEDDED:
            where = self.file.where(("target",))
            why = f"is {self.drain.target}, which a run starts for itself; say where it stands: --url URL"
            raise UsageError(Problem(where, "target", why))
        self._binding, self._written = binding, written

    def client(self) -> Asks | None:
        """Who asks the target, where the guard allows it; None where only stock is counted."""
        if self._binding is None:
            return None
        shown = show_path(self._written)
        url = self._url or self._binding.url
        permit.check_environment(self._binding, shown)
        found = target_addresses.resolve(target_addresses.checked_url(url, "--url"), self._binding, shown)
        plain = normalise(self._binding, self._written)
        return AuditClient(plain, url, found[0], child_environment(), self._binding.ceiling.rate)

    def file_problems(self, made: Callable[[Path], bool] = lambda path: False) -> Iterator[Problem]:
        """Files of booked taxpayers, papers and counts that cannot be used. made: will be there by then."""
        drain = self.drain
        for number, trial in enumerate(drain.booked):
            why = "" if made(self.folder / trial.file) else booked_in(trial, self.folder)[1]
            if why:
                yield self._of_file(why, "booked", number, "file")
        for number, papers in enumerate(drain.paper):
            why = "" if made(self.folder / papers.file) else papers_in(papers, self.folder)[1]
            if why:
                yield self._of_file(why, "paper", number, "file")
        counts = {name: getattr(drain.stock, name) for name in LISTS} if drain.stock else {}
        for name, one in counts.items():
            if one is not None and not made(self.folder / one.file):
                for why in unreadable_ranges(one, self.folder):
                    yield self._of_file(why, "stock", name, "file")

    def _of_file(self, why: str, *path: str | int) -> Problem:
        return Problem(self.file.where(path), spell(path), f"cannot be used: {why}")

    def look(self, asker: Asks | None, now: datetime) -> dict[str, Any]:
        """drain.json as things stand."""
        still_open: Counter[Holder] = Counter()
        late: list[Late] = []
        problems: list[str] = []
        whole: list[str] = []
        for one in self.drain.open if asker else ():
            assert asker is not None
            still_open += _read_open(asker, one, problems, whole)
        for row in self.drain.stops if asker else ():
            assert asker is not None
            late += _read_late(asker, row, now, problems, whole)
        unbooked: list[Unbooked] = []
        for trial in self.drain.booked if asker else ():
            assert asker is not None
            unbooked += read_booked(asker, trial, now, self.folder, problems, whole)
        entered: list[Entered] = []
        for papers in self.drain.paper if asker else ():
            assert asker is not None
            entered += read_entered(asker, papers, self.folder, problems, whole)
        stock = stocktake(self.drain.stock, self.folder) if self.drain.stock else None
        due = now >= self.drain.until
        until = self.drain.until.isoformat()
        at = now.astimezone(UTC).isoformat(timespec="milliseconds")
        if stock and not stock["problems"]:
            whole.append("stock")
        return drain_document(
            self.drain.name, at, until, due, still_open, late, stock, problems, whole, unbooked, entered
        )


def _backwards(drain: Drain, file: YamlFile) -> Iterator[Problem]:
    """Hours that come after the one at which all is over: by then nothing could be found of them."""
    until = drain.until.isoformat()
    for number, row in enumerate(drain.stops):
        if row.at is not None and row.at > drain.until:
            why = f"is {row.at.isoformat()}, after {until}, when nothing may be open; stop it by then"
            yield Problem(file.where(("stops", number, "at")), f"stops[{number}].at", why)
    for number, trial in enumerate(drain.booked):
        if trial.since > drain.until:
            why = f"is {trial.since.isoformat()}, after {until}, when it is over; begin it earlier"
            yield Problem(file.where(("booked", number, "since")), f"booked[{number}].since", why)


def _read_open(asker: Asks, one: OpenList, problems: list[str], whole: list[str]) -> Counter[Holder]:
    """By whose they are. A row that cannot be judged is told, and the list is not whole."""
    reading = read_list(asker, one.rule(), 0, False)
    before = len(problems)
    if reading.failed:
        problems.append(f"{one.name}: {reading.failed}")
    elif (one.state or one.amount) and not reading.records:  # nothing closed or paid either: is it the list?
        problems.append(f"{one.name}: {EMPTY}")
    found: Counter[Holder] = Counter()
    strange: Counter[str] = Counter()
    for record in reading.records:
        counts = _counts(one, record.values)
        if isinstance(counts, str):
            strange[counts] += 1
        elif counts:
            found[_holder(one, record.values)] += 1
    problems += [f"{one.name}: {number} rows {why}" for why, number in strange.items()]
    if len(problems) == before:
        whole.append(one.name)
    return found


def _counts(one: OpenList, values: Mapping[str, Any]) -> bool | str:
    """Whether a row is open; why that cannot be said."""
    if one.amount is not None:
        amount = fen(values.get(one.amount))
        return f"have no amount under {one.amount}" if amount is None else amount != 0
    if one.state is None:
        return True
    if one.state.field not in values:
        return f"have no field {one.state.field}"
    state = text(values[one.state.field])
    if state in one.state.open:
        return True
    return False if state in one.state.closed else f"have {one.state.field} {state}, neither open nor closed"


def _holder(one: OpenList, values: Mapping[str, Any]) -> Holder:
    names = (one.item, one.post, one.unit, one.owner)
    return Holder(one.name, *(text(values.get(name)) if name else "" for name in names))


def _read_late(asker: Asks, row: StopRow, now: datetime, problems: list[str], whole: list[str]) -> list[Late]:
    """What was stored at or after the hour; before it nobody knows whether it will stop."""
    if row.at is None or row.stored is None:
        return _watched(asker, row, now, problems, whole)
    if now < row.at:
        problems.append(f"{row.name}: stops at {row.at.isoformat()}, which has not come")
        return []
    reading = read_list(asker, row.rule(), 0, False)
    zone = row.at.tzinfo  # the hour's, whatever this machine's is
    times = [(stored_at(one.values.get(row.stored), zone), one.values) for one in reading.records]
    unknown = sum(moment is None for moment, _ in times)
    if reading.failed:
        problems.append(f"{row.name}: {reading.failed}")
    elif not reading.records:
        problems.append(f"{row.name}: {EMPTY}")
    elif unknown:
        problems.append(f"{row.name}: {unknown} rows have no time under {row.stored}")
    else:
        whole.append(row.name)
    stop_ms = row.at.timestamp() * 1000
    after = sorted(((m, v) for m, v in times if m is not None and m >= stop_ms), key=lambda one: one[0])
    if not after:
        return []
    units = _units(row, (values for _, values in after))
    last = datetime.fromtimestamp(after[-1][0] / 1000, UTC).isoformat(timespec="milliseconds")
    return [Late(row.name, row.at.isoformat(), len(after), last, dict(units), after[0][1])]


def _watched(asker: Asks, row: StopRow, now: datetime, problems: list[str], whole: list[str]) -> list[Late]:
    """Rows that were not there before the watch, whatever any clock says."""
    before = read_list(asker, row.rule(), 0, False)
    if before.failed or not before.records:
        why = before.failed or EMPTY
        problems.append(f"{row.name}: {why}")
        return []
    sleep(row.watch or 0.0)
    after = read_list(asker, row.rule(), 0, False)
    if after.failed:
        problems.append(f"{row.name}: {after.failed}")
    known = Counter(_whole_row(one.values) for one in before.records)
    new = []
    for one in after.records:
        key = _whole_row(one.values)
        known[key] -= 1
        if known[key] < 0:
            new.append(one.values)
    gone = sum(count for count in known.values() if count > 0)
    if gone and not after.failed:
        problems.append(f"{row.name}: {gone} rows were gone or changed after the watch")
    if not after.failed and not gone:
        whole.append(row.name)
    if not new:
        return []
    at = now.astimezone(UTC).isoformat(timespec="milliseconds")
    return [Late(row.name, at, len(new), at, dict(_units(row, new)), new[0])]


def _whole_row(values: Mapping[str, Any]) -> str:
    return json.dumps(values, sort_keys=True, ensure_ascii=False, default=str)


def _units(row: StopRow, found: Iterable[Mapping[str, Any]]) -> Counter[str]:
    return Counter(text(values.get(row.unit)) if row.unit else "" for values in found)
