"""`renhai cleanup`: what a run wrote at its target, by its receipts, and taking back what can be taken back.

A target file says how: `undo: {declaration.submit: declaration.void}`. The newest write is taken back first,
because a later one may stand on it. What the run itself took back already is not tried again.
"""

from __future__ import annotations

import ast
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from renhai.binding.codec import compile_binding
from renhai.binding.loader import Binding, load_binding, needed_secrets, normalise
from renhai.binding.state.client_state import ClientState
from renhai.checks.binding_trial import Line
from renhai.checks.officer import officer
from renhai.core.errors import Problem, UsageError
from renhai.core.machine.own_addresses import known_sources
from renhai.core.process.child_process import child_environment
from renhai.core.yaml_lines import show_path
from renhai.safety import addresses as target_addresses
from renhai.safety import permit
from renhai.spec.papers.form import forms_of
from results.checks.audit.intents import FOLDER, events, lines_of
from results.snapshot.segments import files_of, regular

RECEIPTS = FOLDER
OWN = "cleanup.jsonl"  # what was taken back here; so a second cleanup goes on where the first one ended
Receipt = dict[str, Any]


@dataclass
class Removal:
    """Counts by operation: what the receipts say was written, and what became of it."""

    written: Counter[str] = field(default_factory=Counter)
    undone_before: Counter[str] = field(default_factory=Counter)
    left: list[Receipt] = field(default_factory=list)  # newest first, all with an operation that undoes them
    removed: Counter[str] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)  # by operation and reason


def survey(run: Path, undo: Mapping[str, str]) -> Removal:
    """What a run wrote, and what of it could be taken back by `undo`. Raises UsageError without receipts."""
    receipts = sorted(read_receipts(run), key=lambda receipt: receipt["at"])
    found = Removal(Counter(receipt["operation"] for receipt in receipts))
    undoing: dict[str, list[str]] = {}
    for name, by in undo.items():
        undoing.setdefault(by, []).append(name)
    left: dict[tuple[str, str], list[Receipt]] = {}
    keys = _shared_names(receipts, undo)
    for receipt in receipts:
        operation = receipt["operation"]
        if operation in undo:
            left.setdefault((operation, _key(receipt, keys[operation])), []).append(receipt)
        for name in undoing.get(operation, ()):
            mine = left.get((name, _key(receipt, keys.get(name, ()))))
            if mine:
                mine.pop()
                found.undone_before[name] += 1
    found.left = sorted((r for rest in left.values() for r in rest), key=lambda r: r["at"], reverse=True)
    return found


def read_receipts(run: Path) -> Iterator[Receipt]:
    """Every receipt of a run; a last line that a killed run left half written is passed over."""
    files = files_of(run / RECEIPTS, "*.jsonl")
    if not files and not (run / "load.py").exists():
        raise UsageError(f"{run} is no run's directory; name one that `renhai run` printed as its snapshot")
    for path in files:
        yield from _receipts_of(path)


def _receipts_of(path: Path) -> Iterator[Receipt]:
    """Acknowledged writes of one file; amounts are in yuan again. Of an older renhai, and of OWN, a line is a
    receipt itself."""
    try:
        first: Any = next(lines_of(path), (1, {}))[1]
        if isinstance(first, dict):
            yield from (line for _, line in lines_of(path))
        else:
            yield from _acknowledged(path, first[4])
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise UsageError(f"{path} is damaged ({error}); what it says was written cannot be known") from None


def _acknowledged(path: Path, names: Mapping[str, list[str]]) -> Iterator[Receipt]:
    """Those of a file of intents; names: of the values of each operation."""
    begun: dict[int, tuple[str, dict[str, Any]]] = {}
    for _, event in events(path):
        match event:
            case "intent", own, operation, _, values:
                begun[own] = operation, dict(zip(names[operation], values, strict=True))
            case "ok", own, at_ms, values:
                operation, sent = begun[own]
                said = {n: v for n, v in zip(names[operation], values, strict=True) if v is not None}
                known = {n: v for n, v in {**sent, **said}.items() if v is not None}
                yield {"operation": operation, "at": at_ms / 1000, **known}


def taken_back(run: Path, undo: Mapping[str, str]) -> dict[str, list[Receipt]]:
    """What `renhai cleanup` took back: values of the writes, by their operation. Raises UsageError."""
    path = run / RECEIPTS / OWN
    receipts = list(_receipts_of(path)) if path.exists() else []
    return {name: [one for one in receipts if one["operation"] == by] for name, by in undo.items()}


