"""Workers from elsewhere: the key by which they may join, and what their people have to type."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

from renhai.core import join_key
from renhai.core.errors import UsageError
from renhai.core.yaml_lines import show_path

KEY_FILE = "join.key"


@contextlib.contextmanager
def key_of_run(directory: Path, given: str, joined: bool) -> Iterator[str]:
    """The key given, else a new one; where workers are to join with that, `join.key` holds it while it lasts.

    Raises UsageError when the file cannot be written.
    """
    if given or not joined:
        yield given or join_key.new_key()
        return
    key, path = join_key.new_key(), directory / KEY_FILE
    try:
        join_key.write_key(path, key)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}; choose --out DIR") from None
    try:
        yield key
    finally:
        with contextlib.suppress(OSError):
            path.unlink()


def hint(count: int, bind: str, port: int, directory: Path, preset: bool) -> str:
    """For whom the run waits, and what to type where they are."""
    workers = f"{count} worker{'s' if count > 1 else ''}"
    here = _host(bind)
    if preset:
        key, how = "", f" with the same {join_key.VARIABLE} (or --key-file)"
    else:
        key, how = f" --key-file {show_path(directory / KEY_FILE)}", ""
    command = f"renhai worker --join {here}:{port}{key}"
    if is_loopback(bind):
        return (
            f"waiting for {workers} on {bind}:{port}; type in another terminal here{how}: {command}\n"
            "workers on other machines: end this (Ctrl-C), and begin it again with --bind 0.0.0.0"
        )
    copy = "" if preset else ", and copy that file there first: it is good for this run only"
    return f"waiting for {workers} on {bind}:{port}; type on each of their machines{how}: {command}{copy}"


def _host(bind: str) -> str:
    if bind in ("0.0.0.0", "::", "*"):
        return socket.gethostname()
    return f"[{bind}]" if ":" in bind else bind


def is_loopback(bind: str) -> bool:
    """Whether workers of other machines could not reach that address."""
    try:
        return ip_address(bind).is_loopback
    except ValueError:
        return bind == "localhost"
