"""What an import would leave out, or take for another thing, without a word: it is refused, or kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from renhai.core.errors import UsageError
from tests.checks.journal.test_importing import CSV, FORM, JSON, ROWS, WEB, har, imported


def posted(media: str, text: str, query: str = "") -> bytes:
    (entry,) = json.loads(har(("/saveSB.do", "", {"code": "0"})))["log"]["entries"]
    entry["request"]["url"] += query
    entry["request"]["postData"] = {"mimeType": media, "text": text}
    return json.dumps({"log": {"entries": [entry]}}).encode()


PLAIN = WEB.replace("inside: sbb\n", "")
NAMED = PLAIN.replace('do"}', 'do", fields: {djxh: djxh, ybtse: ybtse}}')
PARTS = (
    '--b\r\nContent-Disposition: form-data; name="djxh"\r\n\r\n7\r\n'
    '--b\r\nContent-Disposition: form-data; name="ybtse"\r\n\r\n12.50\r\n{}--b--\r\n'
)
FILE = '--b\r\nContent-Disposition: form-data; name="fj"; filename="a.pdf"\r\n\r\nPDF\r\n'


@pytest.mark.parametrize(
    ("media", "text", "query", "fields"),
    [
        (FORM, "djxh=7&zsxm=01&zsxm=02", "", {"djxh": "7", "zsxm": ["01", "02"]}),
        (FORM, "zsxm=01", "?djxh=7&a=1&a=", {"djxh": "7", "a": ["1", ""], "zsxm": "01"}),
        ("multipart/form-data; boundary=b", PARTS.format(""), "", {"djxh": "7", "ybtse": "12.50"}),
        ("", "", "?djxh=7", {"djxh": "7"}),
    ],
)
def test_everything_that_was_sent_is_a_field(
    tmp_path: Path, media: str, text: str, query: str, fields: dict[str, Any]
) -> None:
    (one,) = imported(tmp_path, PLAIN, "day.har", posted(media, text, query))
    assert one.fields == fields


@pytest.mark.parametrize(
    ("media", "text", "lost"),
    [
        (JSON, '[{"ybtse": 1}]', "a document (application/json)"),
        (JSON, '{"ybtse": 1', "a document (application/json)"),
        ("text/xml", "<a><ybtse>1</ybtse></a>", "a document (text/xml)"),
        ("text/plain", "ybtse=1", "a document (text/plain)"),
        ("multipart/form-data; boundary=b", PARTS.format(FILE), "the file fj"),
    ],
)
def test_a_document_that_no_field_can_hold_is_never_left_out(
    tmp_path: Path, media: str, text: str, lost: str
) -> None:
    """Both systems would refuse alike what was sent without it."""
    data = posted(media, text, "?djxh=7")
    with pytest.raises(UsageError) as refused:
        imported(tmp_path, PLAIN, "day.har", data)
    assert f"request 1: POST /saveSB.do lacks here what was sent: {lost}" in str(refused.value)
    enough = PLAIN.replace('do"}', 'do", fields: {djxh: djxh}}')
    (one,) = imported(tmp_path, enough, "day.har", data)
    assert one.fields == {"djxh": "7"}
    if "multipart" not in media:
        with pytest.raises(UsageError, match="lacks here what was sent"):
            imported(tmp_path, NAMED, "day.har", data)


def test_a_name_that_no_record_has_is_misspelt(tmp_path: Path) -> None:
    data = posted(FORM, "djxh=7&ybtse=1")
    (one,) = imported(tmp_path, NAMED, "day.har", data)
    assert one.fields == {"djxh": "7", "ybtse": "1"}
    with pytest.raises(UsageError) as refused:
        imported(tmp_path, f"unit: swjg\n{NAMED.replace('ybtse: ybtse', 'ybtse: ybste')}", "day.har", data)
    assert str(refused.value).splitlines() == [
        f"{tmp_path}/mapping.yaml:6: operations[0].fields.ybtse is ybste, which none of its records has; "
        "did you mean 'ybtse'?",
        f"{tmp_path}/mapping.yaml:1: unit is swjg, which none of its records has; known: djxh, ybtse",
    ]


def test_a_taxpayer_of_two_is_nobody(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="djxh is several values: whose"):
        imported(tmp_path, PLAIN, "day.har", posted(FORM, "djxh=7&djxh=8"))


def gor(head: str, body: str) -> bytes:
    request = f"1 aa 1441931400000000000 1\nPOST /saveSB.do HTTP/1.1\r\n{head}\r\n\r\n{body}"
    return request.encode() + "\n🐵🙈🙉\n".encode()


@pytest.mark.parametrize(
    ("head", "body", "lost"),
    [
        ("Content-Type: {}\r\nContent-Length: 18", "djxh=7&ybtse=12", "all but 15 of its 18 bytes"),
        (
            "Content-Type: {}\r\nTransfer-Encoding: chunked",
            "f\r\ndjxh=7&ybtse=12\r\n",
            "the end of its chunks",
        ),
    ],
)
def test_half_a_form_is_no_form(tmp_path: Path, head: str, body: str, lost: str) -> None:
    """12 of 12.50 is another amount, and would be entered in both systems alike."""
    mapping = NAMED.replace("source: har", "source: gor")
    with pytest.raises(UsageError, match=rf"payload 1: POST /saveSB\.do lacks here what was sent: {lost}"):
        imported(tmp_path, mapping, "day.gor", gor(head.format(FORM), body))
    whole = {"18": "djxh=7&ybtse=12.50", "chunked": "12\r\ndjxh=7&ybtse=12.50\r\n0\r\n\r\n"}
    (one,) = imported(tmp_path, mapping, "day.gor", gor(head.format(FORM), whole[head.rpartition(" ")[2]]))
    assert one.fields == {"djxh": "7", "ybtse": "12.50"}
    with pytest.raises(UsageError, match="the end of its head"):
        imported(tmp_path, mapping, "day.gor", gor("Host: a", "").partition(b"Host")[0])


def test_a_column_that_stands_twice_is_not_taken_by_luck(tmp_path: Path) -> None:
    """Of those that are sent by their names; columns without one are a spreadsheet's."""
    twice = ROWS.replace("kind,", "note,kind,note,,").replace("\n0", "\na,0").replace(",2015", ",b,,2015")
    with pytest.raises(UsageError, match=r"day\.csv:1: note stands there twice"):
        imported(tmp_path, CSV, "day.csv", twice.encode())
    (_, second) = imported(tmp_path, CSV, "day.csv", twice.replace("note,kind", "more,kind").encode())
    assert second.fields == {"djxh": "7", "tax": "长沙", "more": "a", "note": "b"}


