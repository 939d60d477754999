"""In which language a person is spoken to."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal

Language = Literal["en", "zh"]
VARIABLE = "RENHAI_LANG"
_LOCALE = (VARIABLE, "LC_ALL", "LC_MESSAGES", "LANG")  # the first one that is set decides


def language(environ: Mapping[str, str] | None = None) -> Language:
    """zh where RENHAI_LANG, else the locale, begins with zh; en otherwise."""
    environ = os.environ if environ is None else environ
    said = next((environ[name] for name in _LOCALE if environ.get(name)), "")
    return "zh" if said.lower().startswith("zh") else "en"


def asked() -> Language | None:
    """What RENHAI_LANG itself asks for: a page that is written then opens in it, else in the browser's."""
    return language() if os.environ.get(VARIABLE) else None
