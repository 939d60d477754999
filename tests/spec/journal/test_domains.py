"""A transaction's business domain: by its operation, of a case by its item, wherever the case goes on."""

from __future__ import annotations

import pytest

from renhai.spec.cutover.journal.domains import Domains


@pytest.mark.parametrize(
    ("operation", "domain"),
    [
        ("declaration.submit", "declaration"),
        ("export.state", "export_refund"),
        ("accounting.arrive", "collection"),
        ("voucher.use", "voucher"),
        ("case.todo", "general"),
        ("case.rows", "general"),
    ],
)
def test_of_an_operation(operation: str, domain: str) -> None:
    assert Domains().of(operation, {}, None)[0] == domain


def test_a_case_keeps_the_domain_of_its_item_and_its_taxpayer() -> None:
    known = Domains()
    form = {"djxh": "d1", "swsxDm": "SXA031900002"}
    assert known.of("case.accept", form, {"lcslid": "7"}) == ("preference", "d1")
    assert known.of("case.take", {"gwDm": "tax-manager"}, {"lcslid": "7", "djxh": "d1"}) == (
        "preference",
        "d1",
    )
    assert known.of("case.review", {"lcslid": "7"}, {"lcslid": "7"}) == ("preference", "d1")
    assert known.of("case.review", {"lcslid": "8"}, {"lcslid": "8"}) == ("general", "")
    assert known.of("case.accept", {"swsxDm": "LCSXA122030001"}, None) == ("legal", "")
