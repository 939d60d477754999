"""`captures` of an operation: what an answer leaves behind for the operator's later requests."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from renhai.core.validation import Strict, refuse

SOURCES = ("path", "xpath", "css", "header", "cookie", "redirect")
_REDIRECT = re.compile(r"whole|path|query\.[^\s&=]+")


class Capture(Strict):
    """One value of an answer: from one place, and of the text there what `regex` finds."""

    path: str | None = Field(default=None, description="a path of the answer's format", examples=["data.id"])
    xpath: str | None = Field(
        default=None, description="XPath 1.0 with the prefixes of namespaces", examples=["//t:pzxh"]
    )
    css: str | None = Field(
        default=None, description="a CSS selector into HTML", examples=["input[name=csrf]"]
    )
    attribute: str | None = Field(
        default=None, description="of the element; else value of a field, content of meta, or its text"
    )
    header: str | None = Field(default=None, description="of the answer", examples=["ETag"])
    cookie: str | None = Field(default=None, description="that the answer sets", examples=["csrftoken"])
    redirect: str | None = Field(
        default=None, description="of Location: whole, path, or query.NAME", examples=["query.code"]
    )
    regex: str | None = Field(
        default=None,
        description="its first group, or all that it matches, in that text; alone: in the body",
        examples=['nonce="([0-9a-f]+)"'],
    )
    take: Literal["first", "last", "random"] = Field(default="first", description="where there are several")
    default: Any = Field(default=None, description="where the answer has none; else that is an error")
    secret: bool = Field(default=False, description="never shown; names such as token are never shown anyway")

    @model_validator(mode="after")
    def _one_source(self) -> Capture:
        given = [name for name in SOURCES if getattr(self, name) is not None]
        if len(given) > 1 or not (given or self.regex):
            raise refuse(f"must say exactly one of {', '.join(SOURCES)}, or regex alone")
        if self.attribute is not None and self.css is None:
            raise refuse("has an attribute without css, whose element it is of; remove it")
        if self.redirect is not None and not _REDIRECT.fullmatch(self.redirect):
            raise refuse(f"has redirect: {self.redirect}; write whole, path or query.NAME")
        return self

    @property
    def required(self) -> bool:
        """Whether an answer without it is an error."""
        return "default" not in self.model_fields_set


def _kind(value: Any) -> str:
    return "(capture)" if isinstance(value, dict | Capture) else "(path)"


Captures = dict[
    Annotated[str, Field(pattern=r"^\w+$")],
    Annotated[Annotated[str, Tag("(path)")] | Annotated[Capture, Tag("(capture)")], Discriminator(_kind)],
]
