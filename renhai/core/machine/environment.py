"""On what a run was made: machine, versions, commit. Two runs compare only when these are known."""

from __future__ import annotations

import os
import platform
import re
import resource
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

from renhai import __version__

TIME_WAIT_S = 60.0
DEBUG = "RENHAI_DEBUG"  # set: internal errors show where, and Locust logs all
PAGE_TOKEN = "RENHAI_PAGE_TOKEN"  # of `run --web`, from the runner to the load process
_FALLBACK = ("gevent", "hdrhistogram", "httptools", "locust", "numpy", "orjson", "pydantic", "scipy")


def environment() -> dict[str, Any]:
    """cpu_model, cores (for this process), memory_gb, kernel, platform, python, git {commit, dirty}."""
    return {
        "cpu_model": cpu_model(),
        "cores": cores(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "kernel": platform.release(),
        "platform": platform.system(),
        "python": platform.python_version(),
        "git": git_state(Path.cwd()),
    }


def versions() -> dict[str, str]:
    """renhai, Python, and every library that renhai depends on."""
    # renhai by its own word: what an editable install knows is the version of its set-up
    found = {"python": platform.python_version(), "renhai": __version__}
    for name in dependencies():
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def dependencies() -> list[str]:
    """The names of renhai's own requirements, without those of its extras."""
    try:
        requires = metadata.requires("renhai") or []
    except metadata.PackageNotFoundError:
        return list(_FALLBACK)
    names = [re.split(r"[^\w.-]", text, maxsplit=1)[0] for text in requires if "extra ==" not in text]
    return sorted(names, key=str.lower) or list(_FALLBACK)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cpu_model() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    match = re.search(r"^(?:model name|Model)\s*:\s*(.+)$", text, re.MULTILINE)
    return match.group(1).strip() if match else platform.machine()


def git_state(folder: Path) -> dict[str, Any] | None:
    """The commit checked out around a folder, and whether files differ from it; None outside a repository."""
    commit = _git(folder, "rev-parse", "HEAD")
    if not commit:
        return None
    status = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "dirty": bool(status)}


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, capture_output=True, text=True, timeout=5, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def reachable_files(soft: int | None = None, hard: int | None = None) -> int:
    """How many files a load process may open; without arguments, here."""
    if soft is None or hard is None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return file_limit(max(soft, hard) if hard != resource.RLIM_INFINITY else hard)


def file_limit(value: int) -> int:
    return 2**20 if value == resource.RLIM_INFINITY else value


def local_ports() -> tuple[int, int] | None:
    """The first and last local port that the kernel gives to connections; None where that is not known."""
    try:
        low, high = (int(text) for text in _setting("ip_local_port_range").split())
    except (OSError, ValueError):
        return None
    return low, high


def time_wait_s(loopback: bool) -> float:
    """How long a port rests after its connection was closed (TIME_WAIT), as far as it matters to us.

    60 s (TCP_TIMEWAIT_LEN, include/net/tcp.h); 1 s where a new connection may take it over:
    net.ipv4.tcp_tw_reuse 1, or 2 on loopback, and TCP timestamps (Documentation/networking/ip-sysctl.rst).
    """
    try:
        reuse, stamps = int(_setting("tcp_tw_reuse")), int(_setting("tcp_timestamps"))
    except (OSError, ValueError):
        return TIME_WAIT_S
    return 1.0 if stamps and (reuse == 1 or (reuse == 2 and loopback)) else TIME_WAIT_S


def _setting(name: str) -> str:
    return Path(f"/proc/sys/net/ipv4/{name}").read_text(encoding="ascii")
