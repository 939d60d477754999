"""The model behind a target file: how one target speaks, where it stands, who allowed it to be loaded."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag

from renhai.binding.schema.audit import AuditRule, Balance
from renhai.binding.schema.auth import Auth
from renhai.binding.schema.captures import Captures
from renhai.binding.schema.connections import Connecting, check_source
from renhai.binding.schema.papers import PaperRule
from renhai.binding.schema.services import Allowed, Service
from renhai.binding.schema.signature import Signature
from renhai.binding.schema.texts import Encoding, Headers, Query, Status, Template, Text, check_path
from renhai.core.unions import kind_by_keys
from renhai.core.units import Duration, Rate
from renhai.core.validation import Strict, refuse
from renhai.safety.addresses import wrong_url

EMBEDDED = "embedded"
Count = Annotated[int, Field(strict=True, ge=1)]
Format = Literal["json", "form", "xml", "text", "multipart", "binary"]
_OF_A_RECEIPT = frozenset({"operation", "at"})


def _check_url(url: str) -> str:
    if url == EMBEDDED:
        return url
    if wrong := wrong_url(url):
        raise refuse(wrong)
    return url.rstrip("/")


def _check_proxy(url: str) -> str:
    if url and (wrong := wrong_url(url)):
        raise refuse(wrong)
    if url.startswith("https:"):
        raise refuse("must be http://host:port: the way to the proxy itself is not encrypted")
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


def _check_http(version: int) -> int:
    if version != 1:
        raise refuse(
            "must be 1: the load engine speaks HTTP/1.1 alone. In HTTP/2 one full window or lost packet "
            "holds up all requests of its connection, and times would partly be the generator's. Load the "
            "target by the HTTP/1.1 that it speaks too, or by a locustfile of your own"
        )
    return version


def _check_receipt(names: list[str]) -> list[str]:
    for name in names:
        if not name.strip() or name in _OF_A_RECEIPT:
            raise refuse(f"has {name!r}, which names no field; operation and time are kept anyway")
        if names.count(name) > 1:
            raise refuse(f"has {name} twice; keep one")
    return names


def _check_method(method: str) -> str:
    if not re.fullmatch(r"[A-Z][A-Z-]{0,19}", method) or method == "CONNECT":
        raise refuse(
            "must be a method in capital letters, such as GET, POST or OPTIONS; CONNECT is none here"
        )
    return method


def _check_digest(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise refuse("must be a SHA-256 in 64 hexadecimal digits, in quotes")
    return text


Method = Annotated[str, AfterValidator(_check_method)]


class Reading(Strict):
    """One value of an answer, converted: XML has only text."""

    path: str = Field(examples=["//ybtse"])
    as_: Literal["text", "number", "bool"] = Field(default="text", alias="as")
    default: Any = Field(default=None, description="when the answer has no such path")


class Rows(Strict):
    """A list of an answer: `each` is the path of one row, `fields` are read inside it."""

    each: str = Field(examples=["//itemsGridlb"])
    fields: dict[str, str | Reading] = Field(min_length=1, examples=["{pzxh: pzxh}"])


# Tags are no keys, so that a mistake is told by the keys alone (renhai.core.validation).
_ITEMS = dict.fromkeys(("path", "as", "default"), "(reading)")
_ITEMS = {"each": "(rows)", **_ITEMS, "fields": "(rows)"}


def _kind_of_item(value: Any) -> str:
    """By its keys, so that a mistake is told of the right one."""
    if isinstance(value, dict):
        return kind_by_keys(value, _ITEMS, "(reading)")
    if isinstance(value, Rows):
        return "(rows)"
    return "(reading)" if isinstance(value, Reading) else "(path)"


Item = Annotated[
    Annotated[str, Tag("(path)")] | Annotated[Reading, Tag("(reading)")] | Annotated[Rows, Tag("(rows)")],
    Discriminator(_kind_of_item),
]


Data = Annotated[
    Annotated[str, Tag("(path)")] | Annotated[dict[str, Item], Tag("(names)")],
    Discriminator(lambda value: "(names)" if isinstance(value, dict) else "(path)"),
]


Wanted = str | int | bool | float | None
Word = Annotated[str, Field(min_length=1)]


class Length(Strict):
    """Bounds of a length, in bytes."""

    at_least: Annotated[int, Field(strict=True, ge=0)] = 0
    at_most: Annotated[int, Field(strict=True, ge=0)] | None = None


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
    format: Literal["json", "xml", "text", "binary"] = "json"
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
    length: Annotated[int, Field(strict=True, ge=0)] | Length | None = Field(
        default=None, description="bytes of a binary answer, decoded", examples=["{at_least: 1000}"]
    )
    sha256: Annotated[str, AfterValidator(_check_digest)] | None = Field(
        default=None, description="of a binary answer"
    )
    paper: Literal["pdf", "ofd"] | None = Field(
        default=None,
        description="the answer is a paper: its type, length and both ends are looked at; of the rules of "
        "the target only code and reason go on, for refusals in JSON",
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

    path: Annotated[str, AfterValidator(check_path)] = Field(examples=["/api/declaration/submit"])
    method: Method | None = None
    headers: Headers = {}
    values: dict[str, Text] = Field(default={}, description="texts for ${VALUE:name} in the other parts")
    query: Query = Field(default={}, description="what follows ?, name by name; empty values are left out")
    format: Format | None = Field(default=None, description="of the body")
    encoding: Encoding | None = Field(default=None, description="of body, query and path")
    body: Template = Field(
        default="document",
        description="document: all fields; null: none; a mapping (json, form, multipart), "
        "a text (xml, text), {file: PATH} (binary)",
    )
    sign: bool = Field(default=True, description="false: without the target's signature")
    success: Rule | None = Field(default=None, description="only what differs from the target's own success")
    captures: Captures = Field(
        default={},
        description="name: path in an ok answer; later requests of the same operator use ${SAVED:name}",
        examples=["{token: data.token}"],
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
    server_name: str | None = Field(
        default=None, description="asked for (SNI) and checked instead of the url's host"
    )
    versions: Annotated[list[Literal["1.0", "1.1", "1.2", "1.3"]], Field(min_length=1)] | None = Field(
        default=None, description="of TLS that may be used, without a gap", examples=[["1.2", "1.3"]]
    )
    ciphers: str | None = Field(
        default=None, description="up to TLS 1.2, as OpenSSL lists them", examples=["ECDHE+AESGCM"]
    )


class Through(Strict):
    """A local TLS proxy, for what Python's TLS does not speak (国密 SM2/SM4): reports carry `label`.

    `to` is whom it really loads, and must stand under hosts: a proxy on this machine allows nothing.
    """

    to: Annotated[str, AfterValidator(_check_host)] = Field(examples=["tax-test.example"])
    label: Annotated[str, Field(min_length=1, max_length=60)] = Field(examples=["国密 TLS (SM2/SM4)"])


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
    system: Literal["gt3", "ctais"] = Field(
        default="gt3", description="of an embedded target: the new system, or the old one with its own pages"
    )
    hosts: list[Annotated[str, AfterValidator(_check_host)]] = Field(
        [], description="names, addresses or networks that may be loaded; loopback needs no permission"
    )
    http: Annotated[int, AfterValidator(_check_http)] = Field(
        default=1, description="version of HTTP; the load engine speaks 1.1"
    )
    proxy: Annotated[str, AfterValidator(_check_proxy)] = Field(
        default="",
        description="an HTTP proxy that everything goes by; https by CONNECT",
        examples=["http://proxy.example:3128"],
    )
    through: Through | None = Field(
        default=None, description="a TLS proxy of your own between us and the target; url is where it listens"
    )
    wide: bool = Field(
        default=False, description="hosts may hold an IPv4 network of more than 65,536 addresses (below /16)"
    )
    ceiling: Ceiling = Ceiling()
    connections: Connecting | None = Field(
        default=None,
        description="{per_operator: 1} (to 6), per_journey or {shared: 50}; left out: one of each operator, "
        "and of each journey that arrives",
        examples=["{per_operator: 1}"],
    )
    follow: Literal["same-origin"] | None = Field(
        default=None,
        description="same-origin: redirects to the same scheme, host and port are followed, five at most",
    )
    sources: list[Annotated[str, AfterValidator(check_source)]] = Field(
        [], description="addresses or networks of the load machine to connect from, in turn"
    )
    auth: Auth | None = None
    signature: Signature | None = Field(default=None, description="over parts of each request")
    defaults: Defaults = Defaults()
    success: Rule = Success()
    timeouts: Timeouts = Timeouts()
    tls: Tls = Tls()
    namespaces: dict[str, str] = Field(
        default={}, description="prefixes for captures by xpath", examples=["{t: urn:tax.receipt}"]
    )
    tables: dict[str, dict[str, str]] = Field(
        default={}, description="codes by value, for ${TABLE:name:field}"
    )
    undo: dict[str, str] = Field(
        default={},
        description="which operation takes back what another one wrote, from the fields of its receipt",
        examples=["{declaration.submit: declaration.void}"],
    )
    audit: dict[str, AuditRule] = Field(
        default={},
        description="how the writes of an operation are read back and compared after a run",
        examples=["{declaration.submit: {read: declaration.query, by: pzxh, compare: [djxh]}}"],
    )
    drills: list[Allowed] = Field(
        default=[],
        examples=["[freeze, tcp]"],
        description="what a drill may do to this target; left out: nothing. tcp: on the way to it",
    )
    services: dict[str, Service] = Field(
        default={},
        examples=["{app: {pid_file: /run/app.pid}}"],
        description="what a drill may name; the embedded target offers itself as target",
    )
    balances: list[Balance] = Field(default=[], description="equations over what was read back")
    papers: dict[str, PaperRule] = Field(
        default={},
        description="what the papers of an operation must say, and where",
        examples=["{printing.notice: {form: notice.yaml, says: {nsrsbh: nsrsbh}}}"],
    )
    operations: dict[str, Operation] = Field(min_length=1, examples=["{declaration.submit: {path: /submit}}"])

    @property
    def behind(self) -> str:
        """Whom the proxy at `url` leads to; "" where `url` is the target's own."""
        return self.through.to if self.through else ""
