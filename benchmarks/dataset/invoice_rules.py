"""Rules of registrations, numbers and invoices. Each: name, rows that it looks at, rows that break it."""

from __future__ import annotations

from typing import NamedTuple


class Rule(NamedTuple):
    """`subjects` and `broken` are queries; a rule without subjects has shown nothing."""

    name: str
    subjects: str
    broken: str


def rule(name: str, of: str, where: str, what: str = "*") -> Rule:
    """A rule whose broken rows are those of its subjects for which `where` holds (or is unknown)."""
    return Rule(name, f"SELECT * FROM {of}", f"SELECT {what} FROM {of} {_and(of)} coalesce({where}, true)")


def _and(of: str) -> str:
    """How a condition is added to a source: a table, or a query in brackets with what stands behind it."""
    return "AND" if " WHERE " in (of.rpartition(")")[2] if of.startswith("(") else of) else "WHERE"


WHOLE_RANGE = (
    "(SELECT fpDm, fpqshm, djxh, count(*) AS n, sum(hjje) AS je, sum(hjse) AS se, min(kprq) AS d, min(fphm) AS lo,"
    " max(fphm) AS hi, min(fpzlDm) AS kind, max(fpzlDm) AS kind2 FROM invoices GROUP BY ALL)"
)
# A red invoice comes up to two periods after its original: months, or quarters of small-scale taxpayers.
BEFORE_THE_SET = (
    "(r.mm < first_month + 2 OR (r.mm >= 24195 AND (r.mm // 3 - 2) * 3 < first_month AND "
    "(t.nsrlx = 'small' OR CAST(nullif(t.ybnsrq, '') AS DATE) > r.kprq)))"
)
RED_AND_ORIGINAL = "invoices r JOIN invoices o ON o.fpDm = r.yfpDm AND o.fphm = r.yfphm WHERE r.hjje < 0"

