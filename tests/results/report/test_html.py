"""report.html: right numbers in the charts, nothing from outside, nothing injected."""

from __future__ import annotations

import hashlib
import json
import re
from fractions import Fraction
from pathlib import Path

import pytest

from results.compare.comparison import Row, Settings
from results.compare.trend import Change, Trend
from results.report import write_report
from results.report.files.run import finish
from results.report.html.chart_data import latency_over_time, over_time, percentile_curves
from results.report.html.comparison import forest
from results.report.html.page import ASSETS, bar, failures
from results.report.html.runs import write_runs_page
from results.report.html.trend import levels
from results.snapshot.histograms import nearest_rank, read_intervals, totals
from results.snapshot.listing import list_runs
from results.snapshot.run import ThresholdRow, load_run
from results.snapshot.timeline import read_timeline
from results.verdict.validity.evidence import read_evidence
from tests.results.recording import Recording, Request, manifest
from tests.results.report.browsing import MEGABYTE
from tests.results.report.pages import GOALS, hostile, small
from tests.snapshots import snapshot


def test_rates_over_time_are_those_of_the_timeline(tmp_path: Path) -> None:
    drawn = over_time(read_timeline(small(tmp_path) / "timeline.csv"))
    assert (drawn["step"], drawn["t"]) == (1, [0, 1, 2, 3])
    assert (drawn["ok"], drawn["errors"]) == ([30] * 4, [1] * 4)
    assert drawn["users"] == [4] * 4


def test_long_runs_are_drawn_in_steps(tmp_path: Path) -> None:
    Recording(duration_s=1500).add("a.query", [10] * 3000).write(tmp_path)
    drawn = over_time(read_timeline(tmp_path / "timeline.csv"))
    assert (drawn["step"], len(drawn["t"]), set(drawn["ok"])) == (3, 500, {2})


def test_every_request_is_in_the_heat_map(tmp_path: Path) -> None:
    log = small(tmp_path) / "latency.hlog"
    drawn = latency_over_time(read_intervals(log))["operations"]
    assert set(drawn) == {"*", "a.query", "b.save"}
    one = drawn["a.query"]
    assert (one["t"], one["rows"], one["p50"], one["p99"]) == ([0, 1, 2, 3], 1, [1] * 4, [1] * 4)
    assert one["cells"] == [0, 0, 255, 1, 0, 255, 2, 0, 255, 3, 0, 255]
    for column in range(4):
        cells = [drawn["*"]["cells"][i : i + 3] for i in range(0, len(drawn["*"]["cells"]), 3)]
        shares = [(weight / 255) ** 2 for found, _, weight in cells if found == column]
        assert sum(shares) == pytest.approx(1, abs=0.01)


def test_curves_are_exact_ranks(tmp_path: Path) -> None:
    latency, _ = totals(small(tmp_path) / "latency.hlog")
    curve = percentile_curves(latency, {})["b.save"]
    whole = latency["b.save"]
    assert curve["x"][0] == 0
    assert curve["x"][20] == 1
    assert curve["latency"][20] == whole.at_rank(nearest_rank(Fraction(9, 10), 84)) / 1000
    assert curve["x"][-1] <= 1.95  # 84 values end before 99 %
    assert set(curve["service"]) == {None}


@pytest.mark.parametrize(
    ("value", "limit", "drawn"),
    [(50, 100, (50 / 140, 100 / 140)), (200, 100, (1, 0.5)), (None, 5, None), (1, 0, None)],
)
def test_the_bar_shows_value_and_limit(
    value: float | None, limit: float, drawn: tuple[float, float] | None
) -> None:
    row = ThresholdRow(subject="a", rule="", value=value, unit="ms", passed=None, limit=limit)
    assert bar(row) == drawn


def test_failures_are_grouped_with_one_excerpt_each(tmp_path: Path) -> None:
    records = [
        {
            "operation": "a",
            "outcome": "error",
            "reason": "500",
            "count": 2,
            "second": 1,
            "request": "GET",
            "response": "",
        },
        {"operation": "b", "outcome": "rejected", "reason": "402", "count": 9},
        {"operation": "a", "outcome": "error", "reason": "500", "count": 8, "second": 7, "response": "late"},
    ]
    lines = [json.dumps(record) for record in records]
    (tmp_path / "failures.jsonl").write_text("\n".join([*lines, "{broken", "7"]))
    found = failures(tmp_path)
    assert [(group["operation"], group["count"], group["request"], group["response"]) for group in found] == [
        ("a", 10, "GET", "late"),
        ("b", 9, "", ""),
    ]