def test_columns_beside_a_document_are_no_columns_of_it(tmp_path: Path) -> None:
    mapping = f"inside: tax\n{CSV}"
    rows = ROWS.replace("12.50", '"{""je"": 12.5}"').replace("长沙", '"{}"')
    first, _ = imported(tmp_path, mapping.replace("ybtse: tax", "ybtse: je"), "day.csv", rows.encode())
    assert first.fields == {"djxh": "7", "ybtse": 12.5}


def test_a_list_of_the_newest_first_is_turned_round(tmp_path: Path) -> None:
    """Two rows of one second: who registered, declares."""
    head, last, first = ROWS.replace("T09:00:00", "T08:30:00").splitlines()
    rows = "\n".join(
        [head, first.replace("T08:30", "T10:00"), first, last, first.replace("T08:30", "T08:00")]
    )
    found = imported(tmp_path, CSV, "day.csv", rows.encode())
    kinds = [one.operation.partition(".")[0] for one in found]
    assert kinds == ["declaration", "registration", "declaration", "declaration"]
    mixed = "\n".join(
        [head, first, last, first.replace("T08:30", "T08:00"), first.replace("T08:30", "T08:10")]
    )
    found = imported(tmp_path, CSV, "day.csv", mixed.encode())
    kinds = [one.operation.partition(".")[0] for one in found]
    assert kinds == ["declaration", "declaration", "declaration", "registration"]


def test_ids_are_read_as_people_keep_them_from_spreadsheets(tmp_path: Path) -> None:
    rows = ROWS.replace(",7,", ',"=""007""",')
    assert {one.taxpayer for one in imported(tmp_path, CSV, "day.csv", rows.encode())} == {"007"}
    with pytest.raises(UsageError, match=r"day.csv:2: djxh is 1.01143E\+19, a number that a spreadsheet"):
        imported(tmp_path, CSV, "day.csv", ROWS.replace(",7,", ",1.01143E+19,").encode())


LOG = 'source: access_log\ntaxpayer: djxh\noperations: [{operation: a.b, path: "/q"}]\n'


def logged(asked: str, status: int = 200) -> str:
    return f'10.0.0.7 - - [11/Sep/2015:08:30:01 +0800] "{asked}" {status} 51 "-" "x"\n'


def test_a_connection_without_a_request_is_no_transaction(tmp_path: Path) -> None:
    """It said nothing in time, or spoke TLS."""
    odd = [logged("-", 408), logged("", 400), logged(r"\x16\x03\x01\x02\"\x00", 400)]
    text = "".join([*odd, logged("GET /q?djxh=7 HTTP/1.1"), logged("GET /q?djxh=8")])
    found = imported(tmp_path, LOG, "access.log", text.encode())
    assert [one.taxpayer for one in found] == ["7", "8"]
    for line in (logged("GET /q?djxh=7&mc=a b HTTP/1.1"), logged("get /q?djxh=7"), logged("hello", 400)):
        with pytest.raises(UsageError, match=r"access\.log:1: is no line of the combined"):
            imported(tmp_path, LOG, "access.log", line.encode())


def test_a_log_does_not_keep_what_was_posted(tmp_path: Path) -> None:
    line = logged("POST /q?djxh=7 HTTP/1.1").encode()
    with pytest.raises(UsageError, match=r"access\.log:1: POST /q lacks here .* an access log does not keep"):
        imported(tmp_path, LOG, "access.log", line)
    (one,) = imported(
        tmp_path,
        LOG.replace("/q", "/q', fields: {djxh: djxh}, domain: 'a").replace('"', "'"),
        "access.log",
        line,
    )
    assert one.fields == {"djxh": "7"}


def test_a_long_answer_in_a_cell_is_kept(tmp_path: Path) -> None:
    """A reader of CSV takes 128 KiB for a quote that does not end."""
    long = "长" * 200_000
    rows = ROWS.replace('""registered"": true', f'""mc"": ""{long}""')
    (_, second) = imported(tmp_path, CSV, "day.csv", rows.encode())
    assert second.answer == {"mc": long}


@pytest.mark.parametrize(
    ("text", "line"), [('"kind,time', 1), (ROWS + '01,"2015', 4), (f"{ROWS}\n\n", 0), (f"\ufeff{ROWS}", 0)]
)
def test_a_quote_that_does_not_end_is_told_by_its_line(tmp_path: Path, text: str, line: int) -> None:
    if line:
        with pytest.raises(UsageError, match=rf"day\.csv:{line}: is no CSV"):
            imported(tmp_path, CSV, "day.csv", text.encode())
    else:
        assert len(imported(tmp_path, f"encoding: gb18030\n{CSV}", "day.csv", text.encode("gb18030"))) == 2
