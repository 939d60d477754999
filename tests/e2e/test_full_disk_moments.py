"""The disk fills up at each moment of a run that has all there is: two processes, journal, drill and audit.

A row of the table is a moment. Whatever it is: the exit code is that of the verdict, nothing passes that was
not measured and read back whole, what is left can be read, and no process is left. The file system is a real
one of 3 MB, in a mount namespace; the run's own process fills it, so that the moment is exact.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
import pytest

from results.snapshot.run import EXIT_CODES, load_run
from results.verdict.judged import load_judged
from tests import forked
from tests.e2e.namespaces import filling, mounted, require_mounts, seen_within
from tests.e2e.test_drill import KILL
from tests.e2e.test_run import environ, renhai
from tests.side_by_side import Runs, side_by_side, wanted

SHARE = 5  # of its rows run in `make test`, all with --all
FULL = (
    filling("small")
    + """
import glob, threading, time

def once(pattern, word="", wait=0.0):
    def watch():
        until = time.monotonic() + 90
        while time.monotonic() < until:
            if any(word in open(path, errors="replace").read() for path in glob.glob(pattern)):
                time.sleep(wait)
                return fill()
            time.sleep(0.01)
    threading.Thread(target=watch, daemon=True).start()

from renhai.run import auditing, single
from results.report.files import run as files
MOMENT
"""
)
MOMENTS = {
    "nothing is there yet": "fill()",
    "its processes start": 'once("small/*/load.py")',
    "the load begins": 'once("small/*/measured.json")',
    "it ramps": 'once("small/*/measured.json", wait=0.7)',
    "the system is killed": """once("small/*/drill.jsonl", '"done"')""",
    "people work again": """once("small/*/drill.jsonl", '"undone"', 1.0)""",
    "the load ends": 'once("small/*/measured.json", wait=6.6)',
    "the drill is over": """once("small/*/drill.jsonl", '"over"')""",
    "the journal is joined": 'before(auditing, "join")',
    "writes are read back": 'before(auditing, "audit_run")',
    "the audit is written": 'before(auditing, "write_audit")',
    "it is judged": 'before(single, "finish")',
    "run.json is written": 'before(files, "write_run")',
    "pages are written": 'before(files, "summary_markdown")',
}
MEASURED = (  # where all may be there: receipts reserve room, which is free again once they are whole
    "the load ends",
    "the drill is over",
    "the journal is joined",
    "it is judged",
    "run.json is written",
    "pages are written",
)
LINE = ["run", "kill.yaml", "--processes", "2", "--out", "small"]


@dataclass
class Done:
    code: int
    told: str
    stderr: str
    folder: Path


def go(moment: str, folder: Path) -> Done:
    folder = Path(tempfile.mkdtemp(dir=folder))  # its own for each try
    (folder / "small").mkdir()
    # one that is killed while a disk is full may take its time; nothing here is judged by its speed
    (folder / "kill.yaml").write_text(KILL.replace("rto < 5s", "rto < 60s"), encoding="utf-8")
    (folder / "full.py").write_text(FULL.replace("MOMENT", MOMENTS[moment]), encoding="utf-8")
    with mounted("mount -t tmpfs -o size=3m tmpfs small", folder) as holder:
        full = str(folder / "full.py")
        done = forked.run(LINE, folder, environ(), timeout=240, within=holder, before=full)
        shutil.copytree(seen_within(holder, folder / "small"), folder / "kept")
    told = f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return Done(done.returncode, told, done.stderr, folder)


@pytest.fixture(scope="module")
def under_way(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runs[Done]]:
    require_mounts()
    here = wanted(request, "moment")
    acts = {one: partial(go, one, tmp_path_factory.mktemp("full")) for one in MOMENTS if one in here}
    with side_by_side(acts, 2) as runs:
        yield runs


def left_over(folder: Path) -> list[list[str]]:
    """Processes that were begun for that folder."""
    found = []
    for one in psutil.process_iter(["cmdline", "cwd"]):
        words = one.info["cmdline"] or []
        if str(folder) in " ".join(words) or str(one.info["cwd"] or "").startswith(str(folder)):
            found.append(words)
    return found


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_disk_that_is_full_from_then_on_makes_no_wrong_pass(moment: str, under_way: Runs[Done]) -> None:
    done = under_way.result(moment)
    assert "Traceback" not in done.told and "internal error" not in done.told, done.told
    assert done.code in (1, 3, 4) or (done.code == 0 and moment in MEASURED), done.told
    assert done.code == 0 or done.stderr.strip(), done.told
    assert left_over(done.folder) == []
    for directory in (done.folder / "kept").glob("2*"):
        if (directory / "run.json").exists():
            assert EXIT_CODES[load_judged(directory).verdict] == done.code, done.told
            if done.code == 0:
                assert whole(directory), done.told
            continue
        again = renhai(done.folder, "report", str(directory))
        assert "Traceback" not in again.stderr and "internal error" not in again.stderr, again.stderr
        if again.returncode == 0:
            assert "INVALID" in again.stdout and load_run(directory).verdict == "invalid"
        else:
            assert len(again.stderr.strip().splitlines()) == 1, again.stderr


def whole(directory: Path) -> bool:
    """Whether timeline and starts have every request that was counted."""
    measured = json.loads((directory / "measured.json").read_text(encoding="utf-8"))
    started = sum(one["started"] for one in measured["operations"].values())
    rows = (directory / "timeline.csv").read_text(encoding="utf-8").splitlines()[1:]
    seen = sum(int(row.split(",")[2]) for row in rows if row.split(",")[1] == "run")
    starts = len((directory / "starts.jsonl").read_text(encoding="utf-8").splitlines())
    return started == seen == starts > 0 and (directory / "audit.json").exists()
