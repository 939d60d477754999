"""The trials of health.py: how a run is spoiled on purpose, and what a healthy one looks like."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks.rig import PYTHON, Cores, pinned, running

# (pid of `renhai run`, the folder of its runs, the cores) -> spoils the run while the block lasts
Spoil = Callable[[int, Path, Cores], AbstractContextManager[None]]

SETTLED_S = 1.5  # seconds of undisturbed load before a spoil
ROBBERY_S = 4.5


@dataclass(frozen=True)
class Trial:
    """One run. target: "nginx" or a case of benchmarks/truth/laws.py; spoiled: it must be refused."""

    name: str
    scenario: str
    target: str = "nginx"
    seconds: float = 6.0
    rate: float | None = None
    users: int | None = None
    processes: int = 1
    sets: tuple[str, ...] = ()
    spoil: Spoil | None = None
    spoiled: bool = False

    def options(self) -> dict[str, Any]:
        """The keywords of `benchmarks.product.run_argv`."""
        processes = self.processes if self.processes > 1 else None
        return {
            "seconds": self.seconds,
            "rate": self.rate,
            "users": self.users,
            "processes": processes,
            "sets": self.sets,
        }


LOAD_PROCESS = "renhai.load.locust"  # the module that a load process runs


def load_processes(pid: int) -> list[psutil.Process]:
    """The Locust processes under a `renhai run`, master first, workers after it."""
    with contextlib.suppress(psutil.NoSuchProcess):
        children = psutil.Process(pid).children(recursive=True)
        return [child for child in children if LOAD_PROCESS in child.cmdline()]
    return []


def measuring(pid: int, out: Path, patience: float = 30.0) -> list[psutil.Process]:
    """Wait for the first figures of a run, then a little; its load processes, [] when it ended before."""
    until = time.monotonic() + patience
    while time.monotonic() < until and psutil.pid_exists(pid):
        if any(path.stat().st_size for path in out.rglob("measured.json")):
            time.sleep(SETTLED_S)
            return load_processes(pid)
        time.sleep(0.1)
    return []


def stopped(seconds: float) -> Spoil:
    """The load process stands still for a while, as when its machine is suspended or swaps."""

    @contextlib.contextmanager
    def spoil(pid: int, out: Path, place: Cores) -> Iterator[None]:
        for process in measuring(pid, out)[:1]:
            process.send_signal(signal.SIGSTOP)
            time.sleep(seconds)
            process.send_signal(signal.SIGCONT)
        yield

    return spoil


def killed() -> Spoil:
    """One of two workers dies without a word."""

    @contextlib.contextmanager
    def spoil(pid: int, out: Path, place: Cores) -> Iterator[None]:
        for process in measuring(pid, out)[-1:]:
            process.kill()
        yield

    return spoil


def robbed(thieves: int) -> Spoil:
    """Busy processes of high priority (nice -15) take the generator's core in the middle of the run."""
    busy = f"import time\nend = time.monotonic() + {2 * ROBBERY_S}\nwhile time.monotonic() < end: pass"

    @contextlib.contextmanager
    def spoil(pid: int, out: Path, place: Cores) -> Iterator[None]:
        if measuring(pid, out):
            with contextlib.ExitStack() as stack:
                argv = pinned(place.generator, [PYTHON, "-c", busy])
                for _ in range(thieves):
                    prefer(stack.enter_context(running(argv, stdout=subprocess.DEVNULL)).pid)
                time.sleep(ROBBERY_S)
        yield

    return spoil


def prefer(pid: int) -> None:
    """nice -15; where the kernel groups by session (autogroup), the group's nice value is what counts."""
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, pid, -15)
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text("-15", encoding="ascii")


def _think(text: str) -> tuple[str, ...]:
    return (f"posts.bench.think_time={text}",)


def _bound(count: int, process: str = "constant") -> tuple[str, ...]:
    return (f"load.arrivals.max_in_flight={count}", f"load.arrivals.process={process}")


OPEN, OPEN_VAT = "bench/open", "bench/open-declarations"
CLOSED, CLOSED_VAT, SEATED = "bench/closed", "bench/closed-declarations", "bench/operators"
POISSON = ("load.arrivals.process=poisson",)
SECOND = _think("{fixed: 1s}")


def _spoiled(name: str, scenario: str, **options: Any) -> Trial:
    return Trial(name, scenario, spoiled=True, **options)


