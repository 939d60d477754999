"""Invoices: their arithmetic, and numbers that nobody else has."""

from collections import Counter
from datetime import date

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from generators.books.issued import kinds_held
from generators.books.periods import scale_in
from generators.books.sales import ORDINARY
from generators.documents.invoice import (
    invoice,
    invoice_range,
    issued,
    range_of,
    red_invoice,
    verification,
)
from generators.identifiers import check_goods_code, check_invoice_code, check_qr
from generators.taxpayers.population import PROFILES, Population
from tests import share
from tests.generators.check_words import fen
from tests.generators.document_checks import check_invoice
from tests.generators.poison import poisoned

populations = {profile: Population(20150911, profile) for profile in PROFILES}
indices = st.integers(0, 10**8 - 1) | st.integers(0, 50)
profiles = st.sampled_from(PROFILES)
ranges = st.integers(0, 1019)
examples = settings(max_examples=share.examples(80), deadline=None)


def numbers(sold: dict) -> tuple[str, int, int]:
    return sold["fpDm"], int(sold["fpqshm"]), int(sold["fpzzhm"])


@examples
@given(profiles, indices, ranges, st.data())
def test_every_rule_of_an_invoice_holds(profile: str, i: int, j: int, data) -> None:
    t = populations[profile].taxpayer(i)
    sold = invoice_range(t, j)
    n = data.draw(st.integers(0, issued(t, j)[0] - 1))
    document = invoice(t, j, n)
    assert check_invoice(document, sold, t.taxpayer_id) == []
    assert int(document["fphm"]) == int(sold["fpqshm"]) + n
    assert (fen(document["hjje"]) > 0) == (n < issued(t, j)[1])
    assert check_qr(document["qr"])


@examples
@given(profiles, indices, ranges)
def test_a_range_has_well_formed_numbers(profile: str, i: int, j: int) -> None:
    sold = invoice_range(populations[profile].taxpayer(i), j)
    code, first, last = numbers(sold)
    assert sold["fs"] == last - first + 1
    t = populations[profile].taxpayer(i)
    assert sold["fs"] == 25 >= issued(t, j)[0]
    start = range_of(t, j).when.start
    month = 12 * int(start[:4]) + int(start[5:7]) - 1
    digital = month >= 12 * 2023 + 10
    assert len(sold["fpqshm"]) == len(sold["fpzzhm"]) == (20 if digital else 8)
    assert code == "" if digital else check_invoice_code(code)
    if not digital:
        assert len(code) == (12 if month >= 12 * 2018 and sold["fpzlDm"] == "000002100300" else 10)


@settings(max_examples=share.examples(150), deadline=None)
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
    n = data.draw(st.integers(1, issued(t, j)[1] - 1))
    of = data.draw(st.integers(0, n - 1))
    blue, red = invoice(t, j, of), red_invoice(t, j, n, of)
    assert check_invoice(red, invoice_range(t, j), t.taxpayer_id) == []
    assert [red[field] for field in ("hjje", "hjse", "jshj")] == [-blue[f] for f in ("hjje", "hjse", "jshj")]
    assert (red["yfpDm"], red["yfphm"]) == (blue["fpDm"], blue["fphm"])
    assert red["fphm"] == invoice(t, j, n)["fphm"]
    assert red["ghf"] == blue["ghf"]


@pytest.mark.parametrize("profile", PROFILES)
def test_lines_sum_to_the_invoice_and_taxes_are_near_amount_times_rate(profile: str) -> None:
    """Within 4 fen an invoice and 6 a line, which is less than issuing clients allow; and not always 0."""
    off = Counter()
    for t in populations[profile].taxpayers(0, 400):
        for n in range(2):
            document = invoice(t, 3, n)
            rate = round(document["lines"][0]["slv"] * 100)
            for line in document["lines"]:
                assert abs(fen(line["je"]) * rate - 100 * fen(line["se"])) <= 600
                if line["sl"] is not None:
                    assert abs(line["dj"] * line["sl"] * 100 - fen(line["je"])) <= 1
            assert sum(fen(line["je"]) for line in document["lines"]) == fen(document["hjje"])
            assert sum(fen(line["se"]) for line in document["lines"]) == fen(document["hjse"])
            off[fen(document["hjse"]) - half_up(fen(document["hjje"]) * rate)] += 1
    assert max(map(abs, off)) <= 4
    assert off[0] > 100
    assert sum(off.values()) > off[0]


def half_up(hundredths: int) -> int:
    """Hundredths of a fen as fen; halves away from 0."""
    return (abs(hundredths) + 50) // 100 * (1 if hundredths >= 0 else -1)


