"""requirements.lock installs on any day, on each Python covered, with the pip it brings and the newest.

tools/setup.sh, as `make` runs it, makes an environment from a lock of what an editable checkout needs. The
newest pip, beside it, fetches every wheel of the whole lock, without resolving, and takes each by its hash.
The pip that this Python brought into the environment says from these files what it would install (`pip
install --dry-run`). From the metadata of the wheels the test does what `pip check` would. A wheel of Python
alone is the same for every interpreter. Of the compiled ones the newest pip says for another interpreter
which wheel the index has (metadata alone, no wheel is fetched); the hash that the index states must be in
the lock. That is done for the newest Python covered, with `--all` for each. With `--all` the newest pip and
tools/setup.sh unpack the whole lock, too, and the compiled wheels are fetched by each interpreter's own pip
where the machine has it, which hashes them itself. (`make` unpacked it whole into the environment that
these tests run in.) No bytecode is made: it proves nothing and costs a minute.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from packaging.markers import default_environment
from packaging.metadata import parse_email
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

from renhai.core.footprint import needs
from tests.side_by_side import Runs, side_by_side

HOME = Path(__file__).resolve().parents[2]
LOCK = HOME / "requirements.lock"
COVERED = ("3.11", "3.12", "3.13", "3.14")  # README.md says so
HERE = "{}.{}".format(*sys.version_info[:2])
OTHERS = sorted(set(COVERED) - {HERE}, key=COVERED.index, reverse=True)
SHARE = {"test_the_lock_is_complete_for_every_python_covered": len(OTHERS)}  # else the newest: all with --all
NO_COMPILE = "0"  # pip reads this variable as the value of `compile`
NO_RESOLVING = ("--no-deps", "--only-binary", ":all:", "--require-hashes")


def interpreters() -> dict[str, str]:
    """Version to path of each covered Python of this machine: on PATH, or made by pyenv."""
    found: dict[str, str] = {}
    places = sorted(Path.home().glob(".pyenv/versions/*/bin/python"), reverse=True)
    for path in [*(shutil.which(f"python{version}") for version in COVERED), *map(str, places)]:
        if path is None:
            continue
        line = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])"
        told = subprocess.run([path, "-c", line], capture_output=True, text=True)
        if told.returncode == 0 and told.stdout.strip() in COVERED:
            found.setdefault(told.stdout.strip(), path)
    return found | {HERE: sys.executable}


FOUND = interpreters()


def run(*command: str, folder: Path = HOME, **changes: str) -> str:
    """What the command wrote; fails with all of it when the command does."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={**os.environ, **changes})
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout


def no_index() -> str:
    """Why the package index that pip is set up with cannot be asked; empty when it can."""
    line = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--retries", "1", "--timeout", "10"]
    with tempfile.TemporaryDirectory() as folder:
        asked = subprocess.run([*line, "-d", folder, "pip"], capture_output=True, text=True)
    return asked.stderr.strip() if asked.returncode else ""


def entries(text: str) -> list[tuple[Requirement, str]]:
    """The entries of a lock: what each asks for, and its lines."""
    parts = re.findall(r"^[a-zA-Z0-9].*\n(?:    .*\n)*", text, re.MULTILINE)
    return [(Requirement(part.partition(" \\")[0]), part) for part in parts]


def part_of_lock(text: str, wanted: set[str]) -> str:
    """The entries of a lock for these packages."""
    return "".join(part for need, part in entries(text) if canonicalize_name(need.name) in wanted)


def set_up(folder: Path, wheels: Path | None = None) -> str:
    """tools/setup.sh in a copy of what it reads; gives what it printed.

    With the whole lock from these wheels, else with what builds an editable checkout, from the index.
    """
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("pyproject.toml", "requirements.lock", "README.md", "tools/setup.sh", "renhai/__init__.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(HOME / name, folder / name)
    for name in ("generators", "locustfiles", "results", "scenarios"):
        (folder / name).mkdir()
    if wheels is None:
        (folder / "requirements.lock").write_text(
            part_of_lock(LOCK.read_text(encoding="utf-8"), needs("hatchling"))
        )
    pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)} if wheels else {}
    return run("sh", "tools/setup.sh", folder=folder, PYTHON=FOUND[HERE], PIP_NO_COMPILE=NO_COMPILE, **pip)


