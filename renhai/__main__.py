"""`python -m renhai` and the `renhai` command: find home, put it first on sys.path, run the command line."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

from renhai.core.home import open_home


def _leave(number: int, frame: FrameType | None) -> None:
    """A Ctrl-C while the program is still being read: a sentence, and no traceback."""
    os.write(2, b"renhai: ended by SIGINT before anything was begun\n")
    os._exit(3)


def main() -> None:
    """Run one command and exit with its code."""
    signal.signal(signal.SIGINT, _leave)
    open_home()
    from renhai.cli.app import run_cli

    sys.exit(run_cli(sys.argv[1:]))


if __name__ == "__main__":
    main()
