"""Every domain's applications, as generators make them, go through the reference system from hand to hand."""

from __future__ import annotations

from collections import Counter

import pytest

from renhai.reference.cases.loading import load
from renhai.spec.journey_catalog import journeys
from tests.reference.cases.driving import Hall
from tests.reference.office import Office

APPLY = sorted(name for name in journeys() if name.startswith("apply."))
CHAINS = {
    "apply.registration": {
        "file_accounting", "complete_registration", "print_registration", "change_registration",
    },
    "apply.registration_02": {"approve_invoice_kinds", "report_invoice_loss"},
    "apply.preference": {"file_preference", "apply_preference", "cancel_preference"},
    "apply.determination": {
        "file_accounting", "determine_general", "file_simplified", "determine_tax_kind", "determine_quota",
    },
    "apply.certificate": {
        "issue_out_of_area", "report_out_of_area", "prepay_out_of_area", "extend_out_of_area",
        "write_off_out_of_area",
    },
    "apply.overdue": {"order_filing"},
    "apply.set_off": {"correct_return", "refund_overpaid", "set_off_refund"},
    "apply.collection": {"correct_return", "refund_overpaid", "print_refund_form", "confirm_refund"},
    "apply.money": {"print_bank_slip", "confirm_bank_slip", "release_bank_slip", "collect_cash"},
    "apply.reprint": {"reprint_certificate", "void_certificate"},
    "apply.agency": {
        "apply_agency_invoice", "pay_agency_tax", "issue_agency_invoice", "print_agency_invoice",
        "void_agency_invoice",
    },
    "apply.invoices": {
        "surrender_invoices", "return_invoices", "approve_invoice_kinds", "surrender_invoice_kind",
    },
    "apply.red_notice": {"notify_red_invoice"},
    "apply.standing": {
        "determine_quota", "suspend_business", "resume_business", "mark_abnormal", "lift_abnormal",
        "cancel_registration",
    },
    "apply.arrears": {"remind_debtor", "order_payment", "enforce_payment", "defer_payment"},
    "apply.export": {"refund_exempt_credit", "refund_export"},
    "apply.examination": {"assess_taxpayer", "feed_back_assessment"},
    "apply.examination_11": {"register_source", "inspect_taxpayer"},
    "apply.legal": {"general_penalty", "simple_penalty", "stop_invoices", "resume_invoices"},
    "apply.general": {
        "license_special_invoice", "approve_invoice_kinds", "license_deferred_filing", "answer_request",
        "license_printing", "license_prepayment", "license_consolidation",
    },
}  # fmt: skip
BEFORE = {
    "apply.collection": ("declaration.file",),
    "apply.reprint": ("declaration.file", "general.certificate"),
    "apply.registration_02": ("invoice.cycle",),
    "apply.invoices": ("invoice.cycle",),
    "apply.red_notice": ("invoice.cycle",),
    "apply.arrears": ("declaration.declare",),
    "apply.money": ("declaration.declare",),
}


def test_each_domain_that_has_applications_has_a_chain_here() -> None:
    assert set(APPLY) == set(CHAINS)


ALONE = [name for name in APPLY if name != "apply.set_off"]  # which needs an overpayment: test_chains.py


@pytest.mark.parametrize("name", ALONE)
def test_a_chain_comes_about_over_several_visits_without_a_refusal(name: str) -> None:
    hall = Hall(Office(), journeys())
    for _ in range(6):
        for before in BEFORE.get(name, ()):
            assert hall.do(before)
        for _ in range(6):
            assert hall.do(name), hall.refused
        hall.work_off(20)
    assert hall.refused == []
    done = Counter(row["item"] for row in hall.office.ok("case.list", {"limit": 5000})["rows"])
    assert set(done) == CHAINS[name]


def test_every_item_of_every_domain_is_applied_for_by_a_journey() -> None:
    made = set().union(*CHAINS.values())
    beside = {"report_voucher_loss", "change_quota"}  # the two tests below
    assert {name for domain in load().values() for name in domain.items} == made | beside


def test_the_loss_of_a_voucher_is_reported_and_the_number_spent() -> None:
    hall = Hall(Office(), journeys())
    assert hall.do("voucher.loss")
    hall.work_off(20)
    assert hall.refused == []
    (case,) = hall.office.ok("case.list", {})["rows"]
    assert (case["item"], case["blzt"]) == ("report_voucher_loss", "closed")
    (spent,) = hall.office.ok("voucher.uses", {})["rows"]
    assert spent["zt"] == "lost"


def test_a_household_has_its_quota_changed_once_it_has_one() -> None:
    hall = Hall(Office(), journeys(), taxpayers=12)
    for name in ("apply.determination",) * 24 + ("apply.general",) * 60:
        assert hall.do(name), hall.refused
        hall.work_off(20)
        done = {row["item"] for row in hall.office.ok("case.list", {"limit": 5000})["rows"]}
        if "change_quota" in done:
            break
    assert "change_quota" in done
    assert hall.refused == []


def test_who_rests_or_is_gone_applies_for_nothing_else() -> None:
    hall = Hall(Office(), journeys(), taxpayers=2)
    for _ in range(12):
        assert hall.do("apply.standing")
        hall.work_off(20)
    states = [
        hall.office.ok("registration.status", {"djxh": row["djxh"]})["nsrztDm"]
        for row in hall.office.ok("registration.list", {})["rows"]
    ]
    assert set(states) == {"07"}
    before = hall.sent["case.accept"]
    for name in ("apply.general", "apply.registration", "apply.preference"):
        assert hall.do(name)
    assert hall.sent["case.accept"] == before
    assert hall.refused == []
