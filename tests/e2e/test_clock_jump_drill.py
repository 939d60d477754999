"""The clock of the day jumps by an hour in a drill: RTO goes by a clock that only runs, and when something
was lost is not known then, which is never 0."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from results.verdict.judged import load_judged
from tests.e2e.test_clock_jump import begun
from tests.e2e.test_drill import KILL
from tests.e2e.test_run import last_directory, only_busy
from tests.side_by_side import Runs, side_by_side, wanted

SHARE = 3  # of its rows run in `make test`, all with --all
PATIENCE_S = 200
MOMENTS = {  # the file, what it holds by then, and seconds more
    "before the action": ("measured.json", "", 0.3),
    "while nobody can work": ("drill.jsonl", '"done"', 0.0),
    "after it was taken back": ("drill.jsonl", '"undone"', 1.0),
}
ROWS = [(moment, by_s) for moment in MOMENTS for by_s in (3600, -3600)]


def drilled(place: Path, moment: str, by_s: int) -> tuple[int, str, Path]:
    folder = Path(tempfile.mkdtemp(dir=place))  # its own for each try
    (folder / "kill.yaml").write_text(KILL.replace("rto < 5s", "rto < 60s"), encoding="utf-8")
    name, word, more = MOMENTS[moment]
    with begun(folder, by_s, "run", "kill.yaml") as run:
        try:
            until = time.monotonic() + PATIENCE_S
            there = partial(_holds, folder, name, word)
            while time.monotonic() < until and run.poll() is None and not there():
                time.sleep(0.02)
            time.sleep(more)
            (folder / "jumped").touch()
            out, _ = run.communicate(timeout=PATIENCE_S)
        finally:
            run.kill()
    return run.wait(), out, folder


def _holds(folder: Path, name: str, word: str) -> bool:
    files = folder.glob(f"results/runs/*/{name}")
    return any(word in path.read_text(encoding="utf-8", errors="replace") for path in files)


@pytest.fixture(scope="module")
def under_way(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runs[tuple[int, str, Path]]]:
    here = wanted(request, "row")

    def go(moment: str, by_s: int) -> tuple[int, str, Path]:
        return drilled(tmp_path_factory.mktemp("jump"), moment, by_s)

    with side_by_side({str(row): partial(go, *row) for row in ROWS if row in here}, 2) as runs:
        yield runs


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]:+d} s")
def test_a_clock_that_jumps_in_a_drill_leaves_no_loss_of_zero(
    row: tuple[str, int], under_way: Runs[tuple[int, str, Path]]
) -> None:
    code, out, folder = under_way.result(str(row))
    run = load_judged(last_directory(folder))
    assert "Traceback" not in out and "internal error" not in out, out
    assert (code == 4 and run.verdict == "inconclusive") or only_busy(run), out
    drill = (run.model_extra or {})["drill"]
    assert drill["losses"]["state"] == "partly" and "the clock was set by" in drill["losses"]["why"], drill
    assert not any(one.passed for one in run.thresholds if one.metric in ("rpo", "lost", "lost_after"))
    assert drill["rto_s"] is None or 0 < drill["rto_s"] < 60, drill["rto_s"]