SPOILED = (
    _spoiled("saturated: 60,000/s", OPEN, rate=60_000),
    _spoiled("saturated: 100,000/s", OPEN, rate=100_000),
    _spoiled("saturated: Poisson 80,000/s", OPEN, rate=80_000, sets=POISSON),
    _spoiled("saturated: 60,000 declarations/s", OPEN_VAT, rate=60_000),
    _spoiled("saturated: 50 operators, no think time", CLOSED, users=50),
    _spoiled("saturated: 500 operators, no think time", CLOSED, users=500),
    _spoiled("saturated: 50 operators, declarations", CLOSED_VAT, users=50),
    _spoiled("stopped 1 s: 500/s", OPEN, rate=500, spoil=stopped(1)),
    _spoiled("stopped 1.5 s: 2,000/s", OPEN, rate=2000, spoil=stopped(1.5)),
    _spoiled("stopped 2 s: Poisson 200/s", OPEN, rate=200, sets=POISSON, spoil=stopped(2)),
    _spoiled("stopped 1 s: 100 operators", SEATED, users=100, sets=SECOND, spoil=stopped(1)),
    _spoiled("stopped 2 s: 500 operators", SEATED, users=500, sets=SECOND, spoil=stopped(2)),
    _spoiled("worker killed: 500/s", OPEN, rate=500, processes=2, spoil=killed()),
    _spoiled("worker killed: Poisson 1,000/s", OPEN, rate=1000, processes=2, sets=POISSON, spoil=killed()),
    _spoiled("worker killed: 100 operators", SEATED, users=100, processes=2, sets=SECOND, spoil=killed()),
    _spoiled("worker killed: 500 operators", SEATED, users=500, processes=2, sets=SECOND, spoil=killed()),
    _spoiled("bound 5 in flight: bimodal 500/s", OPEN, target="bimodal", rate=500, sets=_bound(5)),
    _spoiled("bound 10: bimodal Poisson 500/s", OPEN, target="bimodal", rate=500, sets=_bound(10, "poisson")),
    _spoiled("bound 5: drift 500/s", OPEN, target="drift", rate=500, sets=_bound(5)),
    _spoiled("bound 20: overloaded servers 220/s", OPEN, target="above", rate=220, sets=_bound(20)),
    _spoiled("core taken by 2: 500/s", OPEN, rate=500, spoil=robbed(2), seconds=9),
    _spoiled("core taken by 2: 2,000/s", OPEN, rate=2000, spoil=robbed(2), seconds=9),
    _spoiled("core taken by 3: 200 operators", SEATED, users=200, sets=SECOND, spoil=robbed(3), seconds=9),
    _spoiled("core taken by 2: 1,000 operators", SEATED, users=1000, sets=SECOND, spoil=robbed(2), seconds=9),
)

HEALTHY = (
    *(Trial(f"{rate:,}/s", OPEN, rate=rate) for rate in (10, 50, 200, 500, 1000, 2000, 5000)),
    *(Trial(f"Poisson {rate:,}/s", OPEN, rate=rate, sets=POISSON) for rate in (50, 500, 2000)),
    Trial("500/s, bimodal target", OPEN, target="bimodal", rate=500),
    Trial("200/s, drifting target", OPEN, target="drift", rate=200),
    Trial("Poisson 100/s, 4 servers", OPEN, target="below", rate=100, sets=POISSON),
    Trial("220/s, overloaded servers", OPEN, target="above", rate=220),
    Trial("500 declarations/s", OPEN_VAT, rate=500),
    Trial("10 operators, fixed 1 s", SEATED, users=10, sets=SECOND),
    Trial("100 operators, uniform", SEATED, users=100, sets=_think("{uniform: [500ms, 1500ms]}")),
    Trial("500 operators, exponential", SEATED, users=500, sets=_think("{exponential: 1s}")),
    Trial(
        "1,000 operators, lognormal", SEATED, users=1000, sets=_think("{lognormal: {median: 1s, p95: 3s}}")
    ),
    Trial("200 operators, bimodal target", SEATED, target="bimodal", users=200, sets=SECOND),
    Trial("3,000 operators, exponential 5 s", SEATED, users=3000, sets=_think("{exponential: 5s}")),
    Trial("2 processes: 500/s", OPEN, rate=500, processes=2),
    Trial("2 processes: 200 operators", SEATED, users=200, processes=2, sets=SECOND),
)
