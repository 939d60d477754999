"""What an operation of the target is: a name, and the function that judges a document and says what to do.

Every domain's file beside this one ends in `operations(setup)`, which lists its own; catalogue.py finds them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from renhai.reference.eras.grades import DEFAULT_FINE_FEN, Rules
from renhai.reference.rules.fields import Document
from renhai.reference.rules.sessions import Sessions
from renhai.reference.storage.jobs import Decide, Query

DEFAULT_TOLERANCE_FEN = 1000
"""Fen by which tax on a form may differ from sales x rate: it is the sum of taxes rounded invoice by
invoice."""
FINE = "39999"
"""zsxmDm of fines; the national code is not public."""
CHINA_S = 8 * 3600
EPOCH = date(1970, 1, 1).toordinal()


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


class Printing(NamedTuple):
    """A paper: `check(document, body)` returns what to ask for the values that stand on the form.

    media: pdf or ofd, which the answer's body is. Served as Reading and Writing are; a refusal is HTTP 422.
    """

    name: str
    check: Callable[[Document, bytes], Query]
    form: str
    media: str
    services: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()


Operation = Reading | Writing | Printing


class Setup(NamedTuple):
    """What operations may depend on.

    tolerance: fen of tax against sales x rate. sessions: who is signed in. rules: the switched ones. fixed:
    the day that the target takes for today; None goes by the clock. late_fine: fen for a return that is
    filed late. domains: folders of further business domains, as YAML.
    """

    sessions: Sessions
    tolerance: int = DEFAULT_TOLERANCE_FEN
    rules: Rules = Rules()
    fixed: date | None = None
    late_fine: int = DEFAULT_FINE_FEN
    domains: tuple[Path, ...] = ()

    def today(self) -> date:
        """What day it is in China, or the one that was set."""
        return self.fixed or _day(int((time.time() + CHINA_S) // 86400))


@lru_cache(maxsize=4)
def _day(number: int) -> date:
    return date.fromordinal(EPOCH + number)
