"""Faults on the way to the target, each with what a client of a real socket sees of it."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable

import pytest

from renhai.checks.drill.faults import Fault
from renhai.checks.drill.proxy import Proxy, listen_before

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Client = Callable[[], Awaitable[Streams]]
LONG_S = 30.0


def on_the_way(scene: Callable[[Proxy, Client], Awaitable[None]]) -> None:
    """A server that repeats what it is sent, the proxy before it at its port, and clients of the proxy."""

    async def repeat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            writer.write(data)
        writer.close()

    async def play() -> None:
        server = await asyncio.start_server(repeat, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        listener = listen_before(port, seed=1)
        proxy = Proxy(["127.0.0.1"], port, seed=1)
        address = listener.getsockname()[0]
        await proxy.open(listener)
        try:
            await asyncio.wait_for(scene(proxy, lambda: asyncio.open_connection(address, port)), LONG_S)
        finally:
            await proxy.close()
            server.close()

    asyncio.run(play())


async def asked(streams: Streams, data: bytes = b"ping") -> bytes:
    streams[1].write(data)
    return await streams[0].readexactly(len(data))


def test_without_a_fault_bytes_pass_as_they_are_and_an_end_is_an_end() -> None:
    async def scene(proxy: Proxy, client: Client) -> None:
        streams = await client()
        data = bytes(range(256)) * 4000
        assert await asked(streams, data) == data
        streams[1].write_eof()
        assert await streams[0].read() == b""

    on_the_way(scene)


def test_latency_holds_each_answer_back_and_ends_with_the_fault() -> None:
    async def scene(proxy: Proxy, client: Client) -> None:
        streams, fault = await client(), Fault("latency", delay_s=0.3)
        proxy.put_on(fault)
        begun = time.monotonic()
        await asked(streams)
        assert time.monotonic() - begun >= 0.3
        proxy.take_off(fault)
        proxy.put_on(Fault("latency", share=0.0, delay_s=1000.0))  # of no connection
        assert await asked(streams) == b"ping"

    on_the_way(scene)


def test_bandwidth_takes_bytes_over_speed_each_way() -> None:
    async def scene(proxy: Proxy, client: Client) -> None:
        streams = await client()
        proxy.put_on(Fault("bandwidth", speed=20_000.0))
        begun = time.monotonic()
        await asked(streams, b"x" * 5000)
        assert time.monotonic() - begun >= 2 * 5000 / 20_000

    on_the_way(scene)


def test_a_cut_passes_nothing_and_afterwards_everything() -> None:
    async def scene(proxy: Proxy, client: Client) -> None:
        streams, fault = await client(), Fault("cut")
        await asked(streams)
        proxy.put_on(fault)
        streams[1].write(b"held")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(streams[0].read(1), 0.3)
        newcomer = await client()  # the network takes him, and nobody answers
        newcomer[1].write(b"new")
        proxy.take_off(fault)
        assert await streams[0].readexactly(4) == b"held"
        assert await newcomer[0].readexactly(3) == b"new"

    on_the_way(scene)


def test_a_reset_is_one_for_those_that_are_and_those_that_come() -> None:
    async def scene(proxy: Proxy, client: Client) -> None:
        streams, fault = await client(), Fault("reset")
        await asked(streams)
        proxy.put_on(fault)
        with pytest.raises(ConnectionResetError):
            await streams[0].readexactly(1)
        with pytest.raises(ConnectionResetError):
            late = await client()
            await late[0].readexactly(1)
        proxy.take_off(fault)
        assert await asked(await client()) == b"ping"

    on_the_way(scene)


def test_half_closed_is_an_end_without_an_answer() -> None:
    async def scene(proxy: Proxy, client: Client) -> None:
        streams = await client()
        await asked(streams)
        proxy.put_on(Fault("half_closed"))
        streams[1].write(b"ping")
        assert await streams[0].read() == b""  # FIN, no reset
        late = await client()
        late[1].write(b"ping")
        assert await late[0].read() == b""

    on_the_way(scene)


def test_slices_come_one_by_one_and_whole_in_the_end() -> None:
    async def scene(proxy: Proxy, client: Client) -> None:
        streams = await client()
        raw = streams[1].get_extra_info("socket")
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        proxy.put_on(Fault("sliced", size=3, delay_s=0.05))
        begun = time.monotonic()
        assert await asked(streams, b"abcdefghij") == b"abcdefghij"
        assert time.monotonic() - begun >= 3 * 0.05  # four pieces

    on_the_way(scene)


def test_a_share_hits_as_many_connections_as_it_says_and_the_same_each_time() -> None:
    async def scene(proxy: Proxy, client: Client) -> None:
        clients = [await client() for _ in range(100)]
        for one in clients:
            await asked(one)
        hit = sum(one.luck < 0.3 for one in proxy.connections)
        assert 15 <= hit <= 45  # of a fixed seed
        proxy.put_on(Fault("reset", share=0.3))
        while len(proxy.connections) > 100 - hit:
            await asyncio.sleep(0.01)
        lost = [one for one in clients if one[0].at_eof() or one[0].exception()]
        assert len(lost) == hit
        for one in set(clients) - set(lost):
            assert await asked(one) == b"ping"

    on_the_way(scene)


def test_a_target_that_is_not_there_is_refused_and_not_waited_for() -> None:
    async def scene(proxy: Proxy, client: Client) -> None:
        proxy._targets = ["127.0.0.9"]  # nobody listens at this port there
        with pytest.raises(ConnectionResetError):
            streams = await client()
            await streams[0].readexactly(1)

    on_the_way(scene)
