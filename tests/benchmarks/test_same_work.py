"""All peers do the same work: what arrives is what benchmarks/work.py says, distinct, whoever sends it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmarks.contestants import PEERS, Contestant, Job
from benchmarks.nginx import ANSWER
from benchmarks.renhai_contestants import bare_client
from benchmarks.rig import cores
from benchmarks.work import PATH, fields

REFUSAL = {**ANSWER, "rtn_code": "1", "rtn_msg": {"Code": "101", "Message": "不通过", "Reason": ""}}


class Recorder(BaseHTTPRequestHandler):
    """Keeps every body; answers like nginx, or with a business refusal under HTTP 200."""

    protocol_version = "HTTP/1.1"
    bodies: list[tuple[str, bytes]]
    answer: bytes

    def do_POST(self) -> None:
        self.bodies.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.answer)))
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def recording(answer: object) -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    text = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
    handler = type("Handler", (Recorder,), {"bodies": [], "answer": text})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", handler.bodies
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def present(contestant: Contestant) -> Contestant:
    if why := contestant.absent():
        pytest.skip(f"{contestant.name}: {why}")
    return contestant


@pytest.fixture(params=[*PEERS, bare_client()], ids=lambda contestant: contestant.name)
def contestant(request: pytest.FixtureRequest) -> Contestant:
    return present(request.param)


def job(url: str, file: Path | None = None) -> Job:
    return Job(url, 1.0, 2, cores().generator, file)


def test_every_peer_sends_the_fields_of_the_work_distinct_in_each_request(
    contestant: Contestant, tmp_path: Path
) -> None:
    with recording(ANSWER) as (url, bodies):
        own = contestant.round(job(url), tmp_path)
    documents = [json.loads(body) for _, body in bodies]
    expected = fields(1, 1)
    assert own.accepted > 0 and own.refused == 0
    assert 0 <= len(bodies) - own.accepted <= 2
    assert {path for path, _ in bodies} == {PATH}
    assert all(list(document) == list(expected) for document in documents)
    assert all(280 <= len(json.dumps(d, ensure_ascii=False).encode()) <= 420 for d in documents)
    keys = [(document["djxh"], document["nsrsbh"]) for document in documents]
    assert len(set(keys)) == len(keys)
    assert all(
        {key: type(value) for key, value in document.items() if key != "sqldse"}
        == {key: type(value) for key, value in expected.items() if key != "sqldse"}
        for document in documents
    )


def test_every_peer_reads_the_business_code(contestant: Contestant, tmp_path: Path) -> None:
    with recording(REFUSAL) as (url, bodies):
        own = contestant.round(job(url), tmp_path)
    assert own.accepted == 0 and own.refused > 0
    assert 0 <= len(bodies) - own.refused <= 2


@pytest.mark.parametrize("peer", PEERS, ids=lambda contestant: contestant.name)
def test_every_peer_can_send_the_lines_of_a_prepared_file(peer: Contestant, tmp_path: Path) -> None:
    contestant = present(peer)
    lines = [json.dumps({"nsrmc": "长沙", "n": n}, ensure_ascii=False) for n in range(50)]
    file = tmp_path / "bodies.jsonl"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with recording(ANSWER) as (url, bodies):
        own = contestant.round(job(url, file), tmp_path)
    assert own.accepted > 0
    assert {body.decode() for _, body in bodies} <= set(lines)
    assert len({body for _, body in bodies}) > min(len(bodies), 50) // 2
