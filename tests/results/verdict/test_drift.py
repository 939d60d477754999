"""Drift is found where it was planted and not in noise; the account of a day to catch up, by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from results.verdict.catch_up import account, clock
from results.verdict.drift import PARTS, find_drift, judge, memory_parts, trend
from results.verdict.validity.evidence import read_evidence
from tests.results.recording import Recording, Request

AT = np.arange(PARTS, dtype=float) * 60


def test_a_straight_line_is_measured_exactly() -> None:
    found = trend(AT, 100 + 50 * AT / AT[-1], relative=True)
    assert found is not None
    assert (found.first, found.last) == (pytest.approx(100), pytest.approx(150))
    assert found.growth == pytest.approx(0.5)
    assert judge(found, 0.2) == "drifts"
    assert judge(found, 0.6) == "steady"


def test_noise_alone_does_not_drift_and_outliers_do_not_matter() -> None:
    random = np.random.default_rng(7)
    drifting = sum(
        judge(trend(AT, 100 + random.normal(0, 3, PARTS), relative=True), 0.2) != "steady" for _ in range(200)
    )
    assert drifting == 0
    spoiled = np.full(PARTS, 100.0)
    spoiled[[3, 9, 20]] = 5000.0
    assert judge(trend(AT, spoiled, relative=True), 0.2) == "steady"


def test_growth_that_lies_on_the_limit_cannot_be_told() -> None:
    random = np.random.default_rng(3)
    found = trend(AT, 100 + 20 * AT / AT[-1] + random.normal(0, 5, PARTS), relative=True)
    assert judge(found, 0.2) == "cannot tell"


def test_what_only_a_laxer_confidence_would_call_drift_cannot_be_told() -> None:
    """Sen's interval at 99 %: here its lower end is below the limit, and that at 90 % would be above."""
    random = np.random.default_rng(11)
    values = 100 + 32 * AT / AT[-1] + random.normal(0, 8, PARTS)
    found = trend(AT, values, relative=True)
    lax = stats.theilslopes(values, AT, alpha=0.90)
    assert found is not None
    limit = (found.low + lax.low_slope * AT[-1] / found.first) / 2
    assert found.low < limit < lax.low_slope * AT[-1] / found.first
    assert judge(found, limit) == "cannot tell"
    strict = stats.theilslopes(values, AT, alpha=0.99)
    assert found.low == pytest.approx(strict.low_slope * AT[-1] / found.first)
    assert found.high == pytest.approx(strict.high_slope * AT[-1] / found.first)


def test_what_bends_so_steeply_that_its_line_begins_below_zero_drifts() -> None:
    """Nine parts at 10 ms, then 100 ms more in each, 1510 ms in the last: the median of the 276 slopes is
    82.8 ms a part and that of the values 360 ms, so the line would begin at 360 - 82.8 x 11.5 = -593 ms."""
    place = np.arange(PARTS, dtype=float)
    values = 10 + 100 * np.maximum(place - 8, 0)
    slopes = sorted((values[j] - values[i]) / (j - i) for i in range(PARTS) for j in range(i + 1, PARTS))
    slope = float(np.median(slopes))
    begins = float(np.median(values)) - slope * float(np.median(place))
    assert begins < 0
    found = trend(place, values, relative=True)
    assert found is not None
    assert (found.first, found.bent) == (10.0, True)
    assert found.growth == pytest.approx(slope * 23 / 10)
    assert found.last == pytest.approx(begins + slope * 23)
    assert judge(found, 2.5) == "drifts"


def test_what_bends_is_never_steady() -> None:
    place = np.arange(PARTS, dtype=float)
    found = trend(place, 10 + 100 * np.maximum(place - 8, 0), relative=True)
    assert found is not None
    assert judge(found, found.high + 1) == "cannot tell"
    assert judge(found._replace(bent=False), found.high + 1) == "steady"


def test_points_are_not_relative_and_few_values_say_nothing() -> None:
    found = trend(AT, 0.01 * AT / AT[-1], relative=False)
    assert found is not None
    assert found.growth == pytest.approx(0.01)
    assert trend(AT[:5], AT[:5], relative=False) is None
    assert trend(AT, np.zeros(PARTS), relative=True) is None
    assert judge(None, 0.2) == "cannot tell"


def test_a_second_counts_to_the_part_that_holds_its_middle(tmp_path: Path) -> None:
    """60 s: a warm-up of 6 s, then 24 parts of 2.25 s. Seconds 10, 11 and 12 have their middles in part 2,
    which goes from 10.5 to 12.75 s; all 25 requests of second 12 fail, of 75."""
    recording = Recording(duration_s=60)
    recording.requests = [
        Request("a.b", second, 1000 * (second + 1), "error" if second == 12 else "ok")
        for second in range(60)
        for _ in range(25)
    ]
    left = recording.write(tmp_path)
    limits = {"latency": 0.2, "error_rate": 0.01, "memory": None}
    p50, _p95, errors = find_drift(left, read_evidence(left), limits)
    assert errors["series"][:4] == [[7.1, 0.0], [9.4, 0.0], [11.6, 0.33333], [13.9, 0.0]]
    assert [value for _, value in p50["series"][:4]] == [7.003, 9.007, 12.007, 14.007]  # in ms


def test_memory_is_read_in_parts_after_the_warm_up(tmp_path: Path) -> None:
    lines = [f"{second},{100 + second}" for second in range(240)]
    (tmp_path / "target.csv").write_text("second,rss_mb\n" + "\n".join(lines) + "\n239.5,34")
    parts = memory_parts(tmp_path, 240)
    assert len(parts) == PARTS  # nine seconds each, from 24 s on
    assert parts[0] == (pytest.approx(28.5), pytest.approx(128))
    assert memory_parts(tmp_path / "missing", 240) == []


WANTED = {"volume": 2200, "from_s": 17.5 * 3600, "until_s": 24 * 3600.0, "compressed": 60}


def test_the_hour_at_which_the_work_is_done() -> None:
    # 55 in a minute that stands for an hour: 55/h; 2,200 take 40 h, needed are 2200 / 6.5 h
    slow = account(55, 60, WANTED)
    assert slow["reached_per_hour"] == pytest.approx(55)
    assert slow["needed_per_hour"] == pytest.approx(338.46, abs=0.01)
    assert (slow["finish"], slow["in_time"]) == ("09:30 +2", False)
    fast = account(550, 60, WANTED)
    assert (fast["finish"], fast["in_time"]) == ("21:30", True)
    assert account(0, 60, WANTED)["finish"] == ""


def test_midnight_is_the_end_of_the_day() -> None:
    assert [clock(s) for s in (86400, 86401, 0, 3599)] == ["24:00", "00:01 +1", "00:00", "01:00"]
