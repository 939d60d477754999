"""`python -m benchmarks dataset DIR`: every tie, equation, chain and identifier of a data set.

It reads the files alone and knows nothing of the generators: rules are written once more, from the law. Exit
0: nothing differs; 1: something does; 2: no data set. A rule without a row to look at has shown nothing.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from benchmarks.dataset import income_tax_rules, invoice_rules, levy_rules, return_rules, statement_rules
from benchmarks.dataset.identifier_rules import wrong_identifiers
from benchmarks.dataset.load import differing, loaded, manifest_of

SHOWN = 3
MAY_BE_EMPTY = {("invoice_lines", "sl"), ("invoice_lines", "dj")}  # see the rule `priced`
MAY_BE_EMPTY |= {
    ("wages", name) for name in ("ljsr", "ljjcfy", "ljzxkc", "ljzxfjkc", "yjse")
}  # see `wages-form`
RULES = (
    *invoice_rules.RULES,
    *return_rules.RULES,
    *income_tax_rules.RULES,
    *statement_rules.RULES,
    *levy_rules.RULES,
)


class Result(NamedTuple):
    """A rule: how many rows it looked at, how many of them break it, and some of those."""

    rule: str
    subjects: int
    broken: int
    examples: tuple[Any, ...] = ()


def check(con: duckdb.DuckDBPyConnection, manifest: dict[str, Any]) -> Iterator[Result]:
    """Yield the result of each rule."""
    yield from keys(con, manifest)
    for name, (count, wrong) in wrong_identifiers(con).items():
        yield Result(name, count, len(wrong), tuple(wrong[:SHOWN]))
    for rule in RULES:
        subjects = con.execute(f"SELECT count(*) FROM ({_select(rule.subjects)})").fetchall()[0][0]
        broken = con.execute(f"SELECT count(*) FROM ({rule.broken})").fetchall()[0][0]
        examples = con.execute(f"FROM ({rule.broken}) LIMIT {SHOWN}").fetchall() if broken else []
        yield Result(rule.name, subjects, broken, tuple(examples))


def _select(query: str) -> str:
    return query if query.startswith("SELECT") else f"SELECT 1 {query}"


def keys(con: duckdb.DuckDBPyConnection, manifest: dict[str, Any]) -> Iterator[Result]:
    """Rows as many as said, no empty amount, count or day, no key twice, no key of nobody."""
    for name, said in manifest["tables"].items():
        count = con.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0]
        yield Result(f"rows: {name}", count, int(count != said["rows"]))
        filled = [
            c for c, kind in said["columns"].items() if kind != "text" and (name, c) not in MAY_BE_EMPTY
        ]
        if filled:
            empty = con.execute(
                f"SELECT {', '.join(f'count(*) - count({column})' for column in filled)} FROM {name}"
            ).fetchall()[0]
            missing = tuple(column for column, cells in zip(filled, empty, strict=True) if cells)
            yield Result(f"filled: {name}, but its texts", count, sum(empty), missing)
        key = ", ".join(said["key"])
        twice = con.execute(f"SELECT {key} FROM {name} GROUP BY ALL HAVING count(*) > 1").fetchall()
        yield Result(f"key: {name} ({key})", count, len(twice), tuple(twice[:SHOWN]))
        for column, of in said["refers"].items():
            table, its = of.split(".")
            lost = con.execute(
                f"SELECT {column} FROM {name} WHERE {column} <> ''"
                f" AND {column} NOT IN (SELECT {its} FROM {table})"
            ).fetchall()
            yield Result(f"refers: {name}.{column} to {of}", count, len(lost), tuple(lost[:SHOWN]))


def main(arguments: Sequence[str]) -> int:
    """Print a line for each rule."""
    options = argparse.ArgumentParser(prog="python -m benchmarks dataset", description=__doc__)
    options.add_argument("folder", type=Path, metavar="DIR", help="what `renhai generate dataset` wrote")
    folder = options.parse_args(arguments).folder
    try:
        manifest = manifest_of(folder)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    begun = time.monotonic()
    differ = differing(folder, manifest)
    for line in differ:
        print(f"MISMATCH  {line}")
    if differ:
        return 1
    with tempfile.TemporaryDirectory(prefix="renhai-check-") as room:
        con = loaded(folder, manifest, f"{room}/check.duckdb")
        results = list(check(con, manifest))
        con.close()
    for result in results:
        state = "MISMATCH" if result.broken else "ok" if result.subjects else "nothing"
        print(f"{state:8}  {result.subjects:>12,}  {result.broken:>8,}  {result.rule}")
        for example in result.examples:
            print(f"{'':32}{example}")
    wrong = sum(result.broken for result in results)
    print(
        f"{len(results)} rules, {sum(r.subjects == 0 for r in results)} with nothing to look at; "
        f"{wrong:,} mismatches; {time.monotonic() - begun:.0f} s"
    )
    return 1 if wrong else 0
