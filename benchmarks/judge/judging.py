"""How long judging a big snapshot takes: python -m benchmarks judging [requests] [seconds] [operations]

Builds an hour of 10 million requests over a dozen operations in a temporary directory (120 intervals an
operation, as the load engine writes them), then, each in a fresh process, judges it, finishes it (run.json
and the reports), and compares 10 copies of it with 10 others, page included. Prints wall time, CPU time and
peak memory. The goals: judging under 2 s and 300 MB, comparing under 20 s.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from hdrh.histogram import HdrHistogram

HOUR_US = 3_600_000_000
INTERVALS = 120

COPIES = 10

MEASURE = """
import resource, sys, time
from pathlib import Path
begun = time.perf_counter()
{imports}
imported = time.perf_counter()
directory = Path(sys.argv[1])
verdict = {call}
done = time.perf_counter()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"{name:9} {{done - imported:5.2f}} s, imports {{imported - begun:.2f}} s, ", end="")
print(f"CPU {{time.process_time():.2f}} s in all, peak {{peak:.0f}} MB: {{verdict}}")
"""
GATES = '{"*": ["error_rate < 0.1%", "p95 < 3s"], "run": ["throughput >= 7/s"]}'
ABOUT = f'{{"scenario": {{"name": "big"}}, "target": {{"name": "none"}}, "thresholds": {GATES}}}'
COMPARE = """
from results.compare.comparison import compare
from results.report.html.comparison import write_comparison
def both(directory):
    sides = [sorted(directory.glob(f"{side}*")) for side in "ab"]
    comparison = compare(*sides)
    write_comparison(directory, comparison, *sides)
    return comparison.verdict
"""


def encoded(rng: np.random.Generator, size: int, median_us: float) -> str:
    """A histogram of `size` log-normal latencies, as one log line carries it."""
    histogram = HdrHistogram(1, HOUR_US, 3)
    values = np.maximum(1, rng.lognormal(np.log(median_us), 0.5, size)).astype(np.int64)
    for value, count in zip(*np.unique(values, return_counts=True), strict=True):
        histogram.record_value(int(value), int(count))
    text: str = histogram.encode().decode()
    return text


def write_log(path: Path, names: list[str], seconds: int, size: int, rng: np.random.Generator) -> None:
    length = seconds // INTERVALS
    pool = {
        name: [encoded(rng, size, 20_000 * (place + 1)) for _ in range(3)] for place, name in enumerate(names)
    }
    with path.open("w") as file:
        file.write(
            "#[BaseTime: 1000.000 (seconds since epoch)]\n#[StartTime: 1000.000 (seconds since epoch), x]\n"
        )
        for interval in range(INTERVALS):
            for name in names:
                text = pool[name][interval % 3]
                file.write(f"Tag={name},{interval * length:.3f},{length:.3f},1.0,{text}\n")


def write_timeline(path: Path, names: list[str], seconds: int, size: int) -> None:
    """`size` requests of each operation in each interval, as even as whole numbers go."""
    length = max(1, seconds // INTERVALS)
    with path.open("w") as file:
        file.write("second,operation,started,ok,rejected,errors,users,due,dropped,cpu_percent,loop_lag_ms\n")
        for second in range(seconds):
            now = size * (second % length + 1) // length - size * (second % length) // length
            for name in names:
                file.write(f"{second},{name},{now},{now},0,0,,,,,\n")
            file.write(f"{second},run,{now * len(names)},{now * len(names)},0,0,400,0,0,35.0,1.2\n")


def write_measured(path: Path, names: list[str], seconds: int, size: int) -> None:
    total = size * INTERVALS
    counts = {"started": total, "ok": total, "rejected": 0, "errors": 0, "unfinished": 0}
    document = {
        "started": "2015-09-11T08:00:00Z",
        "duration_s": seconds,
        "ended": "completed",
        "load": {"model": "closed", "users": 400},
        "operations": dict.fromkeys(names, counts),
        "generator": {"processes": 2, "workers_lost": 0},
        "answered": True,
    }
    path.write_text(json.dumps(document))


def measure_judging(requests: int, seconds: int, operations: int) -> None:
    names = [f"domain{place}.operation" for place in range(operations)]
    size = requests // operations // INTERVALS
    rng = np.random.default_rng(20150911)
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch)
        for log in ("latency.hlog", "service.hlog"):
            write_log(directory / log, names, seconds, size, rng)
        write_timeline(directory / "timeline.csv", names, seconds, size)
        write_measured(directory / "measured.json", names, seconds, size)
        megabytes = sum(path.stat().st_size for path in directory.iterdir()) / 1e6
        total = size * INTERVALS * operations
        print(f"{total:,} requests, {seconds} s, {operations} operations, {megabytes:.1f} MB on disk")
        measure(
            "judging",
            "from results.verdict.judge import judge",
            f"judge(directory, {GATES}).verdict",
            scratch,
        )
        measure(
            "finishing",
            "from results.report.files.run import finish",
            f"finish(directory, {ABOUT}).verdict",
            scratch,
        )
        copy(directory)
        measure("comparing", COMPARE, "both(directory)", scratch)


def measure(name: str, imports: str, call: str, directory: str) -> None:
    script = MEASURE.format(name=name, imports=imports, call=call)
    subprocess.run([sys.executable, "-c", script, directory], check=True)


def copy(directory: Path) -> None:
    """COPIES snapshots of each side, equal but for their name."""
    document = json.loads((directory / "run.json").read_text())
    for side in "ab":
        for number in range(COPIES):
            other = directory / f"{side}{number}"
            other.mkdir()
            (other / "latency.hlog").hardlink_to(directory / "latency.hlog")
            (other / "run.json").write_text(json.dumps({**document, "run_id": other.name}))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks judging",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for name, default in (("requests", 10_000_000), ("seconds", 3600), ("operations", 12)):
        parser.add_argument(name, type=int, nargs="?", default=default, help=f"default {default}")
    measure_judging(**vars(parser.parse_args(arguments)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
