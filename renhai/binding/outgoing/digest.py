"""HTTP digest authentication (RFC 7616): the challenge of an answer, and the header that answers it."""

from __future__ import annotations

import hashlib
import os
import re
from typing import Any

_PAIR = re.compile(r'([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')
_HASHES = {"SHA-256": "sha256", "MD5": "md5"}  # the stronger first


def challenge_of(head: bytes) -> dict[str, Any]:
    """The strongest challenge of an answer that can be answered. Raises ValueError where there is none."""
    found: list[dict[str, Any]] = []
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        text = value.strip().decode("latin-1")
        if name.strip().lower() == b"www-authenticate" and text[:7].lower() == "digest ":
            pairs = {key.lower(): quoted or bare for key, quoted, bare in _PAIR.findall(text[7:])}
            found.append({**pairs, "nc": 0})
    for wanted in _HASHES:
        for challenge in found:
            algorithm = challenge.get("algorithm", "MD5").upper().removesuffix("-SESS")
            qops = [word.strip() for word in challenge.get("qop", "auth").split(",")]
            if algorithm == wanted and challenge.get("nonce") and "auth" in qops:
                return challenge
    raise ValueError("no digest challenge in MD5 or SHA-256 with qop auth")


def answer(
    challenge: dict[str, Any], user: str, password: str, method: bytes, path: bytes, cnonce: str = ""
) -> bytes:
    """The Authorization line; counts the use of the nonce in the challenge."""
    algorithm = challenge.get("algorithm", "MD5")
    hashed = _HASHES[algorithm.upper().removesuffix("-SESS")]

    def digest(text: str) -> str:
        return hashlib.new(hashed, text.encode()).hexdigest()

    realm, nonce, uri = challenge.get("realm", ""), challenge["nonce"], path.decode("ascii")
    challenge["nc"] += 1
    count, cnonce = f"{challenge['nc']:08x}", cnonce or os.urandom(8).hex()
    secret = digest(f"{user}:{realm}:{password}")
    if algorithm.upper().endswith("-SESS"):
        secret = digest(f"{secret}:{nonce}:{cnonce}")
    asked = digest(f"{method.decode()}:{uri}")
    modern = "qop" in challenge
    between = f"{nonce}:{count}:{cnonce}:auth" if modern else nonce
    name = user.replace("\\", "\\\\").replace('"', '\\"')
    pairs = {"username": name, "realm": realm, "nonce": nonce, "uri": uri}
    pairs["response"] = digest(f"{secret}:{between}:{asked}")
    text = ", ".join(f'{key}="{value}"' for key, value in pairs.items())
    text += f", algorithm={algorithm}" if "algorithm" in challenge else ""
    text += f', opaque="{challenge["opaque"]}"' if "opaque" in challenge else ""
    text += f', qop=auth, nc={count}, cnonce="{cnonce}"' if modern else ""
    return f"Authorization: Digest {text}\r\n".encode()
