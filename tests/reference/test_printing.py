"""Papers of the reference target: what stands on them, in both formats, and each fault that spoils them."""

from __future__ import annotations

import io
import json
import sys
import xml.etree.ElementTree as ET
import zipfile

import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renhai.reference.faults.plan import Faults
from renhai.reference.faults.spec import parse
from renhai.reference.operations.catalogue import operations
from renhai.reference.operations.operation import Printing
from renhai.reference.operations.printing import pdf
from renhai.reference.operations.printing.capitals import capitals
from renhai.reference.operations.printing.forms import FORMS
from renhai.reference.operations.printing.printer import PRINTS, Printer, falsified
from tests.reference.documents import djxh, general, payment, registration, uscc
from tests.reference.running import Client

VALUES = {
    "djxh": "10114301030000000001", "serial": "40014301030000000001", "nsrsbh": "914301037700000001",
    "nsrmc": "长沙<丁>&一\\(甲)有限公司", "authority": "14301030000", "period": "2015-08-01至2015-08-31",
    "tax": "增值税", "figures": "￥1,002.50", "capitals": "壹仟零贰元伍角整", "code": "0123456789012345",
    "credit": "0.00",
}  # fmt: skip
WHOLE = ("serial", "nsrsbh", "nsrmc", "authority", "period", "figures", "capitals")
NAMES = tuple(operation.name for operation in operations())


def printing(name: str = "printing.certificate") -> Printing:
    return next(one for one in operations() if isinstance(one, Printing) and one.name == name)


def words(paper: bytes) -> list[str]:
    """The texts of a paper of either format, page after page."""
    if paper[:4] == b"%PDF":
        pages = pypdf.PdfReader(io.BytesIO(paper), strict=True).pages
        return [line for page in pages for line in page.extract_text().split("\n")]
    with zipfile.ZipFile(io.BytesIO(paper)) as packed:
        assert packed.testzip() is None
        pages = [ET.fromstring(packed.read(name)) for name in packed.namelist() if "Content" in name]
    return ["".join(code.itertext()) for page in pages for code in page.iter() if "TextCode" in code.tag]


@pytest.mark.parametrize("media", PRINTS)
@pytest.mark.parametrize(("form", "pages"), [("certificate", 1), ("declaration", 2), ("notice", 1)])
def test_every_value_stands_on_the_paper_as_it_is(media, form, pages):
    found = words(PRINTS[media](form, VALUES))
    assert set(found) >= {VALUES[name] for name in WHOLE}
    assert found.count(VALUES["nsrmc"]) == pages


@given(fen=st.integers(1, 10**11), name=st.text("长沙有限公司（）ABC-·", min_size=1, max_size=38))
def test_a_paper_has_its_own_values_whatever_was_printed_before(fen, name):
    values = {**VALUES, "nsrmc": name, "figures": f"￥{fen / 100:,.2f}", "capitals": capitals(fen)}
    assert {name, values["figures"], values["capitals"]} <= set(words(PRINTS["pdf"]("certificate", values)))


@pytest.mark.parametrize(
    ("fen", "wanted"),
    [
        (0, "零元整"), (5, "伍分"), (50, "伍角整"), (1005, "壹拾元零伍分"), (140950, "壹仟肆佰零玖元伍角整"),
        (600714, "陆仟零柒元壹角肆分"), (1640902, "壹万陆仟肆佰零玖元零贰分"), (32504, "叁佰贰拾伍元零肆分"),
        (10_000_100_00, "壹仟万零壹佰元整"), (10_000_000_001_00, "壹佰亿零壹元整"),
        (1_234_500_000_000_00, "壹万贰仟叁佰肆拾伍亿元整"), (-1, "负壹分"),
    ],
)  # fmt: skip
def test_capitals_as_the_bank_rules_write_them(fen, wanted):
    """The examples of 正确填写票据和结算凭证的基本规定, and ends of groups."""
    assert capitals(fen) == wanted


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_no_heading_reaches_to_its_value(form):
    """A Hanzi is as wide as its font is high: 72 points are 25.4 mm."""
    for text in form.texts:
        right = text.x_mm + len(text.words) * text.points * 25.4 / 72
        beside = [one for one in form.fields if (one.page, one.y_mm) == (text.page, text.y_mm)]
        assert all(right + 2 < one.x_mm for one in beside), text.words


