"""Real Locust runs for tests: a target, a plan, the processes, and what they left."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader

from renhai.binding.loader import load_binding, normalise
from renhai.core.join_key import VARIABLE, new_key
from renhai.core.machine.ports import free_port
from renhai.plan.build import locustfile
from renhai.plan.model import Plan
from renhai.safety import permit
from tests import forked

HOME = Path(__file__).resolve().parents[3]
PATIENCE_S = 90  # for a whole run on a busy machine


class Target:
    """The reference target in a process of its own."""

    def __init__(self, folder: Path, *faults: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        options = [part for fault in faults for part in ("--fault", fault)]
        database = ["--port", "0", "--database", f"sqlite:///{folder}/target.db"]
        self.process = forked.started(
            forked.TARGET, *database, *options, folder=HOME, environment=os.environ,
            output=subprocess.PIPE, errors=2,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.url: str = json.loads(self.process.stdout.readline())["url"]

    def counts(self) -> dict[str, dict[str, int]]:
        """Per operation that was received at all: ok, rejected, error."""
        with urllib.request.urlopen(f"{self.url}/admin/counts") as answer:
            operations = json.load(answer)["operations"]
        kinds = ("ok", "rejected", "error")
        return {name: {k: c[k] for k in kinds} for name, c in operations.items() if c["received"]}

    def received(self) -> int:
        return sum(sum(kinds.values()) for kinds in self.counts().values())

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextlib.contextmanager
def target(folder: Path, *faults: str) -> Iterator[Target]:
    made = Target(folder, *faults)
    try:
        yield made
    finally:
        made.stop()


def closed(groups: dict[str, int], *stages: tuple[float, int, int]) -> dict[str, Any]:
    """The closed model: seats by post; stages as (seconds, users_from, users_to)."""
    return {
        "kind": "closed",
        "operators": [
            {"unit": "14301030000", "post": post, "count": count} for post, count in groups.items()
        ],
        "stages": [{"seconds": s, "users_from": a, "users_to": b} for s, a, b in stages],
    }


def arrivals(
    journeys: dict[str, float], *stages: tuple[float, float, float], bound: int = 5000
) -> dict[str, Any]:
    """The open model: journeys by weight; stages as (seconds, rate_from, rate_to)."""
    return {
        "kind": "open",
        "arrivals": {
            "process": "constant",
            "journeys": journeys,
            "max_in_flight": bound,
            "rate": stages[-1][2],
        },
        "stages": [{"seconds": s, "rate_from": a, "rate_to": b} for s, a, b in stages],
    }


def post(think_s: float, **journeys: float) -> dict[str, Any]:
    """A post with a fixed think time; journeys by name, `__` for the dot."""
    mix = {name.replace("__", "."): weight for name, weight in journeys.items()}
    return {"journeys": mix, "think": {"kind": "fixed", "seconds": think_s}}


def make_plan(out: Path, url: str, load: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The JSON of a plan as renhai.plan.build builds it; `changes` go into the scenario, or the plan."""
    binding, _, path = load_binding("reference")
    scenario = {"name": "test", "data": {"seed": 7, "profile": "gt3_2015", "taxpayers": 50_000}}
    scenario |= {"load": load, "posts": {}, "abort": None, "thresholds": {}}
    plan = {
        "run_id": "test",
        "out": str(out),
        "scenario": scenario,
        "binding": normalise(binding, path),
        "base_url": url,
        "addresses": ["127.0.0.1"],
        "guard": asdict(permit.permit(binding, "reference.yaml")),
        "seed": 7,
        "processes": 1,
        "interval_s": 1,
        "locustfiles": ["locustfiles/registration.py"],
    }
    for key, value in changes.items():
        (scenario if key in scenario else plan)[key] = value
    return plan


