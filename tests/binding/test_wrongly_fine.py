"""Ways in which a user's own target file could say "fine" and be wrong: each is an error with its reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest

from generators.taxpayers.population import Population
from renhai.binding.answers.rules import compile_judge
from renhai.binding.codec import Reply
from renhai.binding.state.client_state import ClientState
from renhai.core.errors import UsageError
from renhai.load.engine.written import walk_of
from renhai.plan.model import WrittenStep
from renhai.run import single
from renhai.spec.journeys.cases import Partition, TaxpayerPool
from renhai.spec.loader import load_scenario
from tests.binding.making import binding
from tests.binding.test_signing import BEARER, opened

HEAD = b"HTTP/1.1 200 OK\r\n"


def judged(made: Any, operation: str, answer: Any, head: bytes = HEAD) -> tuple[Any, ClientState]:
    memory = ClientState()
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return made.judge(operation, 200, head, body, memory), memory


# Captures


@pytest.mark.parametrize(
    ("rule", "answer", "kept"),
    [
        ("data.id", {"data": {"id": None}}, "error"),  # the next request would go for nothing, or for None
        ("{path: data.id, regex: '(\\w+)'}", {"data": {"id": None}}, "error"),  # which finds None in it
        ("'$.rows[*].id'", {"rows": [{"id": None}, {"id": 7}]}, "error"),
        ("{path: '$.rows[*].id', take: last}", {"rows": [{"id": None}, {"id": 7}]}, 7),
        ("{path: data.id, default: 0}", {"data": {"id": None}}, 0),
        ("data.id", {"data": {"id": 0}}, 0),
        ("data.id", {"data": {"id": False}}, False),
    ],
)
def test_null_is_nothing_to_go_on_with(rule: str, answer: Any, kept: Any, tmp_path: Path) -> None:
    text = f"operations:\n  a.b: {{path: /a, success: {{success: any}}, captures: {{x: {rule}}}}}\n"
    reply, memory = judged(binding(tmp_path, text), "a.b", answer)
    if kept == "error":
        assert (reply.outcome, memory.saved) == ("error", {}) and "x is null" in reply.reason
    else:
        assert reply.ok and memory.saved == {"x": kept}


# The path


@pytest.mark.parametrize("value", ["", None, ".", ".."])
@pytest.mark.parametrize(
    "path", ["/items/${id}", "/items/${id}/lines", "/${id}?all=1", "/items/${SAVED:id}", "/a/${NEW:id}/${id}"]
)
def test_a_path_never_loses_a_part(path: str, value: Any, tmp_path: Path) -> None:
    """/items/ is another operation than /items/7, and it answers well."""
    keep = "  a.c: {path: /c, success: {success: any}, captures: {id: id}}\n"
    made = binding(tmp_path, f'operations:\n  a.b: {{path: "{path}", body: null, method: GET}}\n{keep}')
    memory = ClientState()
    memory.saved["id"] = value
    with pytest.raises(ValueError, match="which would be another path"):
        made.request("a.b", {"id": value}, memory)
    memory.saved["id"] = "7"
    assert b"7" in made.request("a.b", {"id": "7"}, memory).path


def test_what_is_only_a_part_of_a_part_may_be_empty(tmp_path: Path) -> None:
    made = binding(
        tmp_path, 'operations:\n  a.b: {path: "/items/x${id}.json?q=${q}", body: null, method: GET}\n'
    )
    assert made.request("a.b", {"id": "", "q": ""}).path == b"/items/x.json?q="


# Texts

BODIES = {
    "a leaf of JSON": "body: {q: '<${x}>'}",
    "inside of objects and lists": "body: {a: [{b: 'no ${x}'}]}",
    "a form": "format: form, body: {q: '<${x}>'}",
    "a query": "method: GET, body: null, query: {q: '<${x}>'}",
    "a text": "format: text, body: '<${x}>'",
    "a text that is nothing else": "format: text, body: '${x}'",
    "a part of a form of parts": "format: multipart, body: {q: '<${x}>'}",
    "what was kept": "body: {q: '<${SAVED:x}>'}",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_null_within_a_text_is_an_error_and_never_the_word_none(body: str, tmp_path: Path) -> None:
    keep = "  a.c: {path: /c, success: {success: any}, captures: {x: x}}\n"
    made = binding(tmp_path, f"operations:\n  a.b: {{path: /a, success: {{success: any}}, {body}}}\n{keep}")
    memory = ClientState()
    memory.saved["x"] = None
    with pytest.raises(ValueError, match=r"^\$\{(SAVED:)?x\} is null, which a text cannot say"):
        made.request("a.b", {"x": None}, memory)
    for value, said in (("", ""), (False, "false"), (0, "0"), ("None", "None")):
        memory.saved["x"] = value
        request = made.request("a.b", {"x": value}, memory)
        assert said in unquote_plus(request.path.decode() + bytes(request.body).decode())


def test_null_alone_stays_what_it_is(tmp_path: Path) -> None:
    text = "operations:\n  a.b: {path: /a, success: {success: any}, body: {q: '${x}'}}\n"
    text += "  a.c: {path: /a, success: {success: any}, format: form, body: {q: '${x}', r: 1}}\n"
    text += "  a.d: {path: /a, success: {success: any}, format: xml, body: '<q>${x}</q>'}\n"
    made = binding(tmp_path, text)
    assert [made.request(name, {"x": None}).body for name in ("a.b", "a.c", "a.d")] == [
        b'{"q":null}', b"r=1", b"<q></q>"
    ]  # fmt: skip


def test_null_within_the_text_of_a_written_step_breaks_its_journey() -> None:
    walk = walk_of((WrittenStep(send="a.b"), WrittenStep(send="a.c", fields={"q": "<${reply.x}>"})))
    steps = walk(TaxpayerPool(Population(1), Partition(1)))
    assert steps.send(None) == ("a.b", {})
    with pytest.raises(ValueError, match=r"\$\{reply.x\} is null"):
        steps.send(Reply("ok", {"x": None}, "", ""))


# Signing in


@pytest.mark.parametrize("token", [None, True, False, {}, [], {"a": 1}, 1.5, "", " ", "长", "a\nb"])
def test_a_login_without_a_token_signs_nobody_in(token: Any, tmp_path: Path) -> None:
    """None and {} are texts as well: Authorization: Bearer None."""
    city = binding(tmp_path, BEARER, CITY_PASSWORD="geheim")
    answer = {"code": "0", "data": {"token": token, "seconds": 60}}
    reply, memory = judged(city, "session.open", answer)
    assert (reply.outcome, memory.signed_in) == ("error", False)
    assert "data.token is not a token" in reply.reason


def test_a_token_may_be_a_number(tmp_path: Path) -> None:
    city = binding(tmp_path, BEARER, CITY_PASSWORD="geheim")
    reply, memory = judged(city, "session.open", {"code": "0", "data": {"token": 4711, "seconds": 60}})
    assert reply.ok and memory.saved["token"] == "4711" and memory.is_fresh()
    assert judged(city, "session.open", opened())[0].ok


@pytest.mark.parametrize("seconds", ["NaN", -1, "-5", "inf", None, "soon"])
def test_a_validity_that_is_none_is_an_error(seconds: Any, tmp_path: Path) -> None:
    """NaN never comes, and so each request would sign in anew."""
    city = binding(tmp_path, BEARER, CITY_PASSWORD="geheim")
    reply, memory = judged(city, "session.open", {"code": "0", "data": {"token": "t", "seconds": seconds}})
    assert (reply.outcome, memory.signed_in) == ("error", False)
    assert "no seconds of validity" in reply.reason


CAPTURED = """\
auth: {bearer: {login: session.open, token: "${SAVED:t}"}}
success: {where: {code: "0"}}
operations:
  session.open: {path: /login, body: {}, captures: {t: {header: X-Token, default: ""}}}
  a.b: {path: /a}
