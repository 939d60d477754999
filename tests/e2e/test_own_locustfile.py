"""A user's own Locust file that is broken does not pass, and one that is only odd does."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tests.e2e.own_file import Case, Done, check_verdict, run_case, sent
from tests.side_by_side import Runs, side_by_side, wanted

SHARE = 7  # of its rows run in `make test`, all with --all

SIDE_BY_SIDE = 3

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

BROKEN = {
    "every task raises": Case(RAISES, 1, ("U.t raised an exception each time it ran",)),
    "every task raises and no rule is on errors": Case(RAISES, 1, ("each time",), thresholds=NO_ERROR_RULE),
    "every task raises and the run allows as many": Case(RAISES, 1, ("each time",), thresholds=BIG_SHARE),
    "a task raises sometimes": Case(
        method('self.client.get("/ok")', "if int(time.time() * 10) % 3 == 0: raise ValueError('no')"),
        1,
        ("U.t",),
    ),
    "a task raises once in a while and no rule is on errors": Case(
        method('self.client.get("/ok")', "if int(time.time() * 10) % 3 == 0: raise ValueError('no')"),
        1,
        ("exceptions that nobody caught, and no threshold is on error_rate",),
        thresholds=NO_ERROR_RULE,
    ),
    "the answer's check is left by an exception": Case(
        method(
            'with self.client.get("/ok", catch_response=True) as answer:',
            "    answer.json()['receipt']",
        ),
        1,
        ("GET /ok: error_rate is 100%",),
    ),
    "the same with the fast client": Case(
        method(
            'with self.client.get("/ok", catch_response=True) as answer:',
            "    answer.json()['receipt']",
            users="U(FastHttpUser)",
        ),
        1,
        ("GET /ok: error_rate is 100%",),
    ),
    "on_start raises for all but one": Case(
        "N = []\n" + each("on_start", "N.append(1)", "if len(N) > 1: raise RuntimeError('login failed')"),
        3,
        ("users were missing", "1 of 4", "U.on_start"),
        thresholds=LAX,
    ),
    "users cannot be made": Case(
        each("__init__", "raise RuntimeError('no such file')").replace(
            "(self):\n        raise", "(self, environment):\n        raise"
        ),
        3,
        (),
        thresholds=LAX,
    ),
    "users stop until nobody is left": Case(
        method('self.client.get("/ok")', "raise StopUser()"), 3, ("users were missing", "0 of 4")
    ),
    "on_start never ends for three of four": Case(
        "N = []\n" + each("on_start", "N.append(1)", "if len(N) > 1: gevent.sleep(1000)"),
        3,
        ("3 of 4 users never began a task",),
        stages=[{"hold": "6s"}],
        thresholds=LAX,
    ),
    "a pause that never ends": Case(
        GOOD.replace("constant(0.1)", "constant(float('inf'))"), 3, ("users were missing", "U.wait_time")
    ),
    "an exception beyond Exception": Case(
        "class Odd(BaseException): pass\n" + method('self.client.get("/ok")', 'raise Odd("x")'),
        3,
        ("users were missing", "0 of 4"),
    ),
    "a failure after its request was reported": Case(
        method('with self.client.get("/ok", catch_response=True) as r: pass', 'r.failure("late")'),
        1,
        ("U.t: error_rate is 100%",),
    ),
    "the same with the fast client, a failure too late": Case(
        method(
            'with self.client.get("/ok", catch_response=True) as r: pass',
            'r.failure("late")',
            users="U(FastHttpUser)",
        ),
        1,
        ("U.t: error_rate is 100%",),
    ),
    "one of four stops early": Case(
        "N = []\n" + method('self.client.get("/ok")', "N.append(1)", "if len(N) == 5: raise StopUser()"),
        3,
        ("users were missing", "3 of 4"),
    ),
    "somebody kills their greenlets": Case(
        GOOD
        + """
@events.test_start.add_listener
def kill(environment, **_):
    gevent.spawn_later(0.7, lambda: environment.runner.user_greenlets.kill())
