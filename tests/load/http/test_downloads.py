"""Answers that are too long to be held: read by length and digest, held to 64 MiB, from a real server too."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renhai.binding.answers.received import HELD, LARGEST, Received
from renhai.binding.answers.rules import compile_judge
from renhai.binding.codec import compile_binding
from renhai.binding.loader import load_binding, normalise
from renhai.checks.engine_client import EngineClient
from renhai.load.http.types import Limits
from tests.load.http.asking import MakeClient
from tests.load.http.test_parser import CHUNKED, head, read

FEW = Limits(headers=1000, body=100, download=1000)
PIECE = bytes(range(256)) * 4096  # a MiB
RULE = {"format": "binary", "status": [200], "where": {}, "code": "", "reason": [], "data": ""}


def chunked(body: bytes, size: int) -> bytes:
    parts = [body[i : i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@given(
    st.binary(min_size=101, max_size=1000), st.integers(1, 1000), st.sampled_from(["length", "chunks", "end"])
)
def test_a_long_body_is_its_length_and_digest_however_it_comes(body: bytes, cut: int, way: str) -> None:
    wire = {
        "length": head(f"Content-Length: {len(body)}") + body,
        "chunks": CHUNKED + chunked(body, 40),
        "end": head() + body,
    }[way]
    answer = read(*[wire[i : i + cut] for i in range(0, len(wire), cut)], limits=FEW, end=way == "end")
    assert answer.error == ""
    assert isinstance(answer.body, Received) and answer.body == b""
    assert (answer.body.length, answer.body.sha256) == (len(body), hashlib.sha256(body).hexdigest())


@pytest.mark.parametrize(
    ("wire", "error"),
    [
        (head("Content-Length: 1001"), "body too large"),  # not waited for
        (CHUNKED + chunked(b"x" * 1001, 50), "body too large"),
        (head() + b"x" * 1001, "body too large"),
        (head("Content-Length: 500", "Content-Encoding: gzip") + b"x" * 500, "body too large"),
        (head("Content-Length: 500") + b"x" * 499, "closed inside answer"),
        (head("Content-Length: 500") + b"x" * 501, "bytes that nobody asked for followed the answer"),
        (CHUNKED + chunked(b"x" * 500, 50) + b"HTTP", "bytes that nobody asked for followed the answer"),
        (CHUNKED + b"1;" + b"x" * 3000, "malformed: more framing than body"),
        (CHUNKED + chunked(b"x" * 500, 50)[:-5] + b"1;" + b"x" * 9000, "malformed: more framing than body"),
    ],
)
def test_what_is_wrong_with_a_long_body_is_told(wire: bytes, error: str) -> None:
    pieces = [wire[:60], *[wire[i : i + 100] for i in range(60, len(wire), 100)]]
    assert read(*pieces, limits=FEW, end=True).error == error


def test_the_answer_after_a_long_one_is_read_whole() -> None:
    from renhai.load.http.parser import AnswerReader
    from renhai.load.http.types import Result

    reader, found = AnswerReader(FEW), []
    for body in (b"x" * 300, b"y" * 50, b"z" * 200):
        result = Result()
        reader.begin(result, to_head=False)
        wire = head(f"Content-Length: {len(body)}") + body
        assert [reader.feed(wire[:90]), reader.feed(wire[90:])][-1] or len(wire) < 90
        found.append(result.body)
    assert [getattr(body, "length", bytes(body)) for body in found] == [300, b"y" * 50, 200]


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"sha256": hashlib.sha256(PIECE * 20).hexdigest()}, ""),
        ({"length": 20 << 20}, ""),
        ({"length": {"at_least": 1}}, ""),
        ({"length": 1000}, "the answer has 20,971,520 bytes, not 1,000"),
        ({"length": {"at_most": 1000}}, "the answer has 20,971,520 bytes, not from 0 to 1,000"),
        ({"sha256": "0" * 64}, "the answer's SHA-256 is 3568217a72ee..., not 000000000000..."),
        ({}, "body too large"),
        ({"paper": "pdf", "length": 20 << 20}, "body too large"),
        ({"format": "json"}, "body too large"),
        ({"format": "text", "contains": ["x"]}, "body too large"),
        ({"format": "json", "where": {"code": 0}}, "body too large"),
    ],
)
def test_only_a_rule_of_length_or_digest_judges_what_was_not_held(rule: dict[str, Any], reason: str) -> None:
    body = Received.of(20 << 20, hashlib.sha256(PIECE * 20).hexdigest())
    reply = compile_judge({**RULE, **rule})(200, head(), body, ())
    assert (reply.outcome, reply.reason) == ("error" if reason else "ok", reason)
    assert reply.code == ("200" if reason and reason != "body too large" else ""), "we read no further"


def test_a_capture_cannot_be_read_from_what_was_not_held() -> None:
    body = Received.of(20 << 20, "0" * 64)
    judge = compile_judge({**RULE, "length": 20 << 20}, seen=lambda answer: None)
    assert judge(200, head(), body, ()).reason == "body too large"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """Python's own file server, in a process of its own: (its folder, its port)."""
    folder = tmp_path_factory.mktemp("files")
    with (folder / "large.bin").open("wb") as file:
        file.writelines([PIECE] * 20)
    with (folder / "too_large.bin").open("wb") as file:
        file.truncate(LARGEST + 1)
    command = [
        sys.executable,
        "-u",
        "-m",
        "http.server",
        "0",
        "--bind",
        "127.0.0.1",
        "--directory",
        str(folder),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        assert child.stdout is not None
        yield folder, int(child.stdout.readline().split("port ")[1].split()[0])
        child.kill()


def test_a_real_download_is_judged_without_being_held(
    files: tuple[Path, int], make_client: MakeClient, tmp_path: Path
) -> None:
    _, port = files
    client = make_client(port, limits=Limits(download=LARGEST))
    tracemalloc.start()
    result = client.request(b"GET", b"/large.bin")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert result.error == "" and isinstance(result.body, Received)
    assert (result.body.length, result.body.sha256) == (20 << 20, hashlib.sha256(PIECE * 20).hexdigest())
    assert result.bytes_in > HELD and most < 1 << 20
    assert client.request(b"GET", b"/too_large.bin").error == "body too large"
    assert make_client(port).request(b"GET", b"/large.bin").error == "body too large"  # of no download


def test_what_asks_beside_a_run_judges_a_download_as_the_run_does(
    files: tuple[Path, int], tmp_path: Path
) -> None:
    _, port = files
    place = tmp_path / "files.yaml"
    digest = hashlib.sha256(PIECE * 20).hexdigest()
    place.write_text(
        f"name: files\nenvironment: test\nurl: http://127.0.0.1:{port}\n"
        "defaults: {method: GET, body: null}\noperations:\n"
        f"  file.right: {{path: /large.bin, success: {{format: binary, sha256: {digest!r}}}}}\n"
        "  file.wrong: {path: /large.bin, success: {format: binary, length: 20971519}}\n"
    )
    found, _, path = load_binding(str(place))
    compiled = compile_binding(normalise(found, path))
    asking = EngineClient(f"http://127.0.0.1:{port}", ["127.0.0.1"], compiled)
    said = []
    for operation in ("file.right", "file.wrong"):
        request = compiled.request(operation, {})
        answered = asking.ask(request)
        assert answered.error == ""
        said.append(compiled.judge(operation, answered.status, answered.head, answered.body).outcome)
    asking.close()
    assert said == ["ok", "error"]
