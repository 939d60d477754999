"""requirements.lock installs on any day, on each Python covered, with the pip it brings and the newest.

tools/setup.sh, as `make` runs it, makes an environment from a lock of what an editable checkout needs, and
the newest pip says what it would install of it. `uv` resolves the lock anew for all Pythons covered: nothing
is missing when no package comes to it and none changes, and the index has a wheel for each of them whose hash
is in the lock (no wheel is fetched). That the pip which this Python brings takes the whole lock is seen from
the environment of these tests, where `make` made it: tools/setup.sh fetched every wheel, hashed it, and ended
with `pip check`. With `--all` both pips take every wheel of the whole lock, both and tools/setup.sh
unpack it, and the compiled wheels are fetched by each interpreter's own pip where the machine has it; from
the metadata of the wheels the test does what `pip check` would. A wheel of Python alone is the same for
every interpreter. No bytecode is made: it proves nothing and costs a minute.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.tags import compatible_tags, cpython_tags
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

from renhai.core.machine.footprint import needs
from tests.install.whole_lock import (
    COVERED,
    HERE,
    HOME,
    LOCK,
    NO_RESOLVING,
    OTHERS,
    UV,
    Made,
    entries,
    environment_of,
    fetched,
    item_of,
    part_of_lock,
    run,
    set_up,
    take,
    taken_by_brought,
    unpacked_by_newest,
)
from tests.side_by_side import Runs, side_by_side


def no_index() -> str:
    """Why the package index that pip is set up with cannot be asked; empty when it can."""
    line = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--retries", "1", "--timeout", "10"]
    with tempfile.TemporaryDirectory() as folder:
        asked = subprocess.run([*line, "-d", folder, "pip"], capture_output=True, text=True)
    return asked.stderr.strip() if asked.returncode else ""


def make(folder: Path) -> Made:
    """The environment by tools/setup.sh, and the newest pip, which is no part of it."""
    said, newest = set_up(folder / "set_up"), str(folder / "newest")
    python = str(folder / "set_up" / ".venv" / "bin" / "python")
    run(python, "-m", "pip", "install", "-q", "--no-compile", "--target", newest, "pip")
    return Made(said, python, newest)


def made_by_make() -> bool:
    """Whether tools/setup.sh has made the environment of these tests from this very lock, to its end."""
    noted = Path(sys.prefix) / ".lock"
    return noted.exists() and noted.read_bytes() == LOCK.read_bytes()


def uv() -> str:
    """The program; installed once for an environment."""
    program = UV / "bin" / "uv"
    if not program.exists():
        run(sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(UV), "uv")
    return str(program)


def resolved(lock: Path, file: Path) -> list[dict[str, Any]]:
    """What uv finds to be needed for a lock, on any Python covered, with all wheels that the index has.

    Fails when two packages ask for what cannot be both.
    """
    asked = ["--universal", "--python-version", COVERED[0], "--only-binary", ":all:", "-q", "--no-config"]
    run(uv(), "pip", "compile", *asked, "--format", "pylock.toml", "-o", str(file), str(lock))
    return list(tomllib.loads(file.read_text(encoding="utf-8"))["packages"])


def given(packages: list[dict[str, Any]], version: str, lock: Path) -> dict[str, str]:
    """Name to version of those that a Python of this version gets. Fails without a wheel of the lock's."""
    number = (int(version.split(".")[0]), int(version.split(".")[1]))
    tags, environment = {*cpython_tags(number), *compatible_tags(number)}, environment_of(version)
    known = set(re.findall(r"sha256:(\w+)", lock.read_text(encoding="utf-8")))
    found = {}
    for package in packages:
        if "marker" in package and not Marker(package["marker"]).evaluate(environment):
            continue
        names = {
            unquote(wheel["url"].rpartition("/")[2])
            for wheel in package["wheels"]
            if wheel["hashes"]["sha256"] in known
        }
        assert any(parse_wheel_filename(name)[3] & tags for name in names), (package["name"], version)
        found[canonicalize_name(package["name"])] = f"=={package['version']}"
    return found


