"""The old system's pages: GBK both ways, ids of 15 digits, code lists of its own; and defects in answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from renhai.binding.codec import compile_binding
from renhai.binding.loader import load_binding, normalise
from renhai.reference.cases.loading import load as load_domains
from renhai.reference.dialects import ctais
from renhai.reference.dialects.ctais_codes import CODES as LISTS
from renhai.reference.dialects.ctais_codes import ITEMS, POSTS
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


CASE = "14301210000201509110000000000042"


def test_a_case_has_an_id_of_15_digits_and_codes_of_the_old_system() -> None:
    (compiled, request), asked = sent("case.rows", {"djxh": DJXH[5:]})
    row = {"kind": "overpaid", "dm": "10014301020000000007", "value": "", "yxqq": "2015-09-11",
           "yxqz": "9999-12-31", "je": 12.5, "zfbz1": "N", "lcslid": CASE}  # fmt: skip
    open_ = {"lcslid": CASE, "item": "refund_overpaid", "blzt": "pending"}
    page = ctais.accepted({"rows": [row], "open": [open_]}, asked.serial)
    reply = compiled.judge("case.rows", 200, HEAD, page, None, request.echo, request.path)
    short = "152540121000042"  # year, day of the year, bureau, number
    assert reply.data == {
        "rows": [{**row, "dm": "301020000000007", "zfbz1": "0", "lcslid": short}],
        "open": [{**open_, "lcslid": short, "blzt": "0"}],
    }
    form = {"lcslid": short, "swsxDm": "0301", "gwDm": "G05", "slswjgDm": "430102"}
    _, asked = sent("case.accept", form)
    assert asked.document == {
        "lcslid": CASE, "swsxDm": "SXA031900001", "gwDm": "tax-manager", "slswjgDm": "14301020000",
    }  # fmt: skip


def test_a_case_of_another_province_keeps_its_id_and_a_day_that_is_none_is_refused() -> None:
    for number in (
        "23301210000201509110000000000042",
        CASE[:-7] + "1000042",
        "14301210000201513110000000000042",
    ):
        assert number.encode() in ctais.accepted({"lcslid": number}, "1")
    with pytest.raises(ctais.Refused, match="lcslid 159990121000042"):
        sent("case.rows", {"lcslid": "159990121000042"})


def test_every_item_and_post_has_a_code_of_its_own() -> None:
    items = [item for domain in load_domains(()).values() for item in domain.items.values()]
    assert {item.code for item in items} == ITEMS.keys()
    posts = {step.post for item in items for step in item.route} | {item.acceptance for item in items}
    assert posts == POSTS.keys()
    for table in LISTS.values():
        assert len(set(table.values())) == len(table)


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
        ("- {operation: nix.nix, change: {add: 1}}", r"defects\.yaml:1: nix.nix is no operation"),
        ("- {operation: declaration.submit, field: a, change: {nix: 1}}", "nix is no change"),
        ("- {operation: declaration.submit, change: {reject: XX}}", "XX is no code"),
        ("- {operation: declaration.submit, change: {add: 1}, of: 2/2}", "K/N"),
        ("- {operation: declaration.submit, changes: {add: 1}}", "changes is no part"),
        ("# first\n- {change: {add: 1}}", r"defects\.yaml:2: the defect lacks 'operation'"),
        ("- {operation: [}", r"defects\.yaml:1: is no YAML"),
        ("", "no list of defects; write"),
    ],
)
def test_a_file_of_defects_that_cannot_be_is_refused(tmp_path: Path, text: str, wrong: str) -> None:
    with pytest.raises(BadDefects, match=wrong):
        planted(tmp_path, text)
