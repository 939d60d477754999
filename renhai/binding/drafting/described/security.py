"""Security schemes of an OpenAPI document as auth and headers, their secrets in the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from renhai.binding.drafting.described.references import References
from renhai.binding.drafting.draft import Draft, wrong_header
from renhai.binding.drafting.hidden import harmless
from renhai.binding.drafting.notes import note
from renhai.binding.drafting.recorded.exchange import clean_path

LOGIN = "oauth2.login"


def add_security(draft: Draft, document: Mapping[str, Any], references: References, server: str) -> None:
    """One way to sign in is all that a target file has; further schemes are marked.

    server: the document's first address, beside which token endpoints are looked for.
    """
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
        if _drafted(draft, scheme, kind, secret, server):
            draft.add_note(note("scheme_secrets", name=name))
        else:
            draft.add_note(note("scheme_lost", name=name, kind=kind or "?"))


def _drafted(draft: Draft, scheme: Mapping[str, Any], kind: str, secret: str, server: str) -> bool:
    if kind in ("basic", "bearer", "oauth2", "openidconnect", "openIdConnect"):
        if draft.auth is not None:
            return False
        pair = {"user": f"${{ENV:{secret}_USER}}", "password": f"${{ENV:{secret}_PASSWORD}}"}
        by_token = {"bearer": {"token": f"${{ENV:{secret}_TOKEN}}"}}
        signing = _oauth2(draft, scheme, secret, server) if kind == "oauth2" else None
        draft.auth = {"basic": pair} if kind == "basic" else signing or by_token
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


def _oauth2(draft: Draft, scheme: Mapping[str, Any], secret: str, server: str) -> dict[str, Any] | None:
    """By client credentials, else by a user's password, at the target itself; else None."""
    flows = scheme.get("flows")
    flows = flows if isinstance(flows, Mapping) else {str(scheme.get("flow")): scheme}  # Swagger 2
    for name in ("clientCredentials", "application", "password"):
        flow = flows.get(name)
        said = str(flow.get("tokenUrl") or "") if isinstance(flow, Mapping) else ""
        if not said or not isinstance(flow, Mapping):
            continue
        path = _at_target(said, server)
        if not path:
            draft.add_note(note("token_elsewhere", url=said))
            continue
        scopes = flow.get("scopes")
        scope = harmless(" ".join(map(str, scopes))) if isinstance(scopes, Mapping) and scopes else ""
        asked = {"scope": scope} if scope.isprintable() and scope else {}
        if asked:
            draft.add_note(note("scopes", names=list(map(str, scopes or ()))))
        if name == "password":
            return _by_password(draft, path, secret, asked)
        client = {
            "client_id": f"${{ENV:{secret}_CLIENT_ID}}",
            "client_secret": f"${{ENV:{secret}_CLIENT_SECRET}}",
        }
        return {"oauth2": {"token": path, **client, **asked}}
    return None


def _by_password(draft: Draft, path: str, secret: str, asked: dict[str, str]) -> dict[str, Any]:
    """RFC 6749, section 4.3: an operation of its own, whose answer gives the token."""
    who = {"username": f"${{ENV:{secret}_USER}}", "password": f"${{ENV:{secret}_PASSWORD}}"}
    draft.operations[LOGIN] = {
        "method": "POST",
        "path": path,
        "format": "form",
        "body": {"grant_type": "password", **who, **asked},
        "success": {"status": [200], "data": {"token": "access_token"}},
    }
    return {"bearer": {"login": LOGIN, "token": "access_token"}}


def _at_target(url: str, server: str) -> str:
    """The path of an address at the target; "" of one that stands elsewhere, or cannot be a path."""
    base = urlsplit(server if "://" in server else f"http://target/{server.lstrip('./')}")
    found = urlsplit(urljoin(f"{base.geturl().rstrip('/')}/", url))
    near = (found.scheme, found.netloc) == (base.scheme, base.netloc)
    path = clean_path(found.path) if near and not (found.query or found.fragment) else ""
    return "" if re.search(r"[{}$?#]", path) or path == "/" else path
