"""Journals out of CSV, HAR, an access log and .gor: what is wrong is told by its place."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path
from typing import Any

import pytest

from renhai.checks.journal.importing import import_journal
from renhai.core.errors import UsageError
from renhai.spec.cutover.journal.entry import Entry, JournalFile

CSV = """source: csv
at: time
taxpayer: djxh
unit: office
recorded: {code: code, ok: ["000"], data: answer}
operations:
  - {operation: declaration.submit, when: {kind: "01"}, fields: {djxh: djxh, ybtse: tax}}
  - {operation: registration.query, when: {kind: "02"}}
"""
ROWS = """kind,time,djxh,office,tax,code,answer
02,2015-09-11T09:00:00,7,14301020000,长沙,000,"{""registered"": true}"
01,2015-09-11T08:30:00,7,14301020000,12.50,GD201,
"""
WEB = """source: har
taxpayer: djxh
inside: sbb
recorded: {code: code, ok: ["0"], data: data}
operations:
  - {operation: declaration.submit, method: POST, path: "/save*.do"}
others: leave
"""


def imported(tmp_path: Path, mapping: str, name: str, data: bytes) -> list[Entry]:
    (tmp_path / "mapping.yaml").write_text(mapping, "utf-8")
    (tmp_path / name).write_bytes(data)
    import_journal(tmp_path / name, tmp_path / "mapping.yaml", tmp_path / "out.ndjson")
    return list(JournalFile(tmp_path / "out.ndjson").entries())


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_rows_become_transactions_in_the_order_of_time(tmp_path: Path, encoding: str) -> None:
    first, second = imported(tmp_path, f"encoding: {encoding}\n{CSV}", "day.csv", ROWS.encode(encoding))
    assert (first.operation, first.fields) == ("declaration.submit", {"djxh": "7", "ybtse": "12.50"})
    assert (first.outcome, first.code, first.answer) == ("rejected", "GD201", None)
    assert first.at == "2015-09-11T08:30:00.000+08:00"
    assert (second.operation, second.fields) == ("registration.query", {"djxh": "7", "tax": "长沙"})
    assert (second.outcome, second.answer, second.unit) == ("ok", {"registered": True}, "14301020000")


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (("\n01,", "\n09,"), "day.csv:3: the row is none of the mapping's operations"),
        (("T08:30:00", "T25:30:00"), "day.csv:3: time is '2015-09-11T25:30:00'"),
        ((",7,14301020000,12", ",,14301020000,12"), "day.csv:3: djxh is empty"),
        (("GD201,", "GD201"), "day.csv:3: has not as many cells"),
        (("office", "bureau"), "day.csv:1: office is no column"),
        (('"{""registered"": true}"', "{true}"), "day.csv:2: answer is no JSON"),
    ],
)
def test_a_wrong_row_is_refused_by_its_line_and_no_journal_is_left(
    tmp_path: Path, change: tuple[str, str], wrong: str
) -> None:
    assert change[0] in ROWS
    with pytest.raises(UsageError) as refused:
        imported(tmp_path, CSV, "day.csv", ROWS.replace(*change).encode())
    assert str(refused.value).startswith(f"{tmp_path}/{wrong}")
    assert not (tmp_path / "out.ndjson").exists()


def test_bytes_of_another_encoding_are_refused_never_replaced(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"day\.csv:2: is no utf-8; say encoding in the mapping"):
        imported(tmp_path, CSV, "day.csv", ROWS.replace("12.50", "长沙").encode("gbk"))


FORM, JSON = "application/x-www-form-urlencoded", "application/json"


def har(*requests: tuple[str, str, Any]) -> bytes:
    entries = [
        {
            "startedDateTime": f"2015-09-11T08:30:0{number}+08:00",
            "request": {
                "method": "POST", "url": f"http://hub.test{path}", "headers": [],
                "postData": {"mimeType": FORM, "text": f"sbb={document}&mm=geheim"},
            },
            "response": {"status": 200, "content": {"mimeType": JSON, "text": json.dumps(answer)}},
        }
        for number, (path, document, answer) in enumerate(requests)
    ]  # fmt: skip
    return json.dumps({"log": {"entries": entries}}).encode()


def test_a_har_gives_documents_answers_and_no_secret(tmp_path: Path) -> None:
    data = har(
        ("/saveSB.do", '{"djxh":"7","ybtse":1}', {"code": "0", "data": {"pzxh": "9"}}),
        ("/saveSB.do", '{"djxh":"7","ybtse":2}', {"code": "5", "msg": "no"}),
        ("/other.do", '{"djxh":"7"}', {}),
        ("/saveSB.do", '{"djxh":"8"}', "<html>"),
    )
    one, two, three = imported(tmp_path, WEB, "day.har", data)
    assert one.fields == {"mm": "***", "djxh": "7", "ybtse": 1}
    assert (one.outcome, one.answer) == ("ok", {"pzxh": "9"})
    assert (two.outcome, two.code) == ("rejected", "5")
    assert (three.outcome, three.answer) == ("", None), "HTTP 200 alone is no success"
    assert b"geheim" not in (tmp_path / "out.ndjson").read_bytes()


def test_an_access_log_gives_requests_without_answers(tmp_path: Path) -> None:
    mapping = (
        'source: access_log\ntaxpayer: djxh\noperations: [{operation: registration.query, path: "/query"}]\n'
    )
    asked = "GET /query?djxh=7&nsrmc=%E9%95%BF HTTP/1.1"
    line = f'10.0.0.7 - - [11/Sep/2015:08:30:01 +0800] "{asked}" 200 51 "-" "x"\n'
    (one,) = imported(tmp_path, mapping, "access.log", line.encode())
    assert (one.fields, one.operator, one.outcome) == ({"djxh": "7", "nsrmc": "长"}, "10.0.0.7", "")
    with pytest.raises(UsageError, match=r"access.log:2: is no line of the combined"):
        imported(tmp_path, mapping, "access.log", (line + "nonsense\n").encode())


def test_a_gor_file_pairs_an_answer_with_the_request_of_its_id(tmp_path: Path) -> None:
    def request(number: int, second: int, djxh: str) -> str:
        body = json.dumps({"djxh": djxh})
        head = "POST /save HTTP/1.1\r\nContent-Type: application/json\r\n\r\n"
        return f"1 id{number} {1441931400 + second}000000000 0\n{head}{body}"

    answer = '2 id1 1441931401000000000 5\nHTTP/1.1 200 OK\r\n\r\n{"code":"0","data":{"pzxh":"9"}}'
    parts = [request(2, 2, "8"), request(1, 1, "7"), answer]
    mapping = WEB.replace("source: har", "source: gor").replace("/save*.do", "/save")
    first, second = imported(tmp_path, mapping, "x.gor", ("\n🐵🙈🙉\n".join(parts) + "\n🐵🙈🙉\n").encode())
    assert (first.taxpayer, first.answer, second.taxpayer, second.answer) == ("7", {"pzxh": "9"}, "8", None)
    with pytest.raises(UsageError, match="payload 1: is no payload of GoReplay"):
        imported(tmp_path, mapping, "x.gor", b"nonsense")


def test_a_moment_that_no_calendar_has_is_told_by_its_place(tmp_path: Path) -> None:
    head = "POST /save HTTP/1.1\r\nContent-Type: application/json\r\n\r\n"
    mapping = (
        WEB.replace("source: har", "source: gor").replace("/save*.do", "/save").replace("inside: sbb\n", "")
    )
    data = f'1 id1 {"9" * 26} 0\n{head}{{"djxh": "7"}}\n🐵🙈🙉\n'
    with pytest.raises(UsageError, match=r"payload 1: has the time .* which no calendar has"):
        imported(tmp_path, mapping, "x.gor", data.encode())


def test_a_row_without_a_code_has_no_answer_and_none_that_is_refused(tmp_path: Path) -> None:
    (one, _) = imported(tmp_path, CSV, "day.csv", ROWS.replace("GD201", " ").encode())
    assert (one.outcome, one.code, one.answer) == ("", "", None)


@pytest.mark.parametrize("packed", [False, True])
def test_a_gor_file_gives_answers_that_came_in_chunks(tmp_path: Path, packed: bool) -> None:
    """As most application servers send them, compressed where the client takes it."""

    def chunks(body: bytes) -> bytes:
        parts = [body[:10], body[10:]]
        return b"".join(b"%x;a=b\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"

    answer, asked = b'{"code":"0","data":{"pzxh":"9"}}', b'{"djxh":"7"}'
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    request = b"POST /save HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    pieces = [
        b"1 id1 1441931400000000000 0\n" + request + chunks(asked),
        b"2 id1 1441931401000000000 5\n" + head + chunks(gzip.compress(answer) if packed else answer),
    ]
    mapping = WEB.replace("source: har", "source: gor").replace("/save*.do", "/save")
    between = "\n🐵🙈🙉\n".encode()
    (one,) = imported(tmp_path, mapping, "x.gor", between.join(pieces) + between)
    assert (one.taxpayer, one.outcome, one.answer) == ("7", "ok", {"pzxh": "9"})
    cut = [pieces[0], pieces[1].replace(b"0\r\n\r\n", b"")[:-4]]
    (one,) = imported(tmp_path, mapping, "x.gor", between.join(cut) + between)
    assert (one.outcome, one.answer) == ("", None), "an answer that was cut off is none"


def test_a_script_that_is_business_by_the_mapping_is_a_transaction(tmp_path: Path) -> None:
    """Older systems answer queries with JSON that they call JavaScript; a page's own files are left out."""

    def entry(number: int, path: str, media: str, text: str) -> dict[str, Any]:
        return {
            "startedDateTime": f"2015-09-11T08:30:0{number}+08:00",
            "request": {"method": "GET", "url": f"http://hub.test{path}", "headers": []},
            "response": {"status": 200, "content": {"mimeType": media, "text": text}},
        }

    entries = [
        entry(0, "/jquery.js", "text/javascript", "x"),
        entry(1, "/query.do?djxh=7", "text/javascript;charset=GBK", '{"code":"0","data":{"zt":"03"}}'),
    ]
    mapping = WEB.replace("method: POST", "method: GET").replace("/save*.do", "/query.do")
    mapping = mapping.replace("others: leave\n", "")
    (one,) = imported(tmp_path, mapping, "day.har", json.dumps({"log": {"entries": entries}}).encode())
    assert (one.taxpayer, one.answer) == ("7", {"zt": "03"})


