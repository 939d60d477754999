"""Plans: stages, shares and rates that a person can recompute, and the sizing on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renhai.core.errors import UsageError
from renhai.plan import reference_volumes, sizing
from renhai.plan.build import Options, build_plan, locustfile, normalise
from renhai.plan.digest import digest_of
from renhai.plan.model import (
    AbortRule,
    Arrivals,
    ClosedLoad,
    Lognormal,
    OpenLoad,
    OperatorGroup,
    Post,
    RateStage,
    ScenarioPlan,
    Taxpayers,
    Uniform,
    UserStage,
    read_plan,
)
from renhai.plan.reference_volumes import Speed
from renhai.plan.stages import shared_out
from renhai.spec.loader import LoadedScenario, load_scenario

CLOSED = """\
# How many?
name: closed
data: {seed: 7, taxpayers: 500}
load:
  operators:
    - {unit: 14301030000, post: desk, count: 10}
    - {unit: 14301020000, post: counter, count: 30}
  stages: [{ramp: 10s}, {hold: 20s}, {ramp: 5s, to: 50%}, {step: 10s, to: 4}, {ramp: 5s, to: 0}]
posts:
  desk: {journeys: {declaration.file: 3, declaration.correct: 1}, think_time: {uniform: [1s, 3s]}}
  counter: {journeys: {invoice.cycle: 1}, think_time: {lognormal: {median: 2s, p95: 6s}}}
thresholds: {"*": [error_rate < 0.1%], run: [throughput >= 1/s]}
abort: {when: p95 > 3s, for: 30s}
"""
OPEN = """\
# How fast?
name: open
data: {seed: 7, profile: current, taxpayers: 500}
load:
  arrivals: {rate: 200/s, process: poisson, journeys: {declaration.file: 3, invoice.cycle: 1}}
  stages: [{ramp: 10s}, {hold: 20s}, {ramp: 10s, to: 500/s}, {step: 5s, to: 100/s}]
thresholds: {"*": [error_rate < 0.1%]}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def loaded(text: str) -> LoadedScenario:
    Path("plan.yaml").write_text(text, encoding="utf-8")
    return load_scenario("plan.yaml")


def stages(plan: ScenarioPlan) -> list[tuple[float, ...]]:
    return [tuple(stage.model_dump().values()) for stage in plan.load.stages]


def test_a_closed_plan() -> None:
    plan = normalise(loaded(CLOSED))
    assert plan.name == "closed"
    assert plan.data == Taxpayers(seed=7, profile="gt3_2015", taxpayers=500)
    assert isinstance(plan.load, ClosedLoad) and plan.load.model == "closed"
    assert plan.load.operators == (
        OperatorGroup(unit="14301030000", post="desk", count=10),
        OperatorGroup(unit="14301020000", post="counter", count=30),
    )
    assert plan.load.stages[0] == UserStage(seconds=10, users_from=0, users_to=40)
    assert stages(plan) == [(10, 0, 40), (20, 40, 40), (5, 40, 20), (10, 4, 4), (5, 4, 0)]
    assert (plan.load.seconds, plan.load.seats, plan.load.peak_users, plan.load.peak_rate) == (50, 40, 40, 0)
    assert plan.posts["desk"] == Post(
        journeys={"declaration.file": 3, "declaration.correct": 1}, think=Uniform(low=1, high=3)
    )
    assert plan.posts["counter"].think == Lognormal(median=2, p95=6)
    assert plan.abort == AbortRule(when="p95 > 3s", metric="p95", op=">", value=3000, unit="ms", for_s=30)
    assert plan.thresholds == {"*": ("error_rate < 0.1%",), "run": ("throughput >= 1/s",)}
    assert plan.journeys == ["declaration.file", "declaration.correct", "invoice.cycle"]
    assert ScenarioPlan.model_validate_json(plan.model_dump_json()) == plan


