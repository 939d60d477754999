"""Exact counts of the operation requests that reached the target."""

from __future__ import annotations

from collections.abc import Iterable


class Count:
    """One operation: `received` counts on arrival, one of the others when its answer is decided or it is
    given up."""

    __slots__ = ("error", "ok", "received", "rejected")

    def __init__(self) -> None:
        self.received = self.ok = self.rejected = self.error = 0

    def report(self) -> dict[str, int]:
        """The four counts."""
        return {"received": self.received, "ok": self.ok, "rejected": self.rejected, "error": self.error}


class Counts:
    """All operations of the target, those never asked for included."""

    def __init__(self, operations: Iterable[str]) -> None:
        self.by_operation = {operation: Count() for operation in operations}

    def report(self) -> dict[str, dict[str, int]]:
        """{operation: {received, ok, rejected, error}}; those in flight are in `received` alone."""
        return {operation: count.report() for operation, count in self.by_operation.items()}
