"""What an answer leaves behind: by path, XPath, CSS, header, cookie, redirect; log-ins of several steps."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renhai.binding.answers import jsonpath
from renhai.binding.codec import CompiledBinding
from renhai.binding.state.client_state import ClientState
from tests.binding.making import binding, refusal

GET = "method: GET, path: /a, body: null"
HTML = """<!doctype html><html><head><meta name="csrf" content="m&amp;1"></head><body>
<form id=f><input type=hidden name="csrfmiddlewaretoken" value="tok&lt;1"><input name=empty>
<select name=s><option value=1>one<option value=2 selected>two</select><textarea name=t> hi </textarea></form>
<a class=row href=/x/1>A</a><a class=row href=/x/2>B</a></body></html>"""
SOAP = (
    '<?xml version="1.0" encoding="GBK"?><s:Envelope xmlns:s="urn:s" xmlns:t="urn:tax.receipt"><s:Body>'
    '<t:r n="7"><t:pzxh>凭证1</t:pzxh><t:pzxh>P2</t:pzxh></t:r><pzxh>other</pzxh></s:Body></s:Envelope>'
).encode("gbk")


def left(made: CompiledBinding, body: bytes, head: bytes = b"", status: int = 200) -> object:
    """What the operation a.b captured of an answer as x; its reason where it was no success."""
    memory = ClientState()
    reply = made.judge("a.b", status, b"HTTP/1.1 200 OK\r\n" + head, body, memory)
    return memory.saved.get("x") if reply.ok else reply.reason


TEXT = "{success: any, format: text}"


def capture(folder: Path, rule: str, success: str = TEXT, more: str = "") -> CompiledBinding:
    text = f"{more}operations:\n  a.b: {{{GET}, success: {success}, captures: {{x: {rule}}}}}\n"
    return binding(folder, text)


@pytest.mark.parametrize(
    ("rule", "body", "found"),
    [
        ("'$.items[0].id'", b'{"items":[{"id":7}]}', 7),
        ("'$.items[-1].id'", b'{"items":[{"id":7},{"id":8}]}', 8),
        ("'$.items[?@.s==\"open\"].id'", b'{"items":[{"id":7,"s":"shut"},{"id":8,"s":"open"}]}', 8),
        ("{path: '$..id', take: last}", b'{"a":{"id":1},"b":{"id":2}}', 2),
        ("{path: items.0.url, regex: '/(\\d+)$'}", b'{"items":[{"url":"/x/42"}]}', "42"),
        ("{path: a, default: none}", b'{"b":1}', "none"),
        ("'$.items[0].id'", b'{"items":[]}', "the answer cannot be read: list index out of range"),
        ("'$.items[0].id'", b'{"items":{"0":{"id":1}}}', "the answer cannot be read: '$.items[0].id'"),
        ("'$.items[*].id'", b'{"items":[]}', "the answer cannot be read: '$.items[*].id'"),
    ],
)  # fmt: skip
def test_jsonpath_beside_dotted_paths(tmp_path: Path, rule: str, body: bytes, found: object) -> None:
    assert left(capture(tmp_path, rule, "{success: any}"), body) == found


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("{css: 'input[name=csrfmiddlewaretoken]'}", "tok<1"),
        ("{css: 'meta[name=csrf]'}", "m&1"),
        ("{css: 'input[name=empty]'}", ""),
        ("{css: 'select[name=s]'}", "2"),
        ("{css: textarea}", "hi"),
        ("{css: a.row, attribute: href, take: last}", "/x/2"),
        ("{css: a.row, attribute: href, regex: '(\\d+)'}", "1"),
        ("{regex: 'href=/x/(\\d+)', take: last}", "2"),
        ("{css: a.row, attribute: title}", "the answer cannot be read: 'no x (css)'"),
        ("{css: 'input[name=gone]'}", "the answer cannot be read: 'no x (css)'"),
        ("{regex: 'nothing'}", "the answer cannot be read: 'no x (regex)'"),
    ],
)
def test_html_by_selector_and_by_regular_expression(tmp_path: Path, rule: str, found: object) -> None:
    assert left(capture(tmp_path, rule), HTML.encode()) == found


def test_xpath_tells_namespaces_apart_and_reads_the_prologs_charset(tmp_path: Path) -> None:
    spaces = "namespaces: {t: 'urn:tax.receipt'}\n"
    xml = "{success: any, format: xml}"
    assert left(capture(tmp_path, "{xpath: '//t:pzxh'}", xml, spaces), SOAP) == "凭证1"
    assert left(capture(tmp_path, "{xpath: '//t:pzxh[2]'}", xml, spaces), SOAP) == "P2"
    assert left(capture(tmp_path, "{xpath: '//pzxh'}", xml), SOAP) == "other"
    assert left(capture(tmp_path, "{xpath: 'string(//t:r/@n)'}", xml, spaces), SOAP) == "7"
    assert left(capture(tmp_path, "{xpath: 'count(//t:pzxh)'}", xml, spaces), SOAP) == 2
    reason = left(capture(tmp_path, "{xpath: '//t:none'}", xml, spaces), SOAP)
    assert reason == "the answer cannot be read: 'no x (xpath)'"


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("{header: etag}", '"v1"'),
        ("{header: ETag, regex: '\"(.*)\"'}", "v1"),
        ("{cookie: csrftoken}", "abc"),
        ("{cookie: gone}", "the answer cannot be read: 'no x (cookie)'"),
        ("{redirect: whole}", "/cb?code=q%20w&state=#top"),
        ("{redirect: path}", "/cb"),
        ("{redirect: query.code}", "q w"),
        ("{redirect: query.state}", ""),
        ("{redirect: query.gone}", "the answer cannot be read: 'no x (redirect)'"),
    ],
)
def test_headers_cookies_and_the_redirects_location(tmp_path: Path, rule: str, found: object) -> None:
    head = (
        b'ETag: "v1"\r\nSet-Cookie: csrftoken=abc; Path=/\r\nSet-Cookie: gone=; Max-Age=0\r\n'
        b"Location: /cb?code=q%20w&state=#top\r\n"
    )
    made = capture(tmp_path, rule, "{status: [302]}")
    assert left(made, b"", head, 302) == found
    assert left(made, b"", head, 200) == "HTTP 200"


def test_nothing_is_kept_of_an_answer_that_lacks_one_of_its_captures(tmp_path: Path) -> None:
    made = binding(
        tmp_path,
        f"operations: {{a.b: {{{GET}, captures: {{x: id, y: {{header: ETag}}}}}}}}\n",
    )
    memory = ClientState()
    assert made.judge("a.b", 200, b"H\r\nX: 1\r\n", b'{"id":1}', memory).outcome == "error"
    assert memory.saved == {}
    assert made.judge("a.b", 200, b"H\r\nETag: e\r\n", b'{"id":1}', memory).ok
    assert memory.saved == {"x": 1, "y": "e"}
    assert made.judge("a.b", 200, b"H\r\nETag: f\r\n", b'{"no":1}', memory).outcome == "error"
    assert memory.saved == {"x": 1, "y": "e"}


def test_where_by_a_query_that_selects_several_holds_for_each(tmp_path: Path) -> None:
    made = binding(
        tmp_path, f"operations: {{a.b: {{{GET}, success: {{where: {{'$.rows[*].ok': true}}}}}}}}\n"
    )
    for body, outcome in (
        (b'{"rows":[{"ok":true},{"ok":true}]}', "ok"),
        (b'{"rows":[{"ok":true},{"ok":false}]}', "rejected"),
        (b'{"rows":[]}', "error"),
    ):
        assert made.judge("a.b", 200, b"", body).outcome == outcome


def test_rows_by_a_query_may_be_none_and_a_list_stays_a_list(tmp_path: Path) -> None:
    data = "{rows: {each: '$.items[?@.n>1]', fields: {n: n}}, all: {path: '$.items[*].n', default: []}}"
    made = binding(tmp_path, f"operations: {{a.b: {{{GET}, success: {{data: {data}}}}}}}\n")
    assert made.judge("a.b", 200, b"", b'{"items":[{"n":1},{"n":2}]}').data == {
        "rows": [{"n": 2}],
        "all": [1, 2],
    }
    assert made.judge("a.b", 200, b"", b'{"items":[]}').data == {"rows": [], "all": []}


LOGIN = """
auth: {cookies: {login: [page.open, page.post], renew_on: {status: [403]}}}
operations:
  page.open:
    {method: GET, path: /login, body: null, success: {format: text, success: any},
     captures: {csrf: {css: 'input[name=csrf]'}}}
  page.post: {path: /login, format: form, body: {csrf: "${SAVED:csrf}", user: u}, success: {status: [302]}}
  work.do: {path: /work, body: {}, headers: {X-CSRF: "${SAVED:csrf}"}, success: {success: any}}
