"""Does renhai itself stay as it is? `python -m benchmarks soak [--minutes 30] [--rate 1000]`.

A constant stream of declarations goes to an nginx that answers at once, each with an intent, a receipt and
a line of the journal. Memory of the runner and of each load process, latency, and the size of each file in
the run's directory are taken as series while the load lasts, after a warm-up of a tenth and at least two
minutes: tables of the generators that are kept for the next request (lru_cache, each with a bound) fill up
over the first 100,000 requests. Parts of a file and what they were compressed to are summed up. Memory is
what belongs to the process alone (RssAnon): pages of files and libraries are the kernel's. A slope is by
Theil and Sen, with its interval of 99 %. It is judged by the end of its interval: at most the bound,
`steady`; the whole interval above it, `GROWS`; else the run was too short to tell. Exits 1 where one grows,
the run is no pass or less was sent than 95 % of the rate; 3 where one cannot be told. `starts.jsonl`, which
drilled runs alone have, stands in parts as receipts do.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil
from scipy import stats

from benchmarks.peers.nginx import nginx_on
from benchmarks.product import Ran, bench_home, read_run, run_argv
from benchmarks.rig import cores, environment, pinned, report, running, scratch, table
from results.snapshot.histograms import Histogram, read_intervals, together

RATE, MINUTES, WARM_UP, PARTS, PATIENCE_S = 1000, 30.0, 0.1, 24, 120.0
AFTER = 0.5  # of the run's own time, in which its journal is put in order on a busy machine
WARM_UP_S, LEFT_S = 120.0, 60.0  # a warm-up at least, and what must be left after it
AROUND_MIN = 1.0  # beside the load itself: copies, start, what is judged and written
CONFIDENCE = 0.99
MIB = 2**20


class Bound(NamedTuple):
    """At most so much: `of` the unit a second (memory, latency), or a request (files)."""

    limit: float
    unit: str
    why: str


BOUNDS = {
    "memory": Bound(40.0, "MiB/h", "a run of 8 h grows by 320 MiB at most"),
    "latency": Bound(5.0, "ms/h", "a run of 8 h is 40 ms slower at its end at most"),
    "receipts": Bound(
        250.0, "B/request", "30 minutes at 1,000/s in 0.45 GB at most, were no part compressed"
    ),
    "journal": Bound(400.0, "B/request", "30 minutes at 1,000/s in 0.7 GB"),
    "other files": Bound(20.0, "MiB/h", "each: a line a second, or a histogram every few"),
}
PER_REQUEST = ("receipts", "journal")


class Slope(NamedTuple):
    """value, low, high in the unit of the bound."""

    name: str
    kind: str
    value: float
    low: float
    high: float

    @property
    def state(self) -> str:
        limit = BOUNDS[self.kind].limit
        return "steady" if self.high <= limit else "GROWS" if self.low > limit else "cannot tell"


class Series(threading.Thread):
    """Once a second: MiB of each process by its part, bytes of each file by its name."""

    def __init__(self, runner: int, out: Path) -> None:
        super().__init__(daemon=True)
        self._runner, self._out = psutil.Process(runner), out
        self._ended = threading.Event()
        self.begun = time.monotonic()
        self.memory: dict[str, list[tuple[float, float]]] = {}
        self.files: dict[str, list[tuple[float, float]]] = {}

    def run(self) -> None:
        while not self._ended.wait(1.0):
            at = time.monotonic() - self.begun
            with contextlib.suppress(psutil.Error, OSError, ValueError):
                for name, one in self._processes():
                    self.memory.setdefault(name, []).append((at, own_memory(one.pid)))
            for name, size in self._sizes().items():
                self.files.setdefault(name, []).append((at, size))

    def _sizes(self) -> dict[str, float]:
        """By file of the run's directory, of receipts and journal by folder."""
        found: dict[str, float] = {}
        for path in self._out.rglob("*"):
            with contextlib.suppress(OSError):
                if path.is_file():
                    name = path.relative_to(self._out).parts[1]
                    found[name] = found.get(name, 0.0) + path.stat().st_size
        return found

    def _processes(self) -> Iterator[tuple[str, psutil.Process]]:
        yield "runner", self._runner
        children = self._runner.children(recursive=True)
        load = [one for one in children if "renhai.load.locust" in one.cmdline()]
        for number, child in enumerate(sorted(load, key=lambda one: one.pid), 1):
            yield "load process" if len(load) == 1 else f"load process {number}", child

    def until(self, end_s: float) -> Series:
        """Without what was seen later than that on CLOCK_MONOTONIC: how a run is judged is no part of it."""
        for known in (self.memory, self.files):
            for name, values in known.items():
                known[name] = [pair for pair in values if pair[0] + self.begun <= end_s]
        return self

    def end(self) -> None:
        self._ended.set()
        self.join()


