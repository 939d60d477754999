"""Rules of the quarterly prepayment of corporate income tax, and how companies pay each tax but VAT."""

from __future__ import annotations

from benchmarks.dataset.company_facts import NO_COMPANIES
from benchmarks.dataset.invoice_rules import Rule, rule

CIT = "('BDA0610756', 'BDA0611033')"
KINDS = {  # kinds of return by what they are of
    "vat_main": "('BDA0610606')", "vat_small": "('BDA0610611')", "cit": CIT, "wages": "('BDA0610135')",
    "stamp_tax": "('BDA0610794', 'BDA0611159')", "insurance": "('BDA0611046')", "statements": "('ZLA0610219')",
}  # fmt: skip
IN_TABLES = " UNION ".join(
    f"SELECT DISTINCT pzxh, '{name}' AS what FROM {table}"
    for name, table in (
        ("vat_main", "vat_main"), ("vat_small", "vat_small_2014"), ("vat_small", "vat_small_2016"), ("cit", "cit"),
        ("wages", "wages"), ("stamp_tax", "stamp_tax"), ("insurance", "insurance"), ("statements", "statements"),
        ("statements", "profit_statement"), ("statements", "balance_sheet"),
    )
)  # fmt: skip
OF_KIND = (
    "CASE " + " ".join(f"WHEN yzpzzlDm IN {kinds} THEN '{what}'" for what, kinds in KINDS.items()) + " END"
)


def due_returns(who: str, months: str) -> str:
    """The returns that are due: of whom, for the periods that end in which months (`m`)."""
    return f"(SELECT djxh, m FROM at_bureau, over WHERE m >= since AND {who} AND {months})"


def once(what: str, who: str, months: str) -> tuple[str, str]:
    """Subjects and broken rows of a rule: each return that is due is there, once, and no other is."""
    expected = due_returns(who, months)
    found = f"(SELECT djxh, m, count(*) AS n FROM filed WHERE yzpzzlDm IN {KINDS[what]} GROUP BY ALL)"
    return f"FROM {expected}", (
        f"SELECT e.djxh, e.m, r.djxh, r.m FROM {expected} e FULL JOIN {found} r ON r.djxh = e.djxh AND r.m = e.m "
        "WHERE e.m IS NULL OR r.m IS NULL OR n <> 1"
    )


COMPANY = f"djzclxDm NOT IN {NO_COMPANIES}"
BEFORE = (
    "(SELECT c.pzxh, c.prepaid, c.revenue, c.m % 12 // 3 - (c.begun - 1) // 3 AS wanted, count(b.pzxh) AS n, "
    "coalesce(sum(greatest(b.due, 0)), 0) AS asked, max(b.revenue) AS sold FROM citret c LEFT JOIN citret b "
    "ON b.djxh = c.djxh AND b.y = c.y AND b.m < c.m GROUP BY ALL)"
)
SMALL = (
    "(SELECT c.*, staff, other_staff, assets, other_assets, hyDm[1:2] BETWEEN '06' AND '46' AS industry, CASE "
    "WHEN income <= 0 THEN 0 "
    "WHEN m = 24191 AND income > 20000000 AND income <= 30000000 THEN "
    "(income * (20 * greatest(0, 10 - begun) + 10 * (13 - begun - greatest(0, 10 - begun))) + 50 * (13 - begun)) "
    "// (100 * (13 - begun)) "
    "WHEN income <= most THEN (taxed + 500) // 1000 "
    "WHEN m < 24189 AND income <= 30000000 THEN (income * 20 + 50) // 100 END AS small_tax "
    "FROM citret c JOIN (SELECT pzxh, max(upto) AS most, sum(permille * greatest(0, least(income, upto) - above)) AS taxed "
    "FROM citret JOIN cit_slices ON skssqz BETWEEN since AND until GROUP BY pzxh) USING (pzxh) "
    "JOIN cit_size z ON skssqz BETWEEN z.since AND z.until)"
)
DECLARED = (
    "(SELECT c.pzxh, c.revenue, c.m - (12 * c.y + c.begun - 1) + 1 AS wanted, sum(r.m - greatest(r.m0, 12 * c.y + c.begun "
    "- 1) + 1) AS months, sum(sales) AS sales FROM citret c JOIN ret r ON r.djxh = c.djxh AND r.m0 >= 12 * c.y "
    "AND r.m <= c.m JOIN sales s ON s.pzxh = r.pzxh GROUP BY ALL)"
)
BY_COMPANIES = (
    "(SELECT d.pzxh, d.zsxmDm, d.ybtse, d.jkqx, f.djxh, f.m, f.y, f.sbrq1, count(p.pzxh) AS n, coalesce(sum(kkje), 0) AS paid, "
    "coalesce(sum(dkje), 0) AS set_off, min(jkrq) AS first_paid, max(jkrq) AS last_paid, "
    "coalesce(bool_or(jkrq > d.jkqx), false) AS late, any_value(last_month) AS last_month "
    "FROM dues d JOIN filed f USING (pzxh) JOIN span ON true LEFT JOIN payments p USING (pzxh) "
    "WHERE d.zsxmDm IN ('10104', '10111', '10210') GROUP BY ALL)"
)
PREPAID_BY = (
    "(SELECT c.pzxh, any_value(c.prepaid) AS prepaid, coalesce(sum(kkje), 0) AS paid FROM citret c "
    f"JOIN {BEFORE} w ON w.pzxh = c.pzxh AND n = wanted LEFT JOIN citret b ON b.djxh = c.djxh AND b.y = c.y AND b.m < c.m "
    "LEFT JOIN payments p ON p.pzxh = b.pzxh AND jkrq < c.sbrq1 WHERE n > 0 GROUP BY c.pzxh)"
)

