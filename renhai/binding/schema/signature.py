"""`signature` of a target file: which parts of each request are signed, by which key, into which header."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from renhai.binding.outgoing.signature import PARTS
from renhai.binding.schema.texts import Secret, check_header
from renhai.binding.text.templates import SECRET, TOKEN
from renhai.core.validation import Strict, refuse

Algorithm = Literal["hmac-sha256", "hmac-sha512", "hmac-sha1", "hmac-md5", "sha256", "sha512", "sha1", "md5"]
Header = Annotated[str, AfterValidator(check_header)]
_CLOCKS = ("http", "iso", "unix", "unix_ms")


def _check_part(text: str) -> str:
    if text in PARTS or SECRET.fullmatch(text) or re.fullmatch(r"text:.*|header:[\w-]+", text, re.DOTALL):
        return text
    raise refuse(f"must be one of {', '.join(PARTS)}, header:NAME, text:ANY or ${{ENV:NAME}}")


def _check_clock(text: str) -> str:
    if text not in _CLOCKS and not re.fullmatch(r"[yMdHmsS:. T/-]+", text):
        raise refuse(f"must be one of {', '.join(_CLOCKS)}, or a pattern such as yyyyMMddHHmmss")
    return text


def _check_value(text: str) -> str:
    for inner in TOKEN.findall(text):
        if inner not in ("SIGNATURE", "DATE", "NONCE") and not inner.startswith("ENV:"):
            raise refuse(f"holds ${{{inner}}}; known: ${{SIGNATURE}}, ${{DATE}}, ${{NONCE}}, ${{ENV:NAME}}")
    if "${SIGNATURE}" not in text:
        raise refuse("has no ${SIGNATURE} in it; add it")
    if not text.isprintable() or not text.isascii():
        raise refuse("is not printable ASCII")
    return text


class Date(Strict):
    """The time of the request, in a header of its own."""

    header: Header = "Date"
    format: Annotated[str, AfterValidator(_check_clock)] = Field(
        default="http", description="http, iso, unix, unix_ms, or a pattern of local time"
    )


class Nonce(Strict):
    """32 hexadecimal digits, different at every request, in a header of their own."""

    header: Header = Field(examples=["X-Nonce"])


class Signature(Strict):
    """A keyed digest over `parts`, joined by `join`; plain algorithms have the key among the parts."""

    algorithm: Algorithm = "hmac-sha256"
    key: Secret = Field(examples=["${ENV:SIGN_KEY}"])
    key_encoding: Literal["text", "hex", "base64"] = "text"
    parts: list[Annotated[str, AfterValidator(_check_part)]] = Field(
        min_length=1, examples=["[method, path, date, body]"]
    )
    join: str = "\n"
    encode: Literal["hex", "HEX", "base64"] = "hex"
    date: Date | None = None
    nonce: Nonce | None = None
    header: Header = Field(default="X-Signature")
    value: Annotated[str, AfterValidator(_check_value)] = "${SIGNATURE}"

    @model_validator(mode="after")
    def _complete(self) -> Signature:
        for part in ("date", "nonce"):
            if part in self.parts and getattr(self, part) is None:
                raise refuse(f"signs {part}, which is sent nowhere; add {part}: {{header: X-{part.title()}}}")
        if not self.algorithm.startswith("hmac-") and "key" not in self.parts:
            raise refuse(f"is {self.algorithm} without the key among its parts: anybody could make it")
        return self
