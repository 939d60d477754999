"""The rules of VAT returns, stated once more and independently of the generators; as document_checks."""

from calendar import monthrange

from tests.generators.check_words import CHARGED, RATES, fen, since, total, words

GENERAL = words(
    "asysljsxse yshwxse yslwxse syslNsjctzxse ajybfjsxse jybfNsjctzxse mdtbfckxse msxse mshwxse mslwxse "
    "xxse jxse sqldse jxsezc mdtytse syslNsjcybjse ydksehj sjdkse ynse qmldse "
    "jybfYnse jybfNsjcybjse ynsejze ynsehj qcwjse ssckkjzyjkstse bqyjse fcyjse ckkjzyjksyjse bqjnsqynse "
    "bqjnqjse qmwjse qmwjseQjse bqybtse jzjtsjtse qcwjcbse bqrkcbse qmwjcbse"
)
SURCHARGE_ROWS = words("bqybtsecjs bqybtsejyfj bqybtsedfjyfj")
SURCHARGES = words("zzsse zzsmdse ldtse sl bqynse jmse jzbl jzse dmse bqyjse bqybtse")
SALES = words(
    "kjskzzszyfpXse kjskzzszyfpXxynse kjqtfpXse kjqtfpXxynse wkjfpXse wkjfpXxynse nsjctzdxse nsjctzXxynse "
    "xse hjXxynse jshj ysfwkcxmbqsjkcje kchHsmsxse kchXxynse"
)
SMALL_2014 = words(
    "yzzzsbhsxse swjgdkdzzszyfpbhsxse skqjkjdptfpbhsxse xssygdysgdzcbhsxse skqjkjdptfpbhsxse1 msxse "
    "skqjkjdptfpxse ckmsxse skqjkjdptfpxse1 bqynse bqynsejze ynsehj bqyjse1 bqybtse"
)
CEILINGS = [  # exempt sales of a month in fen
    ("2023-01-01", 100_000_00), ("2021-04-01", 150_000_00), ("2019-01-01", 100_000_00),
    ("2014-10-01", 30_000_00), ("0000-00-00", 20_000_00),
]  # fmt: skip
SIMPLE = {"11": 3, "12": 3}
TOLERANCE = 40  # fen: the tax of a row is the sum of the taxes of many invoices


def half_up(numerator, denominator):
    """numerator / denominator rounded half up, for numbers >= 0."""
    return (2 * numerator + denominator) // (2 * denominator)


def main_rows(document):
    """The four columns of the main form as lists with r[1] .. r[38]."""
    assert [column["ewblxh"] for column in document["zb"]] == [1, 2, 3, 4]
    more = SURCHARGE_ROWS if document["skssqz"] > "2021-08" else []
    for number, column in enumerate(document["zb"]):
        assert list(column) == ["ewblxh", *GENERAL, *(more if not number else [])]
    return [[None, *(fen(column[field]) for field in GENERAL)] for column in document["zb"]]


def sheet_rows(document, sheet, fields):
    rows = {row["ewbhxh"]: [None, *(fen(row[field]) for field in fields)] for row in document[sheet]["rows"]}
    assert len(rows) == len(document[sheet]["rows"]), "a row occurs twice"
    return rows


def check_heading(document, kind, months, taxpayer):
    start, end, filed = document["skssqq"], document["skssqz"], document["sbrq1"]
    year, month = int(end[:4]), int(end[5:7])
    length = (year - int(start[:4])) * 12 + month - int(start[5:7]) + 1
    whole = start.endswith("-01") and end.endswith(f"-{monthrange(year, month)[1]:02d}") and length in months
    broken = [] if whole and filed > end else [f"{kind}-period"]
    return broken if taxpayer in (None, document["nsrsbh"]) else [*broken, f"{kind}-taxpayer"]


def check_column(r, month):
    """The formulas of one column. Those of rows 18 and 33 are for months only: in the year to date the
    smaller of two sums is not the sum of the smaller ones, and what was paid meanwhile is not overdue."""
    rules = {
        "row-1-parts": r[1] >= r[2] + r[3] + r[4],
        "row-8-parts": r[8] >= r[9] + r[10],
        "row-17-sum": r[17] == r[12] + r[13] - r[14] - r[15] + r[16],
        "row-18-deducted": not month or r[18] == min(r[17], r[11]),
        "row-19-payable": r[19] == r[11] - r[18],
        "row-20-credit": r[20] == r[17] - r[18],
        "row-23-reduction": 0 <= r[23] <= r[19] + r[21],
        "row-24-sum": r[24] == r[19] + r[21] - r[23],
        "row-27-paid": r[27] == r[28] + r[29] + r[30] + r[31],
        "row-32-unpaid": r[32] == r[24] + r[25] + r[26] - r[27],
        "row-33-arrears": not month or r[33] < 0 or r[33] == max(0, r[25] + r[26] - r[27]),
        "row-33-negative": r[33] >= 0,
        "row-34-due": r[34] == r[24] - r[28] - r[29],
        "row-38-inspection": r[38] == r[16] + r[22] + r[36] - r[37],
    }
    return [name for name, holds in rules.items() if not holds]


