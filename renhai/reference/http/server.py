"""Running the target as a process: bind, open the database, say ready, serve, end cleanly."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import logging
import os
import resource
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import uvicorn
import uvloop

from renhai.reference.clock import move
from renhai.reference.eras.grades import Rules, chosen
from renhai.reference.faults.alarm import Alarm
from renhai.reference.faults.defects import BadDefects
from renhai.reference.faults.defects import load as load_defects
from renhai.reference.faults.plan import Faults
from renhai.reference.faults.spec import FaultError
from renhai.reference.faults.spec import parse as parse_fault
from renhai.reference.http.app import Target
from renhai.reference.http.gate import BadToken, Gate
from renhai.reference.operations.catalogue import operations
from renhai.reference.operations.operation import Setup
from renhai.reference.options import parse
from renhai.reference.rules.sessions import Sessions
from renhai.reference.storage.initial import initialise
from renhai.reference.storage.jobs import StorageError
from renhai.reference.storage.opening import NoDatabase, open_storage, temporary_database
from renhai.reference.storage.urls import shown

BACKLOG = 4096
USAGE, CANNOT_START = 2, 3
PARENT_CHECK_S = 0.25
SWITCH_INTERVAL_S = 0.0005
"""A storage thread back from the disk wants the interpreter before the 5 ms that a busy loop may keep it."""


class CannotStart(Exception):
    """The target cannot serve; the message is one line for the operator."""


class Server(uvicorn.Server):
    """uvicorn, told to be quiet about signals and to say when it listens."""

    def __init__(self, config: uvicorn.Config, ready: dict[str, Any], alarm: Alarm) -> None:
        super().__init__(config)
        self._ready, self._alarm = ready, alarm

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then print the one line that the starting process waits for."""
        await super().startup(sockets)
        print(json.dumps(self._ready), flush=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer what is held back by a fault at once, then close."""
        self._alarm.release()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT end the service; unlike uvicorn's own, they are not raised again afterwards."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


def bind(host: str, port: int) -> socket.socket:
    """A listening address of this process's own, or CannotStart."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise CannotStart(
            f"cannot listen on {host}:{port}: {error.strerror}; choose another --port"
        ) from None
    return listener


def raise_file_limit() -> None:
    """As many open connections as the system lets this process have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


async def _watch_parent(process: int, parent: int, server: Server) -> None:
    """End the server once `process` is gone; 0 is `parent`, the one that started this one.

    A parent's end shows in getppid at once, also while nobody has waited for it; another's when it is reaped.
    """
    process = process or parent
    while os.getppid() == parent if process == parent else _lives(process):
        await asyncio.sleep(PARENT_CHECK_S)
    server.should_exit = True


def _setup(
    options: argparse.Namespace, sessions: Sessions | None = None, rules: Rules | None = None
) -> Setup:
    return Setup(
        sessions or Sessions(),
        options.tax_tolerance,
        rules or Rules(),
        options.date,
        options.late_fine,
        tuple(options.domains),
    )


async def _serve(
    options: argparse.Namespace, listener: socket.socket, database: str, parent: int, gate: Gate, rules: Rules
) -> None:
    sessions = Sessions(options.session_seconds)
    catalogue = operations(_setup(options, sessions, rules))
    begun = initialise(database, options.dataset) if options.dataset else None
    storage = open_storage(database)
    alarm = Alarm()
    names = tuple(operation.name for operation in catalogue)
    faults, defects = Faults(options.seed, names), load_defects(options.defects, names)
    config = uvicorn.Config(
        Target(catalogue, storage, faults, alarm, sessions, gate, options.system, defects),
        loop="none", http="httptools", ws="none", lifespan="off", interface="asgi3", access_log=False,
        log_config=None, proxy_headers=False, server_header=False, date_header=False, backlog=BACKLOG,
        timeout_keep_alive=options.keep_alive, timeout_graceful_shutdown=5,
    )  # fmt: skip
    host, port = listener.getsockname()[:2]
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    ready = {"url": f"http://{address}", "pid": os.getpid(), "database": shown(database)}
    ready["token"] = gate.token  # for who changes faults while it runs
    if begun:
        ready["dataset"] = begun
    server = Server(config, ready, alarm)
    watch: asyncio.Task[None] | None = None
    if options.exit_with_parent is not None:
        watch = asyncio.create_task(_watch_parent(options.exit_with_parent, parent, server))
    faults.plant(options.fault)
    gc.freeze()  # what is loaded now stays; the collector need not look at it again
    await server.serve([listener])
    if watch is not None:
        watch.cancel()
    await storage.close()
    alarm.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the target until it is told to end; the exit code: 0 ended, 2 usage, 3 cannot serve."""
    parent = os.getppid()  # before it can end, and another inherit this process
    options = parse(arguments)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="renhai target: %(message)s")
    try:
        names = tuple(operation.name for operation in operations(_setup(options)))
        for spec in options.fault:
            parse_fault(spec, names)
        load_defects(options.defects, names)
        rules = chosen(options.rule, strict=options.strict)
    except (BadDefects, FaultError, ValueError) as error:
        print(f"renhai target: {error}", file=sys.stderr)
        return USAGE
    if options.clock:
        move(options.clock)
    raise_file_limit()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    try:
        gate = Gate.of_environment(options.host)
    except BadToken as error:
        print(f"renhai target: {error}", file=sys.stderr)
        return USAGE
    database, folder = (options.database, None) if options.database else temporary_database()
    try:
        listener = bind(options.host, options.port)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(options, listener, database, parent, gate, rules))
    except (CannotStart, StorageError) as error:
        print(f"renhai target: {error}", file=sys.stderr)
        return USAGE if isinstance(error, NoDatabase) else CANNOT_START
    finally:
        if folder is not None:
            folder.cleanup()
    return 0
