"""A target that costs almost nothing: one nginx process that answers every POST with one fixed JSON."""

from __future__ import annotations

import contextlib
import itertools
import json
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.rig import pinned, program, running, scratch
from renhai.core.machine.ports import free_port
from renhai.safety.pinned_session import PinnedSession

ANSWER = {
    "rtn_code": "0",
    "rtn_msg": {"Code": "000", "Message": "成功", "Reason": ""},
    "data": {"pzxh": "10014301030000000001", "ybtse": 1234.56},
}
# keepalive_requests: nginx would close each connection after 1,000 requests. client_header_buffer_size:
# head and body in one read, so that nginx spends the same on every peer. No master: one process, one core.
CONFIG = """\
daemon off;
master_process off;
worker_processes 1;
worker_rlimit_nofile 65536;
pid {folder}/nginx.pid;
error_log {folder}/error.log error;
events {{ worker_connections 32768; }}
http {{
  access_log off;
  server_tokens off;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  client_header_buffer_size 32k;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=16384;
    location = /count {{ stub_status; }}
    location / {{ default_type application/json; return 200 '{answer}'; }}
  }}
}}
"""


class Sample(NamedTuple):
    second: float
    requests: int


class Nginx:
    """A running nginx. `count()` is the number of requests it has answered, its own count calls left out."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._asked = 0
        self._session = PinnedSession(self.url, "127.0.0.1")

    def count(self) -> int:
        text = self._session.get(f"{self.url}/count", timeout=5).text
        self._asked += 1
        return int(text.splitlines()[2].split()[2]) - self._asked

    def close(self) -> None:
        self._session.close()


class Watch(threading.Thread):
    """Samples a target's count every quarter second: one yardstick for all contestants."""

    def __init__(self, nginx: Nginx, interval: float = 0.25) -> None:
        super().__init__(daemon=True)
        self.samples: list[Sample] = []
        self._nginx = nginx
        self._interval = interval
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.is_set():
            self.samples.append(Sample(time.monotonic(), self._nginx.count()))
            self._ended.wait(self._interval)

    def __enter__(self) -> Watch:
        self.samples.append(Sample(time.monotonic(), self._nginx.count()))  # before anyone sends
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.join()
        self.samples.append(Sample(time.monotonic(), self._nginx.count()))

    @property
    def total(self) -> int:
        return self.samples[-1].requests - self.samples[0].requests

    def rate(self, warmup: float = 1.0, tail: float = 0.5) -> float:
        return steady_rate(self.samples, warmup, tail)


def steady_rate(samples: list[Sample], warmup: float = 1.0, tail: float = 0.5) -> float:
    """Requests a second between `warmup` seconds after the first request and `tail` seconds before the last.

    Start-up, warm-up and the slow end of a run are nobody's capacity; all contestants are cut in the same
    way.
    """
    rising = [b.second for a, b in itertools.pairwise(samples) if b.requests > a.requests]
    if not rising:
        return 0.0
    inside = [s for s in samples if rising[0] + warmup <= s.second <= rising[-1] - tail]
    if len(inside) < 2:
        inside = [s for s in samples if rising[0] <= s.second <= rising[-1]]
    if len(inside) < 2:
        return 0.0
    return (inside[-1].requests - inside[0].requests) / (inside[-1].second - inside[0].second)


def configuration(folder: Path, port: int) -> str:
    return CONFIG.format(
        folder=folder, port=port, answer=json.dumps(ANSWER, ensure_ascii=False, separators=(",", ":"))
    )


@contextlib.contextmanager
def nginx_on(core: int) -> Iterator[Nginx]:
    """Start nginx on a core and stop it at the end; FileNotFoundError says how to install it."""
    binary = program("nginx")
    if binary is None:
        raise FileNotFoundError("nginx is not installed; run: sh benchmarks/setup.sh")
    with scratch("nginx") as folder:
        port = free_port()
        path = folder / "nginx.conf"
        path.write_text(configuration(folder, port), encoding="utf-8")
        log = folder / "start.log"
        argv = pinned(core, [binary, "-e", folder / "error.log", "-p", folder, "-c", path])
        with log.open("w") as output, running(argv, stdout=output, stderr=subprocess.STDOUT) as process:
            server = Nginx(port)
            _wait_until_up(server, process, log)
            yield server
            server.close()


def _wait_until_up(server: Nginx, process: subprocess.Popen[str], log: Path) -> None:
    for _ in range(200):
        if process.poll() is not None:
            raise RuntimeError(f"nginx did not start: {log.read_text(encoding='utf-8').strip()}")
        with contextlib.suppress(OSError):
            server.count()
            return
        server.close()
        time.sleep(0.02)
    raise RuntimeError("nginx did not answer within 4 seconds")
