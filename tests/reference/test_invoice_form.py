"""An invoice judged in itself: arithmetic with its tolerances, signs, discounts, QR text."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renhai.reference.eras.grades import Rules
from renhai.reference.forms.invoice import check_invoice
from renhai.reference.forms.numbers import number_of, numbers_of
from renhai.reference.rules.codes import Rejection
from tests.reference.documents import invoice, invoice_range, line


def judge(document):
    return check_invoice(document, document["fpzlDm"], *number_of(document), Rules())


def refusal(document) -> str:
    with pytest.raises(Rejection) as refused:
        judge(document)
    return refused.value.code.code


def test_a_plain_invoice_is_accepted():
    totals = judge(invoice(1))
    assert (totals.amount, totals.tax, totals.gross) == (10_000, 1_700, 11_700)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"dj": 100.011}, "FP013"),
        ({"dj": 99.989}, "FP013"),
        ({"se": 17.07}, "FP014"),
        ({"dj": None}, "FP012"),
        ({"sl": None}, "FP012"),
        ({"slv": 0.18}, "FP021"),
        ({"spbm": "109"}, "FP022"),
        ({"je": 0, "sl": 0, "se": 0}, "FP019"),
        ({"spmc": ""}, "GY004"),
        ({"je": "100"}, "GY003"),
    ],
)
def test_a_line_that_breaks_a_rule(changes, code):
    bad = line(**changes)
    if not isinstance(bad["je"], str):
        assert refusal(invoice(1, lines=[bad])) == code
    else:
        document = invoice(1)
        document["lines"] = [bad]
        assert refusal(document) == code


def test_tolerances_hold_to_the_fen():
    judge(invoice(1, lines=[line(dj=100.01)]))
    judge(invoice(1, lines=[line(dj=99.99)]))
    judge(invoice(1, lines=[line(se=17.06)]))
    judge(invoice(1, lines=[line(se=16.94)]))


def test_tax_may_be_off_by_1_27_in_all():
    """21 lines of 0.06 are 1.26; one more of 0.01 makes 1.27, one of 0.02 makes 1.28."""
    many = [line(se=17.06) for _ in range(21)]
    judge(invoice(1, lines=[*many, line(se=17.01)]))
    assert refusal(invoice(1, lines=[*many, line(se=17.02)])) == "FP015"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"hjje": 100.01, "jshj": 117.01}, "FP016"),
        ({"hjse": 17.01, "jshj": 117.01}, "FP017"),
        ({"jshj": 117.01}, "FP018"),
        ({"ghf": {"mc": ""}}, "FP011"),
        ({"kprq": "2015-02-30"}, "GY006"),
        ({"lines": []}, "GY007"),
    ],
)
def test_a_header_that_breaks_a_rule(changes, code):
    assert refusal(invoice(1) | changes) == code


def discount(amount: float = -10, **changes: object) -> dict[str, object]:
    return line(amount, round(amount * 0.17, 2), **({"sl": None, "dj": None} | changes))


def test_a_discount_follows_its_line():
    judge(invoice(1, lines=[line(), discount()]))
    assert refusal(invoice(1, lines=[line(), line(), discount(-0.01), discount()])) == "FP020"
    assert refusal(invoice(1, lines=[discount(), line()])) == "FP020"
    assert refusal(invoice(1, lines=[line(), line(), discount(-100.01)])) == "FP020"
    assert refusal(invoice(1, lines=[line(), discount(slv=0.06, se=-0.6)])) == "FP020"
    assert refusal(invoice(1, lines=[line(), discount(sl=-1, dj=10)])) == "FP020"


def test_a_red_invoice_has_negative_lines_only():
    red = line(-100, -17, sl=-1, dj=100)
    judge(invoice(1, lines=[red, red]))
    assert refusal(invoice(1, lines=[red, red, line()])) == "FP019"


@pytest.mark.parametrize(
    "qr",
    [
        "01,01,4300151130,00001001,100.00,20150911,,0AF3",  # no comma at the end
        "02,01,4300151130,00001001,100.00,20150911,,0AF3,",
        "01,01,4300151131,00001001,100.00,20150911,,0AF3,",
        "01,01,4300151130,00001002,100.00,20150911,,0AF3,",
        "01,01,4300151130,00001001,100.01,20150911,,0AF3,",
        "01,01,4300151130,00001001,100.00,20150912,,0AF3,",
        "01,01,4300151130,00001001,100.00,20150911,123,0AF3,",
        "01,01,4300151130,00001001,100.00,20150911,,0aF3,",
    ],
)
def test_a_qr_text_that_is_not_of_this_invoice(qr):
    assert refusal(invoice(1) | {"qr": qr}) == "FP023"


def test_a_digital_invoice_has_no_code_and_shows_the_amount_with_tax():
    number = "23432000000000000001"
    document = invoice(1) | {"fpDm": "", "fphm": number, "qr": f"01,32,,{number},117,20150911,,74AE,"}
    judge(document)
    assert refusal(document | {"qr": f"01,32,,{number},118,20150911,,74AE,"}) == "FP023"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"fpzlDm": "x"}, "FP001"),
        ({"fpzlDm": "专票"}, "FP001"),
        ({"fpDm": "430015113"}, "FP002"),
        ({"fpqshm": "1001"}, "FP003"),
        ({"fpDm": ""}, "FP003"),
        ({"fpqshm": "00001026"}, "FP004"),
        ({"fs": 24}, "FP005"),
        ({"fpzzhm": "00011001", "fs": 10_001}, "FP006"),
        ({"fs": 25.0}, "GY003"),
        ({"fs": True}, "GY003"),
    ],
)
def test_a_range_that_breaks_a_rule(changes, code):
    with pytest.raises(Rejection) as refused:
        numbers_of(invoice_range(1) | changes)
    assert refused.value.code.code == code


def cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


@given(
    st.lists(
        st.tuples(
            st.integers(1, 10**9),
            st.integers(1, 10**4),
            st.sampled_from(("0.17", "0.13", "0.11", "0.06", "0.03", "0")),
        ),
        min_size=1,
        max_size=21,
    )
)
def test_half_up_arithmetic_in_decimals_is_always_accepted(items):
    """Price in fen x quantity, tax rounded half up: 21 lines can be off by at most 0.105 in all."""
    lines, amount, tax = [], Decimal(0), Decimal(0)
    for price, quantity, rate in items:
        je = Decimal(price) / 100 * quantity
        se = cents(je * Decimal(rate))
        amount, tax = amount + je, tax + se
        lines.append(line(float(je), float(se), sl=quantity, dj=price / 100, slv=float(rate)))
    document = invoice(1, lines=[line()]) | {
        "lines": lines, "hjje": float(amount), "hjse": float(tax), "jshj": float(amount + tax),
    }  # fmt: skip
    del document["qr"]
    totals = judge(orjson.loads(orjson.dumps(document)))
    assert totals.gross == (amount + tax) * 100