def check_sales_sheet(sales, rates):
    broken = set()
    for label, c in sales.items():
        if c[9] != c[1] + c[3] + c[5] + c[7] or c[10] != c[2] + c[4] + c[6] + c[8] or c[11] != c[9] + c[10]:
            broken.add("sheet-1-sum")
        if c[12] > c[11] or c[13] != c[11] - c[12]:
            broken.add("sheet-1-deduction")
        if c[14] > c[13]:
            broken.add("sheet-1-net-tax")
        rate = (rates | SIMPLE | {"6": rates["1"]}).get(label, 0)
        if label in ("3", "4", "4a", "4b") and label not in rates:
            broken.add("sheet-1-row-of-another-era")
        if abs(c[10] - half_up(c[9] * rate, 100)) > TOLERANCE:
            broken.add("sheet-1-rate")
    for part, whole in {"6": "1 3 4a", "7": "2 4 4b 5", "14": "8 9a 10 11", "15": "9b 12"}.items():
        for column in (9, 10):
            if part in sales and sales[part][column] > total(sales, whole, column):
                broken.add("sheet-1-ceiling")
    return sorted(broken)


def check_input_sheet(inputs):
    broken = set()
    for column in (1, 2, 3):

        def row(label, column=column):
            return total(inputs, label, column)

        rules = {
            "sheet-2-row-1": row("1") == row("2 3"),
            "sheet-2-row-2": row("2") == row("35") - row("26") and row("35") >= row("26"),
            "sheet-2-row-4": row("4") == row("5 6 7 8 8a 8b"),
            "sheet-2-row-12": row("12") == row("1 4 11"),
            "sheet-2-row-13": row("13") == row("14 15 16 17 18 19 20 21 22 23"),
        }
        broken.update(name for name, holds in rules.items() if not holds)
    for _, count, amount, tax in inputs.values():
        if amount and tax >= amount:
            broken.add("sheet-2-tax")
        if amount and count <= 0:
            broken.add("sheet-2-count")
    return sorted(broken)


def check_between(month, refund, sales, inputs):
    """The rows of the main form that come from the sheets: both projects together, and the refund alone."""
    taxed, simple = "1 2 3 4 4a 4b 5", "8 9a 9b 10 11 12 13a 13b 13c"
    rules = {
        "sheet-1-sales": (1, total(sales, taxed, 9), total(sales, "6 7", 9)),
        "sheet-1-tax": (11, total(sales, taxed, 10), total(sales, "6 7", 10)),
        "sheet-1-simple-sales": (5, total(sales, simple, 9), total(sales, "14 15", 9)),
        "sheet-1-simple-tax": (21, total(sales, simple, 10), total(sales, "14 15", 10)),
        "sheet-1-export": (7, total(sales, "16 17", 9), 0),
        "sheet-1-exempt": (8, total(sales, "18 19", 9), 0),
        "sheet-1-inspected": (4, total(sales, taxed, 7), total(sales, "6 7", 7)),
        "sheet-1-inspected-tax": (16, total(sales, taxed, 8), total(sales, "6 7", 8)),
    }
    broken = [
        name
        for name, (row, both, alone) in rules.items()
        if month[row] + refund[row] != both or refund[row] != alone
    ]
    for name, row, label in (("sheet-2-input", 12, "12"), ("sheet-2-transfer", 14, "13")):
        if month[row] + refund[row] != total(inputs, label, 3):
            broken.append(name)
    return broken


def check_general(document, before=None, taxpayer=None):
    """The rules that a declaration of a general taxpayer breaks; `before`: the one of the month before."""
    assert document["yzpzzlDm"] == "BDA0610606"
    columns = main_rows(document)
    rates = since(RATES, document["skssqz"])
    inputs = {
        row["ewbhxh"]: [None, row["fs"], fen(row["je"]), fen(row["se"])] for row in document["fb2"]["rows"]
    }
    sales = sheet_rows(document, "fb1", SALES)
    broken = check_heading(document, "general", (1,), taxpayer) + check_opening(columns, before)
    for number, rows in enumerate(columns):
        broken += check_column(rows, month=number % 2 == 0)
    for rows, to_date in (columns[:2], columns[2:]):
        flows = [*range(1, 13), 14, 15, 16, 18, 19, 21, 22, 23, 24, 26, 27, 28, 30, 31, 34, 35, 37]
        if any(to_date[row] < rows[row] for row in flows):
            broken.append("year-to-date")
    broken += check_sales_sheet(sales, rates) + check_input_sheet(inputs)
    broken += check_between(columns[0], columns[2], sales, inputs)
    if document["skssqz"] > "2021-08":
        broken += check_surcharges(document, columns[0][34] + columns[2][34])
    else:
        assert "fb5" not in document
    return sorted(set(broken))


