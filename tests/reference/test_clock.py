"""The clock of the reference system, moved by an option: what it stores and which day it is go by it."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest

from renhai.reference.clock import offset
from renhai.reference.options import parse
from tests.e2e.test_run import target


@pytest.mark.parametrize(
    ("text", "seconds"), [("+2d", 172_800), ("-90m", -5400), ("+0s", 0), ("-1h", -3600), ("+30s", 30)]
)
def test_an_offset_is_read(text: str, seconds: int) -> None:
    assert (offset(text), parse([f"--clock={text}"]).clock) == (seconds, seconds)


@pytest.mark.parametrize("text", ["", "2d", "+2", "+d", "+1w", "++1d", "+1.5h", "+1d ", "+٣d"])
def test_what_is_no_offset_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        offset(text)
    with pytest.raises(SystemExit):
        parse([f"--clock={text}"])


def test_the_system_takes_it_to_be_another_time() -> None:
    with target("--clock=-3d") as url, urllib.request.urlopen(f"{url}/admin/health") as answer:
        told = datetime.fromisoformat(json.load(answer)["now"])
    assert abs(datetime.now(UTC) - timedelta(days=3) - told) < timedelta(minutes=5)


def test_the_day_that_it_takes_for_today_moves_with_it() -> None:
    script = (
        "from renhai.reference.operations.operation import Setup; from renhai.reference.clock import move; "
        "setup = Setup(None); before = setup.today(); move(86400 * 3); print((setup.today() - before).days)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in ("3", "4")  # midnight in China may lie between
