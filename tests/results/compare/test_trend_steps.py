"""Steps of a trend: which rows are one step, which one is told first, what was accepted and what was not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from results.compare.trend import ENOUGH, FEWEST_RUNS, Trend, TrendSettings, _worse, change_points, trend_of
from results.compare.trend_steps import NAME, Accepted, Change, accept, read_accepted, steps_of
from results.errors import SnapshotError
from tests.results.compare.test_trend import run, series


def change(index: int, metric: str = "p95", before: float = 40.0, since: float = 50.0, **more: Any) -> Change:
    said = {
        "subject": "run", "metric": metric, "unit": "ms", "index": index, "before": f"c{index - 1}",
        "since": f"c{index}", "mean_before": before, "mean_since": since, "worse": since > before,
        "latest": True,
        "stands": since > before,
    }  # fmt: skip
    return Change.model_validate({**said, **more})


def of_main(*said: Any) -> Change:
    """Of a series in which all runs bear one label."""
    return change(*said, stands=True).model_copy(update={"since": "main", "before": "main"})


def wanted(since: str, *rows: str, reason: str = "a new page") -> Accepted:
    return Accepted(since=since, reason=reason, who="li", when="2015-09-11", rows=list(rows))


def test_rows_one_run_apart_are_one_step_and_two_are_two() -> None:
    one = steps_of([change(10), change(11, "p50"), change(11, "p99")])
    assert [(step.index, step.since, len(step.changes)) for step in one] == [(11, "c11", 3)]
    assert [step.index for step in steps_of([change(12, "p50"), change(10)])] == [10, 12]
    chain = steps_of([change(10), change(11, "p50"), change(12, "p99")])
    assert [(step.index, len(step.changes)) for step in chain] == [(10, 2), (12, 1)]
    assert steps_of([]) == []


def test_what_stands_is_told_first_then_what_moved_most() -> None:
    rows = [
        change(10, "p50", 40, 44),
        change(10, "p95", 40, 60),
        change(10, "error_rate", 0, 1),
        change(10, "p90", 40, 80, stands=False),
        change(10, "p99", 40, 10),
    ]
    step = steps_of(rows)[0]
    assert [one.metric for one in step.changes] == ["error_rate", "p95", "p50", "p90", "p99"]
    assert step.worst.metric == "error_rate"
    assert (step.worse, step.accepted) == (True, "")


def test_a_step_that_only_made_things_better_is_not_worse() -> None:
    step = steps_of([change(10, since=30.0)])[0]
    assert (step.worse, step.before, step.since) == (False, "c9", "c10")


def test_an_accepted_row_no_longer_stands_and_another_still_does() -> None:
    rows = [change(10, "p95"), change(10, "p50", 40, 90)]
    both = steps_of(rows, [wanted("c10", "run p95", "run p50")])[0]
    assert (both.worse, both.accepted) == (False, "a new page")
    one = steps_of(rows, [wanted("c10", "run p50")])[0]
    assert (one.worse, one.worst.metric) == (True, "p95")
    assert steps_of(rows, [wanted("c9", "run p95", "run p50")])[0].worse
    twice = [wanted("c10", "run p95"), wanted("c10", "run p50", reason="and slower queries")]
    assert steps_of(rows, twice)[0].accepted == "a new page; and slower queries"


@pytest.mark.parametrize(
    ("metric", "level", "now", "covered"),
    [
        ("p95", 50.0, 52.5, True), ("p95", 50.0, 52.6, False), ("p95", 50.0, 40.0, True),
        ("throughput", 100.0, 95.0, True), ("throughput", 100.0, 94.9, False),
        ("error_rate", 0.1, 0.3, True), ("error_rate", 0.1, 0.31, False),
        ("error_rate", 4.0, 5.0, True), ("error_rate", 4.0, 5.1, False),
    ],
)  # fmt: skip
def test_what_was_accepted_is_no_worse_than_it_was_then(
    metric: str, level: float, now: float, covered: bool
) -> None:
    """All runs may bear one label, `main` say: the next step of it is another one."""
    row = f"run {metric}"
    accepted = wanted("main", row).model_copy(update={"levels": {row: level}})
    step = steps_of([of_main(20, metric, level, now)], [accepted])[0]
    assert step.worse is not covered
    assert not steps_of([change(20, metric, level, now, stands=True)], [wanted("c20", row)])[0].worse


def test_the_step_that_stands_is_the_one_that_is_accepted(tmp_path: Path) -> None:
    changes = [of_main(10), of_main(20, "p95", 50.0, 70.0)]
    first = accept(tmp_path, steps_of(changes[:1]), "main", "a new page", "li", "2015-09-11")
    assert first.index == 10
    left = steps_of(changes, read_accepted(tmp_path))
    assert [step.worse for step in left] == [False, True]
    assert accept(tmp_path, left, "main", "dearer checks", "li", "2015-09-12").index == 20
    assert not any(step.worse for step in steps_of(changes, read_accepted(tmp_path)))


def test_accepting_is_kept_in_a_file_that_says_what_and_why(tmp_path: Path) -> None:
    rows = [change(10, "p95"), change(11, "p50", 40, 90)]
    found = accept(tmp_path, steps_of(rows), "c11", "  a new page ", "li", "2015-09-11")
    assert found.since == "c10"
    said = json.loads((tmp_path / NAME).read_text(encoding="utf-8"))
    assert said == {
        "schema": 1,
        "accepted": [
            {"since": "c10", "reason": "a new page", "who": "li", "when": "2015-09-11",
             "rows": ["run p50", "run p95"], "levels": {"run p50": 90.0, "run p95": 50.0}}
        ],
    }  # fmt: skip
    assert (tmp_path / NAME).read_text(encoding="utf-8").startswith('{\n "schema": 1,\n')
    accept(tmp_path, steps_of([change(20)]), "c20", "again", "li", "2015-09-12")
    assert [one.since for one in read_accepted(tmp_path)] == ["c10", "c20"]


def test_what_cannot_be_accepted_is_refused_with_the_steps_there_are(tmp_path: Path) -> None:
    steps = steps_of([change(10), change(20)])
    with pytest.raises(SnapshotError, match="name one of: c10, c20"):
        accept(tmp_path, steps, "c15", "why", "li", "now")
    with pytest.raises(SnapshotError, match="name one of: none"):
        accept(tmp_path, [], "c15", "why", "li", "now")
    with pytest.raises(SnapshotError, match="is empty"):
        accept(tmp_path, steps, "c10", "  ", "li", "now")
    assert not (tmp_path / NAME).exists()


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('{"schema": 2, "accepted": []}', "schema"),
        (
            '{"accepted": [{"since": "c1", "reason": "", "who": "x", "when": "y", "rows": []}]}',
            "accepted.0.reason",
        ),
        ("[]", ""),
    ],
)
def test_a_bad_file_of_accepted_steps_names_its_field(tmp_path: Path, text: str, field: str) -> None:
    (tmp_path / NAME).write_text(text, encoding="utf-8")
    with pytest.raises(SnapshotError) as caught:
        read_accepted(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / NAME}: {field}".rstrip(": "))


def test_no_file_and_a_file_of_now_are_read(tmp_path: Path) -> None:
    assert read_accepted(tmp_path) == []
    (tmp_path / NAME).write_text('{"accepted": []}', encoding="utf-8")
    assert read_accepted(tmp_path) == []


# The trend itself


def test_the_answer_of_a_trend_as_an_exit_code() -> None:
    def code(runs: int, changes: list[Change]) -> int:
        told = {"scenario": "s", "target": "t", "labels": [], "series": {}, "changes": changes}
        return Trend(runs=["r"] * runs, **told).exit_code  # type: ignore[arg-type]

    assert FEWEST_RUNS == 6
    assert [code(5, []), code(6, []), code(6, [change(3)]), code(5, [change(3)])] == [4, 0, 1, 4]
    assert code(6, [change(3, since=30.0)]) == 0


@pytest.mark.parametrize(
    ("metric", "before", "now", "worse"),
    [
        ("p95", 100, 102.1, True), ("p95", 100, 101.9, False), ("p95", 100, 90, False),
        ("throughput", 100, 97.9, True), ("throughput", 100, 98.1, False), ("throughput", 100, 110, False),
        ("error_rate", 1.0, 1.11, True), ("error_rate", 1.0, 1.09, False), ("error_rate", 1.0, 0.5, False),
    ],
)  # fmt: skip
def test_worse_is_beyond_the_noise_band(metric: str, before: float, now: float, worse: bool) -> None:
    """2 % of a latency or a throughput, 0.1 points of a rate."""
    assert _worse(before, now, metric, TrendSettings()) is worse


def test_a_change_has_to_hold_for_three_runs() -> None:
    level = [40.0, 40.1, 39.9, 40.0, 40.1, 39.9, 40.0, 40.1]
    assert ENOUGH == 3
    settings = TrendSettings()
    assert change_points([*level, 80.0, 80.1], False, 0.01, settings) == []
    found = change_points([*level, 80.0, 80.1, 79.9], False, 0.01, settings)
    assert [(index, round(a, 4), round(b, 4)) for index, a, b in found] == [(8, 40.0125, 80.0)]
    early = change_points([80.0, 80.1, *level], False, 0.01, settings)
    assert early == []
    assert [index for index, *_ in change_points([80.0, 80.1, 79.9, *level], False, 0.01, settings)] == [3]


def test_rates_change_beyond_a_tenth_of_a_point() -> None:
    settings = TrendSettings()
    assert change_points([0.0] * 6 + [0.099] * 6, True, 0.01, settings) == []
    assert [index for index, *_ in change_points([0.0] * 6 + [0.101] * 6, True, 0.01, settings)] == [6]


def test_equal_values_and_five_runs_have_no_change() -> None:
    assert trend_of(series([42.0] * 8), TrendSettings()).changes == []
    assert trend_of(series([42.0, 42.1, 84.0, 84.1, 84.2]), TrendSettings()).changes == []
    six = trend_of(series([42.0, 42.0, 42.0, 84.0, 84.0, 84.0]), TrendSettings())
    assert {(one.metric, one.index) for one in six.changes} == {("p95", 3)}


def test_a_run_that_did_not_use_an_operation_leaves_a_gap_and_the_places_stay() -> None:
    runs = series([42.0, 42.1, 42.0, 42.1, 84.0, 84.1, 84.0, 84.1])
    runs[1] = run(1, 42.0, operations={})
    found = trend_of(runs, TrendSettings())
    values = found.series["declaration.submit"]["p95"]
    assert values[1] is None
    assert found.series["declaration.submit"]["throughput"][1] == 0.0
    submit = [one for one in found.changes if (one.subject, one.metric) == ("declaration.submit", "p95")]
    assert [(one.index, one.before, one.since) for one in submit] == [(4, "c003", "c004")]


def test_throughput_counts_for_each_arrival_that_was_due() -> None:
    """500/s for 10 s of 5,000 due: 1 an arrival; one run that does not know its arrivals makes it a rate."""
    due = {"load": {"model": "open", "arrivals_due": 5000}}
    found = trend_of([run(number, **due) for number in range(6)], TrendSettings())
    assert found.series["run"]["throughput"] == [1.0] * 6
    mixed = trend_of([*[run(number, **due) for number in range(5)], run(5)], TrendSettings())
    assert mixed.series["run"]["throughput"] == [500.0] * 6


def test_which_change_stands_is_held_against_the_last_level() -> None:
    """42 ms, 84 ms, and mended to 42.5 ms, within 2 % of what it was: the change at 9 stands no longer."""

    def level(value: float) -> list[float]:
        return [value + 0.01 * (n % 3) for n in range(9)]

    mended = trend_of(series([*level(42), *level(84), *level(42.5)]), TrendSettings())
    first, second = (one for one in mended.changes if one.subject == "run")
    assert (first.stands, first.worse, first.latest, first.index) == (False, True, False, 9)
    assert (second.stands, second.worse, second.latest, second.index) == (False, False, True, 18)
    half = trend_of(series([*level(42), *level(84), *level(44)]), TrendSettings())
    assert [one.stands for one in half.changes if one.subject == "run"] == [True, False]


def test_less_throughput_is_worse_and_its_unit_is_told() -> None:
    def rated(number: int, rate: float) -> Any:
        plain = run(number)
        one = plain.total
        assert one is not None
        slower = one.model_copy(update={"rate_per_s": rate})
        return plain.model_copy(update={"total": slower, "operations": {"declaration.submit": slower}})

    found = trend_of([rated(n, 500.0 if n < 5 else 400.0 + n) for n in range(10)], TrendSettings())
    rows = {one.metric: one for one in found.changes if one.subject == "run"}
    assert (rows["throughput"].worse, rows["throughput"].stands, rows["throughput"].unit) == (
        True,
        True,
        "/s",
    )


@pytest.mark.parametrize(
    "bad",
    [{"alpha": 0}, {"alpha": 0.05}, {"noise_band": -0.01}, {"share_band": -0.01}, {"window": 3}, {"x": 1}],
)
def test_settings_without_sense_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        TrendSettings(**bad)
    assert TrendSettings(noise_band=0, share_band=0, window=4, alpha=0.049).window == 4
    assert TrendSettings().model_dump() == {
        "alpha": 0.01,
        "noise_band": 0.02,
        "share_band": 0.001,
        "window": 50,
    }


@pytest.mark.parametrize(("alpha", "found"), [(0.0076, [6]), (0.0074, [])])
def test_of_one_row_alone_alpha_is_shared_by_its_runs_only(alpha: float, found: list[int]) -> None:
    """No latency and no operation is known. Means of 500 and 480, both variances 50: t = 20 / sqrt(50 / 3)
    = 4.899, p = 0.000624 with 10 degrees of freedom, which times 12 runs is 0.00749."""
    rates = (500, 510, 490, 505, 495, 500, 480, 470, 490, 475, 485, 480)
    runs = []
    for number, rate in enumerate(rates):
        plain = run(number)
        assert plain.total is not None
        alone = plain.total.model_copy(update={"rate_per_s": rate, "latency_ms": None})
        runs.append(plain.model_copy(update={"total": alone, "operations": {}}))
    told = trend_of(runs, TrendSettings(alpha=alpha))
    assert {subject: list(metrics) for subject, metrics in told.series.items()} == {"run": ["throughput"]}
    assert [one.index for one in told.changes] == found
