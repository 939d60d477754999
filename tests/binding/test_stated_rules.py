"""HTTP 200 alone is no success: which targets load, and what each refusal says."""

from __future__ import annotations

from pathlib import Path

import pytest

from renhai.binding.loader import load_binding
from renhai.core.errors import UsageError
from tests.binding.making import HEAD, binding, refusal

ALONE = "states no rule: HTTP 200 alone does not say that the business was done"


def problems(folder: Path, text: str, judged: bool = True) -> list[str]:
    path = folder / "city.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    try:
        load_binding(str(path), judged=judged)
    except UsageError as error:
        return [f"{problem.field}: {problem.text}" for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ("", 'operations."a.b"'),
        ("success: {status: [200]}\n", "success"),
        ("success: {status: [200, 204]}\n", "success"),
        ("success: {status: [200], where: {}}\n", "success"),
        ("success: {status: [200], data: data}\n", "success"),
        ("success: {data: {a: {path: a, default: 0}}}\n", "success"),
        ("success: {code: code, reason: [msg]}\n", "success"),
    ],
)
def test_status_200_alone_is_refused(tmp_path: Path, rule: str, field: str) -> None:
    (found,) = problems(tmp_path, f"{rule}operations:\n  a.b: {{path: /a}}\n")
    assert found.startswith(f"{field}: {ALONE}")
    assert "success: any" in found
    assert problems(tmp_path, f"{rule}operations:\n  a.b: {{path: /a}}\n", judged=False) == []


@pytest.mark.parametrize(
    "rule",
    [
        "{where: {code: 0}}", "{contains: [ok]}", "{absent: [bad]}", "{echo: {id: id}}", "any",
        "{status: [204]}", "{status: [302, 303]}", "{success: any, reason: [msg]}", "{data: {a: a}}",
        "{rejected_status: [400]}",
    ],
)  # fmt: skip
def test_a_rule_may_be_stated_in_many_ways(tmp_path: Path, rule: str) -> None:
    body = "operations:\n  a.b: {path: /a}\n"
    assert problems(tmp_path, f"success: {rule}\n{body}") == []
    own = f"success: {{status: [200]}}\noperations:\n  a.b: {{path: /a, success: {rule}}}\n"
    assert problems(tmp_path, own) == []


@pytest.mark.parametrize("word", [" ", "{", '":', "}\\n", "</", ",", "\\t"])
def test_a_word_that_every_answer_has_is_no_rule(tmp_path: Path, word: str) -> None:
    rule = "success: {contains: [WORD]}\n".replace("WORD", f'"{word.replace(chr(34), chr(92) + chr(34))}"')
    (found,) = problems(tmp_path, f"{rule}operations:\n  a.b: {{path: /a}}\n")
    assert found.startswith("success.contains[0]: ")
    assert found.endswith("is what any answer has; give a word that only a success has")


def test_an_operation_that_says_any_takes_the_targets_rule_away(tmp_path: Path) -> None:
    text = "success: {where: {code: 0}, absent: [busy]}\noperations:\n  a.b: {path: /a, success: any}\n"
    city = binding(tmp_path, text)
    assert city.judge("a.b", 200, b"", b"<h1>busy</h1>").ok
    assert not city.judge("a.b", 500, b"", b"").ok


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("success: {success: any, where: {a: 1}}", "says any, and a rule beside it"),
        ("success: {status: [200, 400], rejected_status: [400]}", "400 is in status and in rejected_status"),
        ("success: {format: xml, where: {code: 0}}", "XML has texts alone, so this never holds; write it in"),
        ("success: {contains: ['']}", "success.contains"),
        ("success: {where: {code: []}}", "success.where.code"),
        ("success: {status: []}", "success.status"),
        ("success: {where: {'$.code[': 0}}", "success.where"),
        ("success: {where: {'items[0].id': 0}}", "is not a path into JSON"),
        ("success: {where: {a..b: 0}}", "is not a path into JSON"),
        ("success: {format: text, echo: {id: id}}", "a text has no paths"),
        ("success: maybe", "success"),
    ],
)
def test_rules_that_no_answer_can_keep_are_refused_before_the_run(
    tmp_path: Path, text: str, said: str
) -> None:
    assert said in refusal(tmp_path, f"{text}\noperations:\n  a.b: {{path: /a}}\n")


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        ("{path: /a, body: {x: 1}}", "a.b sends no field, query parameter or value of this name"),
        ("{path: /a, method: GET, body: null}", "sends no field"),
        ("{path: '/a?id=${NEW:id}', body: null}", ""),
        ("{path: /a, query: {id: 7}, body: null}", ""),
        ("{path: /a, values: {id: x}, body: null}", ""),
        ("{path: '/a/${id}', body: null}", ""),
        ("{path: /a, body: {id: 1}}", ""),
        ("{path: /a, body: {x: '${id.inner}'}}", ""),
        ("{path: /a}", ""),
        ("{path: /a, format: xml, body: '<a>${XML:id}</a>'}", ""),
    ],
)
def test_echo_must_name_something_that_is_sent(tmp_path: Path, operation: str, said: str) -> None:
    text = f"success: {{echo: {{id: data.id}}}}\noperations:\n  a.b: {operation}\n"
    found = problems(tmp_path, text)
    assert (said in found[0]) if said else found == []
