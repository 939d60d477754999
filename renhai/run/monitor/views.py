"""What a person sees while a run goes on: a live panel on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from renhai.core.units import spell_seconds
from renhai.run.monitor.live_thresholds import Standing
from results.report.wording import show, show_margin
from results.snapshot.run import Run, ThresholdRow

BARS = "▁▂▃▄▅▆▇█"
HISTORY = 60  # seconds of throughput in the small chart
WIDE = 100  # columns from which on there is room between the numbers
PLAIN_LINES = 20  # about how many lines a run prints where there is no terminal

COUNTED = ("ok", "rejected", "errors", "due", "dropped")

Status = dict[str, Any]
Plan = Mapping[str, Any]


def added(total: Status, second: Status) -> Status:
    """The state after one more second: counts add up, everything else is of that second."""
    return {**second, **{name: total.get(name, 0) + (second.get(name) or 0) for name in COUNTED}}


class View(Protocol):
    """Where a run reports to. `plan`: for what it is held to; without it no threshold is shown."""

    def begin(self, headline: str, seconds: float, plan: Plan | None = None) -> None: ...

    def status(self, status: Status) -> None: ...

    def note(self, text: str) -> None: ...

    def end(self) -> None: ...

    def step(self) -> View:
        """What shows one of the many runs of a search."""

    def judged(self, run: Run) -> None:
        """The run is over, and this is what it amounts to."""


class Quiet:
    """Reports nothing."""

    def begin(self, headline: str, seconds: float, plan: Plan | None = None) -> None: ...

    def status(self, status: Status) -> None: ...

    def note(self, text: str) -> None: ...

    def end(self) -> None: ...

    def step(self) -> View:
        return self

    def judged(self, run: Run) -> None: ...


class PlainView(Quiet):
    """One line every few seconds, for logs and CI."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._seconds = 0.0
        self._next = 0.0
        self._total: Status = {}
        self._standing = Standing()

    def begin(self, headline: str, seconds: float, plan: Plan | None = None) -> None:
        self._seconds, self._next, self._total = seconds, 0.0, {}
        self._standing = Standing(plan)
        self.note(headline)

    def status(self, status: Status) -> None:
        self._total = added(self._total, status)
        self._standing.take(status)
        second = _elapsed(status)
        if second < self._next:
            return
        self._next = second + max(1.0, self._seconds / PLAIN_LINES)
        self.note(plain_line(self._total, self._seconds, self._standing.nearest()))

    def note(self, text: str) -> None:
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)

    def step(self) -> View:
        return Quiet()  # a search tells of each step when it is over


