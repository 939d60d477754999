"""Whose a connection is: bounded pools, waiting, addresses and sources by number, what runs out."""

from __future__ import annotations

import errno

import gevent
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renhai.binding.schema.connections import Way
from renhai.load.engine.connecting import Connecting
from renhai.load.http.client import NO_TURN, Client, Result, Timeouts
from renhai.load.http.connection import NO_FILE, NO_PORT, words_of
from renhai.load.http.pool import ConnectionPool
from tests.load.http.asking import MakeClient, until
from tests.load.http.scripted_server import GOOD, OK, ScriptedServer

SLOW = ["request", {"wait": 0.05}, {"send": OK}, "again"]


def ask_at_once(client: Client, pool: ConnectionPool, count: int) -> list[Result]:
    found: list[Result] = []
    for _ in range(count):
        client.start(b"GET", b"/", b"", b"", found.append, pool)
    until(lambda: len(found) == count)
    return found


def test_a_bounded_pool_opens_no_more_and_lets_the_rest_wait(
    server: ScriptedServer, make_client: MakeClient
) -> None:
    port = server.open(SLOW)
    client = make_client(port)
    pool = client.pool(range(3))
    found = ask_at_once(client, pool, 8)
    assert [result.error for result in found] == [""] * 8
    assert server.seen(port)["connections"] == 3
    census = client.census
    assert (census.opened, census.open, census.most, census.waited) == (3, 3, 3, 5)
    pool.close()
    assert (census.open, len(pool.idle)) == (0, 0)


def test_an_operators_own_take_turns(server: ScriptedServer, make_client: MakeClient) -> None:
    client = make_client(server.open(GOOD))
    pool = Connecting(client, Way("per_operator", 3)).operator(0, lambda result: None)
    assert pool is not None
    until(lambda: len(pool.idle) == 3)
    order = list(pool.idle)
    for _ in range(4):
        assert client.request(b"GET", b"/", pool=pool).status == 200
    assert list(pool.idle) == [order[1], order[2], order[0]]
    assert [one.served for one in order] == [2, 1, 1]  # type: ignore[attr-defined]


def test_shared_ones_are_opened_as_needed_and_the_last_used_is_first(
    server: ScriptedServer, make_client: MakeClient
) -> None:
    client = make_client(server.open(GOOD))
    pool = client.pool(range(3))
    assert [client.request(b"GET", b"/", pool=pool).reused for _ in range(4)] == [False, True, True, True]
    assert client.census.opened == 1


@pytest.mark.parametrize(("processes", "count"), [(1, 50), (2, 50), (1, 4), (4, 4)])
def test_shared_ones_take_the_addresses_in_turn_whoever_is_free(
    server: ScriptedServer, make_client: MakeClient, processes: int, count: int
) -> None:
    port = server.open(GOOD, host="0.0.0.0")
    asked = [0, 0]
    for slot in range(processes):
        client = make_client(port, "127.0.0.1", "127.0.0.2")
        shared = Connecting(client, Way("shared", count))
        shared.divide(slot, processes)
        for _ in range(20):
            pool = shared.journey()
            assert client.request(b"GET", b"/", pool=pool).status == 200
            (connection,) = pool.idle  # type: ignore[union-attr]
            asked[connection.place % 2] += 1  # type: ignore[attr-defined]
    assert asked == [10 * processes, 10 * processes]


def test_who_waits_is_served_in_order_also_after_a_failure(
    server: ScriptedServer, make_client: MakeClient
) -> None:
    port = server.open(["request", "reset"])
    client = make_client(port)
    ends: list[int] = []
    pool = client.pool((0,))
    for number in range(4):
        client.start(b"GET", b"/", b"", b"", lambda result, number=number: ends.append(number), pool)  # type: ignore[misc]
    until(lambda: len(ends) == 4)
    assert (ends, client.census.opened, client.census.open, pool.vacant) == ([0, 1, 2, 3], 4, 0, [0])


def test_who_never_gets_a_connection_times_out_and_is_not_sent_later(
    server: ScriptedServer, make_client: MakeClient
) -> None:
    port = server.open(["request", {"wait": 0.6}, {"send": OK}, "again"])
    client = make_client(port, timeouts=Timeouts(connect=0.2, send=0.2, read=5, total=0.4))
    pool = client.pool((0,))
    found = ask_at_once(client, pool, 9)
    errors = [result.error for result in found]
    assert set(errors) <= {"total timeout", NO_TURN}
    gevent.sleep(0.3)
    assert server.seen(port)["requests"] <= errors.count("total timeout") < 9
    assert (client.in_flight, client.census.open) == (0, 0)


def test_a_cancelled_one_that_waits_is_never_sent(server: ScriptedServer, make_client: MakeClient) -> None:
    port = server.open(SLOW)
    client = make_client(port)
    pool = client.pool((0,))
    found: list[Result] = []
    client.start(b"GET", b"/1", b"", b"", found.append, pool)
    client.start(b"GET", b"/2", b"", b"", found.append, pool).cancel()
    client.start(b"GET", b"/3", b"", b"", found.append, pool)
    until(lambda: len(found) == 2)
    assert [text.split(" ")[1] for text in server.seen(port)["texts"]] == ["/1", "/3"]


