"""The operations of the target: name, path, and the function that judges a document and says what to do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from renhai.reference.operations import certificate, collection, declaration, invoice, registration
from renhai.reference.operations.session import Sessions
from renhai.reference.rules.fields import Document
from renhai.reference.storage.jobs import Decide, Query

DEFAULT_TOLERANCE_FEN = 1000
"""Fen by which tax on a form may differ from sales x rate: it is the sum of taxes rounded invoice by
invoice."""


class Reading(NamedTuple):
    """A query: `check(document, body)` judges the request and returns what to ask."""

    name: str
    check: Callable[[Document, bytes], Query]


class Writing(NamedTuple):
    """A write: `check(document, body)` judges the document and returns what to decide with the state at
    hand."""

    name: str
    check: Callable[[Document, bytes], Decide]


Operation = Reading | Writing


def operations(
    tolerance: int = DEFAULT_TOLERANCE_FEN, sessions: Sessions | None = None
) -> tuple[Operation, ...]:
    """All operations, with the tolerance of tax against sales x rate in fen, and who is signed in."""
    sessions = sessions or Sessions()
    return (
        Reading("session.login", sessions.login),
        Reading("session.renew", sessions.renew),
        Reading("session.logout", sessions.logout),
        Reading("registration.query", registration.query),
        Writing("registration.save", registration.save),
        Reading("registration.kinds", registration.kinds),
        Reading("registration.status", registration.status),
        Reading("invoice.stock", invoice.stock),
        Writing("invoice.buy", invoice.buy),
        Writing("invoice.issue", invoice.issue),
        Writing("invoice.verify", invoice.verify),
        Reading("declaration.status", declaration.status),
        Reading("declaration.precheck", declaration.precheck),
        Writing("declaration.submit", partial(declaration.submit, tolerance=tolerance)),
        Writing("declaration.void", declaration.void),
        Reading("collection.unpaid", collection.unpaid),
        Writing("collection.pay", collection.pay),
        Reading("collection.state", collection.state),
        Reading("collection.arrears", collection.arrears),
        Reading("collection.agreement", collection.agreement),
        Reading("certificate.paid", certificate.paid),
        Writing("certificate.issue", certificate.issue),
        Reading("certificate.query", certificate.query),
    )


def path_of(operation: Operation) -> str:
    """Where an operation is served: /api/<domain>/<verb>."""
    return "/api/" + operation.name.replace(".", "/")