"""


def test_a_login_of_several_steps_signs_in_with_its_last_and_its_token_is_never_shown(tmp_path: Path) -> None:
    made, memory = binding(tmp_path, LOGIN), ClientState()
    assert made.signing.logins == ("page.open", "page.post")
    page = b"<form><input name=csrf value=deep-secret></form>"
    assert made.judge("page.open", 200, b"H\r\nSet-Cookie: sid=1\r\n", page, memory).ok
    assert not memory.signed_in
    request = made.request("page.post", {}, memory)
    assert request.body == b"csrf=deep-secret&user=u"
    assert request.headers.endswith(b"Cookie: sid=1\r\n")
    assert made.judge("page.post", 200, b"H\r\n", b"wrong password", memory).outcome == "error"
    assert not memory.signed_in
    assert made.judge("page.post", 302, b"H\r\nLocation: /\r\n", b"", memory).ok
    assert memory.signed_in
    assert made.redact("csrf=deep-secret", memory) == "csrf=***"


def test_a_bearer_token_may_come_from_a_header(tmp_path: Path) -> None:
    text = (
        "auth: {bearer: {login: s.open, token: '${SAVED:tk}'}}\noperations:\n"
        "  s.open: {path: /s, body: null, success: {status: [204]},\n"
        "   captures: {tk: {header: X-Token, secret: true}}}\n"
        "  a.b: {path: /a, success: {success: any}}\n"
    )
    made, memory = binding(tmp_path, text), ClientState()
    assert made.judge("s.open", 204, b"H\r\nX-Token: t0ken\r\n", b"", memory).ok
    assert memory.signed_in
    assert b"Authorization: Bearer t0ken\r\n" in made.request("a.b", {}, memory).headers
    assert b"Authorization" not in made.request("s.open", {}, memory).headers
    assert made.redact("t0ken", memory) == "***"
    assert made.judge("s.open", 204, b"H\r\n", b"", ClientState()).outcome == "error"


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("'$.items['", "city.yaml:5: operations.\"a.b\".captures.x is $.items[; is no JSONPath (RFC 9535): "),
        ("{css: 'a[['}", "captures.x.css is a[[; is no CSS selector"),
        ("{regex: '('}", "captures.x.regex is (; is no regular expression: "),
        ("{xpath: '//q:a'}", "is no XPath with the prefixes none: Undefined namespace prefix"),
        ("{css: a, header: b}", "exactly one of path, xpath, css, header, cookie, redirect, or regex alone"),
        ("{take: last}", "must say exactly one of"),
        ("{header: a, attribute: b}", "has an attribute without css"),
        ("{redirect: host}", "has redirect: host; write whole, path or query.NAME"),
        ("{csss: a}", "captures.x.csss is not a known key"),
        ("'items[0]'", "write data.items.0.id, or a JSONPath: $.data.items[0].id"),
    ],
)  # fmt: skip
def test_a_capture_that_cannot_be_is_refused_before_the_run(tmp_path: Path, rule: str, said: str) -> None:
    text = f"operations:\n  a.b: {{{GET}, captures: {{x: {rule}}}}}\n"
    found = refusal(tmp_path, text)
    assert said in found, found


def test_a_capture_with_a_default_is_no_rule_of_success(tmp_path: Path) -> None:
    from renhai.binding.loader import load_binding
    from renhai.core.errors import UsageError
    from tests.binding.making import HEAD

    path = tmp_path / "city.yaml"
    path.write_text(HEAD + f"operations: {{a.b: {{{GET}, captures: {{x: {{path: id, default: 0}}}}}}}}\n")
    with pytest.raises(UsageError, match="states no rule"):
        load_binding(str(path))


NAMES = st.sampled_from(["a", "b", "c'd", "é", ""])
DEEP = st.recursive(
    st.integers() | st.none() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
)


@settings(deadline=None)
@given(DEEP, st.lists(NAMES | st.integers(-3, 3), min_size=1, max_size=3))
def test_the_quick_way_of_a_singular_query_finds_what_the_library_finds(
    answer: object, keys: list[str | int]
) -> None:
    path = "$" + "".join(
        f"[{key}]" if isinstance(key, int) else "['" + key.replace("'", "\\'") + "']" for key in keys
    )
    found = list(jsonpath.all_of(path)(answer))
    try:
        assert [jsonpath.one(path)(answer)] == found
    except (KeyError, IndexError):
        assert found == []
