"""A disk that is full while checks write: one line, nothing half written, and what was compared is told."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checks.journal.test_importing import CSV, ROWS
from tests.checks.migration.small import RULES, all_differ
from tests.e2e.test_run import environ
from tests.results.checks.audits import LOST, audit

UNSHARE = shutil.which("unshare") or ""
ROWS_A_SIDE = 12_000
NO_ROOM = "No space left on device"
FILL = "dd if=/dev/zero of=small/fill bs=1k 2>/dev/null"
# What is done in the full place; its name stands before its exit code.
COMMANDS = {
    "csv": "ledger export small/t.csv",
    "xlsx": "ledger export small/t.xlsx",
    "merge": "ledger merge run --ledger small/ledger.json",
    "import": "journal import day.csv --mapping mapping.yaml --out small/out.ndjson",
    "verify": "verify old new --rules rules.yaml --out small/full",
}
PYTHON = """
import sys
from renhai.cli.app import run_cli
for line in sys.argv[1:]:
    name, *words = line.split()
    code = run_cli(words)
    print(f"= {name} {code}", flush=True)
    print(f"= {name}", file=sys.stderr, flush=True)
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, tuple[int, str, str]]]:
    """By command: exit code, what it printed, what it said on standard error."""
    folder = tmp_path_factory.mktemp("full")
    (folder / "small").mkdir()
    (folder / "run").mkdir()
    (folder / "run" / "audit.json").write_text(json.dumps({**audit(LOST), "run_id": "run"}), "utf-8")
    (folder / "day.csv").write_text(ROWS, "utf-8")
    (folder / "mapping.yaml").write_text(CSV, "utf-8")
    (folder / "rules.yaml").write_text(RULES, "utf-8")
    all_differ(folder, ROWS_A_SIDE)
    (folder / "all.py").write_text(PYTHON, "utf-8")
    some = "verify-some verify old new --rules rules.yaml --out small/some"
    lines = " ".join(f"'{name} {words}'" for name, words in COMMANDS.items())
    script = (
        "mount -t tmpfs -o size=240k tmpfs small || exit 99; "
        f"{sys.executable} all.py 'ledger ledger merge run' '{some}'; {FILL}; "
        f"{sys.executable} all.py {lines}; rm small/fill; cp -r small kept"
    )
    line = [UNSHARE, "--mount", "sh", "-c", script] if UNSHARE else ["sh", "-c", "exit 99"]
    ran = subprocess.run(line, cwd=folder, env=environ(), capture_output=True, text=True, timeout=240)
    if ran.returncode == 99:
        pytest.skip("no mount namespace may be made here (root may)")
    assert "Traceback" not in ran.stdout + ran.stderr, ran.stderr
    told, said = [re.split(r"^= (\S+)(?: (\d+))?\n", text, flags=re.M) for text in (ran.stdout, ran.stderr)]
    found = {
        told[place + 1]: (int(told[place + 2]), told[place], said[place])
        for place in range(0, len(told) - 1, 3)
    }
    return folder / "kept", found


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "verify"])
def test_what_has_no_room_is_said_in_a_line(
    name: str, done: tuple[Path, dict[str, tuple[int, str, str]]]
) -> None:
    code, _, said = done[1][name]
    assert (code, NO_ROOM in said, len(said.splitlines())) == (2, True, 1), said


def test_nothing_is_left_half_written(done: tuple[Path, dict[str, tuple[int, str, str]]]) -> None:
    names = {path.name for path in done[0].rglob("*") if path.is_file()} - {".ledger.json.lock"}
    assert names == {"verify.json", "verify.html", "junit.xml"}, "of the verification that had some room"


def test_a_list_without_room_leaves_what_was_compared(
    done: tuple[Path, dict[str, tuple[int, str, str]]],
) -> None:
    code, told, _ = done[1]["verify-some"]
    (path,) = (done[0] / "some").glob("*/verify.json")
    (batch,) = json.loads(path.read_text("utf-8"))["batches"]
    assert (code, batch["counts"]["changed"], "changed 不一致 12,000" in told) == (1, ROWS_A_SIDE, True), told
    why = f"the list of what has to be looked at cannot be written: {NO_ROOM}"
    assert batch["problems"] == [why] and why in told


def test_a_verification_that_cannot_be_written_is_printed(
    done: tuple[Path, dict[str, tuple[int, str, str]]],
) -> None:
    code, told, said = done[1]["verify"]
    assert (code, "changed 不一致 12,000" in told) == (2, True), told + said
    assert said.splitlines()[-1].count(NO_ROOM) == 1
