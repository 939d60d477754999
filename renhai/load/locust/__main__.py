"""`python -m renhai.load.locust`: Locust itself, whose processes know each other by the key of the run."""

from __future__ import annotations

import os
import signal
import sys
from functools import cache
from importlib import metadata
from types import FrameType

INVALID = 3  # as renhai.core.errors, which takes too long to import while a signal would find no handler
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def _leave(number: int, frame: FrameType | None) -> None:
    os.write(2, b"ended by a signal before the load began; nothing was sent\n")
    os._exit(INVALID)


def main() -> None:
    """Locust's command line. Exits 2 without a key in RENHAI_JOIN_KEY."""
    for number in ENDING:
        signal.signal(number, _leave)  # until the run has its own way to end in good order
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)  # one that came before was held (renhai.run.process)
    # gevent asks 25 times which installed packages listen to its patching, a third of a second in all.
    asked = metadata.entry_points
    metadata.entry_points = cache(asked)  # type: ignore[assignment]
    from locust.main import main as locust_main  # before all else: it makes the standard library cooperative

    metadata.entry_points = asked
    from renhai.core.errors import USAGE, UsageError
    from renhai.load.locust.fetched_file import keep_apart
    from renhai.load.locust.keyed_sockets import secure_from_environment

    keep_apart()
    try:
        secure_from_environment()
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(USAGE)
    sys.argv[0] = "locust"
    locust_main()


if __name__ == "__main__":
    main()
