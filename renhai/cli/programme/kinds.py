"""Each command that a stage may have: which of its values are files, and how they are judged before it runs.

The table is closed: a command or an option of renhai that names a file and does not stand in it fails the
test of this table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from renhai.core.errors import Problem, UsageError
from renhai.core.validation import Strict, validate
from renhai.core.yaml_lines import load_yaml
from results.errors import SnapshotError

if TYPE_CHECKING:
    from renhai.checks.drain.whole import Draining


@dataclass(frozen=True)
class Given:
    """A command's values by parameter. made: whether a command before it makes that path. out: the folder of
    the stage's evidence, which is not there yet."""

    values: Mapping[str, Any]
    made: Callable[[Path], bool]
    out: Path

    def paths(self, name: str) -> list[Path]:
        """Of a parameter that is none, one or several paths."""
        found = self.values.get(name)
        listed = found if isinstance(found, list | tuple) else [] if found is None else [found]
        return [Path(one) for one in listed]

    def path(self, name: str) -> Path | None:
        return next(iter(self.paths(name)), None)

    def there(self, name: str) -> list[Path]:
        """Those of its paths that no command has to make first."""
        return [one for one in self.paths(name) if not self.made(one)]

    def named(self, name: str) -> str | None:
        """A value that is a name or a file; None where it is not given, or is made first."""
        found = self.values.get(name)
        return None if found is None or self.made(Path(found)) else str(found)


Check = Callable[[Given], Iterator[Problem]]


def _nothing(given: Given) -> Iterator[Problem]:
    yield from ()


@dataclass(frozen=True)
class Kind:
    """One command. reads, writes: its parameters that are paths; check: what else it would refuse."""

    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    check: Check = _nothing


def mistakes(*calls: Callable[[], object]) -> Iterator[Problem]:
    """What each of them refuses, whatever the others do."""
    for call in calls:
        try:
            call()
        except UsageError as error:
            yield from error.problems
        except SnapshotError as error:
            yield Problem("", "", str(error))
        except OSError as error:
            yield Problem(str(error.filename or ""), "", f"cannot be read: {error.strerror}")


def _request(given: Given) -> Any:
    """The run that a command with the options of a run asks for."""
    from renhai.cli.grouped import LoadOptions

    load = LoadOptions(**{one.name: given.values.get(one.name) for one in fields(LoadOptions)})  # type: ignore[arg-type]
    more = {name: given.values[name] for name in ("bind", "port", "key_file") if name in given.values}
    key_file = {"key_file": Path(more["key_file"])} if more.get("key_file") else {}
    return load.request(
        str(given.values.get("scenario") or given.values.get("what")),
        list(given.values.get("locust_args") or ()),
        label=given.values.get("label"),
        join=int(given.values.get("expect") or 0),
        **{**more, **key_file},
    )


def _is_made(given: Given, *names: str) -> bool:
    return any(given.values.get(name) and given.made(Path(str(given.values[name]))) for name in names)


def _run(given: Given) -> Iterator[Problem]:
    """Scenario and target with all that they name; and whether it would compare."""
    from renhai.run import single
    from renhai.run.multiple import repeat

    if _is_made(given, "scenario", "target"):
        return
    request = _request(given)
    found = [*mistakes(lambda: single.prepare(request))]
    yield from found
    baseline, against = next(iter(given.there("baseline")), None), given.values.get("against")
    if not found and (baseline or against):
        older = given.values.get("max_age")
        asked = repeat.Asked(
            baseline,
            against,
            repeat.OLDEST_S if older is None else older,
            bool(given.values.get("anyway")),
            given.values.get("repeat"),
            int(given.values.get("spare") or 0),
        )
        yield from mistakes(lambda: repeat.Series.of(request, asked))


def _duel(given: Given) -> Iterator[Problem]:
    from renhai.plan.build import Options
    from renhai.run.multiple import duel

    if _is_made(given, "scenario", "a", "b"):
        return
    values = given.values
    options = Options(values.get("users"), values.get("rate"), values.get("duration"), values.get("seed"))
    request = duel.DuelRequest(
        str(values["scenario"]),
        str(values["a"]),
        str(values["b"]),
        tuple(values.get("assignments") or ()),
        options,
        values.get("repeat") or 1,
    )
    yield from mistakes(lambda: duel.prepare(request))


