"""`data.ahead`: what is sent is, byte for byte, what is sent without it."""

from __future__ import annotations

import ast
import json
import sqlite3
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from renhai.core.join_key import VARIABLE, new_key
from renhai.core.machine.ports import free_port
from results.snapshot.run import Run, load_run
from tests import forked
from tests.e2e.test_run import begin, environ, last_directory, last_run, renhai, target, wait_for

SHARE = {"test_of_other_runs": 3}
TAXPAYERS, JOURNEYS, PERIODS = 20, 60, 8
TEXT = f"""
# Is the same sent when declarations were made before?
name: ahead
target: reference
data: {{seed: 20150911, first: 300, taxpayers: {TAXPAYERS}}}
load:
  arrivals: {{rate: 20/s, process: constant, journeys: {{declaration.file: 1, declaration.correct: 1}}}}
  iterations: {{run: {JOURNEYS}}}
  stages: [{{hold: 8s}}]
thresholds:
  run: [throughput >= 0.1/s]
"""
Stored = dict[tuple[str, str, str], set[bytes]]


def stored(database: Path) -> Stored:
    """What the target has on file: the documents as they came, by taxpayer, period and form."""
    found: Stored = {}
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT djxh, skssqq, yzpzzlDm, document FROM declarations")
        for djxh, begins, form, document in rows:
            found.setdefault((djxh, begins, form), set()).add(bytes(document))
    return found


def filed(folder: Path, name: str, *options: str) -> tuple[Stored, Run]:
    """What a run of its own leaves at a target of its own."""
    with target("--database", f"sqlite:///{folder / name}.db") as url:
        done = renhai(folder, "run", "ahead.yaml", "--target", url, "--out", name, *options)
    run = load_run(next((folder / name).iterdir()))
    assert run.operations["declaration.submit"].rejected == 0, done.stdout
    return stored(folder / f"{name}.db"), run


def submits(run: Run) -> int:
    return run.operations["declaration.submit"].started


def test_the_same_requests_are_sent_with_and_without(tmp_path: Path) -> None:
    (tmp_path / "ahead.yaml").write_text(TEXT, encoding="utf-8")
    plain, without = filed(tmp_path, "without")
    assert without.ahead == {}
    assert len(plain) == JOURNEYS
    for name, options in (("one", ()), ("two", ("--processes", "2"))):
        made, run = filed(tmp_path, name, "--set", f"data.ahead={PERIODS}", *options)
        assert run.ahead == {
            "made": TAXPAYERS * PERIODS, "taken": submits(run), "computed": 0, "damaged": 0
        }  # fmt: skip
        assert submits(run) > JOURNEYS  # who corrects his declaration sends it twice
        assert made.keys() & plain.keys()
        assert {key: made[key] for key in made.keys() & plain.keys()} == {
            key: plain[key] for key in made.keys() & plain.keys()
        }
        assert len(made.keys() - plain.keys()) <= len(made) // 5  # another order at the end
        assert all(len(documents) == 1 for documents in made.values())
        said = f"of {TAXPAYERS * PERIODS} declarations made ahead of the load {submits(run)} were taken"
        assert any(note.startswith(said) for note in run.notes)
        assert not [file for file in (tmp_path / name).rglob("*") if "ahead" in file.name[:5]]


def test_what_was_not_made_is_computed_and_told(tmp_path: Path) -> None:
    """One period of three is made: the first, of the general taxpayers."""
    (tmp_path / "ahead.yaml").write_text(TEXT, encoding="utf-8")
    plain, _ = filed(tmp_path, "without")
    some, run = filed(tmp_path, "some", "--set", "data.ahead={periods: 1, scale: general}")
    assert {key: some[key] for key in some.keys() & plain.keys()} == {
        key: plain[key] for key in some.keys() & plain.keys()
    }
    assert 0 < run.ahead["made"] < TAXPAYERS
    assert run.ahead["taken"] > 0 < run.ahead["computed"]
    assert run.ahead["taken"] + run.ahead["computed"] == submits(run)


