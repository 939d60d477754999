"""The end: nobody new, nothing else is sent, and what was sent is what the server counted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import yaml

from results.snapshot.run import load_run
from tests.e2e.own_file import Case, Done, check_verdict, renhai, run_case, sent, server
from tests.side_by_side import Runs, side_by_side, wanted

SHARE = 5  # of its rows run in `make test`, all with --all

SIDE_BY_SIDE = 3
LAX = {"run": ["p95 < 3.9s", "throughput >= 0.1/s"]}
TWO = ("--processes", "2")

ITEMS = """
class Slow({base}):
    wait_time = constant(0)
    def on_start(self):
        self.client.get("/start")
    @task
    def work(self):
        for _ in range(8):
            self.client.get("/item")
            time.sleep(0.3)
    def on_stop(self):
        self.client.post("/logout")
"""
SLOW = """
class Slow({base}):
    wait_time = constant(0)
    @task
    def work(self):
        self.client.get("/slow?ms={ms}", name="/slow")
"""
REDIRECTS = """
class Again({base}):
    wait_time = constant(0.05)
    @task
    def work(self):
        self.client.get("/again")
        self.client.get("/again", allow_redirects=False, name="/again alone")
"""
STUBBORN = """
class Stubborn(HttpUser):
    wait_time = constant(0)
    @task
    def work(self):
        while True:
            try:
                self.client.get("/ok")
                gevent.sleep(0.1)
            except:
                pass
"""
BASES = ("HttpUser", "FastHttpUser")
RAMP = [{"ramp": "1s"}, {"hold": "2s"}]


def cases() -> dict[str, Case]:
    found: dict[str, Case] = {}
    for base in BASES:
        for options in ((), TWO):
            who = f"{base}{' by two' if options else ''}"
            common = {"thresholds": LAX, "options": options, "stages": RAMP}
            found[f"{who}, long tasks"] = Case(ITEMS.format(base=base), 0, **common)
            found[f"{who}, answers that outlast the load"] = Case(
                SLOW.format(base=base, ms=1700), 0, **common
            )
            found[f"{who}, answers that are not waited for"] = Case(
                SLOW.format(base=base, ms=6000), 3, ("never ended",), total_s=1, **common
            )
        found[f"{base}, redirects"] = Case(REDIRECTS.format(base=base), 0, thresholds=LAX)
    found["a user that swallows its end"] = Case(STUBBORN, 0, thresholds=LAX)
    return found


CASES = cases()
TARGET = {
    "name": "counting",
    "environment": "test",
    "defaults": {"method": "GET", "body": None},
    "success": {"format": "json", "status": [200], "where": {"code": 0}},
    "operations": {"shop.look": {"path": "/ok"}, "shop.buy": {"path": "/slow?ms=400"}},
}
SCENARIO = {
    "name": "shop",
    "target": "target.yaml",
    "data": {"seed": 7, "taxpayers": 100},
    "journeys": {"shop.buy": ["shop.look", "shop.buy"]},
    "thresholds": {"run": ["p95 < 20s", "throughput >= 0.1/s"]},
}
CLOSED = {
    "load": {"operators": [{"unit": "14301030000", "post": "buyer", "count": 6}], "stages": RAMP},
    "posts": {"buyer": {"journeys": {"shop.buy": 1}, "think_time": {"fixed": "100ms"}}},
}
OPEN = {"load": {"arrivals": {"rate": "12/s", "journeys": {"shop.buy": 1}}, "stages": [{"hold": "3s"}]}}
PLANNED = {
    "closed": (CLOSED, ()),
    "closed by two": (CLOSED, TWO),
    "open": (OPEN, ()),
    "open by two": (OPEN, TWO),
}


def run_planned(name: str, folder: Path) -> Done:
    """Our own journeys against the same server, which answers after the load has ended."""
    load, options = PLANNED[name]
    with server() as target:
        (folder / "target.yaml").write_text(yaml.safe_dump({**TARGET, "url": target.url}))
        (folder / "own.yaml").write_text(yaml.safe_dump({**SCENARIO, **load}))
        done = renhai(folder, "run", "own.yaml", "--out", "runs", *options)
        return Done(done.returncode, done.stdout, done.stderr, folder, target.counts.copy(), 0.0)


@pytest.fixture(scope="module")
def under_way(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runs[Done]]:
    here = wanted(request, "name")

    def go(name: str) -> Done:
        folder = tmp_path_factory.mktemp("end")
        return run_case(CASES[name], folder) if name in CASES else run_planned(name, folder)

    acts: dict[str, Callable[[], Done]] = {
        name: partial(go, name) for name in (*CASES, *PLANNED) if name in here
    }
    with side_by_side(acts, SIDE_BY_SIDE) as begun:
        yield begun


@pytest.mark.parametrize("name", CASES)
def test_what_users_sent_is_what_the_server_counted(name: str, under_way: Runs[Done]) -> None:
    case, done = CASES[name], under_way.result(name)
    check_verdict(done, case.code)
    run = done.run
    assert sent(run) == done.received.total(), (run.operations, done.received)
    assert done.received["POST /logout"] == 0  # on_stop is called, and sends nothing more
    told = "\n".join(run.reasons)
    assert all(part in told for part in case.said), done.told
    left = sum(one.unfinished for one in run.operations.values())
    assert (left > 0) == ("not waited for" in name)
    for operation in run.operations.values():
        ended = operation.ok + operation.rejected + operation.errors
        assert operation.started == ended + operation.unfinished
    if "redirects" in name:
        assert run.load.redirects == done.received["GET /there"] > 0
        assert run.operations["GET /again alone"].ok == run.operations["GET /again"].ok > 0


@pytest.mark.parametrize("name", PLANNED)
def test_what_journeys_sent_is_what_the_server_counted(name: str, under_way: Runs[Done]) -> None:
    done = under_way.result(name)
    check_verdict(done, 0)
    run = load_run(done.directory)
    by_path = {"GET /ok": run.operations["shop.look"], "GET /slow": run.operations["shop.buy"]}
    assert {path: one.started for path, one in by_path.items()} == dict(done.received)
    assert all(one.ok == one.started for one in by_path.values())
    assert json.loads((done.directory / "run.json").read_text())["ended"] == "completed"
