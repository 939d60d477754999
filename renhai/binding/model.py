"""The model behind a target file: how one target speaks, where it stands, who allowed it to be loaded."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from renhai.binding.templates import SECRET, TOKEN, wrong_placeholder
from renhai.core.units import Duration, Rate, Wait
from renhai.core.validation import Strict, refuse
from renhai.safety.addresses import wrong_url

EMBEDDED = "embedded"
Count = Annotated[int, Field(strict=True, ge=1)]
Status = Annotated[int, Field(strict=True, ge=100, le=599)]
Format = Literal["json", "form", "xml", "text"]
Encoding = Literal["utf-8", "gbk"]

_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CLIENT_HEADERS = frozenset({"host", "content-length", "connection", "transfer-encoding", "expect"})
_SECRET_HEADERS = re.compile(r"authorization|cookie|token|secret|api-?key|password", re.IGNORECASE)
_OF_A_RECEIPT = frozenset({"operation", "at"})
_KINDS = (
    "${field}, ${field.inside}, ${document}, ${ENV:NAME}, ${SAVED:name}, ${VALUE:name}, ${TABLE:name:field}, "
    "${NEW:id}, ${NOW:yyyyMMdd}, ${OPERATOR:number}, ${XML:field}, ${CDATA:field}"
)


def _check_headers(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not _HEADER.fullmatch(name):
            raise refuse(f"has {name!r}, which is no header name")
        if name.lower() in _CLIENT_HEADERS:
            raise refuse(f"has {name}, which the client sets itself; remove it")
        if not value.isprintable() or not value.isascii():
            raise refuse(f"has {name} with a value that is not printable ASCII")
        if _SECRET_HEADERS.search(name) and not re.search(r"\$\{(ENV|SAVED):", value):
            raise refuse(
                f"has {name} with its secret in the open; write ${{ENV:NAME}}, set NAME in the environment"
            )
    _check_placeholders(headers)
    return headers


def _check_path(path: str) -> str:
    if not path.startswith("/"):
        raise refuse("must start with /; the host stands under url")
    if re.search(r"[^!-~]", TOKEN.sub("", path)):
        raise refuse("holds a space or a character that must be %-encoded")
    _check_placeholders(path)
    return path


def _check_placeholders(node: Any) -> Any:
    if isinstance(node, dict | list):
        for item in node.values() if isinstance(node, dict) else node:
            _check_placeholders(item)
    elif isinstance(node, str) and wrong_placeholder(node):
        raise refuse(f"holds {wrong_placeholder(node)}, which is none of {_KINDS}")
    return node


def _hidden(text: Any) -> Any:
    """Before a secret's own checks: the value must not be shown in the error about it."""
    if not isinstance(text, str) or not SECRET.search(text):
        raise refuse("must be a secret of the environment: write ${ENV:NAME} and set NAME")
    return text


def _check_url(url: str) -> str:
    if url == EMBEDDED:
        return url
    if wrong := wrong_url(url):
        raise refuse(wrong)
    return url.rstrip("/")


def _check_host(host: str) -> str:
    if "://" in host or "*" in host:
        raise refuse("must be one host name, address or network such as 10.20.0.0/24")
    if "/" in host:
        try:
            ip_network(host)
        except ValueError as error:
            raise refuse(f"is not a network: {error}") from None
    return host


def _check_header(name: str) -> str:
    if not _HEADER.fullmatch(name):
        raise refuse("must be the name of a header, such as Authorization")
    return name


def _check_receipt(names: list[str]) -> list[str]:
    for name in names:
        if not name.strip() or name in _OF_A_RECEIPT:
            raise refuse(f"has {name!r}, which names no field; operation and time are kept anyway")
        if names.count(name) > 1:
            raise refuse(f"has {name} twice; keep one")
    return names


Headers = Annotated[dict[str, str], AfterValidator(_check_headers)]
Template = Annotated[Any, AfterValidator(_check_placeholders)]
Text = Annotated[str, AfterValidator(_check_placeholders)]
Query = Annotated[dict[str, Any], AfterValidator(_check_placeholders)]
Secret = Annotated[str, BeforeValidator(_hidden)]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]


class Reading(Strict):
    """One value of an answer, converted: XML has only text."""

    path: str = Field(examples=["//ybtse"])
    as_: Literal["text", "number", "bool"] = Field(default="text", alias="as")
    default: Any = Field(default=None, description="when the answer has no such path")


