"""What users' own files import: `from renhai import ...`, typed, from a checkout and from a wheel."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import renhai

HOME = Path(__file__).resolve().parents[2]

USERS_FILE = '''"""A user's own Locust file."""

from renhai import Case, TaxpayerPool, Exhausted, JourneyUser, Reply, Steps
from renhai import exponential, fixed, journey, lognormal, uniform
from renhai.faker import TaxProvider


def amount(case: Case, reply: Reply) -> float:
    return float(case.period) if reply.ok else 0.0


@journey("shelf.lend", sends=["shelf.count", "shelf.lend"])
def lend(pool: TaxpayerPool) -> Steps:
    try:
        with pool.case() as case:
            reply = yield "shelf.count", {"id": case.taxpayer.djxh}
            reply = yield "shelf.lend", {"id": amount(case, reply)}
            return reply.ok
    except Exhausted:
        return False


class Clerk(JourneyUser):
    journeys = {"shelf.lend": 9}
    think_time = lognormal(median=2, p95=6)


class Others(JourneyUser):
    journeys = {"shelf.lend": 0.5}
    think_time = exponential(3)


PAUSES = [fixed(1), uniform(1, 2)]
PROVIDER: type[TaxProvider] = TaxProvider
'''
WRONG_FILE = """from renhai import TaxpayerPool, JourneyUser, Steps, journey, lognormal


@journey(7)
def lend(pool: TaxpayerPool) -> Steps:
    reply = yield "shelf.count"
    return reply.okay


class Clerk(JourneyUser):
    journeys = ["shelf.lend"]
    think_time = lognormal(middle=2)
"""


def in_python(python: Path | str, code: str, folder: Path) -> str:
    clean = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    done = subprocess.run([python, "-c", code], cwd=folder, env=clean, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_names_are_those_of_the_load_engine(tmp_path: Path) -> None:
    code = (
        "import renhai; from renhai.load import api; "
        "print(sorted(api.__all__), all(getattr(renhai, name) is getattr(api, name) for name in api.__all__))"
    )
    public = sorted(set(renhai.__all__) - {"__version__"})
    assert in_python(sys.executable, code, tmp_path) == f"{public} True"
    assert set(renhai.__all__) <= set(dir(renhai))
    with pytest.raises(AttributeError, match="'renhai' has no attribute 'Clerk'"):
        renhai.Clerk  # noqa: B018


def test_the_name_alone_brings_neither_locust_nor_gevent(tmp_path: Path) -> None:
    code = "import renhai, sys; print(renhai.__version__, {'gevent', 'locust', 'numpy'} & set(sys.modules))"
    assert in_python(sys.executable, code, tmp_path) == f"{renhai.__version__} set()"
    code = "import sys; from renhai import journey; print({'gevent', 'locust'} <= set(sys.modules))"
    assert in_python(sys.executable, code, tmp_path) == "True"


def test_the_wheel_is_typed_and_says_its_version(wheel: Path, users_python: Path, tmp_path: Path) -> None:
    assert "renhai/py.typed" in zipfile.ZipFile(wheel).namelist()
    assert wheel.name.startswith(f"renhai-{renhai.__version__}-")
    program = [users_python.with_name("renhai"), "--version"]
    done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == f"renhai {renhai.__version__}\n"
    code = "import renhai; from importlib.metadata import version; print(version('renhai'), renhai.__file__)"
    said, file = in_python(users_python, code, tmp_path).split()
    assert said == renhai.__version__
    assert Path(file).is_relative_to(users_python.parents[1])


@pytest.fixture(scope="module")
def mypy_says(users_python: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What `mypy --strict` finds in clerk.py and wrong.py, against the installed wheel.

    What it knows of other packages is kept from run to run; the wheel is at another place each time.
    """
    folder = tmp_path_factory.mktemp("typed")
    (folder / "clerk.py").write_text(USERS_FILE, encoding="utf-8")
    (folder / "wrong.py").write_text(WRONG_FILE, encoding="utf-8")
    line = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(users_python)]
    line += ["--cache-dir", str(HOME / ".mypy_cache" / "users"), "--no-error-summary", "clerk.py", "wrong.py"]
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True)
    assert done.stderr == ""
    return done.stdout


def test_a_users_file_passes_mypy_strict_against_the_wheel(mypy_says: str) -> None:
    assert [line for line in mypy_says.splitlines() if not line.startswith("wrong.py:")] == []


def test_mypy_sees_the_mistakes_of_a_users_file(mypy_says: str) -> None:
    lines = WRONG_FILE.splitlines()
    found = dict.fromkeys(int(number) for number in re.findall(r"wrong\.py:(\d+): error", mypy_says))
    assert [lines[number - 1].strip() for number in found] == [
        "@journey(7)",
        'reply = yield "shelf.count"',
        "return reply.okay",
        'journeys = ["shelf.lend"]',
        "think_time = lognormal(middle=2)",
    ]


def test_locust_itself_reads_a_users_file_with_the_wheel(users_python: Path, tmp_path: Path) -> None:
    (tmp_path / "clerk.py").write_text(USERS_FILE, encoding="utf-8")
    for name in ("generators", "results", "locustfiles"):  # a user's own, which must not shadow ours
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('not ours')\n", encoding="utf-8")
    line = [users_python, "-m", "locust", "-f", "clerk.py", "--list"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert re.findall(r"^\s*(Clerk|Others)$", done.stdout + done.stderr, re.MULTILINE) == ["Clerk", "Others"]


def test_files_that_users_read_import_public_names_only() -> None:
    pages = [*HOME.glob("*.md"), *(HOME / "docs").glob("*.md")]
    files = [*(HOME / "locustfiles").rglob("*.py"), *(HOME / "benchmarks" / "home").rglob("*.py")]
    wrong = [
        f"{file.relative_to(HOME)}: {line.strip()}"
        for file in [*pages, *files]
        for line in file.read_text(encoding="utf-8").splitlines()
        if re.search(r"\b(from|import) renhai\.(?!faker\b)", line)
    ]
    assert files and wrong == []
