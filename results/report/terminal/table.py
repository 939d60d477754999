"""A table for a terminal in the person's language: heads, title, sentences, and words that come as Text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.table import Table
from rich.text import Text

from results.language.catalogue import say


class SpokenTable(Table):
    """As rich's; what the catalogue does not have stays as it is."""

    def add_column(self, header: RenderableType = "", *args: Any, **more: Any) -> None:
        super().add_column(say(header) if isinstance(header, str) else header, *args, **more)

    def add_row(self, *cells: RenderableType | None, **more: Any) -> None:
        super().add_row(*(None if cell is None else _said(cell) for cell in cells), **more)


class ByWidth:
    """The wide table where the screen has so many columns, else the narrow one."""

    def __init__(self, wide: Table, narrow: Table, least: int) -> None:
        self._wide, self._narrow, self._least = wide, narrow, least

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        yield self._wide if options.max_width >= self._least else self._narrow


def _said(cell: RenderableType) -> RenderableType:
    if isinstance(cell, str):
        return say(cell) if " " in cell else cell  # a word may be somebody's name: an operation, a scenario
    if isinstance(cell, Text) and len(cell.spans) == 0:
        return Text(say(cell.plain), style=cell.style)
    return cell


def titled(title: str) -> str:
    """The title in the person's language, with the empty line before it."""
    return "\n" + say(title.strip()) if title else ""


def table(title: str, columns: list[tuple[str, str]]) -> Table:
    """columns: (head, "l" or "r" for its side)."""
    # One space between columns and none at the edges: the operations of a tax system fit into 80 columns.
    made = SpokenTable(title=titled(title), title_justify="left", title_style="bold", box=None)
    made.padding, made.pad_edge = (0, 1, 0, 0), False
    for name, side in columns:
        made.add_column(name, justify="right" if side == "r" else "left", overflow="fold")
    return made