@pytest.mark.parametrize("profile", PROFILES)
def test_what_occurs_on_invoices(profile: str) -> None:
    rates, kinds, lines, discounts, services, private = Counter(), Counter(), Counter(), 0, 0, 0
    for t in populations[profile].taxpayers(0, 600):
        for j, n in [(of, n) for of in (2, 3) for n in range(issued(t, of)[1])]:
            document, scale = invoice(t, j, n), scale_in(t, range_of(t, j).when.end)
            kinds[document["fpzlDm"], scale] += 1
            lines[len(document["lines"])] += 1
            rates[document["lines"][0]["slv"], scale] += 1
            discounts += any(line["je"] < 0 for line in document["lines"])
            services += any(line["je"] > 0 and line["dj"] is None for line in document["lines"])
            private += document["ghf"]["nsrsbh"] == ""
            assert all(type(line["ggxh"]) is type(line["spmc"]) is str for line in document["lines"])
            codes = [line["spbm"] for line in document["lines"]]
            assert all(map(check_goods_code, codes)) if profile == "current" else set(codes) == {""}
    general = {0.17, 0.13, 0.11, 0.06} if profile == "gt3_2015" else {0.13, 0.09, 0.06}
    found = {rate for rate, scale in rates if scale == "general"}
    assert general - {0.13} <= found <= general | {0, 0.03}  # exempt and exported; the simple method
    assert {rate for rate, scale in rates if scale == "small"} == {0.03 if profile == "gt3_2015" else 0.01}
    assert {scale for kind, scale in kinds if kind in ("000001100300", "31")} == {"general", "small"}
    assert {1, 2, 3, 4, 5, 6, 8} <= set(lines)
    assert min(discounts, services, private) > 10


def test_small_taxpayers_charge_3_percent_again_from_2028() -> None:
    small = (t for t in populations["current"].taxpayers(0, 99) if t.scale == "small")
    t = next(t for t in small if kinds_held(t, "small") == (ORDINARY,))  # one range a quarter
    shares = [invoice(t, 4 * (year - 2024), 0)["lines"][0]["slv"] for year in (2027, 2028)]
    assert shares == [0.01, 0.03]


@examples
@given(profiles, indices, st.integers(0, 400))
def test_invoices_of_a_range_are_issued_in_order_within_its_period(profile: str, i: int, j: int) -> None:
    t = populations[profile].taxpayer(i)
    days = [date.fromisoformat(invoice(t, j, n)["kprq"]) for n in range(issued(t, j)[0])]
    assert days == sorted(days)
    start, end = map(date.fromisoformat, range_of(t, j).when)
    assert start <= days[0] <= days[-1] <= end


@pytest.mark.parametrize("profile", PROFILES)
def test_verification_sums_the_invoices_issued(profile: str) -> None:
    t = populations[profile].taxpayer(5)
    sent = [invoice(t, 7, 0), invoice(t, 7, 1), red_invoice(t, 7, 2, 0)]
    verified, sold = verification(t, 7, sent), invoice_range(t, 7)
    assert verified["fpqshm"] == sold["fpqshm"] == sent[0]["fphm"]
    assert verified["fpzzhm"] == sent[2]["fphm"]
    assert verified["fs"] == 3
    assert (verified["kpje"], verified["se"]) == (sent[1]["hjje"], sent[1]["hjse"])  # 0 and 2 cancel out
    assert verified["djxh"] == t.djxh


def test_what_cannot_be_asked() -> None:
    t, d = populations["gt3_2015"].taxpayer(1), populations["current"].taxpayer(1)
    day = Population(1, "2015-10-22").taxpayer(1)
    for ask, says in (
        (lambda: invoice_range(t, 2040), r"range number is 2040; must be 0 \.\. 1019|2039"),
        (lambda: invoice_range(d, 2040), r"must be 0 \.\. 1019|2039"),
        (lambda: invoice_range(day, 12), r"must be 0 \.\. 11"),
        (lambda: invoice(t, -1, 0), "range number is -1"),
        (lambda: red_invoice(t, 0, 3, 3), "of is 3"),
        (lambda: verification(t, 0, []), "0 invoices"),
    ):
        with pytest.raises(ValueError, match=says):
            ask()
    with pytest.raises(IndexError, match=r"from the range are issued invoices 0 \.\. "):
        invoice(d, 0, 25)
    with pytest.raises(IndexError, match=r"the range has numbers 0 \.\. 24"):
        red_invoice(d, 0, 25, 0)


@pytest.mark.parametrize("profile", PROFILES)
def test_invoices_need_neither_chance_nor_clock(profile: str) -> None:
    expected = [invoice(t, 1, 1) for t in populations[profile].taxpayers(0, 50)]
    with poisoned():
        assert [invoice(t, 1, 1) for t in populations[profile].taxpayers(0, 50)] == expected
