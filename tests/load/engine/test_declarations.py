"""What shipped journeys declare to send is what they send, one after another against the reference target."""

from __future__ import annotations

import json
import math
import os
import subprocess
from collections.abc import Callable, Iterator

import pytest

from generators.taxpayers.population import Population
from locustfiles import accounting as _accounting  # noqa: F401 (registers its journeys)
from locustfiles import cit as _cit  # noqa: F401
from locustfiles import collection as _collection  # noqa: F401
from locustfiles import general as _general
from locustfiles import invoice as _invoice  # noqa: F401
from locustfiles import printing as _printing  # noqa: F401
from renhai.binding.codec import Reply, compile_binding
from renhai.binding.loader import load_binding, normalise
from renhai.load.engine.journey_run import JourneyEngine
from renhai.load.engine.scheduler import Scheduler
from renhai.load.measure.post_stats import folded
from renhai.spec.journey_catalog import journeys
from renhai.spec.journeys.cases import Partition, TaxpayerPool
from renhai.spec.journeys.registry import FLOOR, planned_steps
from results.snapshot.facts import Facts
from results.snapshot.run import Walk
from results.verdict.validity.planned import JUDGED, Planned, Proof, prove
from tests import forked
from tests.load.http.asking import MakeClient

MakeEngine = Callable[..., JourneyEngine]


@pytest.fixture
def engine(make_client: MakeClient) -> Iterator[MakeEngine]:
    """engine(taxpayers, profile): a new pool of taxpayers, at one target that keeps its data."""
    line = ("--port", "0", "--keep-alive", "60")
    how = {"folder": forked.ROOT, "environment": os.environ, "output": subprocess.PIPE, "errors": 2}
    binding, _, path = load_binding("reference")
    compiled = compile_binding(normalise(binding, path))
    with forked.started(forked.TARGET, *line, **how) as target:
        assert target.stdout is not None
        port = int(json.loads(target.stdout.readline())["url"].rpartition(":")[2])

        def made(taxpayers: int, profile: str = "gt3_2015") -> JourneyEngine:
            pool = TaxpayerPool(Population(20150911, profile), Partition(taxpayers))
            return JourneyEngine(compiled, make_client(port), pool, Scheduler())

        yield made
        target.terminate()


def done(engine: JourneyEngine, *names: str) -> Proof:
    """The proof of a run that did these journeys, as the judge has it."""
    assert all(engine.run(name) for name in names)
    recorder = engine.recorder
    walks = {
        journey: {kind: Walk.model_validate(walk) for kind, walk in kinds.items()}
        for journey, kinds in folded(recorder.walks).items()
    }
    ended = {
        name: {"started": one.started, "completed": one.completed, "failed": one.failed}
        for name, one in recorder.journeys.items()
    }
    facts = {name: Facts(started=one.started, ok=one.ok) for name, one in recorder.books.items()}
    steps = {name: planned_steps(journeys()[name].steps) for name in dict.fromkeys(names)}
    return prove(Planned.model_validate({"journeys": steps}), walks, facts, ended, {})


# Cases travel between journeys: tests/reference/cases, test_journeys.py and test_chains.py.
CASES = ("apply.", "export.", "preference.", "quota.", "voucher.", "work.")
NEED_OTHERS = {"accounting.close", "general.certificate", "printing.again"}
ALONE = sorted(name for name in set(journeys()) - NEED_OTHERS if not name.startswith(CASES))


def told(proof: Proof) -> dict[str, str]:
    return {item.operation: item.what for item in proof.broken}


PROFILES = ("gt3_2015", "current")
LATER = [name for name in ALONE if journeys()[name].since]  # than the day of the first profile
# of each journey one profile in `make test`, in turns; with --all both
EACH = [
    (name, PROFILES[(number + turn) % 2])
    for number, name in enumerate(sorted(set(ALONE) - set(LATER)))
    for turn in (0, 1)
]
SHARE = {"test_a_journey_sends_what_it_declares_and_nothing_else": 3}


