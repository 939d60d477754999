"""Variables of the source, `{{name}}`: marked while a request is read, placeholders in the draft."""

from __future__ import annotations

import re
from collections.abc import Callable

_WRITTEN = re.compile(r"\{\{([^{}]+)\}\}")
_MARKED = re.compile("\ue000([^\ue000\ue001]+)\ue001")  # of the private use area: no text has them
_FRESH = frozenset({"$guid", "$randomUUID"})


def marked(text: str) -> str:
    """`{{name}}` as one word that no parser takes for anything else."""
    return _WRITTEN.sub(lambda match: f"\ue000{match[1].strip()}\ue001", text)


def has_variable(text: str) -> bool:
    """Whether a marked variable stands in a text."""
    return bool(_MARKED.search(text))


def filled(text: str, placeholder: Callable[[str], str]) -> str:
    """The text with each variable's placeholder; a fresh id is the target file's own."""
    return _MARKED.sub(lambda match: "${NEW:id}" if match[1] in _FRESH else placeholder(match[1]), text)
