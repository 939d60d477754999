"""Hand-written HTTP stands in the load engine alone; whoever else talks HTTP uses requests, pinned."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from tests.sources import said

HOME = Path(__file__).resolve().parents[2]
OTHERS = {"http.client", "urllib.request", "urllib3", "httpx", "aiohttp"}
BYTE_FOR_BYTE: set[str] = set()  # that need to send what the load engine would, as it would: none
PINNED = "renhai/safety/pinned_session.py"


@cache
def imports() -> dict[str, set[str]]:
    """Each file of ours and what it imports, with the names of `from ... import` also."""
    found: dict[str, set[str]] = {}
    for path in (path for top in ("renhai", "results", "generators") for path in (HOME / top).rglob("*.py")):
        names = found.setdefault(str(path.relative_to(HOME)), set())
        for node in said(path.read_text(encoding="utf-8")).imports:
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif not node.level:
                names |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def importing(modules: set[str]) -> set[str]:
    return {file for file, names in imports().items() if modules & names}


def test_no_other_client_is_imported() -> None:
    assert importing(OTHERS) == BYTE_FOR_BYTE | {PINNED}
    assert importing({"http.client"}) == BYTE_FOR_BYTE


def test_sessions_are_made_in_one_place() -> None:
    # elsewhere requests is imported for the names of its errors
    callers = importing({"requests"}) - {PINNED}
    for name in callers:
        text = (HOME / name).read_text(encoding="utf-8")
        assert not any(
            f"requests.{call}" in text for call in ("get(", "post(", "request(", "Session", "put(")
        )
