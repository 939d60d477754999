"""Whole runs in real Locust processes against the real target: nothing is lost, whatever happens.

Each check has a target of its own and mostly waits, so they go side by side.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from renhai.core.machine.ports import free_port
from tests.load.locust.locust_run import (
    HOME,
    LocustProcess,
    PlainLocust,
    Target,
    arrivals,
    at_port,
    begin,
    closed,
    make_plan,
    post,
    run,
    target,
    until,
    workers,
)
from tests.side_by_side import Runs, side_by_side, wanted

Check = Callable[[Target, Path], None]

SIDE_BY_SIDE = 4
REGISTER = {"registration.register": 1.0}


def new(before: dict[str, dict[str, int]], after: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """What the target counted in between."""
    found = {}
    for name, counts in after.items():
        change = {kind: count - before.get(name, {}).get(kind, 0) for kind, count in counts.items()}
        if any(change.values()):
            found[name] = change
    return found


def number_of(before: dict[str, dict[str, int]], tax: Target) -> int:
    return sum(sum(counts.values()) for counts in new(before, tax.counts()).values())


def operators_of_two_posts(tax: Target, tmp_path: Path) -> None:
    posts = {
        "desk": post(0.1, registration__register=1),
        "filing": post(0.1, declaration__file=9, declaration__correct=1),
    }
    load = closed({"desk": 4, "filing": 6}, (1, 0, 10), (6, 10, 10))
    files = ["locustfiles/registration.py", "locustfiles/declaration.py"]
    before = tax.counts()
    left = run(make_plan(tmp_path, tax.url, load, posts=posts, locustfiles=files))
    measured = left.measured
    assert (left.code, measured["ended"], measured["answered"]) == (0, "completed", True)
    assert left.counts == new(before, tax.counts())
    assert left.agrees_with_itself()
    assert [group["seats"] for group in measured["groups"]] == [4, 6]
    assert all(group["completed"] > 0 and group["failed"] == 0 for group in measured["groups"])
    assert measured["duration_s"] == 7.0
    # a stall of the machine is missing in the work of its window of 5 s
    assert measured["generator"]["littles_law_error"] < 0.05 or measured["generator"]["loop_lag_ms_max"] > 100
    seconds = [line for line in left.lines if "second" in line][:7]
    assert [line["second"] for line in seconds] == list(range(7))
    assert [line["users"] for line in seconds[1:]] == [10] * 6
    assert left.lines[-1]["ended"] == "completed"
    assert "Traceback" not in left.stderr


def arrivals_shared_by_two_workers(tax: Target, tmp_path: Path) -> None:
    # 2 s of ramp to 60/s are 60 arrivals, 2 s at 60/s are 120
    load = arrivals(REGISTER, (2, 0, 60), (2, 60, 60))
    before = tax.counts()
    left = run(make_plan(tmp_path, tax.url, load), *workers(2))
    measured = left.measured
    assert measured["ended"] == "completed"
    assert (measured["load"]["arrivals_due"], measured["load"]["arrivals_dropped"]) == (180, 0)
    assert measured["journeys"]["registration.register"]["started"] == 180
    assert measured["generator"]["processes"] == 2
    assert left.counts == new(before, tax.counts())
    assert left.agrees_with_itself()


def an_interrupted_run_keeps_everything(tax: Target, tmp_path: Path) -> None:
    before = tax.counts()
    process = begin(make_plan(tmp_path, tax.url, arrivals(REGISTER, (60, 100, 100))))
    until(lambda: number_of(before, tax) > 50)
    process.signal(signal.SIGINT)
    left = process.wait()
    assert (left.code, left.measured["ended"]) == (0, "interrupted")
    assert left.counts == new(before, tax.counts())
    assert left.agrees_with_itself()
    assert 0 < left.measured["duration_s"] < 60
    assert "Traceback" not in left.stderr


def a_target_that_dies(tax: Target, tmp_path: Path) -> None:
    plan = make_plan(tmp_path / "run", "", arrivals(REGISTER, (60, 100, 100)), target_lost_s=2)
    with target(tmp_path) as doomed:
        plan["base_url"] = doomed.url
        process = begin(plan)
        until(lambda: doomed.received() > 50)
    left = process.wait()
    assert (left.measured["ended"], left.measured["answered"]) == ("target_lost", True)
    assert left.measured["operations"]["registration.query"]["errors"] > 100
    assert left.agrees_with_itself()
    reasons = (tmp_path / "run" / "failures.jsonl").read_text()
    assert "connection refused" in reasons


def a_target_that_never_was(tax: Target, tmp_path: Path) -> None:
    plan = make_plan(tmp_path, "http://127.0.0.1:9", arrivals(REGISTER, (60, 20, 20)), target_lost_s=2)
    left = run(plan)
    assert (left.measured["ended"], left.measured["answered"]) == ("target_lost", False)
    assert left.measured["duration_s"] < 20
    assert left.agrees_with_itself()


def a_run_that_its_rule_ends(tax: Target, tmp_path: Path) -> None:
    rule = {"when": "error_rate > 20%", "metric": "error_rate", "op": ">", "value": 20.0, "unit": "%"}
    with target(tmp_path, "errors=50%") as failing:
        load = arrivals(REGISTER, (60, 40, 40))
        left = run(make_plan(tmp_path / "run", failing.url, load, abort={**rule, "for_s": 1}))
        assert (left.measured["ended"], left.measured["answered"]) == ("aborted", True)
        assert left.measured["duration_s"] < 30
        assert left.counts == failing.counts()


def guarded(plan: dict[str, Any], **ceiling: float | None) -> dict[str, Any]:
    plan["guard"]["ceiling"] = {"rate": None, "operators": None, **ceiling}
    return plan


def requests_beyond_the_ceiling_wait(tax: Target, tmp_path: Path) -> None:
    # 12 journeys/s of two to three requests each, shared by two processes that may send 20/s together
    before = tax.counts()
    plan = guarded(make_plan(tmp_path, tax.url, arrivals(REGISTER, (4, 12, 12))), rate=20)
    left = run(plan, *workers(2))
    sent = number_of(before, tax)
    assert sent == sum(sum(counts.values()) for counts in left.counts.values())
    assert 40 < sent <= 20 * (2 + 4 + 3)  # saved up for 2 s, 4 s of load, 3 s to bring it to its end
    assert any("ceiling.rate of 20 requests/s held" in reason for reason in left.measured["unhealthy"])


def a_plan_above_the_ceiling_is_refused_by_the_load_process(tax: Target, tmp_path: Path) -> None:
    before = tax.counts()
    posts = {"desk": post(0.1, registration__register=1)}
    plan = make_plan(tmp_path, tax.url, closed({"desk": 6}, (2, 6, 6)), posts=posts)
    left = run(guarded(plan, operators=5))
    assert left.code != 0
    assert "ceiling.operators is 5, and the scenario asks for 6 operators" in left.stderr
    assert number_of(before, tax) == 0


def a_worker_that_is_killed(tax: Target, tmp_path: Path) -> None:
    before = tax.counts()
    process = begin(make_plan(tmp_path, tax.url, arrivals(REGISTER, (5, 50, 50))), *workers(2))
    until(lambda: number_of(before, tax) > 300)  # 150 a second, so that it has reported
    worker = psutil.Process(process.process.pid).children()[0]
    worker.kill()
    left = process.wait()
    measured = left.measured
    assert measured["ended"] == "completed"
    assert measured["duration_s"] == 5.0
    assert measured["generator"]["workers_lost"] == 1
    assert any("1 worker was lost" in reason for reason in measured["unhealthy"])
    assert left.agrees_with_itself()
    kept = sum(sum(counts.values()) for counts in left.counts.values())
    assert 100 <= kept <= number_of(before, tax)


def a_worker_that_is_killed_before_its_first_report(tax: Target, tmp_path: Path) -> None:
    """Nobody waits for it: the run ends at once, with files that say so."""
    plan = make_plan(tmp_path, tax.url, arrivals(REGISTER, (60, 50, 50)))
    process = begin(plan, *workers(2))
    until(lambda: len(psutil.Process(process.process.pid).children()) == 2)
    psutil.Process(process.process.pid).children()[0].kill()
    left = process.wait()
    measured = left.measured
    assert (measured["ended"], measured["operations"]) == ("interrupted", {})
    assert any("ended before it had reported" in reason for reason in measured["unhealthy"])
    assert "Traceback" not in left.stderr


def workers_from_elsewhere_one_of_them_late(tax: Target, tmp_path: Path) -> None:
    before = tax.counts()
    posts = {"desk": post(0.2, registration__register=1)}
    load = closed({"desk": 10}, (80, 10, 10))
    plan = make_plan(tmp_path / "run", tax.url, load, posts=posts)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    bind, join = at_port(free_port())
    master = begin(plan, "--master", "--expect-workers", "1", *bind)
    joined = [LocustProcess(tmp_path, ["--worker", "-f", "-", *join], elsewhere)]
    until(lambda: new(before, tax.counts()))
    joined.append(LocustProcess(tmp_path, ["--worker", "-f", "-", *join], elsewhere))
    until(lambda: '"workers_late": 1' in (tmp_path / "run" / "measured.json").read_text())
    until(lambda: number_of(before, tax) > 200)
    master.signal(signal.SIGINT)
    left = master.wait()
    ends = [worker.wait().code for worker in joined]
    measured = left.measured
    assert (left.code, ends, measured["ended"]) == (0, [0, 0], "interrupted")
    assert measured["generator"]["workers_lost"] == 0
    assert left.counts == new(before, tax.counts())
    assert left.agrees_with_itself()


def workers_stop_when_their_master_dies(tax: Target, tmp_path: Path) -> None:
    before = tax.counts()
    plan = make_plan(tmp_path, tax.url, arrivals(REGISTER, (60, 50, 50)))
    process = begin(plan, *workers(2))
    until(lambda: new(before, tax.counts()))
    left_alone = psutil.Process(process.process.pid).children()
    process.process.kill()
    gone, alive = psutil.wait_procs(left_alone, timeout=20)
    process.kill()
    assert (len(gone), alive) == (2, [])


def plain_locust(tax: Target, tmp_path: Path) -> None:
    before = tax.counts()
    plain = plainly(HOME / "locustfiles" / "registration.py", tax, tmp_path)
    until(lambda: number_of(before, tax) > 20)
    plain.signal(signal.SIGINT)
    left = plain.wait()
    assert left.code == 0, left.stderr
    assert new(before, tax.counts())["registration.kinds"]["ok"] > 0
    assert "registration.kinds" in left.stderr
    assert "Traceback" not in left.stderr


def plainly(path: Path, tax: Target, tmp_path: Path) -> PlainLocust:
    """Plain `locust -f PATH`, headless, with five operators."""
    line = ["-f", str(path), "--headless", "--host", tax.url, "--only-summary", "-u", "5", "-r", "5"]
    return PlainLocust(tmp_path, line, tmp_path, RENHAI_SEED="7")


PRESSES_CTRL_C = """
import os, signal
from itertools import count

