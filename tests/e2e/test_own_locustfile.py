"""A user's own Locust file that is broken does not pass, and one that is only odd does."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tests.e2e.own_broken import BROKEN
from tests.e2e.own_file import Done, check_verdict, run_case, sent
from tests.e2e.own_odd import ODD
from tests.side_by_side import Runs, side_by_side, wanted

SHARE = 7  # of its rows run in `make test`, all with --all
SIDE_BY_SIDE = 3
CASES = {**BROKEN, **ODD}


@pytest.fixture(scope="module")
def under_way(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runs[Done]]:
    here = wanted(request, "name")

    def go(name: str) -> Done:
        return run_case(CASES[name], tmp_path_factory.mktemp("own"))

    acts: dict[str, Callable[[], Done]] = {name: partial(go, name) for name in CASES if name in here}
    with side_by_side(acts, SIDE_BY_SIDE) as begun:
        yield begun


@pytest.mark.parametrize("name", CASES)
def test_the_verdict_on_a_file(name: str, under_way: Runs[Done]) -> None:
    case, done = CASES[name], under_way.result(name)
    check_verdict(done, case.code)
    run = done.run
    told = "\n".join(run.reasons)
    for part in case.said:
        assert part in told, done.told
    assert "Traceback" not in done.stdout + done.stderr
    if case.counted and "request.fire" not in case.file:
        assert sent(run) == done.received.total(), (run.operations, done.received)
    check = CHECKS.get(name)
    if check is not None:
        check(done)


def exceptions_stand_everywhere(done: Done) -> None:
    run = done.run
    assert run.operations["U.t"].errors == run.exceptions["U.t"] == run.journeys["U.t"]["failed"] > 10
    failures = [json.loads(line) for line in (done.directory / "failures.jsonl").read_text().splitlines()]
    (failure,) = [one for one in failures if one["operation"] == "U.t"]
    assert failure["reason"] == "KeyError: 'the answer had no receipt number'"
    assert "own.py" in failure["response"]
    for text in (done.stdout, (done.directory / "report.html").read_text(encoding="utf-8")):
        assert "U.t" in text
    cases = ET.parse(done.directory / "junit.xml").getroot().iter("testcase")
    assert any("U.t" in case.get("classname", "") + case.get("name", "") for case in cases)


def the_shape_was_followed(done: Done) -> None:
    run = done.run
    assert (run.load.users, run.ended) == (4, "completed")
    assert run.duration_s < 8


def everybody_did_their_part(done: Done) -> None:
    assert set(done.run.operations) == {"GET /ok", "GET /fixed"}
    assert done.received["GET /ok"] > done.received["GET /fixed"] > 0


def logged_out_twice(done: Done) -> None:
    """Two of four left by the plan; the others were there to its end, after which nothing is sent."""
    assert done.received["POST /logout"] == 2


def only_the_tagged(done: Done) -> None:
    assert set(done.run.operations) == {"GET /ok"}
    assert set(done.run.journeys) == {"U.t"}


CHECKS: dict[str, Callable[[Done], None]] = {
    "every task raises": exceptions_stand_everywhere,
    "a shape drives the load": the_shape_was_followed,
    "weights and fixed counts, hosts of their own": everybody_did_their_part,
    "on_stop of one who leaves may send": logged_out_twice,
    "tags and its own arguments": only_the_tagged,
}
