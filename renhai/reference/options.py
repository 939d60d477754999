"""The command line of the target."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date

from renhai.reference.eras.grades import DEFAULT_FINE_FEN, SWITCHES

DEFAULT_PORT = 8400
KEEP_ALIVE_S = 5
SESSION_S = 1800.0


def _port(text: str) -> int:
    port = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; must be 0 to 65535, 0 for any free one")
    return port


def _tolerance(text: str) -> int:
    try:
        yuan = float(text)
    except ValueError:
        yuan = -1.0
    if not 0 <= yuan <= 10**9:
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount of yuan from 0")
    return round(yuan * 100)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= 10**7:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return seconds


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date yyyy-mm-dd") from None


def parser() -> argparse.ArgumentParser:
    """The parser; errors end the process with exit code 2."""
    options = argparse.ArgumentParser(
        prog="renhai target",
        description="The reference tax system: HTTP and JSON on SQLite or PostgreSQL, with faults to plant.",
    )
    options.add_argument("--host", default="127.0.0.1", help="address to bind (127.0.0.1)")
    options.add_argument("--port", type=_port, default=DEFAULT_PORT, help="port, 0 for any free one (8400)")
    options.add_argument(
        "--database",
        default="",
        metavar="URL",
        help="sqlite:///FILE or postgresql://USER@HOST/NAME (a temporary SQLite file, removed at the end)",
    )
    options.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="SPEC",
        help="a fault to plant, such as errors=2%%; repeatable",
    )
    options.add_argument("--seed", type=int, default=1, help="seed of the faults' randomness (1)")
    options.add_argument(
        "--tax-tolerance",
        type=_tolerance,
        default=1000,
        metavar="YUAN",
        help="how far tax on a form may be from sales x rate (10.00)",
    )
    options.add_argument(
        "--date", type=_date, metavar="DATE", help="the day that it takes for today (by the clock, in China)"
    )
    options.add_argument(
        "--late-fine",
        type=_tolerance,
        default=DEFAULT_FINE_FEN,
        metavar="YUAN",
        help="fine for a return that is filed late (50.00)",
    )
    options.add_argument(
        "--strict", action="store_true", help="every rule is on that can be switched: " + ", ".join(SWITCHES)
    )
    options.add_argument(
        "--rule",
        action="append",
        default=[],
        metavar="NAME=on|off",
        help="switch a rule that rests on an unconfirmed fact; repeatable",
    )
    options.add_argument(
        "--session-seconds",
        type=_seconds,
        default=SESSION_S,
        metavar="S",
        help="how long a sign-in at a desk holds (1800)",
    )
    options.add_argument(
        "--keep-alive",
        type=int,
        default=KEEP_ALIVE_S,
        metavar="S",
        help="close idle connections after S seconds (5)",
    )
    options.add_argument(
        "--exit-with-parent",
        nargs="?",
        type=int,
        const=0,
        metavar="PID",
        help="end when the starting process has ended (PID: that one)",
    )
    return options


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options, or exit code 2 with one line that says what to write."""
    return parser().parse_args(arguments)
