"""The search on simulated queues whose capacity is known: M/D/c and D/D/c, one that slows down, dead ends."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.capacity.search import (
    Probe,
    Settings,
    Step,
    Stop,
    bounds,
    cool_down,
    first_broken,
    interval,
    next_probe,
    step_seconds,
)  # fmt: skip
from results.capacity.step import growing
from results.capacity.summary import summarise

LIMIT_MS = 1000.0
Answer = Callable[[float, float, int], Step]


def arrive(rate: float, seconds: float, *, poisson: bool) -> np.ndarray:
    """As the load process does: random arrivals are the same draw in every step, drawn out to its rate."""
    if not poisson:
        return np.arange(int(rate * seconds)) / rate
    times = np.cumsum(np.random.default_rng(20150911).exponential(1 / rate, int(2 * rate * seconds) + 50))
    return np.asarray(times[times < seconds])


def queue(arrivals: np.ndarray, seconds: float, servers: int, service: float) -> list[np.ndarray]:
    """Latencies in s by second of the answer: c servers, a constant service time, one queue."""
    free = [0.0] * servers
    by_second: list[list[float]] = [[] for _ in range(math.ceil(seconds))]
    for arrival in arrivals:
        leaves = max(float(arrival), heapq.heappop(free)) + service
        heapq.heappush(free, leaves)
        if leaves < seconds:
            by_second[int(leaves)].append(leaves - float(arrival))
    return [np.array(found) for found in by_second]


def simulated(servers: int, service: float, *, poisson: bool = False) -> Answer:
    """A target of c servers x s, as results.capacity.step would measure it."""

    def answer(rate: float, seconds: float, number: int) -> Step:
        arrivals = arrive(rate, seconds, poisson=poisson)
        found = queue(arrivals, seconds, servers, service)
        means = np.array([part.mean() for part in found if len(part)])[1:]
        everything = np.concatenate(found)
        p95 = float(np.quantile(everything, 0.95)) * 1000
        growth, grows = growing(means)
        held = p95 < LIMIT_MS and not grows
        half = int(seconds) // 2
        done = sum(len(part) for part in found[half:]) / (len(found) - half)
        row = {
            "subject": "run", "rule": "p95 < 1s", "value": p95, "limit": LIMIT_MS, "unit": "ms",
            "passed": p95 < LIMIT_MS,
        }  # fmt: skip
        return Step(
            number=number,
            rate=rate,
            seconds=seconds,
            outcome="held" if held else "broke",
            offered=len(arrivals) / seconds,
            completed=done,
            bottleneck=done,
            requests_per_journey=1.0,
            each={"a.b": 1.0},
            latency_ms={"p50": float(np.median(everything)) * 1000, "p95": p95},
            journey_s=float(everything.mean()),
            growth=growth,
            thresholds=[row],
            snapshot=f"{number:02d}",
        )

    return answer


def search(answer: Answer, settings: Settings) -> tuple[list[Step], str]:
    steps: list[Step] = []
    for _ in range(settings.steps + 1):
        probe = next_probe(steps, settings)
        if isinstance(probe, Stop):
            return steps, probe.ended
        steps.append(answer(probe.rate, probe.seconds, len(steps) + 1))
    raise AssertionError("a search must end")


@pytest.mark.parametrize(
    ("servers", "service", "poisson"),
    [
        (4, 0.02, False),
        (1, 0.01, False),
        (16, 0.2, False),
        (2, 0.05, False),
        (4, 0.04, True),
        (8, 0.02, True),
    ],
)
def test_the_capacity_of_a_queue_is_found_within_five_per_cent(
    servers: int, service: float, poisson: bool
) -> None:
    truth = servers / service
    process = "poisson" if poisson else "constant"
    settings = Settings(start=truth / 7.3, highest=1e6, step_s=6, process=process)
    steps, ended = search(simulated(servers, service, poisson=poisson), settings)
    found = summarise(steps, settings, ended)
    assert ended == "found"
    assert abs(found["capacity"] / truth - 1) <= 0.05
    assert found["low"] < found["high"] <= found["low"] * 1.04
    assert len(steps) <= 16
    assert found["steps"][int(found["shown_step"]) - 1]["offered"] == found["capacity"]
    assert [point["rate"] for point in found["curve"]] == sorted(step.offered for step in steps)


def test_a_deterministic_queue_shows_its_servers_and_no_knee_as_it_never_waits() -> None:
    settings = Settings(start=30, highest=1e6, step_s=6)
    steps, ended = search(simulated(4, 0.02), settings)
    fit = summarise(steps, settings, ended)["queueing"]
    assert fit["servers"] == pytest.approx(4, rel=0.1)
    assert fit["service_s"] == pytest.approx(0.02, rel=0.02)
    assert "knee" not in fit


def test_a_target_that_slows_down_is_found_at_its_later_capacity() -> None:
    fresh, worn = simulated(4, 0.02), simulated(4, 0.04)

    def answer(rate: float, seconds: float, number: int) -> Step:
        return (fresh if number < 6 else worn)(rate, seconds, number)

    settings = Settings(start=30, highest=1e6, step_s=6)
    steps, ended = search(answer, settings)
    found = summarise(steps, settings, ended)
    assert ended == "found"
    assert found["slowed"]
    assert abs(found["capacity"] / 100 - 1) <= 0.05


def test_a_first_rate_above_the_capacity_is_searched_downwards() -> None:
    settings = Settings(start=900, highest=1e6, step_s=6)
    steps, ended = search(simulated(4, 0.02), settings)
    assert ended == "found"
    assert interval(steps)[0] == pytest.approx(200, rel=0.05)


def test_a_search_ends_at_its_highest_rate_and_says_that_nothing_broke() -> None:
    settings = Settings(start=10, highest=100, step_s=6)
    steps, ended = search(simulated(4, 0.02), settings)
    found = summarise(steps, settings, ended)
    assert (ended, found["capacity"], found["high"]) == ("ceiling", 100.0, None)


def step(number: int, rate: float, outcome: str, **more: object) -> Step:
    return Step.model_validate({"number": number, "rate": rate, "seconds": 5, "outcome": outcome, **more})


def test_a_target_that_never_holds_ends_the_search() -> None:
    settings = Settings(start=256, highest=1e6)
    steps, ended = search(lambda rate, seconds, number: step(number, rate, "broke"), settings)
    assert ended == "none"
    assert [s.rate for s in steps] == [256, 64, 16, 4, 1]
    assert summarise(steps, settings, ended)["shown_step"] == steps[-1].snapshot


def test_a_rate_that_is_refused_again_and_again_is_the_generators_limit() -> None:
    settings = Settings(start=10, highest=1e6)
    once = [step(1, 10, "held"), step(2, 20, "invalid")]
    again = next_probe(once, settings)
    assert isinstance(again, Probe)
    assert (again.rate, again.purpose) == (20, "again")
    assert cool_down(once[-1], settings) == 5
    twice = next_probe([*once, step(3, 20, "invalid")], settings)
    assert isinstance(twice, Probe)
    assert (twice.rate, twice.purpose) == (20, "again")
    thrice = [*once, step(3, 20, "invalid"), step(4, 20, "invalid")]
    assert next_probe(thrice, settings) == Stop(ended="generator")


def test_the_newest_word_counts() -> None:
    held, broke = bounds(
        [step(1, 10, "held"), step(2, 20, "held"), step(3, 40, "broke"), step(4, 20, "broke")]
    )
    assert (held, broke) == ({10: 1}, {40: 1, 20: 1})
    held, broke = bounds([step(1, 10, "broke"), step(2, 20, "broke"), step(3, 10, "held")])
    assert (held, broke) == ({10: 1}, {20: 1})


@given(
    st.lists(
        st.tuples(st.sampled_from([1.0, 2.0, 3.0, 5.0, 8.0]), st.sampled_from(["held", "broke", "invalid"]))
    )
)
def test_the_ends_never_cross_and_a_next_rate_lies_between_them(words: list[tuple[float, str]]) -> None:
    steps = [step(n, rate, outcome) for n, (rate, outcome) in enumerate(words, start=1)]
    low, high = interval(steps)
    assert low < high
    probe = next_probe(steps, Settings(start=1, highest=100, steps=200))
    if isinstance(probe, Probe) and probe.purpose == "refine":
        assert low < probe.rate < high


def test_a_step_lasts_long_enough_for_what_it_must_tell_but_not_forever() -> None:
    settings = Settings(start=1, highest=1000, step_s=8)
    assert step_seconds(200, [], settings) == 8
    assert step_seconds(10, [], settings) == 10  # 100 arrivals
    assert step_seconds(1, [], settings) == 32  # four times the step is the most
    assert step_seconds(200, [step(1, 10, "held", journey_s=0.6)], settings) == 12  # 20 journeys in a row
    assert step_seconds(200, [], Settings(start=1, highest=9, step_s=1)) == 8  # shorter ones cannot tell
    poisson = Settings(start=1, highest=1000, step_s=8, process="poisson")
    assert step_seconds(100, [], poisson) == 12  # 1200 arrivals
    noisy = [step(1, 100, "held", noise=0.12)]
    assert step_seconds(110, noisy, settings) == 16  # (0.12 / 0.03) squared
    assert step_seconds(200, noisy, settings) == 8  # another rate varies otherwise


def test_the_cool_down_lets_a_queue_empty() -> None:
    settings = Settings(start=1, highest=10, cool_down_s=2)
    assert cool_down(step(1, 5, "held"), settings) == 2
    assert cool_down(step(1, 5, "broke", backlog_s=7.5), settings) == 9.5


def row(subject: str, value: float, limit: float) -> dict[str, object]:
    return {
        "subject": subject, "rule": f"p95 < {limit:g}ms", "value": value, "limit": limit, "unit": "ms",
        "passed": value < limit,
    }  # fmt: skip


def test_the_first_threshold_to_break_is_the_one_that_meets_its_limit_at_the_lowest_rate() -> None:
    held = step(1, 100, "held", thresholds=[row("a", 50, 100), row("b", 80, 200)])
    broke = step(2, 200, "broke", thresholds=[row("a", 150, 100), row("b", 1000, 200)])
    found = first_broken([held, broke])
    # a crosses 100 at 100 + 100 x 50/100 = 150, b crosses 200 at 100 + 100 x 120/920 = 113.04
    assert (found["subject"], round(found["rate"], 2)) == ("b", 113.04)


def test_growth_without_a_broken_threshold_names_the_one_that_it_reaches_first() -> None:
    held = step(1, 100, "held", thresholds=[row("a", 50, 1000)])
    broke = step(2, 110, "broke", growth=0.1, thresholds=[row("a", 500, 1000)])
    assert first_broken([held, broke])["note"] == "after 5 s more at this rate"


def test_growth_is_told_from_noise() -> None:
    steady = np.array([0.100, 0.103, 0.098, 0.101, 0.099, 0.102])
    assert not growing(steady)[1]
    assert growing(np.array([0.10, 0.12, 0.14, 0.16, 0.18]))[1]
    assert not growing(np.array([0.10, 0.105, 0.11, 0.115]))[1]  # half a per cent above capacity
    assert not growing(np.array([0.1, 0.9]))[1]
    assert all(b >= a for a, b in pairwise([growing(steady + 0.02 * k * np.arange(6))[0] for k in range(3)]))


@pytest.mark.parametrize(
    ("bottleneck", "completed", "rate"),
    [
        (150, 170, 147.75),  # just below what the bottleneck completed: 150 x (1 - 0.03 / 2)
        (0, 160, 157.6),  # else by all requests
        (100.5, 0, 102.0075),  # just below is no news, so just above
        (90, 95, 106),  # both below what held: two precisions more
        (0, 0, math.sqrt(100 * 200)),  # no hint: the middle
        (300, 400, math.sqrt(100 * 200)),
    ],
)
def test_the_next_rate_is_guided_by_what_an_overloaded_target_completed(
    bottleneck: float, completed: float, rate: float
) -> None:
    broke = step(2, 200, "broke", bottleneck=bottleneck, completed=completed)
    probe = next_probe([step(1, 100, "held"), broke], Settings(start=100, highest=1e6))
    assert isinstance(probe, Probe)
    assert (probe.purpose, probe.rate) == ("refine", pytest.approx(rate))


@pytest.mark.parametrize(("bottleneck", "rate"), [(200, 197), (99, 100), (500, 100), (0, 100)])
def test_a_first_rate_that_breaks_is_followed_by_what_the_target_did_or_a_quarter(
    bottleneck: float, rate: float
) -> None:
    probe = next_probe([step(1, 400, "broke", bottleneck=bottleneck)], Settings(start=400, highest=1e6))
    assert isinstance(probe, Probe)
    assert probe.rate == pytest.approx(rate)


def test_defaults_and_bounds_of_a_search() -> None:
    settings = Settings(start=1, highest=10)
    assert (settings.step_s, settings.cool_down_s, settings.precision, settings.steps) == (5.0, 1.0, 0.03, 30)
    plain = step(1, 5, "held")
    assert (plain.offered, plain.completed, plain.journey_s, plain.growth, plain.backlog_s) == (0, 0, 0, 0, 0)
    assert cool_down(step(1, 5, "broke", backlog_s=100), settings) == 61  # a minute at most
    assert cool_down(step(1, 5, "invalid"), settings) == 5


def test_a_value_that_is_not_known_crosses_at_the_rate_that_broke() -> None:
    unknown = {**row("a", 50, 100), "value": None}
    broke = step(2, 200, "broke", thresholds=[{**row("a", 150, 100), "value": None, "passed": False}])
    assert first_broken([step(1, 100, "held", thresholds=[row("a", 50, 100)]), broke])["rate"] == 200
    known = step(2, 200, "broke", thresholds=[row("a", 150, 100)])
    assert first_broken([step(1, 100, "held", thresholds=[unknown]), known])["rate"] == 200
    assert first_broken([step(1, 100, "held")]) == {}
    still = step(2, 200, "broke", growth=0.1, thresholds=[unknown])
    assert first_broken([step(1, 100, "held"), still]) == {}
    level = step(2, 200, "broke", growth=0.0, thresholds=[row("a", 50, 100)])  # it broke by what piled up
    assert first_broken([step(1, 100, "held"), level]) == {}
