"""Trends: which change in a series is seen, which build it is pinned on, and how seldom noise is one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from results.compare.trend import TrendSettings, change_points, label_of, trend, trend_of
from results.errors import SnapshotError
from results.report.run_files import finish
from results.report.terminal.comparison import plain, render_trend, sparkline
from results.snapshot.run import OperationSummary, Percentiles, Run
from tests.results.recording import Recording, manifest

# p95 in ms of 24 nightly runs, drawn by hand: a regression at the 10th, mended at the 18th.
DRAWN = (42, 41, 43, 42, 41, 42, 44, 42, 41, 42, 49, 48, 50, 49, 48, 49, 50, 49, 42, 41, 43, 42, 42, 41)


def run(number: int, p95: float = 42.0, errors: int = 0, **changes: Any) -> Run:
    times = dict.fromkeys(("mean", "p50", "p90", "p99", "p999", "max"), 20.0)
    one = OperationSummary(
        started=5000, ok=5000 - errors, rejected=0, errors=errors, rate_per_s=500,
        latency_ms=Percentiles(**times, p95=p95),
    )  # fmt: skip
    document = {
        "schema": 1,
        "run_id": f"run-{number:03}",
        "scenario": {"name": "smoke"},
        "target": {"name": "reference"},
        "started": f"2015-09-{number + 1:02}T08:00:00Z",
        "duration_s": 10,
        "verdict": "fail",
        "operations": {"declaration.submit": one},
        "total": one,
        "load": {"model": "open"},
        "generator": {},
        "labels": {"commit": f"c{number:03}"},
    }
    return Run.model_validate({**document, **changes})


def series(values: Sequence[float]) -> list[Run]:
    return [run(number, value) for number, value in enumerate(values)]


def test_a_drawn_series_changes_where_it_was_drawn() -> None:
    found = trend_of(series(DRAWN), TrendSettings())
    submit = [change for change in found.changes if change.subject == "declaration.submit"]
    assert [(c.metric, c.before, c.since, c.worse, c.latest) for c in submit] == [
        ("p95", "c009", "c010", True, False),
        ("p95", "c017", "c018", False, True),
    ]
    assert submit[0].mean_before == pytest.approx(42.0)
    assert submit[0].mean_since == pytest.approx(49.0)
    assert (found.regressions, found.exit_code) == ([], 0)


def test_a_regression_that_stands_fails() -> None:
    found = trend_of(series(DRAWN[:18]), TrendSettings())
    assert {change.since for change in found.regressions} == {"c010"}
    assert found.exit_code == 1


def test_a_regression_that_is_mended_in_part_still_stands() -> None:
    def level(value: float) -> list[float]:
        return [value + 0.1 * (n % 3) for n in range(9)]

    found = trend_of(series([*level(42), *level(84), *level(80)]), TrendSettings())
    assert [(c.subject, c.since, c.worse, c.latest) for c in found.changes] == [
        ("declaration.submit", "c009", True, False),
        ("run", "c009", True, False),
        ("declaration.submit", "c018", False, True),
        ("run", "c018", False, True),
    ]
    standing = [(c.subject, c.since) for c in found.regressions]
    assert standing == [("declaration.submit", "c009"), ("run", "c009")]
    assert found.exit_code == 1


def test_an_operation_that_is_no_longer_used_or_no_longer_succeeds_is_worse() -> None:
    one = run(0).total
    hung = OperationSummary(started=50, ok=0, rejected=0, errors=0, unfinished=50, rate_per_s=0)
    for later in ({}, {"b.save": hung}):
        runs = [run(n, operations={"b.save": one} if n < 9 else later) for n in range(18)]
        found = trend_of(runs, TrendSettings())
        assert [(c.subject, c.metric, c.since) for c in found.changes] == [("b.save", "throughput", "c009")]
        assert (found.exit_code, found.changes[0].mean_since) == (1, 0)


@pytest.mark.parametrize(("alpha", "since"), [(1e-9, []), (0.04, ["c010"])])
def test_the_verdict_moves_with_its_threshold(alpha: float, since: list[str]) -> None:
    found = trend_of(series(DRAWN[:13]), TrendSettings(alpha=alpha))
    assert sorted({change.since for change in found.changes}) == since


def test_a_change_within_the_noise_band_is_none() -> None:
    small = [100.0 + 0.01 * (n % 3) + (1.5 if n >= 10 else 0.0) for n in range(20)]
    assert trend_of(series(small), TrendSettings()).changes == []
    assert trend_of(series(small), TrendSettings(noise_band=0.01)).changes != []


def test_one_bad_night_is_no_change() -> None:
    values = [42.0 + 0.1 * (n % 4) for n in range(20)]
    values[10] = 90.0
    assert trend_of(series(values), TrendSettings()).changes == []
    assert trend_of(series([*values[:9], 90.0, 91.0]), TrendSettings()).changes == []


def test_errors_that_begin_are_a_change() -> None:
    runs = [run(n, errors=0 if n < 10 else 25 + n % 3) for n in range(20)]
    found = trend_of(runs, TrendSettings())
    errors = [change for change in found.changes if change.metric == "error_rate"]
    assert {(change.since, change.worse) for change in errors} == {("c010", True)}
    few = [run(n, errors=0 if n < 10 else 1) for n in range(20)]
    assert trend_of(few, TrendSettings()).changes == []


def test_too_few_runs_cannot_tell() -> None:
    assert trend_of(series(DRAWN[:5]), TrendSettings()).exit_code == 4


def test_an_operation_that_some_runs_lack_keeps_its_place_in_time() -> None:
    runs = series(DRAWN[:18])
    runs[3] = run(3, operations={})
    found = trend_of(runs, TrendSettings())
    assert found.series["declaration.submit"]["p95"][3] is None
    assert {change.since for change in found.changes} == {"c010"}


def test_equal_runs_raise_no_more_alarms_than_promised() -> None:
    rng = np.random.default_rng(20150911)
    options, alarmed = TrendSettings(), 0
    for _ in range(15):
        noise = rng.normal(100, 5, (91, 30))
        alarmed += any(change_points(list(one), False, options.alpha / 91 / 30, options) for one in noise)
    assert alarmed <= 1


def test_ten_percent_is_found_within_five_runs() -> None:
    rng = np.random.default_rng(3)
    options, found = TrendSettings(), 0
    for _ in range(60):
        values = rng.normal(100, 2, 30)
        values[25:] *= 1.1
        found += any(
            abs(index - 25) <= 1
            for index, _, _ in change_points(list(values), False, options.alpha / 91 / 30, options)
        )
    assert found >= 54


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 1e6), max_size=40))
def test_no_series_breaks_it(values: list[float]) -> None:
    trend_of([run(n % 28, value) for n, value in enumerate(values)] or [run(0)], TrendSettings())


def test_a_directory_is_read_and_what_does_not_compare_is_left_out(tmp_path: Path) -> None:
    for number in range(3):
        recording = Recording(measured={"started": f"2015-09-0{number + 1}T08:00:00Z"})
        gates = {"*": ["p95 < 3s"]} if number != 1 else {"nothing.*": ["p95 < 3s"]}
        name = "other" if number == 0 else "smoke"
        about = manifest(run_id=f"n{number}", thresholds=gates, scenario={"name": name})
        finish(recording.add("a.query", range(1, 200)).write(tmp_path / f"n{number}"), about)
    found = trend(tmp_path)
    assert found.runs == ["n2"]
    assert found.left_out == ["n1: invalid", "n0: scenario other"]
    assert found.exit_code == 4


def test_an_empty_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="holds no run; give a directory of snapshots"):
        trend(tmp_path)


def test_builds_are_named_by_label_commit_or_start() -> None:
    assert label_of(run(1, labels={"build": "nightly-7"})) == "nightly-7"
    assert label_of(run(1, labels={}, environment={"git": {"commit": "0123456789abcdef"}})) == "0123456789ab"
    assert label_of(run(1, labels={})) == "2015-09-02T08:00:00Z"
    late = "2015-09-02T08:00:00.125+00:00"
    assert label_of(run(1, labels={}, started=late)) == "2015-09-02T08:00:00Z"


def test_the_terminal_shows_what_changed_and_since_when() -> None:
    text = plain(render_trend(trend_of(series(DRAWN[:18]), TrendSettings())))
    assert "regression(s) stand" in text
    assert "declaration.submit" in text
    assert "c010" in text
    assert "▁" in text
    assert sparkline([1, None, 8]) == "▁ █"
    assert sparkline([]) == ""
