"""VAT declarations: every formula of the forms, and the chain from period to period.

`return_checks` states the rules once more, independently of the generators.
"""

import copy
import json
from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.books.accounts import first_month
from generators.books.flows import (
    Flows,
    Payable,
    account,
    cumulated,
    nibble_sum,
    payable,
    payable_in,
    year_of,
)
from generators.books.periods import period_of
from generators.calendar import period, period_in
from generators.documents.goods import trade, trades
from generators.documents.vat.declaration import declaration, due, filing_scale, vat_general, vat_small
from generators.documents.vat.form_fields import MAIN_FIELDS
from generators.documents.vat.main_form import main_column
from generators.documents.vat.surcharges import surcharges
from generators.eras.era import era
from generators.tables import TableError
from generators.taxpayers.population import PROFILES, Population
from tests.generators.check_words import fen
from tests.generators.poison import poisoned
from tests.generators.return_checks import (
    check_column,
    check_general,
    check_small,
    half_up,
    main_rows,
)

FLOWS = [*range(1, 13), 14, 15, 16, 18, 19, 21, 22, 23, 24, 26, 27, 28, 29, 30, 31, 34, 35, 37]
STOCKS = [(13, 20), (25, 32), (36, 38)]  # brought forward, carried forward

populations = {profile: Population(20150911, profile) for profile in PROFILES}
taxpayers = st.builds(
    lambda profile, i: populations[profile].taxpayer(i), st.sampled_from(PROFILES), st.integers(0, 10**8 - 1)
)
general = taxpayers.map(lambda t: t._replace(scale="general"))
small = taxpayers.map(lambda t: t._replace(scale="small"))
examples = settings(max_examples=80, deadline=None)


def some_general(count: int, profile: str = "current"):
    found = (t for t in populations[profile].taxpayers(0, 10**6) if t.scale == "general")
    return [next(found) for _ in range(count)]


# The worked check: a public filing of 2014, amounts only


def test_the_public_filing_of_2014_keeps_the_formulas() -> None:
    r = [0] * 39
    r[11], r[12], r[13], r[17], r[18] = 189059259, 176805323, 2633354, 179438677, 179438677
    r[19], r[21], r[24], r[34] = 9620582, 123636, 9744218, 9744218
    r[25], r[27], r[30], r[32] = 42135, 42135, 42135, 9744218
    assert check_column(r, month=True) == []


def test_the_main_form_computes_the_public_filing_of_2014() -> None:
    """From its output tax, tax payable and balances follow its input tax and all other rows."""
    b = account(1, 2014, 10**6, (17, 0))
    flows = Flows(1112113087, 189059259, 0, 0, 0, 0, 0, 4121200, 123636, 0, 0, 0, 0)
    balance = (2633354, 0, 42135, 9744218, 0, 0, 0)  # credit and unpaid, before and after; nothing overdue
    column, bought, paid = main_column(1, b, flows, Payable(9620582, 123636, 0, 9744218), balance)
    rows = dict(enumerate(column.values()))
    assert (bought, paid) == (176805323, 42135)
    assert {row: rows[row] for row in (11, 12, 13, 17, 18, 19, 20)} == {
        11: 1890592.59, 12: 1768053.23, 13: 26333.54, 17: 1794386.77, 18: 1794386.77, 19: 96205.82, 20: 0
    }  # fmt: skip
    assert {row: rows[row] for row in (21, 24, 25, 27, 32, 34)} == {
        21: 1236.36, 24: 97442.18, 25: 421.35, 27: 421.35, 32: 97442.18, 34: 97442.18
    }  # fmt: skip
    # 17 % of the sales is 1890592.25: the tax of many invoices differs from that of their sum.
    assert fen(1890592.59) - (rows[1] * 17 + 0.5) // 1 == pytest.approx(34, abs=1)


# General taxpayers


@examples
@given(general, st.integers(0, 200))
def test_every_formula_holds_and_periods_chain(t, k: int) -> None:
    before, document = vat_general(t, k), vat_general(t, k + 1)
    assert check_general(document, before, t.taxpayer_id) == []
    assert min(min(rows[1:]) for rows in main_rows(document)) >= 0


@settings(max_examples=15, deadline=None)
@given(general, st.integers(0, 4))
def test_the_year_to_date_is_the_sum_of_its_months(t, year: int) -> None:
    """Flows add up; what is brought forward is that of January, what is carried forward that of the month."""
    sums = [[0] * 39, [0] * 39]
    first = main_rows(vat_general(t, 12 * year))
    for k in range(12 * year, 12 * year + 12):
        columns = main_rows(vat_general(t, k))
        for project, (month, to_date) in enumerate((columns[:2], columns[2:])):
            for row in FLOWS:
                sums[project][row] += month[row]
                assert to_date[row] == sums[project][row], f"row {row}"
            for opening, closing in STOCKS:
                assert to_date[opening] == first[2 * project][opening]
                assert to_date[closing] == month[closing]
            assert to_date[33] == month[33]