@dataclass(frozen=True)
class Place:
    """Where and how to take back: the run's target, allowed anew by the target file as it is today."""

    binding: Binding
    url: str
    plain: dict[str, Any]
    shown: str

    @property
    def undo(self) -> dict[str, str]:
        return self.binding.undo

    def remove(self, run: Path, found: Removal) -> None:
        """Take back what is left, one request after another, no faster than the target's ceiling.

        Raises UsageError when the guard refuses the target, InvalidRun when nothing answers there.
        """
        line = self._line()
        memory, signed_in = officer(), not (self.binding.auth and self.binding.auth.login)
        with (run / RECEIPTS / OWN).open("a", encoding="utf-8") as own:
            for receipt in found.left:
                if not signed_in and self.binding.auth:
                    for login in self.binding.auth.logins:
                        line.ask(login, {}, memory)
                    signed_in = True
                self._take_back(receipt, line, memory, found, own)
                if self.binding.ceiling.rate:
                    time.sleep(1 / self.binding.ceiling.rate)
        found.left = []

    def _take_back(
        self, receipt: Receipt, line: Line, memory: ClientState, found: Removal, own: IO[str]
    ) -> None:
        written, operation = receipt["operation"], self.undo[receipt["operation"]]
        reply = line.ask(operation, receipt, memory).reply
        if reply.outcome != "ok":
            found.refused[written, f"{reply.code} {reply.reason}".strip()] += 1
            return
        found.removed[written] += 1
        record = {**receipt, "operation": operation, "at": round(time.time(), 3)}
        own.write(json.dumps(record, ensure_ascii=False) + "\n")
        own.flush()

    def _line(self) -> Line:
        permit.check_environment(self.binding, self.shown)
        addresses = target_addresses.resolve(self.url, self.binding, self.shown)
        environ = child_environment()
        missing = sorted(name for name in needed_secrets(self.binding) if not environ.get(name))
        if missing:
            why = f"needs the environment variable {missing[0]}, which is not set; export it and try again"
            raise UsageError(Problem(self.shown, "", why))
        sources = known_sources(self.binding.sources, self.shown)
        return Line(self.url, addresses, compile_binding(self.plain, environ), sources)


def place_of(run: Path, target: str | None, papers: bool = False) -> Place:
    """The target of a run, by its own plan; `target` names another target file. papers: its forms are checked
    as they are before a run. Raises UsageError."""
    plan = plan_of(run)
    named = target or plan.get("target_file") or (plan.get("binding") or {}).get("name")
    if not named or "base_url" not in plan:
        raise UsageError(f"{run / 'load.py'} names no target; give --target NAME or FILE")
    binding, written, path = load_binding(named)
    if papers:
        forms_of(binding, path, written)
    return Place(binding, plan["base_url"], normalise(binding, path), show_path(path))


def told(found: Removal, place: Place, removing: bool) -> Iterator[str]:
    """What the survey, or the removal, came to, line by line."""
    if not found.written:
        yield "no receipts: the run wrote nothing, or its target file has no `receipt:` at its operations"
        return
    yield f"written at {place.url}, by the receipts:"
    open_now = Counter(receipt["operation"] for receipt in found.left)
    for operation, count in sorted(found.written.items()):
        yield f"  {operation}: {count:,}{_fate(operation, found, place, open_now[operation])}"
    for (operation, reason), count in found.refused.most_common():
        yield f"  {operation}: {count:,} not taken back, {place.undo[operation]} said: {reason}"
    if not removing:
        left = sum(open_now.values())
        yield f"{left:,} could be taken back; nothing was sent (--remove does it)"


def _fate(operation: str, found: Removal, place: Place, left: int) -> str:
    if operation not in place.undo:
        return "" if operation in place.undo.values() else "; stays, as the target file has no undo for it"
    parts = [
        (found.undone_before[operation], "taken back before"),
        (found.removed[operation], "taken back now"),
    ]
    parts.append((left, f"to be taken back by {place.undo[operation]}"))
    return "".join(f"; {count:,} {words}" for count, words in parts if count)


def plan_of(run: Path) -> dict[str, Any]:
    """The plan that the run's load.py carries; of a duel that of the side. Raises UsageError."""
    side, path = _side_of(run), run / "load.py"
    if side == "b" and not path.exists():  # one load process had both plans, in the file of side a
        own = run.resolve()
        path = (own.with_name("a") if own.name == side else own.parent.with_name("a") / own.name) / "load.py"
    try:
        regular(path)
        text = path.read_text(encoding="utf-8")
        line = next(line for line in text.splitlines() if line.startswith("PLAN = "))
        plan: dict[str, Any] = dict(json.loads(ast.literal_eval(line.removeprefix("PLAN = "))))
        plan = plan["sides"]["ab".index(side)] if "sides" in plan else plan
    except PermissionError as error:
        raise UsageError(f"{run / 'load.py'} cannot be read: {error.strerror}") from None
    except (OSError, ValueError, SyntaxError, StopIteration, RecursionError, LookupError, TypeError):
        raise UsageError(f"{run} has no load.py of renhai; name the directory of a run") from None
    return plan


def _side_of(run: Path) -> str:
    """ "a" or "b" of a duel, by its manifest."""
    try:
        duel = json.loads((run / "manifest.json").read_text(encoding="utf-8")).get("duel") or {}
        return str(duel.get("side") or "a")
    except (OSError, ValueError, AttributeError, RecursionError):
        return "a"


def _shared_names(receipts: list[Receipt], undo: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """By which names a write and its undoing are matched: those that both of their receipts hold."""
    names: dict[str, set[str]] = {}
    for receipt in receipts:
        names.setdefault(receipt["operation"], set(receipt)).intersection_update(receipt)
    out = {}
    for name, by in undo.items():
        shared = names.get(name, set()) & names.get(by, names.get(name, set()))
        out[name] = tuple(sorted(shared - {"operation", "at"}))
    return out


def _key(receipt: Receipt, names: tuple[str, ...]) -> str:
    return json.dumps([receipt.get(name) for name in names], ensure_ascii=False)