class Taken(NamedTuple):
    """Every wheel that the lock asks for on this Python, and how they came to be there.

    said: what tools/setup.sh printed. python: of the environment that it made, with the pip that it brings.
    newest: where the newest pip is, for PYTHONPATH.
    """

    said: str
    python: str
    newest: str
    wheels: Path


def taken(folder: Path) -> Taken:
    """The environment by tools/setup.sh; the wheels by the newest pip, which is no part of it."""
    said = set_up(folder / "set_up")
    python, wheels = str(folder / "set_up" / ".venv" / "bin" / "python"), folder / "wheels"
    newest = str(folder / "newest")
    run(python, "-m", "pip", "install", "-q", "--no-compile", "--target", newest, "pip")
    line = [python, "-m", "pip", "download", "-q", *NO_RESOLVING, "-r", str(LOCK), "-d", str(wheels)]
    run(*line, PYTHONPATH=newest)
    return Taken(said, python, newest, wheels)


def taken_by_brought(folder: Path, given: Taken) -> list[dict[str, Any]]:
    """What the pip that this Python brings would install from the wheels for the whole lock."""
    file = folder / "report.json"
    line = [given.python, "-m", "pip", "install", "-q", "--dry-run", "--ignore-installed", *NO_RESOLVING]
    line += ["-r", str(LOCK), "--no-index", "--find-links", str(given.wheels), "--report", str(file)]
    run(*line)
    return list(json.loads(file.read_text(encoding="utf-8"))["install"])


def unpacked_by_newest(folder: Path, given: Taken) -> None:
    """The newest pip unpacks the whole lock, without a gap."""
    run(FOUND[HERE], "-m", "venv", "--without-pip", "--clear", str(folder / "fresh"))
    pip = [given.python, "-m", "pip", "--python", str(folder / "fresh" / "bin" / "python")]
    line = ["install", "-q", "--no-compile", *NO_RESOLVING, "-r", str(LOCK), "--no-index"]
    run(*pip, *line, "--find-links", str(given.wheels), PYTHONPATH=given.newest)
    run(*pip, "check", PYTHONPATH=given.newest)


def any_python(file: str) -> bool:
    """Whether a wheel of this name goes with every Python 3."""
    tags = parse_wheel_filename(file)[3]
    return any(str(tag) == "py3-none-any" for tag in tags)


def for_python(version: str, wheels: Path) -> tuple[dict[str, list[str]], list[str]]:
    """The lock as a Python of this version reads it: compiled wheels with hashes; the names of the others.

    Pip would judge the markers by the Python that it runs on.
    """
    same = {parse_wheel_filename(file.name)[0] for file in wheels.glob("*.whl") if any_python(file.name)}
    kept: dict[str, list[str]] = {}
    others = []
    for entry in LOCK.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        line, *hashes = (part.strip() for part in entry.split(" --hash="))
        need = Requirement(line)
        if need.marker is None or need.marker.evaluate(environment_of(version)):
            need.marker = None
            if canonicalize_name(need.name) in same:
                others.append(canonicalize_name(need.name))
            else:
                kept[str(need)] = hashes
    return kept, others


def dry_run(
    python: str, folder: Path, lines: list[str], *options: str, **changes: str
) -> list[dict[str, Any]]:
    """What the pip of this Python would install for these lines: the items of its report."""
    folder.mkdir(parents=True, exist_ok=True)
    lock, file = folder / "requirements.lock", folder / "report.json"
    lock.write_text("\n".join(lines), encoding="utf-8")
    line = [python, "-m", "pip", "install", "-q", "--dry-run", "--ignore-installed"]
    run(
        *line,
        "--no-deps",
        "--only-binary",
        ":all:",
        *options,
        "-r",
        str(lock),
        "--report",
        str(file),
        **changes,
    )
    found = json.loads(file.read_text(encoding="utf-8"))["install"]
    assert len(found) == len(lines)
    return list(found)


