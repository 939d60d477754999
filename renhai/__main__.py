"""`python -m renhai` and the `renhai` command: find home, put it first on sys.path, run the command line."""

from __future__ import annotations

import sys

from renhai.core.home import open_home


def main() -> None:
    """Run one command and exit with its code."""
    open_home()
    from renhai.cli.app import run_cli

    sys.exit(run_cli(sys.argv[1:]))


if __name__ == "__main__":
    main()
