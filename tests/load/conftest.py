"""Fixtures of the client's tests: a scripted server in a process of its own, and clients that get closed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import gevent
import pytest

from renhai.load.http.client import Client, Timeouts
from tests.load.http.asking import MakeClient
from tests.load.http.scripted_server import ScriptedServer

# Locust patches the whole process as soon as it is imported: threads of other tests would hang in its loop.
os.environ["LOCUST_SKIP_MONKEY_PATCH"] = "1"
import locust  # noqa: F401

del os.environ["LOCUST_SKIP_MONKEY_PATCH"]  # child processes have to be patched


@pytest.fixture(scope="session")
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()
    yield scripted
    scripted.stop()


@pytest.fixture
def make_client() -> Iterator[MakeClient]:
    """make_client(port, *addresses, **options) is a Client that is closed after the test."""
    clients: list[Client] = []

    def client(port: int, *addresses: str, **options: Any) -> Client:
        options.setdefault("timeouts", Timeouts(total=5))
        url = options.pop("url", f"http://tax.example:{port}")
        clients.append(Client(url, list(addresses) or ["127.0.0.1"], **options))
        return clients[-1]

    yield client
    for made in clients:
        made.close()
    gevent.sleep(0)
