"""How much an installation brings: `du` of site-packages with bytecode, pip and setuptools left out."""

from __future__ import annotations

import compileall
import json
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from renhai.core.extras import EXTRAS
from renhai.core.machine import footprint as module
from renhai.core.machine.footprint import footprint, installed_extras, needs

CORE_PACKAGES, CORE_MB = 75, 450
ALL_PACKAGES, ALL_MB = 95, 600


def of_a_user(python: Path, *extras: str) -> tuple[int, float, int]:
    line = (
        "import json, sys; from renhai.core.machine.footprint import footprint; "
        "print(json.dumps(footprint(sys.argv[1:])))"
    )
    done = subprocess.run([python, "-c", line, *extras], capture_output=True, text=True, check=True)
    packages, megabytes, uncompiled = json.loads(done.stdout)
    return packages, megabytes, uncompiled


def test_the_core_and_everything_stay_within_their_bounds(users_python: Path) -> None:
    packages, megabytes, _ = of_a_user(users_python)
    assert 60 <= packages <= CORE_PACKAGES
    assert 300 <= megabytes <= CORE_MB
    packages, megabytes, _ = of_a_user(users_python, *set(EXTRAS.values()))
    assert 75 <= packages <= ALL_PACKAGES
    assert 350 <= megabytes <= ALL_MB


def test_the_packages_are_those_that_the_lock_has() -> None:
    lock = Path(__file__).resolve().parents[2] / "requirements.lock"
    locked = {
        line.partition("==")[0] for line in lock.read_text(encoding="utf-8").splitlines() if "==" in line
    }
    core, every = needs("renhai"), needs("renhai", set(EXTRAS.values()))
    assert {"renhai", "duckdb", "werkzeug", "numpy", "hpack"} <= core
    assert core < every <= locked | {"renhai"}
    assert not every & {"apache-otava", "pyarrow", "pytest-timeout", "mypy", "datasette"}
    assert "asyncpg" in every - core


def made(folder: Path, name: str, *requires: str, files: dict[str, int]) -> None:
    """A package by its metadata, with files of so many bytes."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    lines = [f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0", *(f"Requires-Dist: {r}" for r in requires)]
    lines += ["Provides-Extra: postgres", "Provides-Extra: soap"] if name == "renhai" else []
    (info / "METADATA").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for file, size in files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(b"#" * size)
    listed = [f"{info.name}/METADATA,,", f"{info.name}/RECORD,,", *(f"{file},," for file in files)]
    (info / "RECORD").write_text("\n".join(listed) + "\n", encoding="utf-8")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.setattr(sys, "path", [str(site)])
    module._disk_use.cache_clear()
    made(
        site, "renhai", "Big_Data[fast]>=1", "none; python_version < '3'", "asyncpg; extra == 'postgres'",
        "zeep; extra == 'soap'",
        files={"renhai/__init__.py": 10},
    )  # fmt: skip
    made(
        site,
        "big-data",
        "pip",
        "turbo; extra == 'fast'",
        files={"big/a/b.bin": 2**20, "../../bin/big": 2**20},
    )
    made(site, "turbo", "big-data", files={"turbo.py": 5000})
    made(site, "pip", files={"pip/x.bin": 2**20})
    made(site, "asyncpg", files={"asyncpg.bin": 2**20})
    yield site
    module._disk_use.cache_clear()


def du(*paths: Path) -> float:
    told = subprocess.run(["du", "-sk", *map(str, paths)], capture_output=True, text=True, check=True)
    return sum(int(line.split()[0]) for line in told.stdout.splitlines()) / 1024


def test_the_figure_is_that_of_du(installed: Path) -> None:
    found = footprint()
    assert (found.packages, found.uncompiled) == (3, 2)
    ours = [path for path in installed.iterdir() if not path.name.startswith(("pip", "asyncpg"))]
    not_compiled = [installed / "renhai" / "__init__.py", installed / "turbo.py"]  # counted twice
    assert found.megabytes == pytest.approx(du(*ours) + du(*not_compiled), abs=1e-6)
    extra = [path for path in installed.iterdir() if path.name.startswith("asyncpg")]
    assert footprint(["postgres"]).megabytes == pytest.approx(found.megabytes + du(*extra), abs=1e-6)
    assert installed_extras() == ["postgres"]


def test_bytecode_is_counted_as_it_is(installed: Path) -> None:
    before = footprint()
    module._disk_use.cache_clear()
    compileall.compile_dir(installed / "renhai", quiet=2)
    after = footprint()
    assert (before.uncompiled, after.uncompiled) == (2, 1)
    bytecode, source = du(installed / "renhai" / "__pycache__"), du(installed / "renhai" / "__init__.py")
    assert after.megabytes == pytest.approx(before.megabytes - source + bytecode, abs=1e-6)


def test_what_is_missing_is_not_left_out_of_the_count(installed: Path) -> None:
    (installed / "turbo-1.0.dist-info" / "METADATA").unlink()
    (installed / "turbo-1.0.dist-info" / "RECORD").unlink()
    (installed / "turbo-1.0.dist-info").rmdir()
    with pytest.raises(metadata.PackageNotFoundError, match="turbo"):
        footprint()
