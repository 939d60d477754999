"""What journeys do together at the end of a turn of the loop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic_ns
from typing import Any

import gevent
import pytest
from orjson import loads

from generators.taxpayers.population import Population
from renhai.binding.codec import compile_binding
from renhai.load.engine.journey_run import JourneyEngine, JourneyRun
from renhai.load.engine.journeys import Steps
from renhai.load.engine.scheduler import LoopTurn, Scheduler
from renhai.load.measure.intents import IntentLog
from renhai.load.measure.recorder import Starts
from renhai.safety.rate_limit import TokenBucket
from renhai.spec.journeys.cases import Partition, TaxpayerPool
from renhai.spec.journeys.registry import JOURNEYS, journey
from results.checks.audit.intents import intent_files, read_intents
from tests.binding.making import plain
from tests.load.http.asking import MakeClient, until

RULES = "success: {where: {code: 0}, data: {n: n}}\noperations:\n  a.b: {path: /a, receipt: [n, who]}\n"
NAME = "turn.once"
PEOPLE = 5


class Server(ThreadingHTTPServer):
    request_queue_size = 128  # all connect at once
    daemon_threads, block_on_close = True, False


class Target:
    """A real server that answers once it may; `arrived`: the intents on file when each request came."""

    def __init__(self, receipts: Path) -> None:
        self.arrived: list[int] = []
        self.may_answer = threading.Event()
        target, lock = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                with lock:
                    on_file = receipts.read_bytes().count(b'["a.b",') if receipts.exists() else 0
                    target.arrived.append(on_file)
                target.may_answer.wait(5)
                answer = b'{"code":0,"n":"7"}'
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(answer), answer))

            def log_message(self, *_: Any) -> None:
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=[0.01], daemon=True).start()


Made = tuple[JourneyEngine, Target, IntentLog]


@pytest.fixture
def made(make_client: MakeClient, tmp_path: Path) -> Iterator[Made]:
    (tmp_path / "receipts").mkdir()
    path = tmp_path / "receipts" / "worker-0.jsonl"
    target = Target(path)
    compiled = compile_binding(plain(tmp_path, RULES), {})
    pool = TaxpayerPool(Population(20150911, "gt3_2015"), Partition(100))
    engine = JourneyEngine(compiled, make_client(target.server.server_port), pool, Scheduler())
    log = IntentLog(path, "run-1", 0, compiled.receipts, {}, pytest.fail)
    engine.intents = log
    yield engine, target, log
    target.may_answer.set()
    target.server.shutdown()
    target.server.server_close()


@pytest.fixture(autouse=True)
def _registry() -> Iterator[None]:
    before = dict(JOURNEYS)
    yield
    JOURNEYS.clear()
    JOURNEYS.update(before)


def walked(after: Callable[[Any], bool] = lambda reply: bool(reply.ok)) -> str:
    """A journey of one write; `after` its answer says how it ended."""

    def walk(pool: TaxpayerPool) -> Steps:
        reply = yield "a.b", {"who": "somebody"}
        return after(reply)

    journey(NAME, sends=["a.b"])(walk)
    return NAME


def begin(engine: JourneyEngine, count: int, ended: list[str]) -> list[JourneyRun]:
    return [engine.begin(NAME, monotonic_ns(), lambda run, how, now: ended.append(how)) for _ in range(count)]


def answers_in_one_turn(target: Target, count: int) -> None:
    """The loop stands still until all of them are there to be read."""
    until(lambda: len(target.arrived) == count)
    target.may_answer.set()
    time.sleep(0.2)


@pytest.mark.parametrize("count", [1, PEOPLE, LoopTurn.MOST, 2 * LoopTurn.MOST + 3])
def test_intents_of_all_are_on_file_before_the_first_request_is_sent(made: Made, count: int) -> None:
    engine, target, log = made
    target.may_answer.set()
    ended: list[str] = []
    walked()
    begin(engine, count, ended)
    until(lambda: len(ended) == count)
    assert ended == ["completed"] * count
    assert min(target.arrived) >= min(count, LoopTurn.MOST)
    assert sorted(target.arrived)[-1] == count
    log.close()
    found = read_intents(intent_files(log.path.parent.parent), "run-1", 1)
    assert [(row.fate, row.values["n"], row.values["who"]) for row in found.writes["a.b"]] == [
        ("ok", "7", "somebody")
    ] * count


def test_no_answer_is_timed_late_for_what_another_one_led_to(made: Made) -> None:
    engine, target, _ = made
    went_on: list[int] = []

    def after(reply: Any) -> bool:
        went_on.append(monotonic_ns())
        time.sleep(0.05)
        return True

    ended: list[str] = []
    walked(after)
    runs = begin(engine, PEOPLE, ended)
    answers_in_one_turn(target, PEOPLE)
    until(lambda: len(ended) == PEOPLE)
    assert max(run.intended_ns for run in runs) < min(went_on), "when an answer was read"
    assert engine.recorder.books["a.b"].ok == PEOPLE


def test_who_is_disbelieved_is_the_one_whose_journey_could_not_be_completed(made: Made) -> None:
    engine, target, _ = made
    engine.recorder.starts = Starts(0)
    turns = iter([False, True, False, True, True])
    ended: list[str] = []
    walked(lambda reply: next(turns))
    begin(engine, PEOPLE, ended)
    answers_in_one_turn(target, PEOPLE)
    until(lambda: len(ended) == PEOPLE)
    rows = engine.recorder.starts.take()
    assert [row[2] == "ok" for row in rows] == [how == "completed" for how in ended]
    assert [row[2] for row in rows] == ["error", "ok", "error", "ok", "ok"]


def test_what_is_given_up_before_it_is_sent_is_told_of_as_such(made: Made) -> None:
    engine, target, log = made
    ended: list[str] = []
    walked()
    runs = begin(engine, PEOPLE, ended)
    assert engine.busy
    runs[0].cut()
    engine.cut_unsent()
    assert not any(run.exchange for run in runs)
    gevent.sleep(0.05)
    assert (ended, target.arrived, engine.busy) == (["cut"] * PEOPLE, [], False)
    assert engine.recorder.books["a.b"].started == 0
    log.close()
    found = read_intents(intent_files(log.path.parent.parent), "run-1", 1)
    assert (found.holes, [(row.fate, row.reason) for row in found.writes["a.b"]]) == (
        [], [("fail", "given up before it was sent")] * PEOPLE)  # fmt: skip


def test_one_that_raises_harms_none_beside_it(
    made: Made, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    engine, target, _ = made
    ended: list[str] = []
    walked()
    begin(engine, PEOPLE, ended)
    judge, asked = engine.binding.judge, []

    def broken(*arguments: Any) -> Any:
        asked.append(1)
        if len(asked) == 2:
            raise RuntimeError("of a plug-in's own")
        return judge(*arguments)

    monkeypatch.setattr(engine.binding, "judge", broken)
    answers_in_one_turn(target, PEOPLE)
    until(lambda: len(ended) == PEOPLE - 1)
    assert ended == ["completed"] * (PEOPLE - 1)
    assert (len(engine.sessions), engine.recorder.waiting) == (1, 1), "it stays under way, and is unfinished"
    assert "of a plug-in's own" in capfd.readouterr().err


def test_a_request_that_the_client_refuses_breaks_its_journey_alone(made: Made) -> None:
    engine, target, _ = made
    target.may_answer.set()
    ended: list[str] = []
    walked()
    runs = begin(engine, PEOPLE, ended)
    assert runs[1].sent is not None
    runs[1].sent = runs[1].sent._replace(path=b"no path")
    until(lambda: len(ended) == PEOPLE)
    assert sorted(ended) == ["completed"] * (PEOPLE - 1) + ["failed"]
    assert "ValueError" in next(iter(engine.complaints)).en


class Taken:
    """In the place of the journal: the fields of each request, as they are once its answer has come."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def keep(self, run: JourneyRun, operation: str, reply: Any) -> None:
        self.told.append(run.fields)


