"""A journey that nobody makes yet on the day of the data is refused where the day stands; others are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from renhai.core.errors import UsageError
from renhai.spec.journeys.cases import MOST_PASSED, Exhausted, Partition, TaxpayerPool
from renhai.spec.loader import load_scenario

TEXT = """\
name: levies
data: {seed: 7, DATA, taxpayers: 500}
load:
  arrivals: {rate: 20/s, journeys: {JOURNEY: 1}}
  stages: [{hold: 10s}]
thresholds: {run: [error_rate < 1%]}
"""


def loaded(folder: Path, data: str, journey: str) -> None:
    path = folder / "levies.yaml"
    path.write_text(TEXT.replace("DATA", data).replace("JOURNEY", journey))
    load_scenario(str(path))


@pytest.mark.parametrize(
    ("data", "journey", "field", "said"),
    [
        ("date: 2015-10-22", "stamp_tax.file", "date", "2015-10-22; stamp_tax.file is done from 2018-10-01"),
        ("profile: gt3_2015", "stamp_tax.correct", "profile", "2015-09-30; stamp_tax.correct is done from"),
        (
            "registered: false",
            "insurance.file",
            "profile",
            "2015-09-30; insurance.file is done from 2020-12-01",
        ),
        ("date: 2018-07-10", "stamp_tax.file", "date", "2018-07-10; stamp_tax.file is done from 2018-10-01"),
        ("date: 2020-10-12", "insurance.file", "date", "2020-10-12; insurance.file is done from 2020-12-01"),
    ],
)
def test_before_its_time(tmp_path: Path, data: str, journey: str, field: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        loaded(tmp_path, data, journey)
    (problem,) = refused.value.problems
    assert (
        problem.field == f"data.{field}" and said in problem.text and problem.where.endswith("levies.yaml:2")
    )


@pytest.mark.parametrize(
    ("data", "journey"),
    [
        ("date: 2018-10-12", "stamp_tax.file"),
        ("date: 2021-01-11", "insurance.file"),
        ("profile: current", "stamp_tax.correct"),
        ("date: 2015-10-22", "cit.file"),
    ],
)
def test_in_its_time(tmp_path: Path, data: str, journey: str) -> None:
    loaded(tmp_path, data, journey)


class Counted:
    """People, none of whom is what anybody asks for."""

    asked = 0

    def taxpayer(self, index: int) -> int:
        self.asked += 1
        return index


def test_whom_nobody_is_like_is_not_looked_for_for_ever() -> None:
    people = Counted()
    pool = TaxpayerPool(people, Partition(10**8))
    for times in (1, 2):
        with pytest.raises(Exhausted):
            pool.case(of=lambda taxpayer: False)
        assert people.asked == times * MOST_PASSED
    assert pool.case().taxpayer == 0  # whom it passed over is new for the others
