"""`renhai drain` against a server of its own: what is open, what came late, what could not be read."""

from __future__ import annotations

import csv
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from generators.taxpayers.population import Population
from renhai.checks.drain.whole import Draining
from renhai.cli.app import run_cli
from renhai.core.errors import UsageError
from tests.docs.markdown import ROOT

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


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, list[dict[str, Any]]]]:
    """What the target holds, by path; two rows a page."""
    monkeypatch.chdir(tmp_path)
    held: dict[str, list[dict[str, Any]]] = {"/flows": [CLOSED], "/filings": [{"received": BEFORE}]}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
            first = int(asked.get("after") or 0)
            rows = held[self.path][first : first + 2] if self.path == "/flows" else held[self.path]
            more = str(first + 2) if first + 2 < len(held[self.path]) else ""
            body = json.dumps({"ok": "1", "data": {"rows": rows, "next": more}}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    (tmp_path / "lab.yaml").write_text(TARGET.replace("URL", url), encoding="utf-8")
    (tmp_path / "drain.yaml").write_text(DRAIN, encoding="utf-8")
    yield held
    server.shutdown()
    server.server_close()


def look(now: datetime = NOW) -> dict[str, Any]:
    draining = Draining(Path("drain.yaml"), None)
    return draining.look(draining.client(), now)


def test_nothing_open_and_nothing_late_is_drained(system: dict[str, list[dict[str, Any]]]) -> None:
    found = look()
    assert (found["verdict"], found["total"], found["late"], found["problems"]) == ("pass", 0, [], [])
    assert found["looked_at"] == ["flows", "filing"]
    assert run_cli(["drain", "drain.yaml"]) == 0


def test_what_is_open_is_counted_over_all_pages_by_item_and_unit(
    system: dict[str, list[dict[str, Any]]],
) -> None:
    system["/flows"] = [
        CLOSED,
        CLOSED,
        *[{"zt": 10, "item": "A", "unit": "1"}] * 3,
        {"zt": "20", "item": "B", "unit": "2"},
    ]
    found = look()
    assert (found["verdict"], found["total"]) == ("fail", 4)
    assert [(row["item"], row["unit"], row["count"]) for row in found["open"]] == [
        ("A", "1", 3),
        ("B", "2", 1),
    ]
    assert [(one["kind"], one["field"], one["count"], one["units"]) for one in found["faults"]] == [
        ("open", "A", 3, {"1": 3}),
        ("open", "B", 1, {"2": 1}),
    ]
    early = look(datetime(2015, 9, 28, 9, tzinfo=UTC))  # not yet a fault, and not drained either
    assert (early["verdict"], early["total"], early["faults"]) == ("fail", 4, [])
    assert run_cli(["drain", "drain.yaml"]) == 1


def test_a_write_at_the_hour_of_its_stop_or_later_is_a_finding(
    system: dict[str, list[dict[str, Any]]],
) -> None:
    system["/filings"] = [{"received": BEFORE}, {"received": AFTER, "unit": "1"}]
    found = look()
    assert (found["verdict"], [(one["name"], one["writes"]) for one in found["late"]]) == (
        "fail",
        [("filing", 1)],
    )
    assert [(one["kind"], one["operation"], one["count"]) for one in found["faults"]] == [
        ("after_stop", "filing", 1)
    ]


@pytest.mark.parametrize(
    ("path", "rows"),
    [
        ("/flows", [{"zt": "55", "item": "A"}]),  # a state that nobody spoke of
        ("/flows", [{"item": "A"}]),
        ("/filings", []),  # the wrong list, perhaps
        ("/filings", [{"received": BEFORE}, {"received": None}]),
        ("/filings", [{"received": "yesterday"}]),
    ],
)
def test_what_cannot_be_judged_is_never_drained(
    system: dict[str, list[dict[str, Any]]], path: str, rows: list[dict[str, Any]]
) -> None:
    system[path] = rows
    found = look()
    assert (found["verdict"], len(found["problems"])) == ("inconclusive", 1)


def test_a_stop_that_has_not_come_is_not_kept_yet(system: dict[str, list[dict[str, Any]]]) -> None:
    assert look(datetime(2015, 9, 28, 9, tzinfo=UTC))["verdict"] == "inconclusive"


def test_a_system_that_does_not_answer_has_nothing_drained(system: dict[str, list[dict[str, Any]]]) -> None:
    text = Path("lab.yaml").read_text().replace("/flows", "/elsewhere").replace('ok: "1"', 'ok: "2"')
    Path("lab.yaml").write_text(text)
    found = look()
    assert (found["verdict"], len(found["problems"])) == ("inconclusive", 2)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("list: flow.list", "list: flow.lost", "drain.yaml:5: open[0].list is flow.lost; no such operation"),
        ("+08:00", "", "drain.yaml:3: until is 2015-09-28T18:00:00; must be a day, a time and a zone"),
        ("closed: [90]", "closed: [20]", "has 20 both open and closed"),
        ("name: filing", "name: flows", "has the name flows twice"),
        ("target: ./lab.yaml", "target: reference", "which a run starts for itself; say where it stands"),
    ],
)
def test_a_mistake_is_told_by_its_line(
    system: dict[str, list[dict[str, Any]]], before: str, after: str, said: str
) -> None:
    text = DRAIN.replace(before, after)
    if after == "target: reference":
        text = text.replace("flow.list", "case.list").replace("filing.list", "declaration.list")
    Path("drain.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        Draining(Path("drain.yaml"), None)
    assert said in str(caught.value)


STOCK = """\
name: hall
until: "2015-09-28T18:00:00+08:00"
stock:
  old: {file: old.csv}
  keeper: {file: keeper.csv, by: a, blind: true}
  checker: {file: checker.csv, by: b, blind: true}
"""
HEAD = "kind,code,first,last\n"


@pytest.fixture
def hall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("hall.yaml").write_text(STOCK, encoding="utf-8")
    for name in ("old", "keeper", "checker"):
        Path(f"{name}.csv").write_text(HEAD + "2007,43,001,100\n", encoding="utf-8")


def counted(text: str = STOCK) -> tuple[str, list[str]]:
    Path("hall.yaml").write_text(text, encoding="utf-8")
    found = Draining(Path("hall.yaml"), None).look(None, NOW)
    return found["verdict"], found["problems"]


def test_a_stock_that_is_all_there(hall: None) -> None:
    assert counted() == ("pass", [])


def test_a_count_that_was_not_blind_proves_nothing(hall: None) -> None:
    verdict, problems = counted(STOCK.replace("by: b, blind: true", "by: b"))
    assert (verdict, len(problems)) == ("inconclusive", 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        HEAD,
        HEAD + "2007,43,100,001\n",
        HEAD + "2007,43,1x,2\n",
        "kind,code\n2007,43\n",
        HEAD + "2007,43,1,2,3\n",
    ],
)
def test_books_that_cannot_be_read_prove_nothing(hall: None, text: str) -> None:
    Path("old.csv").write_text(text, encoding="utf-8")
    verdict, problems = counted()
    assert (verdict, len(problems) >= 1) == ("inconclusive", True)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_lists_may_begin_with_the_mark_that_excel_writes(
    hall: None, system: dict[str, list[dict[str, Any]]], encoding: str
) -> None:
    text = STOCK.replace("checker.csv", f"checker.csv, encoding: {encoding}")
    Path("checker.csv").write_text(f"\ufeff{HEAD}2007,43,001,100\n", encoding=encoding)
    assert counted(text) == ("pass", [])
    for drain, file, rows in (
        (BOOKED, "booked.csv", "税号,名称\n1,甲\n"),
        (PAPER, "paper.csv", f"税号,税额,时间\n1,12.50,{TEN}\n"),
    ):
        Path("drain.yaml").write_text(drain.replace(file, f"{file}, encoding: {encoding}"), encoding="utf-8")
        Path(file).write_text(f"\ufeff{rows}", encoding=encoding)
        system["/filings"][:] = [{"received": AFTER, "nsrsbh": "1", "ybtse": "12.5", "blsj": TEN}]
        assert look()["verdict"] == "pass"


