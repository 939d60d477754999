"""Rules of income tax withheld from wages, stamp tax and social insurance, and their ties to other returns."""

from __future__ import annotations

from benchmarks.dataset.income_tax_rules import once
from benchmarks.dataset.invoice_rules import Rule, rule

EMPLOYER = "kzztdjlxDm <> '1120'"
MERGED, INSURED = 24222, 24250  # July 2018, November 2020, as 12 x year + month - 1
CAPITAL = "101110501"
# A person's row, and that of the same employer and year a month before; `here`: that return is in the set.
CHAIN = (
    "(SELECT w.*, b.sfzjhm AS known, b.ljsr AS b_sr, b.ljzxkc AS b_ins, b.ljzxfjkc AS b_add, b.yjse + b.ybtse AS b_tax, "
    "b.rzrq AS b_since, EXISTS (FROM staff s WHERE s.djxh = w.djxh AND s.m = w.m - 1) AND w.m % 12 > 0 AS here "
    "FROM wage w LEFT JOIN wage b ON b.djxh = w.djxh AND b.m = w.m - 1 AND b.y = w.y AND b.sfzjhm = w.sfzjhm "
    "WHERE w.cumulative)"
)
QUARTER = (
    "(SELECT s.pzxh, sum(s.jsje) FILTER (zspmDm <> '101110501') AS base, any_value(c.revenue - coalesce(b.revenue, 0)) AS "
    "sold, any_value(greatest(c.cost - coalesce(b.cost, 0), 0)) AS cost, max(s.jsje) FILTER (zspmDm NOT IN ('101110101', "
    "'101110501')) AS own FROM stamp s JOIN citret c ON c.djxh = s.djxh AND c.m = s.m LEFT JOIN citret b ON b.djxh = c.djxh "
    "AND b.y = c.y AND b.m = c.m - 3 WHERE b.pzxh IS NOT NULL OR c.m % 12 = 2 OR (c.begun - 1) // 3 = c.m % 12 // 3 "
    "GROUP BY s.pzxh)"
)
SMALL_THEN = "(t.nsrlx = 'small' OR CAST(nullif(t.ybnsrq, '') AS DATE) > s.skssqz)"
MAY_HALVE = (
    f"CASE WHEN s.skssqz < DATE '2019-01-01' THEN phjzbl = 0 WHEN {SMALL_THEN} THEN phjzbl = 50 "
    "WHEN s.skssqz < DATE '2022-01-01' THEN phjzbl = 0 ELSE phjzbl IN (0, 50) END"
)

