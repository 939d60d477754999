"""Fixtures: a target of the test's own, and one shared by a module whose tests use different taxpayers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from tests.reference.running import Client, Target, target

_numbers = itertools.count(1)


@pytest.fixture
def own() -> Iterator[Target]:
    with target() as running:
        yield running


@pytest.fixture(scope="module")
def shared() -> Iterator[Target]:
    with target() as running:
        yield running


@pytest.fixture
def client(shared: Target) -> Iterator[Client]:
    """A connection of the test's own: the target closes one that is idle during another test."""
    made = shared.client()
    yield made
    made.close()


@pytest.fixture
def number() -> int:
    """A taxpayer no other test has used."""
    return next(_numbers)