def test_texts_of_the_target_stay_texts(tmp_path: Path) -> None:
    page = hostile(tmp_path).read_text(encoding="utf-8")
    assert "<img" not in page
    assert "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;{{ 7*7 }}" in page
    assert page.count("</script>") == 4


def test_the_page_names_nothing_outside_itself(tmp_path: Path) -> None:
    small(tmp_path)
    finish(tmp_path, manifest())
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"<link|<iframe|\ssrc=|@import|url\(", page)
    assert "default-src 'none'" in page
    assert (tmp_path / "report.html").stat().st_size < MEGABYTE // 5


def test_an_hour_of_a_dozen_operations_stays_under_two_megabytes(tmp_path: Path) -> None:
    recording = Recording(duration_s=3600, interval_s=30)
    for number in range(12):
        for second in range(0, 3600, 6):
            spread = (second * 7919 + number * 104_729) % 1_000_003
            recording.requests.append(Request(f"operation.number{number}", second, 500 + spread))
    finish(recording.write(tmp_path), manifest())
    assert (tmp_path / "report.html").stat().st_size < 2 * MEGABYTE


def test_a_snapshot_without_files_still_has_a_page(tmp_path: Path) -> None:
    finish(tmp_path, manifest(started="2015-09-11T08:00:00Z"))
    assert "测量无效" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_report_may_be_written_again(tmp_path: Path) -> None:
    run = finish(small(tmp_path), manifest())
    first = (tmp_path / "report.html").read_bytes()
    (tmp_path / "report.html").unlink()
    assert write_report(tmp_path) == tmp_path / "report.html"
    assert (tmp_path / "report.html").read_bytes() == first
    assert write_report(tmp_path, run, read_evidence(tmp_path)).read_bytes() == first


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("uPlot.iife.min.js", "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f"),
        ("uPlot.min.css", "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04"),
    ],
)
def test_the_plotting_library_is_the_published_one(name: str, digest: str) -> None:
    # npm pack uplot@1.6.32; sha256sum package/dist/<name>
    assert hashlib.sha256((ASSETS / "uplot" / name).read_bytes()).hexdigest() == digest


def test_runs_that_measured_nothing_are_on_the_page_too(tmp_path: Path) -> None:
    place = snapshot(tmp_path / "nothing", verdict="invalid", operations={}, total=None)
    assert load_run(place).total is None
    text = write_runs_page(tmp_path, list_runs(tmp_path)).read_text(encoding="utf-8")
    assert text.count("</svg> –</td>") == 2  # p95 and throughput


def test_the_forest_shows_band_interval_and_effect() -> None:
    row = Row(
        subject="run", metric="p95", unit="ms", baseline=1, candidate=1, effect=0.06, low=-0.03, high=0.9,
        p=1, finding="cannot decide", decisive=True,
    )  # fmt: skip
    drawn = forest(row, Settings())  # spans +-30 %: 0.02 is a fifteenth of a half
    assert drawn["band"] == pytest.approx((46.67, 6.66), abs=0.01)
    assert drawn["reach"] == (45, 55)
    assert drawn["at"] == 60


def test_levels_are_the_means_between_changes() -> None:
    runs = [20.0] * 6 + [40.0] * 5
    change = Change(
        subject="run", metric="p50", unit="ms", index=6, before="5", since="6", mean_before=20, mean_since=40,
        worse=True, latest=True,
    )  # fmt: skip
    names = [str(place) for place in range(11)]
    one = Trend(
        scenario="", target="", runs=names, labels=names, changes=[change], series={"run": {"p50": runs}}
    )
    assert levels(one) == {"run": {"p50": runs}}


def test_a_search_in_which_nothing_broke_tells_neither_of_a_knee_nor_of_servers(tmp_path: Path) -> None:
    run = finish(small(tmp_path), manifest())

    def told(**more: object) -> str:
        found = {**GOALS["capacity"], **more}
        page = write_report(tmp_path, run.model_copy(update={"capacity": found}))
        return re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8"))

    broke = told()
    assert "The target behaves like 4.0 servers of 20 ms each." in broke and "Nothing broke" not in broke
    unbroken = told(high=None, first_broken={}, ended="ceiling")
    assert "Nothing broke up to 25/s: what lies beyond was not measured." in unbroken
    assert "servers of" not in unbroken and "Knee at" not in unbroken
    flat = told(queueing={"servers": 0.8, "service_s": 0.02})
    assert "no knee was seen" in flat and "servers of" not in flat