class Taken:
    """A planted fault that takes every paper."""

    def __init__(self, kind: str) -> None:
        self.spec, self.hits, self.papers = parse(f"{kind}=100%", NAMES), 0, []

    def spoils(self, *paper: str) -> None:
        self.hits += 1
        self.papers.append(paper)


@pytest.mark.parametrize("media", PRINTS)
def test_each_fault_spoils_a_paper_in_its_own_way(media):
    operation = printing("printing.certificate" + ("_ofd" if media == "ofd" else ""))
    whole = PRINTS[media]("certificate", VALUES)
    printer = Printer()
    other = {**VALUES, "djxh": "10114301030000000002", "nsrsbh": "914301037700000002"}
    assert printer.paper(operation, VALUES, None) == whole
    assert printer.paper(operation, VALUES, Taken("empty-paper")) == b""
    assert printer.paper(operation, VALUES, Taken("cut-paper")) == whole[:-20]
    assert words(printer.paper(operation, VALUES, Taken("moved-paper"))) == words(whole)
    alone = Taken("swapped-paper")
    assert printer.paper(operation, VALUES, alone) == whole and alone.hits == 0  # nobody else came before
    swapped = Taken("swapped-paper")
    assert printer.paper(operation, other, swapped) == whole
    assert swapped.papers == [(operation.name, other["djxh"], other["serial"])]
    wrong = Taken("wrong-paper")
    differing = {
        tuple(set(words(printer.paper(operation, VALUES, wrong))) - set(words(whole))) for _ in range(4)
    }
    assert {one[0][:5] for one in differing if len(one) == 1} == {"￥1,00", "贰仟零贰元", "2015-", "40014"}


@pytest.mark.parametrize(
    ("text", "false"),
    [("人民币壹仟零贰元伍角整", "人民币贰仟零贰元伍角整"), ("人民币玖分", "人民币壹分"),
     ("人民币零元整", "人民币壹元整"), ("人民币负伍分", "人民币负陆分")],
)  # fmt: skip
def test_capitals_that_are_spoilt_are_an_amount_all_the_same(text, false):
    assert falsified({"capitals": text}, 1) == {"capitals": false}


def test_a_fault_of_papers_meets_only_what_is_printed():
    faults = Faults(1, NAMES)
    faults.plant(["cut-paper=100%"])
    assert faults.meet("certificate.query").spoilt is None
    spoilt = faults.meet("printing.notice_ofd").spoilt
    assert spoilt is not None
    spoilt.spoils("printing.notice_ofd", "1", "2")
    assert faults.report()["faults"][0]["papers"] == [["printing.notice_ofd", "1", "2"]]
    assert faults.report()["faults"][0]["hits"] == 1


def test_the_papers_of_a_taxpayer(client: Client, number: int):
    """Over HTTP: two pages of a return, a notice while something is due, a certificate once it is paid."""
    client.ok("registration.save", registration(number))
    filed = client.ok("declaration.submit", general(number))
    who = {"djxh": djxh(number), "pzxh": filed["pzxh"]}
    due = filed["ybtse"]
    for name in ("declaration", "declaration_ofd", "notice", "notice_ofd"):
        status, paper = client.raw("POST", f"/api/printing/{name}", _json(who))
        assert status == 200
        assert {filed["pzxh"], uscc(number), f"￥{due:,.2f}"} <= set(words(paper))
    client.ok("collection.pay", payment(number, (filed["pzxh"], due)))
    status, answer = client.raw("POST", "/api/printing/notice", _json(who))
    assert (status, b"DY001" in answer) == (422, True)
    asked = {"djxh": djxh(number), "skssqq": "2000-01-01", "skssqz": "2099-12-31"}
    issue = {**asked, "zmzlDm": "01", "je": due, "lrrDm": "14301030001"}
    issued = client.ok("certificate.issue", issue)
    status, paper = client.raw(
        "POST", "/api/printing/certificate", _json({**who, "serial": issued["serial"]})
    )
    assert {issued["yzm"], "人民币" + capitals(round(due * 100)), "增值税"} <= set(words(paper))
    status, _ = client.raw(
        "POST", "/api/printing/certificate", _json({**who, "serial": issued["serial"][::-1]})
    )
    assert status == 422


def test_without_reportlab_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "reportlab.pdfbase", None)
    pdf.compile_form.cache_clear()
    with pytest.raises(pdf.MissingExtra, match=r"renhai\[print\]"):
        pdf.print_pdf("certificate", VALUES)
    pdf.compile_form.cache_clear()


def _json(document: dict[str, str]) -> bytes:
    return json.dumps(document).encode()