"""


def test_a_token_that_a_capture_lacks_is_none(tmp_path: Path) -> None:
    city = binding(tmp_path, CAPTURED)
    reply, memory = judged(city, "session.open", {"code": "0"})
    assert (reply.outcome, memory.signed_in) == ("error", False) and "t is not a token" in reply.reason
    reply, memory = judged(city, "session.open", {"code": "0"}, HEAD + b"X-Token: abc\r\n")
    assert reply.ok and memory.signed_in


COOKIES = """\
auth: {cookies: {login: session.open}}
operations:
  session.open: {path: /login, format: form, body: {user: a}, success: {format: text, success: any}}
  a.b: {path: /a}
"""


def test_a_login_that_sets_no_cookie_is_the_login_page_again(tmp_path: Path) -> None:
    city = binding(tmp_path, COOKIES)
    reply, memory = judged(city, "session.open", b"<form>wrong password</form>")
    assert (reply.outcome, memory.signed_in) == ("error", False)
    assert "no answer of the login has set a cookie" in reply.reason
    reply, memory = judged(city, "session.open", b"welcome", HEAD + b"Set-Cookie: JSESSIONID=1; Path=/\r\n")
    assert reply.ok and memory.signed_in


# Words


@pytest.mark.parametrize(
    ("word", "page", "outcome"),
    [
        ("成功", "<p>提交不成功</p>", "rejected"),
        ("成功", "<p>申报未成功，请重试</p>", "rejected"),
        ("成功", "<p>没有成功</p>", "rejected"),
        ("成功", "<p>无法成功受理</p>", "rejected"),
        ("成功", "&#19981;&#25104;&#21151;", "rejected"),
        ("成功", "<p>申报成功，未成功 0 笔</p>", "ok"),
        ("成功", "<p>成功</p>", "ok"),
        ("未成功", "<p>未成功</p>", "ok"),
        ("successful", "The filing was unsuccessful.", "rejected"),
        ("successful", "The filing was not successful.", "rejected"),
        ("Success", "Not Success", "rejected"),
        ("successful", "The filing was successful.", "ok"),
        (': "0"', '{"not : "0"', "ok"),
        ("成功", "<p>失败</p>", "rejected"),
    ],
)
def test_a_word_that_is_denied_is_not_there(word: str, page: str, outcome: str) -> None:
    rule = {
        "format": "text", "encoding": "utf-8", "status": [200], "where": {}, "contains": [word], "absent": [],
        "echo": {}, "code": "", "reason": [], "data": "",
    }  # fmt: skip
    assert compile_judge(rule)(200, HEAD, page.encode(), ()).outcome == outcome


# Rows of a user's own, and what a draft leaves open

TARGET = """\
name: shelf
environment: test
url: http://127.0.0.1:9
success: {where: {code: 0}}
operations:
  item.add: {path: /add}