class Rows(Strict):
    """A list of an answer: `each` is the path of one row, `fields` are read inside it."""

    each: str = Field(examples=["//itemsGridlb"])
    fields: dict[str, str | Reading] = Field(min_length=1, examples=["{pzxh: pzxh}"])


def _kind_of_item(value: Any) -> str:
    """By its keys, so that a mistake is told of the right one."""
    if isinstance(value, dict | Rows):
        return "rows" if isinstance(value, Rows) or "each" in value else "reading"
    return "reading" if isinstance(value, Reading) else "path"


Item = Annotated[
    Annotated[str, Tag("path")] | Annotated[Reading, Tag("reading")] | Annotated[Rows, Tag("rows")],
    Discriminator(_kind_of_item),
]


Data = Annotated[
    Annotated[str, Tag("path")] | Annotated[dict[str, Item], Tag("names")],
    Discriminator(lambda value: "names" if isinstance(value, dict) else "path"),
]


Wanted = str | int | bool | float | None
Word = Annotated[str, Field(min_length=1)]


class Success(Strict):
    """When an answer is ok: its status is one of `status`, every path of `where` holds that value (or one of
    a list), every text of `contains` occurs and none of `absent`, and it repeats what `echo` says.

    Another status is an error (but for `rejected_status`), as is an answer that is not of the format, lacks
    a path or repeats another request; another value or text is rejected. HTTP 200 alone is no success: either
    one of the other rules is stated, or `success: any`.
    """

    success: Literal["any"] | None = Field(
        default=None, description="any: every answer of that status is a success"
    )
    format: Literal["json", "xml", "text"] = "json"
    encoding: Encoding = Field(default="utf-8", description="of an answer that does not say it itself")
    inside: list[str] = Field(
        default=[], description="paths whose text is XML itself, read as a part of the answer"
    )
    status: Annotated[list[Status], Field(min_length=1)] = [200]
    rejected_status: list[Status] = Field(default=[], description="a business refusal, not an error")
    where: dict[str, Wanted | Annotated[list[Wanted], Field(min_length=1)]] = {}
    contains: list[Word] = []
    absent: list[Word] = []
    echo: dict[str, Annotated[str, Field(min_length=1)]] = Field(
        default={},
        description="what the answer repeats of its request: a field, query parameter or value, and its path",
        examples=["{djxh: data.djxh}"],
    )
    code: str = Field(default="", description="path of the business code, shown for rejected answers")
    reason: list[str] = Field(
        default=[], description="paths of the reason; the first one that is not empty is shown"
    )
    data: Data = Field(
        default="", description="what the journeys read: a path (empty: the whole answer), or a mapping"
    )


def _any_alone(rule: Any) -> Any:
    """`success: any` is short for `success: {success: any}`."""
    return {"success": "any"} if rule == "any" else rule


Rule = Annotated[Success, BeforeValidator(_any_alone, json_schema_input_type=Success | Literal["any"])]


class Operation(Strict):
    """One kind of request: body `document` sends the operation's fields as one object."""

    path: Annotated[str, AfterValidator(_check_path)] = Field(examples=["/api/declaration/submit"])
    method: Method | None = None
    headers: Headers = {}
    values: dict[str, Text] = Field(default={}, description="texts for ${VALUE:name} in the other parts")
    query: Query = Field(default={}, description="what follows ?, name by name; empty values are left out")
    format: Format | None = Field(default=None, description="of the body")
    encoding: Encoding | None = Field(default=None, description="of body, query and path")
    body: Template = Field(
        default="document",
        description="document: all fields; null: none; a mapping (json, form) or a text (xml, text)",
    )
    success: Rule | None = Field(default=None, description="only what differs from the target's own success")
    captures: dict[str, str] = Field(
        default={},
        description="name: path in an ok answer; later requests of the same operator use ${SAVED:name}",
    )

    receipt: Annotated[list[str], AfterValidator(_check_receipt)] = Field(
        default=[],
        description="this operation writes: fields of answer or request by which the write can be found",
        examples=["[djxh, pzxh]"],
    )


class Defaults(Strict):
    """What an operation has when it says nothing itself."""

    method: Method = "POST"
    headers: Headers = {}
    values: dict[str, Text] = {}
    query: Query = {}
    format: Format = "json"
    encoding: Encoding = "utf-8"
    body: Template = "document"


