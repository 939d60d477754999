"""Both builds up: `renhai run --against` takes turns with real loads, until it is decided."""

from __future__ import annotations

import json
from pathlib import Path

from renhai.plan.schedule import drawn_anew
from results.compare.comparison import load_side
from tests.e2e.test_run import renhai, target

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
