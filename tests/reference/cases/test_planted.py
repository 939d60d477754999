"""In each domain what is planted in the target's database is found by the audit: domain x fault.

Each domain's journeys are driven through the reference system, every write leaves a receipt, then one thing
is changed behind the target's back.
"""

from __future__ import annotations

from functools import cache

import pytest

from generators.case_domains import case_domains
from renhai.reference.cases.loading import load
from renhai.spec.journey_catalog import journeys
from tests.reference.cases.applying import TODAY, acts, application
from tests.reference.cases.planted import Bookkeeping, audited
from tests.reference.cases.test_journeys import BEFORE
from tests.reference.documents import registration
from tests.reference.office import Office

DOMAINS = sorted(load())
MADE_BY = {"06": ["apply.collection"], "09": ["voucher.loss"]}  # else by the domain's own journeys
UNKNOWN = "9" * 32


@cache
def worked(number: str) -> Bookkeeping:
    """A bureau in which the applications of a domain were made and worked off."""
    hall = Bookkeeping(Office(), journeys(), taxpayers=40 if number == "09" else 6)
    own = [f"apply.{name}" for name, domain in case_domains().items() if domain.number == number]
    for _ in range(8):
        for name in MADE_BY.get(number, own):
            for before in BEFORE.get(name, ()):
                assert hall.do(before)
            for _ in range(1 if number == "06" else 4):
                assert hall.do(name), hall.refused
        hall.work_off(20)
        if all(hall.office.database.execute(asked(number)).fetchone()[0] for asked in (approval, rows)):
            break  # else what was corrected is refunded already, or nothing is closed
    if number == "09":
        assert hall.do("voucher.day")
    assert hall.refused == []
    return hall


def items(number: str) -> str:
    return ", ".join(f"'{name}'" for name in load()[number].items)


def rows(number: str) -> str:
    """What a closed case of the domain left, as it is held."""
    return (
        f"SELECT min(id) FROM case_rows WHERE lcslid IN (SELECT lcslid FROM cases WHERE item IN "
        f"({items(number)}) AND blzt = 'closed') AND zfbz1 = 'N' AND yxqz = '9999-12-31'"
    )


def again(table: str, columns: str, change: str, where: str) -> str:
    """A row once more, under a new id, with other values; as planted faults store it."""
    return (
        f"INSERT INTO {table} (id, copy, {columns}) SELECT id + 1000000, 1, {change} FROM {table} "
        f"WHERE id = ({where})"
    )


KEPT = "lcslid, djxh, kind, dm, value, yxqq, yxqz, je, zfbz1, zflcslid, lrrDm, swjgDm, received"
STEP = "serial, lcslid, item, djxh, hj, gwDm, lrrDm, swjgDm, yj, je, dlbz, received"


def approval(number: str) -> str:
    return f"SELECT min(id) FROM case_steps WHERE hj = 'approve' AND item IN ({items(number)})"


FAULTS = {
    "a lost approval": (
        lambda n: f"DELETE FROM case_steps WHERE id = ({approval(n)})",
        {("case.approve", "lost")},
        "",
    ),
    "an approval by somebody else": (
        lambda n: f"UPDATE case_steps SET lrrDm = '14301039999' WHERE id = ({approval(n)})",
        {("case.approve", "altered")},
        "",
    ),
    "an approval that nobody gave": (
        lambda n: again("case_steps", STEP, f"'{'5' * 20}', {STEP.partition(', ')[2]}", approval(n)),
        {("case.approve", "unexpected")},
        "一人不重复审批一份文书",
    ),
    "a lost application": (
        lambda n: (
            f"DELETE FROM cases WHERE lcslid = (SELECT lcslid FROM case_steps WHERE id = ({approval(n)}))"
        ),
        {("case.accept", "lost")},
        "审批的文书均已受理",
    ),
    "an application of another taxpayer": (
        lambda n: (
            f"UPDATE cases SET djxh = '10114301039999999999' WHERE lcslid = "
            f"(SELECT lcslid FROM case_steps WHERE id = ({approval(n)}))"
        ),
        {("case.accept", "altered")},
        "",
    ),
    "a lost effect": (
        lambda n: (
            f"DELETE FROM case_rows WHERE lcslid = (SELECT lcslid FROM case_rows WHERE id = ({rows(n)}))"
        ),
        set(),
        "办结的文书均有业务结果",
    ),
    "an effect twice": (lambda n: again("case_rows", KEPT, KEPT, rows(n)), set(), "一份文书的结果不重复"),
    "an effect granted again by another case": (
        lambda n: again("case_rows", KEPT, f"'{UNKNOWN}', {KEPT.partition(', ')[2]}", rows(n)),
        set(),
        "同一业务无重复的有效结果",
    ),
    "an effect for somebody else": (
        lambda n: f"UPDATE case_rows SET djxh = '10114301039999999999' WHERE id = ({rows(n)})",
        set(),
        "业务结果均有文书",
    ),
    "an effect of another amount": (
        lambda n: f"UPDATE case_rows SET je = je + 1 WHERE id = ({rows(n)})",
        set(),
        "业务结果金额 = 审批金额",
    ),
    "an effect that somebody ended without a case": (
        lambda n: f"UPDATE case_rows SET zfbz1 = 'Y', yxqz = '2015-10-20' WHERE id = ({rows(n)})",
        set(),
        "终止的业务结果均有文书",
    ),
    "a case that was closed and is open": (
        lambda n: (
            f"UPDATE cases SET blzt = 'pending' WHERE lcslid = "
            f"(SELECT lcslid FROM case_rows WHERE id = ({rows(n)}))"
        ),
        set(),
        "归档的文书均已办结",
    ),
    "an approval by who accepted": (
        lambda n: (
            f"UPDATE case_steps SET lrrDm = (SELECT a.lrrDm FROM case_steps a "
            f"WHERE a.lcslid = case_steps.lcslid AND a.hj = 'accept') WHERE id = ({approval(n)})"
        ),
        {("case.approve", "altered")},
        "受理审核审批不为同一人",
    ),
    "an effect of no case": (
        lambda n: f"UPDATE case_rows SET lcslid = '{UNKNOWN}' WHERE id = ({rows(n)})",
        set(),
        "业务结果均有文书",
    ),
}


