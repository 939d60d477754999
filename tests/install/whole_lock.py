"""requirements.lock, and how pip takes all of it: for tests/install/test_lock.py."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from packaging.markers import default_environment
from packaging.metadata import parse_email
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from renhai.core.machine.footprint import needs

HOME = Path(__file__).resolve().parents[2]
LOCK = HOME / "requirements.lock"
COVERED = ("3.11", "3.12", "3.13", "3.14")  # README.md says so
HERE = "{}.{}".format(*sys.version_info[:2])
OTHERS = sorted(set(COVERED) - {HERE}, key=COVERED.index, reverse=True)
UV = Path(sys.prefix) / "uv-alone"  # beside the lock, whatever is its newest
NO_COMPILE = "0"  # pip reads this variable as the value of `compile`
NO_RESOLVING = ("--no-deps", "--only-binary", ":all:", "--require-hashes")


@cache
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


def run(*command: str, folder: Path = HOME, **changes: str) -> str:
    """What the command wrote; fails with all of it when the command does."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={**os.environ, **changes})
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout


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
    return run("sh", "tools/setup.sh", folder=folder, PYTHON=sys.executable, PIP_NO_COMPILE=NO_COMPILE, **pip)


class Made(NamedTuple):
    """An environment.

    said: what tools/setup.sh printed. python: its own, with the pip that it brings. newest: where the newest
    pip is, for PYTHONPATH.
    """

    said: str
    python: str
    newest: str


class Taken(NamedTuple):
    """Every wheel that the lock asks for on this Python, with what took them."""

    python: str
    newest: str
    wheels: Path


def take(folder: Path, made: Made) -> Taken:
    wheels = folder / "wheels"
    line = [made.python, "-m", "pip", "download", "-q", *NO_RESOLVING, "-r", str(LOCK), "-d", str(wheels)]
    run(*line, PYTHONPATH=made.newest)
    return Taken(made.python, made.newest, wheels)


def taken_by_brought(folder: Path, taken: Taken) -> list[dict[str, Any]]:
    """What the pip that this Python brings would install from the wheels for the whole lock."""
    file = folder / "report.json"
    line = [taken.python, "-m", "pip", "install", "-q", "--dry-run", "--ignore-installed", *NO_RESOLVING]
    line += ["-r", str(LOCK), "--no-index", "--find-links", str(taken.wheels), "--report", str(file)]
    run(*line)
    return list(json.loads(file.read_text(encoding="utf-8"))["install"])


def unpacked_by_newest(folder: Path, taken: Taken) -> None:
    """The newest pip unpacks the whole lock, without a gap."""
    run(sys.executable, "-m", "venv", "--without-pip", "--clear", str(folder / "fresh"))
    pip = [taken.python, "-m", "pip", "--python", str(folder / "fresh" / "bin" / "python")]
    line = ["install", "-q", "--no-compile", *NO_RESOLVING, "-r", str(LOCK), "--no-index"]
    run(*pip, *line, "--find-links", str(taken.wheels), PYTHONPATH=taken.newest)
    run(*pip, "check", PYTHONPATH=taken.newest)


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


def fetched(folder: Path, version: str, taken: Taken) -> list[dict[str, Any]]:
    """The same by that Python's own pip where the machine has it, which fetches and hashes the wheels."""
    here, wheels = version in interpreters(), taken.wheels
    run(interpreters()[version] if here else sys.executable, "-m", "venv", "--clear", str(folder))
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


def environment_of(version: str) -> dict[str, str]:
    """The markers' environment of a Python of this machine's kind."""
    patch = f"{version}.0"
    known = {key: str(value) for key, value in default_environment().items()}
    return known | {"python_version": version, "python_full_version": patch, "implementation_version": patch}
