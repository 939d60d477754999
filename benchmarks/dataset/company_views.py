"""Tables of the facts of company_facts, and views of the returns of companies, in DuckDB."""

from __future__ import annotations

from typing import Any

import duckdb

from benchmarks.dataset.company_facts import (
    ALLOWANCE,
    CIT_LAYOUTS,
    CIT_SIZE,
    CIT_SLICES,
    INSURANCE_RATES,
    MEAN_WAGE,
    STAMP_RATES,
    WAGE_BANDS,
)

FACTS: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
    "cit_forms": (
        "since DATE, until DATE, layout VARCHAR, kind VARCHAR",
        [(since, until, table, kind) for table, since, until, kind, _, _ in CIT_LAYOUTS],
    ),
    "cit_slices": (
        "since DATE, until DATE, above BIGINT, upto BIGINT, permille BIGINT",
        [(a, b, 100 * low, 100 * high, rate) for a, b, rows in CIT_SLICES for low, high, rate in rows],
    ),
    "cit_size": (
        "since DATE, until DATE, staff BIGINT, other_staff BIGINT, assets BIGINT, other_assets BIGINT",
        [(a, b, s, o, 100 * sy, 100 * oy) for a, b, s, o, sy, oy in CIT_SIZE],
    ),
    "wage_bands": (
        "since DATE, until DATE, above BIGINT, upto BIGINT, percent BIGINT, quick BIGINT",
        [
            (a, b, 100 * rows[n - 1][0] if n else -1, 100 * upto, percent, 100 * quick)
            for a, b, rows in WAGE_BANDS
            for n, (upto, percent, quick) in enumerate(rows)
        ],
    ),
    "allowance": (
        "since DATE, until DATE, fen BIGINT",
        [(a, b, 100 * yuan) for a, b, yuan in ALLOWANCE],
    ),
    "mean_wage": ("since DATE, until DATE, fen BIGINT", [(a, b, 100 * yuan) for a, b, yuan in MEAN_WAGE]),
    "stamp_rates": (
        "since DATE, until DATE, item VARCHAR, ppm BIGINT",
        [(a, b, f"101110{item}", ppm) for a, b, items in STAMP_RATES for item, ppm in items.items()],
    ),
    "insurance_rates": (
        "since DATE, until DATE, item VARCHAR, ppm BIGINT",
        [(a, b, item, ppm) for a, b, items in INSURANCE_RATES for item, ppm in items.items()],
    ),
}
CIT = " UNION ALL ".join(
    f"SELECT pzxh, '{table}' AS layout, {', '.join(f'{row} AS {name}' for name, row in rows.items())}, "
    f"{signed} AS signed, xxwl, cyrs, zcze FROM {table}"
    for table, _, _, _, signed, rows in CIT_LAYOUTS
)
BEGUN = "CASE WHEN year(djrq) = y THEN month(djrq) ELSE 1 END"
VIEWS = f"""
CREATE VIEW filed AS SELECT *, 12 * year(skssqz) + month(skssqz) - 1 AS m, 12 * year(skssqq) + month(skssqq) - 1 AS m0,
  year(skssqz) AS y FROM declarations;
CREATE VIEW cit AS {CIT};
CREATE VIEW citret AS SELECT c.*, f.djxh, f.m, f.m0, f.y, f.skssqz, f.sbrq1, t.hyDm, {BEGUN} AS begun
  FROM cit c JOIN filed f USING (pzxh) JOIN taxpayers t ON t.djxh = f.djxh;
CREATE VIEW profit AS SELECT p.*, f.djxh, f.m, f.y, {BEGUN} AS begun FROM profit_statement p JOIN filed f USING (pzxh)
  JOIN taxpayers t ON t.djxh = f.djxh;
CREATE VIEW balance AS SELECT b.*, f.djxh, f.m, f.y, {BEGUN} AS begun FROM balance_sheet b JOIN filed f USING (pzxh)
  JOIN taxpayers t ON t.djxh = f.djxh;
CREATE VIEW at_bureau AS SELECT t.*, since FROM taxpayers t JOIN (SELECT djxh, min(12 * year(rdyxqq) + month(rdyxqq) - 1)
  AS since FROM tax_kinds WHERE zsxmDm = '10101' GROUP BY djxh) USING (djxh);
CREATE VIEW over AS SELECT unnest(range(first_month - 1, last_month)) AS m FROM span;
CREATE VIEW sales AS SELECT pzxh, sum(asysljsxse + ajybfjsxse + mdtbfckxse + msxse) AS sales FROM vat_main
  WHERE ewblxh IN ('1', '3') GROUP BY pzxh UNION ALL SELECT pzxh, yzzzsbhsxse + msxse + ckmsxse FROM vat_small_2014
  UNION ALL SELECT pzxh, r1 + r4 + r9 + r13 FROM vat_small_2016;
CREATE VIEW wage AS SELECT w.*, f.djxh, f.m, f.y, f.skssqz, f.m >= 24228 AS cumulative,
  w.jbylaobxf + w.jbylbxf + w.sybxf + w.zfgjj AS insured,
  f.m - greatest(12 * year(rzrq) + month(rzrq) - 1, 12 * f.y) + 1 AS months
  FROM wages w JOIN filed f USING (pzxh);
CREATE VIEW staff AS SELECT pzxh, any_value(djxh) AS djxh, any_value(m) AS m, count(*) AS persons, sum(sr) AS pay,
  sum(jbylaobxf) AS pension, sum(ybtse) AS due FROM wage GROUP BY pzxh;
CREATE VIEW stamp AS SELECT s.*, f.djxh, f.m, f.y, f.skssqz, round(s.sysl * 1000000)::BIGINT AS ppm
  FROM stamp_tax s JOIN filed f USING (pzxh);
CREATE VIEW pension AS SELECT i.*, f.djxh, f.m, f.skssqz, round(i.sysl * 1000000)::BIGINT AS ppm
  FROM insurance i JOIN filed f USING (pzxh);
CREATE VIEW asked AS SELECT pzxh, sum(bqybtse) AS amount FROM vat_main WHERE ewblxh IN ('1', '3') GROUP BY pzxh
  UNION ALL SELECT pzxh, bqybtse FROM vat_small_2014 UNION ALL SELECT pzxh, r22 FROM vat_small_2016
  UNION ALL SELECT pzxh, due FROM cit UNION ALL SELECT pzxh, sum(ybtse) FROM wages GROUP BY pzxh
  UNION ALL SELECT pzxh, sum(bqybtse) FROM stamp_tax GROUP BY pzxh
  UNION ALL SELECT pzxh, sum(bqybtse) FROM insurance GROUP BY pzxh UNION ALL SELECT pzxh, 0 FROM statements;
"""


def add_company_views(con: duckdb.DuckDBPyConnection) -> None:
    """Add tables and views."""
    for name, (columns, rows) in FACTS.items():
        con.execute(f"CREATE TABLE {name} ({columns})")
        con.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})", rows)
    con.execute(VIEWS)
