"""The last day for filing by a calendar of one's own, by a region's, by the nation's: which rates a scenario
has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from renhai.core.errors import UsageError
from renhai.plan.model import OpenLoad
from renhai.run.single import RunRequest, prepare

TEXT = """\
name: day
data: {seed: 7, profile: gt3_2015, taxpayers: 500}
load:
  arrivals: {rate: 20/s, filing_day: {DAY}, journeys: {declaration.file: 1}}
  stages: [{hold: 10s}]
thresholds: {run: [error_rate < 1%]}
"""
HUNAN = "deadlines: {2015-10: 26}\n"
FESTIVAL = ", ".join(f"2027-02-{day:02d}" for day in range(5, 12))
YEAR = f"holidays: [{FESTIVAL}]\nworkdays: [2027-02-20]\n"


def rate(folder: Path, day: str, own: str = "") -> float:
    """The rate that is planned, in a scenario beside which the calendar stands."""
    if own:
        (folder / "own.yaml").write_text(own, encoding="utf-8")
    path = folder / "day.yaml"
    path.write_text(TEXT.replace("DAY", day), encoding="utf-8")
    load = prepare(RunRequest(str(path))).scenario.load
    assert isinstance(load, OpenLoad)
    assert {stage.rate_to for stage in load.stages} == {load.arrivals.rate}
    return load.arrivals.rate


@pytest.mark.parametrize(
    ("day", "own", "planned"),
    [
        ("date: 2015-10-22", "", 80),
        ("date: 2015-10-26", "", 20),
        ("date: 2015-10-26, calendar: own.yaml", HUNAN, 80),
        ("date: 2015-10-22, calendar: own.yaml", HUNAN, 20),
        ("date: 2015-11-16, calendar: own.yaml, times: 3", HUNAN, 60),  # a month that it does not tell of
        ("date: 2027-02-23, calendar: own.yaml", YEAR, 80),
        ("date: 2027-02-15, calendar: own.yaml", YEAR, 20),
        ("date: 2027-03-15, calendar: own.yaml", YEAR, 80),
        ("date: 2015-02-16, region: local_tax_2015", "", 80),
        ("date: 2015-02-15, region: local_tax_2015", "", 20),
        ("date: 2015-02-15", "", 80),
        ("date: 2015-10-22, region: local_tax_2015", "", 80),  # as the nation, where it has no day of its own
        ("date: 2015-02-17, region: local_tax_2015, calendar: own.yaml", "deadlines: {2015-02: 17}\n", 80),
    ],
)
def test_the_rate_of_a_day(day: str, own: str, planned: float, tmp_path: Path) -> None:
    assert rate(tmp_path, day, own) == planned


@pytest.mark.parametrize(
    ("day", "own", "said"),
    [
        ("date: 2027-02-15", "",
         "day.yaml:4: load.arrivals.filing_day has date 2027-02-15: no holiday plan of 2027"),
        ("date: 2027-02-15, region: local_tax_2015", "", "no holiday plan of 2027 is known"),
        ("date: 2027-04-15, calendar: own.yaml", "deadlines: {2027-02: 23}\n",
         "day.yaml:4: load.arrivals.filing_day.calendar is own.yaml: no holiday plan of 2027 is known"),
        ("date: 2015-10-22, calendar: none.yaml", "", "none.yaml: cannot be read"),
        ("date: 2015-10-22, calendar: own.yaml", "deadlines: {2015-10: 9}\n",
         "2015-10: is 9; must be a day of that month"),
        ("date: 2015-10-22, calendar: own.yaml", "dedlines: {2015-10: 26}\n",
         "dedlines: unknown field; must be one of"),
        ("date: 2015-10-22, region: hunan", "",
         "day.yaml:4: load.arrivals.filing_day has region hunan; known: local_tax_2015"),
        ("date: 2015-10-22, calendar: 7", "", "load.arrivals.filing_day.calendar"),
    ],
)  # fmt: skip
def test_a_calendar_that_cannot_be_is_refused_before_the_run(
    day: str, own: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=re.escape(said)) as caught:
        rate(Path(), day, own)
    assert len(str(caught.value).splitlines()) == 1
