"""Answers that are wrong, lost or nobody's, in a load process: an answer, a silence, an error of the run."""

from __future__ import annotations

from pathlib import Path

import gevent
import pytest

from generators.taxpayers.population import Population
from renhai.binding.codec import compile_binding
from renhai.load.engine import journeys
from renhai.load.engine.failures import ON_CONNECTION, blame_machine
from renhai.load.engine.journey_run import JourneyEngine
from renhai.load.engine.journeys import Steps, journey
from renhai.load.engine.scheduler import Scheduler
from renhai.load.http.connection import NO_FILE, NO_PORT
from renhai.load.http.types import Result, Timeouts
from renhai.load.measure.recorder import packed
from renhai.spec.journeys.cases import Partition, TaxpayerPool
from results.verdict.reasons import Reason
from results.verdict.reasons.machine import DescriptorsExhausted, PortsExhausted
from tests.binding.making import plain
from tests.load.http.asking import MakeClient, until
from tests.load.http.scripted_server import OK, ScriptedServer, Step

GOOD = OK.replace("2\r\n\r\nok", '10\r\n\r\n{"code":0}')
RULE = "success: {where: {code: 0}, data: {n: {path: n, as: number, default: 0}}}\n"


@pytest.fixture
def once() -> str:
    """A journey of one request."""
    name = "wrong.answers"

    def walk(pool: TaxpayerPool) -> Steps:
        reply = yield "a.b", {}
        return reply.ok

    journeys.JOURNEYS.pop(name, None)
    journey(name, sends=["a.b"])(walk)
    return name


def engine_at(client: MakeClient, port: int, folder: Path) -> JourneyEngine:
    compiled = compile_binding(plain(folder, f"{RULE}operations:\n  a.b: {{path: /a, body: null}}\n"), {})
    pool = TaxpayerPool(Population(20150911, "gt3_2015"), Partition(100))
    timeouts = Timeouts(connect=2, send=2, read=0.5, total=2)
    return JourneyEngine(compiled, client(port, timeouts=timeouts), pool, Scheduler())


def told(engine: JourneyEngine) -> tuple[int, int, int, int]:
    """answers, silences, unasked, lost_reused."""
    report = packed(engine.recorder.take(), lambda: None)
    return report["answers"], report["silences"], report["unasked"], report["lost_reused"]


@pytest.mark.parametrize(
    ("steps", "reason", "answered"),
    [
        ([{"send": GOOD[:-3]}, "close"], "closed inside answer", True),
        ([{"send": GOOD[:20]}, "close"], "closed inside answer", True),
        ([{"send": GOOD.replace("10", "99999999")}, "hang"], "body too large", True),
        ([{"send": GOOD.replace("\r\n\r\n", "\r\nContent-Length: 3\r\n\r\n")}, "hang"], "malformed: ", True),
        ([{"send": GOOD + GOOD}, "hang"], "bytes that nobody asked for followed the answer", True),
        ([{"send": OK}, "hang"], "200 the answer is not JSON", True),
        (
            [{"send": GOOD.replace("10", "17").replace("0}", '0,"n":{}}')}, "hang"],
            "200 the answer cannot be read",
            True,
        ),
        (["close"], "closed before answer", False),
        (["reset"], "connection reset before answer", False),
        (["hang"], "read timeout", False),
    ],
)
def test_a_wrong_answer_is_an_answer_and_only_silence_is_none(
    server: ScriptedServer,
    make_client: MakeClient,
    tmp_path: Path,
    once: str,
    steps: list[Step],
    reason: str,
    answered: bool,
) -> None:
    engine = engine_at(make_client, server.open(["request", *steps]), tmp_path)
    assert not engine.run(once)
    (failure,) = engine.recorder.failures.values()
    assert failure.outcome == "error" and failure.reason.startswith(reason)
    unasked = int("nobody" in reason)
    assert told(engine) == (int(answered), int(not answered), unasked, 0)


def test_bytes_on_an_idle_connection_are_an_error_of_the_run(
    server: ScriptedServer, make_client: MakeClient, tmp_path: Path, once: str
) -> None:
    port = server.open(["request", {"send": GOOD}, {"told": "HTTP/1.1 200 OK"}, "hang"])
    engine = engine_at(make_client, port, tmp_path)
    assert engine.run(once)
    server.tell(port)
    until(lambda: engine.recorder.unasked > 0)
    (failure,) = engine.recorder.failures.values()
    assert (failure.operation, failure.response) == (ON_CONNECTION, "HTTP/1.1 200 OK")
    assert told(engine) == (1, 0, 1, 0)
    assert told(engine) == (0, 0, 0, 0)  # told once


def test_a_request_lost_on_a_reused_connection_is_counted_apart(
    server: ScriptedServer, make_client: MakeClient, tmp_path: Path, once: str
) -> None:
    engine = engine_at(make_client, server.open(["request", {"send": GOOD}, "request", "close"]), tmp_path)
    assert engine.run(once)
    gevent.sleep(0.15)
    assert not engine.run(once)
    (failure,) = engine.recorder.failures.values()
    said, _, idle = failure.reason.rpartition("idle ")
    assert said == "closed before answer on a reused connection, "
    assert idle.endswith(" s") and float(idle.removesuffix(" s")) >= 0.1, "longer on a machine that is busy"
    assert told(engine) == (1, 1, 0, 1)


@pytest.mark.parametrize(
    ("error", "blamed"),
    [
        (NO_PORT, [PortsExhausted()]),
        (NO_FILE[0], [DescriptorsExhausted()]),
        (NO_FILE[1], [DescriptorsExhausted()]),
        ("connection refused", []),
        ("connect timeout", []),
    ],
)
def test_what_cannot_be_opened_is_seen_and_what_the_machine_lacks_makes_the_run_invalid(
    make_client: MakeClient, tmp_path: Path, error: str, blamed: list[Reason]
) -> None:
    """A complaint of a load process makes its run invalid."""
    engine, result = engine_at(make_client, 9, tmp_path), Result()
    result.error = error
    engine.opened(result)
    blame_machine(engine, error)
    assert engine.complaints == dict.fromkeys(blamed, 2)
    (failure,) = engine.recorder.failures.values()
    assert (failure.operation, failure.reason) == (ON_CONNECTION, f"{error} when an operator sat down")