def for_another(folder: Path, version: str) -> list[str]:
    """The options by which pip answers for a Python that it does not run on; missing() asks that one."""
    return ["--target", str(folder / "other"), "--python-version", version, "--ignore-requires-python"]


def listed(folder: Path, version: str, given: Taken) -> list[dict[str, Any]]:
    """What a Python of this version would be given, by what the index says of the wheels."""
    compiled, others = for_python(version, given.wheels)
    another = for_another(folder, version)
    found = dry_run(given.python, folder, list(compiled), *another, PYTHONPATH=given.newest)
    known = {canonicalize_name(Requirement(need).name): hashes for need, hashes in compiled.items()}
    for item in found:
        name, archive = canonicalize_name(item["metadata"]["name"]), item["download_info"]["archive_info"]
        assert f"sha256:{archive['hashes']['sha256']}" in known[name], item["download_info"]["url"]
    return [*found, *map(partial(item_for, given.wheels), others)]


def fetched(folder: Path, version: str, given: Taken) -> list[dict[str, Any]]:
    """The same by that Python's own pip where the machine has it, which fetches and hashes the wheels."""
    here, wheels = version in FOUND, given.wheels
    run(FOUND[version if here else HERE], "-m", "venv", "--clear", str(folder))
    python = str(folder / "bin" / "python")
    compiled, others = for_python(version, wheels)
    lines = [" --hash=".join([need, *hashes]) for need, hashes in compiled.items()]
    other = [] if here else for_another(folder, version)
    found = dry_run(python, folder, lines, "--require-hashes", *other)
    return [*found, *map(partial(item_for, wheels), others)]


def item_for(wheels: Path, name: str) -> dict[str, Any]:
    """The metadata of the wheel of a package, among those that were fetched."""
    (file,) = (file for file in wheels.glob("*.whl") if parse_wheel_filename(file.name)[0] == name)
    return item_of(file)