"""
SCENARIO = """\
name: rows
target: shelf.yaml
data: {books: {file: books.csv, take: TAKE}}
journeys:
  a.a:
    - {send: item.add, fields: {isbn: "${books.isbn}", inner: [{name: VALUE}]}}
load:
  operators: [{unit: 14301030000, post: desk, count: 2}]
  stages: [{hold: 10s}]
posts: {desk: {journeys: {a.a: 1}, think_time: {fixed: 1s}}}
thresholds: {"*": [error_rate < 1%]}
"""


def scenario(folder: Path, rows: str, take: str = "unique", value: str = "x") -> Path:
    (folder / "shelf.yaml").write_text(TARGET, "utf-8")
    (folder / "books.csv").write_text(rows, "utf-8")
    path = folder / "rows.yaml"
    path.write_text(SCENARIO.replace("TAKE", take).replace("VALUE", value), "utf-8")
    return path


@pytest.mark.parametrize(
    ("rows", "take", "said"),
    [
        (
            "isbn,n\n1,a\n2,b\n1,a\n",
            "unique",
            "books.csv: has row 1 again as row 3: two would have it at once",
        ),
        ("isbn,n\n1,a\n,\n2,b\n", "in order", "books.csv:3: has no value; take the line out"),
        ("isbn,n\n1,a\n \t, \n", "at random", "books.csv:3: has no value; take the line out"),
        ("isbn,n\n1,a\n2,b\n1,a\n", "in order", ""),
        ("isbn,n\n1,a\n1,b\n", "unique", ""),
        ("isbn,n\n1,\n\n2,\n", "unique", ""),
    ],
)
def test_rows_that_cannot_be_meant(rows: str, take: str, said: str, tmp_path: Path) -> None:
    path = scenario(tmp_path, rows, take)
    if not said:
        load_scenario(str(path))
        return
    with pytest.raises(UsageError) as caught:
        load_scenario(str(path))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("said", "end", "refused"),
    [
        ("{run: 4}", "stop", True),
        ("{run: 4}", "error", True),
        ("{operator: 4}", "stop", True),
        ("{run: 3}", "stop", False),
        ("{run: 4}", "again", False),
    ],
)
def test_more_journeys_than_rows_are_refused_before_the_run(
    said: str, end: str, refused: bool, tmp_path: Path
) -> None:
    """Three journeys would be begun, and everything that was asked for would hold."""
    path = scenario(tmp_path, "isbn\n1\n2\n3\n", f"in order, at_end: {end}")
    text = path.read_text("utf-8").replace("load:\n", f"load:\n  iterations: {said}\n")
    path.write_text(text, "utf-8")
    if not refused:
        load_scenario(str(path))
        return
    with pytest.raises(UsageError) as caught:
        load_scenario(str(path))
    assert "load.iterations asks for 4 journeys, and data.books ends after 3 rows; give it" in str(
        caught.value
    )


def test_a_journey_that_takes_no_row_may_come_more_often(tmp_path: Path) -> None:
    path = scenario(tmp_path, "isbn\n1\n2\n3\n", "in order, at_end: stop")
    text = path.read_text("utf-8").replace("load:\n", "load:\n  iterations: {run: 9}\n")
    text = text.replace("load:\n", "  a.b: [{send: item.add, fields: {isbn: x}}]\nload:\n")
    path.write_text(text.replace("{a.a: 1}", "{a.a: 1, a.b: 1}"), "utf-8")
    load_scenario(str(path))


def test_what_a_draft_left_to_fill_in_is_never_sent(tmp_path: Path) -> None:
    """The draft itself loads; neither check nor run says fine of it."""
    path = scenario(tmp_path, "isbn\n1\n", value="FILL IN")
    load_scenario(str(path))
    with pytest.raises(UsageError) as caught:
        single.prepare(single.RunRequest(str(path)))
    (said,) = str(caught.value).splitlines()
    assert "rows.yaml:6: " in said
    assert said.endswith('"a.a"[0].fields.inner[0].name is still FILL IN; write what is to be sent')
    single.prepare(single.RunRequest(str(scenario(tmp_path, "isbn\n1\n", value="filled in"))))
