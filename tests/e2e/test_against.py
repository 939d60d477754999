"""Both builds up: `renhai run --against` loads both, in turns or at once, until it is decided."""

from __future__ import annotations

import json
import signal
from datetime import datetime
from pathlib import Path

import pytest

from renhai.plan.schedule import drawn_anew
from renhai.run import stop
from results.compare.comparability import differences
from results.compare.comparison import load_side
from results.snapshot.run import load_run
from tests.e2e.test_run import begin, renhai, start, target, wait_for

SHARE = {"test_what_asks_for_the_end_ends_both_runs_and_leaves_no_process": 2}

SCENARIO = """
name: ours
target: reference
data: {seed: 20150911, profile: gt3_2015, taxpayers: 5000}
load:
  arrivals: {rate: 20/s, process: constant, journeys: {registration.register: 1}}
  stages: [{hold: 2s}]
thresholds:
  run: [error_rate < 1%, p95 < 5s]
"""


def test_a_slower_build_is_found_in_turns_and_its_seeds_are_the_other_ones(tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_text(SCENARIO)
    with target("--fault", "latency=40ms") as old, target("--fault", "latency=160ms") as new:
        done = renhai(
            tmp_path, "run", "ours.yaml", "--target", new, "--against", old, "--repeat", "3", "--spare", "4"
        )
    assert done.returncode == 1, done.stdout + done.stderr
    (place,) = (tmp_path / "results" / "runs").glob("*-compared")
    found = json.loads((place / "comparison.json").read_text())
    assert (found["verdict"], len(found["baseline"]), len(found["candidate"])) == ("fail", 3, 3)
    runs = {run.run_id: run for run in load_side([tmp_path / "results" / "runs"])}
    sides = [[runs[name] for name in found[side]] for side in ("baseline", "candidate")]
    assert {run.target.url for run in sides[0]} == {old}
    assert not any("one after the other" in text or "seeds" in text for text in found["caveats"])
    assert all(run.identity for side in sides for run in side)
    draws = {drawn_anew(20150911, n) for n in (1, 2, 3)}
    assert [{run.draw for run in side} for side in sides] == [draws, draws]
    assert "run p50: +" in done.stdout


def test_at_once_each_couple_begins_together_and_compares_only_with_its_like(tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_text(SCENARIO + "against: at_once\n")
    with target("--fault", "latency=40ms") as old, target("--fault", "latency=160ms") as new:
        done = renhai(tmp_path, "run", "ours.yaml", "--target", new, "--against", old, "--repeat", "3")
        alone = renhai(
            tmp_path, "run", "ours.yaml", "--target", old, "--out", "alone", "--set", "data.first=4000"
        )
    assert done.returncode == 1, done.stdout + done.stderr
    (place,) = (tmp_path / "results" / "runs").glob("*-compared")
    found = json.loads((place / "comparison.json").read_text())
    assert (found["verdict"], len(found["baseline"]), len(found["candidate"])) == ("fail", 3, 3)
    assert any("made couple by couple: each of 3 runs a side" in text for text in found["caveats"])
    runs = {run.run_id: run for run in load_side([tmp_path / "results" / "runs"])}
    couples = [
        (runs[first], runs[second])
        for first, second in zip(found["baseline"], found["candidate"], strict=True)
    ]
    for first, second in couples:
        starts = [datetime.fromisoformat(run.started) for run in (first, second)]
        assert abs((starts[1] - starts[0]).total_seconds()) < first.duration_s
        assert first.draw == second.draw
    assert alone.returncode == 0, alone.stdout + alone.stderr
    sides = [load_side([tmp_path / "alone"]), [couples[0][0]]]
    assert "company" in " ".join(map(str, differences(*sides)))


@pytest.mark.parametrize("how", ["a signal", "renhai stop"])
def test_what_asks_for_the_end_ends_both_runs_and_leaves_no_process(tmp_path: Path, how: str) -> None:
    (tmp_path / "ours.yaml").write_text(SCENARIO.replace("hold: 2s", "hold: 60s") + "against: at_once\n")
    with target() as old, target() as new:
        line = ["run", "ours.yaml", "--target", new, "--against", old, "--repeat", "3"]
        as_asked = start if how == "a signal" else begin  # one by a new interpreter, as a user's is
        process = as_asked(tmp_path, *line)
        runs = tmp_path / "results" / "runs"
        wait_for(lambda: len(list(runs.glob("*/running.json"))) == len(list(runs.glob("*/receipts/*"))) == 2)
        if how == "a signal":
            process.send_signal(signal.SIGINT)
        else:
            stop.stop(min(runs.glob("2*")), None)
            assert len(list(runs.glob("*/run.json"))) == 2, "both have ended when it returns"
        said = process.communicate(timeout=60)
    assert process.returncode == 3, said
    kept = [load_run(path) for path in runs.glob("*/run.json")]
    assert [(run.verdict, run.ended) for run in kept] == [("invalid", "interrupted")] * 2
