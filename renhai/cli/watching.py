"""Which view a run is watched by."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from rich.console import Console

from renhai.run.monitor.terminal import TerminalView
from renhai.run.monitor.views import PlainView, View


def view_for(console: Console) -> View:
    """The view that suits where the console writes to."""
    return TerminalView(console) if console.is_terminal else PlainView(console)


def watching(metrics: str | None, view: View) -> AbstractContextManager[View]:
    """The view; with an address for --metrics, what it is shown is served there as well."""
    if metrics is None:
        return nullcontext(view)
    from renhai.run.monitor.prometheus import serving

    return serving(metrics, view)
