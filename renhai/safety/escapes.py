"""Ways by which a user's own Locust file reaches hosts that the bar on sockets does not see.

Python's audit hooks (PEP 578) show them: child processes, the process replaced or forked, network functions
of the C library called by hand, a further interpreter, which has hooks of its own. From the import of the
file on each is told once, unless the scenario allows its kind by name; it is not held back.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Callable, Collection
from pathlib import Path
from types import FrameType
from typing import Any, ClassVar, Literal, get_args

Kind = Literal["subprocess", "exec", "fork", "ctypes", "interpreter"]
KINDS: tuple[Kind, ...] = get_args(Kind)

EVENTS: dict[str, Kind] = {
    "subprocess.Popen": "subprocess",
    "os.system": "subprocess",
    "os.posix_spawn": "subprocess",
    "os.spawn": "subprocess",
    "pty.spawn": "subprocess",
    "os.exec": "exec",
    "os.fork": "fork",
    "os.forkpty": "fork",
    "cpython.PyInterpreterState_New": "interpreter",
}
# Functions of the C library that open a way out, as ctypes looks them up.
NETWORK = frozenset(
    {"connect", "sendto", "sendmsg", "sendmmsg", "socket", "getaddrinfo", "gethostbyname", "gethostbyname_r"}
    | {"syscall", "system", "popen", "fork", "vfork", "clone", "posix_spawn", "posix_spawnp", "dlsym"}
    | {"execv", "execve", "execvp", "execvpe"}
)
GEVENT_SUBPROCESS = str(Path("gevent") / "subprocess.py")  # which forks by itself
LOCUST_MAIN = str(Path("locust") / "main.py")  # which forks its own load processes

Told = Callable[[Kind, str], object]


class _Watch:
    armed = False
    hooked = False
    allowed: frozenset[str] = frozenset()
    told: Told | None = None
    untold: ClassVar[list[tuple[Kind, str]]] = []
    seen: ClassVar[set[tuple[Kind, str]]] = set()


def listen(told: Told) -> None:
    """From now on `told(kind, where)`, for what was seen before, too; where: `file:line` of the call."""
    _Watch.told = staticmethod(told)
    while _Watch.untold:
        told(*_Watch.untold.pop(0))


def watch_for_escapes(allowed: Collection[str]) -> None:
    """To be called just before a user's file is imported; kinds in `allowed` are passed over."""
    _Watch.allowed, _Watch.armed = frozenset(allowed), True
    _Watch.told = None
    if not _Watch.hooked:
        _Watch.hooked = True
        sys.addaudithook(_on_audit)


def _on_audit(event: str, arguments: tuple[Any, ...]) -> None:
    if not _Watch.armed:
        return
    kind = EVENTS.get(event)
    if kind is None:
        if event != "ctypes.dlsym" or str(arguments[1]) not in NETWORK:
            return
        kind = "ctypes"
    frame = sys._getframe(1)
    if kind == "fork" and _is_within(frame, GEVENT_SUBPROCESS):
        kind = "subprocess"
    if kind in _Watch.allowed:
        return
    where = _origin(frame, kind)
    if where and (kind, where) not in _Watch.seen:
        _Watch.seen.add((kind, where))
        if _Watch.told is None:
            _Watch.untold.append((kind, where))
        else:
            _Watch.told(kind, where)


def origin_of_call() -> str:
    """`file:line` of what is no installed package's and not ours, nearest to the call."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if not _installed(file) and not file.startswith("<") and not file.startswith(_OWN):
            return f"{Path(file).name}:{frame.f_lineno}"
        frame = frame.f_back
    return "an unknown place"


def _origin(frame: FrameType | None, kind: Kind) -> str:
    """Where it was done; "" for what is not judged: Locust's own forks, an installed package's import."""
    first = ""
    while frame is not None:
        file = frame.f_code.co_filename
        if kind == "fork" and file.endswith(LOCUST_MAIN):
            return ""
        if frame.f_code.co_name == "<module>" and _installed(file) and not file.endswith("runpy.py"):
            if not _is_within(frame, "importlib._bootstrap"):
                return first or f"{file}:{frame.f_lineno}"
            sys.stderr.write(f"{file} used {kind} while it was imported: listed, not judged\n")
            return ""
        if not _installed(file) and not file.startswith("<"):
            return f"{file}:{frame.f_lineno}"
        first = first or f"{file}:{frame.f_lineno}"
        frame = frame.f_back
    return first or "an unknown place"


def _is_within(frame: FrameType | None, file: str) -> bool:
    while frame is not None:
        if file in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False


_OWN = str(Path(__file__).parents[1])  # renhai itself
_INSTALLED = tuple(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))


def _installed(file: str) -> bool:
    return file.startswith(_INSTALLED)
