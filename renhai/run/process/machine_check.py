"""Is this machine fit to make load? Each finding with its remedy.

`fail` means that runs will not work or cannot be believed; `warn` that large ones may not.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from importlib import metadata
from pathlib import Path
from typing import Literal, NamedTuple

from renhai.core.machine.environment import (
    cores,
    cpu_model,
    dependencies,
    file_limit,
    local_ports,
    reachable_files,
)
from renhai.core.machine.footprint import footprint, installed_extras

State = Literal["ok", "warn", "fail"]

LEAST_PYTHON = (3, 11)
FILES_NEEDED, FILES_WANTED = 1024, 20_000  # a connection an operator: 20,000 operators on one machine
PORTS_WANTED = 20_000
DISK_NEEDED_MB = 200
CLOCK_READ_NS = (
    1000.0  # a clock that takes longer is read through the kernel: tsc and kvm-clock take 20 to 50 ns
)
FAST_CLOCKS = ("tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc_page", "xen")


class Finding(NamedTuple):
    """One check: `remedy` is empty when all is well."""

    name: str
    state: State
    found: str
    remedy: str = ""


def examine(folder: Path | None = None) -> list[Finding]:
    """Every check, in the order of a run; `folder` is where runs would be written."""
    place = folder or Path.cwd()
    checks: list[Callable[[], Finding]] = [
        check_python,
        check_system,
        check_libraries,
        check_size,
        check_cores,
        lambda: check_open_files(*resource.getrlimit(resource.RLIMIT_NOFILE)),
        lambda: check_ports(local_ports()),
        check_loopback,
        lambda: check_writable(place / "results" / "runs"),
        lambda: check_writable(Path(tempfile.gettempdir())),
        lambda: check_clock(_clock_source(), clock_read_ns()),
    ]
    return [_guarded(check) for check in checks]


def exit_code(findings: Iterable[Finding]) -> int:
    """0 when nothing failed, else 1; warnings do not count."""
    return int(any(finding.state == "fail" for finding in findings))


def _guarded(check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except OSError as error:
        return Finding(getattr(check, "__name__", "check"), "warn", f"could not be checked: {error}")


def check_python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < LEAST_PYTHON:
        return Finding("python", "fail", found, "install Python {}.{} or later".format(*LEAST_PYTHON))
    return Finding("python", "ok", found)


def check_system() -> Finding:
    found = f"{os.uname().sysname} {os.uname().release}"
    if sys.platform != "linux":
        remedy = "measure from Linux: arrival times elsewhere are only exact to a few milliseconds"
        return Finding("system", "warn", found, remedy)
    return Finding("system", "ok", found)


def check_libraries() -> Finding:
    """Every requirement of renhai is there, and new enough."""
    wrong, found = [], []
    for name, least in _requirements().items():
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{name} is missing")
            continue
        found.append(f"{name} {version}")
        if _numbers(version) < _numbers(least):
            wrong.append(f"{name} {version} is older than {least}")
    if wrong:
        return Finding("libraries", "fail", "; ".join(wrong), "python -m pip install --upgrade renhai")
    shown = [text for text in found if text.split()[0] in ("locust", "gevent", "httptools", "orjson")]
    return Finding("libraries", "ok", f"{len(found)} as required ({', '.join(shown)})")


def check_size() -> Finding:
    """What the installation takes; for information."""
    try:
        found = f"core {footprint()}"
        if extras := installed_extras():
            found += f"; with {', '.join(extras)}: {footprint(extras)}"
    except metadata.PackageNotFoundError as error:
        return Finding("size", "warn", f"not known: {error}", "python -m pip install --upgrade renhai")
    return Finding("size", "ok", found)


def check_cores() -> Finding:
    count = cores()
    found = f"{count} x {cpu_model()}"
    if count < 2:
        remedy = "give it a second core, or run the target elsewhere: sharing one distorts every latency"
        return Finding("cores", "warn", found, remedy)
    return Finding("cores", "ok", found)


def check_open_files(soft: int, hard: int) -> Finding:
    """A run raises the soft limit to the hard one by itself, so the hard limit decides."""
    reachable = reachable_files(soft, hard)
    found = f"{file_limit(soft):,} now, {reachable:,} at most"
    remedy = f"ulimit -n {FILES_WANTED}, or `* hard nofile 65535` in /etc/security/limits.conf"
    if reachable < FILES_NEEDED:
        return Finding("open files", "fail", found, remedy)
    if reachable < FILES_WANTED:
        people = f"{reachable - 100:,} operators with a connection each a process"
        return Finding("open files", "warn", f"{found}: about {people}", remedy)
    return Finding("open files", "ok", found)


def check_ports(ports: tuple[int, int] | None) -> Finding:
    """Each connection takes a local port; one that was closed rests for a minute (renhai check computes)."""
    if ports is None:
        return Finding("local ports", "warn", "the range is not known on this system")
    count = ports[1] - ports[0] + 1
    found = f"{ports[0]} to {ports[1]}: {count:,}"
    if count < PORTS_WANTED:
        remedy = 'sysctl -w net.ipv4.ip_local_port_range="15000 64999"'
        return Finding("local ports", "warn", found, remedy)
    return Finding("local ports", "ok", found)


def check_loopback() -> Finding:
    """The reference target listens on 127.0.0.1."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname(), timeout=2).close()
    except OSError as error:
        remedy = "allow connections to 127.0.0.1 (sandbox, firewall); the embedded target needs them"
        return Finding("loopback", "fail", str(error), remedy)
    return Finding("loopback", "ok", "127.0.0.1 answers")


def check_writable(folder: Path) -> Finding:
    """Whether files can be made below `folder` (or where it would be made), and how much room there is."""
    name = f"write {folder.name}"
    place = next((path for path in [folder, *folder.parents] if path.exists()), folder)
    free = shutil.disk_usage(place).free // 2**20
    found = f"{folder}: {free:,} MB free"
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        return Finding(name, "fail", f"{folder}: {error.strerror}", "run elsewhere, or give --out DIR")
    if free < DISK_NEEDED_MB:
        return Finding(name, "warn", found, f"free some: a long run writes up to {DISK_NEEDED_MB} MB")
    return Finding(name, "ok", found)


def check_clock(source: str, read_ns: float) -> Finding:
    """Every request reads the clock several times."""
    found = f"{source}, {read_ns:.0f} ns a reading"
    if read_ns > CLOCK_READ_NS or (source not in FAST_CLOCKS and source != "unknown"):
        remedy = "boot with clocksource=tsc, or use a machine whose hypervisor offers one"
        return Finding("clock", "warn", found, remedy)
    return Finding("clock", "ok", found)


def clock_read_ns(readings: int = 20_000) -> float:
    """What reading the monotonic clock costs, in ns."""
    begun = time.perf_counter_ns()
    for _ in range(readings):
        time.monotonic_ns()
    return (time.perf_counter_ns() - begun) / readings


def _requirements() -> dict[str, str]:
    """Name to least version, of renhai's own requirements."""
    try:
        lines = metadata.requires("renhai") or []
    except metadata.PackageNotFoundError:
        lines = []
    known = set(dependencies())
    found = dict.fromkeys(sorted(known), "0")
    for line in lines:
        match = re.match(r"([\w.-]+)(?:\[[^]]*\])?\s*>=\s*([\d.]+)", line)
        if match and match.group(1) in known and "extra ==" not in line:
            found[match.group(1)] = match.group(2)
    return found


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def _clock_source() -> str:
    path = Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"
