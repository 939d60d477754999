"""Thresholds held against the plan: each expectation is one that a person can work out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renhai.core import home
from renhai.plan.attainable import Attainable, attainable
from renhai.plan.build import Options, normalise
from renhai.plan.expectation import Expected, of_operators
from renhai.plan.model import Exponential, Fixed, Lognormal, Think, Uniform
from renhai.spec.loader import load_scenario

CLOSED = """
name: closed
target: ./target.yaml
data: {seed: 7, taxpayers: 500}
load:
  operators: [{unit: 14301030000, post: desk, count: 10}]
  stages: [{hold: 10s}]
posts: {desk: {journeys: {shop.buy: 1}, think_time: {fixed: 1s}}}
journeys: {shop.buy: [shop.look, shop.look, shop.pay]}
thresholds: {"*": [error_rate < 1%]}
"""
OPEN = """
name: open
target: ./target.yaml
data: {seed: 7, taxpayers: 500}
load:
  arrivals: {rate: 20/s, process: constant, journeys: {shop.buy: 9, shop.return: 1}}
  stages: [{ramp: 10s}, {hold: 10s}]
journeys: {shop.buy: [shop.look, shop.pay], shop.return: [shop.look, shop.back]}
thresholds: {"*": [error_rate < 1%]}
"""
TARGET = """
name: shop
environment: test
url: http://127.0.0.1:9
timeouts: {connect: 1s, send: 1s, read: 4s, total: 5s}
success: {status: [200], where: {code: 0}}
operations: {shop.look: {path: /a}, shop.pay: {path: /b}, shop.back: {path: /c}}
"""


@pytest.fixture
def held(tmp_path: Path) -> Any:
    (tmp_path / "target.yaml").write_text(TARGET)

    def ask(text: str, options: Options | None = None, *sets: str, **thresholds: str) -> Attainable:
        path = tmp_path / "scenario.yaml"
        path.write_text(text)
        rules = [f'thresholds."{glob}"=[{rule}]' for glob, rule in thresholds.items()]
        loaded = load_scenario(str(path), [*sets, *(rule.replace('"', "") for rule in rules)])
        options = options or Options()
        return attainable(loaded, normalise(loaded, options), options, sets)

    return ask


def refusal(found: Attainable) -> str:
    assert len(found.refused) == 1
    return found.refused[0].text


def test_ten_operators_who_think_a_second_begin_a_hundred_journeys_of_three_requests(held: Any) -> None:
    assert held(CLOSED, run="throughput >= 30/s") == Attainable([], [])
    why = refusal(held(CLOSED, run="throughput >= 30.1/s"))
    assert "throughput >= 30.1/s, which cannot hold" in why
    assert "30/s (300 requests in 10s, ramps included, at zero latency)" in why
    assert "lower the limit, or raise the load" in why


def test_a_limit_that_must_be_exceeded_cannot_be_the_most_that_there_is(held: Any) -> None:
    assert "cannot hold" in refusal(held(CLOSED, run="throughput > 30/s"))
    assert held(CLOSED, run="throughput > 29.9/s") == Attainable([], [])


def test_the_refusal_speaks_in_the_thresholds_own_unit(held: Any) -> None:
    assert "1800/m (300 requests" in refusal(held(CLOSED, run="throughput >= 1801/m"))
    assert held(CLOSED, run="throughput >= 1800/m") == Attainable([], [])
    assert "1.08e+05/h" in refusal(held(CLOSED, run="throughput >= 108001/h"))


def test_each_operation_that_a_pattern_matches_has_to_reach_the_limit(held: Any) -> None:
    found = held(CLOSED, None, 'thresholds={"shop.*": [throughput >= 11/s]}')
    assert "10/s of shop.pay (100 requests" in refusal(found)
    assert held(CLOSED, None, 'thresholds={"*.look": [throughput >= 20/s]}') == Attainable([], [])


def test_transactions_of_a_post_are_counted_by_themselves(held: Any) -> None:
    assert held(CLOSED, None, 'thresholds={"*/desk": [throughput >= 10/s]}') == Attainable([], [])
    why = refusal(held(CLOSED, None, 'thresholds={"*/desk": [throughput >= 11/s]}'))
    assert "10/s of 14301030000/desk (100 transactions" in why


def test_a_ramp_counts_half(held: Any) -> None:
    """20/s for 10 s and half of it in the 10 s of the ramp: 300 journeys, 600 requests in 20 s."""
    assert held(OPEN, run="throughput >= 30/s") == Attainable([], [])
    assert "30/s (600 requests in 20s" in refusal(held(OPEN, run="throughput >= 30.5/s"))


def test_a_rare_operation_is_as_rare_as_its_journey(held: Any) -> None:
    found = held(OPEN, None, 'thresholds={"shop.back": [throughput >= 2/s]}')
    assert "1.5/s (30 requests" in refusal(found)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (Options(rate=10.0), "--rate 10/s"),
        (Options(rate=10.0, duration=4.0), "--rate 10/s, --duration 4s"),
    ],
)
def test_an_option_that_scaled_the_plan_is_named(held: Any, options: Options, named: str) -> None:
    assert f"(the plan is as scaled by {named})" in refusal(held(OPEN, options, run="throughput >= 25/s"))


@pytest.mark.parametrize(
    ("scenario", "options", "limit", "said"),
    [
        (OPEN, Options(rate=10.0), 60.0, "--rate 40/s"),  # 15/s at 10/s
        (OPEN, Options(rate=0.5), 60.0, "--rate 40/s"),
        (CLOSED, Options(users=2), 60.0, "--users 20"),  # 6/s at 2
        (OPEN.replace("process: constant", "process: poisson"), Options(rate=10.0), 60.0, "--rate 43/s"),
    ],
)
def test_the_remedy_names_an_option_that_would_do(
    held: Any, scenario: str, options: Options, limit: float, said: str
) -> None:
    assert f"or give {said} or more" in refusal(held(scenario, options, run=f"throughput >= {limit}/s"))
    name, value = said.split()
    number = float(value.removesuffix("/s"))
    more = Options(rate=number) if name == "--rate" else Options(users=int(number))
    assert held(scenario, more, run=f"throughput >= {limit}/s") == Attainable([], [])


def test_users_and_assignments_are_named_too(held: Any) -> None:
    assert "scaled by --users 2)" in refusal(held(CLOSED, Options(users=2), run="throughput >= 25/s"))
    found = held(CLOSED, None, "load.stages=[{ramp: 10s}]", run="throughput >= 25/s")
    assert "scaled by --set load.stages=[{ramp: 10s}])" in refusal(found)
    assert "scaled" not in refusal(held(CLOSED, run="throughput >= 31/s"))


def test_what_chance_alone_breaks_is_told_and_not_refused(held: Any) -> None:
    """300 Poisson arrivals of two requests: 600, standard deviation 2 sqrt(300) = 34.6."""
    poisson = OPEN.replace("process: constant", "process: poisson")
    for limit, share in (("29.9/s", "47%"), ("28/s", "12%")):
        found = held(poisson, run=f"throughput >= {limit}")
        assert not found.refused
        assert f"missed by chance alone in {share} of runs" in found.doubts[0]
    assert held(poisson, run="throughput >= 27/s") == Attainable([], [])


def test_think_times_that_vary_are_chance_too(held: Any) -> None:
    random = CLOSED.replace("{fixed: 1s}", "{exponential: 1s}")
    assert "missed by chance alone" in held(random, run="throughput >= 29/s").doubts[0]
    assert held(random, run="throughput >= 20/s") == Attainable([], [])


def test_people_who_do_not_think_may_do_any_number(held: Any) -> None:
    assert held(CLOSED.replace("1s}}", "0s}}"), run="throughput >= 100000/s") == Attainable([], [])


def test_who_is_never_seated_cannot_sign_in(held: Any) -> None:
    half = ("load.stages=[{ramp: 5s, to: 50%}, {hold: 5s}]",)
    found = held(CLOSED, None, *half, 'thresholds={"*/desk": [signed_in >= 98%]}')
    assert "seat at most 5 of 10 operators (50%)" in refusal(found)
    assert held(CLOSED, None, *half, 'thresholds={"*/desk": [signed_in >= 50%]}') == Attainable([], [])


def test_a_latency_that_no_answer_may_have_cannot_fail(held: Any) -> None:
    assert "timeouts.total" in refusal(held(CLOSED, run="p95 < 5001ms"))
    assert held(CLOSED, run="p95 < 5s") == Attainable([], [])
    assert held(CLOSED, None, 'thresholds={"*/desk": [p95 < 15s]}') == Attainable([], [])


# Of OPEN: 300 journeys, so 600 requests, of which 300 shop.look, 270 shop.pay and 30 shop.back.
@pytest.mark.parametrize(
    ("glob", "rule"),
    [
        ("run", "error_rate < 100%"),
        ("run", "error_rate <= 99.84%"),  # 599 of 600 are 99.833 %
        ("run", "rejection_rate < 99.9%"),
        ("shop.look", "error_rate <= 99.7%"),  # 299 of 300 are 99.67 %
        ("run", "errors <= 599"),
        ("run", "errors <= 1000000"),
        ("shop.look", "rejections < 300"),
        ("shop.*", "error_rate < 99.9%"),
        ("run", "throughput > 0/s"),
        ("run", "throughput >= 0.0001/s"),
        ("shop.pay", "throughput >= 1/h"),  # 0.006 in 20 s
    ],
)
def test_a_limit_that_only_a_run_without_any_success_breaks_cannot_fail(
    held: Any, glob: str, rule: str
) -> None:
    why = refusal(held(OPEN.replace('"*": [error_rate < 1%]', f'"{glob}": [{rule}]')))
    assert f"has {rule}, which cannot fail" in why
    assert "a run without any success fails by itself" in why


@pytest.mark.parametrize(
    ("glob", "rule"),
    [
        ("run", "error_rate <= 99.8%"),
        ("shop.look", "error_rate < 99%"),
        ("run", "errors <= 598"),
        ("shop.back", "errors < 29"),
        ("shop.*", "error_rate < 99.6%"),  # 299 of 300 are more
        ("run", "error_rate < 1%"),
        ("run", "throughput >= 0.1/s"),
    ],
)
def test_a_limit_that_some_successes_do_not_keep_is_taken(held: Any, glob: str, rule: str) -> None:
    assert held(OPEN.replace('"*": [error_rate < 1%]', f'"{glob}": [{rule}]')).refused == []


@pytest.mark.parametrize(
    ("rule", "refused"),
    [
        ("completion > 0.9%", True),  # one of a hundred journeys
        ("completion > 1%", False),
        ("completion >= 99%", False),
        ("signed_in >= 10%", True),  # one of ten operators
        ("signed_in > 10%", False),
    ],
)
def test_a_share_that_one_success_reaches_cannot_fail(held: Any, rule: str, refused: bool) -> None:
    found = held(CLOSED, **{"14301030000/desk": rule})
    assert bool(found.refused) is refused
    if refused:
        assert "cannot fail: it holds where one of all succeeds" in found.refused[0].text


def test_an_abort_rule_that_has_to_hold_for_longer_than_the_load_is_refused(held: Any) -> None:
    rule = "abort: {when: error_rate > 20%, for: 10s}\n"
    assert held(CLOSED + rule) == Attainable([], [])
    (problem,) = held(CLOSED + rule.replace("10s", "10.5s")).refused
    assert str(problem).endswith(
        "scenario.yaml:11: abort has for: 10.5s, so the rule cannot fire: the load ends after 10s; shorten it"
    )


def test_an_abort_rule_that_an_option_left_no_time_for_is_told(held: Any) -> None:
    found = held(CLOSED + "abort: {when: error_rate > 20%, for: 10s}\n", Options(duration=5.0))
    assert found.refused == []
    assert found.doubts == [
        "abort has for: 10s, so the rule cannot fire: the load ends after 5s; shorten it "
        "(the plan is as scaled by --duration 5s)"
    ]


@pytest.mark.parametrize(
    ("bounds", "told"),
    [
        ("audit: {lost: 299}", "has lost at most 299, which cannot fail: the plan brings about 300 requests"),
        ("audit: {altered: 1000000}", "has altered at most 1,000,000, which cannot fail"),
        ("papers: {wrong: 299}", "has wrong at most 299, which cannot fail"),
        ("audit: {lost: 298}", ""),
        ("audit: {lost: 0}", ""),
        ("audit: {duplicated: 299}", ""),  # of which one write may have many
        ("papers: {wrong: 3}", ""),
    ],
)
def test_a_bound_of_what_may_be_lost_that_all_may_reach_is_refused(held: Any, bounds: str, told: str) -> None:
    """300 requests."""
    found = held(f"{CLOSED}{bounds}\n")
    assert found == Attainable([], []) if not told else told in refusal(found)


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (
            "p95 < 15.001s",
            "which cannot fail: the load ends after 10s, and what is under way then is cut after 5s",
        ),
        ("max <= 59m", "which cannot fail"),
        ("p95 < 15s", ""),
    ],
)
def test_a_transaction_cannot_last_longer_than_its_load(held: Any, rule: str, why: str) -> None:
    """10 s of load, 5 s of timeouts.total."""
    found = held(CLOSED, **{"14301030000/desk": rule})
    assert why in refusal(found) if why else found == Attainable([], [])


def test_a_limit_that_an_option_left_no_time_for_is_told(held: Any) -> None:
    found = held(CLOSED, Options(duration=2.0), **{"14301030000/desk": "p95 < 8s"})
    assert found.refused == []
    assert "p95 < 8s, which cannot fail" in found.doubts[0]
    assert found.doubts[0].endswith("(the plan is as scaled by --duration 2s)")


@pytest.mark.parametrize("name", home.scenario_names())
def test_no_shipped_scenario_asks_what_its_plan_cannot_give(name: str) -> None:
    loaded = load_scenario(name)
    assert attainable(loaded, normalise(loaded), Options()) == Attainable([], [])


def test_the_scenario_of_the_readme_holds_by_its_plan(tmp_path: Path) -> None:
    for page in ("README.md", "README.zh.md"):
        text = (home.find_home() / page).read_text(encoding="utf-8")
        written = text.split("```yaml scenario\n")[1].split("```")[0]
        path = tmp_path / "morning.yaml"
        path.write_text(written)
        loaded = load_scenario(str(path))
        assert attainable(loaded, normalise(loaded), Options()) == Attainable([], [])


THINK = st.one_of(
    st.builds(Fixed, seconds=st.floats(0.5, 5)),
    st.builds(Exponential, mean=st.floats(0.5, 5)),
    st.builds(Uniform, low=st.floats(0.1, 1), high=st.floats(1, 5)),
    st.builds(Lognormal, median=st.floats(0.5, 3), p95=st.floats(3.1, 9)),
)


@settings(max_examples=40, deadline=None)
@given(THINK, st.floats(1, 300))
def test_the_expected_count_is_what_operators_really_begin(think: Think, seconds: float) -> None:
    """Against a simulation with the load process's own think times and first pause."""
    from renhai.load.engine.think_time import SplitMix64, think_of

    draw, dice, counts = think_of(think), SplitMix64(7), []
    for _ in range(300):
        at, count = dice.roll() * draw(dice.roll()), 0
        while at < seconds:
            at, count = at + draw(dice.roll()), count + 1
        counts.append(count)
    found = of_operators([[(0.0, seconds)]], think)
    spread = float(np.std(counts)) / np.sqrt(300)
    assert abs(found.mean - np.mean(counts)) <= 5 * spread + 0.35
    assert found.mean >= 0 and isinstance(found, Expected)
