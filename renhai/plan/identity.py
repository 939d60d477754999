"""What a run asks and how, as digests by name: two runs compare only where these are equal.

They stand in run.json under `identity`. URL, hosts, ceiling and limits are no part of it (the build under
test may stand elsewhere, and thresholds are no load), nor are seed and range of taxpayers, which are held
against each other as such. Of code, the digest is of the text of every file that takes part.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from renhai.binding import loader as bindings
from renhai.core import home
from renhai.core.home import PACKAGE
from renhai.plan.digest import kind_of_data
from renhai.plan.model import ScenarioPlan
from renhai.spec.loader import LoadedScenario

DIGITS = 12
CONNECTION = ("timeouts", "tls", "connections", "sources", "proxy")
NO_LOAD = ("name", "success", "undo", "audit", "balances", "papers", *CONNECTION)
# Rooms whose code makes the load: another text of it may make another load.
MAKERS = ("load", "plan", "binding")


def identity(loaded: LoadedScenario, scenario: ScenarioPlan) -> dict[str, str]:
    """Of a scenario that is read, and of what it was normalised to (`renhai.plan.build.normalise`)."""
    binding = bindings.normalise(loaded.binding, loaded.binding_path, scenario.load.model)
    operations = {name: _asked(one) for name, one in binding["operations"].items()}
    success = {name: one["success"] for name, one in binding["operations"].items() if one["success"]}
    connection = {name: _bare(binding[name]) for name in CONNECTION if name in binding}
    rest = {name: value for name, value in binding.items() if name not in (*NO_LOAD, "operations")}
    found = {
        "journeys": _digest(_journeys(loaded)),
        "success rules": _digest([binding["success"], success]),
        "target file": _digest([operations, rest]),
        "connection": _digest(connection),
        "data": _digest(kind_of_data(scenario.data)),
        "generator build": generator_build(),
        "measured by": scenario.measured,
    }
    if loaded.scenario.data.files:
        found["data files"] = _digest(_data_files(loaded))
    if loaded.scenario.locustfile:
        place = loaded.path.resolve().parent / loaded.scenario.locustfile
        found["locustfile"] = _digest(_texts(with_imports(place), place.parent))
    return found


def _asked(operation: Mapping[str, Any]) -> dict[str, Any]:
    asked = {name: value for name, value in operation.items() if name not in ("success", "receipt", "fen")}
    return {**asked, "body": _placeless(asked.get("body"))}


def _placeless(body: Any) -> Any:
    """A body without where its files stand: it has their digests."""
    if isinstance(body, Mapping):
        kept = {key: value for key, value in body.items() if not ("sha256" in body and key == "file")}
        return {key: _placeless(value) for key, value in kept.items()}
    return [_placeless(one) for one in body] if isinstance(body, list) else body


def _data_files(loaded: LoadedScenario) -> dict[str, Any]:
    """Rows and how they are dealt, wherever the files stand."""
    folder = loaded.path.resolve().parent
    return {
        name: [_sha(folder / said.file), said.take, said.each, said.end]
        for name, said in loaded.scenario.data.files.items()
    }


def _bare(value: Any) -> Any:
    """Paths of files as their texts' digests, so that where they stand makes no difference."""
    if isinstance(value, Mapping):
        return {key: _bare(one) for key, one in value.items()}
    if isinstance(value, str) and Path(value).is_file():
        return hashlib.sha256(Path(value).read_bytes()).hexdigest()
    return value


def _journeys(loaded: LoadedScenario) -> dict[str, Any]:
    """Steps of a journey in YAML; of one in a locustfile the texts that make it."""
    root = home.find_home()
    found: dict[str, Any] = {}
    for name, journey in loaded.journeys.items():
        if journey.file:
            found[name] = _texts(with_imports(root / journey.file), root)
        else:
            found[name] = [step.model_dump(mode="json") for step in loaded.scenario.journeys[name]]
    return found


@cache
def generator_build() -> str:
    """Of the code that makes the load and the data, and of the tables it reads."""
    root = home.find_home()
    files = [path for room in MAKERS for path in (PACKAGE / room).rglob("*.py")]
    files += [path for path in (root / "generators").rglob("*") if path.suffix in (".py", ".yaml")]
    return _digest(sorted((_name(path, root), _sha(path)) for path in files))


def _name(path: Path, root: Path) -> str:
    return str(path.relative_to(root if path.is_relative_to(root) else PACKAGE.parent))


def with_imports(file: Path) -> list[Path]:
    """A Python file and what it imports from files beside it, and so on; sorted. What cannot be read has
    none."""
    found: set[Path] = set()
    left = [file.resolve()]
    while left:
        path = left.pop()
        if path in found or not path.is_file():
            continue
        found.add(path)
        left += _imported(path, file.resolve().parent)
    return sorted(found)


def _imported(path: Path, folder: Path) -> Iterator[Path]:
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _files(folder, alias.name)
        elif isinstance(node, ast.ImportFrom):
            base = path.parents[node.level - 1] if node.level else folder
            yield from _files(base, node.module or "")
            for alias in node.names:
                yield from _files(base, f"{node.module or ''}.{alias.name}".strip("."))


def _files(folder: Path, module: str) -> Iterator[Path]:
    """The files that importing `module` from `folder` reads: its packages on the way as well."""
    place = folder
    for part in filter(None, module.split(".")):
        place = place / part
        yield from (one for one in (place.with_suffix(".py"), place / "__init__.py") if one.is_file())


def _texts(files: Iterable[Path], root: Path) -> list[tuple[str, str]]:
    base = root.resolve()
    return [(str(f.relative_to(base)) if f.is_relative_to(base) else f.name, _sha(f)) for f in files]


def _sha(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]
