"""Users' own Locust files that replace true clocks, words or figures by others: none may pass."""

from __future__ import annotations

from tests.e2e.own_file import Case
from tests.e2e.own_parts import AT_THE_END, GOOD, LEAVES, method

SLOW = method('self.client.get("/slow?ms=200", name="/slow")')
BELOW_100_MS = {"*": ["error_rate < 1%", "p95 < 100ms"]}

FORGED = {
    "a clock that runs slow": Case(
        "P = time.perf_counter\ntime.perf_counter = lambda: P() / 10\n" + SLOW,
        3,
        ("time.perf_counter went another way", "GET /slow: requests were reported with"),
        thresholds=BELOW_100_MS,
    ),
    "Locust's client has a clock of its own": Case(
        "import locust.clients, types\nP = time.perf_counter\n"
        "locust.clients.time = types.SimpleNamespace(time=time.time, perf_counter=lambda: P() / 10)\n" + SLOW,
        3,
        ("GET /slow: requests were reported with",),
        thresholds=BELOW_100_MS,
    ),
    "a time that the file makes shorter": Case(
        method(
            'with self.client.get("/slow?ms=200", name="/slow", catch_response=True) as answer:',
            '    answer.request_meta["response_time"] = 1.0',
        ),
        3,
        ("GET /slow: requests were reported with 1 ms, and their calls took 2",),
        thresholds=BELOW_100_MS,
    ),
    "a last word that only looks like Locust's": Case(
        GOOD
        + AT_THE_END
        + LEAVES.format(event="quitting", how="os.write(1, b'\\nRENHAI {\"left\": 0}\\n'); os._exit(0)"),
        3,
        ("before all listeners of quitting had been called",),
    ),
    "its last listener writes better figures": Case(
        method('self.client.get("/no")')
        + LEAVES.format(
            event="quit",
            how="p = 'measured.json'; t = open(p).read(); open(p, 'w').write("
            't.replace(\'"errors":\', \'"errors": 0, "was":\'))',
        ),
        3,
        ("measured.json was changed after the load process had written it",),
    ),
}
