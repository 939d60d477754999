"""Corrections, refunds, debts and penalties are tied to returns and payments that are on file."""

from __future__ import annotations

import pytest

from tests.reference.cases.applying import acts, application, through
from tests.reference.documents import AGREEMENT, AUTHORITY, djxh, general, registration
from tests.reference.office import Office

JANUARY = "2015-01-01"


@pytest.fixture
def office() -> Office:
    made = Office(today="2015-10-20")
    made.ok("registration.save", registration(1))
    return made


def filed(office: Office, k: int = 0, on: str = "2015-02-03") -> tuple[str, float]:
    """A return of 850 yuan (17 % of 10,000 less 17 % of 5,000), its voucher and what is due."""
    said = office.ok("declaration.submit", {**general(1, k), "sbrq1": on})
    return said["pzxh"], 850.0


def paid(office: Office, voucher: str, amount: float) -> None:
    owed = {
        one["pzxh"]: one
        for one in office.ok("collection.unpaid", {"djxh": djxh(1), "jkrq": "2015-02-10"})["items"]
    }
    item = {"pzxh": voucher, "kkje": amount, "znj": owed[voucher]["znj"]}
    office.ok("collection.pay", {
        "djxh": djxh(1), "sfxyh": AGREEMENT, "zgswjgDm": AUTHORITY, "lrrDm": f"{AUTHORITY[:7]}0001",
        "jkrq": "2015-02-10", "items": [item],
    })  # fmt: skip


def correction(voucher: str, old: float, new: float) -> dict[str, object]:
    return application("correct_return", {"pzxh": voucher, "yybtse": old, "gzhybtse": new, "gzyy": "多计"})


def refund(voucher: str, amount: float, manner: str = "01") -> dict[str, object]:
    return application("refund_overpaid", {"pzxh": voucher, "je": amount, "clfsDm": manner, "yhzh": "1"})


def test_a_refund_follows_an_overpayment_that_exists_and_comes_once(office: Office) -> None:
    voucher, due = filed(office)
    assert office.refused("case.accept", correction(voucher, due, 800.0)) == "80060004"
    paid(office, voucher, due)
    assert office.refused("case.accept", correction(voucher, 849.0, 800.0)) == "80060003"
    assert office.refused("case.accept", correction(voucher, due, due)) == "80060005"
    assert office.refused("case.accept", refund(voucher, 50.0)) == "80070001"
    through(office, "correct_return", {"pzxh": voucher, "yybtse": due, "gzhybtse": 800.0, "gzyy": "多计"})
    assert office.refused("case.accept", correction(voucher, due, 800.0)) == "80060001"
    assert office.refused("case.accept", refund(voucher, 50.01)) == "80070003"
    assert office.refused("case.accept", refund(voucher, 50.0, "02")) == "80070004"  # nothing to set off
    through(office, "refund_overpaid", {"pzxh": voucher, "je": 50.0, "clfsDm": "01", "yhzh": "1"})
    assert office.refused("case.accept", refund(voucher, 50.0)) == "80070001"  # paid twice
    rows = office.ok("case.rows", {"djxh": djxh(1)})["rows"]
    assert [(row["kind"], row["je"], row["zfbz1"]) for row in rows] == [
        ("overpaid", 50.0, "Y"), ("refunded", 50.0, "N"),
    ]  # fmt: skip


def test_a_refund_is_set_off_against_debts_first(office: Office) -> None:
    voucher, due = filed(office)
    paid(office, voucher, due)
    through(office, "correct_return", {"pzxh": voucher, "yybtse": due, "gzhybtse": 800.0, "gzyy": "多计"})
    filed(office, 2, "2015-04-03")
    assert office.refused("case.accept", refund(voucher, 50.0)) == "80070004"
    through(office, "refund_overpaid", {"pzxh": voucher, "je": 50.0, "clfsDm": "02", "yhzh": "1"})