def test_a_worker_that_joins_here_takes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, new_key())
    (tmp_path / "ahead.yaml").write_text(TEXT, encoding="utf-8")
    port = free_port()
    with target() as url:
        line = ["run", "ahead.yaml", "--target", url, "--expect", "1", "--port", str(port)]
        run = begin(tmp_path, *line, "--set", f"data.ahead={PERIODS}")
        joins = ["worker", "--join", f"127.0.0.1:{port}"]
        how = {"folder": tmp_path, "environment": environ(), "starts": forked.starts(joins)}
        with forked.started(
            "renhai", *joins, output=subprocess.PIPE, errors=subprocess.STDOUT, **how
        ) as worker:
            said, _ = run.communicate(timeout=120)
            worker.communicate(timeout=60)
    found = last_run(tmp_path)
    assert found.ahead["taken"] == submits(found) > 0, said
    assert found.ahead["computed"] == 0


def the_runners_file_is_gone_when_somebody_interrupts(tmp_path: Path) -> None:
    (tmp_path / "ahead.yaml").write_text(TEXT.replace("8s", "60s").replace("run: 60", "run: 6000"))
    run = begin(tmp_path, "run", "ahead.yaml", "--set", f"data.ahead={PERIODS}", "--rate", "5/s")
    runs = tmp_path / "results" / "runs"
    wait_for(lambda: list(runs.glob("*/timeline.csv")) if runs.is_dir() else [])
    time.sleep(2)  # of load
    plan = (last_directory(tmp_path) / "load.py").read_text(encoding="utf-8")
    place = Path(json.loads(ast.literal_eval(plan.split("PLAN = ", 1)[1].split("\n", 1)[0]))["ahead"]["file"])
    assert place.stat().st_size > 0
    run.send_signal(2)
    run.communicate(timeout=60)
    assert not place.exists()
    assert last_run(tmp_path).ahead["taken"] > 0


def both_sides_of_a_duel_take_them(tmp_path: Path) -> None:
    text = TEXT.replace("declaration.file: 1, declaration.correct: 1", "declaration.file: 1")
    (tmp_path / "ahead.yaml").write_text(text.replace("8s", "4s"), encoding="utf-8")
    ends = ("--set", f"data.ahead={PERIODS}", "--repeat", "1", "--out", "out")
    renhai(tmp_path, "duel", "ahead.yaml", "--a", "reference", "--b", "reference", *ends)
    sides = [load_run(file.parent) for file in sorted((tmp_path / "out").rglob("run.json"))]
    assert len(sides) == 2
    for run in sides:
        assert run.ahead["taken"] == submits(run) > 0
        assert run.ahead["computed"] == 0


def repetitions_have_declarations_of_their_own(tmp_path: Path) -> None:
    """A target that keeps its data meets other taxpayers the second time."""
    text = TEXT.replace("taxpayers: 20", "taxpayers: 20, ahead: 8").replace("8s", "4s")
    (tmp_path / "ahead.yaml").write_text(text, encoding="utf-8")
    with target("--database", f"sqlite:///{tmp_path}/both.db") as url:
        renhai(tmp_path, "run", "ahead.yaml", "--target", url, "--repeat", "2", "--out", "out")
    runs = [load_run(file.parent) for file in (tmp_path / "out").rglob("run.json")]
    assert len(runs) == 2
    assert all(run.ahead["taken"] == submits(run) > 0 == run.ahead["computed"] for run in runs)
    assert len({djxh for djxh, _, _ in stored(tmp_path / "both.db")}) == 2 * TAXPAYERS


@pytest.mark.parametrize(
    "case",
    [
        the_runners_file_is_gone_when_somebody_interrupts,
        both_sides_of_a_duel_take_them,
        repetitions_have_declarations_of_their_own,
    ],
)
def test_of_other_runs(case: Callable[[Path], None], tmp_path: Path) -> None:
    case(tmp_path)
