"""What `renhai drain` is asked to look at, and what it is told."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from renhai.checks.drain.whole import Draining

TARGET = """\
name: lab
environment: test
url: URL
success: {status: [200], format: json, where: {ok: "1"}, data: data}
operations:
  flow.list: {path: /flows}
  filing.list: {path: /filings}
"""
DRAIN = """\
name: lab
target: ./lab.yaml
until: "2015-09-28T18:00:00+08:00"
open:
  - {name: flows, list: flow.list, rows: rows, next: {after: next}, item: item, unit: unit,
     state: {field: zt, open: [10, 20], closed: [90]}}
stops:
  - {name: filing, list: filing.list, rows: rows, stored: received, unit: unit,
     at: "2015-09-28T10:00:00+00:00"}
"""
BEFORE, AFTER = "2015-09-28T09:59:59+00:00", "2015-09-28T10:00:00+00:00"
NOW = datetime(2015, 9, 29, tzinfo=UTC)
CLOSED = {"zt": "90", "item": "A", "unit": "1"}


def look(now: datetime = NOW) -> dict[str, Any]:
    draining = Draining(Path("drain.yaml"), None)
    return draining.look(draining.client(), now)


STOCK = """\
name: hall
until: "2015-09-28T18:00:00+08:00"
stock:
  old: {file: old.csv}
  keeper: {file: keeper.csv, by: a, blind: true}
  checker: {file: checker.csv, by: b, blind: true}
"""
HEAD = "kind,code,first,last\n"


def counted(text: str = STOCK) -> tuple[str, list[str]]:
    Path("hall.yaml").write_text(text, encoding="utf-8")
    found = Draining(Path("hall.yaml"), None).look(None, NOW)
    return found["verdict"], found["problems"]


WATCH = (
    DRAIN.partition("stops:")[0].replace("[10, 20]", "[10]")
    + """stops:
  - {name: filing, list: filing.list, rows: rows, watch: 1ms, unit: unit}
"""
)
BOOKED = """\
name: lab
target: ./lab.yaml
until: "2015-09-28T18:00:00+08:00"
booked:
  - {name: trial, list: filing.list, rows: rows, since: "2015-09-28T10:00:00+00:00", stored: received,
     taxpayer: nsrsbh, called: nsrmc, file: booked.csv, column: 税号, name_column: 名称}
"""
PAPER = """\
name: lab
target: ./lab.yaml
until: "2015-09-28T18:00:00+08:00"
paper:
  - {name: paper, list: filing.list, rows: rows, file: paper.csv, match: {税号: nsrsbh, 税额: ybtse},
     time: {column: 时间, field: blsj}}
"""
DUE = PAPER.replace("time: {column: 时间, field: blsj}", "due: {column: 期限, field: received}")
TEN, ELEVEN = "2015-09-28T10:00:00+08:00", "2015-09-28T11:00:00+08:00"