@pytest.mark.parametrize("profile", PROFILES)
def test_the_first_month_as_a_general_taxpayer_brings_nothing_forward(profile: str) -> None:
    since, found = period(profile, "general", 0).start, 0
    for t in populations[profile].taxpayers(0, 2_000):
        if t.general_from >= since:
            first = ("general", period_in(first_month(t), "general"))
            k = next(k for k in range(200) if period_of(t, k) == first)
            for rows in main_rows(vat_general(t, k)):
                assert [rows[row] for row in (13, 25, 30, 31, 36)] == [0, 0, 0, 0, 0]  # 28: prepaid in it
            found += 1
    assert found > 1


def test_a_period_costs_the_same_wherever_it_is() -> None:
    """No period is computed from the ones before it: number 90,000 is there at once."""
    t = some_general(1)[0]
    assert check_general(vat_general(t, 90_000), vat_general(t, 89_999)) == []
    assert vat_general(t, 5) == vat_general(t, 5)


@pytest.mark.parametrize("profile", PROFILES)
def test_every_row_that_can_occur_does(profile: str) -> None:
    """Of 300 taxpayers in three months. Rows 6, 22, 26, 29, 36, 38 are always 0, row 35 without refunds."""
    filled = Counter()
    for t in some_general(300, profile):
        for k in (1, 6, 23):
            columns = main_rows(vat_general(t, k))
            filled.update(row for row in range(1, 39) if columns[0][row])
            filled.update(f"refund {row}" for row in range(1, 39) if columns[2][row])
    assert {row for row in range(1, 39) if not filled[row]} <= {6, 10, 22, 26, 29, 35, 36, 38}
    assert {f"refund {row}" for row in (1, 2, 11, 12, 17, 18, 19, 20, 24, 32, 34, 35)} <= set(filled)
    assert 200 < filled[20] < 700  # of 900: a credit in some months, tax in others
    assert 200 < filled[19] < 700


def test_output_tax_is_near_but_not_always_sales_times_rate() -> None:
    differences = []
    for t in some_general(200):
        rate = trade(date(2024, 5, 31), t.industry).rate
        row = vat_general(t, 4)["fb1"]["rows"][0]
        differences.append(fen(row["hjXxynse"]) - round(fen(row["xse"]) * rate / 100))
    assert sum(difference != 0 for difference in differences) > 100
    assert max(map(abs, differences)) <= 34


def test_documents_share_nothing_that_can_be_changed() -> None:
    """In months with tax to pay and without: sheet 5 of the latter is a copy of the same rows."""
    asked = set()
    for t in some_general(12):
        document = vat_general(t, 3)
        asked.add(due(document) > 0)
        untouched = copy.deepcopy(document)
        for column in document["zb"]:
            column["xxse"] = -1
        for sheet in ("fb1", "fb2", "fb5"):
            for row in document[sheet]["rows"]:
                row.clear()
        assert vat_general(t, 3) == untouched
    assert asked == {True, False}


# The books


@given(st.integers(0, 2**48 - 1))
def test_the_sum_of_nibbles(word: int) -> None:
    assert nibble_sum(word) == sum(word >> 4 * m & 15 for m in range(12))


@examples
@given(
    st.integers(0, 2**64 - 1),
    st.integers(32768, 2**27),
    st.sampled_from([(17, 0), (17, 13), (6, 17), (11, 6)]),
    st.integers(0, 47),
    st.integers(0, 1) | st.integers(2048, 2**22),
    st.integers(2015, 2050),
)
def test_books_of_any_size_keep_their_bounds(key, unit, rates, share, simple, year) -> None:
    share = share if rates[1] else 0
    b = account(key, 2015, unit, rates, share, simple=simple, relief=33_000, prepaid=5, inspections=True)
    y = year_of(b, year)
    before, due_before = cumulated(b, y, 0), payable(b, y, 0)
    for m in range(1, 13):
        now, due_now = cumulated(b, y, m), payable(b, y, m)
        assert payable_in(b, y, m) == tuple(a - c for a, c in zip(due_now, due_before, strict=True))
        assert all(a >= c for a, c in zip(now, before, strict=True))
        output = now.tax + now.second_tax - before.tax - before.second_tax
        taxed = due_now.general - due_before.general
        assert output > taxed + 16 * b.credit  # so the input tax is positive, whatever the credits
        assert due_now.due - due_before.due >= (8 * b.tax if taxed else 0)  # arrears and prepayment fit in
        before, due_before = now, due_now


# Small-scale taxpayers


@examples
@given(small, st.integers(0, 60))
def test_every_rule_of_the_small_forms_holds(t, k: int) -> None:
    document = vat_small(t, k)
    assert check_small(document, t.taxpayer_id, t.individual) == []
    assert min(document["xgm"].values()) >= 0


