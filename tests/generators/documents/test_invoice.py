"""Invoices: their arithmetic, and numbers that nobody else has."""

from collections import Counter
from datetime import date

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from generators.calendar import FIRST_YEAR
from generators.documents.invoice import invoice, invoice_range, red_invoice, verification
from generators.identifiers import check_goods_code, check_invoice_code, check_qr
from generators.taxpayers.population import PROFILES, Population
from tests.generators.document_checks import check_invoice, fen
from tests.generators.poison import poisoned

populations = {profile: Population(20150911, profile) for profile in PROFILES}
indices = st.integers(0, 10**8 - 1) | st.integers(0, 50)
profiles = st.sampled_from(PROFILES)
ranges = st.integers(0, 1019)
examples = settings(max_examples=80, deadline=None)


def numbers(sold: dict) -> tuple[str, int, int]:
    return sold["fpDm"], int(sold["fpqshm"]), int(sold["fpzzhm"])


@examples
@given(profiles, indices, ranges, st.data())
def test_every_rule_of_an_invoice_holds(profile: str, i: int, j: int, data) -> None:
    t = populations[profile].taxpayer(i)
    sold = invoice_range(t, j)
    n = data.draw(st.integers(0, sold["fs"] - 1))
    document = invoice(t, j, n)
    assert check_invoice(document, sold, t.taxpayer_id) == []
    assert int(document["fphm"]) == int(sold["fpqshm"]) + n
    assert fen(document["hjje"]) > 0
    assert check_qr(document["qr"])


@examples
@given(profiles, indices, ranges)
def test_a_range_has_well_formed_numbers(profile: str, i: int, j: int) -> None:
    sold = invoice_range(populations[profile].taxpayer(i), j)
    code, first, last = numbers(sold)
    assert sold["fs"] == last - first + 1
    assert sold["fs"] in (25, 50)
    month = 12 * FIRST_YEAR[profile] + j
    digital = month >= 12 * 2023 + 10
    assert len(sold["fpqshm"]) == len(sold["fpzzhm"]) == (20 if digital else 8)
    assert code == "" if digital else check_invoice_code(code)
    if not digital:
        assert len(code) == (12 if month >= 12 * 2018 and sold["fpzlDm"] == "000002100300" else 10)


@settings(max_examples=150, deadline=None)
@given(profiles, indices, indices, ranges, ranges)
def test_two_ranges_have_no_number_in_common(
    profile: str, i: int, other_i: int, j: int, other_j: int
) -> None:
    assume((i, j) != (other_i, other_j))
    code, first, last = numbers(invoice_range(populations[profile].taxpayer(i), j))
    other_code, other_first, other_last = numbers(
        invoice_range(populations[profile].taxpayer(other_i), other_j)
    )
    assert code != other_code or last < other_first or other_last < first


@pytest.mark.parametrize("profile", PROFILES)
def test_the_ranges_of_many_neighbours_are_disjoint(profile: str) -> None:
    """Small and general taxpayers, 13 months each; then at the edge between two blocks of codes."""
    seen = set()
    for start in (0, 1_999_950, 10**8 - 100):
        for t in populations[profile].taxpayers(start, 100):
            for j in range(13):
                sold = invoice_range(t, j)
                numbers_of = {(sold["fpDm"], int(sold["fpqshm"]) + n) for n in range(sold["fs"])}
                assert not numbers_of & seen
                seen |= numbers_of


@examples
@given(profiles, indices, st.integers(0, 200), st.data())
def test_a_red_invoice_is_the_negative_of_another(profile: str, i: int, j: int, data) -> None:
    t = populations[profile].taxpayer(i)
    n = data.draw(st.integers(1, invoice_range(t, j)["fs"] - 1))
    of = data.draw(st.integers(0, n - 1))
    blue, red = invoice(t, j, of), red_invoice(t, j, n, of)
    assert check_invoice(red, invoice_range(t, j), t.taxpayer_id) == []
    assert [red[field] for field in ("hjje", "hjse", "jshj")] == [-blue[f] for f in ("hjje", "hjse", "jshj")]
    assert (red["yfpDm"], red["yfphm"]) == (blue["fpDm"], blue["fphm"])
    assert red["fphm"] == invoice(t, j, n)["fphm"]
    assert red["ghf"] == blue["ghf"]


