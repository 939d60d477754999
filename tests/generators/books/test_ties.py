"""The documents of a taxpayer and period agree: invoices, declaration, what others issued, payments."""

from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.books import Books
from generators.books.issued import LATEST_RED, PRIVATE
from generators.books.periods import number, period_of
from generators.books.sales import ORDINARY, SPECIAL
from generators.calendar import period
from generators.documents.invoice import invoice, invoice_range, issued, range_for, red_invoice
from generators.documents.vat.declaration import declaration, due
from generators.taxpayers.population import PROFILES, Population
from generators.taxpayers.register import CIRCLE
from tests import share
from tests.generators.check_words import fen
from tests.generators.poison import poisoned
from tests.generators.return_checks import SALES, main_rows

populations = {profile: Population(20150911, profile) for profile in PROFILES}
taxpayers = st.builds(
    lambda profile, i: populations[profile].taxpayer(i),
    st.sampled_from(PROFILES),
    st.integers(0, 3000) | st.integers(0, 10**8 - 1),
)
periods = st.integers(0, 40)
examples = settings(max_examples=share.examples(60), deadline=None)


def traders(profile: str, count: int = 4 * CIRCLE):
    """Those who are general taxpayers in all periods of the profile."""
    first = period(profile, "general", 0).start
    return [
        t
        for t in populations[profile].taxpayers(0, count)
        if t.scale == "general" and t.general_from <= first
    ]


def sheet_row(document, label):
    return next(row for row in document["fb1"]["rows"] if row["ewbhxh"] == label)


def of_period(t, k, kind):
    """All invoices of one kind that a taxpayer issues in a period, as they are sent."""
    j = range_for(t, k, kind)
    return [invoice(t, j, n) for n in range(issued(t, j)[0])]


def sums(documents):
    return sum(fen(d["hjje"]) for d in documents), sum(fen(d["hjse"]) for d in documents)


# Invoices and sheet 1


@pytest.mark.parametrize("profile", PROFILES)
def test_the_invoices_of_a_month_sum_to_columns_1_to_4_of_sheet_1_by_rate_and_kind(profile: str) -> None:
    """All that is sent, red ones as well, by rate; rows with one rate together."""
    for t in traders(profile, 2 * CIRCLE):
        for k in (0, 5, 14):
            document = declaration(t, k)
            rates = defaultdict(lambda: [0, 0])
            for kind, columns in ((SPECIAL, (1, 2)), (ORDINARY, (3, 4))):
                for d in of_period(t, k, kind):
                    sum_of = rates[kind, round(100 * d["lines"][0]["slv"])]
                    sum_of[0] += fen(d["hjje"])
                    sum_of[1] += fen(d["hjse"])
                for slip_rate, labels in rate_rows(t, document).items():
                    rows = [sheet_row(document, label) for label in labels]
                    declared = [sum(fen(row[SALES[c - 1]]) for row in rows) for c in columns]
                    assert rates.pop((kind, slip_rate), [0, 0]) == declared
            assert not rates


def rate_rows(t, document):
    """The rows of sheet 1 by their rate; row 6 repeats a part of row 1."""
    rates = {"gt3_2015": [17, 17, 13, 11, 6], "current": [13, 13, 9, 9, 6]}[t.profile]
    found = defaultdict(list)
    for row in document["fb1"]["rows"]:
        label = row["ewbhxh"]
        if label != "6":
            rate = 3 if label in ("11", "12") else 0 if int(label) > 15 else rates[int(label) - 1]
            found[rate].append(label)
    return found


@examples
@given(taxpayers, periods)
def test_small_declarations_have_the_sums_of_their_invoices(t, k: int) -> None:
    t = t._replace(scale="small")
    form = declaration(t, k)["xgm"]
    special = sums(of_period(t, k, SPECIAL))[0] if SPECIAL in Books(t, k).kinds else 0
    ordinary = sums(of_period(t, k, ORDINARY))[0]
    if "r1" in form:
        assert special == fen(form["r2"])
        free = fen(form["r9"])
        assert ordinary == fen(form["r3"]) if not free else ordinary <= free
    else:
        assert special == fen(form["swjgdkdzzszyfpbhsxse"])
        assert ordinary == fen(form["skqjkjdptfpbhsxse"]) + fen(form["skqjkjdptfpxse"])