def _compare(given: Given) -> Iterator[Problem]:
    from renhai.run.multiple.comparison import settings_of
    from results.compare.comparison import load_side

    first, second = given.there("baseline"), given.there("candidate")
    changes = {name: given.values.get(name) for name in ("noise_band", "tolerance")}
    given_ones = {name: value for name, value in changes.items() if value is not None}
    yield from mistakes(
        lambda: load_side(first), lambda: load_side(second), lambda: settings_of(first, given_ones)
    )


def _verify(given: Given) -> Iterator[Problem]:
    """Rules, and the files of both sides up to the names of their columns."""
    from renhai.checks.migration.whole import Verification, layout_problems, prepare
    from renhai.spec.cutover.migration.loader import load_rules

    old, new, rules = (given.there(name) for name in ("old", "new", "rules"))
    if not (old and new and rules):
        yield from mistakes(*(partial(load_rules, one) for one in rules))
        return
    found = list[Verification]()
    yield from mistakes(lambda: found.append(prepare(old[0], new[0], rules[0], lambda text: None)))
    for one in found:
        yield from layout_problems(one)


def _replay(given: Given) -> Iterator[Problem]:
    from renhai.checks.replay import whole
    from renhai.checks.replay.sides import Pace, side_of
    from renhai.cli.commands.checks.replay import moment
    from renhai.spec.cutover.journal.entry import JournalFile
    from renhai.spec.cutover.journal.rules import load_rules

    values = given.values
    pace = Pace(values.get("speed"), None, int(values.get("together") or 16))
    old, new = given.named("old"), given.named("new")
    rules, journal = (next(iter(given.there(name)), None) for name in ("rules", "journal"))
    sides = [("old", old, values.get("old_url")), ("new", new, values.get("new_url"))]
    deadline = values.get("deadline")
    found = [
        *mistakes(
            lambda: load_rules(rules),
            *(partial(side_of, side, target, url, pace) for side, target, url in sides if target),
            *([partial(moment, deadline)] if deadline else []),
            *([partial(JournalFile, journal)] if journal else []),
        )
    ]
    yield from found
    if found or _is_made(given, "new", "old", "plant"):
        return
    asked = whole.Asked(
        journal or given.out,
        old,
        str(new),
        rules,
        pace,
        given.out,
        values.get("old_url"),
        values.get("new_url"),
        given.path("plant"),
        given.path("ledger") or whole.LEDGER,
    )
    whole_of_it = whole.prepare if journal else whole.rules_and_sides
    yield from mistakes(lambda: whole_of_it(asked))


def _opened(found: list[Draining], path: Path, url: str | None) -> None:
    from renhai.checks.drain.whole import Draining

    found.append(Draining(path, url, reaches=False))


def _drain(given: Given) -> Iterator[Problem]:
    """The drain file, its target, the lists of taxpayers, papers and counts."""
    for path in given.there("file"):
        found: list[Draining] = []
        yield from mistakes(partial(_opened, found, path, given.values.get("url")))
        for draining in found:
            yield from mistakes(draining.reach)
            yield from draining.file_problems(given.made)


def _of_run(given: Given) -> Iterator[Problem]:
    """What looks at a run: its plan, and a target file that is named instead of its own."""
    from renhai.binding.loader import load_binding
    from renhai.checks.cleanup import place_of

    target = given.named("target")
    runs = given.there("run")
    yield from mistakes(*(partial(place_of, one, target) for one in runs))
    if target and not runs:
        yield from mistakes(partial(load_binding, target))


def _audit(given: Given) -> Iterator[Problem]:
    from renhai.cli.commands.checks.audit import exports

    yield from _of_run(given)
    found = dict[str, str]()
    yield from mistakes(lambda: found.update(exports(given.values.get("export") or ())))
    for operation, source in found.items():
        path = Path(source)
        if "://" not in source and not given.made(path) and not path.is_file():
            yield Problem("--export", f"{operation}={source}", NOT_THERE)


