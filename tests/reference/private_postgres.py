"""A PostgreSQL server of the test's own: a new cluster in a temporary folder, on a Unix socket only."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

SERVER_OPTIONS = "-c listen_addresses='' -c shared_buffers=16MB -c max_connections=20 -c fsync=on"


def binaries() -> Path | None:
    """The folder with initdb and pg_ctl, where the machine has one."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: path.parts[-3].zfill(4)
    )
    if folders:
        return folders[-1].parent
    with contextlib.suppress(ImportError):
        import pgserver  # type: ignore[import-not-found]

        return Path(pgserver.__file__).parent / "pginstall" / "bin"
    return None


def _account() -> str | None:
    """Whom to run the server as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


def why_not() -> str:
    """Why no server can be started here; "" when one can."""
    if binaries() is None:
        return "no PostgreSQL server binaries on this machine (package postgresql, or pgserver from PyPI)"
    if _account() is None or (os.geteuid() == 0 and not shutil.which("runuser")):
        return "PostgreSQL does not run as root, and there is no other account to run it as"
    return ""


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Start a cluster; yields its URL without a database name's worth of defaults."""
    folder, account, tools = Path(tempfile.mkdtemp(prefix="renhai-pg-")), _account(), binaries()
    assert account is not None and tools is not None
    as_account = ["runuser", "-u", account, "--"] if os.geteuid() == 0 else []

    def run(*command: str) -> None:
        subprocess.run([*as_account, *command], check=True, capture_output=True, cwd=folder, timeout=120)

    data, log = str(folder / "data"), str(folder / "log")
    try:
        if as_account:
            shutil.chown(folder, account)
        run(str(tools / "initdb"), "-D", data, "-A", "trust", "-U", "renhai", "--no-sync", "-E", "UTF8")
        options = f"{SERVER_OPTIONS} -k {folder}"
        run(str(tools / "pg_ctl"), "-D", data, "-l", log, "-w", "-o", options, "start")
        try:
            yield f"postgresql://renhai@/postgres?host={folder}"
        finally:
            run(str(tools / "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