def test_one_person_does_not_count_twice(hall: None) -> None:
    with pytest.raises(UsageError, match="two people count"):
        counted(STOCK.replace("by: b", "by: a"))


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


def test_a_write_that_is_taken_while_it_is_watched_is_a_finding(
    system: dict[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("drain.yaml").write_text(WATCH, encoding="utf-8")
    assert look()["verdict"] == "pass"
    new = {"received": BEFORE, "unit": "7"}  # by its clock it came before: nobody asks the clock
    monkeypatch.setattr("renhai.checks.drain.whole.sleep", lambda _: system["/filings"].append(new))
    found = look()
    assert (found["verdict"], found["late"][0]["writes"], found["late"][0]["units"]) == ("fail", 1, {"7": 1})
    monkeypatch.setattr("renhai.checks.drain.whole.sleep", lambda _: system["/filings"].pop())
    assert look()["verdict"] == "inconclusive"  # a row that went is no read-only either
    system["/filings"].clear()
    assert look()["verdict"] == "inconclusive"


@pytest.mark.parametrize(
    ("served", "verdict"),
    [
        ([("1", AFTER), ("2", AFTER)], "pass"),
        ([("1", AFTER), ("2", AFTER), ("3", AFTER)], "fail"),
        ([("1", AFTER), ("2", AFTER), ("3", BEFORE)], "pass"),  # before the trial began
        ([("1", AFTER)], "inconclusive"),  # the second did not come
        ([("1", AFTER), ("2", "")], "inconclusive"),
        ([], "inconclusive"),
    ],
)
def test_who_was_served_without_a_booking_is_found_by_name(
    system: dict[str, list[dict[str, Any]]], served: list[tuple[str, str]], verdict: str
) -> None:
    Path("drain.yaml").write_text(BOOKED, encoding="utf-8")
    Path("booked.csv").write_text("税号,名称\n1,甲\n2,乙\n", encoding="utf-8")
    system["/filings"][:] = [{"received": at, "nsrsbh": who, "nsrmc": f"户{who}"} for who, at in served]
    found = look()
    assert found["verdict"] == verdict
    if verdict == "fail":
        (one,) = found["unbooked"]
        assert (one["taxpayer"], one["called"], one["writes"]) == ("3", "户3", 1)
        assert [(row["kind"], row["count"]) for row in found["faults"]] == [("not_booked", 1)]


@pytest.mark.parametrize(
    "text",
    ["", "税号,名称\n", "number,名称\n1,甲\n", "税号,名称\n1,甲\n1,乙\n", "税号,名称\n,甲\n",
     "税号,税号\n1,2\n", "税号,名称\n1\n", "税号,名称\n1,甲,乙\n"],
)  # fmt: skip
def test_a_list_of_bookings_that_cannot_be_used_proves_nothing(
    system: dict[str, list[dict[str, Any]]], text: str
) -> None:
    Path("drain.yaml").write_text(BOOKED, encoding="utf-8")
    Path("booked.csv").write_text(text, encoding="utf-8")
    system["/filings"][:] = [{"received": AFTER, "nsrsbh": "1"}]
    assert look()["verdict"] == "inconclusive"


@pytest.mark.parametrize(
    "stop", ['watch: 1s, at: "2015-09-28T10:00:00+00:00"', "unit: unit", "watch: 1s, stored: received"]
)
def test_a_stop_has_an_hour_or_a_watch(system: dict[str, list[dict[str, Any]]], stop: str) -> None:
    Path("drain.yaml").write_text(WATCH.replace("watch: 1ms", stop), encoding="utf-8")
    with pytest.raises(UsageError):
        Draining(Path("drain.yaml"), None)


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


@pytest.mark.parametrize(
    ("entered", "kinds"),
    [
        ([("1", 12.5, TEN), ("2", 7, ELEVEN)], []),
        ([("1", 12.5, TEN), ("2", 7, ELEVEN), ("3", 1, TEN)], []),  # somebody else's, not from paper
        ([("1", 12.5, TEN)], ["not_entered"]),
        ([("1", 12.5, TEN), ("2", 7, ELEVEN), ("2", 7, ELEVEN)], ["entered_twice", "other_time"]),
        ([("1", 12.5, ELEVEN), ("2", 7, ELEVEN)], ["other_time"]),
        ([("1", 12.5, ""), ("2", 7, ELEVEN)], ["other_time"]),
        ([("1", 12.51, TEN), ("2", 7, ELEVEN)], ["not_entered"]),
        ([("1", "12.50", "2015-09-28T10:00:59+08:00"), ("2", "7", ELEVEN)], []),
        ([("1", 12.5, TEN), ("2", 7.0, ELEVEN)], []),
    ],
)
def test_what_was_done_on_paper_is_entered_once_with_its_time(
    system: dict[str, list[dict[str, Any]]], entered: list[tuple[str, Any, str]], kinds: list[str]
) -> None:
    Path("drain.yaml").write_text(PAPER, encoding="utf-8")
    Path("paper.csv").write_text(f"税号,税额,时间\n1,12.50,{TEN}\n2,7,{ELEVEN}\n", encoding="utf-8")
    system["/filings"][:] = [{"nsrsbh": a, "ybtse": b, "blsj": c} for a, b, c in entered]
    found = look()
    assert sorted(row["kind"] for row in found["faults"]) == kinds
    assert found["verdict"] == ("fail" if kinds else "pass")


@pytest.mark.parametrize(
    "text",
    ["", "税号,税额,时间\n", "税号,税额\n1,2\n", "税号,税额,时间\n1,2,\n",
     f'税号,税额,时间\n1,12.50,{TEN}\n"2,7,{ELEVEN}\n'],  # a quote that swallows the second paper
)  # fmt: skip
def test_papers_that_cannot_be_read_prove_nothing(system: dict[str, list[dict[str, Any]]], text: str) -> None:
    Path("drain.yaml").write_text(PAPER, encoding="utf-8")
    Path("paper.csv").write_text(text, encoding="utf-8")
    assert look()["verdict"] == "inconclusive"


@pytest.mark.parametrize(
    ("stored", "day", "verdict"),
    [
        ("2015-10-23T15:59:59+00:00", "2015-10-23", "pass"),  # the last second of that day in China
        ("2015-10-23T16:00:00+00:00", "2015-10-23", "fail"),
        ("", "2015-10-23", "fail"),
        (TEN, "23 October", "inconclusive"),
        (TEN, "2015-10-23T08:00:00", "inconclusive"),
        (TEN, "", "inconclusive"),
    ],
)
def test_a_paper_may_be_entered_until_its_last_day(
    system: dict[str, list[dict[str, Any]]], stored: str, day: str, verdict: str
) -> None:
    Path("drain.yaml").write_text(DUE, encoding="utf-8")
    Path("paper.csv").write_text(f"税号,税额,期限\n1,12.50,{day}\n", encoding="utf-8")
    system["/filings"][:] = [{"nsrsbh": "1", "ybtse": "12.5", "received": stored}]
    found = look()
    assert found["verdict"] == verdict
    assert [row["kind"] for row in found["faults"]] == (["after_due"] if verdict == "fail" else [])


def test_the_booked_of_changsha_are_those_whom_its_pre_run_serves() -> None:
    with (ROOT / "scenarios" / "changsha" / "golive" / "booked.csv").open(encoding="utf-8") as file:
        booked = [(row["登记序号"], row["税号"], row["名称"]) for row in csv.DictReader(file)]
    people = Population(20151007, "gt3_2015")
    served = [people.taxpayer(number) for number in range(150)]
    assert booked == [(one.djxh, one.taxpayer_id, one.name) for one in served]
