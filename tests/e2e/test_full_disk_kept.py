"""A full disk and what people have entered: a ledger is as it was, to the byte; a data set, a batch and an
audit are whole or not there. And temporary files without room, where the results have some.

All in one small file system, in a mount namespace.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from results.checks.ledger.model import read_ledger
from tests.checks.migration.small import RULES, all_differ
from tests.e2e.namespaces import UNSHARE, require_mounts
from tests.e2e.test_run import ROOT, environ
from tests.results.checks.audits import LOST, audit

AUDIT = "--target small/audit/target.yaml --export declaration.submit"
LEDGER = "--ledger small/ledger.json"
DATA = "generate dataset --taxpayers 30 --from 2015-01 --to 2015-03 --processes 1 --out small"
NO_ROOM = "No space left on device"
FILL = "dd if=/dev/zero of=small/fill bs=1k 2>/dev/null"
ROWS = 3_000
BEFORE = {  # there is room
    "begun": f"ledger merge run {LEDGER}",
    "table": f"ledger export table.csv {LEDGER}",
}
# What is done in the full place; its name stands before its exit code. ID: of the ledger's problem.
FULL = {
    "set": f"ledger set ID --state waiting --owner 张三 {LEDGER}",
    "import": f"ledger import table.csv {LEDGER}",
    "merge": f"ledger merge other {LEDGER}",
    "audit": f"audit small/audit/run {AUDIT}=small/audit/declarations.csv",
    "csv": f"{DATA}/data",
    "parquet": f"{DATA}/data --format parquet",
    "batch": "generate batch all --count 50 --out small/batch",
    # whose temporary files have no room
    "tmp-xlsx": f"ledger export table.xlsx {LEDGER}",
    "tmp-verify": "verify old new --rules rules.yaml --out verified",
    "tmp-audit": f"audit small/audit/run {AUDIT}=small/audit/declarations.csv",  # in GBK: it is copied
}
AFTER = {  # there is room again
    "set again": FULL["set"],
    "table again": f"ledger export table.csv {LEDGER}",
    "import again": FULL["import"],
    "audit again": FULL["audit"],
    "half": f"{DATA}/data",  # which is larger than the place
}
PYTHON = """
import json, os, sys, tempfile
from pathlib import Path
from renhai.cli.app import run_cli

for name, line in json.loads(Path(sys.argv[1]).read_text()).items():
    if "ID" in line:
        line = line.replace("ID", json.loads(Path("small/ledger.json").read_text())["problems"][0]["id"])
    if name.startswith("import"):  # as somebody has filled it in
        table = Path("table.csv")
        text = table.read_text("utf-8-sig").replace(",other,", ",answered,")
        table.write_text(text.replace('"reported, waiting"', "solved"), "utf-8-sig")
    tempfile.tempdir = os.path.abspath("small") if name.startswith("tmp") else None
    code = run_cli(line.split())
    print(f"= {name} = {code}", flush=True)
    print(f"= {name} =", file=sys.stderr, flush=True)