def test_an_open_plan() -> None:
    plan = normalise(loaded(OPEN))
    assert isinstance(plan.load, OpenLoad) and plan.load.model == "open"
    assert plan.load.arrivals == Arrivals(
        process="poisson",
        journeys={"declaration.file": 3, "invoice.cycle": 1},
        max_in_flight=15000,  # 30 s of the highest rate
        rate=200,
    )
    assert plan.load.stages[0] == RateStage(seconds=10, rate_from=0, rate_to=200)
    assert stages(plan) == [(10, 0, 200), (20, 200, 200), (10, 200, 500), (5, 100, 100)]
    assert (plan.load.peak_rate, plan.load.peak_users, plan.load.groups) == (500, 0, ())
    assert plan.journeys == ["declaration.file", "invoice.cycle"]


def test_options_change_the_plan() -> None:
    closed = normalise(loaded(CLOSED), Options(users=20, duration=25.0, seed=9))
    assert closed.data.seed == 9
    assert [group.count for group in closed.load.groups] == [5, 15]
    assert stages(closed) == [(5, 0, 20), (10, 20, 20), (2.5, 20, 10), (5, 2, 2), (2.5, 2, 0)]
    faster = normalise(loaded(OPEN), Options(rate=400.0))
    assert stages(faster) == [(10, 0, 400), (20, 400, 400), (10, 400, 1000), (5, 200, 200)]
    with pytest.raises(UsageError, match=r"--rate: closed has operators \(closed model\); use --users"):
        normalise(loaded(CLOSED), Options(rate=5.0))
    with pytest.raises(UsageError, match=r"--users: open has arrivals \(open model\); use --rate"):
        normalise(loaded(OPEN), Options(users=5))


def test_a_first_hold_is_at_full_strength_and_a_group_without_operators_goes() -> None:
    text = CLOSED.replace("[{ramp: 10s}, ", "[").replace("count: 10", "count: 1")
    plan = normalise(loaded(text), Options(users=3))
    assert [group.post for group in plan.load.groups] == ["counter"]
    assert stages(plan)[0] == (20, 3, 3)


def test_a_curve_is_cut_into_straight_pieces(here: Path) -> None:
    (here / "day.csv").write_text("08:00,10\n08:30,40\n09:30,0\n")
    text = (
        OPEN.replace("rate: 200/s", "curve: day.csv").partition("  stages:")[0]
        + OPEN[OPEN.index("thresholds:") :]
    )
    plan = normalise(loaded(text))
    assert stages(plan) == [(1800, 10, 40), (3600, 40, 0)]
    assert isinstance(plan.load, OpenLoad) and plan.load.arrivals.rate == 40
    assert plan.load.curve == ((0, 10), (1800, 40), (5400, 0))
    doubled = normalise(loaded(text), Options(rate=80.0, duration=54.0))
    assert stages(doubled) == [(18, 20, 80), (36, 80, 0)]


@given(st.lists(st.integers(1, 500), min_size=1, max_size=20), st.integers(1, 5000))
def test_operators_are_shared_out_in_proportion_and_none_is_lost(counts: list[int], total: int) -> None:
    shares = shared_out(counts, total)
    assert sum(shares) == total
    for count, share in zip(counts, shares, strict=True):
        assert abs(share - count * total / sum(counts)) < 1


def test_the_digest_tells_loads_apart_and_seeds_not() -> None:
    first = normalise(loaded(CLOSED))
    assert digest_of(first) == digest_of(normalise(loaded(CLOSED), Options(seed=99)))
    assert digest_of(first) == digest_of(normalise(loaded(CLOSED.replace("< 0.1%", "< 0.2%"))))
    assert digest_of(first) == digest_of(
        normalise(loaded(CLOSED.replace("taxpayers: 500", "taxpayers: 500, first: 9")))
    )
    assert digest_of(first) != digest_of(normalise(loaded(CLOSED), Options(users=39)))


def test_a_first_taxpayer_stands_in_the_plan() -> None:
    plan = normalise(loaded(CLOSED.replace("taxpayers: 500", "taxpayers: 500, first: 9")))
    assert plan.data == Taxpayers(seed=7, profile="gt3_2015", taxpayers=500, first=9)


