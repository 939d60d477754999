"""Faults of timing on paper: fault specifications, and schedules computed from arrivals alone."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renhai.reference.faults.spec import KINDS, FaultError, parse, times
from renhai.reference.faults.timing import Capacity, Degrade, Latency, Stall

OPERATIONS = ("declaration.submit", "registration.query")


def spec(text: str):
    return parse(text, OPERATIONS)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("latency", "unknown kind 'latency'"),
        ("jitter=2ms", "unknown kind 'jitter'"),
        ("latency=20", "'20' is not a duration"),
        ("latency=-20ms", "'-20ms' is not a duration"),
        ("latency=normal(1ms,2ms)", "is not a duration"),
        ("latency=lognormal(20ms)", "lognormal takes 2 values, found 1"),
        ("latency=lognormal(20ms,10ms)", "0 < median <= p95"),
        ("latency=uniform(2s,1s)", "least value first"),
        ("latency=exponential(0ms)", "mean above 0"),
        ("latency=mix(1ms,2ms,3)", "'3' is not a share"),
        ("latency=1ms:payment.*", "no operation matches 'payment.*'"),
        ("latency=1ms:", "no operation matches ''"),
        ("errors=2", "'2' is not a share"),
        ("errors=101%", "'101%' is not a share"),
        ("stall=2s", "names no period"),
        ("stall=10s/10s", "less than its period"),
        ("stall=0s/10s", "more than 0"),
        ("capacity=4", "names no service time"),
        ("capacity=0x20ms", "'0' is not a count"),
        ("capacity=4x0ms", "must be above 0"),
        ("capacity=99999x1ms", "more than 10000"),
        ("degrade=50%", "does not say over what"),
        ("degrade=100%/1m", "leaves nothing"),
        ("leak=20", "is not a size"),
        ("crash=soon", "neither after:COUNT"),
        ("crash=after:0", "'0' is not a count"),
        ("lost-write=x", "'x' is not a share"),
    ],
)
def test_a_wrong_specification_says_what_is_wrong_and_what_to_write(text, says):
    with pytest.raises(FaultError) as error:
        spec(text)
    message = str(error.value)
    assert repr(text) in message and says in message and "\n" not in message
    assert "write" in message or "operations are" in message


@given(st.sampled_from(list(KINDS)), st.text(max_size=20))
def test_any_text_is_parsed_or_refused(kind, value):
    try:
        assert spec(f"{kind}={value}").kind == kind
    except FaultError:
        pass


def test_a_glob_chooses_operations():
    found = spec("latency=1ms:*.query")
    assert found.covers("registration.query") and not found.covers("declaration.submit")


@pytest.mark.parametrize(
    ("text", "mean", "p50", "p95"),
    [
        ("20ms", 0.020, 0.020, 0.020),
        ("lognormal(20ms,80ms)", 0.020 * math.exp((math.log(4) / 1.6448536) ** 2 / 2), 0.020, 0.080),
        ("exponential(20ms)", 0.020, 0.020 * math.log(2), 0.020 * math.log(20)),
        ("uniform(10ms,30ms)", 0.020, 0.020, 0.029),
        ("mix(1ms,100ms,20%)", 0.0208, 0.001, 0.100),
    ],
)
def test_draws_have_the_mean_and_quantiles_of_their_distribution(text, mean, p50, p95):
    found, random = times(text), Random(7)
    draws = sorted(found.draw(random) for _ in range(40_000))
    assert found.mean_s == pytest.approx(mean)
    assert sum(draws) / len(draws) == pytest.approx(mean, rel=0.05)
    assert draws[20_000] == pytest.approx(p50, rel=0.05)
    assert draws[38_000] == pytest.approx(p95, rel=0.05)


def test_a_stall_holds_what_arrives_in_it_and_nothing_else():
    """2 s in every 10 s, the first from 108 to 110: as in the truth of an open arrival stream."""
    stall = Stall(spec("stall=2s/10s"), first=108.0)
    answers = {
        at: stall.answer_at(at, 1.0) for at in (100.0, 107.9, 108.0, 109.0, 109.9, 110.0, 117.0, 118.5)
    }
    assert answers == {
        100.0: 100.0, 107.9: 107.9, 108.0: 110.0, 109.0: 110.0, 109.9: pytest.approx(110.0), 110.0: 110.0,
        117.0: 117.0, 118.5: 120.0,
    }  # fmt: skip
    waits = sorted(stall.answer_at(at / 100, 1.0) - at / 100 for at in range(11_000, 21_000))
    assert waits[8_999] == pytest.approx(1.0, abs=0.02)
    assert waits[9_899] == pytest.approx(1.9, abs=0.02)


def test_four_servers_of_20_ms_serve_200_a_second_first_come_first_served():
    capacity = Capacity(spec("capacity=4x20ms"), Random(1), now=0.0)
    ends = [capacity.answer_at(0.0, 1.0) for _ in range(1_000)]
    assert ends == pytest.approx([0.02 * (i // 4 + 1) for i in range(1_000)])
    assert capacity.report(0.0, 1.0)["capacity_per_s"] == pytest.approx(200)
    assert capacity.report(0.0, 1.0)["wait_s"] == pytest.approx(5.0)


def test_below_capacity_nobody_waits():
    capacity = Capacity(spec("capacity=2x20ms"), Random(1), now=0.0)
    for i in range(1_000):
        at = i * 0.0101
        assert capacity.answer_at(at, 1.0) == pytest.approx(at + 0.02)


@given(
    st.integers(1, 8),
    st.lists(st.floats(0, 0.05), min_size=1, max_size=200),
    st.sampled_from(("20ms", "exponential(20ms)", "uniform(5ms,30ms)")),
)
def test_answers_never_exceed_capacity(servers, gaps, service):
    """No more than c requests are in service at any time, and no server idles while somebody waits."""
    capacity = Capacity(spec(f"capacity={servers}x{service}"), Random(1), now=0.0)
    draws, at = Random(1), 0.0
    free = [0.0] * servers
    for gap in gaps:
        at += gap
        free.sort()
        free[0] = max(at, free[0]) + times(service).draw(draws)
        assert capacity.answer_at(at, 1.0) == pytest.approx(free[0])


def test_the_same_seed_draws_the_same():
    one, two = (Latency(spec("latency=exponential(5ms)"), Random(9)) for _ in range(2))
    assert [one.answer_at(0, 1.0) for _ in range(50)] == [two.answer_at(0, 1.0) for _ in range(50)]


def test_capacity_degrades_in_a_line_by_time_or_by_requests():
    by_time = Degrade(spec("degrade=50%/100s"), now=0.0)
    assert [1 / by_time.slowness(at) for at in (-5, 0, 50, 100, 900)] == pytest.approx([1, 1, 0.75, 0.5, 0.5])
    by_requests = Degrade(spec("degrade=20%/1000"), now=0.0)
    assert by_requests.slowness(900.0) == 1.0
    for _ in range(500):
        by_requests.count()
    assert 1 / by_requests.slowness(0.0) == pytest.approx(0.9)
