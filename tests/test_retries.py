"""A retry is for tests that started a process, is counted, and more than three fail the suite."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import forked

SHAKY = """
import subprocess, sys
import pytest
TRIED = dict.fromkeys(range(9), 0)

@pytest.mark.parametrize("number", range({count}))
def test_shaky(number):
    TRIED[number] += 1
    if {starts}:
        subprocess.run([sys.executable, "-c", ""])
    assert TRIED[number] == 2
"""


def outcome(folder: Path, count: int, starts: bool, *options: str) -> tuple[int, str]:
    (folder / "conftest.py").write_text("from tests.conftest import *  # noqa")
    file = folder / "test_shaky.py"
    file.write_text(SHAKY.format(count=count, starts=starts))
    return forked.run_pytest(["--rootdir", str(folder), *options, str(file)], forked.ROOT, 120)


@pytest.mark.parametrize(("count", "code"), [(3, 0), (4, 1)])
def test_up_to_three_retries_of_tests_with_processes(tmp_path: Path, count: int, code: int) -> None:
    returned, text = outcome(tmp_path, count, True)
    assert returned == code, text
    assert f"tried again: {count} " in text


def test_what_starts_no_process_is_not_tried_again(tmp_path: Path) -> None:
    returned, text = outcome(tmp_path, 1, False)
    assert returned == 1
    assert "tried again: 0 " in text


def test_unit_leaves_out_what_starts_a_process(tmp_path: Path) -> None:
    returned, text = outcome(tmp_path, 2, True, "--unit")
    assert returned == 0
    assert "2 skipped" in text
