"""What is told to Prometheus, and how a run stands while it goes on, from the load process's own lines."""

from __future__ import annotations

import json
import math
import urllib.request
from array import array
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from renhai.core.errors import UsageError
from renhai.core.machine.ports import free_port
from renhai.load.measure.collector import Second
from renhai.load.measure.histogram import pack
from renhai.load.measure.status_line import MAX_NAMES, StatusLine
from renhai.plan.model import ClosedLoad, OperatorGroup, Plan, ScenarioPlan, Taxpayers, UserStage
from renhai.run.monitor.live_thresholds import WINDOW_S, LiveThresholds
from renhai.run.monitor.prometheus import parse_address, serving
from renhai.run.monitor.views import Quiet, View, standing_of
from renhai.safety.allowance import Ceiling
from renhai.safety.permit import Permit
from results.snapshot.run import Run

PLAN = Plan(
    run_id="20150911T080000Z-街道-1a2b3c",
    out="",
    scenario=ScenarioPlan(
        name="街道",
        data=Taxpayers(seed=1, profile="gt3_2015", taxpayers=10),
        thresholds={
            "*.query": ("p95 < 100ms", "error_rate < 1%"),
            "run": ("throughput >= 2/s",),
            "*/*": ("completion >= 50%",),
        },
        load=ClosedLoad(
            operators=(OperatorGroup(unit="第一税务所", post="window", count=3),),
            stages=(UserStage(seconds=60, users_from=3, users_to=3),),
        ),
    ),
    binding={},
    guard=Permit("t.yaml", "test", (), Ceiling(None, None)),
    base_url="http://127.0.0.1:9",
    addresses=("127.0.0.1",),
    seed=1,
    interval_s=1,
)


def line(number: int, milliseconds: list[int], errors: int = 0, name: str = "taxpayer.query") -> Any:
    """The status line of a second in which one operation had these latencies, some of them of errors."""
    second = Second(number)
    packed = pack(array("q", [value * 1_000_000 for value in milliseconds]))
    ended = len(milliseconds)
    entry = {"started": ended + 1, "ok": ended - errors, "rejected": 0, "errors": errors, "latency": packed}
    post = {"counts": [2, 1, 1, 0], "signed_in": 3 if not number else 0, "times": packed}
    second.add(
        0,
        {
            "operations": {name: entry},
            "groups": {"第一税务所/window": post},
            "users": 3,
            "cpu_percent": 25.0,
            "lag_ms": 1.5,
            **dict.fromkeys(("due", "dropped", "answers", "silences"), 0),
            **dict.fromkeys(("seated_ns", "busy_ns", "thinking_ns"), 0),
        },
    )
    return json.loads(json.dumps({**second.live(), **StatusLine().of(second)}))


def test_the_lines_add_up_to_exact_counts_and_ranks() -> None:
    standing = LiveThresholds(PLAN)
    standing.take(line(0, [10] * 18, errors=1))
    standing.take(line(1, [200, 300]))
    account = standing.operations["taxpayer.query"]
    assert (account.started, account.ok, account.errors) == (22, 19, 1)
    assert (account.latency.total, account.latency.max_us()) == (20, 300_031)  # counters of 256 us there
    post = standing.posts["第一税务所/window"]
    assert (post.ok, post.errors, post.signed_in, post.latency.total) == (2, 2, 3, 20)


def test_only_the_last_seconds_count_as_lately() -> None:
    standing = LiveThresholds(PLAN)
    standing.take(line(0, [10]))
    standing.take(line(WINDOW_S - 1, [20]))
    assert standing.operations["taxpayer.query"].lately(WINDOW_S - 1).total == 2
    standing.take(line(WINDOW_S, [30]))
    assert standing.operations["taxpayer.query"].lately(WINDOW_S).total == 2
    assert standing.operations["taxpayer.query"].lately(3 * WINDOW_S).total == 0
    assert standing.operations["taxpayer.query"].latency.total == 3


def test_the_threshold_nearest_to_breaking_is_found_among_all_kinds() -> None:
    standing = LiveThresholds(PLAN)
    assert standing.nearest() is None
    standing.take(line(0, [10] * 20))  # p95 10 of 100 ms, no error, 20/s of 2/s, completion 50 of 50 %
    nearest = standing.nearest()
    assert nearest is not None
    assert standing_of(nearest) == "第一税务所/window completion >= 50%: 50%, 0% to spare"
    standing.take(line(1, [150] * 20))  # the p95 of 40 values is now 150 ms, and the limit 100 ms
    nearest = standing.nearest()
    assert nearest is not None
    assert (nearest.subject, nearest.rule, nearest.passed) == ("taxpayer.query", "p95 < 100ms", False)
    standing.take(line(2, [150] * 10, errors=10))  # 10 errors of 50: 20 times the limit
    assert standing_of(standing.nearest() or nearest) == "taxpayer.query error_rate < 1%: 20%, 20x the limit"


def test_a_threshold_that_nothing_answered_comes_first() -> None:
    standing = LiveThresholds(PLAN)
    standing.take(line(0, [10] * 5, errors=5))  # all errors: the latency has no number, and is broken
    nearest = standing.nearest()
    assert nearest is not None
    assert (nearest.rule, nearest.passed, nearest.value) == ("p95 < 100ms", False, None)


