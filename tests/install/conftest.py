"""renhai as a user has it: its wheel, in an environment of its own."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(folder), str(HOME)]
    subprocess.run(build, check=True, capture_output=True)
    return next(folder.glob("renhai-*.whl"))


@pytest.fixture(scope="session")
def users_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with the wheel installed. What renhai needs is this environment's, what tests need too.

    The path of that stands last, and its own .pth files (which lead to the checkout) are not read.
    """
    folder = tmp_path_factory.mktemp("user") / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    install = ["--no-deps", "--no-index", "--quiet", "--disable-pip-version-check", "--no-compile"]
    install.append(str(wheel))  # each process compiles what it reads, which is a third of it
    subprocess.run([sys.executable, "-m", "pip", "--python", str(python), "install", *install], check=True)
    place = next(folder.glob("lib/python3*/site-packages"))
    (place / "needs.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python
