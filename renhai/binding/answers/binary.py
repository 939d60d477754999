"""A binary answer, a download say: its length, its digest, and whether a paper is whole."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from renhai.binding.answers.paper import paper_check


def binary_check(success: Mapping[str, Any]) -> Callable[[bytes, bytes], str]:
    """Why a body, with its content coding undone, is not the one that was asked for; "" when it is."""
    length, sha256 = success.get("length"), success.get("sha256")
    media = success.get("paper")
    if isinstance(length, Mapping):
        least, most = length.get("at_least") or 0, length.get("at_most")
    else:
        least, most = length or 0, length

    def check(head: bytes, body: bytes) -> str:
        if media and (wrong := paper_check(media, head, body)):
            return wrong
        if len(body) < least or (most is not None and len(body) > most):
            wanted = f"{least:,}" if least == most else f"from {least:,}" + (f" to {most:,}" if most else "")
            return f"the answer has {len(body):,} bytes, not {wanted}"
        if sha256 and (found := hashlib.sha256(body).hexdigest()) != sha256:
            return f"the answer's SHA-256 is {found[:12]}..., not {sha256[:12]}..."
        return ""

    return check