@pytest.mark.parametrize("held", [False, True])
def test_what_is_told_of_a_request_is_what_it_was_made_of(made: Made, held: bool) -> None:
    """Journeys that fill in one and the same template, by turns; also where a ceiling holds requests back."""
    engine, target, log = made
    engine.journal = Taken()
    if held:
        engine.bucket = TokenBucket(100, 1)
        for _ in range(200):  # all that it saved up
            engine.bucket.wait_ns(monotonic_ns())
    sent: list[bytes] = []
    template: dict[str, Any] = {"who": "", "rows": [{"n": 0}]}
    ended: list[str] = []
    build = engine.binding.request

    def request(operation: str, fields: Any, memory: Any) -> Any:
        made = build(operation, fields, memory)
        sent.append(made.body)
        return made

    engine.binding.request = request  # type: ignore[method-assign]

    def walk(pool: TaxpayerPool) -> Steps:
        number = len(sent)
        template["who"], template["rows"][0]["n"] = f"person {number}", number
        reply = yield "a.b", template
        return bool(reply.ok)

    journey(NAME, sends=["a.b"])(walk)
    begin(engine, PEOPLE, ended)
    template["who"], template["rows"][0]["n"] = "nobody", -1
    target.may_answer.set()
    until(lambda: len(ended) == PEOPLE)
    log.close()
    assert ended == ["completed"] * PEOPLE
    expected = [{"who": f"person {number}", "rows": [{"n": number}]} for number in range(PEOPLE)]
    assert [loads(body) for body in sent] == expected
    assert sorted(engine.journal.told, key=lambda told: str(told["who"])) == expected
    found = read_intents(intent_files(log.path.parent.parent), "run-1", 1)
    assert [row.values["who"] for row in found.writes["a.b"]] == [one["who"] for one in expected]
