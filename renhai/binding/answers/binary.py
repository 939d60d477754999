"""A binary answer, a download say: its length, its digest, and whether a paper is whole."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from renhai.binding.answers.paper import paper_check
from renhai.binding.answers.received import Received


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
        size = body.length if isinstance(body, Received) else len(body)
        if size < least or (most is not None and size > most):
            wanted = f"{least:,}" if least == most else f"from {least:,}" + (f" to {most:,}" if most else "")
            return f"the answer has {size:,} bytes, not {wanted}"
        if sha256 and (found := _sha256(body)) != sha256:
            return f"the answer's SHA-256 is {found[:12]}..., not {sha256[:12]}..."
        return ""

    return check


def is_download(success: Mapping[str, Any]) -> bool:
    """Whether the rule knows how long the answer is, or its digest: then it need not be held."""
    known = success.get("length") is not None or bool(success.get("sha256"))
    return success.get("format") == "binary" and known and not success.get("paper")


def _sha256(body: bytes) -> str:
    return body.sha256 if isinstance(body, Received) else hashlib.sha256(body).hexdigest()
