"""Connections that are opened under load are passed over by the garbage collector, wave by wave."""

from __future__ import annotations

import gc
from types import SimpleNamespace

from renhai.load.worker.worker import NEWCOMERS, LoadWorker


def test_the_collector_is_told_of_each_wave_and_not_of_each_connection() -> None:
    census = SimpleNamespace(open=0)
    worker = SimpleNamespace(engine=SimpleNamespace(census=census), _spared=0)
    told = []
    try:
        for census.open in (0, NEWCOMERS - 1, NEWCOMERS, NEWCOMERS + 1, 50, 2 * NEWCOMERS, 2 * NEWCOMERS):
            before, wave = gc.get_freeze_count(), [[] for _ in range(1000)]  # type: ignore[var-annotated]
            LoadWorker._spare_newcomers(worker)  # type: ignore[arg-type]
            told.append(gc.get_freeze_count() >= before + len(wave))
    finally:
        gc.unfreeze()
    assert told == [False, False, True, False, False, True, False]
