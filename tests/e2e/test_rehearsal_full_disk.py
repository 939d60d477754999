"""The disk of a rehearsal fills up at each moment of it: no page says GO that no longer holds, and with room
again it goes on where it stopped."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import forked
from tests.e2e.namespaces import filling, mounted, require_mounts
from tests.e2e.test_rehearsal import OLD, written
from tests.e2e.test_run import environ

FULL = (
    filling("out")
    + """
import sys
from pathlib import Path
from renhai.checks.rehearsal.whole import Rehearsal
from renhai.cli.app import run_cli
from results.report.html import rehearsal as pages

def told(what, *options):
    code = run_cli(["rehearse", "programme.yaml", "--out", "out", *options])
    pages = {path.name for path in Path("out").glob("*.html") if "可以上线" in path.read_text("utf-8")}
    print(f"= {what} {code} {sorted(pages)}", flush=True)

told("room")
undo = MOMENT
told("full", "--stage", "data")
undo()
told("still full", "--status")
Path("out/fill").unlink(missing_ok=True)
told("room again", "--status")
told("gone on with")
sys.exit()
"""
)
SHARE = 2  # of its rows run in `make test`, all with --all
MOMENTS = {
    "it begins": "(fill(), lambda: None)[1]",
    "a stage begins": 'before(Rehearsal, "run")',
    "its command runs": 'before(Rehearsal, "_command")',
    "its end is noted": 'before(Rehearsal, "_ended")',
    "the pages are written": 'before(pages, "render")',
}
NOTHING_ASKED = ("it begins", "a stage begins")  # where there is no room for a line, all is as it was


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_full_disk_leaves_no_page_that_says_go(moment: str, tmp_path: Path) -> None:
    require_mounts()
    written(tmp_path, OLD)
    (tmp_path / "out").mkdir()
    (tmp_path / "full.py").write_text(FULL.replace("MOMENT", MOMENTS[moment]), encoding="utf-8")
    with mounted("mount -t tmpfs -o size=2m tmpfs out", tmp_path) as holder:
        full = str(tmp_path / "full.py")
        done = forked.run(["rehearse"], tmp_path, environ(), timeout=150, within=holder, before=full)
    said = f"{done.stdout}\n{done.stderr}"
    assert "Traceback" not in said and "internal error" not in said, said
    rows = [row.partition("= ")[2] for row in done.stdout.splitlines() if row.startswith("= ")]
    assert rows[0] == "room 0 ['go.html', 'programme.html']", said
    assert rows[1].startswith(("full 2 []", "full 3 []")), said
    if moment not in NOTHING_ASKED:
        assert not rows[2].startswith("still full 0"), said
        assert not rows[3].startswith("room again 0"), said  # it broke off, or the stage after it is older
    assert rows[4] == "gone on with 0 ['go.html', 'programme.html']", said
