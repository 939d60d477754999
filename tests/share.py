"""How many examples of a property are tried: a share of them in `make test`, all of them with `--all`.

They are the same ones each time (tests/conftest.py), so that the share is the beginning of the whole.
"""

from __future__ import annotations

LEAST = 8
_whole = False


def take_all(whole: bool) -> None:
    """Said before the tests are read."""
    global _whole
    _whole = whole


def examples(count: int) -> int:
    """For `max_examples`, of a property that takes seconds; a third of them, and LEAST at least."""
    return count if _whole else max(LEAST, count // 3)