class RenewOn(Strict):
    """An answer of this status or business code says that the login no longer holds."""

    status: list[Status] = []
    code: list[str] = []


class Login(Strict):
    """What a bearer token and a cookie session have in common."""

    login: str | None = Field(
        default=None, description="the operation that signs in", examples=["session.open"]
    )
    renew: str | None = Field(
        default=None,
        description="the operation that prolongs a login; without one, operators sign in anew",
        examples=["session.renew"],
    )
    logout: str | None = Field(
        default=None, description="the operation that signs out", examples=["session.logout"]
    )
    expires: str | None = Field(default=None, description="path of the seconds of validity in its answer")
    lifetime: Duration | None = Field(
        default=None, description="how long a login holds, when the answer does not say"
    )
    renew_before: Wait = 5.0
    renew_on: RenewOn = RenewOn()


class Basic(Strict):
    user: Text = Field(examples=["${ENV:TAX_USER}"])
    password: Secret = Field(examples=["${ENV:TAX_PASSWORD}"])


class Bearer(Login):
    """`token`: ${ENV:NAME}, or with `login` the path of the token in its answer."""

    token: str = Field(examples=["data.token"])
    header: Annotated[str, AfterValidator(_check_header)] = "Authorization"
    prefix: str = "Bearer"

    @model_validator(mode="after")
    def _from_somewhere(self) -> Bearer:
        if self.login is None and not SECRET.search(self.token):
            raise refuse("has neither a login nor a token of the form ${ENV:NAME}; give one of them")
        if self.login is not None and "${" in self.token:
            raise refuse("has a login and a token of its own; with a login, token is its path in the answer")
        return self


class Cookies(Login):
    """Whatever cookies the target sets are sent back, operator by operator."""


class Auth(Strict):
    """Exactly one of basic, bearer and cookies; a client certificate stands under tls."""

    basic: Basic | None = None
    bearer: Bearer | None = None
    cookies: Cookies | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Auth:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise refuse("must be exactly one of basic, bearer and cookies; leave auth out for none")
        return self

    @property
    def login(self) -> str | None:
        with_login = self.bearer or self.cookies
        return with_login.login if with_login else None

    @property
    def operations(self) -> dict[str, str]:
        """login, renew and logout, as far as they are named, to their operations."""
        found = self.bearer or self.cookies
        names = {key: getattr(found, key, None) for key in ("login", "renew", "logout")}
        return {key: name for key, name in names.items() if name}


class Timeouts(Strict):
    """How long one request may take, part by part and in all."""

    connect: Duration = 5.0
    send: Duration = 10.0
    read: Duration = 60.0
    total: Duration = 90.0


class Tls(Strict):
    """Certificate checking; paths are relative to the target file."""

    verify: bool = True
    ca: str | None = None
    certificate: str | None = None
    key: str | None = None


class Ceiling(Strict):
    """What whoever runs the target allows at most."""

    rate: Rate | None = None
    operators: Count | None = None


class Binding(Strict):
    """One file of `scenarios/targets/`."""

    name: str = Field(min_length=1, examples=["city-test"])
    environment: Literal["test", "staging", "production"] = Field(examples=["test"])
    url: Annotated[str, AfterValidator(_check_url)] = Field(
        examples=["https://tax-test.example:8443"],
        description="or `embedded`: renhai starts the reference target",
    )
    hosts: list[Annotated[str, AfterValidator(_check_host)]] = Field(
        [], description="names, addresses or networks that may be loaded; loopback needs no permission"
    )
    wide: bool = Field(
        default=False, description="hosts may hold an IPv4 network of more than 65,536 addresses (below /16)"
    )
    ceiling: Ceiling = Ceiling()
    auth: Auth | None = None
    defaults: Defaults = Defaults()
    success: Rule = Success()
    timeouts: Timeouts = Timeouts()
    tls: Tls = Tls()
    tables: dict[str, dict[str, str]] = Field(
        default={}, description="codes by value, for ${TABLE:name:field}"
    )
    undo: dict[str, str] = Field(
        default={},
        description="which operation takes back what another one wrote, from the fields of its receipt",
        examples=["{declaration.submit: declaration.void}"],
    )
    operations: dict[str, Operation] = Field(min_length=1, examples=["{declaration.submit: {path: /submit}}"])
