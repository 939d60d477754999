"""Bureaux as data: who sits where and when; every mistake tells file, line, field, value and remedy."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import yaml

from renhai.cli.commands.coverage import coverage
from renhai.core.errors import UsageError
from renhai.plan.build import Options, normalise
from renhai.plan.model import ClosedLoad, Fixed
from renhai.spec.loader import load_scenario
from renhai.spec.staffing import Group, at_work

BUREAU = """\
name: town
shift: ["08:30-12:00", "14:00-17:30"]
sign_in: 2m
posts:
  counter:
    title: 申报岗
    journeys: {declaration.file: 1}
    think_time: {novice: {fixed: 60s}, trained: {fixed: 40s}}
  web:
    shift: ["00:00-24:00"]
    journeys: {general.enquiry: 1}
    think_time: {trained: {fixed: 100s}}
units:
  north: {code: 14301020000, title: 北, seats: {counter: {novice: 2, trained: 6}, web: 4}}
  south: {code: 14301030000, seats: {counter: {trained: 8}}}
"""
SCENARIO = """\
# Does it?
name: town
target: bureau
data: {seed: 1, taxpayers: 1000}
load:
  bureau:
    file: town.yaml
    clock: 08:20-08:40
thresholds:
  "*/*": [signed_in >= 98%]
