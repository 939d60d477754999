"""Ports, sources and file descriptors of a plan, against a machine of known size."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import yaml

from renhai.binding.schema.connections import Way, way_of
from renhai.core.errors import UsageError
from renhai.core.machine import environment, own_addresses
from renhai.plan.sizing import Sockets
from renhai.run.process.sockets import need_of, socket_warnings, words
from renhai.run.single import PreparedRun, RunRequest, prepare
from tests.plan.test_identity import SCENARIO, TARGET

CLOSED = {
    **SCENARIO,
    "load": {
        "operators": [{"unit": "14301030000", "post": "desk", "count": 600}],
        "stages": [{"ramp": "6s"}, {"hold": "60s"}],
    },
    "posts": {"desk": {"journeys": {"filing.whole": 1}, "think_time": {"fixed": "10s"}}},
}
AWAY = {"url": "http://10.255.255.1:80", "hosts": ["10.255.255.1"]}


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """28,232 ports, TIME_WAIT of 60 s away from loopback, 20,000 descriptors a process."""
    monkeypatch.setattr(environment, "local_ports", lambda: (32768, 60999))
    monkeypatch.setattr(environment, "time_wait_s", lambda loopback: 1.0 if loopback else 60.0)
    monkeypatch.setattr(environment, "reachable_files", lambda: 20_000)


def prepared(folder: Path, scenario: dict[str, Any], **target: Any) -> PreparedRun:
    (folder / "judged.yaml").write_text(yaml.safe_dump(scenario))
    (folder / "target.yaml").write_text(yaml.safe_dump({**TARGET, **target}))
    return prepare(RunRequest(str(folder / "judged.yaml")))


def arrivals(rate: str, **more: Any) -> dict[str, Any]:
    load = {"arrivals": {**SCENARIO["load"]["arrivals"], "rate": rate, **more}, "stages": [{"hold": "70s"}]}
    return {**SCENARIO, "load": load, "data": {**SCENARIO["data"], "taxpayers": 500_000}}


@pytest.mark.parametrize(
    ("model", "written", "words"),
    [
        ("closed", None, "per_operator: 1"),
        ("open", None, "per_journey"),
        ("closed", {"per_operator": 6}, "per_operator: 6"),
        ("open", {"per_operator": 6}, "per_journey"),
        ("closed", "per_journey", "per_journey"),
        ("open", {"shared": 50}, "shared: 50"),
        ("closed", {"shared": 50, "idle": "30s"}, "shared: 50"),
    ],
)
def test_whose_a_connection_is(tmp_path: Path, model: str, written: Any, words: str) -> None:
    stated = {"connections": written} if written else {}
    run = prepared(tmp_path, CLOSED if model == "closed" else SCENARIO, **stated)
    assert way_of(run.loaded.binding.connections, model).words == words


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        "per_operator",
        {"per_operator": 7},
        {"per_operator": 0},
        {"per_operator": True},
        {"shared": 0},
        {"per_operator": 1, "shared": 5},
        {"per_journey": False},
        {"idle": "5s"},
        {"shared": 5, "idle": "0s"},
    ],
)
def test_a_wrong_way_is_refused_with_its_line(tmp_path: Path, wrong: Any) -> None:
    with pytest.raises(UsageError, match=r"target.yaml:\d+: connections"):
        prepared(tmp_path, SCENARIO, connections=wrong)


def test_arrivals_of_470_a_second_are_what_one_source_has(tmp_path: Path) -> None:
    """28,232 ports in 60 s; a tenth is left to others, and ten seconds of them are under way at once."""
    assert socket_warnings(prepared(tmp_path, arrivals("360/s"), **AWAY), 1) == []
    (said,) = socket_warnings(prepared(tmp_path, arrivals("470/s", max_in_flight=4700), **AWAY), 1)
    assert said.startswith(
        "32,900 local ports are needed: 4,700 connections at once and 470 new ones a second"
    )
    assert "28,232 (32768-60999, 1 source address(es)). Give 2 addresses" in said


def test_shared_ones_take_next_to_none(tmp_path: Path) -> None:
    run = prepared(tmp_path, arrivals("5000/s"), **AWAY, connections={"shared": 50})
    assert (socket_warnings(run, 1), need_of(run)) == ([], Sockets(Way("shared", 50, 4.0), 50, 12.5))


def test_operators_take_a_port_each_and_more_where_they_think_longer_than_it_is_kept(tmp_path: Path) -> None:
    kept = need_of(prepared(tmp_path, CLOSED, **AWAY))
    assert kept is not None and (kept.at_once, kept.newly) == (600, 100)  # 600 sit down in 6 s
    short = need_of(prepared(tmp_path, CLOSED, **AWAY, connections={"per_operator": 1, "idle": "4s"}))
    assert short is not None and short.newly == 160  # and 60 journeys a second begin
    six = need_of(prepared(tmp_path, CLOSED, **AWAY, connections={"per_operator": 6}))
    assert six is not None and (six.at_once, six.newly) == (3600, 600)


def test_who_does_not_think_comes_newly_as_often_as_it_is_answered(tmp_path: Path) -> None:
    busy = {**CLOSED, "posts": {"desk": {"journeys": {"filing.whole": 1}, "think_time": {"fixed": "0s"}}}}
    run = prepared(tmp_path, busy, **AWAY, connections="per_journey")
    need = need_of(run)
    assert need is not None and math.isinf(need.newly) and need.sources(60, 28_232) == 1
    (said,) = socket_warnings(run, 1)
    assert "how many local ports they take is unknown" in said


def test_loopback_takes_as_many_sources_as_it_needs(tmp_path: Path) -> None:
    run = prepared(tmp_path, arrivals("30000/s", max_in_flight=50_000))
    assert socket_warnings(run, 3) == []
    said = "50,000 at once, 30,000 new ones a second, from 13 addresses of 127.0.0.0/8"
    assert said in words(run)  # 50,000 + 30,000 ports by 6,352, nine tenths of a quarter of 28,232


def test_descriptors_are_compared_with_processes(tmp_path: Path) -> None:
    crowd = {**CLOSED, "load": {**CLOSED["load"], "operators": [  # type: ignore[dict-item]
        {"unit": "14301030000", "post": "desk", "count": 20_000}]}}  # fmt: skip
    crowd["data"] = {**SCENARIO["data"], "taxpayers": 100_000}
    run = prepared(tmp_path, crowd)
    (said,) = socket_warnings(run, 1)
    assert said.startswith("20,000 connections at once (per_operator: 1), but a process may have 19,900 file")
    assert said.endswith("--processes 2")
    assert socket_warnings(run, 2) == []


def test_sources_must_be_this_machines(tmp_path: Path) -> None:
    assert prepared(tmp_path, SCENARIO, sources=["127.0.0.1", "203.0.113.0/28"]).loaded.binding.sources
    with pytest.raises(UsageError, match=r"target.yaml:\d+: sources is 203.0.113.0/28; none of it"):
        prepared(tmp_path, SCENARIO, sources=["203.0.113.0/28"])
    with pytest.raises(UsageError, match="must be an address or a network"):
        prepared(tmp_path, SCENARIO, sources=["eth0"])
    with pytest.raises(UsageError, match="holds more than 65,536 addresses"):
        prepared(tmp_path, SCENARIO, sources=["10.0.0.0/8"])


def test_own_addresses() -> None:
    assert own_addresses.own_addresses(["127.3.0.0/30", "203.0.113.7", "127.0.0.1"]) == [
        "127.3.0.1",
        "127.3.0.2",
        "127.0.0.1",
    ]


@pytest.mark.parametrize(
    ("reuse", "stamps", "loopback", "seconds"),
    [
        ("0", "1", True, 60),
        ("2", "1", True, 1),
        ("2", "1", False, 60),
        ("1", "1", False, 1),
        ("1", "0", True, 60),
    ],
)
def test_how_long_a_port_rests(
    monkeypatch: pytest.MonkeyPatch, reuse: str, stamps: str, loopback: bool, seconds: float
) -> None:
    monkeypatch.undo()
    settings = {"tcp_tw_reuse": reuse, "tcp_timestamps": stamps}
    monkeypatch.setattr(environment, "_setting", settings.__getitem__)
    assert environment.time_wait_s(loopback) == seconds


@pytest.mark.parametrize(("at_once", "sources"), [(6_352, 1), (6_353, 2), (20_000, 4)])
def test_on_loopback_a_source_gives_a_quarter_of_its_ports(at_once: int, sources: int) -> None:
    """28,232 ports; a quarter is 7,058, of which a tenth is left to others."""
    need = Sockets(Way("per_operator", 1, 300.0), at_once, 0)
    assert need.loopback_sources(1.0, 28_232) == sources
    assert need.loopback_sources(1.0, 28_232, addresses=4) == 1
    assert need.sources(1.0, 28_232) == 1
