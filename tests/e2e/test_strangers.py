"""docs/examples: target files and scenarios in YAML alone, at systems that we did not write.

httpbin and spyne stand in no lock (the one asks for an older greenlet, the other has no wheel): they are
installed beside it, without what they would bring, once for an environment. So are json-server and Prism,
where npm is.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest

from renhai.core.machine.ports import free_port
from tests.certificates import Authority
from tests.e2e.test_run import held, last_directory, last_run, quiet_run, renhai

SHARE = {"test_an_example_passes_at_a_system_that_we_did_not_write": 2}

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES, SERVERS = ROOT / "docs" / "examples", ROOT / "tests" / "strangers"
BESIDE = Path(sys.prefix) / "strangers"
PACKAGES = ("httpbin==0.10.4", "flasgger==0.9.7.1", "mistune==3.4.0", "six==1.17.0", "decorator==5.3.1")
PACKAGES += ("brotlicffi==1.2.1.0", "spyne==2.14.0", "pytz==2026.6")
NODE = ("json-server@0.17.4", "@stoplight/prism-cli@5.14.2")
SECRETS = {
    "PRISM_KEY": "key-of-prism",
    "HTTPBIN_USER": "tester", "HTTPBIN_PASSWORD": "sesame", "APP_ID": "app", "APP_SECRET": "secret-of-app",
    "SIGN_KEY": "key-of-app",
}  # fmt: skip


@pytest.fixture(scope="module")
def beside() -> str:
    """Where httpbin and spyne are."""
    if not (BESIDE / "httpbin").is_dir():
        how = ["-q", "--no-deps", "--no-compile"]
        line = [sys.executable, "-m", "pip", "install", *how, "--target", str(BESIDE), *PACKAGES]
        done = subprocess.run(line, capture_output=True, text=True)
        if done.returncode:
            shutil.rmtree(BESIDE, ignore_errors=True)
            pytest.skip(f"httpbin and spyne cannot be installed: {done.stderr[-200:]}")
    return str(BESIDE)


@pytest.fixture(scope="module")
def programs() -> Path:
    """Where json-server and Prism are."""
    if (npm := shutil.which("npm")) is None:
        pytest.skip("json-server and Prism need npm, which is not here (sh tools/system.sh)")
    if not (BESIDE / "node_modules" / ".bin" / "prism").exists():
        line = [npm, "install", "--silent", "--no-fund", "--no-audit", "--prefix", str(BESIDE), *NODE]
        done = subprocess.run(line, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"json-server and Prism cannot be installed: {done.stderr[-200:]}")
    return BESIDE / "node_modules" / ".bin"


def serving(script: str, *arguments: str, beside: str = "") -> AbstractContextManager[int]:
    """A server of tests/strangers in a process of its own; its port."""
    port = free_port()
    line = [sys.executable, str(SERVERS / script), str(port), *arguments]
    return up(line, port, {"PYTHONPATH": beside})


@contextmanager
def up(line: list[str], port: int, environment: dict[str, str]) -> Iterator[int]:
    """The program, once it listens."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(line, env=environment, **quiet) as process:
        try:
            for _ in range(300):
                with socket.socket() as probe:
                    if process.poll() is not None or not probe.connect_ex(("127.0.0.1", port)):
                        break
                time.sleep(0.1)
            assert process.poll() is None, f"{line} has ended"
            yield port
        finally:
            process.kill()


@pytest.fixture(scope="module")
def ports(beside: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """All but the one with certificates, side by side."""
    with ExitStack() as stack:
        yield {
            "httpbin": stack.enter_context(serving("httpbin_server.py", beside=beside)),
            "soap": stack.enter_context(serving("soap.py", beside=beside)) if OLD else 0,
            "oauth2": stack.enter_context(serving("api.py")),
            "django": stack.enter_context(serving("admin.py", str(tmp_path_factory.mktemp("admin")))),
        }


OLD = sys.version_info < (3, 12)  # spyne 2.14 knows no later one
SENT = {
    "httpbin": {"form.send": 20, "door.open": 40, "file.load": 40, "page.landed": 20},
    "soap": {"filing.submit": 25, "filing.query": 25},
    "oauth2": {"oauth2.token": 3, "filing.save": 15, "filing.list": 45},
    "django": {"login.page": 3, "login.send": 3, "group.form": 12, "group.save": 12},
    "mtls": {"who.ask": 20},
    "json-server": {
        "filing.save": 20,
        "filing.find": 20,
        "filing.read": 40,
        "filing.pay": 20,
        "filing.drop": 20,
    },
    "prism": {"filing.save": 20, "filing.read": 20, "filing.wrong": 20},
}


def passes(folder: Path, name: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example and its check pass; it sends exactly what its iterations say, and leaves no secret."""
    for variable, value in SECRETS.items():
        monkeypatch.setenv(variable, value)
    if not (folder / "scan.txt").exists():
        shutil.copytree(EXAMPLES, folder, dirs_exist_ok=True)
    at = ("--scenario", f"{name}.yaml", "--target", url)
    checked = renhai(folder, "binding", "check", f"{name}.target.yaml", *at)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    done = quiet_run(folder, "run", f"{name}.yaml", "--target", url)
    run = last_run(folder)
    assert held(done, run), done.stdout + done.stderr
    started = {operation: run.operations[operation].started for operation in SENT[name]}
    assert started == SENT[name]
    assert run.duration_s < 20  # ended by its iterations, not by its stages
    files = [path for path in last_directory(folder).rglob("*") if path.is_file()]
    told = "".join(path.read_text(errors="replace") for path in files)
    assert not [
        secret
        for secret in ("sesame-", "secret-of-app", "key-of-app", "key-of-prism")
        if secret in told + done.stdout
    ]


@pytest.mark.parametrize("name", ["httpbin", "oauth2", "django", "soap"])
def test_an_example_passes_at_a_system_that_we_did_not_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ports: dict[str, int], name: str
) -> None:
    if name == "soap" and not OLD:
        pytest.skip("spyne 2.14 knows no Python above 3.11")
    passes(tmp_path, name, f"http://127.0.0.1:{ports[name]}", monkeypatch)


def test_a_service_that_asks_for_a_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(EXAMPLES, tmp_path, dirs_exist_ok=True)
    authority = Authority(tmp_path, "ca")
    server, client = authority.issue("127.0.0.1"), authority.issue("client")
    shutil.copy(client["certificate"], tmp_path / "client.pem")
    shutil.copy(client["key"], tmp_path / "client-key.pem")
    with serving("who.py", authority.ca_file, server["certificate"], server["key"]) as port:
        passes(tmp_path, "mtls", f"https://127.0.0.1:{port}", monkeypatch)


def test_what_json_server_keeps_is_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, programs: Path
) -> None:
    kept, port = tmp_path / "db.json", free_port()
    kept.write_text('{"filings": []}')
    line = [str(programs / "json-server"), "-q", "-H", "127.0.0.1", "-p", str(port), str(kept)]
    with up(line, port, dict(os.environ)):
        passes(tmp_path, "json-server", f"http://127.0.0.1:{port}", monkeypatch)
    assert json.loads(kept.read_text()) == {"filings": []}  # each of the 20 was dropped again


def test_prism_finds_what_is_sent_to_be_as_its_document_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, programs: Path
) -> None:
    port = free_port()
    line = [str(programs / "prism"), "mock", "-h", "127.0.0.1", "-p", str(port)]
    with up([*line, str(EXAMPLES / "prism.openapi.yaml")], port, dict(os.environ)):
        passes(tmp_path, "prism", f"http://127.0.0.1:{port}", monkeypatch)
