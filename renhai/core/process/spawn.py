"""`python -m renhai.core.process.spawn PID_FILE LOG [--again] COMMAND...`: start a server that stays.

Ends with 0 once the server has said a line of JSON, with 1 when it does not. Its number is in PID_FILE then;
`--again`: the one whose number stood there is ended first.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from renhai.core.private_files import owner_only

READY_S, END_S = 60.0, 10.0


def lives(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not waited for does not."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
        return fields.split()[0] not in ("Z", "X")
    except (OSError, IndexError):
        return False


def end(pid_file: Path, but_not: int = 0) -> None:
    """End the process whose number stands in the file, by force where it does not go; none of `but_not`."""
    try:
        pid = int(pid_file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return
    if pid == but_not:
        return  # long gone, and the number may be another's by now
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        until = time.monotonic() + END_S
        while lives(pid) and time.monotonic() < until:
            time.sleep(0.02)


def main(arguments: list[str]) -> int:
    pid_file, log = Path(arguments[0]), Path(arguments[1])
    again = arguments[2] == "--again"
    if again:
        end(pid_file)
    with open(log, "ab", opener=owner_only) as out:
        seen = out.tell()
        process = subprocess.Popen(
            arguments[2 + again :], stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
    pid_file.write_text(str(process.pid), encoding="ascii")
    until = time.monotonic() + READY_S
    while process.poll() is None and time.monotonic() < until:
        if any(line.startswith(b"{") for line in log.read_bytes()[seen:].splitlines()):
            return 0
        time.sleep(0.02)
    print("the server did not begin to serve")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