RULES = [
    Rule("known-return: each return is of a known kind, and stands in the tables of that kind alone", "FROM declarations",
         f"SELECT f.pzxh, yzpzzlDm, what FROM declarations f FULL JOIN ({IN_TABLES}) USING (pzxh) "
         f"WHERE coalesce({OF_KIND} <> what, true)"),
    Rule("cit-once: a return for each quarter of a company, none of anybody else", *once("cit", COMPANY, "m % 3 = 2")),
    rule("quarter: income tax, stamp tax and statements are of a quarter, what is withheld and insurance of a month", "filed "
         f"WHERE yzpzzlDm NOT IN {KINDS['vat_main']} AND yzpzzlDm NOT IN {KINDS['vat_small']}",
         f"m - m0 <> CASE WHEN yzpzzlDm IN {KINDS['cit']} OR yzpzzlDm IN {KINDS['stamp_tax']} OR yzpzzlDm IN "
         f"{KINDS['statements']} THEN 2 ELSE 0 END "
         "OR day(skssqq) <> 1 OR skssqz <> last_day(skssqz)", "pzxh"),
    Rule("cit-layout: a return stands once, on the layout and kind of its quarter", "FROM citret",
         "SELECT c.pzxh, c.layout FROM citret c JOIN declarations d USING (pzxh) LEFT JOIN cit_forms l "
         "ON c.skssqz BETWEEN l.since AND l.until WHERE coalesce(c.layout <> l.layout OR d.yzpzzlDm <> kind, true)"),
    rule("cit-income: profit and what is added, less what is not taxed and losses; a loss is not used beyond the income",
         "cit", "income <> profit + more - less - losses OR losses < 0 OR (losses > 0 AND income < 0)", "pzxh"),
    rule("cit-tax: a quarter of the income, half up, nothing on a loss", "cit",
         "rate <> 0.25 OR tax <> (greatest(income, 0) * 25 + 50) // 100", "pzxh"),
    rule("cit-due: the tax less relief and what was prepaid; below 0 since April 2021 alone", "cit",
         "due <> CASE WHEN signed THEN tax - relief - prepaid - paid ELSE greatest(0, tax - relief - prepaid - paid) END "
         "OR relief < 0 OR relief > tax OR prepaid < 0", "pzxh"),
    rule("cit-prepaid: what the quarters of the year before asked for", f"{BEFORE} WHERE n = wanted",
         "prepaid <> asked", "pzxh"),
    rule("cit-to-date: what was sold since January does not fall", f"{BEFORE} WHERE n > 0", "revenue < sold", "pzxh"),
    rule("cit-small: who is small by income, staff and assets has the relief of the time, nobody else", SMALL,
         "(xxwl = 'Y') <> (small_tax IS NOT NULL AND cyrs <= CASE WHEN industry THEN staff ELSE other_staff END AND "
         "zcze <= CASE WHEN industry THEN assets ELSE other_assets END) OR "
         "relief <> CASE WHEN xxwl = 'Y' THEN tax - small_tax ELSE 0 END OR cyrs < 1 OR zcze < 0", "pzxh"),
    rule("cit-revenue: what was sold since January is what the returns of VAT say", f"{DECLARED} WHERE months = wanted",
         "revenue <> sales", "pzxh"),
    rule("cit-lines: profit follows from the lines, the relief of small enterprises is in that of all", "cit_2025",
         "r15 <> r1 - r2 - r3 - r4 - r5 - r6 - r7 + r8 + r9 + r10 + r11 + r12 + r13 + r14 OR r18 <> r15 + r16 - r17 OR "
         "r28_1 < 0 OR r28_1 > r28 OR (xxwl = 'N' AND r28_1 > 0)", "pzxh"),
    Rule("item: what is due is of the levy item of its return", "FROM dues JOIN declarations USING (pzxh)",
         f"SELECT pzxh, zsxmDm FROM dues JOIN declarations USING (pzxh) WHERE coalesce(zsxmDm <> CASE {OF_KIND} "
         "WHEN 'vat_main' THEN '10101' WHEN 'vat_small' THEN '10101' WHEN 'cit' THEN '10104' WHEN 'wages' THEN '10106' "
         "WHEN 'stamp_tax' THEN '10111' WHEN 'insurance' THEN '10210' END, true) UNION ALL "
         "SELECT pzxh, p.zsxmDm FROM payments p JOIN dues d USING (pzxh) WHERE p.zsxmDm <> d.zsxmDm OR p.skssqz <> d.skssqz"),
    rule("paid-in-time: income tax, stamp tax and insurance are paid on filing or later, in two parts at most, in full within "
         "two months after the month of filing", BY_COMPANIES,
         "n > 2 OR set_off <> 0 OR paid > ybtse OR coalesce(first_paid < sbrq1, false) OR (paid < ybtse AND m + 3 <= last_month) "
         "OR coalesce(12 * year(last_paid) + month(last_paid) - 1 > m + 3, false)", "pzxh"),
    rule("cit-prepaid-paid: what is prepaid this year was paid before the day of filing", PREPAID_BY, "prepaid <> paid",
         "pzxh"),
    rule("some-late: of each tax some are paid late, fewer than one in six",
         f"(SELECT zsxmDm, count(*) AS n, count(*) FILTER (late) AS late FROM {BY_COMPANIES} GROUP BY zsxmDm HAVING n >= 100)",
         "late = 0 OR 6 * late > n", "zsxmDm, n, late"),
]  # fmt: skip
