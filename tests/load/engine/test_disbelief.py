"""A target that says success to everything and does nothing: the journeys notice, and so do the counts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generators.taxpayers.population import Population
from locustfiles import declaration as _declaration  # noqa: F401 (registers its journeys)
from locustfiles import invoice as _invoice  # noqa: F401
from renhai.binding.codec import compile_binding
from renhai.binding.loader import load_binding, normalise
from renhai.load.engine.journey_run import JourneyEngine
from renhai.load.engine.scheduler import Scheduler
from renhai.spec.journeys.cases import Partition, TaxpayerPool
from results.verdict.reasons.reason import EN
from tests.load.http.asking import MakeClient
from tests.load.http.scripted_server import ScriptedServer

OWED_NEVER = {"registered": True, "filed": False, "pzxh": "7", "items": [], "paid": False}
FILED_ALWAYS = {"registered": True, "filed": True}


@pytest.mark.parametrize(
    ("data", "journey", "blamed", "asked"),
    [
        ({}, "declaration.file", "declaration.submit", 5),
        (OWED_NEVER, "declaration.file", "collection.unpaid", 5),
        ({}, "invoice.cycle", "", 0),
    ],
)
def test_a_success_with_which_the_journey_cannot_go_on_is_an_error(
    data: dict[str, Any],
    journey: str,
    blamed: str,
    asked: int,
    server: ScriptedServer,
    make_client: MakeClient,
) -> None:
    engine = engine_at(server, make_client, data)
    assert engine.run(journey) == (not blamed)
    books = engine.recorder.books
    assert {name for name, book in books.items() if book.errors} == ({blamed} if blamed else set())
    assert all(book.started == book.ok + book.errors for book in books.values())
    assert [failure.outcome for failure in engine.recorder.failures.values()] == ["error"] * bool(blamed)
    if blamed:
        assert sum(book.started for book in books.values()) == asked
        assert journey in next(iter(engine.recorder.failures.values())).reason


def test_a_target_where_everything_is_filed_already_leaves_nothing_to_file(
    server: ScriptedServer, make_client: MakeClient
) -> None:
    engine = engine_at(server, make_client, FILED_ALWAYS)
    assert not engine.run("declaration.file")
    assert engine.recorder.books["declaration.status"].ok == 36
    assert [reason.matter(EN) for reason in engine.complaints] == [
        "taxpayers exhausted: 36 periods of a taxpayer are filed already"
    ]


def engine_at(server: ScriptedServer, make_client: MakeClient, data: dict[str, Any]) -> JourneyEngine:
    """The engine of a load process at a target that answers success with `data`, whatever it is asked."""
    answer = json.dumps({"rtn_code": "0", "rtn_msg": {"Code": "000"}, "data": data})
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(answer)}\r\n\r\n"
    port = server.open(["request", {"send": head + answer}, "again"])
    binding, _, path = load_binding("reference")
    plain = normalise(binding, path)
    plain["success"]["echo"] = {}  # the target repeats nothing
    compiled = compile_binding(plain)
    pool = TaxpayerPool(Population(1, "gt3_2015"), Partition(100))  # whose first taxpayer has VAT to pay
    return JourneyEngine(compiled, make_client(port), pool, Scheduler())