def test_names_without_end_are_counted_together() -> None:
    detail, seen = StatusLine(), Counter[str]()
    for first in (0, MAX_NAMES, 0):
        second = Second(0)
        for number in range(first, first + MAX_NAMES):
            second.operations[f"GET /{number}"].update(started=1, ok=1)
            second.packs[f"GET /{number}"].append(pack(array("q", [1000])))
        found = detail.of(second)["operations"]
        seen.update({name: entry[1] for name, entry in found.items()})
    assert len(seen) == MAX_NAMES + 1
    assert (seen["GET /0"], seen["(other)"]) == (2, MAX_NAMES)


@pytest.fixture
def served() -> Iterator[tuple[View, str]]:
    port = free_port()
    with serving(str(port), Quiet()) as view:
        yield view, f"http://127.0.0.1:{port}/metrics"


def fetch(url: str, accept: str = "text/plain") -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels, `scenario` and `run` left out."""
    request = urllib.request.Request(url, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=5) as answer:
        text = answer.read().decode()
    parse = parse_openmetrics if "openmetrics" in accept else parse_text
    found = {}
    for family in parse(text):
        for sample in family.samples:
            if family.name != "renhai_verdict":
                assert sample.labels.pop("scenario") == "街道"
                assert sample.labels.pop("run") == PLAN.run_id
            found[(sample.name, *(value for _, value in sorted(sample.labels.items())))] = sample.value
    return found


@pytest.mark.parametrize("accept", ["text/plain", "application/openmetrics-text"])
def test_the_librarys_own_parsers_read_what_is_told(served: tuple[View, str], accept: str) -> None:
    view, url = served
    assert fetch(url, accept) == {}
    view.begin("", 60, PLAN)
    view.status(line(0, [*[10] * 18, 200, 300], errors=1))
    view.status(line(1, [10] * 20))
    found = fetch(url, accept)
    about = "taxpayer.query"
    assert found["renhai_requests_started_total", about] == 42
    assert [found["renhai_requests_total", about, outcome] for outcome in ("ok", "rejected", "error")] == [
        39, 0, 1,
    ]  # fmt: skip
    latency = [found["renhai_request_latency_seconds", about, q] for q in ("0.5", "0.95", "0.99")]
    assert latency == pytest.approx([0.010, 0.010, 0.300], rel=0.001)  # the 20th, 38th and 40th of 40 values
    assert found["renhai_request_latency_seconds_count", about] == 40
    assert found["renhai_request_latency_seconds_sum", about] == pytest.approx(0.88, rel=0.001)
    post = ("window", "第一税务所")
    assert found["renhai_transactions_total", "completed", *post] == 2
    assert found["renhai_transactions_total", "failed", *post] == 2
    assert found["renhai_transaction_duration_seconds_count", *post] == 40
    assert found[("renhai_users",)] == 3
    assert found[("renhai_generator_cpu_ratio",)] == 0.25
    assert found[("renhai_generator_loop_lag_seconds",)] == 0.0015
    assert (found[("renhai_run_elapsed_seconds",)], found[("renhai_run_planned_seconds",)]) == (2, 60)
    view.status({"second": 2 * WINDOW_S, "users": 0})  # nothing lately: no quantile, and the counts remain
    found = fetch(url, accept)
    assert math.isnan(found["renhai_request_latency_seconds", about, "0.5"])
    assert found["renhai_request_latency_seconds_count", about] == 40


def test_another_run_begins_at_zero_and_the_verdict_of_the_first_stays(served: tuple[View, str]) -> None:
    view, url = served
    view.begin("", 60, PLAN.model_copy(update={"run_id": "before"}))
    view.status(line(0, [10]))
    run = {"schema": 1, "run_id": "before", "started": "", "duration_s": 1, "verdict": "invalid"}
    view.judged(
        Run.model_validate(
            {**run, "reasons": ["x"], "scenario": {"name": "街道"}, "target": {"name": ""},
             "load": {"model": "closed"}, "generator": {}}
        )
    )  # fmt: skip
    view.begin("", 60, PLAN)
    view.step().status(line(0, [10, 10]))
    found = fetch(url)
    assert found["renhai_requests_total", "taxpayer.query", "ok"] == 2
    verdicts = {key[-1]: value for key, value in found.items() if key[0] == "renhai_verdict"}
    assert verdicts == {"pass": 0, "fail": 0, "invalid": 1, "inconclusive": 0}


@pytest.mark.parametrize(
    ("text", "address"),
    [("9400", ("127.0.0.1", 9400)), ("0.0.0.0:9400", ("0.0.0.0", 9400)), ("[::1]:1", ("::1", 1))],
)
def test_addresses(text: str, address: tuple[str, int]) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["", "x", ":9400", "0", "65536", "127.0.0.1:", "-1"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"is not PORT or HOST:PORT, as in 9400"):
        parse_address(text)


def test_a_port_that_is_taken_is_refused(served: tuple[View, str]) -> None:
    taken = served[1].removeprefix("http://").removesuffix("/metrics")
    with (
        pytest.raises(UsageError, match="cannot be listened on: Address already in use"),
        serving(taken, Quiet()),
    ):
        pass
