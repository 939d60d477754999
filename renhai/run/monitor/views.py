"""What a person sees while a run goes on: a live panel on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

from typing import Any, Protocol

from rich.console import Console

from renhai.core.language import language, say
from renhai.core.units import spell_seconds
from renhai.plan.model import Plan
from renhai.run.monitor.live_thresholds import LiveThresholds
from results.metrics import rounded_share, show
from results.report.wording import show_margin, show_margin_zh, visible
from results.snapshot.run import Run, ThresholdRow

PLAIN_LINES = 20  # about how many lines a run prints where there is no terminal

COUNTED = ("ok", "rejected", "errors", "due", "dropped")

Status = dict[str, Any]


def added(total: Status, second: Status) -> Status:
    """The state after one more second: counts add up, the last failure stays, all else is of that second."""
    kept = {"failure": total["failure"]} if "failure" in total else {}
    return {**kept, **second, **{name: total.get(name, 0) + (second.get(name) or 0) for name in COUNTED}}


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
        self._standing = LiveThresholds()

    def begin(self, headline: str, seconds: float, plan: Plan | None = None) -> None:
        self._seconds, self._next, self._total = seconds, 0.0, {}
        self._standing = LiveThresholds(plan)
        self.note(headline)

    def status(self, status: Status) -> None:
        self._total = added(self._total, status)
        self._standing.take(status)
        second = elapsed_of(status)
        if second < self._next:
            return
        self._next = second + max(1.0, self._seconds / PLAIN_LINES)
        self.note(plain_line(self._total, self._seconds, self._standing.nearest()))

    def note(self, text: str) -> None:
        self._console.print(say(text), highlight=False, markup=False, soft_wrap=True)

    def step(self) -> View:
        return Quiet()  # a search tells of each step when it is over


def plain_line(status: Status, seconds: float, nearest: ThresholdRow | None = None) -> str:
    """`  12 s of 30s, 18s left: users 40, rate 7.2/s, p95 35 ms, ok 80, errors 0; nearest: ...`."""
    elapsed = elapsed_of(status)
    facts = say(", ").join(f"{say(name)} {value}" for name, value in facts_of(status))
    line = f"{time_of(elapsed, seconds)}: {facts}"
    return f"{line}{say('; ')}{say('nearest')}{say(': ')}{standing_of(nearest)}" if nearest else line


def time_of(elapsed: float, seconds: float) -> str:
    """`  12 s of 30s, 18s left`."""
    return f"{say(f'{elapsed:4.0f} s of {spell_seconds(seconds)}')}{say(', ')}{left_of(elapsed, seconds)}"


def standing_of(row: ThresholdRow) -> str:
    """`declaration.submit p95 < 3s: 2.41 s, 20% to spare`: name, limit, value so far, and how far between."""
    spare = show_margin_zh(row) if language() == "zh" else show_margin(row)
    facts = [show(row.value, row.unit), spare]
    return f"{visible(row.subject)} {row.rule}: " + say(", ").join(fact for fact in facts if fact)


def left_of(elapsed: float, seconds: float) -> str:
    """`18s left`; the last requests are waited for when the time is up."""
    left = round(seconds - elapsed)
    return say(f"{spell_seconds(left)} left") if left > 0 else say("ending")


def elapsed_of(status: Status) -> float:
    """A status is of a whole second, counted from 0, once that is over."""
    return float(status.get("second", 0)) + 1


def facts_of(status: Status) -> list[tuple[str, str]]:
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
        facts.append(("cpu", rounded_share(status["cpu"] / 100)))
    if status.get("lag_ms") is not None:
        facts.append(("lag", _ms(status["lag_ms"])))
    return facts


def _ms(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value / 1000:.2f} s" if value >= 1000 else f"{value:.3g} ms"