def item_of(file: Path) -> dict[str, Any]:
    """The metadata of a wheel, as pip's report has them."""
    with zipfile.ZipFile(file) as wheel:
        (member,) = (m for m in wheel.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", m))
        raw, _ = parse_email(wheel.read(member))
    return {"metadata": raw}


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Taken:
    if reason := no_index():
        pytest.skip(f"the package index cannot be reached: {reason[-200:]}")
    return taken(tmp_path_factory.mktemp("taken"))


@pytest.fixture(scope="module")
def installs(
    given: Taken, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Runs[Any]]:
    place, whole = tmp_path_factory.mktemp("installs"), bool(request.config.getoption("--all"))
    acts: dict[str, Callable[[], Any]] = {"brought": partial(taken_by_brought, place, given)}
    if whole:
        acts["unpacked"] = partial(unpacked_by_newest, place, given)
        acts["set up"] = partial(set_up, place / "whole", given.wheels)
    for item in request.session.items:
        if item.fspath == request.fspath and (version := getattr(item, "callspec", None)):
            version = version.params["version"]
            acts[version] = partial(fetched if whole else listed, place / version, version, given)
    with side_by_side(acts, at_once=2) as begun:
        yield begun


def missing(items: list[dict[str, Any]], environment: Mapping[str, str]) -> list[str]:
    """What `pip check` would say of these packages, with the extras that they ask of one another."""
    about = {canonicalize_name(item["metadata"]["name"]): item["metadata"] for item in items}
    wrong = [
        f"{name} requires Python {wanted}"
        for name, told in about.items()
        if (wanted := told.get("requires_python"))
        and environment["python_full_version"] not in SpecifierSet(wanted, prereleases=True)
    ]
    asked, extras = [(name, "") for name in about], set()
    while asked:
        name, extra = asked.pop()
        for line in about[name].get("requires_dist", ()):
            need = Requirement(line)
            if need.marker and not need.marker.evaluate({**environment, "extra": extra}):
                continue
            other = canonicalize_name(need.name)
            if other not in about:
                wrong.append(f"{name} requires {need}, which is not in the lock")
                continue
            if not need.specifier.contains(Version(about[other]["version"]), prereleases=True):
                wrong.append(f"{name} requires {need}, the lock has {about[other]['version']}")
            further = {(other, wanted) for wanted in need.extras} - extras
            extras |= further
            asked += further
    return wrong


def environment_of(version: str) -> dict[str, str]:
    """The markers' environment of a Python of this machine's kind."""
    patch = f"{version}.0"
    known = {key: str(value) for key, value in default_environment().items()}
    return known | {"python_version": version, "python_full_version": patch, "implementation_version": patch}


def complete(items: list[dict[str, Any]]) -> None:
    """Nothing is missing among these packages, and they are those of the lock for this Python."""
    assert missing(items, environment_of(HERE)) == []
    names = {canonicalize_name(item["metadata"]["name"]) for item in items}
    asked = [need for need, _ in entries(LOCK.read_text(encoding="utf-8"))]
    here = {need.name for need in asked if need.marker is None or need.marker.evaluate()}
    assert names == set(map(canonicalize_name, here))
    assert {"locust", "numpy", "hatchling", "pytest"} <= names


@pytest.mark.timeout(900)
def test_the_lock_is_set_up_as_make_does_it(given: Taken, request: pytest.FixtureRequest) -> None:
    assert "making .venv with Python" in given.said
    if request.config.getoption("--all"):
        assert "making .venv with Python" in request.getfixturevalue("installs").result("set up")


@pytest.mark.timeout(900)
def test_the_pip_that_this_python_brings_takes_the_lock(installs: Runs[Any]) -> None:
    complete(installs.result("brought"))


@pytest.mark.timeout(900)
def test_the_newest_pip_takes_the_lock(given: Taken, request: pytest.FixtureRequest) -> None:
    complete([item_of(file) for file in given.wheels.glob("*.whl")])
    if request.config.getoption("--all"):
        request.getfixturevalue("installs").result("unpacked")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("version", OTHERS)
def test_the_lock_is_complete_for_every_python_covered(installs: Runs[Any], version: str) -> None:
    found = installs.result(version)
    assert missing(found, environment_of(version)) == []
    names = {canonicalize_name(item["metadata"]["name"]) for item in found}
    assert {"locust", "numpy", "hatchling", "pytest"} <= names


def test_a_gap_in_a_lock_is_seen() -> None:
    def package(name: str, *needs: str, version: str = "1.0") -> dict[str, Any]:
        return {"metadata": {"name": name, "version": version, "requires_dist": list(needs)}}

    here = environment_of("3.12")
    plain = [package("a", "b[tls]>=1", "c; python_version < '3.12'"), package("b", "d<2; extra == 'tls'")]
    assert missing([*plain, package("d")], here) == []
    assert missing(plain, here) == ['b requires d<2; extra == "tls", which is not in the lock']
    assert missing([*plain, package("d", version="2.0")], here) == [
        'b requires d<2; extra == "tls", the lock has 2.0'
    ]
    newer = package("e")
    newer["metadata"]["requires_python"] = ">=3.13"
    assert missing([newer], here) == ["e requires Python >=3.13"]
    assert missing([*plain, package("d")], environment_of("3.11")) == [
        'a requires c; python_version < "3.12", which is not in the lock'
    ]


LISTS = ("requirements.lock", "benchmarks/requirements.txt")
PLACES = ("tools", "deploy", "benchmarks", "docs", "Makefile", "README.md", "README.zh.md", ".ci")


def test_every_place_that_installs_the_lock_does_so_without_resolving() -> None:
    seen = []
    for place in PLACES:
        files = [HOME / place] if (HOME / place).is_file() else sorted((HOME / place).rglob("*"))
        for file in files:
            if not file.is_file() or file.suffix in (".svg", ".json", ".lock", ".pyc"):
                continue
            # an example of an export may be in GBK
            text = file.read_text(encoding="utf-8", errors="replace").replace("\\\n", " ")
            for line in text.splitlines():
                options = [f"{option} {name}" for option in ("-r", "--requirement") for name in LISTS]
                if "pip" in line and any(option in line for option in options):
                    seen.append(file.name)
                    assert all(option in line.split() for option in NO_RESOLVING), f"{file}: {line}"
    assert sorted(seen) == ["Containerfile", "setup.sh", "setup.sh"]