"""
Found = dict[str, tuple[int, str, str]]


def prepared(folder: Path) -> None:
    (folder / "small").mkdir()
    for name, found in (("run", audit(LOST)), ("other", audit(LOST[1:]))):
        (folder / name).mkdir()
        (folder / name / "audit.json").write_text(json.dumps({**found, "run_id": name}), "utf-8")
    (folder / "rules.yaml").write_text(RULES, "utf-8")
    all_differ(folder, ROWS)
    (folder / "all.py").write_text(PYTHON, "utf-8")
    for name, lines_of in (("before", BEFORE), ("full", FULL), ("after", AFTER)):
        (folder / name).with_suffix(".json").write_text(json.dumps(lines_of), "utf-8")


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Found]:
    """By command: exit code, what it printed, what it said on standard error."""
    require_mounts()
    folder = tmp_path_factory.mktemp("full")
    prepared(folder)
    act, example = f"{sys.executable} all.py", ROOT / "docs" / "examples" / "audit"
    script = (
        f"mount -t tmpfs -o size=300k tmpfs small && cp -r {example} small/audit || exit 99; "
        f"{act} before.json; cp -r small before; {FILL}; {act} full.json; rm small/fill; cp -r small kept; "
        f"{act} after.json; cp -r small last"
    )
    ran = subprocess.run(
        [*UNSHARE, script], cwd=folder, env=environ(), capture_output=True, text=True, timeout=280
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Traceback" not in ran.stdout + ran.stderr and "internal error" not in ran.stderr, ran.stderr
    told = re.split(r"^= (.+) = (\d+)\n", ran.stdout, flags=re.M)
    said = re.split(r"^= .+ =\n", ran.stderr, flags=re.M)
    return folder, {
        told[place + 1]: (int(told[place + 2]), told[place], said[place // 3])
        for place in range(0, len(told) - 1, 3)
    }


def names(folder: Path) -> set[str]:
    """Of all that stands there, but for what says who is writing."""
    paths = (path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    return {name for name in paths if not name.endswith(".lock")}


@pytest.mark.parametrize("name", ["set", "import", "merge"])
def test_a_ledger_is_as_it_was(name: str, done: tuple[Path, Found]) -> None:
    code, told, said = done[1][name]
    assert (code, told) == (2, ""), told
    assert said.splitlines() == [
        f"small/ledger.json; cannot be written: {NO_ROOM}; it is as it was; free the disk or choose --ledger"
    ]
    before, kept = ((done[0] / place / "ledger.json").read_bytes() for place in ("before", "kept"))
    assert before == kept and read_ledger(done[0] / "kept" / "ledger.json").problems[0].state == "other"


def test_with_room_again_it_takes_what_people_say(done: tuple[Path, Found]) -> None:
    found = done[1]
    assert [found[name][0] for name in ("set again", "table again", "import again")] == [0, 0, 0]
    (problem,) = read_ledger(done[0] / "last" / "ledger.json").problems
    assert (problem.state, problem.owner, problem.revision) == ("solved", "张三", 2)


@pytest.mark.parametrize("name", ["csv", "parquet", "batch", "half"])
def test_half_a_data_set_is_none(name: str, done: tuple[Path, Found]) -> None:
    code, told, said = done[1][name]
    assert (code, told) == (2, "") and NO_ROOM in said.splitlines()[-1], said
    assert said.count(NO_ROOM) == 1
    left = names(done[0] / ("last" if name == "half" else "kept"))
    assert not {one for one in left if "data" in one or "batch" in one}


def test_an_audit_is_told_where_it_cannot_be_kept(done: tuple[Path, Found]) -> None:
    code, told, said = done[1]["audit"]
    assert (code, "lost 1" in told) == (1, True), told
    assert [line for line in said.splitlines() if NO_ROOM in line] == said.splitlines()[-1:]
    again = done[1]["audit again"]
    assert again[0] == 1 and "audit: small/audit/run/audits/" in again[1]
    assert not [one for one in names(done[0] / "kept") if "audits/" in one]
    assert len([one for one in names(done[0] / "last") if "audits/" in one]) == 1


def test_nothing_is_left_over(done: tuple[Path, Found]) -> None:
    assert names(done[0] / "kept") - {"audit/run/audits"} == names(done[0] / "before")


def test_a_list_for_people_needs_no_temporary_file(done: tuple[Path, Found]) -> None:
    code, told, said = done[1]["tmp-xlsx"]
    assert (code, said) == (0, "")
    assert told == "table.xlsx: 1 problem; fill in state, owner and note, then import it\n"
    assert (done[0] / "table.xlsx").stat().st_size > 0


def test_what_could_not_be_worked_on_was_not_compared(done: tuple[Path, Found]) -> None:
    code, told, _ = done[1]["tmp-verify"]
    (path,) = (done[0] / "verified").glob("*/verify.json")
    found = json.loads(path.read_text("utf-8"))
    assert (code, found["verdict"]) == (4, "inconclusive"), told
    assert "could not be compared" in found["batches"][0]["problems"][0]
    code, told, said = done[1]["tmp-audit"]
    assert (code, told) == (2, "") and "there is no room for it in" in said.splitlines()[-1], said
