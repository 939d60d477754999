"""Printing what rich can draw, on a terminal and into a log."""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.segment import Segment

from renhai.core.errors import FAIL, INCONCLUSIVE, PASS
from renhai.core.language import say

if TYPE_CHECKING:
    from results.snapshot.run import Run

PIPE_WIDTH = 120  # where there is no terminal to ask, such as in a CI log


UNSEALED = "unsealed: made before snapshots carried digests"


# Of C0 and C1 all but tab and line break, and what turns the direction of writing (Unicode, UAX 9).
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Foreign text that cannot command the terminal: a ? for each character that could."""
    return _CONTROLS.sub("?", text)


def tell(lines: Iterable[str]) -> None:
    """On standard output, a line each: values of files and answers stand in them, which can neither command
    the terminal nor begin a line of their own."""
    for line in lines:
        print(printable(line.replace("\n", " ")))


def judged(code: int, state: str) -> str:
    """The first line of a check: the word of its exit code (PASS, FAIL, INCONCLUSIVE), then its state."""
    from results.report.terminal.replay import VERDICTS

    word = {PASS: "pass", FAIL: "fail", INCONCLUSIVE: "inconclusive"}[code]
    return f"{' '.join(VERDICTS[word])}{say(': ')}{state}"


class Patient(Console):
    """A console that goes on when nobody reads it any more: a run has a verdict, read or not.

    rich itself would end the program with code 1, which is our word for a target that did not hold.
    """

    def __init__(self, **options: Any) -> None:
        # A character that the encoding lacks (GBK has no micro sign) is no reason to lose a verdict.
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")
        super().__init__(**options)

    def render(self, renderable: Any, options: Any = None) -> Iterator[Segment]:
        """As rich does, without control characters that came with somebody else's text."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=printable(segment.text))

    def on_broken_pipe(self) -> None:
        _to_nobody(self.file.fileno())


def show(what: object) -> None:
    """On standard output, as wide as the terminal."""
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPE_WIDTH
    Patient(highlight=False, width=width).print(what)


def show_run(directory: Path, run: Run, page: bool = True) -> None:
    """The summary of a run, and where its snapshot stands; page: and its report, where it did not pass."""
    from results.report.failures import failures
    from results.report.terminal.run import render_summary

    show(render_summary(run, failures(directory)))
    print(f"{say('snapshot')}{say(': ')}{directory}" + ("" if run.sealed else f" ({say(UNSEALED)})"))
    report = directory / "report.html"
    if page and run.verdict != "pass" and report.exists():
        print(f"{say('report')}{say(': ')}{report}")
    flush()


def flush() -> None:
    """Send what was printed on its way, whether or not anybody reads it."""
    sys.stdout.flush()


class Lenient(io.TextIOWrapper):
    """A standard stream that goes on when its reader has gone or its disk is full.

    A run has a verdict, read or not; who ends by such an error ends with a code that means another thing.

    What cannot be written is dropped from then on; standard error says so once, unless the reader just left.
    lost: whether something was dropped that somebody still wanted.
    """

    lost = False

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError as error:
            self._give_up(error)
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            self._give_up(error)
        except ValueError:
            pass  # closed

    def _give_up(self, error: OSError) -> None:
        _to_nobody(self.fileno())
        if not isinstance(error, BrokenPipeError) and self is not sys.stderr:
            self.lost = True
            with suppress(OSError):
                said = say(f"renhai: standard output cannot be written: {error.strerror}")
                print(said, file=sys.stderr)


def output_lost() -> bool:
    """Whether standard output could not take all that was printed, though its reader had not left."""
    flush()
    return isinstance(sys.stdout, Lenient) and sys.stdout.lost


def make_streams_lenient() -> None:
    """Where the caller closed standard output or error, or they fail, what is written there goes nowhere."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 (to the end)
        elif type(stream) is io.TextIOWrapper:
            encoding, lines = stream.encoding, stream.line_buffering
            lenient = Lenient(stream.detach(), encoding, "replace", line_buffering=lines, write_through=False)
            setattr(sys, name, lenient)


def _to_nobody(descriptor: int) -> None:
    with suppress(OSError):
        nobody = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nobody, descriptor)
        os.close(nobody)