def _baseline(given: Given) -> Iterator[Problem]:
    from renhai.run import single

    if not _is_made(given, "what", "target") and not Path(str(given.values["what"])).is_dir():
        yield from mistakes(lambda: single.prepare(_request(given)))


def _journal(given: Given) -> Iterator[Problem]:
    from renhai.checks.journal.make import Wanted, scenario_of

    values = given.values
    if not _is_made(given, "scenario"):
        wanted = Wanted(
            str(values["scenario"]),
            Path(values["out"]),
            int(values["transactions"]),
            str(values["day"]),
            values.get("seed"),
            tuple(values.get("assignments") or ()),
        )
        yield from mistakes(lambda: scenario_of(wanted))


def _validated(model: type[Strict], path: Path) -> None:
    validate(model, load_yaml(path))


def _mapping(given: Given) -> Iterator[Problem]:
    from renhai.spec.cutover.journal.mapping import Mapping as Recorded

    for path in given.there("mapping"):
        yield from mistakes(partial(_validated, Recorded, path))


def _batch(given: Given) -> Iterator[Problem]:
    from renhai.cli.export.batch import check

    values = given.values
    yield from mistakes(lambda: check(str(values["kind"]), int(values["count"]), str(values["encoding"])))


def _binding(given: Given) -> Iterator[Problem]:
    from renhai.binding.loader import load_binding
    from renhai.spec.loader import load_scenario

    target, scenario = given.named("file"), given.named("scenario")
    yield from mistakes(
        *([partial(load_binding, target)] if target else []),
        *([partial(load_scenario, scenario)] if scenario else []),
    )


def _ledger(given: Given) -> Iterator[Problem]:
    from results.checks.ledger.model import read_ledger

    yield from mistakes(*(partial(read_ledger, one) for one in given.there("ledger")))


def _trend(given: Given) -> Iterator[Problem]:
    words = given.paths("directory")
    place = words[1] if str(words[0]) == "accept" and len(words) > 1 else words[0]
    if not given.made(place) and not place.is_dir():
        yield Problem(str(place), "", NOT_THERE)


NOT_THERE = "is not there; correct the name, or put it there"
SHOWS = Kind()  # commands that name no file
KINDS: Mapping[str, Kind] = {
    "run": Kind(("baseline", "key_file", "others_than"), ("out",), _run),
    "duel": Kind(("others_than",), ("out",), _duel),
    "compare": Kind(("baseline", "candidate"), ("out",), _compare),
    "verify": Kind(("old", "new", "rules"), ("out",), _verify),
    "replay": Kind(("journal", "rules", "plant"), ("out", "ledger"), _replay),
    "drain": Kind(("file",), ("out",), _drain),
    "audit": Kind(("run", "receipts"), (), _audit),
    "papers": Kind(("run", "given"), (), _of_run),
    "check": Kind((), (), _run),
    "report": Kind(("run",)),
    "cleanup": Kind(("run",), (), _of_run),
    "runs": Kind(("directory",)),
    "trend": Kind((), ("out",), _trend),
    "baseline update": Kind(("others_than",), ("to", "out"), _baseline),
    "generate records": Kind((), ("out",)),
    "generate dataset": Kind((), ("out",)),
    "generate batch": Kind((), ("out",), _batch),
    "journal make": Kind((), ("out",), _journal),
    "journal import": Kind(("source", "mapping"), ("out",), _mapping),
    "ledger show": Kind(("ledger",), ("page",), _ledger),
    "ledger merge": Kind(("sources",), ("ledger",)),
    "ledger set": Kind(("ledger",), (), _ledger),
    "ledger export": Kind(("ledger",), ("out",), _ledger),
    "ledger import": Kind(("table", "ledger"), (), _ledger),
    "drill undo": Kind(("run", "out")),
    "drill papers": Kind(("run",), ("out",)),
    "binding check": Kind((), (), _binding),
    "binding new": Kind(("from_openapi", "from_har", "from_wsdl", "from_postman"), ("out",)),
    "schema": Kind((), ("write",)),
    "list": SHOWS,
    "doctor": SHOWS,
}
