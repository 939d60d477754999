"""A full disk at any moment, an output that takes nothing, a place that is read only.

Verdict, exit code and run.json agree, and what was measured whole is judged.
Each row has a small file system of its own, in a mount namespace.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from results.report.files.run import finish
from results.snapshot.run import EXIT_CODES
from tests import forked
from tests.e2e.namespaces import UNSHARE, require_mounts
from tests.e2e.test_run import FEW, environ
from tests.results.recording import Recording, manifest
from tests.side_by_side import Runs, side_by_side, wanted

SHARE = 2  # of its rows run in `make test`, all with --all
RUN = f"./renhai run smoke {' '.join(FEW)} --duration 5s --out small"
FILL = "dd if=/dev/zero of=small/fill bs=1k 2>/dev/null"
BEGUN = "for i in $(seq 400); do ls small/*/measured.json >/dev/null 2>&1 && break; sleep 0.1; done"
LATER = f"({BEGUN}; sleep 2; {FILL}) &"
# The disk is full from the moment when the pages are begun, but for what summary.md and junit.xml take.
AT_THE_PAGES = """
from results.report.files import run as run_files

def summary(run, then=run_files.summary_markdown):
    with open("small/fill", "wb", buffering=0) as fill:
        try:
            while fill.write(bytes(4096)):
                pass
        except OSError:
            fill.truncate(fill.tell() - 32 * 1024)
    return then(run)

run_files.summary_markdown = summary
"""
READ_ONLY = "Read-only file system"
NO_OUTPUT = "standard output cannot be written"
JUDGE = (
    f"{sys.executable} -c 'import json, sys; from pathlib import Path; from renhai.run.single import finish; "
    'run = finish(Path("small/whole"), json.loads(Path("manifest.json").read_text())); '
    "print(run.verdict); sys.exit(run.exit_code)'"
)


@dataclass(frozen=True)
class Row:
    """size: of the file system. said: what standard error holds, once."""

    size: str
    script: str
    codes: tuple[int, ...]
    said: str


ROWS = {
    "full at the start": Row("100k", f"{FILL}; {RUN}", (3,), "cannot be written: No space left on device"),
    "full in the middle": Row("1m", f"{LATER} {RUN}", (3,), ""),
    "full when pages are written": Row("8m", RUN.replace("./renhai", "./at-pages"), (0, 3), "report.html"),
    "full when it is judged": Row("64k", f"cp -r whole small; {FILL}; {JUDGE}", (0,), "run.json"),
    "an output that takes nothing": Row("8m", f"{RUN} >/dev/full", (0, 3), NO_OUTPUT),
    "a place that is read only": Row("1m", f"mount -o remount,ro small; {RUN}", (2,), READ_ONLY),
}  # fmt: skip


@dataclass
class Done:
    code: int
    stdout: str
    stderr: str
    verdicts: list[str]  # of every run.json that is left
    junit: str  # "" where it is not left


def go(row: Row, folder: Path) -> Done:
    (folder / "small").mkdir(exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps(manifest()), encoding="utf-8")
    (folder / "pages.py").write_text(AT_THE_PAGES, encoding="utf-8")
    forked.write_program(folder / "renhai")
    forked.write_program(folder / "at-pages", str(folder / "pages.py"))
    Recording().add("a.b", [1000] * 200).write(folder / "whole")
    mount = f"mount -t tmpfs -o size={row.size} tmpfs small"
    kept = "cp small/*/run.json small/*/junit.xml . 2>/dev/null; exit $code"
    script = f"{mount} || exit 99; {row.script}; code=$?; {kept}"
    done = subprocess.run(
        [*UNSHARE, script], cwd=folder, env=environ(), capture_output=True, text=True, timeout=150
    )
    left = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("run.json")]
    junit = folder / "junit.xml"
    return Done(
        done.returncode,
        done.stdout,
        done.stderr,
        [one["verdict"] for one in left],
        junit.read_text(encoding="utf-8") if junit.exists() else "",
    )


@pytest.fixture(scope="module")
def under_way(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runs[Done]]:
    require_mounts()
    here = wanted(request, "name")
    acts = {
        name: partial(go, row, tmp_path_factory.mktemp("disk")) for name, row in ROWS.items() if name in here
    }
    with side_by_side(acts, 2) as runs:
        yield runs


@pytest.mark.parametrize("name", ROWS)
def test_verdict_code_and_run_json_agree(name: str, under_way: Runs[Done]) -> None:
    row, done = ROWS[name], under_way.result(name)
    told = f"exit {done.code}\n{done.stdout}\n{done.stderr}"
    assert done.code in row.codes, told
    assert "Traceback" not in told and "internal error" not in told, told
    assert not row.said or done.stderr.count(row.said) == 1, told
    if "run.json" in row.said:
        assert done.stdout.split() == ["pass"] and done.verdicts == [], told
    else:
        assert all(EXIT_CODES[verdict] == done.code for verdict in done.verdicts), told
    if "pages" in name:
        assert len(done.verdicts) == 1 and done.verdicts[0].upper() in done.stdout, told
        assert done.stderr.count("cannot be written") == 1 and done.junit.endswith("</testsuite>\n"), told


REPORTS = """
import sys
from renhai.cli.app import run_cli
for name in ("judged", "killed", "judged"):
    print(f"= {name} {run_cli(['report', f'kept/{name}'])}", flush=True)
"""


def test_a_snapshot_that_is_read_only_is_printed(tmp_path: Path) -> None:
    """One that was judged, and one whose runner was killed before: only the pages are missing."""
    if not UNSHARE[0]:
        pytest.skip("there is no unshare here")
    for name in ("judged", "killed"):
        folder = tmp_path / "kept" / name
        Recording().add("a.b", [1000] * 200).write(folder)
        (folder / "manifest.json").write_text(json.dumps(manifest()), encoding="utf-8")
    finish(tmp_path / "kept" / "judged", manifest(), pages=False)
    before = sorted(path.name for path in (tmp_path / "kept").rglob("*"))
    (tmp_path / "reports.py").write_text(REPORTS, encoding="utf-8")
    read_only = "mount --bind kept kept && mount -o remount,ro,bind kept || exit 99"
    line = [*UNSHARE, f"{read_only}; {sys.executable} reports.py"]
    done = subprocess.run(line, cwd=tmp_path, env=environ(), capture_output=True, text=True, timeout=150)
    if done.returncode == 99:
        pytest.skip("no mount namespace may be made here (root may)")
    told = f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    first, second, third, rest = done.stdout.split("\n= ")
    assert "PASS" in first and "a.b" in first, told
    assert second.startswith("judged 0\n") and "INVALID" in second and "a.b" in second, told
    assert third.startswith("killed 0\n") and "PASS" in third and "INVALID" not in third, told
    assert rest == "judged 0\n", told
    assert done.returncode == 0 and "Traceback" not in told, told
    lines = done.stderr.splitlines()
    assert all(READ_ONLY in line for line in lines) and len(lines) >= 3, told
    assert sorted(path.name for path in (tmp_path / "kept").rglob("*")) == before
