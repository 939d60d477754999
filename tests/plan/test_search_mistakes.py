"""Every mistake in searches, filing days, curves, drift and catching up: file, line, field, value, remedy."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from renhai.core.errors import UsageError
from renhai.core.home import scenarios
from renhai.plan import search as pressure
from renhai.plan.build import normalise
from renhai.plan.model import SearchLoad, SearchSettings
from renhai.run.single import RunRequest, prepare
from renhai.spec.loader import load_scenario

CASES = [
    ("capacity", "from: 10/s", "from: 10", "10: load.search.from is 10; has no unit; write a rate"),
    ("capacity", "from: 10/s", "from: 0/s", "10: load.search.from is 0/s; must be > 0"),
    ("capacity", "to: 2000/s", "to: 2/s", "10: load.search has to 2/s below from 10/s; steps go upwards"),
    ("capacity", "step: 8s", "step: 0s", "10: load.search.step is 0s; must be > 0"),
    ("capacity", "cool_down: 2s", "cool_down: -2s", "10: load.search.cool_down is -2s; must be >= 0"),
    (
        "capacity",
        "precision: 3%",
        "precision: 3",
        "10: load.search.precision is 3; has no unit; write a share",
    ),
    (
        "capacity",
        "precision: 3%",
        "precision: 80%",
        "10: load.search.precision is 80%; must be from 0.5% to 50%",
    ),
    ("capacity", "precision: 3%", "steps: 1", "10: load.search.steps is 1; must be >= 3"),
    ("capacity", "precision: 3%", "at_least: 3000/s", "10: load.search has at_least 3000/s above to 2000/s"),
    (
        "capacity",
        "precision",
        "precison",
        "10: load.search.precison is not a known key; did you mean 'precision'?",
    ),
    (
        "capacity",
        "taxpayers: 100000",
        "taxpayers: 9000000",
        "5: load.search needs 9,000,000 taxpayers a step",
    ),
    ("capacity", "  search:", "  stages: [{hold: 5s}]\n  search:", "7: load has stages beside a search"),
    ("catch_up", "volume: 2200", "volume: 0", "7: catch_up.volume is 0; must be >= 1"),
    ("catch_up", "from: 17:30", "from: 5pm", "8: catch_up.from is 5pm; must be a time of day from"),
    ("catch_up", "until: 24:00", "until: 16:00", "7: catch_up has an `until` that is not after its `from`"),
    ("catch_up", "compressed: 60", "compressed: 0", "10: catch_up.compressed is 0; must be >= 1"),
    (
        "deadline_day",
        "2015-10-22",
        "26.10.2015",
        "9: load.arrivals.filing_day.date is 26.10.2015; must be a day",
    ),
    (
        "deadline_day",
        "2015-10-22",
        "2027-02-15",
        "9: load.arrivals.filing_day has date 2027-02-15: no holiday plan of 2027 is known",
    ),
    ("deadline_day", "times: 4", "times: 0.5", "9: load.arrivals.filing_day.times is 0.5; must be >= 1"),
    (
        "deadline_day",
        "curves/deadline_day.csv",
        "no.csv",
        "10: load.arrivals.curve is no.csv; there is no such",
    ),
    ("soak", "latency: 20%", "latency: 20", "15: drift.latency is 20; has no unit; write a share"),
    ("soak", "latency: 20%", "latncy: 20%", "15: drift.latncy is not a known key; did you mean 'latency'?"),
    ("soak", "for: 60s", "for: 60", "16: abort.for is 60; has no unit; write a duration"),
]


@pytest.mark.parametrize(("name", "old", "new", "said"), CASES)
def test_a_mistake_is_one_line(
    name: str, old: str, new: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = (scenarios() / f"{name}.yaml").read_text(encoding="utf-8")
    assert old in text
    Path("mine.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        prepare(RunRequest("./mine.yaml"))
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"mine.yaml:{said}")


def search(**changes: Any) -> SearchSettings:
    known = {"start": 10.0, "highest": 2000.0, "process": "constant"}
    return SearchSettings(step_s=8, cool_down_s=2, precision=0.03, steps=30, **{**known, **changes})


def test_a_search_ends_below_the_ceiling_of_the_target_file() -> None:
    # 99 % of 820 requests a second, 8.2 a journey
    assert pressure.highest_below(search(), 820.0, 8.2) == pytest.approx(99.0)
    # random arrivals leave ln(1000) / 4 = 1.727 journeys a second to chance
    random = search(process="poisson")
    assert pressure.highest_below(random, 820.0, 8.2) == pytest.approx(97.273, abs=1e-3)
    assert pressure.highest_below(search(highest=40.0), 820.0, 8.2) == 40.0
    assert pressure.highest_below(search(), 82.0, 8.2) == 10.0  # the first rate was allowed on paper


def test_a_plan_is_capped_by_the_ceiling_of_the_target_file() -> None:
    capacity = normalise(load_scenario("capacity"))
    load = capacity.load
    assert isinstance(load, SearchLoad)
    ceiling = 8.2 * load.search.start * 2 / 0.99
    capped = pressure.capped(capacity, ceiling, 8.2).load
    assert isinstance(capped, SearchLoad)
    by_chance = math.log(1000) / 4 if load.search.process == "poisson" else 0.0
    assert capped.search.highest == pytest.approx(2 * load.search.start - by_chance)
    assert capped.stages == load.stages
    assert pressure.capped(capacity, None, 8.2) == capacity
    smoke = normalise(load_scenario("smoke"))
    assert pressure.capped(smoke, 1.0, 8.2) == smoke  # no search: nothing to cap
