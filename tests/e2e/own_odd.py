"""Users' own Locust files that are only odd: each is judged by what it does."""

from __future__ import annotations

from tests.e2e.own_file import Case
from tests.e2e.own_parts import AT_THE_END, GOOD, LAX, PREPARES, SOCKET_USER, URLLIB, each, method

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
