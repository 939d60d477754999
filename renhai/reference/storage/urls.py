"""Database URLs as they may be shown."""

from __future__ import annotations

import re


def shown(url: str) -> str:
    """The URL without its password: `postgresql://tax:***@db/tax`."""
    url = re.sub(r"^(\w+://[^:@/]*):.*@", r"\1:***@", url)
    return re.sub(r"(?<=password=)[^&]*", "***", url)
