"""One step by hand: what makes it hold, break or say nothing, and when it is stopped early."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from results.capacity import search, step
from results.capacity.step import EarlyStop, growing, journey_times, measure_step
from results.snapshot.timeline import COUNTED, MEASURED
from results.verdict.reasons import records
from results.verdict.reasons.generator import ArrivalsDropped, Stalled
from tests.results.recording import Recording, Request

RULES = {"*": ["p95 < 1s", "error_rate < 1%"]}
STALLED = Stalled(seconds=2, bound_ms=500)
DROPPED = ArrivalsDropped(dropped=9, due=100, share=0.09, bound=0.001)


def recording(latency_ms: float = 10, grows_ms: float = 0.0, rate: int = 20, seconds: int = 12) -> Recording:
    """`rate` journeys of one request a second; each takes `grows_ms` more than those of the second before."""
    made = Recording(duration_s=seconds)
    made.requests = [
        Request("a.b", second, round(1000 * (latency_ms + grows_ms * second)))
        for second in range(seconds)
        for _ in range(rate)
    ]
    made.measured = {
        "journeys": {"a": {"started": rate * seconds, "completed": rate * seconds}},
        "load": {"model": "open", "users": 1, "arrivals_due": rate * seconds, "arrivals_dropped": 0},
    }
    return made


def measured(tmp_path: Path, made: Recording, **said: Any) -> search.Step:
    unhealthy = said.pop("unhealthy", [])
    made.measured |= {"unhealthy": [one.en for one in unhealthy], "unhealthy_codes": records(unhealthy)}
    return measure_step(made.write(tmp_path), RULES, 1, 20.0, **said)


def test_a_steady_step_holds_and_says_what_it_measured(tmp_path: Path) -> None:
    found = measured(tmp_path, recording())
    assert (found.outcome, found.why, found.why_zh, found.why_code) == ("held", "", "", None)
    assert (found.offered, found.started, found.each) == (20.0, 240, {"a.b": 1.0})
    assert (found.completed, found.bottleneck, found.requests_per_s) == (20.0, 20.0, 20.0)
    assert found.journey_s == pytest.approx(0.010007)
    assert (found.growth, found.backlog_s) == (0.0, 0.0)
    assert found.latency_ms["p95"] == 10.007  # 10,000 us lie in a bucket that ends there


def test_a_threshold_that_broke_breaks_the_step(tmp_path: Path) -> None:
    found = measured(tmp_path, recording(latency_ms=2000))
    assert found.outcome == "broke"
    assert found.why == "a.b: p95 is 2.001 s, must be < 1s"
    assert found.why_code is not None
    assert found.why_code["code"] == "threshold.broken"


def test_a_journey_that_takes_longer_each_second_breaks_the_step(tmp_path: Path) -> None:
    found = measured(tmp_path, recording(grows_ms=40))
    assert found.outcome == "broke"
    assert found.growth == pytest.approx(0.04, rel=0.01)
    assert found.why.startswith("a journey takes 40")
    assert found.why_zh.startswith("单笔业务耗时每秒增加 40")


@pytest.mark.parametrize(
    ("latency_ms", "early", "unhealthy", "outcome"),
    [
        (10, False, [STALLED], "invalid"),  # what the generator spoiled says nothing
        (2000, False, [STALLED], "invalid"),
        (10, True, [STALLED], "invalid"),
        (2000, True, [STALLED], "broke"),  # stopped early, so it stalled while it was being stopped
        (10, True, [], "broke"),
        (10, False, [DROPPED], "invalid"),
        (2000, False, [DROPPED], "broke"),  # arrivals are dropped because the target is slow
        (2000, False, [DROPPED, STALLED], "invalid"),
    ],
)
def test_a_step_that_the_generator_spoiled_says_nothing(
    latency_ms: float, early: bool, unhealthy: list[Any], outcome: str, tmp_path: Path
) -> None:
    found = measured(tmp_path, recording(latency_ms), early=early, unhealthy=unhealthy)
    assert found.outcome == outcome
    assert found.early is early


def test_a_sentence_like_that_of_dropped_arrivals_excuses_nothing(tmp_path: Path) -> None:
    """Only the code tells them: a journey's own words may hold `were dropped`."""
    made = recording(latency_ms=2000)
    made.measured |= {"unhealthy": ["journey x is broken: 3 items were dropped"], "unhealthy_codes": []}
    assert measure_step(made.write(tmp_path), RULES, 1, 20.0).outcome == "invalid"


def test_what_piles_up_breaks_the_step(tmp_path: Path) -> None:
    """At 20/s over 12 s: more than 0.1 x 20 x 6 + 3 sqrt(20) = 25.4 more in flight at the end than at 6 s."""

    def with_users(more: int, place: Path) -> search.Step:
        made = recording()
        left = made.write(place)
        lines = (left / "timeline.csv").read_text().splitlines()
        head = lines[0].split(",")
        users, operation, second = (head.index(name) for name in ("users", "operation", "second"))
        assert set(COUNTED + MEASURED) <= set(head)
        rows = []
        for line in lines[1:]:
            cells = line.split(",")
            if cells[operation] == "run":
                cells[users] = str(more if int(cells[second]) == 11 else 0)
            rows.append(",".join(cells))
        (left / "timeline.csv").write_text("\n".join([lines[0], *rows]) + "\n")
        return measure_step(left, RULES, 1, 20.0)

    assert with_users(25, tmp_path / "few").outcome == "held"
    found = with_users(26, tmp_path / "many")
    assert found.outcome == "broke"
    assert found.why == "26 more journeys in flight at the end than at the middle"


