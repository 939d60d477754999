"""A server of a test's own that keeps what is open, and a hall with its stock."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.checks.drain.looking import BEFORE, CLOSED, DRAIN, HEAD, STOCK, TARGET


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, list[dict[str, Any]]]]:
    """What the target holds, by path; two rows a page."""
    monkeypatch.chdir(tmp_path)
    held: dict[str, list[dict[str, Any]]] = {"/flows": [CLOSED], "/filings": [{"received": BEFORE}]}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
            first = int(asked.get("after") or 0)
            rows = held[self.path][first : first + 2] if self.path == "/flows" else held[self.path]
            more = str(first + 2) if first + 2 < len(held[self.path]) else ""
            body = json.dumps({"ok": "1", "data": {"rows": rows, "next": more}}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    (tmp_path / "lab.yaml").write_text(TARGET.replace("URL", url), encoding="utf-8")
    (tmp_path / "drain.yaml").write_text(DRAIN, encoding="utf-8")
    yield held
    server.shutdown()
    server.server_close()


@pytest.fixture
def hall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("hall.yaml").write_text(STOCK, encoding="utf-8")
    for name in ("old", "keeper", "checker"):
        Path(f"{name}.csv").write_text(HEAD + "2007,43,001,100\n", encoding="utf-8")
