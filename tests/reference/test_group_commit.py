"""Group commit of SQLite: what goes together, what each job is told, and what is read meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from renhai.reference.operations.catalogue import operations
from renhai.reference.rules import codes
from renhai.reference.rules.codes import Rejection
from renhai.reference.storage import sqlite
from renhai.reference.storage.jobs import Data, Decision, Insert, StorageError, View
from renhai.reference.storage.sqlite import SqliteStorage, batch_s

operations()  # which defines the tables


def due(voucher: str, seen: list[str], takes_s: float = 0.0) -> Callable[[View], Decision]:
    """A write of one due that takes so long to decide."""

    def decide(view: View) -> Decision:
        time.sleep(takes_s)
        seen.append(voucher)
        values = ("1", voucher, "10101", "2015-09-01", "2015-09-30", 100, 100)
        return Decision({"pzxh": voucher}, (Insert("dues", view.next_id("dues"), values),))

    return decide


def vouchers(view: View) -> Data:
    return {"pzxh": [row[0] for row in view.all("SELECT pzxh FROM dues ORDER BY id")]}


def with_storage(path: Path, act: Callable[[SqliteStorage, list[str]], Coroutine[Any, Any, Any]]) -> Any:
    """What `act` gives, with the statements that begin and end transactions."""

    async def run() -> Any:
        storage, statements = SqliteStorage(path), list[str]()
        storage._writer.set_trace_callback(statements.append)
        try:
            return await act(storage, statements)
        finally:
            await storage.close()

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("commit_s", "batch"), [(0.0, 0.005), (0.003, 0.005), (0.012, 0.012), (0.025, 0.025), (3.0, 0.025)]
)
def test_a_transaction_takes_in_for_as_long_as_the_last_commit_took(commit_s: float, batch: float) -> None:
    assert batch_s(commit_s) == batch


def test_between_slices_requests_are_read_and_see_nothing_of_what_is_not_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six decisions of 4 ms in slices of 5 ms: two of them at a stretch, at most."""
    monkeypatch.setattr(sqlite, "LONGEST_BATCH_S", 60.0)

    async def act(storage: SqliteStorage, statements: list[str]) -> None:
        storage.commit_s, seen = 60.0, list[str]()
        jobs = [storage.write(due(f"v{n}", seen, 0.004), None) for n in range(6)]
        while not seen:
            await asyncio.sleep(0)
        assert 1 <= len(seen) <= 2
        assert await storage.read(vouchers) == {"pzxh": []}
        late = storage.write(due("late", seen), None)
        assert [await job for job in jobs] == [{"pzxh": f"v{n}"} for n in range(6)]
        assert await late == {"pzxh": "late"}
        assert statements.count("COMMIT") == 1  # who came while the transaction was open went with it
        assert await storage.read(vouchers) == {"pzxh": [*(f"v{n}" for n in range(6)), "late"]}

    with_storage(tmp_path / "a.db", act)


def test_what_fails_in_a_later_slice_fails_alone_and_the_rest_is_stored_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "LONGEST_BATCH_S", 60.0)

    def fails(view: View) -> Decision:
        raise ValueError("no such thing")

    def refuses(view: View) -> Decision:
        raise Rejection(codes.NOT_AN_OBJECT, "refused")

    async def act(storage: SqliteStorage, statements: list[str]) -> None:
        storage.commit_s, seen = 60.0, list[str]()
        jobs = [storage.write(due(f"v{n}", seen, 0.004), None) for n in range(4)]
        jobs += [storage.write(refuses, None), storage.write(fails, None)]
        jobs.append(storage.write(due("last", seen), None))
        answers = await asyncio.gather(*jobs, return_exceptions=True)
        assert answers[:4] == [{"pzxh": f"v{n}"} for n in range(4)]
        assert isinstance(answers[4], Rejection) and answers[4].reason == "refused"
        assert isinstance(answers[5], StorageError) and "no such thing" in str(answers[5])
        assert answers[6] == {"pzxh": "last"}
        assert await storage.read(vouchers) == {"pzxh": ["v0", "v1", "v2", "v3", "last"]}

    with_storage(tmp_path / "a.db", act)


def test_one_write_after_another_has_a_commit_each(tmp_path: Path) -> None:
    async def act(storage: SqliteStorage, statements: list[str]) -> None:
        for n in range(3):
            assert await storage.write(due(f"v{n}", []), None) == {"pzxh": f"v{n}"}
        assert statements.count("BEGIN IMMEDIATE") == statements.count("COMMIT") == 3

    with_storage(tmp_path / "a.db", act)
