"""Recordings of uploads, nested without end, damaged, or of nothing that is an operation."""

from __future__ import annotations

import re
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path

import pytest

from renhai.binding.drafting.from_har import draft_har
from renhai.binding.loader import compile_binding, normalise
from renhai.core.errors import UsageError
from tests.binding.drafting.making import HUB, JSON, entry, har, recorded

UPLOAD = (
    '--x\r\nContent-Disposition: form-data; name="note"\r\n\r\nfor ${x}\r\n'
    '--x\r\nContent-Disposition: form-data; name="tag"\r\n\r\na\r\n'
    '--x\r\nContent-Disposition: form-data; name="tag"\r\n\r\nb\r\n'
    '--x\r\nContent-Disposition: form-data; name="meta"\r\nContent-Type: application/json\r\n\r\n{"n": 1}\r\n'
    '--x\r\nContent-Disposition: form-data; name="scan"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n'
    "one\ntwo\r\n"
    '--x\r\nContent-Disposition: form-data; name="png"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
    "\x89\x00\r\n--x--\r\n"
)


def test_a_recorded_upload_is_multipart_with_its_files(tmp_path: Path) -> None:
    text, binding = recorded(tmp_path, entry("POST", f"{HUB}/up", UPLOAD, "multipart/form-data; boundary=x"))
    (found,) = binding.operations.values()
    assert (found.format, found.headers) == ("multipart", {})
    assert found.body == {
        "note": "for $ {x}",
        "tag": ["a", "b"],
        "meta": {"text": '{"n": 1}', "type": "application/json"},
        "scan": {"text": "one\ntwo", "name": "a.txt", "type": "text/plain"},
        "png": {"text": "", "name": "a.png", "type": "image/png"},
    }
    assert "LOST: the content of file a.png" in text and "content of file a.txt" not in text
    path = tmp_path / "drafted.yaml"
    compiled = compile_binding(normalise(binding, path))
    (name,) = binding.operations
    sent = compiled.request(name, {})
    head = re.search(rb"Content-Type: multipart/form-data; boundary=(\S+)", sent.headers)
    assert head is not None
    message = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: multipart/form-data; boundary=%b\r\n\r\n" % head[1] + bytes(sent.body)
    )
    parts = [
        (p.get_param("name", header="content-disposition"), p.get_filename()) for p in message.iter_parts()
    ]
    assert parts == [
        ("note", None), ("tag", None), ("tag", None), ("meta", None), ("scan", "a.txt"), ("png", "a.png"),
    ]  # fmt: skip


# What is odd


def test_a_recording_of_static_files_alone_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="names no operation that could be drafted: 1 static file: "):
        draft_har(har(tmp_path, entry(url=f"{HUB}/a.js")))


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 50_000, '{"log": {"entries": ' + "[" * 100_000])
def test_a_document_that_is_nested_without_end_is_an_error(text: str, tmp_path: Path) -> None:
    source = tmp_path / "deep.har"
    source.write_text(text)
    with pytest.raises(UsageError, match=r"nested too deeply|neither JSON nor YAML"):
        draft_har(source)


def test_nesting_in_bodies_and_answers_does_no_harm(tmp_path: Path) -> None:
    deep = "[" * 50_000
    text, _ = recorded(
        tmp_path,
        entry("POST", body=deep + "]" * 50_000, media=JSON, answer=deep),
        entry(
            "POST",
            f"{HUB}/x",
            "<a>" * 3_000 + "</a>" * 3_000,
            "text/xml",
            "<a>" * 50_000,
            answer_media="text/xml",
        ),
    )
    assert "LOST: the body (application/json): it is nested deeper than 40 levels" in text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"log": {"entries": [{"request": {}}]}}', r"log.entries\[0\].request.url is not laid out as a HAR"),
        (
            '{"log": {"entries": [{"request": {"url": "http://a/"}}]}}',
            r"log.entries\[0\] is not laid out as a HAR",
        ),
        ('{"log": {"entries": []}}', "log.entries is missing or empty"),
        ('{"log": 3}', "log.entries is missing"),
        ("[]", "log.entries is missing"),
    ],
)
def test_a_damaged_recording_is_told_with_its_place(content: str, said: str, tmp_path: Path) -> None:
    source = tmp_path / "x.har"
    source.write_text(content)
    with pytest.raises(UsageError, match=said):
        draft_har(source)
