"""The key by which the processes of one run know each other: 64 hexadecimal digits, 32 random bytes.

It stands in the environment (RENHAI_JOIN_KEY) or in a file, never on a command line, which everybody on the
machine can read. A run makes one of its own unless one is given; it is good for that run alone.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from renhai.core.errors import UsageError

VARIABLE = "RENHAI_JOIN_KEY"
WORD = "RENHAI_WORD"  # by which the runner knows the status lines of its load process from what a file prints
HOW = "make one with: (umask 077; openssl rand -hex 32 > join.key)"
_KEY = re.compile(r"[0-9a-fA-F]{64}")
_FEW = 8  # of 64 random digits that so few differ does not happen (probability below 1e-15)


def new_key() -> str:
    """A key for one run."""
    return secrets.token_hex(32)


def given_key(file: Path | None, environ: Mapping[str, str]) -> str:
    """The key of `file`, else of the environment; "" where neither is given. Raises UsageError."""
    if file is None:
        text = environ.get(VARIABLE, "").strip()
        return checked_key(text, VARIABLE) if text else ""
    try:
        text = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise UsageError(f"--key-file {file} cannot be read: {why}; {HOW}") from None
    return checked_key(text, f"--key-file {file}")


def checked_key(text: str, where: str) -> str:
    """The key in small letters; the message never repeats it. Raises UsageError."""
    if not _KEY.fullmatch(text):
        raise UsageError(f"{where} does not hold a key: 64 hexadecimal digits; {HOW}")
    if len(set(text.lower())) < _FEW:
        raise UsageError(f"{where} holds no random key; {HOW}")
    return text.lower()


def write_key(path: Path, key: str) -> None:
    """Write a key file that only its owner can read. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key + "\n")
