"""What the checker knows of the law of other taxes, written down once more: layouts of the prepayment of income
tax, small enterprises, bands of wages, items of stamp tax, parts of the pension.

Sources: the formulas printed on the forms; 财税〔2015〕99号, 〔2017〕43号, 〔2018〕77号, 〔2019〕13号, 公告2021年12号,
2022年13号, 2023年12号; 个人所得税法 (2018); 印花税法 and, unconfirmed, its regulation; what is unconfirmed of insurance is
what generators/README.md says. Amounts in yuan, ends inclusive.
"""

from __future__ import annotations

from benchmarks.dataset.facts import END

NO_COMPANIES = ("171", "172", "410", "411", "412", "413", "420", "430")

# Table, first and last day of the quarter's end, kind; then which row is what. `more`: what profit is increased by,
# `less`: what it is reduced by, `paid`: what beside the prepayment reduces what is due; signed: it may be below 0.
OLD, NEW = "BDA0610756", "BDA0611033"
CIT_LAYOUTS = [
    ("cit_2012", "2012-01-01", "2015-12-31", OLD, False, {
        "revenue": "r2", "cost": "r3", "profit": "r4", "more": "r5", "less": "r6 + r7", "losses": "r8", "income": "r9",
        "rate": "r10", "tax": "r11", "relief": "r12", "prepaid": "r13", "paid": "r14", "due": "r15"}),
    ("cit_2016", "2016-01-01", "2018-06-30", OLD, False, {
        "revenue": "r2", "cost": "r3", "profit": "r4", "more": "r5", "less": "r6 + r7 + r8", "losses": "r9",
        "income": "r10", "rate": "r11", "tax": "r12", "relief": "r13", "prepaid": "r15", "paid": "r16", "due": "r17"}),
    ("cit_2018", "2018-07-01", "2021-03-31", NEW, False, {
        "revenue": "r1", "cost": "r2", "profit": "r3", "more": "r4", "less": "r5 + r6 + r7", "losses": "r8",
        "income": "r9", "rate": "r10", "tax": "r11", "relief": "r12", "prepaid": "r13", "paid": "r14", "due": "r15"}),
    ("cit_2021", "2021-04-01", "2025-09-30", NEW, True, {
        "revenue": "r1", "cost": "r2", "profit": "r3", "more": "r4", "less": "r5 + r6 + r7 + r8", "losses": "r9",
        "income": "r10", "rate": "r11", "tax": "r12", "relief": "r13", "prepaid": "r14", "paid": "r15", "due": "r16"}),
    ("cit_2025", "2025-10-01", END, NEW, True, {
        "revenue": "r1", "cost": "r2", "profit": "r18", "more": "r19", "less": "r20 + r21 + r22 + r23",
        "losses": "r24", "income": "r25", "rate": "r26", "tax": "r27", "relief": "r28", "prepaid": "r30",
        "paid": "r29 + r31", "due": "r32"}),
]  # fmt: skip
CIT_SLICES = [  # of the income of a small enterprise: above, up to, per thousand
    ("2012-01-01", "2013-12-31", [(0, 60_000, 100)]),
    ("2014-01-01", "2014-12-31", [(0, 100_000, 100)]),
    ("2015-01-01", "2015-09-30", [(0, 200_000, 100)]),
    ("2015-10-01", "2016-12-31", [(0, 300_000, 100)]),
    ("2017-01-01", "2017-12-31", [(0, 500_000, 100)]),
    ("2018-01-01", "2018-12-31", [(0, 1_000_000, 100)]),
    ("2019-01-01", "2020-12-31", [(0, 1_000_000, 50), (1_000_000, 3_000_000, 100)]),
    ("2021-01-01", "2021-12-31", [(0, 1_000_000, 25), (1_000_000, 3_000_000, 100)]),
    ("2022-01-01", "2022-12-31", [(0, 1_000_000, 25), (1_000_000, 3_000_000, 50)]),
    ("2023-01-01", "2027-12-31", [(0, 3_000_000, 50)]),
]
# Until September 2015 up to 300,000 at 20 percent on the whole. In the last quarter of 2015, above 200,000 a half
# counts for the months since October alone.
CIT_SIZE = [  # most persons of industry, of others; most yuan of industry, of others
    ("2012-01-01", "2018-12-31", 100, 80, 30_000_000, 10_000_000),
    ("2019-01-01", END, 300, 300, 50_000_000, 50_000_000),
]

WAGE_BANDS = [  # taxable up to, percent, quick deduction: of a month until 2018, of the sums since January then
    ("2012-01-01", "2018-09-30", [(1_500, 3, 0), (4_500, 10, 105), (9_000, 20, 555), (35_000, 25, 1_005),
                                  (55_000, 30, 2_755), (80_000, 35, 5_505), (10**12, 45, 13_505)]),
    ("2018-10-01", "2018-12-31", [(3_000, 3, 0), (12_000, 10, 210), (25_000, 20, 1_410), (35_000, 25, 2_660),
                                  (55_000, 30, 4_410), (80_000, 35, 7_160), (10**12, 45, 15_160)]),
    ("2019-01-01", END, [(36_000, 3, 0), (144_000, 10, 2_520), (300_000, 20, 16_920), (420_000, 25, 31_920),
                         (660_000, 30, 52_920), (960_000, 35, 85_920), (10**12, 45, 181_920)]),
]  # fmt: skip
ALLOWANCE = [("2012-01-01", "2018-09-30", 3_500), ("2018-10-01", END, 5_000)]

_OLD_ITEMS = {"101": 300, "102": 500, "103": 500, "104": 300, "105": 1000, "106": 500, "107": 1000, "108": 50,
              "109": 1000, "110": 300, "200": 500, "501": 500}  # fmt: skip
_LAW = {"101": 300, "102": 300, "104": 300, "105": 1000, "106": 300, "107": 1000, "108": 50, "109": 1000, "110": 300,
        "200": 500, "501": 250}  # fmt: skip
STAMP_RATES = [  # millionths of the base by the end of the sub-item 101110...
    ("2012-01-01", "2018-04-30", _OLD_ITEMS),
    ("2018-05-01", "2022-06-30", {**_OLD_ITEMS, "501": 250}),
    ("2022-07-01", END, _LAW),
]
INSURANCE_RATES = [  # millionths of the base
    ("2020-11-01", END, {"102100101": 160_000, "102100201": 80_000}),
]
MEAN_WAGE = [
    ("2012-01-01", "2019-12-31", 4_000),
    ("2020-01-01", "2023-12-31", 5_500),
    ("2024-01-01", END, 6_500),
]
