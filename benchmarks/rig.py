"""What the benchmarks share: pinned processes, a description of the machine, tables, and saved figures."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

HOME = Path(__file__).resolve().parent.parent
SCRIPTS = HOME / "benchmarks" / "peers" / "scripts"
RAW = HOME / "benchmarks" / "raw"
RESULTS = HOME / "benchmarks" / "results"
PYTHON = sys.executable
BIN = Path(sys.executable).parent
LOOK_S = 0.5  # how often a command that is followed is looked at


class Cores(NamedTuple):
    """The core that generates load and the core that answers; the same one where there is no other."""

    generator: int
    target: int

    @property
    def apart(self) -> bool:
        return self.generator != self.target


def cores() -> Cores:
    allowed = sorted(os.sched_getaffinity(0))
    return Cores(allowed[0], allowed[1] if len(allowed) > 1 else allowed[0])


def pinned(core: int | Sequence[int], argv: Sequence[str | Path]) -> list[str]:
    """The command held to one core or to several; unpinned, as it is, where taskset is missing."""
    command = [str(part) for part in argv]
    if shutil.which("taskset") is None:
        return command
    listed = str(core) if isinstance(core, int) else ",".join(map(str, core))
    return ["taskset", "-c", listed, *command]


def program(name: str) -> Path | None:
    """An executable of the running environment, of PATH, or of the places where Debian keeps daemons."""
    for candidate in (BIN / name, Path("/usr/sbin") / name):
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return candidate
    found = shutil.which(name)
    return Path(found) if found else None


def environment(**extra: str) -> dict[str, str]:
    """The environment of a contestant: the checkout importable, one thread for Go, no colours."""
    return {
        **os.environ,
        "PYTHONPATH": str(HOME),
        "GOMAXPROCS": "1",
        "NO_COLOR": "1",
        "K6_NO_USAGE_REPORT": "true",
        "PYTHONWARNINGS": "ignore",
        **extra,
    }


@contextlib.contextmanager
def running(argv: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A process of our own that is gone at the end: asked once, then killed with its children.

    The kernel kills it, too, when we are killed ourselves (setpriv, where it is installed).
    """
    tether = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
    process = subprocess.Popen([*tether, *argv], text=True, start_new_session=True, **options)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(3)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def finish(
    argv: Sequence[str],
    timeout: float,
    cwd: Path,
    env: Mapping[str, str],
    log: Path | None = None,
    tell: Callable[[str], object] | None = None,
) -> tuple[int, str]:
    """(exit code, output) of a bounded command; one that outlives its time is killed and reports -9.

    tell: is given each whole line of the output within a second of its coming, the last ones at the end.
    """
    path = log or cwd / "output.txt"
    with path.open("w+", encoding="utf-8") as output, path.open(encoding="utf-8", errors="replace") as seen:
        told = Lines(tell or (lambda line: None))
        until = time.monotonic() + timeout
        with running(argv, stdout=output, stderr=subprocess.STDOUT, cwd=cwd, env=dict(env)) as process:
            code = None
            while code is None:
                left = until - time.monotonic()
                try:
                    code = process.wait(max(0.0, min(left, LOOK_S if tell else left)))
                except subprocess.TimeoutExpired:
                    code = -signal.SIGKILL if left <= LOOK_S or not tell else None
                if tell:
                    told.take(seen.read())
        if tell:
            told.take(seen.read(), last=True)
        output.seek(0)
        return code, output.read()


class Lines:
    """Hands whole lines on, from text that comes in pieces."""

    def __init__(self, tell: Callable[[str], object]) -> None:
        self._tell, self._rest = tell, ""

    def take(self, text: str, last: bool = False) -> None:
        """last: what has no end of line is one, too."""
        *whole, self._rest = (self._rest + text).split("\n")
        if last and self._rest:
            whole.append(self._rest)
            self._rest = ""
        for line in whole:
            self._tell(line)


@contextlib.contextmanager
def scratch(prefix: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=f"renhai-{prefix}-") as folder:
        yield Path(folder)


def version_of(package: str) -> str:
    with contextlib.suppress(metadata.PackageNotFoundError):
        return metadata.version(package)
    return "absent"


def machine() -> dict[str, Any]:
    """What a figure must be read with: processor, cores, memory, kernel, versions and the day (UTC)."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "kernel": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        "versions": {name: version_of(name) for name in ("renhai", "locust", "gevent", "k6", "k9-load")},
    }


def _cpu_model() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def machine_line(facts: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in facts["versions"].items())
    return (
        f"{facts['date']}, {facts['cpu']}, {facts['cores']} cores, {facts['memory_gb']} GB, "
        f"{facts['kernel']}, Python {facts['python']}; {versions}"
    )


def table(headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A Markdown table with aligned columns: readable as text, and as it stands in a README."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max([len(head), *(len(row[i]) for row in cells)]) for i, head in enumerate(headers)]

    def line(row: Sequence[str]) -> str:
        padded = [
            row[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
        ]
        return "| " + " | ".join(padded) + " |"

    rule = "|" + "|".join(["-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:])]) + "|"
    return "\n".join([line(list(headers)), rule, *map(line, cells)])


def median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else float("nan")


def report(name: str, title: str, tables: Sequence[str], raw: Mapping[str, Any], *, keep: bool = True) -> str:
    """Print tables with the machine that they were made on; save raw figures, and the page if `keep`.

    Raw figures go to benchmarks/raw/ (ignored by git), the page to benchmarks/results/.
    """
    facts = machine()
    page = "\n\n".join([f"# {title}", machine_line(facts), *tables]) + "\n"
    print("\n" + page, flush=True)
    RAW.mkdir(parents=True, exist_ok=True)
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    (RAW / f"{stamp}-{name}.json").write_text(dump({"machine": facts, **raw}), encoding="utf-8")
    if keep:
        RESULTS.mkdir(parents=True, exist_ok=True)
        (RESULTS / f"{name}.md").write_text(page, encoding="utf-8")
    return page


def dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n"