@pytest.mark.parametrize("number", DOMAINS)
def test_a_domain_that_was_worked_as_it_should_be_is_found_whole(number: str) -> None:
    found = audited(worked(number))
    assert (found.findings, found.broken) == (set(), set())
    assert found.stable > 0


OF_EACH = (
    "a lost approval", "an approval that nobody gave", "a lost effect", "an effect twice",
    "an effect granted again by another case",
)  # fmt: skip
TABLE = [(number, fault) for number in DOMAINS for fault in FAULTS if fault in OF_EACH or number == "08"]


@pytest.mark.parametrize(("number", "fault"), TABLE)
def test_what_is_planted_in_a_domain_is_found(number: str, fault: str) -> None:
    plant, findings, equation = FAULTS[fault]
    found = audited(worked(number).with_fault(plant(number)))
    if number == "08":
        findings = {(name.replace("case.accept", "export.upload"), kind) for name, kind in findings}
    assert findings <= found.findings
    assert not equation or equation in found.broken
    assert findings or equation


def test_a_voucher_number_used_twice_is_found() -> None:
    columns = "pzzlDm, hm, zt, lrrDm, swjgDm, serial, received"
    office = worked("09")
    office = office.with_fault(
        again("voucher_uses", columns, columns.replace("serial", "'50214301030000000009'"),
              "SELECT min(id) FROM voucher_uses WHERE zt = 'used'"),
    )  # fmt: skip
    assert ("voucher.use", "duplicated") in audited(office).findings


def done(operations: tuple[tuple[str, dict[str, object]], ...]) -> Bookkeeping:
    """A bureau in which a taxpayer was registered and these were done."""
    hall = Bookkeeping(Office(today=TODAY), journeys())
    for name, fields in (("registration.save", registration(1)), *operations):
        assert hall._ask(name, fields).outcome == "ok", hall.refused
    return hall


def accepted(item: str, form: dict[str, object], *steps: tuple[str, str, int]) -> Bookkeeping:
    """A case, and what was done to it: post, step, person."""
    hall = done((("case.accept", application(item, form)),))
    lcslid = hall.office.ok("case.list", {})["rows"][0]["lcslid"]
    for post, step, person in steps:
        hall.office.ok("case.take", {"gwDm": post, **acts(person)})
        assert hall._ask(f"case.{step}", {"lcslid": lcslid, "yj": "-", **acts(person)}).outcome == "ok"
    return hall


def test_a_cancelled_taxpayer_who_is_back_is_found() -> None:
    steps = (("tax-manager", "review", 2), ("section-head", "approve", 3))
    hall = accepted("cancel_registration", {"zxyyDm": "01", "zxrq": "2015-10-20"}, *steps)
    assert audited(hall).clean
    back = hall.with_fault("UPDATE taxpayers SET nsrztDm = '03'")
    assert audited(back).broken == {"注销的纳税人状态为注销"}


def test_a_refusal_that_was_not_carried_out_is_found() -> None:
    hall = accepted("answer_request", {"nr": "咨询"}, ("tax-manager", "refuse", 2))
    assert audited(hall).clean
    doctored = hall.with_fault("UPDATE cases SET blzt = 'pending'")
    assert audited(doctored).broken == {"不予审批的文书均已终止"}
