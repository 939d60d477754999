"""A suite that several processes share: each test runs once, and what one of them tried again counts."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.claims import LONG

HOME = Path(__file__).resolve().parent.parent
FILE = """
import pathlib, time
import pytest

@pytest.fixture(scope="module")
def made():
    yield
    print("closed {name}")

@pytest.mark.parametrize("number", range(3))
def test_it(made, number):
    with pathlib.Path("ran").open("a") as ran:
        ran.write(f"{name} {{number}}\\n")
    time.sleep(0.05)
    assert "{name}" != "test_bad"
"""
SHAKY = """
import subprocess, sys
import pytest
TRIED = dict.fromkeys(range(2), 0)

@pytest.mark.parametrize("number", range(2))
def test_shaky(number):
    TRIED[number] += 1
    subprocess.run([sys.executable, "-c", ""])
    assert TRIED[number] == 2
"""
FILES = ("test_a", "test_b", "test_bad", "more/test_c", "more/test_d")


def begin(folder: Path, *options: str) -> subprocess.Popen[str]:
    line = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "--claims", "shared"]
    line += ["-c", str(HOME / "pyproject.toml"), "--rootdir", str(folder), *options, "suite"]
    return subprocess.Popen(line, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def suite(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        file = folder / "suite" / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    conftest = f"import sys\nsys.path.insert(0, {str(HOME)!r})\nfrom tests.conftest import *  # noqa\n"
    (folder / "suite" / "conftest.py").write_text(conftest)
    (folder / "shared").mkdir()


def test_each_test_runs_once_and_a_failure_of_any_process_is_seen(tmp_path: Path) -> None:
    suite(tmp_path, {name: FILE.format(name=Path(name).name) for name in FILES})
    both = [begin(tmp_path, "--first", "suite/more"), begin(tmp_path, "--last", "suite/more")]
    said = [process.communicate(timeout=250)[0] for process in both]
    ran = (tmp_path / "ran").read_text().splitlines()
    assert sorted(ran) == sorted(f"{Path(name).name} {number}" for name in FILES for number in range(3))
    assert sum(int(passed) for text in said for passed in re.findall(r"(\d+) passed", text)) == 12
    assert "\n".join(said).count("closed test_") == len(FILES)
    assert sorted(process.returncode for process in both) == [0, 1], said
    (one,) = (text for text in said if "3 failed" in text)
    assert "test_bad" in one


def test_the_order_is_that_which_was_asked_for(tmp_path: Path) -> None:
    suite(tmp_path, {name: FILE.format(name=Path(name).name) for name in FILES if name != "test_bad"})
    process = begin(tmp_path, "--first", "suite/more/test_d.py", "--last", "suite/test_a.py")
    said = process.communicate(timeout=250)[0]
    assert process.returncode == 0, said
    assert sorted(re.findall(r"^took: +\d+ s suite/(\S+)\.py$", said, re.MULTILINE)) == sorted(
        name for name in FILES if name != "test_bad"
    )
    ran = [line.split()[0] for line in (tmp_path / "ran").read_text().splitlines()]
    assert ran[::3] == ["test_d", "test_c", "test_b", "test_a"]


def test_what_all_of_them_tried_again_is_counted_together(tmp_path: Path) -> None:
    suite(tmp_path, {"test_a": SHAKY, "test_b": SHAKY})
    codes = []
    for name in ("test_a", "test_b"):  # 2 retries each, more than 3 together: the second one fails
        process = begin(tmp_path, "--deselect", f"suite/{'test_b' if name == 'test_a' else 'test_a'}.py")
        codes.append((process.communicate(timeout=250)[0], process.returncode))
    assert [code for _, code in codes] == [0, 1], codes


def test_what_takes_long_is_taken_first_and_stands_in_the_table_by_its_name(tmp_path: Path) -> None:
    assert [name for name in LONG if not (HOME / name).exists()] == []
    suite(tmp_path, {name: FILE.format(name=Path(name).name) for name in ("test_a", "test_z")})
    with (tmp_path / "suite" / "conftest.py").open("a") as conftest:
        conftest.write("import tests.claims\ntests.claims.LONG = ('suite/test_z.py',)\n")
    process = begin(tmp_path)
    said = process.communicate(timeout=250)[0]
    assert process.returncode == 0, said
    ran = [line.split()[0] for line in (tmp_path / "ran").read_text().splitlines()]
    assert ran[::3] == ["test_z", "test_a"]