""",
        3,
        ("users were missing",),
    ),
    "interrupt where there is nothing to go back to": Case(
        method(
            'self.client.get("/ok")',
            "raise InterruptTaskSet()",
        ),
        3,
        ("users were missing",),
    ),
    "all hang in one request": Case(
        method('self.client.get("/hang")', users="U(FastHttpUser)"), 3, ("never",), total_s=1
    ),
    "all hang in one request, later": Case(
        "N = []\n" + method("N.append(1)", 'self.client.get("/hang" if len(N) > 60 else "/ok")'),
        3,
        ("GET /hang: a request never ended and was cut 1 s after the load", "(4 times)"),
        stages=[{"hold": "4s"}],
        thresholds={"*": ["error_rate < 60%"], "run": ["throughput >= 1/s"]},
        total_s=1,
    ),
    "all hang in a call of their own": Case(
        SOCKET_USER
        + "        if self.environment.stats.total.num_requests > 20:\n            gevent.sleep(100)\n",
        3,
        ("Talker.call: a request never ended", "(4 times)"),
        total_s=1,
    ),
    "an answer that is never judged": Case(
        GOOD + "    @task\n    def u(self):\n        self.client.get('/lost', catch_response=True)\n",
        3,
        ("GET /lost: a request never ended",),
        total_s=1,
    ),
    "on_stop raises": Case(each("on_stop", "raise RuntimeError('cannot log out')"), 1, ("U.on_stop",)),
    "a listener of test_start raises": Case(
        GOOD + "\n@events.test_start.add_listener\ndef prepare(**_):\n    raise RuntimeError('no data')\n",
        3,
        ("the locustfile's prepare raised outside of a task: RuntimeError: no data",),
    ),
    "a listener of each request raises": Case(
        GOOD + "\n@events.request.add_listener\ndef look(**_):\n    raise RuntimeError('too slow')\n",
        3,
        ("the locustfile's look raised outside of a task: RuntimeError: too slow",),
    ),
    "the exit code is set at the end": Case(
        GOOD + AT_THE_END,
        1,
        ("exit code 3",),
    ),
    "the exit code is set by a task": Case(
        method('self.client.get("/ok")', "self.environment.process_exit_code = 1"), 1, ("exit code 1",)
    ),
    "a listener of quitting raises": Case(
        GOOD + "\n@events.quitting.add_listener\ndef done(**_):\n    raise RuntimeError('late')\n",
        1,
        ("exit code 2",),
    ),
    "a task ends the run": Case(
        method('self.client.get("/ok")', "if time.time() > T: self.environment.runner.quit()")
        + "\nT = time.time() + 3\n",
        3,
        ("Locust stopped the run before its end",),
        stages=[{"hold": "30s"}],
    ),
    "a time that is none": Case(
        SOCKET_USER.replace("response_time=3.0", "response_time=float('nan')"),
        3,
        ("grpc Filing/Submit: requests were reported with the response_time nan",),
    ),
    "requests that are only said to have been sent": Case(
        method(
            "self.environment.events.request.fire(request_type='GET', name='/ok', response_time=1,"
            " response_length=0, exception=None)"
        ),
        3,
        ("reported by events.request.fire, and none was sent by the HTTP client",),
    ),
    "requests that are reported twice": Case(
        method(
            'self.client.get("/ok")',
            "self.environment.events.request.fire(request_type='GET', name='/ok', response_time=1,"
            " response_length=0, exception=None)",
        ),
        3,
        ("GET /ok: ", "they are counted twice"),
    ),
    "users that the file makes itself": Case(
        "N = []\n"
        + method(
            'self.client.get("/ok")',
            "N.append(1)",
            "if len(N) == 3: self.environment.runner.spawn_users({'U': 9})",
        ),
        3,
        ("there were more users than planned", "at most 13 where 4 were asked for"),
    ),
    "a greenlet that raises": Case(
        method(
            'self.client.get("/ok")', "def f(): raise RuntimeError('in the background')", "gevent.spawn(f)"
        ),
        1,
        ("greenlet.f: error_rate is 100%",),
    ),
    "a thread that raises": Case(
        method(
            'self.client.get("/ok")',
            "import threading",
            "def f(): raise RuntimeError('in the background')",
            "threading.Thread(target=f).start()",
        ),
        1,
        ("thread.f: error_rate is 100%",),
    ),
    "a clock that stands still": Case(
        "time.perf_counter = lambda: 1.0\n" + GOOD,
        3,
        ("GET /ok: requests were reported with the response_time 0",),
    ),
    "on_stop of a TaskSet raises, and nothing is logged": Case(
        """