def locked(lock: Path, version: str) -> dict[str, str]:
    """The same as the lock says it."""
    asked = [need for need, _ in entries(lock.read_text(encoding="utf-8"))]
    here = [need for need in asked if need.marker is None or need.marker.evaluate(environment_of(version))]
    return {canonicalize_name(need.name): str(need.specifier) for need in here}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    if reason := no_index():
        pytest.skip(f"the package index cannot be reached: {reason[-200:]}")
    return make(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def installs(
    made: Made, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Runs[Any]]:
    place, whole = tmp_path_factory.mktemp("installs"), bool(request.config.getoption("--all"))
    acts: dict[str, Callable[[], Any]] = {}
    if whole:
        taken = take(place, made)
        acts["newest"] = lambda: [item_of(file) for file in taken.wheels.glob("*.whl")]
        acts["brought"] = partial(taken_by_brought, place, taken)
        acts["unpacked"] = partial(unpacked_by_newest, place, taken)
        acts["set up"] = partial(set_up, place / "whole", taken.wheels)
        acts |= {version: partial(fetched, place / version, version, taken) for version in OTHERS}
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


def complete(items: list[dict[str, Any]]) -> None:
    """Nothing is missing among these packages, and they are those of the lock for this Python."""
    assert missing(items, environment_of(HERE)) == []
    names = {canonicalize_name(item["metadata"]["name"]) for item in items}
    asked = [need for need, _ in entries(LOCK.read_text(encoding="utf-8"))]
    here = {need.name for need in asked if need.marker is None or need.marker.evaluate()}
    assert names == set(map(canonicalize_name, here))
    assert {"locust", "numpy", "hatchling", "pytest"} <= names


@pytest.mark.timeout(900)
def test_the_lock_is_set_up_as_make_does_it(made: Made, request: pytest.FixtureRequest) -> None:
    assert "making .venv with Python" in made.said
    if request.config.getoption("--all"):
        assert "making .venv with Python" in request.getfixturevalue("installs").result("set up")


@pytest.mark.timeout(900)
def test_the_pip_that_this_python_brings_takes_the_lock(request: pytest.FixtureRequest) -> None:
    if made_by_make():
        complete([{"metadata": about(name)} for name in locked(LOCK, HERE)])
    if request.config.getoption("--all"):
        complete(request.getfixturevalue("installs").result("brought"))
    elif not made_by_make():
        pytest.skip("this environment was not made from the lock by tools/setup.sh; --all tries it")


def about(name: str) -> dict[str, Any]:
    """What is installed here under a name, as pip's report has it."""
    found = metadata.metadata(name)
    return {
        "name": found["Name"], "version": found["Version"], "requires_python": found["Requires-Python"],
        "requires_dist": found.get_all("Requires-Dist") or [],
    }  # fmt: skip


@pytest.mark.timeout(900)
def test_the_newest_pip_takes_the_lock(made: Made, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--all"):
        installs = request.getfixturevalue("installs")
        complete(installs.result("newest"))
        installs.result("unpacked")
    lock, report = Path(made.python).parents[2] / "requirements.lock", tmp_path / "report.json"
    line = [made.python, "-m", "pip", "install", "-q", "--dry-run", "--ignore-installed", *NO_RESOLVING]
    run(*line, "-r", str(lock), "--report", str(report), PYTHONPATH=made.newest)
    found = {item["metadata"]["name"] for item in json.loads(report.read_text(encoding="utf-8"))["install"]}
    assert set(map(canonicalize_name, found)) == set(locked(lock, HERE)) >= {"hatchling", "pluggy"}


@pytest.fixture(scope="module")
def packages(made: Made, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    return resolved(LOCK, tmp_path_factory.mktemp("resolved") / "pylock.toml")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("version", COVERED)
def test_the_lock_is_complete_for_every_python_covered(
    packages: list[dict[str, Any]], version: str, request: pytest.FixtureRequest
) -> None:
    found = given(packages, version, LOCK)
    assert found == locked(LOCK, version)
    assert {"locust", "numpy", "hatchling", "pytest"} <= set(found)
    if request.config.getoption("--all") and version != HERE:
        items = request.getfixturevalue("installs").result(version)
        assert missing(items, environment_of(version)) == []
        assert {canonicalize_name(item["metadata"]["name"]) for item in items} == set(found)


def test_what_a_lock_lacks_comes_to_it_when_it_is_resolved(made: Made, tmp_path: Path) -> None:
    lock, whole = tmp_path / "lock.txt", part_of_lock(LOCK.read_text(encoding="utf-8"), needs("hatchling"))
    lock.write_text(part_of_lock(whole, needs("hatchling") - {"pluggy"}), encoding="utf-8")
    found = resolved(lock, tmp_path / "pylock.toml")
    assert {one["name"] for one in found} - set(locked(lock, "3.12")) == {"pluggy"}
    lock.write_text(whole, encoding="utf-8")
    assert given(found, "3.12", lock) | {"pluggy": ""} == locked(lock, "3.12") | {"pluggy": ""}
    lock.write_text(re.sub(r"(\npluggy(?s:.)*?)sha256:\w{8}", r"\1sha256:01234567", whole), encoding="utf-8")
    with pytest.raises(AssertionError, match="pluggy"):
        given(found, "3.12", lock)


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