def check_surcharges(document, due):
    """Sheet 5 since August 2021: its columns are 1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 13."""
    found = sheet_rows(document, "fb5", SURCHARGES)
    assert list(found) == ["1", "2", "3", "4"]
    broken = set()
    for label, rates in (("1", (7, 5, 1)), ("2", (3,)), ("3", (2,))):
        _, c1, c2, c3, c4, c5, c7, c8, c9, c11, c12, c13 = found[label]
        assert c4 in [100 * rate for rate in rates]
        assert c8 in (0, 5000)
        assert c7 in (0, c5) and min(c5, c9) >= 0
        rules = {
            "sheet-5-base": c1 == max(0, due),
            "sheet-5-levied": c5 == half_up((c1 + c2 - c3) * c4, 10_000),
            "sheet-5-relief": c9 == half_up((c5 - c7) * c8, 10_000),
            "sheet-5-due": c13 == c5 - c7 - c9 - c11 - c12,
        }
        broken.update(name for name, holds in rules.items() if not holds)
        if fen(document["zb"][0][SURCHARGE_ROWS[int(label) - 1]]) != c13:
            broken.add("sheet-5-main")
    for column in (5, 6, 8, 9, 10, 11):
        if found["4"][column] != sum(found[label][column] for label in "123"):
            broken.add("sheet-5-sum")
    return sorted(broken)


def check_opening(columns, before):
    """Rows 13 and 25 are rows 20 and 32 of the month before."""
    last = main_rows(before) if before else None
    broken = []
    for name, opening, closing in (("opening-credit", 13, 20), ("opening-unpaid", 25, 32)):
        for column in (0, 2):
            if last and columns[column][opening] != last[column][closing]:
                broken.append(name)
    return broken


def check_small(document, taxpayer=None, individual=None):
    """The rules that a declaration of a small-scale taxpayer breaks, in the form of its time."""
    assert document["yzpzzlDm"] == "BDA0610611"
    old = "r1" not in document["xgm"]
    broken = check_heading(document, "small", (1,) if old else (3,), taxpayer)
    rows = check_small_2014(document) if old else check_small_2016(document, individual)
    if old != (document["skssqz"] < "2016-05-01"):
        broken.append("small-form-of-another-era")
    return sorted({*broken, *rows})


def check_small_2014(document):
    assert list(document["xgm"]) == SMALL_2014
    r = [None, *(fen(document["xgm"][field]) for field in SMALL_2014)]
    rules = {
        "small-2014-row-1": r[1] >= r[2] + r[3],
        "small-2014-row-4": r[4] >= r[5],
        "small-2014-row-6": r[6] >= r[7],
        "small-2014-row-8": r[8] >= r[9],
        "small-2014-row-10": r[10] == half_up(3 * (r[1] + r[4]), 100),
        "small-2014-row-11": 0 <= r[11] <= r[10],
        "small-2014-row-12": r[12] == r[10] - r[11],
        "small-2014-row-14": r[14] == r[12] - r[13],
        "small-2014-ceiling": not r[6] or r[1] + r[6] <= since(CEILINGS, document["skssqz"]),
    }
    return [name for name, holds in rules.items() if not holds]


def check_small_2016(document, individual=None):
    rows = 25 if document["skssqz"] > "2021-08" else 22
    assert list(document["xgm"]) == [f"r{row}" for row in range(1, rows + 1)]
    r = [None, *(fen(document["xgm"][f"r{row}"]) for row in range(1, 23))]
    relieved = r[10] + r[11] > 0
    start, end = document["skssqq"], document["skssqz"]
    months = int(end[5:7]) - int(start[5:7]) + 1
    relief = {3: 0, 1: 2, 0: 0}[since(CHARGED, end)]
    if individual is None:
        individual = document["nsrsbh"].startswith("92")
    rules = {
        "small-row-1": r[1] >= r[2] + r[3],
        "small-row-4": r[4] >= r[5] + r[6],
        "small-row-7": r[7] >= r[8],
        "small-row-9": r[9] == r[10] + r[11] + r[12],
        "small-row-13": r[13] >= r[14],
        "small-row-15": r[15] == half_up(3 * r[1] + 5 * r[4] + 3 * r[7], 100),
        "small-row-16": 0 <= r[16] <= r[15],
        "small-row-17": r[12] > 0 or r[17] == r[18] + r[19],
        "small-row-18": r[18] == half_up(3 * r[10], 100),
        "small-row-19": r[19] == half_up(3 * r[11], 100),
        "small-whose": not (r[10] if individual else r[11]),
        "small-ceiling": not relieved or r[1] + r[4] + r[7] + r[9] + r[13] <= months * since(CEILINGS, end),
        "small-relief": r[16] > r[15] or r[16] <= half_up(relief * r[1] + r[7], 100),
        "small-row-20": r[20] == r[15] - r[16],
        "small-row-22": r[22] == r[20] - r[21],
    }
    return [name for name, holds in rules.items() if not holds]
