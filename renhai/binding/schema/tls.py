"""Versions and ciphers of TLS: what a target file may say of them, and how ssl is told."""

from __future__ import annotations

import ssl
from collections.abc import Sequence

VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}


def restrict(context: ssl.SSLContext, versions: Sequence[str] | None, ciphers: str | None) -> None:
    """Hold a context to these versions and ciphers. Raises ssl.SSLError or ValueError where it cannot be."""
    if ciphers:
        context.set_ciphers(ciphers)
    if versions:
        chosen = sorted(versions)
        context.minimum_version, context.maximum_version = VERSIONS[chosen[0]], VERSIONS[chosen[-1]]


def wrong_tls(versions: Sequence[str] | None, ciphers: str | None) -> tuple[str, str] | None:
    """(key, why) of what this machine's OpenSSL cannot do, or None."""
    known = list(VERSIONS)
    if versions:
        places = sorted(known.index(version) for version in versions)
        if places != list(range(places[0], places[-1] + 1)):
            return "versions", f"is {', '.join(versions)}; a range without a gap, each once, is needed"
    if ciphers:
        try:
            restrict(ssl.create_default_context(), None, ciphers)
        except (ssl.SSLError, ValueError):
            return "ciphers", f"is {ciphers}, of which {ssl.OPENSSL_VERSION} knows none; see: openssl ciphers"
    return None