def test_opened_ahead_and_used_by_the_first_request(server: ScriptedServer, make_client: MakeClient) -> None:
    port = server.open(GOOD)
    client = make_client(port)
    pool = client.pool((0, 0))
    opened: list[Result] = []
    client.open(pool, opened.append)
    result = client.request(b"GET", b"/", pool=pool)  # while they are under way: it waits for one
    until(lambda: len(opened) == 2)
    assert [one.error for one in opened] == ["", ""]
    assert (result.error, result.reused, client.census.opened) == ("", False, 2)


def test_what_cannot_be_opened_ahead_is_tried_again_by_the_request(make_client: MakeClient) -> None:
    client = make_client(9, "127.0.0.1")  # nobody listens
    pool = client.pool((0,))
    opened: list[Result] = []
    client.open(pool, opened.append)
    until(lambda: len(opened) == 1)
    assert opened[0].error == "connection refused"
    assert client.request(b"GET", b"/", pool=pool).error == "connection refused"
    assert (client.census.opened, client.census.failed, client.census.open) == (2, 2, 0)


@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 60), st.integers(1, 6))
def test_addresses_and_sources_are_even_and_the_same_in_every_run(
    addresses: int, sources: int, people: int, processes: int
) -> None:
    """By number: whatever the number of processes, each pair differs from another by one person at most."""
    places = [place for slot in range(processes) for place in range(slot, people, processes)]
    pairs = [(place % addresses, place // addresses % sources) for place in places]
    counts = [pairs.count((a, s)) for a in range(addresses) for s in range(sources)]
    assert max(counts) - min(counts) <= 1
    assert sorted(pairs) == sorted((n % addresses, n // addresses % sources) for n in range(people))


@pytest.mark.parametrize("count", [1, 6])
def test_an_operator_keeps_to_one_address_and_one_source(
    server: ScriptedServer, make_client: MakeClient, count: int
) -> None:
    port = server.open(GOOD, host="0.0.0.0")
    client = make_client(port, "127.0.0.1", "127.0.0.2", sources=["127.1.0.1", "127.1.0.2"])
    people = Connecting(client, Way("per_operator", count))
    pools = [people.operator(seat, lambda result: None) for seat in range(4)]
    until(lambda: client.census.open == 4 * count and client.in_flight == 0)
    assert client.census.by_address == [2 * count, 2 * count]
    pairs = [
        {(c._address[0], c._socket.getsockname()[0]) for c in pool.idle}  # type: ignore[attr-defined,union-attr]
        for pool in pools
    ]
    assert pairs == [
        {("127.0.0.1", "127.1.0.1")},
        {("127.0.0.2", "127.1.0.1")},
        {("127.0.0.1", "127.1.0.2")},
        {("127.0.0.2", "127.1.0.2")},
    ]


def test_a_journey_comes_newly_and_closes_when_it_has_ended(
    server: ScriptedServer, make_client: MakeClient
) -> None:
    port = server.open(GOOD)
    client = make_client(port)
    people = Connecting(client, Way("per_journey"))
    people.divide(1, 2)
    for _ in range(3):
        pool = people.journey()
        assert pool is not None
        assert [client.request(b"GET", b"/", pool=pool).reused for _ in range(2)] == [False, True]
        people.over(pool)
    assert (client.census.opened, client.census.open, client.census.most) == (3, 0, 1)


@given(st.integers(1, 300), st.integers(1, 7))
def test_shared_ones_are_divided_among_the_processes(count: int, processes: int) -> None:
    client = Client("http://127.0.0.1:9", ["127.0.0.1", "127.0.0.2"])
    places: list[int] = []
    for slot in range(processes):
        shared = Connecting(client, Way("shared", count))
        shared.divide(slot, processes)
        pools = {id(pool): pool for pool in (shared.journey() for _ in range(4)) if pool is not None}
        places += [place for pool in pools.values() for place in pool.vacant or ()]
    if count >= processes:
        assert sorted(places) == list(range(count))
    else:  # each process needs one
        assert len(places) == processes
    client.close()


@pytest.mark.parametrize(
    ("head", "kept"),
    [("Keep-Alive: timeout=5, max=100", 4), ("keep-alive: max=3, timeout=1", 0), ("X: timeout=5", 300)],
)
def test_a_server_says_how_long_it_keeps_an_idle_connection(
    server: ScriptedServer, make_client: MakeClient, head: str, kept: int
) -> None:
    port = server.open(["request", {"send": OK.replace("\r\n\r\n", f"\r\n{head}\r\n\r\n")}, "again"])
    client = make_client(port)
    pool = client.pool((0,))
    client.request(b"GET", b"/", pool=pool)
    (connection,) = pool.idle
    assert connection.keep_ns == kept * 1_000_000_000


def test_a_machine_without_ports_or_descriptors_is_named() -> None:
    assert words_of(errno.EADDRNOTAVAIL) == NO_PORT
    assert {words_of(errno.EMFILE), words_of(errno.ENFILE)} == set(NO_FILE)