@dataclass
class Left:
    """What a run left behind."""

    out: Path
    code: int
    stdout: str
    stderr: str

    @property
    def measured(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads((self.out / "measured.json").read_text())
        return document

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """As Target.counts."""
        names = {"ok": "ok", "rejected": "rejected", "error": "errors"}
        operations = self.measured["operations"]
        return {
            name: {kind: counts[key] for kind, key in names.items()} for name, counts in operations.items()
        }

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The RENHAI lines."""
        return [
            json.loads(x.removeprefix("RENHAI ")) for x in self.stdout.splitlines() if x.startswith("RENHAI ")
        ]

    def timeline(self) -> dict[str, Counter[str]]:
        """timeline.csv summed up by operation."""
        sums: dict[str, Counter[str]] = {}
        with (self.out / "timeline.csv").open(newline="") as file:
            for row in csv.DictReader(file):
                cells = {key: int(row[key]) for key in ("started", "ok", "rejected", "errors")}
                sums.setdefault(row["operation"], Counter()).update(cells)
        return sums

    def histogram(self, kind: str) -> Counter[str]:
        """How many values latency.hlog or service.hlog holds, by operation."""
        reader = HistogramLogReader(str(self.out / f"{kind}.hlog"), HdrHistogram(1, 3_600_000_000, 3))
        totals: Counter[str] = Counter()
        while (histogram := reader.get_next_interval_histogram()) is not None:
            totals[histogram.get_tag()] += histogram.get_total_count()
        return totals

    def agrees_with_itself(self) -> bool:
        """Counts, timeline and histograms say the same of every operation."""
        timeline, latency = self.timeline(), self.histogram("latency")
        return all(
            {key: timeline[name][key] for key in ("started", "ok", "rejected", "errors")}
            == {key: counts[key] for key in ("started", "ok", "rejected", "errors")}
            and latency[name] == counts["ok"] + counts["rejected"] + counts["errors"]
            and counts["started"] == latency[name] + counts["unfinished"]
            for name, counts in self.measured["operations"].items()
        )


KEY = new_key()  # of all runs of this test process


class LocustProcess:
    """One Locust process (and its workers) that is under way."""

    def __init__(self, out: Path, arguments: list[str], cwd: Path, **variables: str) -> None:
        self.out = out
        environment = {**os.environ, "PYTHONPATH": str(HOME), VARIABLE: KEY, **variables}
        self.process = self._begun(arguments, cwd, environment)

    def _begun(
        self, arguments: list[str], cwd: Path, environment: dict[str, str]
    ) -> subprocess.Popen[str] | forked.Forked:
        pipes = {"output": subprocess.PIPE, "errors": subprocess.PIPE}
        return forked.started(
            forked.LOAD, *arguments, folder=cwd, environment=environment, session=True, **pipes
        )

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def wait(self) -> Left:
        """Wait for its end; one that overstays is killed with all its children and fails the test."""
        try:
            stdout, stderr = self.process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.kill()
            stdout, stderr = self.process.communicate()
            raise AssertionError(f"Locust did not end:\n{stdout[-2000:]}\n{stderr[-2000:]}") from None
        return Left(self.out, self.process.returncode, stdout, stderr)

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


class PlainLocust(LocustProcess):
    """The same as a user of plain Locust starts it, by a new interpreter."""

    def _begun(self, arguments: list[str], cwd: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "locust", *arguments],
            cwd=cwd,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )


def begin(plan: dict[str, Any], *options: str) -> LocustProcess:
    """Start the run of a plan, headless."""
    out = Path(plan["out"])
    out.mkdir(parents=True, exist_ok=True)
    (out / "load.py").write_text(locustfile(Plan.model_validate(plan)))
    line = ["-f", "load.py", "--headless", "--host", plan["base_url"], "--only-summary"]
    return LocustProcess(out, [*line, "--exit-code-on-error", "0", *options], out)


def at_port(port: int) -> tuple[list[str], list[str]]:
    """Locust's options for the master, and for its workers."""
    return (
        ["--master-bind-host", "127.0.0.1", "--master-bind-port", str(port)],
        ["--master-host", "127.0.0.1", "--master-port", str(port)],
    )


def workers(count: int) -> list[str]:
    """Locust's options for a master with that many workers of its own."""
    bind, join = at_port(free_port())
    return ["--processes", str(count), *bind, *join]


def run(plan: dict[str, Any], *options: str) -> Left:
    """The whole run of a plan."""
    return begin(plan, *options).wait()


def until(condition: Any, seconds: float = 40.0) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