def test_requests_that_were_cut_off_are_a_backlog(tmp_path: Path) -> None:
    made = recording()
    made.unfinished = {"a.b": 40}
    assert measured(tmp_path, made).backlog_s == pytest.approx(2.0)  # 40 at 20 a second


def test_a_journey_takes_its_operations_by_their_share(tmp_path: Path) -> None:
    left = recording(latency_ms=10).write(tmp_path)
    path = journey_times(left, {"a.b": 2.0}, 12.0)
    assert path.tolist() == [pytest.approx(0.020014)] * 11  # the first second is the warm-up
    slow = recording(latency_ms=2000).write(tmp_path / "slow")
    assert len(journey_times(slow, {"a.b": 1.0}, 12.0)) == 12 - 5  # two journeys of 2.0 s
    assert len(journey_times(slow, {"a.b": 9.0}, 12.0)) == 6  # half of the step at most
    assert len(journey_times(tmp_path / "none", {"a.b": 1.0}, 12.0)) == 0


def test_growth_counts_from_one_per_cent_a_second_or_a_plain_climb() -> None:
    assert growing(0.1 + 0.011 * np.arange(6)) == (pytest.approx(0.011), True)
    assert growing(0.1 + 0.009 * np.arange(6)) == (pytest.approx(0.009), False)
    noise = 0.3 * np.array([0, 1, -1, 1, -1, 0, -1, 0, 1])  # no t-test sees anything in it
    assert growing(1 + np.repeat([0.0, 0.1, 0.19], 3) + noise)[1]  # 0.19 in 6 s is more than 0.03 a second
    assert not growing(1 + np.repeat([0.0, 0.1, 0.17], 3) + noise)[1]  # and 0.17 less
    assert growing(np.array([0.1, 0.9])) == (0.0, False)  # two seconds say nothing


def status(second: int, **said: float) -> dict[str, float]:
    return {"second": second, "users": 0, "ok": 100, "rejected": 0, "errors": 0, "p95_ms": 50, **said}


def stops_after(stop: EarlyStop, *statuses: dict[str, float]) -> int:
    """The number of seconds after which it says stop; 0 for never."""
    return next((n for n, one in enumerate(statuses, start=1) if stop.look(one)), 0)


@pytest.mark.parametrize(
    ("bad", "fine"),
    [
        ({"errors": 101}, {"errors": 100}),  # more than half of the answers
        ({"p95_ms": 4001}, {"p95_ms": 4000}),  # more than four times the limit of 1 s
    ],
)
def test_a_step_is_stopped_when_it_clearly_fails_for_three_seconds_on_end(
    bad: dict[str, float], fine: dict[str, float]
) -> None:
    def stop() -> EarlyStop:
        return EarlyStop(100, 0.1, 1000)

    assert stops_after(stop(), *(status(n, **bad) for n in range(9))) == 3
    assert stops_after(stop(), *(status(n, **fine) for n in range(9))) == 0
    assert stops_after(stop(), *(status(n, **(fine if n % 3 == 2 else bad)) for n in range(9))) == 0


def test_a_step_is_stopped_when_more_and_more_journeys_are_in_flight() -> None:
    """At 100/s: more than 0.1 x 100 + sqrt(100) / 2 = 15 a second, once three journeys and 1 s are over."""

    def climbing(by: float, **said: Any) -> int:
        return stops_after(
            EarlyStop(100, said.get("idle", 0.1), 0), *(status(n, users=by * n) for n in range(20))
        )

    assert climbing(16) == 5  # seconds 2, 3 and 4
    assert climbing(15) == 0
    assert climbing(16, idle=1.0) == 7  # calm until second 4
    assert climbing(1000, idle=None) == 0  # how long a journey takes is not known


def test_a_status_that_does_not_say_how_many_are_in_flight_says_none() -> None:
    """At 1/s: more than 0.1 + sqrt(1) / 2 = 0.6 a second; from none to one is such a second."""
    silent = {"second": 9.0, "ok": 100.0}
    climb = [{**silent, "users": float(n)} for n in (1, 2, 3)]
    assert stops_after(EarlyStop(1, 0.1, 0), silent, *climb) == 4
    assert stops_after(EarlyStop(1, 0.1, 0), *climb) == 0  # of the first it is not known from where it came


def test_the_constants_that_decide_are_these() -> None:
    """Each is argued where it stands; a change is a change of what a capacity means."""
    assert (step.GROWTH, step.PLAIN_GROWTH, step.CONFIDENCE, step.FEWEST_SECONDS) == (0.01, 0.03, 0.95, 3)
    assert (step.BACKLOG_SHARE, step.CLEAR_SECONDS, step.CLEAR_GROWTH) == (0.10, 3, 0.10)
    assert (step.CLEAR_ERRORS, step.CLEAR_TIMES) == (0.5, 4.0)
    assert (search.FACTOR, search.FALL, search.LOWEST_SHARE, search.SEEN) == (2.0, 4.0, 1 / 256, 2)
    assert (search.REFUSALS, search.AGAIN_S, search.NEAR) == (3, 5.0, 1.3)
    assert (search.SHORTEST_S, search.LONGEST, search.JOURNEYS_LONG) == (8.0, 4, 20)
    assert search.ARRIVALS == {"constant": 100, "poisson": 1200}


def test_a_measurement_that_is_gone_says_nothing(tmp_path: Path) -> None:
    left = recording().write(tmp_path)
    (left / "latency.hlog").unlink()
    found = measure_step(left, RULES, 1, 20.0)
    assert (found.outcome, found.journey_s, found.growth, found.noise) == ("invalid", 0.0, 0.0, 0.0)
    (left / "measured.json").write_text(json.dumps({}))
    assert measure_step(left, RULES, 1, 20.0).outcome == "invalid"