def test_blank_rows_of_a_spreadsheet_are_no_transactions(tmp_path: Path) -> None:
    found = imported(tmp_path, CSV, "day.csv", f"{ROWS},,,,,,\n  ,,,,,,\n,,\n".encode())
    assert len(found) == 2
    with pytest.raises(UsageError, match=r"day.csv:4: has not as many cells as columns"):
        imported(tmp_path, CSV, "day.csv", f"{ROWS},,,,,,,x\n".encode())


ZONELESS = har(("/saveSB.do", '{"djxh":"7"}', {"code": "0"}), ("/saveSB.do", '{"djxh":"8"}', {"code": "0"}))
ZONELESS = ZONELESS.replace(b"08:30:01+08:00", b"08:30:01")


def test_a_har_s_time_without_a_zone_is_of_no_machine(tmp_path: Path) -> None:
    """A day that is recorded in China, and imported elsewhere, would be another day."""
    why = r"day\.har: log\.entries\[1\]\.startedDateTime is 2015-09-11T08:30:01, a time without a zone; say"
    with pytest.raises(UsageError, match=why):
        imported(tmp_path, WEB, "day.har", ZONELESS)
    assert not (tmp_path / "out.ndjson").exists()


@pytest.mark.parametrize(
    ("zone", "moments"),
    [
        ("+08:00", ["2015-09-11T08:30:00.000+08:00", "2015-09-11T08:30:01.000+08:00"]),
        (
            "Z",
            ["2015-09-11T00:30:00.000+00:00", "2015-09-11T08:30:01.000+00:00"],
        ),  # the other one says its own
    ],
)
@pytest.mark.parametrize("machine", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_the_mapping_says_the_zone_of_such_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: str, zone: str, moments: list[str]
) -> None:
    monkeypatch.setenv("TZ", machine)
    time.tzset()
    try:
        found = imported(tmp_path, f"zone: '{zone}'\n{WEB}", "day.har", ZONELESS)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert [(one.taxpayer, one.at) for one in found] == list(zip("78", moments, strict=True))


@pytest.mark.parametrize("zone", ["", ".5", "8", "China"])
def test_a_zone_is_an_offset(tmp_path: Path, zone: str) -> None:
    with pytest.raises(UsageError, match=r"must be an offset such as \+08:00"):
        imported(tmp_path, f"zone: '{zone}'\n{CSV}", "day.csv", ROWS.encode())
