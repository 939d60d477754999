"""Who asks for the last report gets those before it, too: Ctrl-C under plain Locust lost one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import gevent
import pytest
from gevent.queue import JoinableQueue

from renhai.load.worker import worker as module
from renhai.load.worker.worker import LoadWorker


def test_tell_returns_when_all_reports_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "packed", lambda report, pause: report)
    sent = []

    def send(report: str, pause: Any) -> None:
        gevent.sleep(0.02)  # as one that is sent in pieces
        sent.append(report)

    worker: Any = SimpleNamespace(_reports=JoinableQueue(), _send=send, _take=lambda: "last")
    clerk = gevent.spawn(LoadWorker._clerk, worker)
    worker._reports.put("second 0")
    gevent.sleep(0)  # the clerk has taken it
    worker._reports.put("second 1")
    LoadWorker.tell(worker)
    assert sent == ["second 0", "second 1", "last"]
    worker._reports.put(None)
    clerk.join(timeout=5)
    assert clerk.ready()