@pytest.mark.parametrize(
    ("vat", "halved", "sales", "expected"),
    [
        (97442_18, True, 10**9, (3410_47, 1461_63, 974_42)),  # the worked example: subtract, do not halve
        (97442_18, False, 10**9, (6820_95, 2923_27, 1948_84)),
        (100_00, True, 100_000_00, (3_50, 0, 0)),  # 100,000 yuan a month: city construction tax alone
        (100_00, True, 100_000_01, (3_50, 1_50, 1_00)),
        (0, True, 10**9, (0, 0, 0)),
        (-5, False, 10**9, (0, 0, 0)),
    ],
)
def test_surcharges_are_those_of_the_sheet(vat: int, halved: bool, sales: int, expected: tuple) -> None:
    now = era(date(2024, 3, 31))
    assert surcharges(now, vat, 7.0, halved=halved, sales_a_month=sales) == expected


def test_small_returns_since_august_2021_have_the_surcharges_of_row_22() -> None:
    seen = 0
    for t in populations["current"].taxpayers(0, 300):
        if t.scale == "small":
            form = vat_small(t, 0)["xgm"]
            city = half_up(fen(form["r22"]) * (5 if t.region in ("430121", "430181", "430182") else 7), 100)
            assert fen(form["r23"]) == city - half_up(city, 2)
            seen += form["r23"] > 0 and form["r24"] > 0
    assert seen > 10


def test_individuals_and_enterprises_have_their_own_exempt_row() -> None:
    for t in populations["current"].taxpayers(0, 300):
        form = vat_small(t._replace(scale="small"), 0)["xgm"]
        assert not form["r10" if t.individual else "r11"]


def test_the_rate_is_1_percent_until_2027_and_3_after() -> None:
    taxed = [t for t in populations["current"].taxpayers(0, 400) if t.scale == "small"]
    forms = [[vat_small(t, k)["xgm"] for t in taxed] for k in (15, 16)]  # last of 2027, first of 2028
    for year, share in zip(forms, (2 / 3, 0), strict=True):
        plain = [form for form in year if form["r1"] and not form["r4"] and not form["r7"]]
        assert len(plain) > 50
        assert all(form["r16"] == pytest.approx(form["r15"] * share, abs=0.02) for form in plain)


@pytest.mark.parametrize("profile", PROFILES)
def test_there_is_tax_to_pay_in_part_of_the_small_declarations(profile: str) -> None:
    ts = [t for t in populations[profile].taxpayers(0, 500) if t.scale == "small"]
    share = sum(due(vat_small(t, 1)) > 0 for t in ts) / len(ts)
    assert 0.2 < share < 0.7


# Both


@examples
@given(taxpayers, st.integers(0, 60))
def test_a_declaration_is_that_of_the_scale_and_says_what_is_due(t, k: int) -> None:
    document = declaration(t, k)
    assert document["yzpzzlDm"] == {"general": "BDA0610606", "small": "BDA0610611"}[filing_scale(t, k)]
    assert (document["djxh"], document["nsrsbh"], document["nsrmc"]) == (t.djxh, t.taxpayer_id, t.name)
    if "zb" in document:
        columns = main_rows(document)
        assert fen(due(document)) == columns[0][34] + columns[2][34]
    else:
        last = "bqybtse" if "bqybtse" in document["xgm"] else "r22"
        assert due(document) == document["xgm"][last]


@pytest.mark.parametrize("profile", PROFILES)
def test_amounts_are_written_with_at_most_two_decimals(profile: str) -> None:
    shown: list[str] = []
    for t in populations[profile].taxpayers(0, 60):
        json.loads(json.dumps(declaration(t, 7)), parse_float=shown.append)
    assert len(shown) > 1000
    assert all(len(number.partition(".")[2]) <= 2 and "e" not in number for number in shown)


@pytest.mark.parametrize("profile", PROFILES)
def test_declarations_need_neither_chance_nor_clock(profile: str) -> None:
    expected = [declaration(t, k) for t in populations[profile].taxpayers(0, 50) for k in (0, 13)]
    with poisoned():
        assert [declaration(t, k) for t in populations[profile].taxpayers(0, 50) for k in (0, 13)] == expected


def test_main_fields_are_the_38_rows() -> None:
    assert len(MAIN_FIELDS) == len(set(MAIN_FIELDS)) == 38


# The table of goods


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- {industries: ['01'], row: 1, items: []}", "items"),
        ("- {industries: [''], row: 9, items: []}", "row is 9; must be a row of sheet 1, 1 .. 5"),
        ("[]", 'no group has ""'),
        ("- {industries: [''], rwo: 1}", "rwo: unknown field"),
        (
            "- {industries: [''], row: 1, items: [{name: a, class: b, unit: c, price: [5, 1], code: 1.01}]}",
            "price is .5, 1.; must be two amounts",
        ),
        (
            "- {industries: [''], row: 1, items: [{name: a, class: b, amount: [1, 5], code: 9.01.02}]}",
            "code is '9.01.02'; must be levels",
        ),
    ],
)
def test_a_wrong_table_of_goods_says_where(text: str, says: str, tmp_path) -> None:
    file = tmp_path / "goods.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(TableError, match=says):
        trades(date(2024, 5, 31), file)
