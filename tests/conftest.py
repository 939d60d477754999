"""What holds for every test."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from gevent import monkey
from hypothesis import settings

HERE = Path(__file__).parent
REAL_PROCESSES = ("benchmarks", "e2e", "load", "reference", "results")  # they meet the stalls of the machine

# The same examples each time, so that one run can be held against another; HYPOTHESIS=random finds new ones.
settings.register_profile("same", derandomize=True)
settings.register_profile("random", derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS", "same"))

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # so a shell starts what runs in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that runs real load is tried again, because a run that the machine spoiled is rightly refused.

    A defect fails each time. What fails twice fails the suite; pytest prints every rerun.
    """
    if monkey.is_module_patched("threading") and "PATCHED_ON_PURPOSE" not in os.environ:
        raise pytest.UsageError("a test module let gevent patch this process: see tests/load/conftest.py")
    for item in items:
        parts = item.path.relative_to(HERE).parts if item.path.is_relative_to(HERE) else ()
        if parts and parts[0] in REAL_PROCESSES:
            item.add_marker(pytest.mark.flaky(reruns=2 if parts[0] == "e2e" else 1))