def own_memory(pid: int) -> float:
    """MiB in memory that belong to the process alone (RssAnon of proc(5)). Raises OSError, ValueError."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("RssAnon:"):
            return float(line.split()[1]) / 1024
    raise ValueError(f"the kernel does not say RssAnon of process {pid}")


def slope(name: str, kind: str, known: Sequence[tuple[float, float]], scale: float) -> Slope | None:
    """Of what is left after the warm-up, in medians of PARTS equal parts; scale: from a second to the unit.

    None where less than LEFT_S is left, or fewer than 6 parts.
    """
    if not known:
        return None
    begin, end = known[0][0], known[-1][0]
    begin += max(WARM_UP * (end - begin), WARM_UP_S)
    if end - begin < LEFT_S:
        return None
    width = max((end - begin) / PARTS, 1e-9)
    parts: dict[int, list[tuple[float, float]]] = {}
    for at, value in known:
        if at >= begin:
            parts.setdefault(min(int((at - begin) / width), PARTS - 1), []).append((at, value))
    middles = [np.median(np.asarray(part), axis=0) for _, part in sorted(parts.items())]
    if len(middles) < 6:
        return None
    x, y = (np.asarray([row[place] for row in middles]) for place in (0, 1))
    found = stats.theilslopes(y, x, alpha=CONFIDENCE)
    low, high = sorted((float(found.low_slope), float(found.high_slope)))
    return Slope(name, kind, float(found.slope) * scale, low * scale, high * scale)


def latencies(log: Path) -> dict[str, list[tuple[float, float]]]:
    """(s, ms) of p50 and p95 of each second of the log."""
    seconds: dict[int, list[Histogram]] = {}
    for interval in read_intervals(log):
        seconds.setdefault(int(interval.start_s), []).append(interval.histogram)
    merged = [(float(at), together(found)) for at, found in sorted(seconds.items())]
    return {
        name: [(at, value) for at, one in merged if (value := one.milliseconds(name)) is not None]
        for name in ("p50", "p95")
    }


def soaked(minutes: float, rate: int, folder: Path) -> tuple[Ran, Series, Path]:
    """One run to its end. Raises SystemExit when it left nothing."""
    place, seconds, out = cores(), 60 * minutes, folder / "runs"
    out.mkdir()
    with bench_home() as home, nginx_on(place.target) as nginx:
        target = home / "scenarios" / "targets" / "bench.yaml"
        told = target.read_text(encoding="utf-8")
        target.write_text(told.replace("/declaration/submit}", "/declaration/submit, receipt: [pzxh]}"))
        argv = run_argv("bench/open-declarations", out, nginx.url, seconds=seconds, rate=float(rate))
        argv += ["--set", "data.taxpayers=500000", "--set", "journal=true"]
        log = folder / "output.txt"
        with (
            log.open("w", encoding="utf-8") as output,
            running(
                pinned(place.generator, argv), cwd=home, env=environment(PYTHONPATH=str(home)),
                stdout=output, stderr=subprocess.STDOUT,
            ) as process,
        ):  # fmt: skip
            series = Series(process.pid, out)
            series.start()
            try:
                code = process.wait(seconds * (1 + AFTER) + PATIENCE_S)
            finally:
                series.end()
    found = sorted(out.iterdir())
    if not found:
        raise SystemExit(f"the run ended with {code}: {log.read_text(encoding='utf-8')[-2000:]}")
    return read_run(out, code, log.read_text(encoding="utf-8")), series, found[0]


def slopes(series: Series, directory: Path, rate: float) -> list[Slope]:
    """Of everything that has enough values. rate: requests a second, as they were sent."""
    hour = 3600.0
    found = [slope(f"memory, {name}", "memory", known, hour) for name, known in series.memory.items()]
    found += [
        slope(f"latency, {name}", "latency", known, hour)
        for name, known in latencies(directory / "latency.hlog").items()
    ]
    for name, known in sorted(series.files.items()):
        kind, scale = (name, 1 / rate) if name in PER_REQUEST else ("other files", hour / MIB)
        found.append(slope(f"file, {name}", kind, known, scale))
    return [one for one in found if one is not None]


def judged(ran: Ran, found: Sequence[Slope], sent: float, rate: int) -> tuple[int, list[str]]:
    """Exit code, and what stands against 0."""
    against = [f"{one.name} grows beyond its bound" for one in found if one.state == "GROWS"]
    why = "; ".join(ran.run.get("reasons", [])) or ran.output[-300:].strip()
    against += [f"the run is {ran.verdict}: {why}"] if ran.code else []
    against += [f"{sent:.0f} requests a second were sent, of {rate}"] if sent < 0.95 * rate else []
    missing = {kind for kind in BOUNDS if not any(one.kind == kind for one in found)}
    unclear = [f"{one.name} cannot be told" for one in found if one.state == "cannot tell"]
    unclear += [
        f"{kind}: less than {LEFT_S:.0f} s of it after a warm-up of {WARM_UP_S:.0f} s; take more --minutes"
        for kind in sorted(missing)
    ]
    return (1 if against else 3 if unclear else 0), [*against, *unclear]


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit 0, 1 or 3, as this file's head says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks soak", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--rate", type=int, default=RATE, help="declarations a second")
    parser.add_argument("--draft", action="store_true", help="print, and leave the page as it is")
    asked = parser.parse_args(arguments)
    minutes = asked.minutes + AROUND_MIN
    print(f"one run of {asked.minutes:g} minutes: about {minutes:g} minutes", flush=True)
    with scratch("soak") as folder:
        ran, series, directory = soaked(asked.minutes, asked.rate, folder)
        document: Mapping[str, float] = ran.operation()
        sent = document.get("started", 0) / (60 * asked.minutes)
        measured = json.loads((directory / "measured.json").read_text(encoding="utf-8"))
        series.until(measured["t0_ns"] / 1e9 + measured["duration_s"])
        found = slopes(series, directory, sent or 1.0)
    rows = [
        [one.name, f"{one.value:.3g}", f"{one.low:.3g} to {one.high:.3g}",
         f"{BOUNDS[one.kind].limit:g}", BOUNDS[one.kind].unit, one.state]
        for one in found
    ]  # fmt: skip
    code, against = judged(ran, found, sent, asked.rate)
    lead = f"`python -m benchmarks soak --minutes {asked.minutes:g} --rate {asked.rate}`: "
    lead += f"{sent:.0f} requests a second, verdict {ran.verdict}; the load process stood still for "
    lead += f"{ran.generator.get('loop_lag_ms_max', '?')} ms at most."
    heads = ["what", "slope", "interval of 99 %", "bound", "unit", "state"]
    bounds = "\n".join(f"- {kind}: {one.limit:g} {one.unit}; {one.why}" for kind, one in BOUNDS.items())
    report(
        "soak", "renhai itself, soaked", [lead, table(heads, rows), bounds, "\n".join(against)],
        {"slopes": found, "memory": series.memory, "files": series.files}, keep=not asked.draft,
    )  # fmt: skip
    return code
