"""The file that a worker fetches from its master, in a folder of the worker's own.

Locust writes it to the machine's temporary folder under the name that it has at the master, which is always
the same: of two workers that join two runs at once on one machine, one would load the other one's plan, or
half of it.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from typing import Any

from locust import argument_parser


def keep_apart() -> None:
    """From now on each file that is fetched has a folder that nobody else may read, for as long as this
    process lives."""
    write: Callable[[Any], list[str]] = argument_parser.parse_locustfiles_from_master

    def written(sources: Any) -> list[str]:
        before, folder = tempfile.tempdir, tempfile.mkdtemp(prefix="renhai-fetched-")
        atexit.register(_remove, folder, os.getpid())
        tempfile.tempdir = folder
        try:
            return write(sources)
        finally:
            tempfile.tempdir = before

    argument_parser.parse_locustfiles_from_master = written


def _remove(folder: str, owner: int) -> None:
    """Load processes that were forked read it, too, and end before their parent."""
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
