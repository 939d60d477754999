"""Taxpayers at an office of 2026 that a module shares: each test has one of its own."""

from __future__ import annotations

import pytest

from tests.reference.documents import (
    registration,
    small,
)
from tests.reference.office import Office
from tests.reference.state.standing import registered


@pytest.fixture(scope="module")
def office() -> Office:
    return Office(today="2026-11-29")


@pytest.fixture
def general_payer(office: Office) -> int:
    return registered(office, registration)


@pytest.fixture
def small_payer(office: Office) -> int:
    return registered(office, small)
