"""Nothing here asks a clock or the global random generator, and twins with one seed agree on everything."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
import time
from datetime import date, datetime
from inspect import getmembers, isfunction
from time import time as copy_of_time

import pytest
from faker import Faker

from generators.documents.registration import registration, tax_kinds
from generators.provider import TaxProvider
from generators.taxpayers.population import PROFILES, Population
from tests.generators.poison import Poisoned, poisoned

METHODS = [
    name for name, _ in getmembers(TaxProvider, isfunction) if name in vars(TaxProvider) and name[0] != "_"
]
copy_of_choice = random.choice


@pytest.mark.parametrize(
    "ask",
    [
        lambda: random.random(),
        lambda: random.randint(1, 2),
        lambda: copy_of_choice([1]),
        lambda: time.time(),
        lambda: copy_of_time(),
        lambda: date.today(),
        lambda: datetime.now(),
        lambda: os.urandom(1),
    ],
)
def test_the_poison_works(ask: object) -> None:
    with pytest.raises(Poisoned), poisoned():
        ask()  # type: ignore[operator]


def test_the_poison_spares_seeded_generators() -> None:
    with poisoned():
        assert random.Random(1).random() == random.Random(1).random()


@pytest.mark.parametrize("profile", PROFILES)
def test_twin_populations_agree_under_poison(profile: str) -> None:
    with poisoned():
        one, other = Population(11, profile), Population(11, profile)
        for i in (0, 1, 12_345, 99_999_999):
            t = one.taxpayer(i)
            assert t == other.taxpayer(i)
            assert registration(t) == registration(other.taxpayer(i))
            assert tax_kinds(t) == tax_kinds(other.taxpayer(i))
        assert list(one.taxpayers(500, 50)) == list(other.taxpayers(500, 50))


def twins() -> tuple[Faker, Faker]:
    pair = Faker("zh_CN"), Faker("zh_CN")
    for fake in pair:
        fake.add_provider(TaxProvider)
        fake.seed_instance(20150911)
    return pair


@pytest.mark.parametrize("method", METHODS)
def test_twin_providers_agree_method_by_method_under_poison(method: str) -> None:
    one, other = twins()
    with poisoned():
        mine = [getattr(one, method)() for _ in range(20)]
        assert mine == [getattr(other, method)() for _ in range(20)]
    other.seed_instance(1)
    assert mine != [getattr(other, method)() for _ in range(20)]


def test_faker_seed_holds_as_for_any_provider() -> None:
    Faker.seed(5)
    fake = Faker("zh_CN")
    fake.add_provider(TaxProvider)
    first = [fake.uscc(), fake.name(), fake.djxh()]
    Faker.seed(5)
    assert first == [fake.uscc(), fake.name(), fake.djxh()]


DIGEST = """
import hashlib
from generators.taxpayers.population import Population
from generators.documents.registration import registration
h = hashlib.sha256()
for profile in ("gt3_2015", "current"):
    for t in Population(1, profile).taxpayers(0, 500):
        h.update(repr((t, registration(t))).encode())
print(h.hexdigest())
"""


def test_processes_with_different_hash_seeds_agree() -> None:
    def digest(hash_seed: str) -> str:
        env = {
            **os.environ,
            "PYTHONHASHSEED": hash_seed,
            "TZ": "Asia/Shanghai" if hash_seed == "1" else "UTC",
        }
        command = [sys.executable, "-c", DIGEST]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=True, timeout=60).stdout

    here = hashlib.sha256()
    for profile in PROFILES:
        for t in Population(1, profile).taxpayers(0, 500):
            here.update(repr((t, registration(t))).encode())
    assert digest("1").strip() == digest("2").strip() == here.hexdigest()
