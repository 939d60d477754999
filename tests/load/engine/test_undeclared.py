"""An operation that a journey does not declare is never sent, and the run is told so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from renhai.load.engine.journeys import rehearse
from renhai.spec.journeys.cases import TaxpayerPool
from renhai.spec.journeys.registry import JOURNEYS, Steps, journey
from results.verdict.reasons.generator import JourneyUndeclared
from tests.load.engine.test_disbelief import engine_at
from tests.load.http.asking import MakeClient
from tests.load.http.scripted_server import ScriptedServer


@pytest.fixture(autouse=True)
def _registry() -> Iterator[None]:
    before = dict(JOURNEYS)

    @journey("test.sly", sends=["declaration.status"])
    def sly(pool: TaxpayerPool) -> Steps:
        with pool.case() as case:
            reply = yield "declaration.status", {"djxh": case.taxpayer.djxh}
            if reply.ok:
                reply = yield "declaration.precheck", {"djxh": case.taxpayer.djxh}
            return reply.ok

    yield
    JOURNEYS.clear()
    JOURNEYS.update(before)


UNDECLARED = JourneyUndeclared(journey="test.sly", operation="declaration.precheck")


def test_it_is_not_sent_and_makes_the_run_invalid(server: ScriptedServer, make_client: MakeClient) -> None:
    engine = engine_at(server, make_client, {})
    assert not engine.run("test.sly")
    assert {name: book.started for name, book in engine.recorder.books.items()} == {"declaration.status": 1}
    assert engine.complaints == {UNDECLARED: 1}
    assert engine.recorder.journey("test.sly").failed == 1
    assert engine.sessions == set()
    assert engine.pool.case().taxpayer.index == 1  # whoever was served is free again, behind the others


def test_a_rehearsal_finds_it_before_anything_is_sent(
    server: ScriptedServer, make_client: MakeClient
) -> None:
    engine = engine_at(server, make_client, {})
    rehearse(engine, "test.sly", engine.pool)
    assert engine.complaints == {UNDECLARED: 1}
    assert engine.recorder.books == {}
    assert UNDECLARED.en.startswith("journey test.sly would send declaration.precheck, which it does not")


def test_a_login_needs_no_declaration(server: ScriptedServer, make_client: MakeClient) -> None:
    engine = engine_at(server, make_client, {})
    engine.binding.signing.logins, engine.binding.signing.renew = ("session.login",), "session.renew"
    assert engine.allowed("test.sly") == {"declaration.status", "session.login", "session.renew", ""}