RULES = [
    Rule(
        "one-id-a-day: ids of a taxpayer follow each other, the last one is that of the register",
        "FROM taxpayer_ids",
        "SELECT i.* FROM (SELECT *, lead(yxqq) OVER (PARTITION BY djxh ORDER BY yxqq) AS next FROM taxpayer_ids) i "
        "JOIN taxpayers t USING (djxh) WHERE (next IS NULL AND (yxqz <> DATE '9999-12-31' OR i.nsrsbh <> t.nsrsbh)) "
        "OR (next IS NOT NULL AND yxqz + 1 <> next)",
    ),
    Rule(
        "one-name: names are unique at a registry and in an industry",
        "FROM taxpayers",
        "SELECT nsrmc, scjydzxzqhszDm, hyDm FROM taxpayers GROUP BY ALL HAVING count(*) > 1",
    ),
    Rule(
        "determined: everybody has VAT determined, of the scale of the register",
        "FROM taxpayers",
        "SELECT t.djxh FROM taxpayers t WHERE NOT EXISTS (FROM tax_kinds k WHERE k.djxh = t.djxh AND "
        "zsxmDm = '10101' AND rdyxqz > (SELECT today FROM span) AND (slhdwse > 0.05) = (nsrlx = 'general'))",
    ),
    Rule(
        "income-tax: companies have corporate income tax determined; sole proprietors, partnerships and individual "
        "businesses have not",
        "FROM taxpayers",
        "SELECT t.djxh FROM taxpayers t WHERE (djzclxDm NOT IN ('171', '172', '410', '411')) <> "
        "EXISTS (FROM tax_kinds k WHERE k.djxh = t.djxh AND zsxmDm = '10104')",
    ),
    rule("levied-since: nothing is determined before the bureau levied it, or before registration",
         "(SELECT k.*, djrq FROM tax_kinds k JOIN taxpayers t USING (djxh))",
         "rdyxqq < djrq OR rdyxqz < rdyxqq OR (zsxmDm IN ('10106', '10109', '10111', '30203', '30216') AND "
         "rdyxqq < DATE '2018-07-05') OR (zsxmDm = '10210' AND rdyxqq < DATE '2020-11-01')"),
    Rule(
        "reform: who came by the reform of May 2016 has VAT determined since then, who filed before has it longer",
        "FROM ret",
        "SELECT djxh FROM taxpayers t JOIN (SELECT djxh, min(rdyxqq) AS d FROM tax_kinds WHERE zsxmDm = '10101' "
        "GROUP BY djxh) k USING (djxh) LEFT JOIN (SELECT djxh, min(m0) AS m0 FROM ret GROUP BY djxh) r USING (djxh), span "
        "WHERE first_month < 24195 AND last_month > 24198 AND t.djrq < first AND coalesce(m0 > 24195, true) <> (d >= DATE '2016-05-01')",
    ),
    rule("sum: amount and tax of an invoice are its total", "invoices", "jshj <> hjje + hjse"),
    Rule(
        "lines: the lines of an invoice sum to it, are numbered, and have one rate",
        "FROM invoices",
        "SELECT i.* FROM invoices i LEFT JOIN inv_rate r USING (fpDm, fphm) "
        "WHERE coalesce(r.je <> hjje OR r.se <> hjse OR slv <> slv2 OR n <> last, true)",
    ),
    Rule("lines-of: every line is of an invoice", "FROM invoice_lines",
         "SELECT l.* FROM invoice_lines l ANTI JOIN invoices i USING (fpDm, fphm)"),
    rule("line-tax: the tax of a line is its amount times the rate", "invoice_lines",
         "abs(je * slv - se) > 6", "*"),
    rule("price: quantity times price is the amount of a line", "invoice_lines WHERE sl IS NOT NULL",
         "abs(sl * dj * 100 - je) > 1.001"),
    Rule("tax-of-invoice: the tax of an invoice is its amount times its rate", "FROM invoices",
         "SELECT i.* FROM invoices i JOIN inv_rate r USING (fpDm, fphm) WHERE abs(hjje * slv - hjse) > 6"),
    Rule(
        "in-range: an invoice has a number of a range that its seller bought before",
        "FROM invoices",
        "SELECT i.fphm, r.* FROM invoices i LEFT JOIN ranges r USING (fpDm, fpqshm) WHERE coalesce(r.djxh <> i.djxh "
        "OR r.fpzlDm <> i.fpzlDm OR fphm < fpqshm OR fphm > fpzzhm OR kprq < lgrq, true)",
    ),
    rule("priced: a line with a unit has a quantity and a price, and no other has", "invoice_lines",
         "(dw = '') <> (sl IS NULL) OR (dw = '') <> (dj IS NULL)"),
    Rule("all-verified: a range from which was issued, and whose period is over, is verified",
         "FROM verifications",
         "SELECT r.fpqshm FROM ranges r JOIN taxpayers t USING (djxh), span WHERE lgrq >= first "
         "AND last_day(CASE WHEN (nsrlx = 'general' AND CAST(nullif(ybnsrq, '') AS DATE) <= lgrq) OR "
         "lgrq < DATE '2016-04-01' THEN lgrq ELSE date_trunc('quarter', lgrq)::DATE + INTERVAL 2 MONTHS END) <= span.last "
         "AND EXISTS (FROM invoices i WHERE i.fpDm = r.fpDm AND i.fpqshm = r.fpqshm) "
         "AND NOT EXISTS (FROM verifications v WHERE v.fpDm = r.fpDm AND v.fpqshm = r.fpqshm)"),
    rule("range: a range has as many numbers as it says", "ranges",
         "fs <> CAST(right(fpzzhm, 8) AS BIGINT) - CAST(right(fpqshm, 8) AS BIGINT) + 1"),
    Rule("ranges-apart: no two ranges of a code overlap", "FROM ranges",
         "SELECT * FROM (SELECT *, lag(fpzzhm) OVER (PARTITION BY fpDm ORDER BY fpqshm) AS before FROM ranges) "
         "WHERE before >= fpqshm"),
    Rule("by-number: invoices of a range were issued in the order of their numbers", "FROM invoices",
         "SELECT * FROM (SELECT *, lag(kprq) OVER (PARTITION BY fpDm, fpqshm ORDER BY fphm) AS before, "
         "lag(fphm) OVER (PARTITION BY fpDm, fpqshm ORDER BY fphm) AS last FROM invoices) "
         "WHERE kprq < before"),
    rule("within: an invoice was issued in the months of the set, on a registered seller's day",
         "invoices JOIN taxpayers t USING (djxh), span", "kprq < first OR kprq > span.last OR kprq < t.djrq",
         "invoices.fphm"),
    Rule(
        "seller-id: the seller's number is his on the day",
        "FROM invoices",
        "SELECT i.* FROM invoices i LEFT JOIN taxpayer_ids t ON t.djxh = i.djxh AND kprq BETWEEN yxqq AND yxqz "
        "WHERE coalesce(t.nsrsbh <> xfsbh, true)",
    ),
    Rule(
        "buyer-id: a buyer of the set is registered, has his number of the day, and is not the seller",
        "FROM invoices WHERE gfdjxh <> ''",
        "SELECT i.* FROM invoices i LEFT JOIN taxpayer_ids t ON t.djxh = gfdjxh AND kprq BETWEEN yxqq AND yxqz "
        "LEFT JOIN taxpayers b ON b.djxh = gfdjxh WHERE gfdjxh <> '' AND coalesce(t.nsrsbh <> gfsbh OR "
        "kprq < b.djrq OR gfdjxh = i.djxh, true)",
    ),
    Rule(
        "special-to-whom: a VAT special invoice is made out to a number: of a company, or of who can deduct it",
        "FROM inv WHERE special",
        "SELECT i.* FROM inv i LEFT JOIN taxpayers b ON b.djxh = gfdjxh WHERE special AND (gfsbh = '' OR gfmc = '' "
        "OR (b.kzztdjlxDm = '1120' AND b.nsrlx <> 'general') OR (gfdjxh = '' AND length(gfsbh) > 18))",
    ),
    Rule(
        "red: a red invoice cancels one invoice of its seller, of its kind and rate, issued before, in full and once",
        "FROM invoices WHERE hjje < 0",
        "SELECT r.fpDm, r.fphm FROM inv r JOIN taxpayers t ON t.djxh = r.djxh LEFT JOIN invoices o ON o.fpDm = r.yfpDm AND o.fphm = r.yfphm, span "
        f"WHERE r.hjje < 0 AND (r.yfphm = '' OR (o.fphm IS NULL AND NOT {BEFORE_THE_SET}) OR "
        "o.djxh <> r.djxh OR o.fpzlDm <> r.fpzlDm OR o.hjje <> -r.hjje OR o.hjse <> -r.hjse OR o.kprq > r.kprq) "
        "UNION ALL SELECT yfpDm, yfphm FROM invoices WHERE yfphm <> '' GROUP BY ALL HAVING count(*) > 1",
    ),
    rule("red-buyer: a red invoice goes to whom its original went, who may have another id or name by now", RED_AND_ORIGINAL,
         "r.gfdjxh <> o.gfdjxh OR (r.gfsbh = '') <> (o.gfsbh = '') OR (r.gfsbh <> o.gfsbh AND r.gfmc <> o.gfmc) OR "
         "(r.gfsbh = '' AND r.gfmc <> o.gfmc)", "r.fpDm, r.fphm"),
    rule("red-goods: the lines of a red invoice are of goods that its original names, as that one names them",
         f"(SELECT l.*, yfpDm, yfphm FROM invoice_lines l JOIN (SELECT r.fpDm, r.fphm, r.yfpDm, r.yfphm FROM {RED_AND_ORIGINAL}) "
         "USING (fpDm, fphm)) l",
         "NOT EXISTS (SELECT 1 FROM invoice_lines o WHERE o.fpDm = l.yfpDm AND o.fphm = l.yfphm AND o.spbm = l.spbm AND "
         "o.spmc = l.spmc AND o.slv = l.slv)", "l.fpDm, l.fphm, l.xh"),
    rule("red-says-so: an invoice below 0 names another, and no other does", "invoices",
         "(hjje < 0) <> (yfphm <> '')"),
    Rule(
        "verified: a verification counts and sums the invoices of its range",
        "FROM verifications",
        f"SELECT v.* FROM verifications v LEFT JOIN {WHOLE_RANGE} w USING (fpDm, fpqshm) "
        "WHERE coalesce(n <> fs OR w.je <> kpje OR w.se <> v.se OR hi <> fpzzhm OR lo <> fpqshm "
        "OR w.djxh <> v.djxh, true)",
    ),
    Rule(
        "deducted: what is deducted another issued before, to the one who deducts it, in the month or the one before",
        "FROM deductions",
        "SELECT d.fphm, d.djxh FROM deductions d LEFT JOIN inv i USING (fpDm, fphm), span "
        "WHERE CASE WHEN d.kprq < first THEN i.fphm IS NOT NULL ELSE coalesce(NOT special OR i.gfdjxh <> d.djxh OR "
        "i.djxh <> d.xfdjxh OR i.hjje <> d.je OR i.hjse <> d.se OR i.kprq <> d.kprq, true) END "
        "OR strftime(d.kprq, '%Y-%m') NOT IN (ssyf, strftime((ssyf || '-01')::DATE - 1, '%Y-%m'))",
    ),
    rule("goods-code: a goods code has 19 digits, and every line has one since 2018",
         "invoice_lines JOIN invoices i USING (fpDm, fphm)",
         "NOT (regexp_full_match(spbm, '[0-9]{19}') OR (spbm = '' AND kprq < DATE '2018-01-01'))", "i.fphm"),
]  # fmt: skip
