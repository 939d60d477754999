"""How `benchmarks soak` judges a series: what grows is told, what warms up is not, too short is no answer."""

from __future__ import annotations

import mmap
import os

import pytest

from benchmarks.engine.soak import Slope, judged, own_memory, slope
from benchmarks.product import Ran

HOUR = 3600.0


def series(seconds: int, grows: float, warms: float = 0.0) -> list[tuple[float, float]]:
    """A second each, in MiB: `grows` a second, and `warms` at once, evenly, over the first 100 s."""
    return [(float(at), 150 + grows * at + warms * min(at, 100) / 100) for at in range(seconds)]


def test_what_fills_up_in_the_first_hundred_seconds_is_no_growth() -> None:
    found = slope("memory", "memory", series(1800, 0.0, warms=40.0), HOUR)
    assert found is not None and found.value == pytest.approx(0.0, abs=1e-9) and found.state == "steady"


def test_steady_growth_is_told_whatever_warmed_up_before() -> None:
    found = slope("memory", "memory", series(1800, 0.02, warms=40.0), HOUR)  # 72 MiB an hour
    assert found is not None and found.value == pytest.approx(72.0) and found.state == "GROWS"


def test_growth_just_within_the_bound_is_steady_and_just_beyond_it_is_not() -> None:
    for by_hour, state in ((39.0, "steady"), (41.0, "GROWS")):
        found = slope("memory", "memory", series(1800, by_hour / HOUR), HOUR)
        assert found is not None and found.state == state


def test_a_series_with_less_than_a_minute_after_the_warm_up_has_no_slope() -> None:
    assert slope("memory", "memory", series(180, 0.0), HOUR) is None  # 179 s, of which 120 s do not count
    assert slope("memory", "memory", series(182, 0.0), HOUR) is not None
    assert slope("memory", "memory", [], HOUR) is None


def test_a_run_of_which_a_part_was_not_seen_is_not_called_steady() -> None:
    kinds = ("memory", "latency", "receipts", "journal", "other files")
    seen = [Slope(kind, kind, 0.0, -1.0, 1.0) for kind in kinds]
    passed = Ran(0, {}, {}, "")
    assert judged(passed, seen, 1000.0, 1000) == (0, [])
    code, against = judged(passed, seen[1:], 1000.0, 1000)
    assert code == 3 and against[0].startswith("memory: less than 60 s")
    grown = Slope("memory, runner", "memory", 50.0, 41.0, 60.0)
    assert judged(passed, [grown, *seen], 1000.0, 1000)[0] == 1
    assert judged(passed, seen, 949.0, 1000)[0] == 1
    assert judged(Ran(3, {}, {}, "lag"), seen, 1000.0, 1000)[0] == 1


def test_memory_is_what_belongs_to_the_process_alone() -> None:
    before = own_memory(os.getpid())
    own = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS  # whatever the process has free already
    with mmap.mmap(-1, 64 << 20, flags=own) as held:
        for page in range(0, len(held), 4096):
            held[page] = 1  # each is written, so that it is there
        assert 60 < own_memory(os.getpid()) - before < 80
    with pytest.raises(OSError):
        own_memory(2**22 + 1)
