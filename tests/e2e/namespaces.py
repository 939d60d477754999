"""Hosts that a test makes for itself: network namespaces of this machine, joined by a veth pair.

They see nothing but each other, so no test can reach anybody's machine. Each has its own /etc/hosts, which a
test may rewrite while a run is under way: a change of DNS.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

_HOLD = 'mount --make-rprivate / && mount --bind "$0" /etc/hosts && ip link set lo up && echo up && exec cat'


# A shell with mounts of its own: a small disk that is full, which nobody else sees.
UNSHARE = [shutil.which("unshare") or "", "--mount", "sh", "-c"]


def filling(folder: str) -> str:
    """Python by which a process fills up the disk that is mounted at `folder`: fill(); before(owner, name):
    just before a function of the owner is called. What this returns undoes that."""
    return f"""
def fill():
    with open("{folder}/fill", "wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            pass

def before(owner, name):
    then = getattr(owner, name)
    def full(*arguments, **more):
        fill()
        return then(*arguments, **more)
    setattr(owner, name, full)
    return lambda: setattr(owner, name, then)
"""


def require_mounts() -> None:
    """Skip the test where no namespace for mounts may be made."""
    if not _may_mount():
        pytest.skip("no mount namespace may be made here (root may)")


@functools.cache
def _may_mount() -> bool:
    line = [*UNSHARE, "mount -t tmpfs none /mnt"]
    return bool(UNSHARE[0]) and not subprocess.run(line, capture_output=True).returncode


@contextlib.contextmanager
def mounted(script: str, folder: Path) -> Iterator[int]:
    """A process with mounts of its own, which a script makes in a folder: what is forked within it sees them.

    Skips the test where they cannot be made.
    """
    line = [*UNSHARE, f"mount --make-rprivate / && {script} && echo up && exec cat"]
    pipe = subprocess.PIPE
    with subprocess.Popen(line, cwd=folder, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as holder:
        try:
            assert holder.stdout is not None and holder.stderr is not None
            if holder.stdout.readline() != "up\n":
                pytest.skip(f"no such mounts can be made here (root may): {holder.stderr.read().strip()}")
            yield holder.pid
        finally:
            holder.kill()


def seen_within(holder: int, folder: Path) -> Path:
    """A folder as that process sees it."""
    return Path(f"/proc/{holder}/root{folder.resolve()}")


PATIENCE_S = 240.0  # for what takes seconds on a quiet machine: Locust alone needs 3 s of CPU to start

# Prints what each URL on its standard input answers, as one line.
_FETCH = """
import sys, urllib.request
for url in sys.stdin:
    print(urllib.request.urlopen(url.strip(), timeout=20).read().decode().replace("\\n", " "), flush=True)
"""


class Host:
    """One network namespace; it lasts as long as the process that holds it, which ends with this one."""

    def __init__(self, names: Path, beside: Host | None = None) -> None:
        names.write_text("127.0.0.1 localhost\n")
        self.names = names
        self.address = ""
        self._named: dict[str, tuple[str, ...]] = {}
        self._fetcher: subprocess.Popen[str] | None = None
        self._one_at_a_time = threading.Lock()
        as_root = [] if os.geteuid() == 0 or beside else ["--user", "--map-root-user"]
        before = beside.inside() if beside and os.geteuid() else []
        self._holder = subprocess.Popen(
            [*before, "unshare", *as_root, "--net", "--mount", "sh", "-c", _HOLD, str(names)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._holder.stdout is not None and self._holder.stderr is not None
        if self._holder.stdout.readline() != "up\n":
            why = self._holder.stderr.read().strip()
            self.close()
            raise OSError(why)

    @property
    def pid(self) -> int:
        return self._holder.pid

    def inside(self, folder: Path | None = None) -> list[str]:
        """What stands before a command that is to run here; the process keeps its pid."""
        user = ["--user", "--preserve-credentials"] if os.geteuid() else []
        enter = ["nsenter", "--target", str(self.pid), *user, "--net", "--mount"]
        return [*enter, "env", "-C", str(folder)] if folder else enter

    def do(self, *command: str) -> None:
        subprocess.run([*self.inside(), *command], check=True, capture_output=True, timeout=20)

    def fetch(self, url: str) -> str:
        """What a GET from here answers; by one process for all of them, as starting one takes 0.1 s."""
        with self._one_at_a_time:
            if self._fetcher is None:
                line = [*self.inside(), sys.executable, "-c", _FETCH]
                pipe = subprocess.PIPE
                self._fetcher = subprocess.Popen(line, stdin=pipe, stdout=pipe, text=True)
            assert self._fetcher.stdin is not None and self._fetcher.stdout is not None
            self._fetcher.stdin.write(url + "\n")
            self._fetcher.stdin.flush()
            return self._fetcher.stdout.readline()

    def name(self, host: str, *addresses: str) -> None:
        """Let `host` stand for these addresses from now on; other names stay."""
        with self._one_at_a_time:
            self._named[host] = addresses
            lines = [f"{text} {name}\n" for name, texts in self._named.items() for text in texts]
            self.names.write_text("127.0.0.1 localhost\n" + "".join(lines))

    def close(self) -> None:
        for process in filter(None, (self._fetcher, self._holder)):
            process.kill()
            process.communicate()


@contextlib.contextmanager
def two_hosts(folder: Path) -> Iterator[tuple[Host, Host]]:
    """10.77.0.1 and 10.77.0.2 on one wire. Skips the test where the machine does not allow it."""
    missing = [tool for tool in ("unshare", "nsenter", "ip") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed (util-linux, iproute2): no network namespaces")
    made: list[Host] = []
    try:
        made.append(Host(folder / "hosts-one"))
        made.append(Host(folder / "hosts-two", made[0]))
        one, two = made
        one.do("ip", "link", "add", "wire", "type", "veth", "peer", "name", "wire", "netns", str(two.pid))
        for number, host in enumerate(made, start=1):
            host.address = f"10.77.0.{number}"
            host.do("ip", "address", "add", f"{host.address}/24", "dev", "wire")
            host.do("ip", "link", "set", "wire", "up")
    except (OSError, subprocess.SubprocessError) as error:
        for host in made:
            host.close()
        said = getattr(error, "stderr", None) or error
        pytest.skip(f"this machine does not allow network namespaces: {said!r}")
    try:
        yield one, two
    finally:
        for host in made:
            host.close()