@examples
@given(taxpayers, periods)
def test_ranges_cover_what_is_issued_and_are_of_the_kinds_declared(t, k: int) -> None:
    numbers = []
    for kind in Books(t, k).kinds:
        sold = invoice_range(t, range_for(t, k, kind))
        documents = of_period(t, k, kind)
        assert len(documents) >= 2
        numbers += [(d["fpDm"], d["fphm"]) for d in documents]
        for d in documents:
            assert (d["fpzlDm"], d["fpDm"]) == (sold["fpzlDm"], sold["fpDm"])
            assert sold["fpqshm"] <= d["fphm"] <= sold["fpzzhm"]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_red_invoice_cancels_one_that_was_issued_before_once_and_counts_in_its_own_month(profile) -> None:
    found, originals = 0, set()
    for t in traders(profile):
        blue = {}
        for k in range(12):
            for kind in (SPECIAL, ORDINARY):
                for d in of_period(t, k, kind):
                    blue[d["fpDm"], d["fphm"]] = d
                    if "yfphm" not in d:
                        assert fen(d["hjje"]) > 0
                        continue
                    of = d["yfpDm"], d["yfphm"]
                    if k < LATEST_RED and of not in blue:
                        continue  # issued before the first period
                    found += 1
                    assert of not in originals
                    originals.add(of)
                    assert [d[f] for f in ("hjje", "hjse")] == [-blue[of][f] for f in ("hjje", "hjse")]
                    assert (d["kprq"] >= blue[of]["kprq"], d["ghf"]) == (True, blue[of]["ghf"])
                    assert d["kprq"][:7] == period(t.profile, t.scale, k).start[:7]
    assert found > 60


# What one deducts another has issued


@pytest.mark.parametrize("profile", PROFILES)
def test_what_is_ticked_sums_to_row_35_and_was_issued_to_the_buyer_before(profile: str) -> None:
    seen, lags, count = set(), Counter(), Counter()
    for t in traders(profile):
        for k in (0, 1, 2, 13):
            ticked = Books(t, k).ticked()
            row = next(r for r in declaration(t, k)["fb2"]["rows"] if r["ewbhxh"] == "35")
            assert row["fs"] == len(ticked)
            assert fen(row["je"]) == sum(of.amount for of in ticked)
            assert fen(row["se"]) == sum(of.tax for of in ticked)
            for of in ticked:
                lags[Books(t, k).month - number(of.period)] += 1
                issued_in = next((i for i in range(k + 1) if period_of(of.seller, i)[1] == of.period), None)
                if issued_in is None:
                    continue  # before the first period
                d = invoice(of.seller, range_for(of.seller, issued_in, SPECIAL), of.number)
                assert (fen(d["hjje"]), fen(d["hjse"])) == (of.amount, of.tax)
                assert d["ghf"]["nsrsbh"] == t.taxpayer_id
                assert d["kprq"] <= period(t.profile, t.scale, k).end
                assert (d["fpDm"], d["fphm"]) not in seen  # ticked once, by one
                seen.add((d["fpDm"], d["fphm"]))
                count[t.index] += 1
    assert lags[0] > lags[1] > 50
    assert len(count) > 20


@pytest.mark.parametrize("profile", PROFILES)
def test_the_implied_input_rate_varies_with_the_mix(profile: str) -> None:
    rates = set()
    for t in traders(profile):
        for k in (3, 4, 5):
            row = next(r for r in declaration(t, k)["fb2"]["rows"] if r["ewbhxh"] == "12")
            rates.add(round(100 * row["se"] / row["je"]) if row["je"] else 0)
    assert len(rates) >= 5


def test_special_invoices_go_to_companies_or_who_deducts_them_and_nobody_sells_to_himself() -> None:
    for t in populations["current"].taxpayers(0, CIRCLE):
        for kind in Books(t, 2).kinds:
            for slip, d in zip(Books(t, 2).issued(kind), of_period(t, 2, kind), strict=True):
                assert d["ghf"]["nsrsbh"] != t.taxpayer_id
                if kind == SPECIAL:
                    assert d["ghf"]["nsrsbh"][:2] == "91" or slip.deducted >= 0
                if slip.buyer == PRIVATE:
                    assert kind == ORDINARY


# Payments


@examples
@given(taxpayers, st.integers(0, 30))
def test_what_is_paid_settles_what_is_due_and_late_fees_follow_the_days(t, k: int) -> None:
    settled = Books(t, k).settled
    assert settled.due == fen(due(declaration(t, k)))
    taxes = [paid for paid in settled.paid if paid.kind == "tax"]
    over = sum(p.amount + p.set_off for p in settled.paid if p.kind != "prepaid") - settled.due
    assert over >= 0 or any(p.kind == "refund" for p in settled.paid)
    assert bool(taxes) == (settled.due > 0)
    for paid in settled.paid:
        assert paid.amount > 0 or paid.kind == "refund"
        late = max(0, (paid.on - settled.deadline).days)
        assert paid.days == (late if paid.kind == "tax" else 0)
        assert paid.fee == (2 * paid.amount * 5 * paid.days + 10_000) // 20_000 or not paid.days
        if paid.kind == "prepaid":
            assert paid.on <= date.fromisoformat(period(t.profile, t.scale, k).end)
        else:
            assert paid.on > date.fromisoformat(period(t.profile, t.scale, k).end)


