"""A real Prometheus watches a run, with the configuration of docs/metrics.md, and is asked what it saw."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from renhai.core.machine.ports import free_port
from tests.e2e.test_run import FEW, last_run, measured, quiet_run

ROOT = Path(__file__).resolve().parents[2]
PROMETHEUS = shutil.which("prometheus")


def configuration(port: int) -> str:
    """The scrape configuration of docs/metrics.md, for another port."""
    text = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml prometheus\n(.*?)```", text, re.S)
    assert block.count("127.0.0.1:9400") == 1
    return str(block).replace("127.0.0.1:9400", f"127.0.0.1:{port}")


@contextmanager
def prometheus(folder: Path, scraped: int) -> Iterator[str]:
    """A server of the test's own; its address."""
    assert PROMETHEUS
    (folder / "prometheus.yml").write_text(configuration(scraped), encoding="utf-8")
    port = free_port()
    options = {
        "config.file": folder / "prometheus.yml",
        "storage.tsdb.path": folder / "data",
        "web.listen-address": f"127.0.0.1:{port}",
        "log.level": "warn",
    }
    line = [PROMETHEUS, *(f"--{name}={value}" for name, value in options.items())]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(line, cwd=folder, stdout=log, stderr=log)
    try:
        ready(f"http://127.0.0.1:{port}", process, folder / "prometheus.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/-/ready", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    pytest.fail(f"prometheus did not start: {log.read_text()[-2000:]}")


def ask(url: str, query: str) -> list[tuple[dict[str, str], float]]:
    """What an instant query of its HTTP API answers: (labels, value)."""
    address = f"{url}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    with urllib.request.urlopen(address, timeout=20) as answer:
        document = json.loads(answer.read())
    assert document["status"] == "success"
    return [(row["metric"], float(row["value"][1])) for row in document["data"]["result"]]


@pytest.mark.skipif(not PROMETHEUS, reason="no prometheus here: apt-get install prometheus (tools/system.sh)")
def test_prometheus_sees_what_the_snapshot_says(tmp_path: Path) -> None:
    port = free_port()
    with prometheus(tmp_path, port) as url:
        done = quiet_run(tmp_path, "run", "smoke", "--duration", "5s", *FEW, "--metrics", str(port))
        run = last_run(tmp_path)

        def last(metric: str) -> str:
            return f"last_over_time({metric}{{run={json.dumps(run.run_id)}}}[10m])"

        ended = {
            (labels["operation"], labels["outcome"]): value
            for labels, value in ask(url, last("renhai_requests_total"))
        }
        started = {
            labels["operation"]: value for labels, value in ask(url, last("renhai_requests_started_total"))
        }
        summaries = ask(url, last("renhai_request_latency_seconds"))
        transactions = ask(url, f"sum by (unit, post) ({last('renhai_transactions_total')})")
        verdicts = ask(url, last("renhai_verdict"))
        rate = ask(url, "sum(max_over_time(rate(renhai_requests_total[4s])[10m:1s]))")
    assert "Traceback" not in done.stderr
    outcomes = ("ok", "rejected", "error")
    assert {name: (started[name], *(ended[name, o] for o in outcomes)) for name in started} == measured(run)
    for labels, value in summaries:  # all of the run is in the last 30 s, so they are those of the snapshot
        latency = run.operations[labels["operation"]].latency_ms
        assert latency is not None
        q = {"0.5": latency.p50, "0.95": latency.p95, "0.99": latency.p99}[labels["quantile"]]
        assert value == pytest.approx(q / 1000)
    assert len(summaries) == 3 * len(run.operations)
    assert {(labels["unit"], labels["post"]): value for labels, value in transactions} == {
        (row["unit"], row["post"]): row["completed"] + row["failed"] for row in run.groups if row["attempted"]
    }
    assert {labels["verdict"]: value for labels, value in verdicts if value} == {run.verdict: 1}
    assert rate[0][1] > 0
