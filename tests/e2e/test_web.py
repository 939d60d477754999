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
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.e2e.test_run import FEW, last_run, start, wait_for

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PAGE = "http://127.0.0.1:8089"  # as Locust itself; `--web` has no other


def is_free() -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", 8089)) != 0


def ask(path: str, token: str, **headers: str) -> urllib.request.Request:
    given = {"Authorization": f"Bearer {token}"} if token else {}
    return urllib.request.Request(f"{PAGE}{path}", headers={**given, **headers})


def status(request: urllib.request.Request) -> int:
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def exact_rows(token: str) -> dict[str, dict[str, Any]]:
    """Our rows by name, from what the page asks for; empty while there is none."""
    try:
        with urllib.request.urlopen(ask("/stats/requests", token), timeout=10) as answer:
            (table,) = json.loads(answer.read()).get("extended_stats") or [{"data": []}]
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return {}
    return {row["name"]: row for row in table["data"]}


def seen_by_browser(scratch: Path, address: str) -> tuple[str, list[str]]:
    """(the page as it stands after some seconds, console messages); no name can be resolved."""
    assert CHROMIUM
    flags = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync --enable-logging=stderr --virtual-time-budget=8000"
    )
    command = [CHROMIUM, *flags.split(), "--dump-dom"]
    command.append("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
    command += [f"--user-data-dir={scratch / 'profile'}", "--window-size=1280,900", address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True)
    return done.stdout, re.findall(r"CONSOLE.*", done.stderr)


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """A run with the page, ended by Ctrl-C; the page's address as it is printed for the person, once."""
    wait_for(is_free)
    process = start(folder, "run", "smoke", "--web", "--duration", "90s", *FEW)
    try:
        assert process.stderr is not None
        first = process.stderr.readline()
        assert first.startswith(f"page: {PAGE}/?token="), first
        yield first.removeprefix("page: ").strip()
    finally:
        process.send_signal(signal.SIGINT)
        try:
            _, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert "token=" not in err
    assert "Traceback" not in err


def nobody_else_is_let_in(token: str, folder: Path) -> None:
    for path in ("/", "/stats/requests", "/swarm", "/stop", "/stats/reset", "/assets/"):
        assert status(ask(path, "")) == 401
        assert status(ask(path, "x" * len(token))) == 401
        assert status(ask(path, token, Host="evil.example:8089")) == 403
        assert status(ask(path, token, Origin="http://evil.example")) == 403
    form = ask("/stop", "", Origin="http://evil.example", Cookie=f"renhai_8089={token}")
    form.data = b"user_count=9999"
    assert status(form) == 403
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not any(token.encode() in line and b"chrom" not in line for line in lines)
    left = [path for path in folder.rglob("*") if path.is_file() and "profile" not in path.parts]
    assert left and not any(token.encode() in path.read_bytes() for path in left)


@pytest.mark.skipif(not CHROMIUM, reason="no chromium here: apt-get install chromium")
def test_the_page_shows_exact_percentiles_beside_locusts_own(tmp_path: Path) -> None:
    with running(tmp_path) as address:
        token = parse_qs(urlsplit(address).query)["token"][0]
        wait_for(lambda: exact_rows(token).get("declaration.submit", {}).get("requests", 0) > 20)
        nobody_else_is_let_in(token, tmp_path)
        page, console = seen_by_browser(tmp_path, address)
        rows = exact_rows(token)
        with urllib.request.urlopen(ask("/", token), timeout=10) as answer:
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