import logging
logging.disable(logging.CRITICAL)
class U(HttpUser):
    wait_time = constant(0.1)
    @task
    class Basket(TaskSet):
        def on_stop(self):
            raise RuntimeError('x')
        @task
        def look(self):
            self.client.get("/basket")
            self.interrupt()
""",
        1,
        ("U.Basket.on_stop: error_rate is 100%",),
    ),
    "failures of another protocol": Case(
        SOCKET_USER.replace("exception=None", "exception=RuntimeError('refused')"),
        1,
        ("grpc Filing/Submit",),
        thresholds={"*": ["error_rate < 50%"], "run": ["throughput >= 0.1/s"]},
    ),
    "no pause that Locust could use": Case(
        GOOD.replace("constant(0.1)", "None"), 3, ("users were missing", "U.wait_time")
    ),
    "the shape raises": Case(
        GOOD + "\nclass S(LoadTestShape):\n    def tick(self): raise RuntimeError('no curve')\n",
        3,
        ("the locustfile's S.tick raised RuntimeError: no curve",),
    ),
    "the shape asks for more than the plan allows": Case(
        GOOD + "\nclass S(LoadTestShape):\n    def tick(self): return 9, 9\n",
        3,
        ("the locustfile's S asks for 9 users, load.users allows 4",),
    ),
    "a listener of quitting leaves before another speaks": Case(
        GOOD + AT_THE_END + LEAVES.format(event="quitting", how="os._exit(0)"),
        3,
        ("before all listeners of quitting had been called",),
    ),
    "a listener of quitting calls sys.exit": Case(
        GOOD + AT_THE_END + LEAVES.format(event="quitting", how="sys.exit(0)"),
        3,
        ("before all listeners of quitting had been called",),
    ),
    "a listener of test_stop leaves": Case(
        GOOD + LEAVES.format(event="test_stop", how="os._exit(0)"),
        3,
        ("before all listeners of quitting had been called",),
    ),
    "a listener of quit hides the exit code": Case(
        GOOD + AT_THE_END + LEAVES.format(event="quit", how="os._exit(0)"), 1, ("exit code 3",)
    ),
    "the exit code is set by a task of one of two processes": Case(
        method('self.client.get("/ok")', "self.environment.process_exit_code = 1"),
        3,
        ("exit code 1",),
        options=("--processes", "2"),
    ),
    "requests of another library beside": Case(
        method('self.client.get("/ok")', URLLIB), 3, ("opened by another client", "own.py:"), counted=False
    ),
    "requests by a bare socket": Case(
        method(
            'self.client.get("/ok")',
            "import socket; from urllib.parse import urlsplit",
            "with socket.create_connection((urlsplit(self.host).hostname, urlsplit(self.host).port)) as s:",
            "    s.sendall(b'GET /aside HTTP/1.0\\r\\n\\r\\n'); s.recv(9)",
            users="U(FastHttpUser)",
        ),
        3,
        ("opened by another client",),
        counted=False,
    ),
    "requests over a connection of before the load": Case(
        "import http.client\nC = []\n"
        + method(
            'self.client.get("/ok")',
            "with L:",
            "    C[0].request('GET', '/aside')",
            "    C[0].getresponse().read()",
        )
        + """
from gevent.lock import BoundedSemaphore
L = BoundedSemaphore()
@events.test_start.add_listener
def begin(environment, **_):
    C.append(http.client.HTTPConnection(environment.host.partition("//")[2]))
    C[0].connect()
""",
        3,
        ("opened by another client",),
        counted=False,
    ),
    "requests past the client's methods": Case(
        method(
            'self.client.get("/ok")',
            "import requests",
            "self.client.send(requests.Request('GET', self.host + '/aside').prepare())",
        ),
        3,
        ("sent past self.client's own methods",),
        counted=False,
    ),
    "requests of a hook within a request": Case(
        method("self.client.get('/ok', hooks={'response': self.aside})")
        + f"    def aside(self, *_, **__):\n        {URLLIB}\n",
        3,
        ("opened by another client",),
        counted=False,
    ),
    "the client asks another server": Case(
        """
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
class Easy(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_): pass
S = HTTPServer(("127.0.0.1", 0), Easy)
threading.Thread(target=S.serve_forever, daemon=True).start()
"""
        + method('self.client.get(f"http://127.0.0.1:{S.server_address[1]}/ok", name="/ok")'),
        3,
        ("which is not the target",),
        counted=False,
    ),
    "no request at all": Case(method("pass"), 3, ("no request was sent",)),
}

ODD = {
    "plain": Case(GOOD, 0),
    "two processes": Case(GOOD, 0, options=("--processes", "2")),
    "flow control is no error": Case(
        """
