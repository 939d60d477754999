"""Metrics of a run while it goes on, for Prometheus: `renhai run ... --metrics [HOST:]PORT`.

Served by the runner, never by a load process. Latencies are summaries: their quantiles are exact nearest
ranks over the last WINDOW_S seconds, which buckets chosen beforehand could not give; see docs/metrics.md.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Iterable, Iterator
from fractions import Fraction

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector

from renhai.core.errors import UsageError
from renhai.plan.model import Plan
from renhai.run.monitor.live_thresholds import WINDOW_S, LiveCounts, LiveThresholds
from renhai.run.monitor.views import Status, View, added
from results.metrics import QUANTILES
from results.snapshot.run import EXIT_CODES, Run

LOOPBACK = "127.0.0.1"
SHOWN: dict[str, Fraction] = {"0.5": QUANTILES["p50"], "0.95": QUANTILES["p95"], "0.99": QUANTILES["p99"]}
KEPT_VERDICTS = 20  # of the runs of a --repeat
LAST_FETCH_S = 30.0  # how long the verdict waits for a scraper that came before

OUTCOMES = ("ok", "rejected", "error")
_RUN = ("scenario", "run")


def parse_address(text: str) -> tuple[str, int]:
    """`9400`, `127.0.0.1:9400` or `[::1]:9400`: host (loopback unless given) and port. Raises UsageError."""
    host, colon, port = text.rpartition(":")
    if not port.isdigit() or not 0 < int(port) < 65536 or (colon and not host):
        raise UsageError(f"--metrics {text} is not PORT or HOST:PORT, as in 9400 or 127.0.0.1:9400")
    return host.strip("[]") or LOOPBACK, int(port)


class Exporter(Collector):
    """What Prometheus is told of the run under way, and the verdicts of those before it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._about = ("", "")
        self._planned = 0.0
        self._total: Status = {}
        self._standing = LiveThresholds()
        self._verdicts: dict[tuple[str, str], str] = {}
        self._final = False
        self._fetched = False
        self._fetched_last = threading.Event()

    def begin(self, seconds: float, plan: Plan | None) -> None:
        """Another run; what was told of the one before is forgotten, except its verdict."""
        with self._lock:
            self._about = (plan.scenario.name, plan.run_id) if plan is not None else ("", "")
            self._planned, self._total, self._standing = seconds, {}, LiveThresholds(plan)
            self._final = False

    def status(self, status: Status) -> None:
        with self._lock:
            self._total = added(self._total, status)
            self._standing.take(status)

    def judged(self, run: Run) -> None:
        with self._lock:
            self._verdicts[run.scenario.name, run.run_id] = run.verdict
            for oldest in list(self._verdicts)[:-KEPT_VERDICTS]:
                del self._verdicts[oldest]
            self._final = True

    def wait(self) -> None:
        """Until the verdict was fetched, if anybody fetched anything; at most LAST_FETCH_S, or Ctrl-C."""
        if self._fetched and self._final:
            with contextlib.suppress(KeyboardInterrupt):
                self._fetched_last.wait(LAST_FETCH_S)

    def collect(self) -> Iterable[Metric]:
        """Called by prometheus_client for each fetch, in a thread of its own."""
        with self._lock:
            found = [*self._run(), *self._operations(), *self._posts(), self._judgements()]
            self._fetched = True
            if self._final:
                self._fetched_last.set()
        return found

    def _run(self) -> Iterator[Metric]:
        """The run as a whole, and the load processes."""
        if not self._total:
            return
        total = self._total
        yield self._gauge("renhai_run_elapsed_seconds", "Time since the load began.", self._standing.seconds)
        yield self._gauge("renhai_run_planned_seconds", "How long the load is to last.", self._planned)
        yield self._gauge("renhai_users", "Operators at work, or journeys in flight.", total.get("users", 0))
        cpu = "CPU use of the busiest load process in the last second; 1 is a whole core."
        yield self._gauge("renhai_generator_cpu_ratio", cpu, (total.get("cpu") or 0) / 100)
        lag = "How late the event loop of a load process was at worst in the last second."
        yield self._gauge("renhai_generator_loop_lag_seconds", lag, (total.get("lag_ms") or 0) / 1000)
        for name, text in (("due", "Arrivals that were due."), ("dropped", "Arrivals that were dropped.")):
            counter = CounterMetricFamily(f"renhai_arrivals_{name}", text, labels=_RUN)
            counter.add_metric(self._about, total.get(name, 0))
            yield counter

    def _gauge(self, name: str, text: str, value: float) -> Metric:
        gauge = GaugeMetricFamily(name, text, labels=_RUN)
        gauge.add_metric(self._about, value)
        return gauge

    def _operations(self) -> Iterator[Metric]:
        labels = (*_RUN, "operation")
        started = CounterMetricFamily("renhai_requests_started", "Requests begun.", labels=labels)
        ended = CounterMetricFamily("renhai_requests", "Requests ended.", labels=(*labels, "outcome"))
        text = f"From intended start to last byte; quantiles of the last {WINDOW_S} seconds."
        latency = SummaryMetricFamily("renhai_request_latency", text, labels=labels, unit="seconds")
        for name, account in self._standing.operations.items():
            about = [*self._about, name]
            started.add_metric(about, account.started)
            for outcome, count in zip(OUTCOMES, (account.ok, account.rejected, account.errors), strict=True):
                ended.add_metric([*about, outcome], count)
            self._summary(latency, labels, about, account)
        yield from (started, ended, latency)

    def _posts(self) -> Iterator[Metric]:
        labels = (*_RUN, "unit", "post")
        ended = CounterMetricFamily(
            "renhai_transactions", "Transactions of a unit's post.", labels=(*labels, "outcome")
        )
        text = f"Time of a whole transaction; quantiles of the last {WINDOW_S} seconds."
        times = SummaryMetricFamily("renhai_transaction_duration", text, labels=labels, unit="seconds")
        for name, account in self._standing.posts.items():
            unit, _, post = name.partition("/")
            about = [*self._about, unit, post]
            ended.add_metric([*about, "completed"], account.ok)
            ended.add_metric([*about, "failed"], account.errors)
            self._summary(times, labels, about, account)
        yield from (ended, times)

    def _summary(
        self, family: Metric, labels: tuple[str, ...], values: list[str], account: LiveCounts
    ) -> None:
        """prometheus_client has quantiles in its format, but no call that adds them to a family."""
        named = dict(zip(labels, values, strict=True))
        lately = account.lately(self._standing.seconds - 1)
        for text, q in SHOWN.items():
            seconds = lately.quantile(q) / 1e6 if lately.total else math.nan
            family.add_sample(family.name, {**named, "quantile": text}, seconds)
        whole = account.latency
        family.add_sample(family.name + "_count", named, whole.total)
        family.add_sample(family.name + "_sum", named, whole.sum_us() / 1e6)

    def _judgements(self) -> Metric:
        text = "1 for the verdict of a run that has ended, 0 for the others."
        gauge = GaugeMetricFamily("renhai_verdict", text, labels=(*_RUN, "verdict"))
        for about, verdict in self._verdicts.items():
            for name in EXIT_CODES:
                gauge.add_metric([*about, name], float(name == verdict))
        return gauge


class Watched:
    """A view, and the exporter that is told the same."""

    def __init__(self, view: View, exporter: Exporter) -> None:
        self._view, self._exporter = view, exporter

    def begin(self, headline: str, seconds: float, plan: Plan | None = None) -> None:
        self._exporter.begin(seconds, plan)
        self._view.begin(headline, seconds, plan)

    def status(self, status: Status) -> None:
        self._exporter.status(status)
        self._view.status(status)

    def note(self, text: str) -> None:
        self._view.note(text)

    def end(self) -> None:
        self._view.end()

    def step(self) -> View:
        return Watched(self._view.step(), self._exporter)

    def judged(self, run: Run) -> None:
        self._exporter.judged(run)


@contextlib.contextmanager
def serving(address: str, view: View) -> Iterator[View]:
    """Serve what `view` is told at http://ADDRESS/metrics. Raises UsageError where that cannot be."""
    host, port = parse_address(address)
    exporter = Exporter()
    registry = CollectorRegistry()
    registry.register(exporter)
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        why = f"{host}:{port} cannot be listened on: {error.strerror}; choose another port"
        raise UsageError(f"--metrics: {why}") from None
    try:
        yield Watched(view, exporter)
        exporter.wait()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
