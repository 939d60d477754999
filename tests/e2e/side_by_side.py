"""Runs that go side by side: most of their time they wait, or start processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


class Runs(Generic[T]):
    """What acts came to, by name. Who asks a second time (a test that is tried again) has it done anew."""

    def __init__(self, acts: Mapping[str, Callable[[], T]], pool: ThreadPoolExecutor) -> None:
        self._acts = acts
        self._begun: dict[str, Future[T]] = {name: pool.submit(act) for name, act in acts.items()}

    def result(self, name: str) -> T:
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
