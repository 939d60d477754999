"""The old system's pages: GBK both ways, ids of 15 digits, code lists of its own; and defects in answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from renhai.binding.codec import compile_binding
from renhai.binding.loader import load_binding, normalise
from renhai.reference.dialects import ctais
from renhai.reference.faults.defects import BadDefects, load
from renhai.reference.rules.codes import CODES, Rejection

HEAD = b"Content-Type: text/html; charset=GBK\r\n"
DJXH = "10114301020000000003"


def target() -> Any:
    binding, _, path = load_binding("ctais")
    return compile_binding(normalise(binding, path))


def sent(operation: str, fields: dict[str, Any]) -> tuple[Any, ctais.Asked]:
    compiled = target()
    request = compiled.request(operation, fields)
    return (compiled, request), ctais.read(bytes(request.body))


def test_a_form_in_gbk_with_the_old_codes_becomes_the_document_that_is_judged() -> None:
    fields = {
        "djxh": DJXH[5:],
        "zgswjDm": "430102",
        "nsrmc": "长沙（宁乡）㼆商行",
        "kinds": [{"zsxmDm": "01"}],
    }
    (_, request), asked = sent("registration.save", fields)
    assert b"%B3%A4" in bytes(request.body), "长 in GBK"
    assert asked.document["djxh"] == DJXH
    assert asked.document["zgswjDm"] == "14301020000"
    assert asked.document["kinds"] == [{"zsxmDm": "10101"}]
    assert asked.document["nsrmc"].startswith("长沙（宁乡）")


def test_a_code_of_the_new_system_is_none_of_the_old_one() -> None:
    with pytest.raises(ctais.Refused, match="zgswjDm 14301020000"):
        sent("registration.save", {"zgswjDm": "14301020000"})
    with pytest.raises(ctais.Refused, match="GBK"):
        ctais.read(b"sbb=%FF%FF")


def test_a_page_is_read_as_the_target_file_says_and_only_as_its_own_requests() -> None:
    (compiled, request), asked = sent("collection.unpaid", {"djxh": DJXH[5:]})
    item = {"pzxh": "10014301020000000007", "zsxmDm": "10101", "skssqq": "2015-08-01", "skssqz": "2015-08-31",
            "ybtse": 1234.5, "znj": 0.0}  # fmt: skip
    page = ctais.accepted({"items": [item]}, asked.serial)

    def judged(body: bytes) -> Any:
        return compiled.judge("collection.unpaid", 200, HEAD, body, None, request.echo, request.path)

    reply = judged(page)
    assert reply.outcome == "ok"
    assert reply.data == {"items": [{**item, "pzxh": "301020000000007", "zsxmDm": "01"}]}
    assert judged(ctais.accepted({"items": [item]}, "another")).outcome == "error"
    no = judged(ctais.rejected(Rejection(CODES["GY004"], "太长"), asked.serial))
    assert (no.outcome, no.code, "太长" in no.reason) == ("rejected", "GY004", True)
    assert judged(page[: len(page) // 2]).outcome == "error"


def planted(tmp_path: Path, text: str) -> Any:
    file = tmp_path / "defects.yaml"
    file.write_text(text, "utf-8")
    return load(str(file), ("declaration.submit", "collection.unpaid"))


def test_a_defect_changes_answers_of_its_part_of_the_taxpayers_alone(tmp_path: Path) -> None:
    defects = planted(
        tmp_path,
        "- {operation: declaration.submit, field: ybtse, change: {add: 0.01}, of: 0/2}\n"
        '- {operation: collection.unpaid, field: "items[].znj", change: {drop: 1}, when: {zt: "1"}}\n',
    )
    answers = [
        defects.apply("declaration.submit", {"djxh": str(n)}, {"ybtse": 10.0})["ybtse"] for n in range(100)
    ]
    assert sorted(set(answers)) == [10.0, 10.01]
    assert defects.planted[0].hits == answers.count(10.01)
    assert defects.apply("collection.unpaid", {"zt": "1"}, {"items": [{"znj": 1, "a": 2}]}) == {
        "items": [{"a": 2}]
    }
    assert defects.apply("collection.unpaid", {"zt": "2"}, {"items": [{"znj": 1}]}) == {"items": [{"znj": 1}]}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("{}", "no list"),
        ("- {operation: nix.nix, change: {add: 1}}", "entry 1: nix.nix is no operation"),
        ("- {operation: declaration.submit, field: a, change: {nix: 1}}", "nix is no change"),
        ("- {operation: declaration.submit, change: {reject: XX}}", "XX is no code"),
        ("- {operation: declaration.submit, change: {add: 1}, of: 2/2}", "K/N"),
        ("- {operation: declaration.submit, changes: {add: 1}}", "changes is no part"),
    ],
)
def test_a_file_of_defects_that_cannot_be_is_refused(tmp_path: Path, text: str, wrong: str) -> None:
    with pytest.raises(BadDefects, match=wrong):
        planted(tmp_path, text)
