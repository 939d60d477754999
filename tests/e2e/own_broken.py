"""Users' own Locust files that are broken: none may pass."""

from __future__ import annotations

from tests.e2e.own_file import Case
from tests.e2e.own_forged import FORGED
from tests.e2e.own_parts import (
    AT_THE_END,
    BIG_SHARE,
    GOOD,
    LAX,
    LEAVES,
    NO_ERROR_RULE,
    RAISES,
    SOCKET_USER,
    URLLIB,
    each,
    method,
)

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
BROKEN |= FORGED
