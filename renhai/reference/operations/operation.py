"""What an operation of the target is: a name, and the function that judges a document and says what to do.

Every domain's file beside this one ends in `operations(setup)`, which lists its own; catalogue.py finds them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from renhai.reference.rules.fields import Document
from renhai.reference.rules.sessions import Sessions
from renhai.reference.storage.jobs import Decide, Query

DEFAULT_TOLERANCE_FEN = 1000
"""Fen by which tax on a form may differ from sales x rate: it is the sum of taxes rounded invoice by
invoice."""


class Reading(NamedTuple):
    """A query: `check(document, body)` judges the request and returns what to ask.

    services: its names on the service bus (dialects/bus.py); pages: its addresses among the web filing pages
    (dialects/web.py). Every operation is served as JSON, under /api/<domain>/<verb>.
    """

    name: str
    check: Callable[[Document, bytes], Query]
    services: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()


class Writing(NamedTuple):
    """A write: `check(document, body)` judges the document and returns what to decide with the state at
    hand. services, pages: as of a Reading."""

    name: str
    check: Callable[[Document, bytes], Decide]
    services: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()


Operation = Reading | Writing


class Setup(NamedTuple):
    """What operations may depend on: the tolerance of tax against sales x rate in fen, who is signed in."""

    tolerance: int
    sessions: Sessions