def test_the_plan_travels_in_a_locustfile(here: Path) -> None:
    found = loaded(CLOSED)
    scenario = normalise(found)
    plan = build_plan(
        found,
        scenario,
        run_id="r1",
        out=here,
        base_url="http://127.0.0.1:1",
        addresses=["127.0.0.1"],
        processes=2,
    )
    assert plan.interval_s == 1
    assert plan.locustfiles == ("locustfiles/declaration.py", "locustfiles/invoice.py")
    assert (plan.seed, plan.guard.environment, plan.patience_s) == (7, "test", 90)
    names: dict[str, Any] = {}
    exec(locustfile(plan).partition("from renhai")[0], names)
    assert read_plan(names["PLAN"]) == plan


def test_long_runs_have_at_most_120_intervals(here: Path) -> None:
    found = loaded(CLOSED)
    scenario = normalise(found, Options(duration=3600.0))
    plan = build_plan(found, scenario, run_id="r", out=here, base_url="http://h", addresses=[], processes=1)
    assert plan.interval_s == 30


def test_sizing_by_hand() -> None:
    found = loaded(CLOSED)
    size = sizing.size(normalise(found), found.journeys)
    desk, counter = size.posts
    assert (desk.operators, desk.think_s, desk.rate) == (10, 2.0, 5.0)
    # lognormal with median 2 and p95 6: sigma = ln 3 / 1.6449 = 0.6679, mean = 2 exp(sigma^2 / 2) = 2.4998
    assert counter.think_s == pytest.approx(2.4998, abs=1e-4)
    assert size.peak_rate == pytest.approx(5 + 30 / 2.4998, rel=1e-4)
    # operators x seconds: 200 + 800 + 150 + 40 + 10 = 1200 of 40 x 50
    assert size.transactions == pytest.approx(size.peak_rate * 50 * 0.6)
    assert size.users == 40
    steps = {name: len(journey.operations) for name, journey in found.journeys.items()}
    mix = (3 * steps["declaration.file"] + steps["declaration.correct"]) / 4
    assert desk.requests_rate == pytest.approx(5 * mix)
    assert sum(size.journeys.values()) == pytest.approx(size.transactions)


def warned(found: LoadedScenario, scenario: ScenarioPlan, speed: Speed | None = None) -> list[str]:
    size = sizing.size(scenario, found.journeys)
    return sizing.warnings(size, 1, speed or sizing.speed_of(found))


def test_sizing_of_arrivals_by_hand() -> None:
    found = loaded(OPEN)
    size = sizing.size(normalise(found), found.journeys)
    # 10 s of 0..200, 20 s of 200, 10 s of 200..500, 5 s of 100
    assert size.transactions == pytest.approx(1000 + 4000 + 3500 + 500)
    assert size.peak_rate == 500
    assert size.journeys["declaration.file"] == pytest.approx(6750)
    assert any("taxpayers are needed" in text for text in warned(found, normalise(found)))


def test_load_machines_by_hand() -> None:
    closed, open_ = loaded(CLOSED), loaded(OPEN)
    assert (sizing.speed_of(closed).requests, sizing.speed_of(open_).requests) == (10_000, 7_700)
    given = sizing.speed_of(open_, 9_000.0)
    # 16,153 a second: the nation on a deadline day; 70 % of 9,000 is 6,300, and 16,153 / 6,300 = 2.6
    assert reference_volumes.machines(16_153, 2, given) == reference_volumes.Machines(3, 2, 2)
    assert reference_volumes.machines(float("inf"), 2, given) is None
    scenario = normalise(open_)
    said = warned(open_, scenario, Speed(1_000, "as given"))
    assert any("more than 1 process(es) may reach (about 1,000 each: as given" in text for text in said)


def test_known_volumes_by_hand() -> None:
    city = next(volume for volume in reference_volumes.VOLUMES if volume.place == "a city of nine districts")
    assert city.daily == 9 * 2490 == 22410
    assert city.peak == pytest.approx(22410 * 0.2 / 3600)  # 1.25 a second
    assert city.peak * reference_volumes.CALLS == pytest.approx(6.85, abs=0.01)  # about 7 calls a second
    assert city.deadline_peak == pytest.approx(22410 * 4 * 0.35 / 3600)


def test_a_post_without_think_time_has_no_rate_on_paper() -> None:
    found = loaded(CLOSED.replace("uniform: [1s, 3s]", "fixed: 0s"))
    scenario = normalise(found)
    assert any("the rate is unknown" in text for text in warned(found, scenario))
