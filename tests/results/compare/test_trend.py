"""Trends: which change in a series is seen, which build it is pinned on, and how seldom noise is one."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from results.compare.trend import TrendSettings, change_points, label_of, trend, trend_of
from results.compare.trend_steps import Change, accept, steps_of
from results.errors import SnapshotError
from results.report.files.comparison import trend_junit
from results.report.files.run import finish
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
    assert {c.unit for c in submit} == {"ms"}
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
    (step,) = found.regressions
    assert (step.since, step.before) == ("c009", "c008")
    assert sorted(c.subject for c in step.changes) == ["declaration.submit", "run"]
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
    assert found.left_out == ["n1: invalid", "n0: scenario differs: smoke and other"]
    assert found.exit_code == 4


def test_a_copy_of_a_run_is_no_further_run(tmp_path: Path) -> None:
    for number in range(2):
        recording = Recording(measured={"started": f"2015-09-0{number + 1}T08:00:00Z"})
        about = manifest(run_id=f"n{number}")
        finish(recording.add("a.query", range(1, 200)).write(tmp_path / f"n{number}"), about)
    shutil.copytree(tmp_path / "n1", tmp_path / "copied")
    found = trend(tmp_path)
    assert found.runs == ["n0", "n1"]
    assert found.left_out == ["n1: is there more than once"]


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
    assert "1 regression stands, since c010" in text
    assert "declaration.submit" in text
    assert "c010" in text
    assert "▁" in text
    assert sparkline([1, None, 8]) == "▁ █"
    assert sparkline([]) == ""


def test_one_step_is_one_finding_whatever_rows_show_it() -> None:
    found = trend_of(
        [run(n, 42.0 + n % 2 / 10 + 8 * (n >= 10), errors=25 * (n >= 10)) for n in range(20)], TrendSettings()
    )
    assert len(found.changes) >= 4
    (step,) = found.regressions
    assert (step.since, step.before, step.worse) == ("c010", "c009", True)
    assert {change.metric for change in step.changes} >= {"p95", "error_rate"}
    assert trend_junit(found).count("<failure") == 1


def test_rows_that_change_a_run_apart_are_one_step_of_the_build_that_most_of_them_name() -> None:
    def change(index: int, metric: str) -> Change:
        return Change(
            subject="run", metric=metric, unit="ms", index=index, before=f"c{index - 1}", since=f"c{index}",
            mean_before=1, mean_since=2, worse=True, latest=True, stands=True,
        )  # fmt: skip

    (step,) = steps_of([change(10, "p50"), change(11, "p90"), change(11, "p95")])
    assert (step.since, len(step.changes)) == ("c11", 3)
    assert [one.since for one in steps_of([change(10, "p50"), change(13, "p90")])] == ["c10", "c13"]


def nights(folder: Path, values: Sequence[float], errors: int = 0, **changes: Any) -> Path:
    for one in series(values):
        if errors and one.run_id >= "run-010":
            one = run(int(one.run_id[-3:]), errors=errors)
        place = folder / one.run_id
        place.mkdir(parents=True, exist_ok=True)
        text = one.model_copy(update=changes).model_dump_json(by_alias=True)
        (place / "run.json").write_text(text)
    return folder


def test_a_wanted_change_is_accepted_with_its_reason_and_hides_nothing_else(tmp_path: Path) -> None:
    runs = nights(tmp_path / "runs", DRAWN[:18])
    assert trend(runs).exit_code == 1
    step = accept(
        runs, trend(runs).steps, "c010", "dearer checks, agreed", "wang", "2015-09-20T08:00:00+00:00"
    )
    assert {change.row for change in step.changes} == {"run p95", "declaration.submit p95"}
    found = trend(runs)
    assert (found.exit_code, found.regressions) == (0, [])
    assert found.steps[0].accepted == "dearer checks, agreed"
    assert "c010 accepted 已接受: dearer checks, agreed" in plain(render_trend(found))
    worse = trend(nights(runs, DRAWN[:18], errors=50))  # the same build brought errors as well
    assert [one.since for one in worse.regressions] == ["c010"]
    assert all(one.metric == "error_rate" for one in worse.regressions[0].changes[:2])


def test_what_cannot_be_accepted_is_named(tmp_path: Path) -> None:
    runs = nights(tmp_path / "runs", DRAWN[:18])
    steps = trend(runs).steps
    with pytest.raises(SnapshotError, match=r"no change began with c003; name one of: c010"):
        accept(runs, steps, "c003", "why not", "wang", "now")
    with pytest.raises(SnapshotError, match="--reason; is empty"):
        accept(runs, steps, "c010", " ", "wang", "now")
    (runs / "trend-accepted.json").write_text('{"schema": 1, "accepted": [{"since": "c010"}]}')
    with pytest.raises(SnapshotError, match=r"accepted.0.reason; Field required; mend it"):
        trend(runs)


def test_a_change_of_seed_is_no_regression(tmp_path: Path) -> None:
    for number, one in enumerate(series(DRAWN[:18])):
        place = tmp_path / one.run_id
        place.mkdir()
        text = one.model_copy(update={"seed": 7 if number < 9 else 9}).model_dump_json(by_alias=True)
        (place / "run.json").write_text(text)
    found = trend(tmp_path)
    assert (len(found.runs), found.left_out[0]) == (9, "run-000: seed 7")
    assert found.changes == []


def test_in_the_open_model_throughput_is_counted_for_each_arrival() -> None:
    def night(number: int) -> Run:
        due = 1000 + 10 * (number % 3) + 100 * (number >= 9)  # more was asked for since
        one = run(number).total
        assert one is not None
        total = one.model_copy(update={"rate_per_s": due / 10})
        return run(number, total=total, load={"model": "open", "arrivals_due": due})

    found = trend_of([night(n) for n in range(18)], TrendSettings())
    assert found.series["run"]["throughput"] == pytest.approx([1.0] * 18)
    assert found.changes == [change for change in found.changes if change.subject != "run"]
