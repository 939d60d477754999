"""docs/examples: target files and scenarios in YAML alone, at systems that we did not write.

httpbin and spyne stand in no lock (the one asks for an older greenlet, the other has no wheel): they are
installed beside it, without what they would bring, once for an environment.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.certificates import Authority
from tests.e2e.test_run import held, last_directory, last_run, quiet_run

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES, SERVERS = ROOT / "docs" / "examples", ROOT / "tests" / "strangers"
BESIDE = Path(sys.prefix) / "strangers"
PACKAGES = ("httpbin==0.10.4", "flasgger==0.9.7.1", "mistune==3.4.0", "six==1.17.0", "decorator==5.3.1")
PACKAGES += ("brotlicffi==1.2.1.0", "spyne==2.14.0", "pytz==2026.6")
SECRETS = {
    "HTTPBIN_USER": "tester", "HTTPBIN_PASSWORD": "sesame", "APP_ID": "app", "APP_SECRET": "secret-of-app",
    "SIGN_KEY": "key-of-app",
}  # fmt: skip


@pytest.fixture(scope="module")
def beside() -> str:
    """Where httpbin and spyne are."""
    if not (BESIDE / "httpbin").is_dir():
        line = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(BESIDE), *PACKAGES]
        done = subprocess.run(line, capture_output=True, text=True)
        if done.returncode:
            shutil.rmtree(BESIDE, ignore_errors=True)
            pytest.skip(f"httpbin and spyne cannot be installed: {done.stderr[-200:]}")
    return str(BESIDE)


@contextmanager
def serving(script: str, *arguments: str, beside: str = "") -> Iterator[int]:
    """A server of tests/strangers in a process of its own; its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    line = [sys.executable, str(SERVERS / script), str(port), *arguments]
    with subprocess.Popen(line, env={"PYTHONPATH": beside}, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(300):
                with socket.socket() as probe:
                    if process.poll() is not None or not probe.connect_ex(("127.0.0.1", port)):
                        break
                time.sleep(0.1)
            assert process.poll() is None, f"{script} has ended"
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
}


def passes(folder: Path, name: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example passes, sends exactly what its iterations say, and leaves no secret in its snapshot."""
    for variable, value in SECRETS.items():
        monkeypatch.setenv(variable, value)
    if not (folder / "scan.txt").exists():
        shutil.copytree(EXAMPLES, folder, dirs_exist_ok=True)
    done = quiet_run(folder, "run", f"{name}.yaml", "--target", url)
    run = last_run(folder)
    assert held(done, run), done.stdout + done.stderr
    started = {operation: run.operations[operation].started for operation in SENT[name]}
    assert started == SENT[name]
    assert run.duration_s < 20  # ended by its iterations, not by its stages
    files = [path for path in last_directory(folder).rglob("*") if path.is_file()]
    told = "".join(path.read_text(errors="replace") for path in files)
    assert not [
        secret for secret in ("sesame-", "secret-of-app", "key-of-app") if secret in told + done.stdout
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
