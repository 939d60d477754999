"""A verdict does not depend on who reads it: closed pipes, closed streams, poor encodings."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.panel import Panel
from rich.text import Text

from renhai.cli.console import Patient, printable, tell
from tests import forked
from tests.snapshots import STEADY, snapshot

ROOT = Path(__file__).resolve().parents[2]
# What `renhai run` prints while it runs and when it is over, and its exit code after a pass.
RUN = """
import sys
from pathlib import Path
from renhai.run.monitor.views import PlainView
from renhai.cli.console import Patient, flush, make_streams_lenient, show_run
from results.snapshot.run import load_run
make_streams_lenient()
view = PlainView(Patient(stderr=True))
for _ in range(3):
    view.note("one more second")
show_run(Path(sys.argv[1]), load_run(Path(sys.argv[1])))
print("comparison: page")
flush()
"""


# Every second row runs in `make test`: a pipe that nobody reads, a closed stream, both of them, a full disk.
SHARE = {"test_nobody_need_read_what_is_said": 2}


@pytest.mark.parametrize(
    "ends", ["", "2>&1", ">&-", "2>&-", ">&- 2>&-", "one pipe", ">/dev/full", ">/dev/full 2>&1"]
)
def test_nobody_need_read_what_is_said(ends: str, tmp_path: Path) -> None:
    """Output goes to a pipe whose other end is closed, or was closed by the caller."""
    run = snapshot(tmp_path / "run")
    unread, written = os.pipe()
    os.close(unread)
    line = [sys.executable, "-c", RUN, str(run)]
    shell = ["sh", "-c", f'exec "$@" {ends if ends != "one pipe" else ""}', "sh", *line]
    both = {"stdout": written, "stderr": written if ends == "one pipe" else subprocess.PIPE}
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(shell, **both, env=environ, timeout=60, check=False)
    os.close(written)
    assert (ended.returncode, b"Error" in (ended.stderr or b"")) == (0, False)


def test_a_full_disk_as_output_is_said_once_and_costs_no_verdict(tmp_path: Path) -> None:
    run = snapshot(tmp_path / "run")
    line = ["sh", "-c", 'exec "$@" >/dev/full', "sh", sys.executable, "-c", RUN, str(run)]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(line, env=environ, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    said = "renhai: standard output cannot be written: No space left on device"
    assert (ended.returncode, ended.stderr.count(said)) == (0, 1)
    assert "Traceback" not in ended.stderr


FULL = "standard output cannot be written: No space left on device\n"


@pytest.mark.parametrize(
    "line",
    [
        "--version", "--help", "run --help", "check smoke", "list", "schema", "schema scenario --page",
        "doctor", "generate taxpayer --count 3", "binding --help", "baseline --help", "ledger --help",
        "target --help", "report run", "runs .",
    ],
)  # fmt: skip
def test_what_only_prints_has_failed_where_nothing_can_be_printed(line: str, tmp_path: Path) -> None:
    """One line says so. The exit code is no verdict, so that `renhai schema > file` is not taken for done."""
    snapshot(tmp_path / "run")
    done = forked.run(line.split(), tmp_path, {**os.environ, "PYTHONPATH": str(ROOT)}, 60, Path("/dev/full"))
    assert done.returncode == 2
    assert done.stderr in (f"{who}: {FULL}" for who in ("renhai", "generate", "renhai target"))


def test_a_verdict_stands_where_nothing_can_be_printed(tmp_path: Path) -> None:
    for n in range(10):
        snapshot(tmp_path / f"{'b' if n % 2 else 'a'}/{n}", STEADY[n % 6])
    line = ["compare", "a", "--with", "b"]
    done = forked.run(line, tmp_path, {**os.environ, "PYTHONPATH": str(ROOT)}, 60, Path("/dev/full"))
    assert (done.returncode, done.stderr) == (0, f"renhai: {FULL}")


@pytest.mark.parametrize("encoding", ["ascii", "gbk"])
def test_a_character_that_the_terminal_lacks_costs_no_verdict(encoding: str, tmp_path: Path) -> None:
    lag = {"loop_lag_ms_p99": 0.5}  # said as 500 µs, a sign that GBK has not
    run = snapshot(tmp_path / "run", generator=lag)
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding}
    ended = subprocess.run(
        [sys.executable, "-c", RUN, str(run)], env=environ, capture_output=True, timeout=60, check=False
    )
    assert ended.returncode == 0
    assert f"snapshot: {run}".encode() in ended.stdout
    assert b"500 ?s" in ended.stdout


FOREIGN = ["\x1b[2J\x1b[31mPASS", "\x9b31m", "\x07bell", "a\rPASS", "\x1b]0;title\x07", "\u202efdp.exe"]


@pytest.mark.parametrize("foreign", FOREIGN)
def test_a_line_of_an_account_is_one_line_without_them(
    foreign: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tell([f"lost: {foreign}\nPASS", "税 a\tb"])
    assert capsys.readouterr().out == f"lost: {printable(foreign)} PASS\n税 a\tb\n"


@pytest.mark.parametrize("foreign", FOREIGN)
def test_the_terminal_shows_no_foreign_control_characters(foreign: str) -> None:
    out = io.StringIO()
    console = Patient(file=out, force_terminal=True, width=200, color_system="truecolor")
    console.print(Text(f"reason: {foreign}", style="red"), Panel(Text(foreign)))
    told = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())  # colours of our own
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", told)
    assert "reason: " in told
    assert printable(foreign) == re.sub(r"[\x1b\x9b\x07\r\u202e]", "?", foreign)
    assert printable("税 a\tb\n") == "税 a\tb\n"
