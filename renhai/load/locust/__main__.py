"""`python -m renhai.load.locust`: Locust itself, whose processes know each other by the key of the run."""

from __future__ import annotations

import sys

from renhai.core.errors import USAGE, UsageError


def main() -> None:
    """Locust's command line. Exits 2 without a key in RENHAI_JOIN_KEY."""
    from locust.main import main as locust_main  # first: it makes the standard library cooperative

    from renhai.load.locust.keyed_sockets import secure_from_environment

    try:
        secure_from_environment()
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(USAGE)
    sys.argv[0] = "locust"
    locust_main()


if __name__ == "__main__":
    main()
