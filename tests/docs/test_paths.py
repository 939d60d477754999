"""Files, folders and modules that documents and sources name are there; old names are not."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, documents, name_of

TOPS = "renhai|results|tests|docs|benchmarks|deploy|scenarios|locustfiles|generators|tools"
PATH = re.compile(rf"(?<![\w/.*-])((?:{TOPS})/[\w./*-]*\w)")
MODULE = re.compile(rf"(?<![\w/.-])((?:{TOPS})(?:\.[a-z_]\w*)+)(?![\w/-])")
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
# By a run, a reader, a benchmark, `make mutants`, the wheel, `make test`.
MADE = (
    "results/runs", "results/baselines/", "results/history", "results/ledger.json", "results/verifications",
    "results/replays", "results/rehearsals", "results/drains", "benchmarks/raw",
    "benchmarks/results/mutants.md", "renhai/_home", "tests/vendor",
)  # fmt: skip
SOURCES = ("renhai", "results", "generators", "locustfiles", "benchmarks", "tools", "deploy", "scenarios")
WORDS = {  # of the first version; ARCHITECTURE.md and the sources say them in the words of the field
    "Station", "Crew", "LocalCrew", "RemoteCrew", "Conductor", "Membership", "Agenda", "Turn", "Book",
    "Tally", "GroupTally", "Clocking", "Desk", "Desks", "Lane", "Quota", "Guardian", "Crowd", "Steady",
    "Dice", "Detail", "Standing", "Account",
}  # fmt: skip
DEPRECATED = {"renhai.load.journeys", "renhai.load.operators", "renhai.target", "renhai.target.__main__"}


@cache
def tracked() -> frozenset[str]:
    """Files of the checkout, and their folders."""
    said = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = {line for line in said.splitlines() if (ROOT / line).exists()}
    return frozenset(files | {parent.as_posix() for line in files for parent in Path(line).parents})


def unknown_paths(text: str, beside: str = "") -> list[str]:
    """Paths that are no file, no folder and no pattern; `beside`: the folder that a page may start from."""
    found = []
    for path in PATH.findall(text):
        places = (path, f"{beside}/{path}", f"renhai/{path}", f"tests/{path}")
        if not path.startswith(MADE) and not any(there(place) for place in places):
            found.append(path)
    return found


def there(path: str) -> bool:
    return path in tracked() or ("*" in path and any(ROOT.glob(path)))


def unknown_modules(text: str) -> list[str]:
    return [name for name in MODULE.findall(text) if not f"/{name}".endswith(FILES) and not importable(name)]


FILES = (
    ".py",
    ".md",
    ".yaml",
    ".json",
    ".toml",
    ".csv",
    ".html",
    ".xml",
    ".txt",
    ".jsonl",
    ".sh",
    ".key",
    ".log",
)


@cache
def importable(name: str) -> bool:
    """A module, or a name in one; nothing is imported, for Locust changes the standard library."""
    path = ROOT / name.replace(".", "/")
    if path.is_dir() or path.with_suffix(".py").is_file():
        return True
    module, _, attribute = name.rpartition(".")
    file = ROOT / module.replace(".", "/")
    texts = [
        text.read_text("utf-8") for text in (file.with_suffix(".py"), file / "__init__.py") if text.is_file()
    ]
    return any(
        re.search(
            rf"^(def|class) {attribute}\b|^{attribute}\b|^ +{attribute},$|import .*\b{attribute}$",
            text,
            re.MULTILINE,
        )
        for text in texts
    )


def written() -> list[Path]:
    """Without the pages that a benchmark printed: they tell of the day that they have at their top."""
    return [file for file in documents() if file.parent != ROOT / "benchmarks" / "results"]


@pytest.mark.parametrize("file", written(), ids=name_of)
def test_what_a_document_names_is_there(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert unknown_paths(text, file.parent.relative_to(ROOT).as_posix()) == []
    assert unknown_modules(text) == []
    links = [link for link in LINK.findall(text) if "://" not in link]
    assert [link for link in links if not (file.parent / link).exists()] == []


def sources() -> list[str]:
    kinds = (".py", ".yaml", ".sh", "Containerfile")
    return sorted(name for name in tracked() if name.startswith(SOURCES) and name.endswith(kinds))


def test_what_a_source_names_is_there() -> None:
    texts = {
        name: (ROOT / name).read_text(encoding="utf-8") for name in [*sources(), "Makefile", "pyproject.toml"]
    }
    wrong = {name: unknown_paths(text) for name, text in texts.items()}
    assert {name: found for name, found in wrong.items() if found} == {}


def test_a_name_of_before_is_seen() -> None:
    assert unknown_paths("see renhai/runner.py, renhai/run/single.py and results/runs/RUN") == [
        "renhai/runner.py"
    ]
    assert unknown_modules("renhai.load.agenda, renhai.load.api, renhai.__main__") == ["renhai.load.agenda"]


def old_words(text: str) -> set[str]:
    """Classes, imports and assigned names that are words of the first version."""
    if not any(word in text for word in WORDS):  # most files; to parse each takes seconds
        return set()
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found & WORDS


def test_old_words_stand_in_deprecated_modules_alone() -> None:
    product = [
        name
        for name in sources()
        if name.endswith(".py") and not name.startswith(("benchmarks", "tools", "deploy"))
    ]
    found = {
        name: words for name in product if (words := old_words((ROOT / name).read_text(encoding="utf-8")))
    }
    assert found == {"renhai/load/journeys.py": {"Desk"}}
    assert old_words("class Station: ...\nfrom x import y as Crew\nDesk = 1") == {"Station", "Crew", "Desk"}


ANEW = """
import sys, warnings
import {0}
for name in [name for name in sys.modules if name.startswith({1!r})]:
    del sys.modules[name]
warnings.simplefilter("error", DeprecationWarning)
import {0}
"""


@pytest.mark.parametrize("module", sorted(DEPRECATED))
def test_a_deprecated_module_says_what_to_write_instead(module: str) -> None:
    """Told where warnings are shown; where they are errors, it cannot be imported."""
    name = module.removesuffix(".__main__")
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", ANEW.format(module, name)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    told = re.findall(rf"^(.*)DeprecationWarning: {name} ", done.stderr, re.MULTILINE)
    assert [bool(place) for place in told] == [True, False]  # a warning with its place, and an error
    assert done.returncode == 1


def test_nothing_of_ours_imports_a_deprecated_module() -> None:
    importing = re.compile(
        r"^\s*(?:from|import) (renhai\.(?:load\.journeys|load\.operators|target)\b.*)", re.MULTILINE
    )
    texts = {name: (ROOT / name).read_text("utf-8") for name in tracked() if name.endswith(".py")}
    assert {name for name, text in texts.items() if importing.search(text)} == set()
    assert importing.search("from renhai.load.journeys import Case")


def test_only_modules_that_say_so_are_deprecated() -> None:
    said = {
        name
        for name in sources()
        if name.endswith(".py") and "DeprecationWarning" in (ROOT / name).read_text("utf-8")
    }
    assert said == {"renhai/load/journeys.py", "renhai/load/operators.py", "renhai/target/__init__.py"}