@pytest.mark.parametrize(("name", "profile"), EACH)
def test_a_journey_sends_what_it_declares_and_nothing_else(
    engine: MakeEngine, name: str, profile: str
) -> None:
    sends_what_it_declares(engine(200, profile), name)


@pytest.mark.parametrize("name", LATER)
def test_a_journey_of_later_days_does_too(engine: MakeEngine, name: str) -> None:
    sends_what_it_declares(engine(200, "current"), name)


def sends_what_it_declares(doing: JourneyEngine, name: str) -> None:
    shown = JUDGED / min(FLOOR * step.share for step in journeys()[name].steps)
    proof = done(doing, *[name] * max(60, math.ceil(shown)))
    assert told(proof) == {}
    sent = {operation for operation, one in doing.recorder.books.items() if one.started}
    assert sent <= set(journeys()[name].operations)
    rows = proof.rows
    assert {operation for operation, row in rows.items() if row.sent} == set(rows), "declared and never sent"
    assert all(row.state == "shown" for row in rows.values())


def test_certificates_are_issued_to_those_who_have_paid(engine: MakeEngine) -> None:
    proof = done(engine(200), *["declaration.file"] * 60, *["general.certificate"] * 60)
    assert told(proof) == {}
    assert proof.rows["certificate.issue"].sent > 10


JUNE, JULY = ("2015-06-01", "2015-06-30"), ("2015-07-01", "2015-07-31")


@pytest.mark.parametrize(
    ("paid_for", "days"),
    [
        ([JULY, JUNE], ("2015-06-01", "2015-07-31")),
        ([JUNE], JUNE),
        ([], ("2000-01-01", "2099-12-31")),  # an answer that tells the sum alone
        ([(None, None)], ("2000-01-01", "2099-12-31")),
    ],
)
def test_a_certificate_is_of_the_days_that_were_paid_for(
    paid_for: list[tuple[str, str]], days: tuple[str, str]
) -> None:
    with TaxpayerPool(Population(20150911, "gt3_2015"), Partition(10)).case() as case:
        steps = _general.certify(case)
        operation, _ = next(steps)
        items = [{"skssqq": first, "skssqz": last} for first, last in paid_for]
        issue, fields = steps.send(Reply("ok", {"total": 12.5, "items": items}, "", "", 200))
        assert (operation, issue) == ("certificate.paid", "certificate.issue")
        assert (fields["skssqq"], fields["skssqz"], fields["je"]) == (*days, 12.5)
        with pytest.raises(StopIteration) as end:
            steps.send(Reply("ok", {"serial": "1", "yzm": "2"}, "", "", 200))
        assert (end.value.value["skssqq"], end.value.value["skssqz"]) == days


def test_what_was_paid_is_written_off_at_the_end_of_the_day(engine: MakeEngine) -> None:
    proof = done(engine(200), *["declaration.file"] * 60, *["accounting.close"] * 40)
    assert told(proof) == {}
    assert proof.rows["accounting.arrive"].sent > 0


def test_certificates_are_printed_again_for_those_who_have_paid(engine: MakeEngine) -> None:
    proof = done(engine(200), *["declaration.file"] * 60, *["printing.again"] * 60)
    assert told(proof) == {}
    assert proof.rows["printing.certificate_ofd"].sent > 10


def test_who_filed_comes_back_to_pay_and_is_not_registered_again(engine: MakeEngine) -> None:
    proof = done(engine(200), *["declaration.declare"] * 40, *["collection.collect"] * 60)
    assert told(proof) == {}
    assert proof.rows["registration.save"].expected == proof.rows["registration.save"].shown < 100


def test_the_same_taxpayers_once_more_are_known_and_told(engine: MakeEngine) -> None:
    done(engine(100), *["declaration.file"] * 40)
    proof = done(engine(100), *["declaration.file"] * 40)
    assert told(proof) == {"registration.save": "unsent", "declaration.status": "more"}


def test_taxpayers_that_ran_out_are_told(engine: MakeEngine) -> None:
    proof = done(engine(10), *["declaration.file"] * 50)
    assert told(proof) == {"registration.query": "fewer", "registration.save": "fewer"}
    assert proof.again == 40
