"""Hosts that a test makes for itself: network namespaces of this machine, joined by a veth pair.

They see nothing but each other, so no test can reach anybody's machine. Each has its own /etc/hosts, which a
test may rewrite while a run is under way: a change of DNS.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

_HOLD = 'mount --make-rprivate / && mount --bind "$0" /etc/hosts && ip link set lo up && echo up && exec cat'


class Host:
    """One network namespace; it lasts as long as the process that holds it, which ends with this one."""

    def __init__(self, names: Path, beside: Host | None = None) -> None:
        names.write_text("127.0.0.1 localhost\n")
        self.names = names
        self.address = ""
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

    def name(self, host: str, *addresses: str) -> None:
        """Let `host` stand for these addresses from now on."""
        self.names.write_text("127.0.0.1 localhost\n" + "".join(f"{text} {host}\n" for text in addresses))

    def close(self) -> None:
        self._holder.kill()
        self._holder.communicate()


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
