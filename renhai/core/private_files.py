"""Files that only their owner may read: what was sent and what came back may tell more than one thinks."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

MODE = 0o600


def owner_only(path: str | Path, flags: int) -> int:
    """An `opener` for open(): a file that is made has no rights but its owner's, whatever the umask is."""
    descriptor = os.open(path, flags, MODE)
    with contextlib.suppress(OSError):  # not every file system knows rights
        os.fchmod(descriptor, MODE)  # one that was there before, too
    return descriptor
