"""`data.date`: the day of the data instead of a profile."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from renhai.core.errors import UsageError
from renhai.plan.digest import digested
from renhai.run.single import RunRequest, prepare
from renhai.spec.loader import load_scenario

TEXT = """\
name: day
data: {seed: 7, DATE, taxpayers: 500}
load: {arrivals: {rate: 20/s, journeys: {declaration.file: 1}MORE}, stages: [{hold: 10s}]}
thresholds: {run: [error_rate < 1%]}
"""


def written(folder: Path, date: str, more: str = "") -> str:
    path = folder / "day.yaml"
    path.write_text(TEXT.replace("DATE", date).replace("MORE", more))
    return str(path)


def test_the_day_is_what_the_plan_draws_its_taxpayers_by(tmp_path: Path) -> None:
    plans = [
        prepare(RunRequest(written(tmp_path, date))).scenario
        for date in ("date: 2015-10-22", "date: 2015-10-21", "profile: gt3_2015")
    ]
    assert [(plan.data.profile, plan.data.day) for plan in plans] == [
        ("2015-10-22", "2015-10-22"), ("2015-10-21", "2015-10-21"), ("gt3_2015", ""),
    ]  # fmt: skip
    assert len({str(digested(plan)) for plan in plans}) == 3


@pytest.mark.parametrize(
    ("date", "more", "said"),
    [
        ("date: 2015-10-22, profile: current", "", "day.yaml:2: data has a profile beside date"),
        ("date: 2027-03-01", "", "day.yaml:2: data has date 2027-03-01: no holiday plan of 2027 is known"),
        ("date: 2014-12-31", "", "day.yaml:2: data has a date that cannot be: day is 2014-12-31"),
        ("date: 2015-10-27", "", "has date 2015-10-27, after 2015-10-"),
        ("date: 2018-05-08", "", "when small-scale taxpayers have nothing to file"),
        ("date: 2015-02-30", "", "day.yaml:2: data.date is 2015-02-30"),
        ("date: 2015-10-22, first: 29999600", "", "beyond the population; give at most 29999500"),
        (
            "date: 2015-10-22",
            ", filing_day: {date: 2015-10-26}",
            "data.date 2015-10-22 beside a filing_day of 2015-10-26",
        ),
    ],
)
def test_a_day_that_cannot_be_is_refused(tmp_path: Path, date: str, more: str, said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        load_scenario(written(tmp_path, date, more))
