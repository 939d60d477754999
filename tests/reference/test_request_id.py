"""The reference target repeats the id of a request in its answer, and only one that needs no escaping."""

from __future__ import annotations

import json

import pytest

from renhai.reference.http.wire import accepted, plain, problem, repeating, request_id


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ([(b"x-request-id", b"7f.A_-9")], b"7f.A_-9"),
        ([(b"accept", b"*/*")], b""),
        ([(b"x-request-id", b'"},"x":"')], b""),
        ([(b"x-request-id", b"x" * 65)], b""),
        ([(b"x-request-id", b"")], b""),
    ],
)
def test_an_id_is_taken_as_it_is_or_not_at_all(headers: list[tuple[bytes, bytes]], found: bytes) -> None:
    assert request_id({"headers": headers}) == found


def test_every_answer_in_json_can_repeat_it() -> None:
    for answer in (accepted({"pzxh": "1"}), problem(500, "no"), plain({})):
        before = json.loads(answer.body)
        assert json.loads(repeating(answer, b"7").body) == {**before, "request_id": "7"}
        assert repeating(answer, b"") == answer
    xml = accepted({})._replace(kind=b"text/xml", body=b"<a/>")
    assert repeating(xml, b"7") == xml
