"""The tools of the truth benchmark: how each holds a rate, and the percentiles that each reports."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.product import run_renhai
from benchmarks.rig import PYTHON, SCRIPTS, environment, finish, pinned, program, running
from benchmarks.truth.laws import Case

QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p99.9": 0.999}
LOCUST_USERS = 100


class Said(NamedTuple):
    """What a tool reported: seconds by percentile, requests done and dropped (None: it has no such count)."""

    quantiles: dict[str, float]
    requests: int
    dropped: int | None
    note: str = ""


def nearest_rank(ordered: Sequence[float], p: float) -> float:
    """The smallest value that a share p (in steps of 0.001) of the ordered values does not exceed."""
    rank = -(-len(ordered) * round(p * 1000) // 1000)
    return ordered[max(0, rank - 1)]


def quantiles_of(values: Sequence[float]) -> dict[str, float]:
    """{} for no values."""
    ordered = sorted(values)
    return {name: nearest_rank(ordered, p) for name, p in QUANTILES.items()} if ordered else {}


@contextlib.contextmanager
def truth_server(case: str | None, core: int, record: Path) -> Iterator[str]:
    """A running truth server's url; what it saw is in `record` when the block is left."""
    argv = [PYTHON, "-m", "benchmarks.truth.truth_server", "--record", str(record)]
    argv += ["--case", case] if case else []
    with running(pinned(core, argv), stdout=subprocess.PIPE, env=environment()) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]


@contextlib.contextmanager
def truth_servers(core: int, records: Sequence[Path]) -> Iterator[str]:
    """As many servers as records behind one port, all answering at once: a process may have 20,000 files."""
    with contextlib.ExitStack() as open_ones:
        url, port = "", "0"
        for record in records:
            argv = [PYTHON, "-m", "benchmarks.truth.truth_server", "--shares", "--port", port]
            argv += ["--record", str(record)]
            server = running(pinned(core, argv), stdout=subprocess.PIPE, env=environment())
            process = open_ones.enter_context(server)
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["url"]
            port = url.rpartition(":")[2]
        yield url


def served(record: Path) -> list[float]:
    """Seconds from receive to send, as the server itself saw them; empty when it left no record."""
    if not record.is_file():
        return []
    saved = json.loads(record.read_text(encoding="utf-8"))
    return [sent - received for received, sent in zip(saved["received"], saved["sent"], strict=True)]


def connections(record: Path) -> int:
    """How many connections carried a request, as the server itself saw them; 0 when it left no record."""
    return int(json.loads(record.read_text(encoding="utf-8"))["connections"]) if record.is_file() else 0


def by_renhai(case: Case, url: str, core: int, folder: Path, home: Path) -> Said:
    out = folder / "renhai"
    ran = run_renhai(home, "bench/truth", url, core, out, seconds=case.seconds, rate=case.rate)
    latency = ran.operation().get("latency_ms")
    if not latency:
        raise RuntimeError(f"renhai ended with {ran.code}:\n{ran.output[-2000:]}")
    quantiles = {name: latency[name.replace(".", "")] / 1000 for name in QUANTILES}
    note = "" if ran.code == 0 else f"{ran.verdict}: {'; '.join(ran.run.get('reasons', []))}"
    return Said(quantiles, ran.operation()["ok"], ran.run["load"].get("arrivals_dropped"), note)


def by_locust(case: Case, url: str, core: int, folder: Path, home: Path) -> Said:
    users = str(LOCUST_USERS)
    argv = [PYTHON, "-m", "locust", "-f", str(SCRIPTS / "locust_truth.py"), "--headless", "-H", url]
    argv += ["-u", users, "-r", users, "-t", f"{case.seconds:g}s", "--stop-timeout", "10"]
    argv += ["--only-summary", "--json-file", str(folder / "locust")]
    _finish("Locust", argv, case, url, core, folder)
    return said_by_locust(json.loads((folder / "locust.json").read_text(encoding="utf-8"))[0])


def said_by_locust(row: dict[str, object]) -> Said:
    """Percentiles of Locust's own rounded response times (100 to 999 ms to 10 ms)."""
    times: dict[str, int] = row["response_times"]  # type: ignore[assignment]
    values = [float(ms) / 1000 for ms, count in times.items() for _ in range(count)]
    return Said(quantiles_of(values), int(str(row["num_requests"])), None)


def by_k6(case: Case, url: str, core: int, folder: Path, home: Path) -> Said:
    binary = program("k6")
    if binary is None:
        raise FileNotFoundError("k6 is missing (sh benchmarks/setup.sh)")
    argv = [str(binary), "run", "--quiet", "--no-usage-report", "--address", "127.0.0.1:0"]
    argv += ["--summary-export", str(folder / "k6.json"), str(SCRIPTS / "k6_truth.js")]
    _finish("k6", argv, case, url, core, folder)
    metrics = json.loads((folder / "k6.json").read_text(encoding="utf-8"))["metrics"]
    times = metrics["http_req_duration"]
    quantiles = {name: times["med" if name == "p50" else f"p({name[1:]})"] / 1000 for name in QUANTILES}
    dropped = int(metrics.get("dropped_iterations", {}).get("count", 0))
    return Said(quantiles, int(metrics["http_reqs"]["count"]), dropped)


def _finish(tool: str, argv: Sequence[str], case: Case, url: str, core: int, folder: Path) -> None:
    extra = {
        "BENCH_URL": url,
        "BENCH_RATE": f"{case.rate:g}",
        "BENCH_SECONDS": f"{case.seconds:g}",
        "BENCH_USERS": str(LOCUST_USERS),
    }
    code, output = finish(pinned(core, argv), case.seconds + 60, folder, environment(**extra))
    if code != 0:
        raise RuntimeError(f"{tool} ended with {code}:\n{output[-2000:]}")


Tool = Callable[[Case, str, int, Path, Path], Said]
TOOLS: dict[str, Tool] = {"renhai": by_renhai, "Locust": by_locust, "k6": by_k6}
