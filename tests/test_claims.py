"""A suite that several processes share: each test runs once, and what one of them tried again counts."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tests import forked
from tests.claims import LONG

HOME = Path(__file__).resolve().parent.parent
FILE = """
import os, pathlib, time
import pytest

@pytest.fixture(scope="module")
def made():
    yield
    print("closed {name}")

@pytest.mark.parametrize("number", range(3))
def test_it(made, number):
    with pathlib.Path("ran").open("a") as ran:
        ran.write(f"{name} {{number}} {{os.getpid()}}\\n")
    time.sleep(0.05)
    print("aside")
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
MEET = """
import os, pathlib, sys, time
sys.path.insert(0, {home!r})
from tests.conftest import *  # noqa

@pytest.fixture(scope="session", autouse=True)
def _all_have_taken_a_file(request):
    pathlib.Path(f"at-{{os.getpid()}}").touch()
    until = time.monotonic() + 60
    while len(list(pathlib.Path().glob("at-*"))) < request.config.getoption("--processes"):
        assert time.monotonic() < until
        time.sleep(0.01)
"""
FILES = ("test_a", "test_b", "test_bad", "more/test_c", "more/test_d")


def told(folder: Path, *options: str, processes: int = 2) -> tuple[int, str]:
    """The exit code of a suite, and what all of its processes said."""
    line = ["--processes", str(processes), "--rootdir", str(folder), *options, "suite"]
    return forked.run_pytest(line, folder, 250)


def ran(folder: Path) -> list[list[str]]:
    """Name of the file, number of the test, process: in the order in which they ran."""
    return [line.split() for line in (folder / "ran").read_text().splitlines()]


def suite(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        file = folder / "suite" / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (folder / "suite" / "conftest.py").write_text(MEET.format(home=str(HOME)))


def test_each_test_runs_once_and_a_failure_of_any_process_is_seen(tmp_path: Path) -> None:
    for bad, first in (("test_bad", "suite/more"), ("more/test_bad", "suite/more")):  # in either process
        folder = tmp_path / bad.replace("/", "-")
        names = [*(name for name in FILES if name != "test_bad"), bad]
        suite(folder, {name: FILE.format(name=Path(name).name) for name in names})
        code, said = told(folder, "-rs", "-s", "--first", first)
        assert sorted(line[:2] for line in ran(folder)) == sorted(
            [Path(name).name, str(number)] for name in names for number in range(3)
        )
        assert len({process for _, _, process in ran(folder)}) == 2, said
        assert sum(map(int, re.findall(r"(\d+) passed", said))) == 12, said
        assert said.count("closed test_") == len(FILES)
        assert (code, re.findall(r"(\d+) failed", said)) == (1, ["3"]), said


DIES = """
import os
import pytest
FIRST = os.getpid()

@pytest.mark.parametrize("number", range(2))  # at the last of its tests a process takes the next file
def test_it(number):
    if os.getpid() != FIRST:
        os._exit(0)
"""


def test_a_process_that_is_gone_fails_the_suite_whatever_its_exit_code(tmp_path: Path) -> None:
    suite(tmp_path, {"test_a": DIES, "more/test_c": DIES})
    code, said = told(tmp_path, "--first", "suite/more")
    assert (code, re.findall(r"(\d+) passed", said)) == (1, ["2"]), said


def test_each_process_takes_in_the_order_that_was_asked_for(tmp_path: Path) -> None:
    suite(tmp_path, {name: FILE.format(name=Path(name).name) for name in FILES if name != "test_bad"})
    code, said = told(tmp_path, "--first", "suite/more")
    assert code == 0, said
    assert sorted(re.findall(r"^took: +\d+ s suite/(\S+)\.py$", said, re.MULTILINE)) == sorted(
        name for name in FILES if name != "test_bad"
    )
    orders: dict[str, list[str]] = {}
    for name, number, process in ran(tmp_path):
        if number == "0":
            orders.setdefault(process, []).append(name)
    assert sorted(found[0] for found in orders.values()) == ["test_a", "test_c"]
    first, other = sorted(orders.values())
    assert first == sorted(first) and other in (
        sorted(other, key=["test_c", "test_d", "test_a", "test_b"].index),
    )
    assert "aside" not in said  # what a test prints is kept for its failure, in each process


def test_what_all_of_them_tried_again_is_counted_together(tmp_path: Path) -> None:
    suite(tmp_path, {"test_a": SHAKY, "test_b": SHAKY})
    code, said = told(tmp_path, "--deselect", "suite/test_b.py", processes=1)
    assert (code, re.findall(r"tried again: (\d)", said)) == (0, ["2"]), said
    code, said = told(tmp_path)  # 2 retries each, more than 3 together
    assert (code, re.findall(r"failed", said)) == (1, []), said


def test_what_takes_long_is_taken_first_and_stands_in_the_table_by_its_name(tmp_path: Path) -> None:
    assert [name for name in LONG if not (HOME / name).exists()] == []
    suite(tmp_path, {name: FILE.format(name=Path(name).name) for name in ("test_a", "test_z")})
    with (tmp_path / "suite" / "conftest.py").open("a") as conftest:
        conftest.write("import tests.claims\ntests.claims.LONG = ('suite/test_z.py',)\n")
    code, said = told(tmp_path, processes=1)
    assert code == 0, said
    assert [name for name, _, _ in ran(tmp_path)][::3] == ["test_z", "test_a"]


NICE = """
import os, pathlib
import pytest

@pytest.mark.parametrize("number", range(2))
def test_it(number):
    if number == 0:
        idle = os.sched_getscheduler(0) == os.SCHED_IDLE
        pathlib.Path("nice-{name}").write_text("idle" if idle else str(os.nice(0)))
"""


def test_two_of_four_processes_begin_with_what_waits_and_the_fourth_at_the_other_end(tmp_path: Path) -> None:
    files = ("test_a", "test_b", "test_e", "test_z", "more/test_c", "more/test_d")
    suite(tmp_path, {name: NICE.format(name=name[-1]) for name in files})
    code, said = told(tmp_path, "--first", "suite/more", processes=4)
    assert code == 0, said
    assert sum(map(int, re.findall(r"(\d+) passed", said))) == 2 * len(files), said
    found = {name: (tmp_path / f"nice-{name}").read_text() for name in "acdz"}
    if os.sched_getscheduler(0) == os.SCHED_IDLE:  # this test is one of such a process
        assert set(found.values()) == {"idle"}
        return
    own = os.nice(0)
    assert found == {"a": str(min(19, own + 5)), "c": str(own), "d": str(own), "z": "idle"}