from locustfiles.registration import register
from renhai import JourneyUser, journey, lognormal

presses = count()

@journey("registration.interrupted", sends=["registration.query", "registration.save", "registration.kinds"])
def interrupted(desk):
    known = yield from register(desk)
    if next(presses) == 0:  # a second Ctrl-C would end Locust in the middle of its own end
        os.kill(os.getpid(), signal.SIGINT)
    return known

class Operator(JourneyUser):
    journeys = {"registration.interrupted": 1}
    think_time = lognormal(median=2, p95=6)
"""


def plain_locust_interrupted_between_two_lines_of_a_journey(tax: Target, tmp_path: Path) -> None:
    path = tmp_path / "presses_ctrl_c.py"
    path.write_text(PRESSES_CTRL_C)
    left = plainly(path, tax, tmp_path).wait()
    assert left.code == 0, left.stderr
    assert tax.counts()["registration.kinds"]["ok"] > 0
    assert "registration.kinds" in left.stderr
    assert "Traceback" not in left.stderr


CHECKS = (
    operators_of_two_posts,
    arrivals_shared_by_two_workers,
    an_interrupted_run_keeps_everything,
    a_target_that_dies,
    a_target_that_never_was,
    a_run_that_its_rule_ends,
    requests_beyond_the_ceiling_wait,
    a_plan_above_the_ceiling_is_refused_by_the_load_process,
    a_worker_that_is_killed,
    a_worker_that_is_killed_before_its_first_report,
    workers_from_elsewhere_one_of_them_late,
    workers_stop_when_their_master_dies,
    plain_locust,
    plain_locust_interrupted_between_two_lines_of_a_journey,
)


def on_a_target(check: Check, folder: Path) -> None:
    with target(folder / "target") as tax:
        check(tax, folder)


@pytest.fixture(scope="module")
def under_way(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runs[None]]:
    """All selected checks, begun at once."""
    here = wanted(request, "check")

    def go(check: Check) -> None:
        on_a_target(check, tmp_path_factory.mktemp(check.__name__))

    acts = {check.__name__: partial(go, check) for check in CHECKS if check in here}
    with side_by_side(acts, SIDE_BY_SIDE) as begun:
        yield begun


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_run(check: Check, under_way: Runs[None]) -> None:
    under_way.result(check.__name__)