class U(HttpUser):
    wait_time = constant(0.1)
    @task(3)
    def again(self):
        self.client.get("/ok")
        raise RescheduleTask()
    @task(3)
    def at_once(self):
        with self.client.get("/ok", catch_response=True):
            gevent.sleep(0.05)
            raise RescheduleTaskImmediately()
    @task
    class Basket(TaskSet):
        @task
        def look(self):
            self.client.get("/basket")
            self.interrupt()
    @task
    class Steps(SequentialTaskSet):
        @task
        def one(self):
            self.client.get("/one")
        @task
        def two(self):
            self.client.get("/two")
            self.interrupt(reschedule=False)
""",
        0,
        stages=[{"hold": "4s"}],
        thresholds=LAX,
    ),
    "weights and fixed counts, hosts of their own": Case(
        GOOD.replace("wait_time", "weight = 3\n    host = 'http://127.0.0.1:1'\n    wait_time")
        + GOOD.replace("U(HttpUser)", "V(FastHttpUser)")
        .replace("wait_time", "fixed_count = 1\n    wait_time")
        .replace("/ok", "/fixed"),
        0,
    ),
    "exceptions that are caught": Case(
        method(
            'self.client.get("/ok")', "try:", "    raise ValueError('x')", "except ValueError:", "    pass"
        ),
        0,
    ),
    "another protocol keeps its host": Case(SOCKET_USER, 0),
    "another client prepares and tidies up": Case(GOOD + PREPARES, 0, counted=False),
    "another client that is allowed": Case(
        method('self.client.get("/ok")', URLLIB), 0, more={"allow": ["other_client"]}, counted=False
    ),
    "lines without an end": Case(method('self.client.get("/ok")', "print('.', end='')"), 0),
    "errors within what the threshold allows": Case(
        method('self.client.get("/no" if time.time() % 1 < 0.4 else "/ok", name="/mixed")'),
        0,
        thresholds={"*": ["error_rate < 90%"], "run": ["throughput >= 0.5/s"]},
    ),
    "exceptions within what the run allows": Case(
        method('self.client.get("/ok")', "if time.time() % 1 < 0.2: raise ValueError('no')"),
        0,
        thresholds={"GET *": ["error_rate < 1%"], "run": ["error_rate < 45%", "throughput >= 1/s"]},
    ),
    "the exit code is set to 0": Case(
        GOOD + AT_THE_END.replace("3", "0"),
        0,
    ),
    "a shape drives the load": Case(
        GOOD
        + """
class S(LoadTestShape):
    def tick(self):
        now = self.get_run_time()
        return None if now > 3 else (2, 10, [U]) if now < 1.5 else (4, 10)
""",
        0,
        stages=[{"hold": "30s"}],
    ),
    "a ramp down": Case(
        method('self.client.get("/slow?ms=300", name="/slow")'),
        0,
        stages=[{"hold": "2s"}, {"ramp": "2s", "to": 1}, {"hold": "1s"}],
        thresholds={"*": ["error_rate < 1%", "p95 < 2s"], "run": ["throughput >= 0.5/s"]},
    ),
    "on_stop of one who leaves may send": Case(
        each("on_stop", 'self.client.post("/logout")'),
        0,
        stages=[{"hold": "2s"}, {"step": "2s", "to": 2}],
    ),
    "tags and its own arguments": Case(
        """
@events.init_command_line_parser.add_listener
def more(parser):
    parser.add_argument("--filings", type=int, default=0)

class U(HttpUser):
    wait_time = constant(0.1)
    @tag("good")
    @task
    def t(self):
        options = self.environment.parsed_options
        assert (options.filings, options.tags, options.num_users) == (7, ["good"], 4), vars(options)
        assert (options.run_time, options.host) == (2, self.host), vars(options)
        assert options.headless and options.locustfile.endswith("own.py"), vars(options)
        self.client.get("/ok")
    @tag("bad")
    @task
    def u(self):
        raise ValueError("not asked for")
class V(U):
    pass
""",
        0,
        options=("--", "--filings", "7"),
        more={"locust_args": ["U", "--tags", "good"]},
    ),
}
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
