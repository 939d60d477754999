"""Parts of which users' own Locust files are made (own_broken.py, own_odd.py)."""

from __future__ import annotations

GOOD = """
class U(HttpUser):
    wait_time = constant(0.1)
    @task
    def t(self):
        self.client.get("/ok")
"""
RAISES = """
class U(HttpUser):
    wait_time = constant(0.1)
    @task
    def t(self):
        self.client.get("/ok")
        raise KeyError("the answer had no receipt number")
"""
LAX = {"*": ["error_rate < 60%", "p95 < 2s"], "run": ["throughput >= 1/s"]}
NO_ERROR_RULE = {"run": ["p95 < 2s", "throughput >= 1/s"]}
BIG_SHARE = {"run": ["error_rate < 60%", "throughput >= 1/s"]}


def method(*lines: str, users: str = "U(HttpUser)") -> str:
    """A user class whose only task does this."""
    body = "\n".join(f"        {line}" for line in lines)
    return f"\nclass {users}:\n    wait_time = constant(0.1)\n    @task\n    def t(self):\n{body}\n"


def each(name: str, *lines: str, base: str = "HttpUser") -> str:
    """A user class with a task that is fine, and one method more."""
    body = "\n".join(f"        {line}" for line in lines)
    return GOOD.replace("U(HttpUser)", f"U({base})") + f"    def {name}(self):\n{body}\n"


SOCKET_USER = """
import socket
class Talker(User):
    host = "10.0.0.9:50051"
    wait_time = constant(0.1)
    @task
    def call(self):
        assert self.host == "10.0.0.9:50051", self.host
        self.environment.events.request.fire(
            request_type="grpc", name="Filing/Submit", response_time=3.0, response_length=7, exception=None
        )
"""
URLLIB = "import urllib.request; urllib.request.urlopen(self.host + '/aside').read()"
LEAVES = """
import os, sys
@events.{event}.add_listener
def done(**_):
    {how}
"""
PREPARES = """
import urllib.request
@events.test_start.add_listener
def prepare(environment, **_):
    urllib.request.urlopen(environment.host + "/prepare").read()
@events.test_stop.add_listener
def tidy(environment, **_):
    urllib.request.urlopen(environment.host + "/tidy").read()
"""
AT_THE_END = """
@events.quitting.add_listener
def done(environment, **_):
    environment.process_exit_code = 3
"""
