"""Runs that go side by side: most of their time they wait, or start processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from typing import Any, Generic, TypeVar

import pytest

from tests.retries import note_process

T = TypeVar("T")


def wanted(request: pytest.FixtureRequest, parameter: str) -> set[Any]:
    """The values of a parameter in the tests of the module that asks; others may have one of that name."""
    items = (item for item in request.session.items if isinstance(item, pytest.Function))
    own = (item for item in items if item.module is request.module and hasattr(item, "callspec"))
    return {item.callspec.params[parameter] for item in own if parameter in item.callspec.params}


class Runs(Generic[T]):
    """What acts came to, by name. Who asks a second time (a test that is tried again) has it done anew."""

    def __init__(self, acts: Mapping[str, Callable[[], T]], pool: ThreadPoolExecutor) -> None:
        self._acts = acts
        self._begun: dict[str, Future[T]] = {name: pool.submit(act) for name, act in acts.items()}

    def result(self, name: str) -> T:
        note_process()
        begun = self._begun.pop(name, None)
        return begun.result() if begun is not None else self._acts[name]()


@contextmanager
def side_by_side(acts: Mapping[str, Callable[[], T]], at_once: int) -> Iterator[Runs[T]]:
    """Begin all acts, at most `at_once` at a time; those not yet begun at the end are dropped."""
    pool = ThreadPoolExecutor(at_once)
    try:
        yield Runs(acts, pool)
    finally:
        pool.shutdown(cancel_futures=True)


def each_in_its_lab(
    checks: Sequence[Callable[[Any], None]], lab: Callable[[int, str], Any], at_once: int
) -> AbstractContextManager[Runs[None]]:
    """Checks side by side, by their names; each has a lab(number, name) of its own, closed at its end."""

    def go(number: int, check: Callable[[Any], None]) -> None:
        with closing(lab(number, check.__name__)) as made:
            check(made)

    return side_by_side(
        {check.__name__: partial(go, number, check) for number, check in enumerate(checks)}, at_once
    )
