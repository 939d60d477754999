"""Security schemes of an OpenAPI document as auth and headers, their secrets in the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from renhai.binding.drafting.described.references import References
from renhai.binding.drafting.draft import Draft, wrong_header
from renhai.binding.drafting.notes import note


def add_security(draft: Draft, document: Mapping[str, Any], references: References) -> None:
    """One way to sign in is all that a target file has; further schemes are marked."""
    components = document.get("components")
    found = components.get("securitySchemes") if isinstance(components, Mapping) else None
    schemes = found or document.get("securityDefinitions")
    if not isinstance(schemes, Mapping):
        return
    for name, described in schemes.items():
        scheme, _, _ = references.follow(described)
        secret = re.sub(r"\W", "_", f"{draft.name}_{name}", flags=re.ASCII).upper()
        secret = secret if secret[:1].isalpha() else f"X{secret}"
        kind = str(scheme.get("scheme", "")).lower() or str(scheme.get("type", ""))
        if _drafted(draft, scheme, kind, secret):
            draft.add_note(note("scheme_secrets", name=name))
        else:
            draft.add_note(note("scheme_lost", name=name, kind=kind or "?"))


def _drafted(draft: Draft, scheme: Mapping[str, Any], kind: str, secret: str) -> bool:
    if kind in ("basic", "bearer", "oauth2", "openidconnect", "openIdConnect"):
        if draft.auth is not None:
            return False
        pair = {"user": f"${{ENV:{secret}_USER}}", "password": f"${{ENV:{secret}_PASSWORD}}"}
        draft.auth = {"basic": pair} if kind == "basic" else {"bearer": {"token": f"${{ENV:{secret}_TOKEN}}"}}
        return True
    key = str(scheme.get("name") or "")
    if scheme.get("type") != "apiKey" or not key:
        return False
    if scheme.get("in") == "query":
        draft.query[key] = f"${{ENV:{secret}}}"
        return True
    name = "Cookie" if scheme.get("in") == "cookie" else key
    taken = {header.lower() for header in draft.headers} | ({"authorization"} if draft.auth else set())
    if wrong_header(name) is not None or wrong_header(key) is not None or name.lower() in taken:
        return False
    draft.headers[name] = f"{key}=${{ENV:{secret}}}" if name == "Cookie" else f"${{ENV:{secret}}}"
    return True
