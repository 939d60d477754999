"""All contestants do the same work: what arrives is what peers/work.py says, and answers are read."""

from __future__ import annotations

import contextlib
import json
import shutil
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest

from benchmarks.peers.contestants import PEERS, Contestant, Job
from benchmarks.peers.nginx import ANSWER
from benchmarks.peers.renhai_contestants import bare_client, renhai_closed
from benchmarks.peers.work import PATH, fields
from benchmarks.product import ROOMS, bench_home
from benchmarks.rig import HOME, cores

REFUSAL = {**ANSWER, "rtn_code": "1", "rtn_msg": {"Code": "101", "Message": "不通过", "Reason": ""}}
EVERY = 2  # the target refuses every second request, under HTTP 200
USERS = 2
ANSWERS_IN_S = 0.004  # else who asks as soon as he is answered takes the machine for a whole second


class Seen(NamedTuple):
    path: str
    body: bytes
    accepted: bool


class Recorder(BaseHTTPRequestHandler):
    """Keeps every request."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the body waits until the client has said that it has the head
    seen: list[Seen]
    lock: threading.Lock

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.lock:
            accepted = len(self.seen) % EVERY != EVERY - 1
            self.seen.append(Seen(self.path, body, accepted))
        time.sleep(ANSWERS_IN_S)
        text = json.dumps(ANSWER if accepted else REFUSAL, ensure_ascii=False, separators=(",", ":")).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None: ...


@contextlib.contextmanager
def recording() -> Iterator[tuple[str, list[Seen]]]:
    handler = type("Handler", (Recorder,), {"seen": [], "lock": threading.Lock()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", handler.seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A copy of the checkout with the scenarios of the benchmark, compiled as the checkout is."""
    with bench_home() as folder:
        for room in ROOMS:
            for made in (HOME / room).rglob("*.pyc"):
                copy = folder / made.relative_to(HOME)
                if copy.parent.parent.is_dir():
                    copy.parent.mkdir(exist_ok=True)
                    with contextlib.suppress(FileNotFoundError):  # another test makes them anew
                        shutil.copy2(made, copy)
        yield folder


def job(url: str, file: Path | None = None) -> Job:
    return Job(url, 1.0, USERS, cores().generator, file)


def present(contestant: Contestant) -> Contestant:
    if why := contestant.absent():
        pytest.skip(f"{contestant.name}: {why}")
    return contestant


def assert_the_work(seen: list[Seen]) -> None:
    """Every body has the fields of the work, in their order and of their kinds, and no two are alike."""
    expected = fields(1, 1)
    documents = [json.loads(one.body) for one in seen]
    assert {one.path for one in seen} == {PATH}
    for document, one in zip(documents, seen, strict=True):
        assert list(document) == list(expected)
        assert 280 <= len(one.body) <= 420
        assert all(isinstance(document[key], str) == isinstance(expected[key], str) for key in expected)
    keys = [(document["djxh"], document["nsrsbh"]) for document in documents]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("contestant", [*PEERS, bare_client()], ids=lambda contestant: contestant.name)
def test_peers_send_the_fields_of_the_work_and_read_the_business_code(
    contestant: Contestant, tmp_path: Path
) -> None:
    with recording() as (url, seen):
        own = present(contestant).round(job(url), tmp_path)
    assert_the_work(seen)
    accepted = sum(one.accepted for one in seen)
    assert own.accepted > 0
    # At most one request a connection is abandoned when time is up.
    assert 0 <= accepted - own.accepted <= USERS
    assert 0 <= len(seen) - accepted - own.refused <= USERS


@pytest.mark.parametrize("contestant", PEERS[1:], ids=lambda contestant: contestant.name)
def test_peers_can_send_the_lines_of_a_prepared_file(contestant: Contestant, tmp_path: Path) -> None:
    lines = [json.dumps({"nsrmc": "长沙", "n": n}, ensure_ascii=False) for n in range(50)]
    file = tmp_path / "bodies.jsonl"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with recording() as (url, seen):
        own = present(contestant).round(job(url, file), tmp_path)
    assert own.accepted > 0
    assert {one.body.decode() for one in seen} <= set(lines)
    assert len({one.body for one in seen}) > min(len(seen), 50) // 2


def test_renhai_sends_the_fields_of_the_work_and_counts_exactly(home: Path, tmp_path: Path) -> None:
    with recording() as (url, seen):
        own = renhai_closed(home, "fixed").round(job(url), tmp_path)
    assert_the_work(seen)
    accepted = sum(one.accepted for one in seen)
    assert (own.accepted, own.refused) == (accepted, len(seen) - accepted)


# Of its rows the first runs in `make test`, both with --all: the second sends one of the kinds of the first.
SHARE = {"test_renhai_sends_declarations": 2}


@pytest.mark.parametrize(
    ("work", "kinds"), [("declarations", {"BDA0610606", "BDA0610611"}), ("general", {"BDA0610606"})]
)
def test_renhai_sends_declarations(home: Path, tmp_path: Path, work: str, kinds: set[str]) -> None:
    with recording() as (url, seen):
        own = renhai_closed(home, work).round(job(url), tmp_path)
    documents = [json.loads(one.body) for one in seen]
    assert own.accepted + own.refused == len(documents) > 0
    assert {document["yzpzzlDm"] for document in documents} == kinds
    periods = [(document["djxh"], document["skssqq"]) for document in documents]
    assert len(set(periods)) == len(periods)
