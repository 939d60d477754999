"""Every work that `python -m benchmarks generators` times can be made, by stock Faker and by ours."""

import pytest
from faker import Faker

from benchmarks.data.generators import stock_taxpayer, works
from generators.taxpayers.population import PROFILES, Population


@pytest.mark.parametrize("profile", PROFILES)
def test_each_work_makes_something(profile: str) -> None:
    for work in works(profile):
        assert work.make(0)
        assert work.make(work.count)


def test_the_record_of_stock_faker_has_the_fields_of_ours_and_fills_them_alike() -> None:
    fake = Faker("zh_CN")
    fake.seed_instance(1)
    stock = stock_taxpayer(fake, "current", 3)
    ours = Population(1, "current").taxpayer(3)
    assert [type(value) for value in stock] == [type(value) for value in ours]