def test_a_debt_that_arises_before_the_decision_stops_the_payout(office: Office) -> None:
    voucher, due = filed(office)
    paid(office, voucher, due)
    through(office, "correct_return", {"pzxh": voucher, "yybtse": due, "gzhybtse": 800.0, "gzyy": "多计"})
    lcslid = office.ok("case.accept", refund(voucher, 50.0))["lcslid"]
    for post, step, person in (("refund-reviewer", "review", 2), ("section-head", "approve", 3)):
        office.ok("case.take", {"gwDm": post, **acts(person)})
        office.ok(f"case.{step}", {"lcslid": lcslid, **acts(person)})
    filed(office, 2, "2015-04-03")
    office.ok("case.take", {"gwDm": "deputy-director", **acts(4)})
    assert office.refused("case.approve", {"lcslid": lcslid, **acts(4)}) == "80000016"


def test_a_debtor_is_reminded_ordered_or_given_time(office: Office) -> None:
    voucher, due = filed(office)
    pressed = {"pzxh": voucher, "qsje": due, "xjrq": "2015-12-31"}
    assert office.refused("case.accept", application("order_payment", pressed)) == "80070009"
    assert (
        office.refused("case.accept", application("remind_debtor", {**pressed, "qsje": due + 1}))
        == "80070006"
    )
    through(office, "remind_debtor", pressed)
    through(office, "order_payment", pressed)
    long = {"pzxh": voucher, "yqje": due, "yqqx": 4}
    assert office.refused("case.accept", application("defer_payment", long)) == "80070007"
    through(office, "defer_payment", {**long, "yqqx": 3})


def fine(**other: object) -> dict[str, object]:
    return {
        "ajbh": "1", "wszg": "长国税简罚〔2015〕1号", "wfxwDm": "0301", "skssqq": JANUARY, "cfje": 50.0,
        "sprq": "2015-05-01", "clrq": "2015-05-02", "cfrq": "2015-05-03", **other,
    }  # fmt: skip


def test_a_fine_follows_a_late_return_that_happened_and_its_dates_are_in_order(office: Office) -> None:
    assert office.refused("case.accept", application("simple_penalty", fine())) == "80120007"
    filed(office, 0, "2015-04-30")
    for change, code in (
        ({"cfje": 60.0}, "80120007"), ({"cfje": 1000.01}, "80120003"),
        ({"clrq": "2015-04-30"}, "80120004"), ({"cfrq": "2015-05-01"}, "80120005"),
    ):  # fmt: skip
        assert office.refused("case.accept", application("simple_penalty", fine(**change))) == code
    through(office, "simple_penalty", fine())
    assert office.refused("case.accept", application("simple_penalty", fine())) == "80120001"
    through(office, "stop_invoices", {"skssqq": JANUARY, "tgrq": "2015-10-20"})
    assert (
        office.refused("case.accept", application("stop_invoices", {"skssqq": JANUARY, "tgrq": "2015-10-20"}))
        == "80120009"
    )
    through(office, "resume_invoices", {"jcrq": "2015-10-20"})


def test_export_refund_is_three_calls(office: Office) -> None:
    form = {"sbny": "201509", "ckxse": 1000.0, "tsl": 0.13, "ytse": 130.0, "plbh": "1"}
    lcslid = office.ok("export.upload", application("refund_export", form))["lcslid"]
    assert office.ok("export.state", {"lcslid": lcslid})["clzt"] == "0"
    assert office.refused("export.feedback", {"lcslid": lcslid}) == "80080004"
    for post, step, person in (
        ("export-refund-reviewer", "review", 2), ("section-head", "approve", 3),
        ("deputy-director", "approve", 4),
    ):  # fmt: skip
        office.ok("case.take", {"gwDm": post, **acts(person)})
        office.ok(f"case.{step}", {"lcslid": lcslid, **acts(person)})
    assert office.ok("export.state", {"lcslid": lcslid})["clzt"] == "1"
    assert office.ok("export.feedback", {"lcslid": lcslid}) == {
        "lcslid": lcslid,
        "sbny": "201509",
        "ytse": 130.0,
    }
    other = application("answer_request", {"nr": "咨询"})
    assert office.refused("export.upload", other) == "80080003"
