"""The yardstick of the benchmarks: counts, steady rates, tables and the search for a rate."""

from __future__ import annotations

import http.client
from pathlib import Path

import pytest

from benchmarks.engine.search import Search
from benchmarks.peers.nginx import Sample, Watch, nginx_on, steady_rate
from benchmarks.peers.renhai_contestants import behind
from benchmarks.product import Ran
from benchmarks.rig import cores, finish, pinned, program, table


def test_the_steady_rate_leaves_out_start_and_end() -> None:
    # Nothing for 1 s, slow for 1 s, then 100 a second for 3 s, and a slow last half second.
    seconds = [0.0, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0]
    requests = [0, 0, 5, 10, 60, 110, 160, 210, 212, 212]
    samples = [Sample(*pair) for pair in zip(seconds, requests, strict=True)]
    assert steady_rate(samples, warmup=1.0, tail=0.5) == pytest.approx(100.0)


def test_a_target_that_was_never_asked_has_no_rate() -> None:
    assert steady_rate([Sample(0.0, 3), Sample(1.0, 3)]) == 0.0


def test_a_run_too_short_to_cut_is_measured_whole() -> None:
    assert steady_rate([Sample(0.0, 0), Sample(0.5, 50), Sample(1.0, 100)]) == pytest.approx(100.0)


@pytest.mark.parametrize("limit", [900.0, 8000.0, 12_345.0, 39_000.0, 190_000.0])
def test_the_search_ends_just_below_the_limit(limit: float) -> None:
    search = Search(lambda rate: rate <= limit)
    found = search.highest()
    assert found <= limit < found * (1 + search.precision) * 1.001
    assert len(search.tried) < 16


def test_a_search_that_nothing_satisfies_finds_nothing() -> None:
    assert Search(lambda rate: False).highest() == 0.0


def test_a_search_stops_at_its_ceiling() -> None:
    assert Search(lambda rate: True).highest() == 200_000.0


def ran(due: int, ok: int, dropped: int = 0, late_ms: float = 0.0) -> Ran:
    load = {"arrivals_due": due, "arrivals_dropped": dropped}
    run = {"operations": {"declaration.submit": {"ok": ok}}, "load": load}
    return Ran(0, run, {"generator": {"start_lateness_ms_p99": late_ms}}, "")


def test_a_rate_is_sustained_when_all_started_in_time_and_none_was_dropped() -> None:
    assert behind(ran(1000, 1000)) == ""
    assert behind(ran(10_000, 9995)) == ""
    assert behind(ran(1000, 1000, dropped=1)) == "1 dropped"
    assert behind(ran(1000, 1000, late_ms=81.0)) == "start lateness p99 81 ms"
    assert behind(ran(1000, 900)) == "100 of 1000 not done"
    assert behind(ran(0, 0)) == "0 of 0 not done"


def test_a_table_is_markdown_with_numbers_to_the_right() -> None:
    assert table(("who", "/s"), [("k6", "6,400"), ("renhai", 9)]).splitlines() == [
        "| who    |    /s |",
        "|--------|------:|",
        "| k6     | 6,400 |",
        "| renhai |     9 |",
    ]


def test_a_command_that_outlives_its_time_is_ended(tmp_path: Path) -> None:
    code, output = finish(["sh", "-c", "echo begun; sleep 60"], 0.5, tmp_path, {"PATH": "/usr/bin:/bin"})
    assert (code, output) == (-9, "begun\n")


@pytest.mark.skipif(program("nginx") is None, reason="nginx is not installed (sh benchmarks/setup.sh)")
def test_nginx_counts_every_request_but_the_counting() -> None:
    with nginx_on(cores().target) as nginx:
        with Watch(nginx, interval=0.01) as watch:
            connection = http.client.HTTPConnection("127.0.0.1", nginx.port, timeout=5)
            for size in (0, 300, 20_000):
                connection.request("POST", "/api/declaration/submit", body=b"x" * size)
                answer = connection.getresponse()
                assert (answer.status, b'"Code":"000"' in answer.read()) == (200, True)
            connection.close()
        assert (watch.total, nginx.count()) == (3, 3)


def test_pinning_names_the_cores() -> None:
    assert pinned((0, 1), ["true", Path("/x")])[-2:] == ["true", "/x"]


def test_who_follows_a_command_is_told_each_line_as_it_comes(tmp_path: Path) -> None:
    lines: list[str] = []
    script = "echo one; sleep 1; printf 'two\\nthr'; sleep 1; printf 'ee\\nrest'; exit 3"
    code, output = finish(["sh", "-c", script], 30, tmp_path, {}, tell=lines.append)
    assert (code, lines) == (3, ["one", "two", "three", "rest"])
    assert output == "one\ntwo\nthree\nrest"


def test_a_followed_command_that_outlives_its_time_is_killed(tmp_path: Path) -> None:
    lines: list[str] = []
    code, _ = finish(["sh", "-c", "echo one; sleep 60"], 2, tmp_path, {}, tell=lines.append)
    assert (code, lines) == (-9, ["one"])