"""


def write(folder: Path, bureau: str = BUREAU, scenario: str = SCENARIO) -> str:
    (folder / "town.yaml").write_text(bureau)
    path = folder / "scenario.yaml"
    path.write_text(scenario)
    return str(path)


def load_of(path: str, *assignments: str, **options: object) -> ClosedLoad:
    load = normalise(load_scenario(path, assignments), Options(**options)).load
    assert isinstance(load, ClosedLoad)
    return load


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


def test_every_seat_of_every_unit_by_proficiency(tmp_path: Path) -> None:
    load = load_of(write(tmp_path))
    seats = {(group.unit, group.post): group.count for group in load.groups}
    assert seats == {
        ("14301020000", "counter:novice"): 2,
        ("14301020000", "counter:trained"): 6,
        ("14301020000", "web:trained"): 4,
        ("14301030000", "counter:trained"): 8,
    }
    assert {group.shown_post for group in load.groups} == {"counter", "web"}


def test_the_counter_opens_ten_minutes_into_the_clock_and_fills_in_two(tmp_path: Path) -> None:
    load = load_of(write(tmp_path))
    hours = {group.post: group.hours for group in load.groups}
    assert hours["counter:trained"] == ((600.0, 1200.0, 120.0),)
    assert hours["web:trained"] == ((0.0, 1200.0, 120.0),)
    assert [stage.model_dump() for stage in load.stages] == [
        {"seconds": 120.0, "users_from": 0, "users_to": 4},
        {"seconds": 480.0, "users_from": 4, "users_to": 4},
        {"seconds": 120.0, "users_from": 4, "users_to": 20},
        {"seconds": 480.0, "users_from": 20, "users_to": 20},
    ]


def test_pace_quickens_hours_and_thinking(tmp_path: Path) -> None:
    loaded = load_scenario(write(tmp_path), ["load.bureau.pace=10"])
    plan = normalise(loaded)
    assert plan.load.seconds == 120.0
    assert plan.posts["counter:novice"].think == Fixed(seconds=6.0)


def test_other_numbers_and_another_length(tmp_path: Path) -> None:
    load = load_of(write(tmp_path), users=10, duration=12.0)
    assert [group.count for group in load.groups] == [1, 3, 2, 4]
    assert load.seconds == pytest.approx(12.0)
    assert load.groups[0].hours == ((pytest.approx(6.0), pytest.approx(12.0), pytest.approx(1.2)),)


def test_a_pilot_takes_some_units_and_posts(tmp_path: Path) -> None:
    load = load_of(write(tmp_path), "load.bureau.units=[north]", "load.bureau.posts=[web]")
    assert [(group.unit, group.shown_post, group.count) for group in load.groups] == [
        ("14301020000", "web", 4)
    ]


def test_lunch_empties_the_counter() -> None:
    group = Group("14301020000", "", "counter", "", "trained", 5, [(0.0, 10.0, 2.0), (20.0, 30.0, 0.0)])
    assert at_work([group], 40.0) == [
        (2.0, 0, 5), (8.0, 5, 5), (10.0, 0, 0), (10.0, 5, 5), (10.0, 0, 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("08:30-12:00", "8:30-12:00", r"2: shift\[0\] is 8:30-12:00; must be a part of the day"),
        ("08:30-12:00", "12:00-08:30", r"2: shift\[0\] is 12:00-08:30; ends before it begins"),
        ('"08:30-12:00", "', '"08:30-15:00", "', r"2: shift is .*has parts that overlap or are out of order"),
        ("web: 4", "web: many", r"14: units.north.seats.web is many; must be a number of seats, or"),
        ("declaration.file", "declaration.fil", r"7: posts.counter.journeys.*did you mean"),
        ("seats: {counter: {trained", "seats: {conter: {trained", r"15: units.south.*mean 'counter'"),
        ("web: 4", "web: {novice: 4}", r"14: units.north.seats.web has novice seats, but posts.web"),
        ("web: 4", "web: -4", r"14: units.north.seats.web.* is -4; must be >= 0"),
        ("{novice: {fixed", "{clever: {fixed", r"8: .*clever.*novice, trained, skilled"),
        ("code: 14301030000", "code: 14301020000", r".*same code 14301020000"),
        ("code: 14301030000", "code: 1430103", r"15: units.south.code is .*11 digits"),
        ("sign_in: 2m", "sign_in: 2", r"3: sign_in is 2; has no unit"),
    ],
)
def test_mistakes_of_a_bureau(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(UsageError, match=f"town.yaml:{said}"):
        load_scenario(write(tmp_path, bureau=changed(BUREAU, old, new)))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("file: town.yaml", "file: twn.yaml", r"7: load.bureau.file is twn.yaml; there is no such"),
        ("file: town.yaml", "file: changsa", r"7: load.bureau.file is changsa.*mean 'changsha'"),
        ("clock: 08:20-08:40", "clock: 12:30-13:30", r"8: load.bureau.clock has no hour of counter"),
        ("    clock", "    units: [west]\n    clock", r"8: load.bureau.units\[0\] is west"),
        ("    clock", "    posts: [wb]\n    clock", r"8: load.bureau.posts\[0\] is wb.*mean 'web'"),
        ("    clock", "    pace: 0\n    clock", r"8: load.bureau.pace is 0; must be > 0"),
        ("    clock", "    pace: fast\n    clock", r"8: load.bureau.pace is fast; must be a number"),
        ("thresholds", "  stages: [{hold: 5s}]\nthresholds", r".*has stages beside a bureau.*remove stages"),
        ('"*/*": [signed_in >= 98%]', '"*/till": [p95 < 3s]', r'10: thresholds."\*/till" matches no'),
        ('"*/*": [signed_in', '"*": [signed_in', r'10: thresholds."\*" has signed_in, which is of'),
        ("signed_in >= 98%", "signed_in < 98%", r"10: .*it would pass a run that is bad enough"),
    ],
)
def test_mistakes_of_its_scenario(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(UsageError, match=f"scenario.yaml:{said}"):
        load_scenario(write(tmp_path, scenario=changed(SCENARIO, old, new)))


def units_of(file: str) -> dict[str, Any]:
    """Units of a shipped bureau file with their seats in the hall."""
    path = Path(__file__).resolve().parents[2] / "scenarios" / "bureaux" / f"{file}.yaml"
    units = yaml.safe_load(path.read_text(encoding="utf-8"))["units"]
    for unit in units.values():
        unit["seats"].pop("back-office", None)
    return dict(units)


def test_two_pilots_work_every_business_domain() -> None:
    path = Path(__file__).resolve().parents[2] / "scenarios" / "bureaux" / "pilots.yaml"
    posts = yaml.safe_load(path.read_text(encoding="utf-8"))["posts"]
    named = {name for post in posts.values() for name in post["journeys"]}
    for domain, found in coverage():
        assert named & set(found["journey"]), f"nobody works domain {domain.number}"


def test_the_shipped_pilots_are_as_the_trial_ran_them() -> None:
    def desks(name: str) -> set[str]:
        loaded = load_scenario(f"changsha/{name}")
        assert loaded.staffing is not None
        return {group.post for group in loaded.staffing.groups}

    everything = {
        "registration-desk", "invoice-desk", "declaration-desk", "collection-desk", "general-desk",
        "web-filers",
    }  # fmt: skip
    assert desks("ningxiang") == {"declaration-desk", "collection-desk", "general-desk"}
    assert desks("human_sea") == everything
    assert desks("furong") == desks("changsha_county") == everything | {"back-office"}
    assert desks("tianxin") == everything - {"web-filers"}
    assert units_of("pilots") == {
        name: seats for name, seats in units_of("changsha").items() if name in units_of("pilots")
    }
    whole = load_scenario("changsha/human_sea").staffing
    assert whole is not None and len({group.unit for group in whole.groups}) == 10


def minutes(think: dict[str, Any]) -> float:
    """Mean of a lognormal by its median and 95th percentile, which lies 1.645 standard deviations above."""
    median, p95 = (float(str(think["lognormal"][key]).removesuffix("s")) for key in ("median", "p95"))
    return median * math.exp((math.log(p95 / median) / 1.645) ** 2 / 2) / 60


@pytest.mark.parametrize("file", ["changsha", "pilots", "county"])
def test_a_case_takes_a_desk_some_minutes_and_a_day_has_about_sixty(file: str) -> None:
    path = Path(__file__).resolve().parents[2] / "scenarios" / "bureaux" / f"{file}.yaml"
    posts = yaml.safe_load(path.read_text(encoding="utf-8"))["posts"]
    hall = [name for name in posts if name.endswith("-window")] or [
        name for name in posts if name.endswith("-desk")
    ]
    means = [minutes(posts[name]["think_time"]["trained"]) for name in hall]
    assert len(means) == 5
    assert all(4.5 < mean < 8 for mean in means)
    assert 6 < sum(means) / 5 < 8
    assert 52 < 5 * 420 / sum(means) < 70  # cases in seven hours


def test_the_pilots_compress_the_morning_and_say_so() -> None:
    for name in ("human_sea", "furong", "ningxiang", "tianxin", "changsha_county"):
        staffing = load_scenario(f"changsha/{name}").staffing
        assert staffing is not None
        assert (staffing.pace, staffing.seconds) == (6, 900)
