"""Secrets: found by value in every spelling, guessed by name and shape, and nothing else blanked."""

from __future__ import annotations

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from html import escape
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape as escape_xml
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renhai.safety.redaction import guessed, is_private, is_secret, without

WAYS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "URL": lambda s: quote(s, safe=""),
    "path": quote,
    "form": quote_plus,
    "URL, small letters": lambda s: quote(s, safe="").lower() if s == s.lower() else quote(s, safe=""),
    "URL in GBK": lambda s: quote(s, safe="", encoding="gbk", errors="replace"),
    "JSON": lambda s: json.dumps(s)[1:-1],
    "JSON, Chinese as it is": lambda s: json.dumps(s, ensure_ascii=False)[1:-1],
    "JSON of PHP": lambda s: json.dumps(s)[1:-1].replace("/", "\\/"),
    "JSON, in capitals": lambda s: (
        re.sub(r"u[0-9a-f]{4}", lambda m: f"u{m[0][1:].upper()}", json.dumps(s)[1:-1])
        if "u" not in s
        else json.dumps(s)[1:-1]
    ),
    "JSON, all of it": lambda s: "".join(f"\\u{ord(c):04x}" for c in s),
    "JSON in JSON": lambda s: json.dumps(json.dumps(s)[1:-1])[1:-1],
    "URL of a URL": lambda s: quote(quote(s, safe=""), safe=""),
    "URL, all of it": lambda s: "".join(f"%{byte:02X}" for byte in s.encode()),
    "XML in ASCII": lambda s: escape_xml(s).encode("ascii", "xmlcharrefreplace").decode(),
    "HTML in ASCII, hexadecimal": lambda s: re.sub("[^\0-\x7f]", lambda m: f"&#x{ord(m[0]):X};", escape(s)),
    "references for all of it": lambda s: "".join(f"&#{ord(c)};" for c in s),
    "hexadecimal references for all of it": lambda s: "".join(f"&#x{ord(c):x};" for c in s),
    "hex of GBK": lambda s: s.encode("gbk", "replace").hex(),
    "base64 of GBK": lambda s: b64encode(s.encode("gbk", "replace")).decode(),
    "XML": escape_xml,
    "XML attribute": lambda s: quoteattr(s)[1:-1] if "'" not in s else escape(s),
    "HTML": escape,
    "hex": lambda s: s.encode().hex(),
    "HEX": lambda s: s.encode().hex().upper(),
    "base64": lambda s: b64encode(s.encode()).decode(),
    "base64 for URLs": lambda s: urlsafe_b64encode(s.encode()).decode(),
}
SECRETS = [
    "pass&word 1",
    "key<7>税",
    'quo"te',
    "a/b+c=d",
    "Hunter2secret",
    "税务密码一二三",
    "x" * 200,
    "%41%42",
    "tab\there",
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_found_in_every_spelling(way: str, secret: str) -> None:
    spelt = WAYS[way](secret)
    assert without(f"before [{spelt}] after", [secret]) == "before [***] after"


@pytest.mark.parametrize("before", ["", "u", "us", "use", "user:"])
@pytest.mark.parametrize("after", ["", ":", ":x"])
def test_a_secret_inside_of_base64_is_found_wherever_it_begins(before: str, after: str) -> None:
    whole = b64encode(f"{before}Hunter2secret{after}".encode()).decode()
    hidden = without(whole, ["Hunter2secret"])
    assert "***" in hidden
    assert len(hidden) <= len(before) + len(after) + 12  # what is left spells neither


@given(st.text(min_size=4, max_size=40).filter(lambda s: s.isprintable()), st.sampled_from(sorted(WAYS)))
def test_no_spelling_of_any_secret_stays(secret: str, way: str) -> None:
    spelt = WAYS[way](secret)
    if spelt.strip("?") and "GBK" not in way and ("all of it" not in way or max(secret) < "\U00010000"):
        assert spelt not in without(f"[{spelt}]", [secret]) or spelt in "[***]"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("left", [4, 9, 0.5, 0.9])
def test_what_is_left_of_a_secret_where_an_excerpt_ends_is_hidden_too(way: str, left: float) -> None:
    spelt = WAYS[way]("key<7>税-and-more")
    begun = spelt[: int(left if left >= 1 else left * len(spelt))]
    assert without(f"before [{begun}", ["key<7>税-and-more"], cut=True) == "before ["


def test_a_text_that_goes_on_with_something_else_stays() -> None:
    assert without("the key was lost", ["keyhole7"], cut=True) == "the key was lost"
    assert without("the keyh", ["keyhole7"], cut=True) == "the "
    assert without("the keyh", ["keyhole7"]) == "the keyh"


NAMED = [
    "password",
    "userPwd",
    "mima",
    "kl",
    "dlmm",
    "token",
    "密码",
    "sessionId",
    "api_key",
    "yzm",
    "x-sign",
]
TEXTS = [
    '{"NAME": "VALUE", "a": 1}', '{"NAME":["VALUE","VALUE"]}', '{"NAME": 123456}', '{"a": "b", "NAME": "VALU',
    "<NAME x='1'>VALUE</NAME>", "<s:NAME>VALUE</s:NAME>", "<NAME>VALU",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("text", TEXTS)
def test_a_field_is_guessed_by_its_name(name: str, text: str) -> None:
    told = guessed(text.replace("NAME", name).replace("VALU", "abc9"))
    assert "abc9" not in told and "123456" not in told
    assert "***" in told


@pytest.mark.parametrize("name", ["password", "mm", "access_token", "sid"])
def test_in_forms_and_queries_too(name: str) -> None:
    assert (
        guessed(f"POST /in?{name}=abc9&djxh=7\n{name}=abc9&x=1")
        == f"POST /in?{name}=***&djxh=7\n{name}=***&x=1"
    )


def test_a_name_in_escaped_letters_is_read() -> None:
    assert guessed(r'{"\u5bc6\u7801": "abc9"}') == r'{"\u5bc6\u7801": "***"}'


@pytest.mark.parametrize(
    "text",
    [
        '{"code": "0", "djxh": "10114301030000000001", "nsrmc": "长沙某公司", "ybtse": 12.5}',
        '{"author": "me", "passengers": 4, "design": "x", "signed_in": true, "pinyin": "cs", "zoning": 1}',
        "<Code>000</Code><Message>系统繁忙</Message>",
        "GET /hlwsb/sbkk/getSbZt.do?djxh=1&skssqq=2015-09-01",
        "HTTP 500: NullPointerException at gt3.sb.SbService.save(SbService.java:211)",
    ],
)  # fmt: skip
def test_business_is_left_alone(text: str) -> None:
    assert guessed(text) == text


def test_tokens_and_tickets_are_known_by_their_shape() -> None:
    jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"
    assert guessed(f"got {jwt}, then Bearer abc.def-123") == "got ***, then ***"
    assert guessed("/login?x=ST-12345-abcdefghijkl") == "/login?x=***"


def test_what_tells_a_person_is_private_and_no_secret() -> None:
    assert [(is_secret(n), is_private(n)) for n in ("sfzjhm", "sjhm", "djxh", "kl")] == [
        (False, True), (False, True), (False, False), (True, True),
    ]  # fmt: skip