def paid_in(t, month: str, current: bool) -> int:
    """Tax paid in a calendar month for the month before (or for older ones); refunds taken off."""
    total = 0
    for k in range(30):
        start = period(t.profile, t.scale, k).start
        for paid in Books(t, k).settled.paid:
            if paid.kind != "prepaid" and str(paid.on)[:7] == month:
                months = (int(month[:4]) - int(start[:4])) * 12 + int(month[5:]) - int(start[5:7])
                total += paid.amount if (months == 1) == current else 0
    return total


@pytest.mark.parametrize("profile", PROFILES)
def test_rows_28_30_and_31_are_what_was_paid_in_the_calendar_month(profile: str) -> None:
    for t in traders(profile, 2 * CIRCLE):
        for k in range(14, 26):
            columns = main_rows(declaration(t, k))
            month = period(t.profile, t.scale, k).start[:7]
            prepaid = [p.amount for p in Books(t, k).settled.paid if p.kind == "prepaid"]
            assert columns[0][28] + columns[2][28] == sum(prepaid)
            assert columns[0][30] + columns[2][30] == paid_in(t, month, current=True)
            assert columns[0][31] + columns[2][31] == paid_in(t, month, current=False)


@pytest.mark.parametrize("profile", PROFILES)
def test_how_people_pay_occurs_in_the_shares_that_are_stated(profile: str) -> None:
    """About one in eight periods with tax is not paid in full and on time; each way occurs."""
    ways, arrears = Counter(), 0
    for t in populations[profile].taxpayers(0, 400):
        for k in range(6):
            settled = Books(t, k).settled
            taxes = [paid for paid in settled.paid if paid.kind == "tax"]
            if not taxes:
                continue
            ways["all"] += 1
            ways["late"] += any(paid.fee for paid in taxes)
            ways["parts"] += len(taxes) > 1
            ways["over"] += sum(p.amount for p in taxes) > settled.due
            ways["set off"] += any(paid.set_off for paid in taxes)
            ways["refund"] += any(paid.kind == "refund" for paid in settled.paid)
            ways["prepaid"] += any(paid.kind == "prepaid" for paid in settled.paid)
    for t in traders(profile, 400):
        arrears += sum(main_rows(declaration(t, k))[0][33] > 0 for k in range(6))
    assert 0.06 < ways["late"] / ways["all"] < 0.13
    assert min(ways[way] for way in ("parts", "over", "set off", "refund", "prepaid")) > 0
    assert arrears > 0


# Pure


def test_books_need_neither_chance_nor_clock_nor_order() -> None:
    def all_of(ts):
        return {
            (t.index, k): (
                declaration(t, k), Books(t, k).ticked(), Books(t, k).settled, Books(t, k).profit,
                [of_period(t, k, kind) for kind in Books(t, k).kinds],
            )
            for t in ts
            for k in (3, 0)
        }  # fmt: skip

    ts = list(populations["current"].taxpayers(60, 20))
    expected = all_of(ts)
    with poisoned():
        again = Population(20150911, "current")
        assert all_of([again.taxpayer(t.index) for t in reversed(ts)]) == expected


def test_red_invoices_of_ones_own_choice_stand_beside_the_books() -> None:
    t = traders("current")[0]
    before = of_period(t, 2, SPECIAL)
    red = red_invoice(t, range_for(t, 2, SPECIAL), 24, 0)
    assert red["yfphm"] == before[0]["fphm"]
    assert of_period(t, 2, SPECIAL) == before


@pytest.mark.parametrize("profile", PROFILES)
def test_the_profit_is_of_the_books(profile: str) -> None:
    for t in populations[profile].taxpayers(0, 60):
        profit = Books(t, 1).profit
        spent = profit.cost + profit.payroll + profit.surcharges + profit.other
        assert profit.result == profit.revenue - spent
        assert min(profit[:3]) > 0


def test_arrears_of_one_month_are_the_next_months_opening() -> None:
    for t in traders("gt3_2015", CIRCLE):
        documents = [main_rows(declaration(t, k)) for k in range(14)]
        for before, after in pairwise(documents):
            assert after[0][25] == before[0][32]
            assert after[2][25] == before[2][32]
