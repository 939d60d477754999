"""The runs of a comparison: how many are made, in which order, against what, and what they amount to.

No load is made here: a run is a snapshot made by hand (tests/e2e/test_against.py makes real ones).
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from renhai.cli.app import run_cli
from renhai.core.errors import InvalidRun, UsageError
from renhai.run import single as runner
from renhai.run import stop
from renhai.run.monitor.views import Quiet
from renhai.run.multiple import repeat
from renhai.run.multiple.comparison import planned_kind
from renhai.run.single import Outcome, RunRequest, prepare
from results.snapshot.run import load_run
from tests.snapshots import snapshot

NEW, OLD = "http://127.0.0.1:8401", "http://127.0.0.1:8400"


class Made:
    """Stands for `runner.run`: keeps what was asked, and leaves snapshots with latencies by target."""

    def __init__(self, folder: Path, scales: dict[str | None, Iterator[float]], invalid: int = 0) -> None:
        self.folder, self.scales, self.invalid = folder, scales, invalid
        self.asked: list[tuple[str | None, int]] = []
        self.kind = known()

    def __call__(self, request: RunRequest, view: Any = None, ready: Any = None) -> Outcome:
        assert ready is None or not self.asked  # of what was looked at, only the first run makes use
        number = len(self.asked)
        self.asked.append((request.target, request.number))
        changes: dict[str, Any] = dict(self.kind)
        if number < self.invalid:
            changes |= {"verdict": "invalid", "reasons": ["CPU 99%"]}
        place = snapshot(
            self.folder / f"run-{number:02}", next(self.scales[request.target]), seed=20150911,
            draw=request.number, started=f"2015-09-11T08:{number:02}:00+00:00", **changes,
        )  # fmt: skip
        return Outcome(load_run(place), place)


@cache
def known(scenario: str = "smoke") -> dict[str, Any]:
    """What a run on this very machine says of itself."""
    prepared = prepare(RunRequest(scenario, target=NEW))
    kind = planned_kind(prepared, 1)
    names = ("renhai", "locust", "gevent", "python")
    return {
        "scenario": {"name": scenario, "digest": kind["scenario digest"]},
        "versions": {name: kind[name] for name in names},
        "environment": {
            "cpu_model": kind["cpu_model"], "platform": kind["platform"],
            "memory_gb": float(kind["memory_gb"]), "cores": int(kind["cores"]),
        },
        "connections": {"way": kind["connections"]},
        "identity": {name: kind[name] for name in ("journeys", "success rules", "generator build")},
    }  # fmt: skip


STEPS = (-1.0, 0.6, 1.0, -0.6, 0.2, -0.2)


def levels(level: float, spread: float, first: int = 0) -> Iterator[float]:
    """first: the step that it begins with; the sides of a couple differ where theirs do."""
    while True:
        for place in range(len(STEPS)):
            yield level * (1 + spread * STEPS[(place + first) % len(STEPS)])


def series(monkeypatch: pytest.MonkeyPatch, made: Made, **asked: Any) -> repeat.Series:
    monkeypatch.setattr(runner, "run", made)
    request = RunRequest("smoke", ("against=in_turns",), target=NEW)
    found = repeat.Series.of(request, repeat.Asked(**asked))
    list(found.runs(Quiet()))
    return found


def ends(found: repeat.Series) -> tuple[str, int]:
    assert found.against is not None
    compared = found.against.compare(found.old, found.outcomes, 3)
    return compared.verdict, len(found.outcomes)


@pytest.mark.parametrize(
    ("level", "spread", "end"),
    [
        (1.0, 0.01, ("pass", 5)),
        (1.3, 0.01, ("fail", 5)),
        (1.03, 0.04, ("pass", 8)),
        (1.07, 0.07, ("inconclusive", 12)),
    ],
)
def test_both_builds_take_turns_until_it_is_decided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, level: float, spread: float, end: tuple[str, int]
) -> None:
    made = Made(tmp_path, {NEW: levels(level, spread, 2), OLD: levels(1.0, spread)})
    assert ends(series(monkeypatch, made, against=OLD)) == end
    # A B B A ..., and run k of either side has the same draw
    assert made.asked[:4] == [(OLD, 1), (NEW, 1), (NEW, 2), (OLD, 2)]
    assert sorted(number for url, number in made.asked if url == OLD) == list(range(1, end[1] + 1))


def test_a_number_of_runs_is_made_whatever_they_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Made(tmp_path, {NEW: levels(1.0, 0.01), OLD: levels(1.0, 0.01)})
    found = series(monkeypatch, made, against=OLD, times=6)
    assert (len(found.outcomes), len(found.old)) == (6, 6)


def baseline(folder: Path, days: float) -> Path:
    for number in range(5):
        when = datetime.now(UTC) - timedelta(days=days, minutes=5 - number)
        snapshot(
            folder / f"kept-{number}", 1 + number / 1000, seed=20150911, draw=number + 1,
            started=when.isoformat(), **known(),
        )  # fmt: skip
    return folder


def test_an_old_baseline_is_run_again_where_its_build_is_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = baseline(tmp_path / "kept", days=9)
    made = Made(tmp_path / "new", {NEW: levels(1.0, 0.01), OLD: levels(1.0, 0.01)})
    found = series(monkeypatch, made, baseline=kept, against=OLD)
    assert len(found.old) == 5
    assert found.against is not None
    compared = found.against.compare(found.old, found.outcomes, 3)
    assert compared.baseline == [one.run.run_id for one in found.old]
    assert any(
        text.startswith("the baseline is 9.0 days old: its build was run again") for text in compared.caveats
    )


def test_a_young_baseline_is_not_and_an_old_one_alone_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = baseline(tmp_path / "kept", days=9)
    made = Made(tmp_path / "new", {NEW: levels(1.0, 0.01)})
    found = series(monkeypatch, made, baseline=kept, against=OLD, oldest_s=10 * 86_400.0)
    assert (found.old, {url for url, _ in made.asked}) == ([], {NEW})
    made = Made(tmp_path / "more", {NEW: levels(1.0, 0.01)})
    found = series(monkeypatch, made, baseline=kept)
    assert found.against is not None
    compared = found.against.compare([], found.outcomes, 3)
    assert compared.baseline == [f"kept-{number}" for number in range(5)]
    assert any(
        text.startswith("the baseline is 9.0 days old; where its build is up") for text in compared.caveats
    )


def test_invalid_runs_end_a_comparison_unless_there_are_spare_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Made(tmp_path / "a", {NEW: levels(1.0, 0.01), OLD: levels(1.0, 0.01)}, invalid=1)
    found = series(monkeypatch, made, against=OLD)
    assert (len(made.asked), found.conclude(print)) == (1, 3)
    made = Made(tmp_path / "b", {NEW: levels(1.0, 0.01), OLD: levels(1.0, 0.01)}, invalid=1)
    found = series(monkeypatch, made, against=OLD, spare=1)
    assert len(made.asked) > 9
    assert found.conclude(lambda _: None) == 1  # these runs fail their thresholds, as they are made so
    assert "comparison: " in capsys.readouterr().out


def test_the_same_system_is_no_other_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Made(tmp_path, {})
    with pytest.raises(UsageError, match="give the old build's URL"):
        series(monkeypatch, made, against=NEW)
    with pytest.raises(UsageError, match="--against: target 'nowhere' is not known"):
        series(monkeypatch, made, against="nowhere")
    assert made.asked == []


def test_the_command_says_it_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    made = Made(tmp_path, {NEW: levels(1.1, 0.01), OLD: levels(1.0, 0.01)})
    monkeypatch.setattr(runner, "run", made)
    line = ["run", "smoke", "--set", "against=in_turns", "--target", NEW, "--against", OLD]
    code = run_cli([*line, "--max-age", "1d", "--repeat", "auto"])
    said = capsys.readouterr().out
    assert (code, len(made.asked)) == (1, 10)
    assert "FAIL 未通过  the candidate is worse" in said
    assert "5 baseline run(s), 5 candidate run(s)" in said
    assert "run p95: +10.0% (" in said
    assert "It may be decided after any of 5, 8, 12 runs a side" in said
    assert "98% sure" in said
    (place,) = tmp_path.glob("*-compared")
    assert (place / "comparison.html").stat().st_size > 10_000


class AtOnce(Made):
    """The same for runs that are made at once: each waits until the other is under way."""

    def __init__(self, folder: Path, scales: dict[str | None, Iterator[float]]) -> None:
        super().__init__(folder, scales)
        self.both, self.one = threading.Barrier(2, timeout=30), threading.Lock()
        self.stopped: list[int] = []

    def __call__(self, request: RunRequest, view: Any = None, ready: Any = None) -> Outcome:
        assert request.beside is not None
        self.both.wait()
        with self.one:
            outcome = super().__call__(request, view)
        self.both.wait()
        self.stopped.append(request.beside.count)
        return outcome


def test_where_the_scenario_says_so_both_builds_are_loaded_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = AtOnce(tmp_path, {NEW: levels(1.0, 0.01), OLD: levels(1.0, 0.01)})
    monkeypatch.setattr(runner, "run", made)
    found = repeat.Series.of(RunRequest("smoke", target=NEW), repeat.Asked(against=OLD))
    list(found.runs(Quiet()))
    assert (ends(found), made.stopped) == (("pass", 5), [0] * 10)
    for first in range(0, 10, 2):
        assert {url for url, _ in made.asked[first : first + 2]} == {NEW, OLD}
        assert {number for _, number in made.asked[first : first + 2]} == {1 + first // 2}


@pytest.mark.parametrize("how", ["a signal", "renhai stop"])
def test_what_ends_one_of_two_runs_at_once_ends_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """The signal is heard by the main thread; the runs are in others. A stop is gone with its own run."""
    made = AtOnce(tmp_path, {NEW: levels(1.0, 0.01), OLD: levels(1.0, 0.01)})
    seen: list[int] = []

    def run(request: RunRequest, view: Any = None, ready: Any = None) -> Outcome:
        assert request.beside is not None
        folder = tmp_path / str(request.target == NEW)
        folder.mkdir()
        made.both.wait()
        with stop.running(folder, request.beside) as stoppable:
            if request.target == NEW and how == "a signal":
                os.kill(os.getpid(), signal.SIGINT)
            elif request.target == NEW:
                (folder / stop.STOP).touch()
            until = time.monotonic() + 20
            while not stoppable.count and time.monotonic() < until:
                time.sleep(0.02)
            seen.append(stoppable.count)
        assert not list(folder.iterdir())
        with made.one:
            outcome = Made.__call__(made, request)
        return Outcome(outcome.run.model_copy(update={"ended": "interrupted"}), outcome.directory)

    monkeypatch.setattr(runner, "run", run)
    found = repeat.Series.of(RunRequest("smoke", target=NEW), repeat.Asked(against=OLD))
    assert len(list(found.runs(Quiet()))) == 2
    assert (seen, len(found.outcomes), len(found.old)) == ([1, 1], 1, 1)


def test_a_side_that_cannot_run_is_an_error_once_the_other_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Made(tmp_path, {NEW: levels(1.0, 0.01)})

    def run(request: RunRequest, view: Any = None, ready: Any = None) -> Outcome:
        if request.target == OLD:
            raise InvalidRun(f"the target does not answer at {OLD}")
        return made(request)

    monkeypatch.setattr(runner, "run", run)
    found = repeat.Series.of(RunRequest("smoke", target=NEW), repeat.Asked(against=OLD))
    with pytest.raises(InvalidRun, match="does not answer"):
        list(found.runs(Quiet()))
    assert len(found.outcomes) == 1