class TerminalView(Quiet):
    """A panel that is redrawn twice a second."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None
        self._headline = ""
        self._seconds = 0.0
        self._notes: list[str] = []
        self._status: Status = {}
        self._standing = Standing()
        self._rates: deque[float] = deque(maxlen=HISTORY)

    def begin(self, headline: str, seconds: float, plan: Plan | None = None) -> None:
        self._headline, self._seconds, self._status = headline, seconds, {}
        self._standing = Standing(plan)
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
            self._console.print(text, highlight=False, markup=False)
            return
        self._notes = [*self._notes[-2:], text]
        self._redraw()

    def end(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _redraw(self) -> None:
        if self._live is not None:
            self._live.update(self._picture())

    def _picture(self) -> Group:
        second = _elapsed(self._status) if self._status else 0.0
        bar = ProgressBar(total=max(self._seconds, 1), completed=min(second, self._seconds), width=40)
        time = Table.grid(padding=(0, 1))
        time.add_row(bar, _time(second, self._seconds))
        parts: list[Any] = [Text(self._headline, style="bold"), time]
        if self._status:
            parts += [_numbers(self._status, self._console.width < WIDE), _nearest(self._standing.nearest())]
            parts.append(Text(f"rate {chart(self._rates)}", style="cyan"))
        else:
            parts.append(Text("starting the load processes", style="dim"))
        return Group(*parts, *(Text(note, style="yellow") for note in self._notes))


def view_for(console: Console) -> View:
    """The view that suits where the console writes to."""
    return TerminalView(console) if console.is_terminal else PlainView(console)


def watching(metrics: str | None, view: View) -> AbstractContextManager[View]:
    """The view; with an address for --metrics, what it is shown is served there as well."""
    if metrics is None:
        return nullcontext(view)
    from renhai.run.monitor.prometheus import serving

    return serving(metrics, view)


def chart(values: deque[float]) -> str:
    """The values as a row of bars, the highest one full."""
    top = max(values, default=0.0) or 1.0
    return "".join(BARS[min(len(BARS) - 1, int(value / top * len(BARS)))] for value in values)


def plain_line(status: Status, seconds: float, nearest: ThresholdRow | None = None) -> str:
    """`  12 s of 30s, 18s left: users 40, rate 7.2/s, p95 35 ms, ok 80, errors 0; nearest: ...`."""
    elapsed = _elapsed(status)
    parts = [f"{name} {value}" for name, value in _facts(status)]
    line = f"{elapsed:4.0f} s of {spell_seconds(seconds)}, {_left(elapsed, seconds)}: " + ", ".join(parts)
    return f"{line}; nearest: {standing_of(nearest)}" if nearest else line


def standing_of(row: ThresholdRow) -> str:
    """`declaration.submit p95 < 3s: 2.41 s, 20% to spare`: name, limit, value so far, and how far between."""
    facts = [show(row.value, row.unit), show_margin(row)]
    return f"{row.subject} {row.rule}: " + ", ".join(fact for fact in facts if fact)


def _nearest(row: ThresholdRow | None) -> Text:
    """One line, whatever the width; red where the run would fail if it ended now."""
    if row is None:
        return Text("nearest to breaking: nothing to judge yet", style="dim", no_wrap=True)
    line = Text("nearest to breaking: ", style="dim")
    line.append(standing_of(row), style="green" if row.passed else "bold red")
    return line


def _time(elapsed: float, seconds: float) -> str:
    return f"{elapsed:.0f} s of {seconds:.0f} s, {_left(elapsed, seconds)}"


def _left(elapsed: float, seconds: float) -> str:
    """`18s left`; the last requests are waited for when the time is up."""
    left = round(seconds - elapsed)
    return f"{spell_seconds(left)} left" if left > 0 else "ending"


def _elapsed(status: Status) -> float:
    """A status is of a whole second, counted from 0, once that is over."""
    return float(status.get("second", 0)) + 1


def _facts(status: Status) -> list[tuple[str, str]]:
    facts = [
        ("users", f"{status.get('users', 0)}"),
        ("rate", f"{status.get('rate') or 0:.1f}/s"),
        ("p95", _ms(status.get("p95_ms"))),
        ("ok", f"{status.get('ok', 0)}"),
        ("rejected", f"{status.get('rejected', 0)}"),
        ("errors", f"{status.get('errors', 0)}"),
    ]
    if status.get("due"):
        facts += [("due", f"{status['due']}"), ("dropped", f"{status.get('dropped', 0)}")]
    if status.get("cpu") is not None:
        facts.append(("cpu", f"{status['cpu']:.0f}%"))
    if status.get("lag_ms") is not None:
        facts.append(("lag", _ms(status["lag_ms"])))
    return facts


def _ms(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value / 1000:.2f} s" if value >= 1000 else f"{value:.3g} ms"


def _numbers(status: Status, narrow: bool) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1 if narrow else 3, 0, 0))
    facts = _facts(status)
    for name, _ in facts:
        table.add_column(name, header_style="dim", justify="right")
    loud = {"errors": "bold red", "rejected": "yellow", "dropped": "bold red"}
    table.add_row(*(Text(value, style=loud.get(name, "") if value != "0" else "") for name, value in facts))
    return table
