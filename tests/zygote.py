"""`python -m tests.zygote PROGRAM SOCKET`: a process that has read a program and forks for each start of it.

A fork is a process of its own, with its own directory, environment, output, signals and exit code, which
begins at the program's `main`. This one has no thread, runs nothing itself, and ends with its parent. Asked
by tests/forked.py, in one message: {main, arguments, folder, environment, session, orphaned, within, before,
throughout} with the descriptors of standard output and standard error. It answers with the number of the
process, and with its exit code when it has ended. `orphaned`: the signal that a process is sent when who
asked for it is gone, 0 for none. `within`: the process whose network and mounts it shares, as `nsenter` does
it; 0 for ours. `main`: where it begins instead, as module:function, in another program that reads the same
modules; "" for the program's own. `before`: a Python file that it runs first; "" for none. `throughout`:
whether the forks that it begins run that file first, too.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import importlib
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from select import select  # as the next two before gevent patches them
from typing import Any, NamedTuple

SOCKET, WAITPID, FORK, CLOSE = socket.socket, os.waitpid, os.fork, os.close
LARGEST = 1 << 20
POLL_S = 0.03
LOST = 120  # exit code of an interpreter that could not write what it had said


class Program(NamedTuple):
    """`main` as module:function; `read`: what it would import before it does anything."""

    main: str
    read: tuple[str, ...]


PROGRAMS = {
    "renhai": Program(
        "renhai.__main__:main",
        (
            "renhai.cli.app", "renhai.cli.watching", "renhai.cli.check_view", "renhai.run.single",
            "renhai.run.multiple.repeat", "results.report.files.run", "results.report.terminal.run",
            "generators.kinds", "renhai.core.process.child_process", "numpy.random", "pydantic.type_adapter",
            "encodings.ascii", "encodings.utf_8_sig", "faker.factory", "numpy.ma", "pydantic.dataclasses",
            "renhai.checks.audit.whole", "renhai.checks.register.written", "rich._emoji_codes", "tarfile",
        ),
    ),
    "renhai.load.locust": Program(
        "renhai.load.locust.__main__:main",
        (
            "locust.main", "renhai.load.locust.entry", "renhai.load.locust.keyed_sockets", "renhai.load.api",
            "renhai.core.process.child_process", "generators.kinds", "faker.factory", "numpy.ctypeslib",
            "encodings.ascii", "pydantic.dataclasses", "tarfile",
        ),
    ),
    "renhai.reference": Program(
        "renhai.reference.http.server:main",
        (
            "renhai.reference.http.server", "uvicorn.protocols.http.httptools_impl", "uvicorn.lifespan.off",
            "csv", "duckdb", "renhai.reference.storage.initial",
        ),
    ),
    "pytest": Program(  # for the tests of tests/conftest.py, in folders of their own
        "pytest:console_main",
        (
            "pytest", "hypothesis", "pytest_timeout", "pytest_rerunfailures", "gevent.monkey",
            "tests.claims", "tests.forked", "tests.retries",
        ),
    ),
}  # fmt: skip
PATCHED = ("renhai.load.locust",)  # by gevent, as soon as they import locust
# Options of Locust with which processes talk to one another: what the sockets still hold at the end of one is
# sent only while its interpreter is taken apart.
TALKING = {"--master", "--worker", "--processes"}


class Start(NamedTuple):
    """A process that was asked for; `link` to who did."""

    link: socket.socket
    orphaned: int


def serve(address: str) -> dict[str, Any] | None:
    """Fork for each start that is asked for. Returns in the forks alone, with what they were asked."""
    under_way: dict[int, Start] = {}
    with SOCKET(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(64)
        print("listening", flush=True)
        parent, told = os.getppid(), []
        signal.signal(signal.SIGTERM, lambda *_: told.append("to end"))
        while os.getppid() == parent and not told:
            links = [start.link for start in under_way.values()]
            ready, _, _ = select([listener, *links], [], [], POLL_S)
            _tell_ended(under_way)
            _end_orphans(under_way, ready)
            if listener not in ready:
                continue
            link = SOCKET(fileno=listener._accept()[0])  # type: ignore[attr-defined]  # not a patched one
            link.setblocking(True)
            data, files, _, _ = socket.recv_fds(link, LARGEST, 2)
            if not data:
                link.close()
                continue
            asked = json.loads(data)
            pid = FORK()
            if not pid:
                for other in [link, *(start.link for start in under_way.values())]:
                    other.close()
                _become(asked, files)
                return dict(asked)
            for file in files:
                CLOSE(file)
            link.sendall(f"{pid}\n".encode())
            under_way[pid] = Start(link, int(asked["orphaned"]))
    for pid, start in under_way.items():
        if start.orphaned:
            os.kill(pid, start.orphaned)
    return None


def _tell_ended(under_way: dict[int, Start]) -> None:
    """Hand the exit codes of the forks that have ended to who asked for them."""
    for pid in list(under_way):
        ended, status = WAITPID(pid, os.WNOHANG)
        if ended:
            with under_way.pop(pid).link as link:
                try:
                    link.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
                except OSError:
                    pass  # he has given up waiting


def _end_orphans(under_way: dict[int, Start], ready: list[Any]) -> None:
    """Nobody writes to a link: one that can be read has lost its other end."""
    for pid, (link, orphaned) in list(under_way.items()):
        if link in ready:
            if orphaned:
                os.kill(pid, orphaned)
            under_way[pid].link.close()
            under_way[pid] = Start(SOCKET(socket.AF_UNIX), 0)


def _become(asked: dict[str, Any], files: list[int]) -> None:
    """What a new process would have: its place, surroundings and output."""
    if asked["session"]:
        os.setsid()
    if asked["within"]:
        _enter(asked["within"])
    for number, file in enumerate(files, 1):
        os.dup2(file, number)
        CLOSE(file)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    CLOSE(nothing)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    if asked["environment"].get("PYTHONUNBUFFERED"):
        sys.stdout.reconfigure(write_through=True)  # type: ignore[union-attr]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _enter(pid: int) -> None:
    """The network and the mounts of a process, and its user where we are none of the machine's."""
    libc = ctypes.CDLL(None, use_errno=True)  # os.setns is there from Python 3.12 on
    kinds = ("net", "mnt") if os.geteuid() == 0 else ("user", "net", "mnt")
    for space in [os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY) for kind in kinds]:
        if libc.setns(space, 0):
            raise OSError(ctypes.get_errno(), f"cannot enter the namespaces of process {pid}")
        CLOSE(space)


