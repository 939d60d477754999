"""The live view of a terminal."""

from __future__ import annotations

from collections import deque
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from renhai.core.language import say
from renhai.plan.model import Plan
from renhai.run.monitor.live_tables import lagging, last_failure, operations_table
from renhai.run.monitor.live_thresholds import LiveThresholds
from renhai.run.monitor.views import Quiet, Status, added, elapsed_of, facts_of, standing_of, time_of
from results.snapshot.run import ThresholdRow

BARS = "▁▂▃▄▅▆▇█"


HISTORY = 60  # seconds of throughput in the small chart


SPARE_LINES = 7  # heads of tables, the line of numbers, one that is wrapped, the prompt


NARROW, WIDE = 76, 100  # columns from which on the numbers stand in columns, and have room between them


class TerminalView(Quiet):
    """A panel that is redrawn twice a second."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None
        self._headline = ""
        self._seconds = 0.0
        self._notes: list[str] = []
        self._status: Status = {}
        self._standing = LiveThresholds()
        self._rates: deque[float] = deque(maxlen=HISTORY)

    def begin(self, headline: str, seconds: float, plan: Plan | None = None) -> None:
        self._headline, self._seconds, self._status = headline, seconds, {}
        self._standing = LiveThresholds(plan)
        self._notes.clear()
        self._rates.clear()
        self._live = Live(self._picture(), console=self._console, refresh_per_second=2, transient=True)
        self._live.start()

    def status(self, status: Status) -> None:
        self._status = added(self._status, status)
        self._standing.take(status)
        self._rates.append(float(status.get("rate") or 0))
        self._redraw()

    def note(self, text: str) -> None:
        if self._live is None:
            self._console.print(say(text), highlight=False, markup=False)
            return
        self._notes = [*self._notes[-2:], say(text)]
        self._redraw()

    def end(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _redraw(self) -> None:
        if self._live is not None:
            self._live.update(self._picture())

    def _picture(self) -> Group:
        second = elapsed_of(self._status) if self._status else 0.0
        bar = ProgressBar(total=max(self._seconds, 1), completed=min(second, self._seconds), width=40)
        time = Table.grid(padding=(0, 1))
        time.add_row(bar, time_of(second, self._seconds).strip())
        parts: list[Any] = [Text(say(self._headline), style="bold"), time]
        if self._status:
            parts += [_numbers(self._status, self._console.width), _nearest(self._standing.nearest())]
            parts.append(Text(f"{say('rate')} {chart(self._rates)}", style="cyan", no_wrap=True))
            parts += self._details(len(parts) + len(self._notes) + SPARE_LINES)
        else:
            parts.append(Text(say("starting the load processes"), style="dim"))
        return Group(*parts, *(Text(note, style="yellow") for note in self._notes))

    def _details(self, taken: int) -> list[Any]:
        """The last failure and units that lag, then as many operations as the screen still has lines for."""
        below = [line for line in (last_failure(self._status), *lagging(self._standing)) if line is not None]
        table = operations_table(self._standing, self._console.height - taken - len(below))
        return [*([table] if table is not None else []), *below]


def chart(values: deque[float]) -> str:
    """The values as a row of bars, the highest one full."""
    top = max(values, default=0.0) or 1.0
    return "".join(BARS[min(len(BARS) - 1, int(value / top * len(BARS)))] for value in values)


def _nearest(row: ThresholdRow | None) -> Text:
    """Red where the run would fail if it ended now."""
    if row is None:
        return Text(say("nearest to breaking: nothing to judge yet"), style="dim", no_wrap=True)
    line = Text(f"{say('nearest to breaking')}{say(': ')}", style="dim")
    line.append(standing_of(row), style="green" if row.passed else "bold red")
    return line


def _numbers(status: Status, width: int) -> Table | Text:
    """The numbers of the moment under their names; where there is no room for columns, beside them."""
    facts = [(say(name), Text(value, style=_loud(name, value))) for name, value in facts_of(status)]
    if width < NARROW:
        pairs = [Text(f"{name} ", style="dim").append_text(value) for name, value in facts]
        return Text("  ").join(pairs)
    table = Table(box=None, pad_edge=False, padding=(0, 1 if width < WIDE else 3, 0, 0))
    for name, _ in facts:
        table.add_column(name, header_style="dim", justify="right")
    table.add_row(*(value for _, value in facts))
    return table


def _loud(name: str, value: str) -> str:
    loud = {"errors": "bold red", "rejected": "yellow", "dropped": "bold red"}
    return loud.get(name, "") if value != "0" else ""
