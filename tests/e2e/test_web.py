"""`--web`: Locust's own page with our table on it, in a real browser, during a real run."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_run import last_run, start, wait_for

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PAGE = "http://127.0.0.1:8089"  # as Locust itself; `--web` has no other


def is_free() -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", 8089)) != 0


def exact_rows() -> dict[str, dict[str, Any]]:
    """Our rows by name, from what the page asks for; empty while there is none."""
    try:
        with urllib.request.urlopen(f"{PAGE}/stats/requests", timeout=10) as answer:
            (table,) = json.loads(answer.read()).get("extended_stats") or [{"data": []}]
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return {}
    return {row["name"]: row for row in table["data"]}


def seen_by_browser(scratch: Path) -> tuple[str, list[str]]:
    """(the page as it stands after some seconds, console messages); no name can be resolved."""
    assert CHROMIUM
    flags = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync --enable-logging=stderr --virtual-time-budget=8000"
    )
    command = [CHROMIUM, *flags.split(), "--dump-dom"]
    command.append("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
    command += [f"--user-data-dir={scratch / 'profile'}", "--window-size=1280,900", f"{PAGE}/?tab=renhai"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True)
    return done.stdout, re.findall(r"CONSOLE.*", done.stderr)


@contextmanager
def running(folder: Path) -> Iterator[None]:
    """A run with the page, ended by Ctrl-C."""
    wait_for(is_free)
    process = start(folder, "run", "smoke", "--web", "--duration", "90s")
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        try:
            _, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert f"page {PAGE}/?tab=renhai" in err
    assert "Traceback" not in err


@pytest.mark.skipif(not CHROMIUM, reason="no chromium here: apt-get install chromium")
def test_the_page_shows_exact_percentiles_beside_locusts_own(tmp_path: Path) -> None:
    with running(tmp_path):
        wait_for(lambda: exact_rows().get("declaration.submit", {}).get("requests", 0) > 20)
        page, console = seen_by_browser(tmp_path)
        rows = exact_rows()
        with urllib.request.urlopen(f"{PAGE}/", timeout=10) as answer:
            policy = answer.headers["Content-Security-Policy"]
    text = re.sub(r"<[^>]+>", " ", page.partition("<body")[2])
    for words in ("Exact percentiles 精确百分位", "p95 exact 精确 (ms)", "p95 Locust (ms)", "p99.9 exact"):
        assert words in text
    drawn = re.findall(r"<tr[^>]*>(.*?)</tr>", page, re.S)
    cells = [re.findall(r">([^<>]+)<", row) for row in drawn]
    (submit,) = [row for row in cells if row[0] == "declaration.submit"]
    assert len(submit) == 10
    assert int(submit[1]) > 20
    assert console == []  # a request that left the host would be refused by the policy, and said here
    assert policy.startswith("default-src 'self'")
    for row in rows.values():  # Locust rounds to whole ms below 100, to ten below 1,000
        assert abs(row["p50"] - row["p50_locust"]) <= max(1.0, 0.05 * row["p50"], row["p99"] - row["p50"])
        assert row["p50"] <= row["p95"] <= row["p99"] <= row["p999"] <= row["max"]
    run = last_run(tmp_path)
    assert run.ended == "interrupted"
