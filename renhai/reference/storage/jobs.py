"""What a business operation asks of the storage: a View to look at, a Decision to carry out.

An operation only decides; the storage writes. So the same code runs on any database, and a planted fault can
change what is written without the operation knowing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, Protocol

from renhai.reference.rules.codes import Rejection
from renhai.reference.storage.schema import insert

Row = tuple[Any, ...]
Data = dict[str, Any]


class View(Protocol):
    """Reading inside one transaction; statements use `?` for parameters."""

    def one(self, statement: str, *parameters: object) -> Row | None:
        """The first row, or None."""
        ...

    def all(self, statement: str, *parameters: object) -> list[Row]:
        """All rows."""
        ...

    def next_id(self, table: str) -> int:
        """An id for a new row; never given twice while the process runs."""
        ...


class Workbench(View, Protocol):
    """A View that can also store."""

    def store(self, statement: str, parameters: Row) -> None:
        """Execute a statement that changes rows."""
        ...


class Insert(NamedTuple):
    """A new row: `values` in the order of the table's columns."""

    table: str
    id: int
    values: Row
    copy: int = 0


class Change(NamedTuple):
    """A statement that changes rows which are there."""

    statement: str
    parameters: Row


class Decision(NamedTuple):
    """An accepted write: what to answer, and what to store. The first Insert is the document's own record."""

    data: Data
    writes: tuple[Insert | Change, ...]


Query = Callable[[View], Data]
Decide = Callable[[View], Decision]
Tamper = Callable[[Decision, View], Decision]


class StorageError(Exception):
    """The database refused or failed; the message is one line for the operator."""


class Job:
    """One write waiting for its transaction. `outcome` is resolved only once the transaction is durable."""

    __slots__ = ("decide", "outcome", "result", "tamper")

    def __init__(
        self, decide: Decide, tamper: Tamper | None, outcome: asyncio.Future[Data | Rejection]
    ) -> None:
        self.decide = decide
        self.tamper = tamper
        self.outcome = outcome
        self.result: Data | Rejection | StorageError | None = None

    def run(self, view: Workbench) -> bool:
        """Decide and store in the open transaction, keeping the answer; whether anything was stored."""
        try:
            decision = self.decide(view)
        except Rejection as rejection:
            self.result = rejection
            return False
        if self.tamper is not None:
            decision = self.tamper(decision, view)
        for write in decision.writes:
            if isinstance(write, Insert):
                view.store(insert(write.table), (write.id, write.copy, *write.values))
            else:
                view.store(write.statement, write.parameters)
        self.result = decision.data
        return bool(decision.writes)

    def settle(self) -> None:
        """Hand the result to whoever waits; one who was cancelled meanwhile no longer does."""
        if self.outcome.done():
            return
        if isinstance(self.result, StorageError):
            self.outcome.set_exception(self.result)
        else:
            assert self.result is not None
            self.outcome.set_result(self.result)


class Storage(Protocol):
    """A database that answers queries from what is durable and acknowledges writes once they are."""

    def read(self, query: Query) -> Awaitable[Data]:
        """Run a query on the committed state."""
        ...

    def write(self, decide: Decide, tamper: Tamper | None) -> Awaitable[Data | Rejection]:
        """Decide and store; resolves after COMMIT, also for a Rejection (it may rest on the same batch)."""
        ...

    async def close(self) -> None:
        """Finish what is queued and close the database."""
        ...