def _learn(name: str) -> None:
    """What each process of a program makes anew and finds to be the same: tables, files of ours, sources."""
    take = importlib.import_module
    if name == "renhai":
        take("renhai.spec.journey_catalog").catalog()  # as each command reads them
        take("renhai.binding.loader").load_binding("reference")
        take("renhai.plan.identity").generator_build()
        take("renhai.cli.spoken").made_of(take("renhai.cli.app").app)
    if name == "renhai.reference":
        take("renhai.reference.operations.catalogue").operations()
    elif name != "pytest":  # what the records of any seed are made of
        people = take("generators.taxpayers.population").Population(1, "gt3_2015")
        take("generators.kinds").rehearse(people)
        for model in _models(take("pydantic").BaseModel):  # which are built when they are first used
            model.model_rebuild()
    if name in PATCHED:
        take("inspect").stack()  # which Locust asks, and which looks for all sources once


def _models(base: Any) -> Iterator[Any]:
    """The models of ours that derive from one of pydantic."""
    for model in base.__subclasses__():
        if model.__module__.startswith(("renhai", "results", "generators")):
            yield model
        yield from _models(model)


def main(name: str, address: str) -> None:
    """Read the program, serve, and be what a fork was asked to be."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: it ends with its parent
    program = PROGRAMS[name]
    if name not in PATCHED:
        importlib.import_module("renhai.core.home").open_home()
    for module in program.read:
        importlib.import_module(module)
    _learn(name)
    begin = _begin_of(program.main)
    gc.freeze()
    asked = serve(address)
    if asked is None:
        return
    if name in PATCHED:
        importlib.import_module("gevent").reinit()
        importlib.import_module("renhai.core.process.child_process").raise_file_limit()
    if asked["starts"]:
        importlib.import_module("tests.forked").start_from(
            asked["starts"], asked["within"], asked["before"] if asked["throughout"] else ""
        )
    sys.argv = [name, *asked["arguments"]]
    if asked["before"]:
        text = Path(asked["before"]).read_text(encoding="utf-8")
        exec(compile(text, asked["before"], "exec"), {"__name__": "before"})
    begin = _begin_of(asked["main"]) if asked["main"] else begin
    if name in PATCHED and TALKING & {*asked["arguments"]}:
        sys.exit(begin())
    _run(begin)


def _run(begin: Callable[[], object]) -> None:
    """To its end, with all that an interpreter does then, but that it takes no module apart: each page that
    it shares with this process would be copied for that."""
    code: object = 1
    interrupted = False
    try:
        code = begin()
    except SystemExit as asked:
        code = asked.code
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
        interrupted = isinstance(error, KeyboardInterrupt)
    importlib.import_module("threading")._shutdown()  # as gevent has it, where it has patched this process
    atexit._run_exitfuncs()
    if not isinstance(code, int | None):
        print(code, file=sys.stderr)
        code = 1
    for stream in (sys.stdout, sys.stderr):
        try:
            if not stream.closed:
                stream.flush()
        except OSError:
            code = LOST
    if interrupted:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os._exit((code or 0) & 0xFF)


def _begin_of(main: str) -> Callable[[], object]:
    module, _, function = main.partition(":")
    found: Callable[[], object] = getattr(importlib.import_module(module), function)
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
