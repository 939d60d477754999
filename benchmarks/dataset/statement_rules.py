"""Rules of the statements of small enterprises: sums of their rows, quarter to quarter, ties to income tax."""

from __future__ import annotations

from benchmarks.dataset.income_tax_rules import COMPANY, once
from benchmarks.dataset.invoice_rules import Rule, rule

SMALL_STANDARDS, SINCE = (
    "102",
    24156,
)  # kjzdzzDm of a small enterprise's books; January 2013 as 12 x year + month - 1
PROFIT, BALANCE = range(1, 33), range(1, 54)


def _sum(first: int, last: int) -> str:
    return " + ".join(f"r{row}" for row in range(first, last + 1))


def _differ(rows: range, one: str, other: str) -> str:
    return " OR ".join(f"{one}.r{row} <> {other}.r{row}" for row in rows)


TO_DATE, QUARTER = "a.ewblxh = '1'", "q.ewblxh = '2'"
# The statement to date, that of the quarter, and the year before it began (b), where that is known.
CHAINED = (
    "profit a JOIN profit q ON q.pzxh = a.pzxh LEFT JOIN profit b ON b.djxh = a.djxh AND b.y = a.y AND b.m = a.m - 3 "
    f"AND b.ewblxh = '1' WHERE {TO_DATE} AND {QUARTER} "
    "AND (b.pzxh IS NOT NULL OR a.m % 12 = 2 OR (a.begun - 1) // 3 = a.m % 12 // 3)"
)
TIED = "profit a LEFT JOIN citret c ON c.djxh = a.djxh AND c.m = a.m WHERE a.ewblxh = '1'"
DETAILED = (
    "cit_2025 d JOIN filed f USING (pzxh) JOIN profit a ON a.djxh = f.djxh AND a.m = f.m WHERE a.ewblxh = '1'"
)
OPENING = (
    "balance o JOIN balance c ON c.djxh = o.djxh AND ((c.ewblxh = '1' AND c.m = 12 * o.y - 1) OR (c.ewblxh = '2' AND "
    "c.m = o.m - 3 AND c.y = o.y)) WHERE o.ewblxh = '2'"
)
RETAINED = (
    "statements s JOIN profit a ON a.pzxh = s.pzxh JOIN balance e ON e.pzxh = s.pzxh JOIN balance o ON o.pzxh = s.pzxh "
    f"WHERE {TO_DATE} AND e.ewblxh = '1' AND o.ewblxh = '2'"
)
ASSETS = (
    "(SELECT c.pzxh, any_value(zcze) AS said, any_value(c.m % 12 // 3 - (c.begun - 1) // 3 + 1) AS wanted, "
    "count(b.pzxh) AS n, sum(b.r30) AS total, arg_min(b.r30, b.m) AS first, arg_max(b.r30, b.m) AS last, "
    "arg_min(o.r30, b.m) AS opening FROM citret c JOIN balance b ON b.djxh = c.djxh AND b.y = c.y AND b.m <= c.m AND "
    "b.ewblxh = '1' JOIN balance o ON o.pzxh = b.pzxh AND o.ewblxh = '2' GROUP BY c.pzxh)"
)

RULES = [
    Rule("statements-once: of each quarter since 2013 of a company with the books of a small enterprise, of nobody else",
         *once("statements", f"{COMPANY} AND kjzdzzDm = '{SMALL_STANDARDS}'", f"m % 3 = 2 AND m > {SINCE}")),
    Rule("statements-columns: both statements, each with its two columns", "FROM statements",
         "SELECT s.pzxh FROM statements s " + " ".join(
             f"LEFT JOIN (SELECT pzxh, string_agg(ewblxh, '' ORDER BY ewblxh) AS {name} FROM {table} GROUP BY pzxh) "
             "USING (pzxh)" for name, table in (("p", "profit_statement"), ("b", "balance_sheet")))
         + " WHERE coalesce(p <> '12' OR b <> '12', true)"),
    rule("profit-rows: 21=1-2-3-11-14-18+20, 30=21+22-24, 32=30-31, details within their rows", "profit_statement",
         f"r21 <> r1 - r2 - r3 - r11 - r14 - r18 + r20 OR r30 <> r21 + r22 - r24 OR r32 <> r30 - r31 OR r3 < {_sum(4, 10)} OR "
         f"r11 < r12 + r13 OR r14 < {_sum(15, 17)} OR r18 < r19 OR r22 < r23 OR r24 < {_sum(25, 29)} OR r1 < 0 OR r31 < 0",
         "pzxh, ewblxh"),
    rule("profit-quarter: what is to date is what it was a quarter before, and the quarter's own", CHAINED,
         " OR ".join(f"a.r{row} <> q.r{row} + coalesce(b.r{row}, 0)" for row in PROFIT), "a.pzxh"),
    rule("balance-rows: 15=1..9+14, 20=18-19, 29=16+17+20..28, 30=15+29, 41=31..40, 47=41+46, 52=48..51, 53=47+52, 30=53",
         "balance_sheet",
         f"r15 <> {_sum(1, 9)} + r14 OR r9 < {_sum(10, 13)} OR r20 <> r18 - r19 OR r29 <> r16 + r17 + {_sum(20, 28)} OR "
         f"r30 <> r15 + r29 OR r41 <> {_sum(31, 40)} OR r46 <> {_sum(42, 45)} OR r47 <> r41 + r46 OR "
         f"r52 <> {_sum(48, 51)} OR r53 <> r47 + r52 OR r30 <> r53", "pzxh, ewblxh"),
    rule("balance-signs: nothing is held or owed below 0", "balance_sheet",
         f"least({', '.join(f'r{row}' for row in BALANCE if row < 48)}) < 0", "pzxh, ewblxh"),
    rule("balance-opening: the year begins with what the one before ended with, and says so in each quarter", OPENING,
         _differ(BALANCE, "o", "c"), "o.pzxh"),
    rule("retained: row 51 changes in the year by the net profit, less what was distributed", RETAINED,
         "e.r51 - o.r51 <> a.r32 - s.fplr OR s.fplr <> CASE WHEN e.m % 12 = 11 THEN s.fplr ELSE 0 END", "s.pzxh"),
    rule("statements-cit: revenue, cost, profit and tax to date are those of the prepayment of the quarter", TIED,
         "a.r1 <> c.revenue OR a.r2 <> c.cost OR a.r30 <> c.profit OR a.r31 <> c.prepaid + greatest(c.due, 0)", "a.pzxh"),
    rule("statements-lines: the lines of the prepayment since October 2025 are those of the profit statement", DETAILED,
         "a.r3 <> d.r3 OR a.r11 <> d.r4 OR a.r14 <> d.r5 + d.r6 OR a.r17 <> d.r6 OR a.r18 <> d.r7 OR a.r20 <> d.r9 OR "
         "a.r21 <> d.r15 OR a.r22 <> d.r16 OR a.r24 <> d.r17", "d.pzxh"),
    rule("statements-assets: the mean assets of the prepayment are those of the quarters' beginnings and ends",
         f"{ASSETS} WHERE n = wanted",
         "said <> (CASE WHEN opening = 0 THEN first ELSE opening END + 2 * total - last) // (2 * n)", "pzxh"),
]  # fmt: skip
