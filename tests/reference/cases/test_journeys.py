"""Every domain's applications, as generators make them, go through the reference system from hand to hand."""

from __future__ import annotations

from collections import Counter

import pytest

from renhai.spec.journey_catalog import journeys
from tests.reference.cases.driving import Hall
from tests.reference.office import Office

APPLY = sorted(name for name in journeys() if name.startswith("apply."))
CHAINS = {
    "apply.registration": {"file_accounting", "change_registration"},
    "apply.registration_02": {"approve_invoice_kinds", "report_invoice_loss"},
    "apply.preference": {"file_preference", "apply_preference", "cancel_preference"},
    "apply.determination": {
        "file_accounting", "determine_general", "file_simplified", "determine_tax_kind", "determine_quota",
    },
    "apply.certificate": {"issue_out_of_area", "report_out_of_area", "write_off_out_of_area"},
    "apply.collection": {"correct_return", "refund_overpaid"},
    "apply.arrears": {"remind_debtor", "order_payment", "defer_payment"},
    "apply.export": {"refund_exempt_credit", "refund_export"},
    "apply.examination": {"assess_taxpayer", "feed_back_assessment"},
    "apply.examination_11": {"register_source", "inspect_taxpayer"},
    "apply.legal": {"simple_penalty", "stop_invoices", "resume_invoices"},
    "apply.general": {
        "license_special_invoice", "approve_invoice_kinds", "license_deferred_filing", "answer_request",
    },
}  # fmt: skip


def test_each_domain_that_has_applications_has_a_chain_here() -> None:
    assert set(APPLY) == set(CHAINS)


@pytest.mark.parametrize("name", APPLY)
def test_a_chain_comes_about_over_several_visits_without_a_refusal(name: str) -> None:
    hall = Hall(Office(), journeys())
    for _ in range(6):
        if name == "apply.collection":
            assert hall.do("declaration.file")
        if name == "apply.registration_02":
            assert hall.do("invoice.cycle")
        if name == "apply.arrears":
            assert hall.do("declaration.declare")
        for _ in range(6):
            assert hall.do(name), hall.refused
        hall.work_off(20)
    assert hall.refused == []
    done = Counter(row["item"] for row in hall.office.ok("case.list", {"limit": 5000})["rows"])
    assert set(done) == CHAINS[name]
