"""One headless Chromium for all pages that a process of tests looks at, spoken to through pipes.

To start it costs ten times what a page does. Each page has a context of its own: no storage, no cache and no
window of another one. The protocol: https://chromedevtools.github.io/devtools-protocol/.
"""

from __future__ import annotations

import atexit
import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tests.retries import note_process

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --remote-debugging-pipe"
)
NO_NAMES = "--host-resolver-rules=MAP * ~NOTFOUND"
HEIGHT = 900  # pixels of its window
PATIENCE_S = 60.0
# Chromium reads commands at descriptor 3 and answers at 4.
BECOME = "import os, sys; a, b, *line = sys.argv[1:]; os.dup2(int(a), 3); os.dup2(int(b), 4); "
BECOME += "os.execv(line[0], line)"
# What a page says to the console, and what the browser says there of it (blocked, not found, thrown).
CONSOLE = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")


class Shown(NamedTuple):
    """The document after its scripts ran, what was said on the console, and the printed pages if asked."""

    document: str
    console: list[str]
    pdf: bytes = b""


class Browser:
    """Chromium, which can resolve no name."""

    def __init__(self) -> None:
        assert CHROMIUM
        self._number, self._rest, self._events = 0, b"", list[dict[str, Any]]()
        self._profile, self._owner = tempfile.mkdtemp(prefix="renhai-browser-"), os.getpid()
        (reads, self._write), (self._read, writes) = os.pipe(), os.pipe()
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (reads, writes)]  # and none of 3 and 4
        line = [sys.executable, "-IS", "-c", BECOME, *map(str, ends), CHROMIUM, *FLAGS.split(), NO_NAMES]
        self._process = subprocess.Popen(
            [*line, f"--user-data-dir={self._profile}"],
            pass_fds=ends, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for end in (reads, writes, *ends):
            os.close(end)
        atexit.register(self.end)

    def end(self) -> None:
        if os.getpid() == self._owner:  # and no fork of it
            self._process.kill()
            self._process.wait()
            shutil.rmtree(self._profile, ignore_errors=True)

    def shown(self, url: str, width: int, budget_ms: int, printed: bool = False) -> Shown:
        """A page in a window of its own, so many milliseconds of its own time after it was loaded."""
        with self._page() as page:
            self._ask("Emulation.setDeviceMetricsOverride", page, width=width, height=HEIGHT,
                      deviceScaleFactor=1, mobile=False)  # fmt: skip
            for domain in ("Page", "Runtime", "Log"):
                self._ask(f"{domain}.enable", page)
            self._events.clear()
            assert "errorText" not in self._ask("Page.navigate", page, url=url)
            self._await("Page.loadEventFired")
            self._ask("Emulation.setVirtualTimePolicy", page, policy="pauseIfNetworkFetchesPending",
                      budget=budget_ms, maxVirtualTimeTaskStarvationCount=9999)  # fmt: skip
            self._await("Emulation.virtualTimeBudgetExpired")
            whole = self._ask("Runtime.evaluate", page, expression="document.documentElement.outerHTML")
            pdf = b""
            if printed:
                how = {"printBackground": True, "preferCSSPageSize": True}
                pdf = base64.b64decode(self._ask("Page.printToPDF", page, **how)["data"])
            said = [json.dumps(one["params"]) for one in self._events if one["method"] in CONSOLE]
        return Shown(whole["result"]["value"], said, pdf)

    @contextlib.contextmanager
    def _page(self) -> Iterator[str]:
        """The session of a new page."""
        context = self._ask("Target.createBrowserContext")["browserContextId"]
        target = self._ask("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        yield self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._ask("Target.disposeBrowserContext", browserContextId=context)

    def _ask(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """What it answers. AssertionError where it says that it cannot, or nothing in time."""
        self._number += 1
        asked = {"id": self._number, "method": method, "params": parameters}
        text = json.dumps(asked | ({"sessionId": session} if session else {}))
        os.write(self._write, text.encode() + b"\0")
        until = time.monotonic() + PATIENCE_S
        while (told := self._take(until)).get("id") != self._number:
            self._keep(told)
        assert "result" in told, (method, told)
        return dict(told["result"])

    def _await(self, event: str) -> None:
        until = time.monotonic() + PATIENCE_S
        while not any(one["method"] == event for one in self._events):
            self._keep(self._take(until))

    def _keep(self, told: dict[str, Any]) -> None:
        if "method" in told:
            self._events.append(told)

    def _take(self, until: float) -> dict[str, Any]:
        """The next message."""
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._read], [], [], max(0.0, until - time.monotonic()))
            assert ready, "Chromium says nothing"
            data = os.read(self._read, 1 << 20)
            assert data, "Chromium has ended"
            self._rest += data
        message, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(message))


_begun = cache(Browser)


def shown(page: Path, language: str, width: int, printed: bool = False) -> Shown:
    """A page of ours in the browser of this process, after five seconds of its own time."""
    note_process()
    try:
        return _begun().shown(f"{page.as_uri()}#lang={language}", width, 5000, printed)
    except (AssertionError, OSError):
        _begun().end()
        _begun.cache_clear()  # the next page has a new one
        raise
