"""docs/dependencies.md names what pyproject.toml declares, neither more nor less; and nothing is pinned."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from itertools import chain
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from renhai.core.extras import EXTRAS
from renhai.core.machine.footprint import needs
from tools.dependencies import alone, direct, licence

HOME = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PAGE = (HOME / "docs" / "dependencies.md").read_text(encoding="utf-8")


def declared(lines: list[str]) -> list[str]:
    return sorted(canonicalize_name(Requirement(line).name) for line in lines)


def tabled(heading: str) -> list[list[str]]:
    """The cells of the rows of the table under a heading."""
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert section is not None
    rows = [line.strip("| ").split(" | ") for line in section.group(1).splitlines() if line.startswith("| ")]
    return rows[1:]


def test_the_table_of_the_core_names_each_dependency_once() -> None:
    rows = tabled("Core")
    assert [row[0] for row in rows] == declared(PROJECT["dependencies"])
    assert all(len(row) == 6 and all(row) for row in rows)


def test_the_table_of_the_extras_names_each_with_its_extra() -> None:
    rows = tabled("Extras")
    extras = {name: lines for name, lines in PROJECT["optional-dependencies"].items() if name != "test"}
    assert {(canonicalize_name(row[0]), row[1]) for row in rows} == {
        (name, extra) for extra, lines in extras.items() for name in declared(lines)
    }
    assert len(rows) == sum(map(len, extras.values()))
    assert set(extras) == set(EXTRAS.values())


def test_the_table_of_the_tests_names_each_once() -> None:
    names = [canonicalize_name(name) for row in tabled("Tests") for name in row[0].split(", ")]
    assert sorted(names) == declared(PROJECT["optional-dependencies"]["test"])


def test_nothing_is_pinned_exactly() -> None:
    lines = [*PROJECT["dependencies"], *chain.from_iterable(PROJECT["optional-dependencies"].values())]
    operators = {part.operator for line in lines for part in Requirement(line).specifier}
    assert operators == {">="}


def test_packages_that_nothing_else_needs_go_with_their_dependency() -> None:
    names = direct()
    assert (names["locust"], names["zeep"]) == ("", "soap")
    assert alone("h2", names) == {"h2", "hpack", "hyperframe"}
    assert alone("numpy", names) == set()  # scipy needs it
    assert {"locust", "flask", "pyzmq"} <= alone("locust", names) < needs("locust")
    for row in tabled("Core"):
        count = int(row[3].partition(",")[0])
        assert count == len(alone(row[0], names)), row[0]


def copyleft(package: str) -> bool:
    return bool(re.search(r"GPL|General Public", licence(package)))


def test_no_package_that_a_user_installs_is_under_the_gpl_or_its_kin() -> None:
    everything = needs("renhai", set(EXTRAS.values()))
    assert {"locust", "asyncpg", "reportlab"} <= everything
    assert [name for name in sorted(everything) if copyleft(name)] == []
    assert copyleft("python-stdnum")  # which the tests alone need


def imported(folders: tuple[str, ...]) -> set[str]:
    """The top names that the Python files below these folders import."""
    found = set()
    for file in chain.from_iterable((HOME / folder).rglob("*.py") for folder in folders):
        text = file.read_text(encoding="utf-8")
        found |= set(re.findall(r"^\s*(?:from|import) (\w+)", text, re.MULTILINE))
        found |= set(re.findall(r'import_module\("(\w+)', text))
    return found


def test_the_page_says_which_dependencies_nothing_imports_yet() -> None:
    modules: dict[str, set[str]] = {}
    for module, packages in metadata.packages_distributions().items():
        for package in packages:
            modules.setdefault(canonicalize_name(package), set()).add(module)
    ours = imported(("renhai", "generators", "results", "locustfiles"))
    idle = [name for name in declared(PROJECT["dependencies"]) if not modules[name] & ours]
    said = re.search(r"Nothing imports these yet[^:]*: ([\w, -]+)\.", PAGE)
    assert said is not None
    assert said.group(1).split(", ") == idle
