"""RTO on made series: what a person computes from freeze, limit and backlog comes out, to the bucket."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from results.checks.drill.buckets import US, Limits, buckets
from results.checks.drill.recovery import Episode, Watch, episodes
from results.checks.drill.starts import Start
from tests.share import examples

P95_1S = [{"metric": "p95", "op": "<", "value": 1000.0}, {"metric": "error_rate", "op": "<", "value": 1.0}]
W = 5
WIDTH = 100_000  # µs


def start(at: int, lasted: int = 3000, outcome: str = "ok", group: str = "") -> Start:
    return Start(at, lasted, outcome, "declaration.submit", group)


def frozen(freeze: int, service: int, gap: int, begin: int, end: int) -> list[Start]:
    """A server of one queue that takes `service` µs for each, and stands still from begin for freeze."""
    rows, free = [], 0
    for at in range(0, end, gap):
        first = max(at, free)
        if begin <= first < begin + freeze:
            first = begin + freeze
        free = first + service
        if first < begin < free:
            free += freeze
        rows.append(start(at, free - at))
    return rows


def judged(rows: list[Start], *injections: int, end: int = 20 * US, at_least: int = 10) -> list[Episode]:
    return episodes(Watch(rows, Limits(P95_1S, at_least), WIDTH, W, end), injections)


@pytest.mark.parametrize("service", [100, 1000, 2500])
def test_a_freeze_of_5_s_lasts_as_long_as_freeze_limit_and_backlog_say(service: int) -> None:
    """200 arrivals a second. Who comes s after the freeze began is served at 5 s + (s / 5 ms) * service,
    and has waited less than 1 s from s = (5 - 1) / (1 - service / 5 ms) on: the first who came then."""
    begin, gap = 5 * US, 5000
    (one,) = judged(frozen(5 * US, service, gap, begin, 20 * US), begin)
    truth = Fraction(4) / (1 - Fraction(service, gap))
    assert one.state == "recovered"
    assert 0 <= Fraction(one.rto_s or 0) - truth <= Fraction(1, 100)  # two arrivals
    assert one.noticed_s == 1.0
    assert (one.relapses, one.few_s, one.later_bad) == (0, 0.0, 0)
    assert round(one.out_s + one.degraded_s, 6) == one.rto_s


def test_the_length_of_a_bucket_is_no_part_of_the_rto() -> None:
    """Ten failed requests, 5 ms apart, are 50 ms of a bucket of 100 ms; what follows them went well."""
    rows = [start(at) for at in range(0, 3 * US, 5000)]
    for n in range(200, 210):
        rows[n] = start(n * 5000, 3000, "error")
    (one,) = judged(rows, US, end=3 * US)
    assert (one.rto_s, one.degraded_s, one.work) == (0.05, 0.05, {"declaration.submit": (0, 10)})
    (later,) = judged(rows, US, US + 80_000, end=3 * US)  # not before what was done last
    assert (later.rto_s, later.degraded_s) == (0.08, 0.08)


def test_what_lies_between_injection_and_recovery_adds_up() -> None:
    rows = [start(at) for at in range(0, 2 * US, 5000)]
    rows += [start(at, 4000, "error") for at in range(2 * US, 3 * US, 5000)]  # nobody is served
    rows += [
        start(at, 4000, "error" if at % 10_000 else "ok") for at in range(3 * US, 4 * US, 5000)
    ]  # every other
    rows += [start(at) for at in range(4 * US, 8 * US, 5000)]
    (one,) = judged(rows, 2 * US, end=8 * US)
    assert (one.rto_s, one.out_s, one.degraded_s, one.noticed_s) == (2.0, 1.0, 1.0, 0.004)
    assert one.backlog_s == 1.999
    assert one.work == {"declaration.submit": (100, 400)}


def test_who_could_work_meanwhile_by_unit_and_post() -> None:
    rows = [start(at, group="a/desk") for at in range(0, 8 * US, 5000)]
    rows += [
        start(at, 9, "error" if 2 * US <= at < 3 * US else "ok", "b/desk") for at in range(0, 8 * US, 5000)
    ]
    (one,) = judged(sorted(rows), 2 * US, end=8 * US)
    assert one.work == {"a/desk": (200, 200), "b/desk": (0, 200)}
    assert (one.rto_s, one.degraded_s) == (1.0, 1.0)


def posts(far: str, since: int, until: int) -> list[Start]:
    """200 a second at one post; at another 4 a second, which fail between two moments."""
    rows = [start(at, group="a/desk") for at in range(0, 20 * US, 5000)]
    rows += [
        start(at, 9, far if since <= at < until else "ok", "b/desk") for at in range(2500, 20 * US, 250_000)
    ]
    return sorted(rows + [start(at, 9, "error", "a/desk") for at in range(5 * US, 6 * US, 5001)])


@pytest.mark.parametrize(
    ("far", "until", "out"), [("error", 20, ("b/desk",)), ("error", 19, ()), ("rejected", 20, ("b/desk",))]
)
def test_a_small_post_that_stays_out_is_named(far: str, until: int, out: tuple[str, ...]) -> None:
    """1 of 21 requests of a bucket: the rules hold (p95, fewer than 10 % errors), nobody at b/desk works."""
    rules = [
        {"metric": "p90", "op": "<", "value": 1000.0},
        {"metric": "error_rate", "op": "<", "value": 10.0},
    ]
    rows = posts(far, 5 * US, until * US)
    (one,) = episodes(Watch(rows, Limits(rules, 10), WIDTH, W, 20 * US), (5 * US,))
    assert (one.state, one.still_out) == ("recovered", out)
    (never,) = episodes(Watch(posts(far, 0, 20 * US), Limits(rules, 10), WIDTH, W, 20 * US), (5 * US,))
    assert never.still_out == ()  # it never was served, whatever was done
    calm = [row for row in rows if row.group == "b/desk" or row.outcome == "ok"]
    (quiet,) = episodes(Watch(calm, Limits(rules, 10), WIDTH, W, 20 * US), (5 * US,))
    assert (quiet.state, quiet.still_out) == ("unnoticed", out)


def series(*states: tuple[int, str]) -> list[Start]:
    """So many buckets of each kind in a row: good, out, degraded, few."""
    rows, bucket = [], 0
    for count, state in states:
        for _ in range(count):
            for place in range(2 if state == "few" else 20):
                bad = state == "out" or (state == "degraded" and place % 2)
                rows.append(start(bucket * WIDTH + place * 5000, 3000, "error" if bad else "ok"))
            bucket += 1
    return rows


def of(*states: tuple[int, str]) -> Episode:
    """The episode of an injection after 10 good buckets; those who fail in a bucket do so to its end."""
    count = 10 + sum(number for number, _ in states)
    return judged(series((10, "good"), *states), 10 * WIDTH, end=count * WIDTH)[0]


def test_too_few_arrivals_are_never_good() -> None:
    assert of((3, "out"), (4, "good"), (1, "few"), (4, "good")).state == "not_recovered"
    assert of((30, "few")).state == "unknown"
    assert of((3, "few"), (30, "good")).state == "unknown"
    one = of((3, "out"), (2, "few"), (5, "good"))
    assert (one.state, one.rto_s, one.few_s, one.out_s) == ("recovered", 0.5, 0.2, 0.3)


def test_nothing_is_taken_for_a_recovery_that_is_none() -> None:
    assert of((3, "out"), (4, "good")).rto_s is None
    assert of((3, "out"), (4, "good"), (1, "out"), (4, "good")).rto_s is None
    assert of((40, "out")).backlog_s is None
    late = of((2, "good"), (3, "out"), (5, "good"))  # it takes a while until it hits
    assert (late.state, late.rto_s) == ("recovered", 0.5)


def test_a_relapse_moves_the_recovery_and_a_single_bad_bucket_does_not() -> None:
    again = of((3, "out"), (5, "good"), (5, "degraded"), (5, "good"))
    assert (again.rto_s, again.relapses) == (1.3, 1)
    assert of((3, "out"), (5, "good"), (5, "out")).state == "not_recovered"
    noise = of((3, "out"), (5, "good"), (1, "degraded"), (5, "good"))
    assert (noise.rto_s, noise.relapses, noise.later_bad) == (0.3, 0, 1)


def test_nothing_can_be_said_of_what_was_not_well_before() -> None:
    rows = series((8, "good"), (1, "degraded"), (1, "good"), (3, "out"), (20, "good"))
    assert judged(rows, 10 * WIDTH, end=33 * WIDTH)[0].state == "unsteady"
    assert judged(rows, 2 * WIDTH, end=33 * WIDTH)[0].state == "unsteady"  # seen for too short a time


def test_who_was_under_way_at_the_injection_does_not_make_the_time_before_bad() -> None:
    rows = series((10, "good"), (3, "out"), (20, "good"))
    hit = [start(10 * WIDTH - 1000, 50_000, "error"), start(10 * WIDTH - 2000, 5 * US, "unfinished")]
    assert judged(sorted([*rows, *hit]), 10 * WIDTH, end=33 * WIDTH)[0].rto_s == 0.3
    slow = [start(8 * WIDTH + place, 3 * US) for place in range(2)]  # not yet too late then
    assert judged(sorted([*rows, *slow]), 10 * WIDTH, end=33 * WIDTH)[0].rto_s == 0.3
    rows = [row for row in series((40, "good")) if row.at >= 15 * WIDTH or row.at < WIDTH]
    stuck = [start(at, 60 * US) for at in range(WIDTH, 15 * WIDTH, 5000)]  # these wait for 1.4 s already
    one = episodes(Watch(sorted([*rows, *stuck]), Limits(P95_1S, 10), WIDTH, 14, 40 * WIDTH), [15 * WIDTH])[0]
    assert one.state == "unsteady"


def test_nobody_noticed_is_told_apart_from_all_is_well() -> None:
    one = of((30, "good"))
    assert (one.state, one.rto_s) == ("unnoticed", None)


def test_all_refused_quickly_is_out_however_fast() -> None:
    rows = [Start(at, 1000, "rejected", "declaration.submit", "") for at in range(0, WIDTH, 5000)]
    (one,) = buckets(rows, Limits([P95_1S[1]], 10), WIDTH, 0, WIDTH)
    assert (one.state, one.served) == ("out", 0)


@pytest.mark.parametrize("outcome", ["unfinished", "dropped"])
def test_who_never_had_an_answer_is_not_served(outcome: str) -> None:
    rows = series((10, "good"), (3, "out"), (10, "good"))
    rows.append(start(11 * WIDTH, 0, outcome))
    (one,) = judged(sorted(rows), 10 * WIDTH, end=23 * WIDTH)
    assert (one.rto_s, one.backlog_s) == (0.3, None)


def test_actions_before_the_recovery_are_one_episode_and_later_ones_another() -> None:
    rows = series((10, "good"), (6, "out"), (10, "good"), (2, "out"), (10, "good"))
    first, second = judged(rows, 10 * WIDTH, 12 * WIDTH, 26 * WIDTH, end=38 * WIDTH)
    assert (first.injections, first.rto_s) == ((10 * WIDTH, 12 * WIDTH), 0.6)
    assert (second.injections, second.rto_s) == ((26 * WIDTH,), 0.2)


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.sampled_from(["good", "degraded", "out", "few"]), max_size=60))
def test_a_recovery_is_five_good_buckets_after_a_bad_one(states: list[str]) -> None:
    one = of(*((1, state) for state in states))
    if one.rto_s is None:
        return
    place = round(one.rto_s * 10)
    assert states[place : place + W] == ["good"] * W
    assert {"out", "degraded"} & set(states[:place])
    assert one.out_s + one.degraded_s + one.few_s <= one.rto_s + 1e-9


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.booleans(), max_size=100))
def test_the_rto_ends_with_who_came_first_after_the_last_who_was_not_served(failed: list[bool]) -> None:
    """Arrivals 5 ms apart; whatever fails within five buckets, all is well for twenty after them."""
    rows = series((35, "good"))
    for place, bad in enumerate(failed):
        if bad:
            rows[200 + place] = start(rows[200 + place].at, 3000, "error")
    (one,) = judged(rows, 10 * WIDTH, end=35 * WIDTH)
    if True not in failed:
        assert (one.state, one.rto_s) == ("unnoticed", None)
        return
    last = max(place for place, bad in enumerate(failed) if bad)
    assert one.rto_s == (last + 1) * 5 / 1000
    assert one.work == {"declaration.submit": (last + 1 - sum(failed), last + 1)}
