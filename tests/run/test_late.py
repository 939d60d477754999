"""A search or a duel whose runner was killed is finished from what it left, as invalid, step by step."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import psutil
import pytest

from renhai.core.errors import UsageError
from renhai.run.late import finish_late
from results.capacity.search import Settings, Step
from results.report.files.run import finish
from results.snapshot.run import load_run
from results.verdict.judged import load_judged
from tests.results.recording import Recording, manifest

SETTINGS = Settings(start=10.0, lowest=1.0, highest=1000.0).model_dump()


def recorded(directory: Path, **known: Any) -> dict[str, Any]:
    """The evidence of a run that was measured and never judged, and what its runner wrote at its start."""
    Recording().add("a.b", [1000] * 50).write(directory)
    document = {**manifest(), **known}
    (directory / "manifest.json").write_text(json.dumps(document), encoding="utf-8")
    return document


def step(number: int, rate: float, outcome: str) -> dict[str, Any]:
    made = Step(number=number, rate=rate, seconds=5.0, outcome=outcome, snapshot=f"{number:02d}")  # type: ignore[arg-type]
    return made.model_dump()


def test_a_killed_search_is_finished_by_the_steps_that_it_had_judged(tmp_path: Path) -> None:
    search = tmp_path / "search"
    search.mkdir()
    (search / "manifest.json").write_text(json.dumps({**manifest(), "search": SETTINGS}), encoding="utf-8")
    for number, rate, outcome in ((1, 10.0, "held"), (2, 20.0, "broke")):
        folder = search / "steps" / f"{number:02d}"
        known = recorded(folder)
        finish(folder, {**known, "step": step(number, rate, outcome)}, pages=False)
    recorded(search / "steps" / "03")  # it was under way
    found = finish_late(search)
    assert [path.name for path, _ in found] == ["03", "search"]
    assert {run.verdict for _, run in found} == {"invalid"}
    whole = load_judged(search)
    assert whole.verdict == "invalid"
    assert any("the runner ended before it had judged the run" in reason for reason in whole.reasons)
    capacity = (whole.model_extra or {})["capacity"]
    assert (capacity["ended"], capacity["low"], capacity["high"]) == ("interrupted", 10.0, 20.0)
    assert [one["number"] for one in capacity["steps"]] == [1, 2]
    assert (search / "report.html").exists()
    assert finish_late(search) == []


def test_a_search_killed_in_its_first_step_has_no_capacity(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({**manifest(), "search": SETTINGS}), encoding="utf-8")
    recorded(tmp_path / "steps" / "01")
    assert [run.verdict for _, run in finish_late(tmp_path)] == ["invalid", "invalid"]
    assert (load_run(tmp_path).model_extra or {})["capacity"]["capacity"] == 0.0


@pytest.mark.parametrize("places", [("a", "b"), ("a/1", "b/1", "a/2", "b/2")])
def test_the_sides_of_a_killed_duel_are_finished(places: tuple[str, ...], tmp_path: Path) -> None:
    for place in places:
        known = recorded(tmp_path / place)
    finish(tmp_path / places[0], known)  # this one had been judged
    found = finish_late(tmp_path)
    assert sorted(str(path.relative_to(tmp_path)) for path, _ in found) == sorted(places[1:])
    for path, run in found:
        assert run.verdict == "invalid" == load_judged(path).verdict
        assert run.operations  # what was measured is there


def test_one_side_of_a_duel_can_be_named(tmp_path: Path) -> None:
    recorded(tmp_path / "a" / "1")
    ((path, run),) = finish_late(tmp_path / "a" / "1")
    assert (path.name, run.verdict) == ("1", "invalid")


@pytest.mark.parametrize("part", ["", "steps/01", "a", "a/1"])
def test_what_is_under_way_is_left_alone(part: str, tmp_path: Path) -> None:
    recorded(tmp_path / part)
    mark = {"pid": os.getpid(), "since": psutil.Process().create_time()}
    (tmp_path / "running.json").write_text(json.dumps(mark), encoding="utf-8")
    for place in (tmp_path, tmp_path / part):
        with pytest.raises(UsageError, match="is under way; wait for its end, or end it: renhai stop"):
            finish_late(place)
    assert not (tmp_path / part / "run.json").exists()


def test_a_directory_without_runs_has_nothing_to_finish(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "steps").write_text("no folder", encoding="utf-8")
    assert finish_late(tmp_path) == []