RULES = [
    Rule("wages-once: a return of what is withheld for each month of an enterprise since July 2018, of nobody else",
         *once("wages", EMPLOYER, f"m >= {MERGED}")),
    Rule("wages-rows: rows are numbered, and nobody stands on two of them", "FROM staff",
         "SELECT pzxh FROM wage GROUP BY pzxh HAVING count(*) <> max(xh) OR min(xh) <> 1 OR count(DISTINCT xh) <> max(xh) "
         "OR count(DISTINCT sfzjhm) <> count(*)"),
    rule("wages-form: sums since January stand there since 2019, and only then", "wage",
         "cumulative <> (ljsr IS NOT NULL) OR cumulative <> (ljjcfy IS NOT NULL) OR cumulative <> (ljzxkc IS NOT NULL) OR "
         "cumulative <> (ljzxfjkc IS NOT NULL) OR cumulative <> (yjse IS NOT NULL)", "pzxh, xh"),
    rule("wages-who: employed within the period or before, at sixteen or later, since registration or later",
         "wage JOIN taxpayers t USING (djxh)",
         "rzrq > skssqz OR rzrq < t.djrq OR rzrq < make_date(substr(sfzjhm, 7, 4)::INT + 16, substr(sfzjhm, 11, 2)::INT, 1) + "
         "substr(sfzjhm, 13, 2)::INT - 1 OR sfzjlxDm <> '201' OR xm = ''", "pzxh, xh"),
    rule("wages-allowance: that of the time for each month of the year in which the person was here",
         "wage JOIN allowance a ON skssqz BETWEEN since AND until",
         "jcfy <> fen OR (cumulative AND ljjcfy <> months * fen)", "pzxh, xh"),
    rule("wages-taxable: pay less insurance, allowance and deductions, never below 0", "wage",
         "ynssde <> greatest(0, CASE WHEN cumulative THEN ljsr - ljjcfy - ljzxkc - ljzxfjkc ELSE sr - insured - jcfy END) "
         "OR sr < 0 OR jbylaobxf < 0 OR jbylbxf < 0 OR sybxf < 0 OR zfgjj < 0", "pzxh, xh"),
    rule("wages-band: percent, quick deduction and tax are of the band of what is taxable",
         "wage LEFT JOIN wage_bands ON skssqz BETWEEN since AND until AND ynssde > above AND ynssde <= upto",
         "round(sl * 100) <> percent OR sskcs <> quick OR ynse <> (ynssde * percent - 100 * quick + 50) // 100",
         "pzxh, xh"),
    rule("wages-due: the tax, less what was withheld before in the year, never below 0", "wage",
         "ybtse <> CASE WHEN cumulative THEN greatest(0, ynse - yjse) ELSE ynse END", "pzxh, xh"),
    rule("wages-chain: sums since January are those of the month before, and of this month", f"{CHAIN} WHERE here",
         "CASE WHEN known IS NULL THEN ljsr <> sr OR ljzxkc <> insured OR yjse <> 0 OR ljjcfy <> jcfy ELSE ljsr <> b_sr + sr "
         "OR ljzxkc <> b_ins + insured OR yjse <> b_tax OR ljzxfjkc < b_add OR rzrq <> b_since END", "pzxh, xh"),
    rule("wages-january: sums of January are those of the month", "wage WHERE cumulative AND m % 12 = 0",
         "ljsr <> sr OR ljzxkc <> insured OR ljjcfy <> jcfy OR yjse <> 0", "pzxh, xh"),
    rule("wages-staff: as many persons in a quarter's last month as the return of income tax says",
         "staff s JOIN citret c ON c.djxh = s.djxh AND c.m = s.m", "persons <> cyrs", "s.pzxh"),
    Rule("stamp-once: a return of stamp tax for each quarter of an enterprise since July 2018, of nobody else",
         *once("stamp_tax", EMPLOYER, f"m % 3 = 2 AND m - 2 >= {MERGED}")),
    rule("stamp-kind: the form of the time", "filed WHERE yzpzzlDm IN ('BDA0610794', 'BDA0611159')",
         "yzpzzlDm <> CASE WHEN skssqz < DATE '2021-06-01' THEN 'BDA0610794' ELSE 'BDA0611159' END", "pzxh"),
    rule("stamp-tax: an item of the time, at its rate, half up",
         "stamp LEFT JOIN stamp_rates r ON item = zspmDm AND skssqz BETWEEN r.since AND r.until",
         "stamp.ppm <> r.ppm OR bqynse <> (jsje * r.ppm + 500000) // 1000000 OR jsje < 0", "pzxh, zspmDm"),
    rule("stamp-relief: a half for whom and when there is one", "stamp s JOIN taxpayers t USING (djxh)",
         f"NOT {MAY_HALVE} OR phjmse <> CASE WHEN phjzbl = 50 THEN (bqynse + 1) // 2 ELSE 0 END", "pzxh, zspmDm"),
    rule("stamp-due: the tax less relief and what was paid before", "stamp",
         "bqybtse <> bqynse - phjmse - bqyjse1 OR bqyjse1 <> 0", "pzxh, zspmDm"),
    rule("stamp-within: contracts of a quarter are no more than it sold and what that cost", QUARTER,
         "coalesce(base, 0) > sold + cost OR coalesce(own, 0) > sold", "pzxh"),
    rule("stamp-capital: books of capital in the quarter of registration, within the registered capital",
         f"stamp s JOIN taxpayers t USING (djxh) WHERE zspmDm = '{CAPITAL}'",
         "jsje > 100 * CAST(zczb AS BIGINT) OR s.m - (12 * year(t.djrq) + month(t.djrq) - 1) NOT BETWEEN 0 AND 2",
         "pzxh"),
    Rule("insurance-once: a return for each month of an enterprise since November 2020, of nobody else",
         *once("insurance", EMPLOYER, f"m >= {INSURED}")),
    rule("insurance-rate: each part at its rate, half up", "pension JOIN insurance_rates r ON item = zspmDm "
         "AND skssqz BETWEEN r.since AND r.until",
         "pension.ppm <> r.ppm OR bqynse <> (jsje * r.ppm + 500000) // 1000000 OR bqybtse <> bqynse", "pzxh, zspmDm"),
    rule("insurance-parts: both parts, on one base, of 60 to 300 percent of the mean wage of each person",
         "(SELECT pzxh, count(*) AS n, count(DISTINCT zspmDm) AS parts, min(jsje) AS low, max(jsje) AS high, min(jfrs) AS p, "
         "max(jfrs) AS p2, any_value(fen) AS mean FROM pension JOIN mean_wage ON skssqz BETWEEN since AND until GROUP BY pzxh)",
         "n <> 2 OR parts <> 2 OR low <> high OR p <> p2 OR 100 * low NOT BETWEEN 60 * p * mean AND 300 * p * mean", "pzxh"),
    rule("insurance-wages: the persons on the payroll, and what was kept back of their wages",
         "pension i LEFT JOIN staff s ON s.djxh = i.djxh AND s.m = i.m WHERE zspmDm = '102100201'",
         "jfrs <> persons OR bqybtse <> pension", "i.pzxh"),
]  # fmt: skip