@pytest.mark.parametrize("profile", PROFILES)
def test_amounts_are_computed_half_up_and_the_last_line_takes_the_remainder(profile: str) -> None:
    """Amount = price x quantity, tax = amount x rate on each line but the last; total tax = total x rate."""
    remainders = Counter()
    for t in populations[profile].taxpayers(0, 400):
        document = invoice(t, 3, 4)
        lines = document["lines"]
        rate = round(lines[0]["slv"] * 100)
        for line in lines:
            if line["sl"] is not None:
                exact = fen(line["dj"]) * round(line["sl"] * 1000)
                assert fen(line["je"]) == (exact + 500) // 1000
        taxes = [half_up(fen(line["je"]) * rate) for line in lines]
        total = half_up(fen(document["hjje"]) * rate)
        assert [fen(line["se"]) for line in lines[:-1]] == taxes[:-1]
        assert fen(document["hjse"]) == total
        remainders[total - sum(taxes)] += 1
        # The same from the gross amount: round(gross / (1 + rate)) is the amount.
        assert half_up(10_000 * fen(document["jshj"]) // (100 + rate)) == fen(document["hjje"])
    assert remainders[0] > 100
    assert sum(remainders.values()) - remainders[0] > 20
    assert max(map(abs, remainders)) <= 4


def half_up(hundredths: int) -> int:
    """Hundredths of a fen as fen; halves away from 0."""
    return (abs(hundredths) + 50) // 100 * (1 if hundredths >= 0 else -1)


@pytest.mark.parametrize("profile", PROFILES)
def test_what_occurs_on_invoices(profile: str) -> None:
    rates, kinds, lines, discounts, services, private = Counter(), Counter(), Counter(), 0, 0, 0
    for t in populations[profile].taxpayers(0, 600):
        for n in (0, 11):
            document = invoice(t, 2, n)
            kinds[document["fpzlDm"], t.scale] += 1
            lines[len(document["lines"])] += 1
            rates[document["lines"][0]["slv"], t.scale] += 1
            discounts += any(line["je"] < 0 for line in document["lines"])
            services += any(line["je"] > 0 and line["dj"] is None for line in document["lines"])
            private += document["ghf"]["nsrsbh"] == ""
            assert all(type(line["ggxh"]) is type(line["spmc"]) is str for line in document["lines"])
            codes = [line["spbm"] for line in document["lines"]]
            assert all(map(check_goods_code, codes)) if profile == "current" else set(codes) == {""}
    general = {0.17, 0.13, 0.11, 0.06} if profile == "gt3_2015" else {0.13, 0.09, 0.06}
    assert general - {0.13} <= {rate for rate, scale in rates if scale == "general"} <= general
    assert {rate for rate, scale in rates if scale == "small"} == {0.03 if profile == "gt3_2015" else 0.01}
    assert {scale for kind, scale in kinds if kind in ("000001100300", "31")} == {"general"}
    assert {1, 2, 3, 4, 5, 6, 8} <= set(lines)
    assert min(discounts, services, private) > 10


def test_small_taxpayers_charge_3_percent_again_from_2028() -> None:
    t = next(t for t in populations["current"].taxpayers(0, 99) if t.scale == "small")
    shares = [invoice(t, 12 * (year - 2024), 0)["lines"][0]["slv"] for year in (2027, 2028)]
    assert shares == [0.01, 0.03]


@examples
@given(profiles, indices, ranges)
def test_invoices_of_a_range_are_issued_in_order_within_its_month(profile: str, i: int, j: int) -> None:
    t = populations[profile].taxpayer(i)
    days = [date.fromisoformat(invoice(t, j, n)["kprq"]) for n in (0, 7, 24)]
    assert days == sorted(days)
    assert {(day.year, day.month) for day in days} == {(FIRST_YEAR[profile] + j // 12, j % 12 + 1)}


@pytest.mark.parametrize("profile", PROFILES)
def test_verification_sums_the_invoices_issued(profile: str) -> None:
    t = populations[profile].taxpayer(5)
    issued = [invoice(t, 7, 0), invoice(t, 7, 1), red_invoice(t, 7, 2, 0)]
    verified, sold = verification(t, 7, issued), invoice_range(t, 7)
    assert verified["fpqshm"] == sold["fpqshm"] == issued[0]["fphm"]
    assert verified["fpzzhm"] == issued[2]["fphm"]
    assert verified["fs"] == 3
    assert (verified["kpje"], verified["se"]) == (issued[1]["hjje"], issued[1]["hjse"])  # 0 and 2 cancel out
    assert verified["djxh"] == t.djxh


def test_what_cannot_be_asked() -> None:
    t, d = populations["gt3_2015"].taxpayer(1), populations["current"].taxpayer(1)
    day = Population(1, "2015-10-22").taxpayer(1)
    for ask, says in (
        (lambda: invoice_range(t, 1020), r"range number is 1020; must be 0 \.\. 1019"),
        (lambda: invoice_range(d, 1020), r"must be 0 \.\. 1019"),
        (lambda: invoice_range(day, 12), r"must be 0 \.\. 11"),
        (lambda: invoice(t, -1, 0), "range number is -1"),
        (lambda: red_invoice(t, 0, 3, 3), "of is 3"),
        (lambda: verification(t, 0, []), "0 invoices"),
    ):
        with pytest.raises(ValueError, match=says):
            ask()
    with pytest.raises(IndexError, match=r"the range has numbers 0 \.\. 49"):
        invoice(d, 0, 50)


@pytest.mark.parametrize("profile", PROFILES)
def test_invoices_need_neither_chance_nor_clock(profile: str) -> None:
    expected = [invoice(t, 1, 2) for t in populations[profile].taxpayers(0, 50)]
    with poisoned():
        assert [invoice(t, 1, 2) for t in populations[profile].taxpayers(0, 50)] == expected
