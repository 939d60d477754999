"""Checks and effects of domains that need code: functions that a domain's file registers under a name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

from renhai.reference.cases.model import Item
from renhai.reference.operations.operation import Setup
from renhai.reference.operations.taxpayers import Registered
from renhai.reference.storage.jobs import Change, Insert, View


class Application(NamedTuple):
    """A case as its item's rules see it. form: the document's own fields; officer, authority: who does what
    is being done; today: the day of the target."""

    lcslid: str
    item: Item
    taxpayer: Registered
    form: dict[str, Any]
    officer: str
    authority: str
    today: date
    setup: Setup


Check = Callable[[View, Application], None]
Call = Callable[[View, Application], list[Insert | Change]]
CHECKS: dict[str, Check] = {}
CALLS: dict[str, Call] = {}


def check(name: str) -> Callable[[Check], Check]:
    """Register what raises a Rejection where an application cannot be taken, nor take effect."""

    def register(function: Check) -> Check:
        if CHECKS.setdefault(name, function) is not function:
            raise ValueError(f"check {name} is defined twice")
        return function

    return register


def call(name: str) -> Callable[[Call], Call]:
    """Register what an item writes beside the rows that its YAML names."""

    def register(function: Call) -> Call:
        if CALLS.setdefault(name, function) is not function:
            raise ValueError(f"effect {name} is defined twice")
        return function

    return register
