"""What holds for every test."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from gevent import monkey
from hypothesis import settings

from tests import forked, retries, share
from tests.claims import WAITING, Claims, group_of, rank

# The same examples each time, so that one run can be held against another; HYPOTHESIS=random finds new ones.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("random", derandomize=False, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS", "same"))

NOWHERE = Path("none")
GIVES_WAY = 5  # a third of the share of a process that does not

os.environ["RENHAI_LANG"] = "en"  # whatever the locale of who runs them

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # so a shell starts what runs in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    text = "skip what starts a process: the tests that take seconds, for the work at one's desk"
    parser.addoption("--unit", action="store_true", help=text)
    text = "every row of the long tables, of which a share runs else (SHARE in their modules, tests/share.py)"
    parser.addoption("--all", action="store_true", help=text)
    text = "share the tests out among so many processes (see tests/claims.py)"
    parser.addoption("--processes", type=int, default=0, metavar="N", help=text)
    text = "of the tests that are shared out, those below this path come first in two processes, else last"
    parser.addoption("--first", type=Path, default=NOWHERE, metavar="PATH", help=text)


SHARED = pytest.StashKey[Claims]()


def pytest_configure(config: pytest.Config) -> None:
    processes, unit = config.getoption("--processes"), bool(config.getoption("--unit"))
    share.take_all(bool(config.getoption("--all")))
    if processes and not config.option.collectonly:
        config.stash[SHARED] = Claims(processes)
        if not unit and config.rootpath == forked.ROOT:
            forked.begin_servers()  # while the tests are read
    retries.forbid_processes(unit)


def claims_of(config: pytest.Config) -> Claims | None:
    return config.stash.get(SHARED, None)


def in_share(items: list[pytest.Item]) -> list[pytest.Item]:
    """Every SHARE-th parametrised test of a module that has a SHARE (or one by test), and all others."""
    seen: Counter[str] = Counter()
    kept = []
    for item in items:
        share, function = (
            getattr(getattr(item, "module", None), "SHARE", 1),
            getattr(item, "originalname", ""),
        )
        share = share.get(function, 1) if isinstance(share, dict) else share
        name = f"{item.path}::{function}"
        if share == 1 or not hasattr(item, "callspec") or seen[name] % share == 0:
            kept.append(item)
        seen[name] += 1
    return kept


def in_order(items: list[pytest.Item], config: pytest.Config, number: int) -> list[pytest.Item]:
    """The tests in the order in which this process looks for one to take, each group in one piece.

    Those beyond the third begin at the other end, with what takes little and waits for nothing.
    """
    first, waits = config.rootpath / config.getoption("--first"), number in WAITING
    groups = sorted(items, key=lambda item: (rank(item), group_of(item)), reverse=number > max(WAITING))
    return sorted(groups, key=lambda item: item.path.is_relative_to(first) != waits)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is read here stays to the end: to look through it for what could go is a third of the reading."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test that started a process is tried again: a run that the machine spoiled is rightly refused.

    A defect fails each time. What fails twice fails the suite; so do more than MOST_RETRIES retries.
    """
    if monkey.is_module_patched("threading") and "PATCHED_ON_PURPOSE" not in os.environ:
        raise pytest.UsageError("a test module let gevent patch this process: see tests/load/conftest.py")
    if not config.getoption("--all") and not any("::" in argument for argument in config.args):
        kept = in_share(items)
        known = set(map(id, kept))
        config.hook.pytest_deselected(items=[item for item in items if id(item) not in known])
        items[:] = kept
    for item in items:
        item.add_marker(pytest.mark.flaky(reruns=1, condition=retries.started_a_process))


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    shared = claims_of(session.config)
    if shared is None or session.testsfailed:
        return None  # pytest's own
    config = session.config
    if shared.processes > 1:
        if config.rootpath == forked.ROOT and not config.getoption("--unit"):
            forked.await_servers()
        with retries.processes_allowed():
            shared.divide(config)
    if config.getoption("--first") != NOWHERE and shared.number not in WAITING:
        # its tests compute; the others wait for runs that are judged by their speed
        if shared.number > max(WAITING) and hasattr(os, "SCHED_IDLE"):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))  # only what nobody else wants
        else:
            os.nice(GIVES_WAY)
    session.items = in_order(session.items, config, shared.number)
    return shared.run(session)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    retries.begin_test()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """How many were tried again, and which; and what took longest."""
    again = [report.nodeid for report in terminalreporter.stats.get("rerun", [])]
    terminalreporter.write_line(
        f"tried again: {len(again)} (more than {retries.MOST_RETRIES} fail the suite)"
    )
    for name in again:
        terminalreporter.write_line(f"  again: {name}")
    shared = claims_of(config)
    for line in shared.longest() if shared is not None else ():
        terminalreporter.write_line(line)


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    again = reporter.stats.get("rerun", []) if reporter else []
    count, shared = len(again), claims_of(session.config)
    if shared is not None:
        shared.note_retries([report.nodeid for report in again])
        if shared.failed() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        count = shared.retries()
    if count > retries.MOST_RETRIES and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_unconfigure(config: pytest.Config) -> None:
    shared = claims_of(config)
    if shared is not None:
        sys.stdout.write(shared.close())


@pytest.fixture(autouse=True)
def _environment_as_before() -> Iterator[None]:
    """A command that runs in this process leaves marks: `renhai -v` sets RENHAI_DEBUG for all after it."""
    before = dict(os.environ)
    yield
    if dict(os.environ) != before:
        os.environ.clear()
        os.environ.update(before)
