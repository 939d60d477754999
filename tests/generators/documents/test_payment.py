"""Payments of unpaid vouchers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.documents.payment import payment
from generators.identifiers import check_officer, check_pzxh, make_pzxh
from generators.taxpayers.population import PROFILES, Population
from tests.generators.document_checks import check_payment
from tests.generators.poison import poisoned

populations = {profile: Population(1, profile) for profile in PROFILES}


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(PROFILES),
    st.integers(0, 10**8 - 1),
    st.lists(st.integers(1, 10**12), min_size=1, max_size=8),
)
def test_what_is_unpaid_is_paid_in_full(profile: str, i: int, amounts: list[int]) -> None:
    t = populations[profile].taxpayer(i)
    items = [
        {"pzxh": make_pzxh(t.authority, n), "zsxmDm": "10101", "ybtse": amount / 100}
        for n, amount in enumerate(amounts)
    ]
    document = payment(t, items)
    assert check_payment(document, {item["pzxh"]: item["ybtse"] for item in items}) == []
    assert [item["kkje"] for item in document["items"]] == [amount / 100 for amount in amounts]
    assert (document["djxh"], document["sfxyh"], document["zgswjgDm"]) == (t.djxh, t.agreement, t.authority)
    assert check_officer(document["lrrDm"])
    assert document["lrrDm"].startswith(t.authority[:7])
    assert all(check_pzxh(item["pzxh"]) for item in document["items"])


@pytest.mark.parametrize("profile", PROFILES)
def test_payments_need_neither_chance_nor_clock(profile: str) -> None:
    t = populations[profile].taxpayer(3)
    items = [{"pzxh": "10014301030000000001", "ybtse": 12.5}]
    expected = payment(t, items)
    with poisoned():
        assert payment(t, items) == expected


def test_a_late_fee_that_is_listed_is_paid() -> None:
    t = populations["current"].taxpayer(3)
    items = [
        {"pzxh": make_pzxh(t.authority, 1), "ybtse": 100.0, "znj": 1.35},
        {"pzxh": make_pzxh(t.authority, 2), "ybtse": 50.0, "znj": 0.0},
    ]
    first, second = payment(t, items)["items"]
    assert first == {"pzxh": items[0]["pzxh"], "kkje": 100.0, "znj": 1.35}
    assert second == {"pzxh": items[1]["pzxh"], "kkje": 50.0}
