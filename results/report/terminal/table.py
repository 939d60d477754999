"""A table for a terminal in the person's language: heads, title, sentences, and words that come as Text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from results.language.catalogue import say

LONGEST_WORD = 30  # cells of a word (a directory, a URL) that a table may break, rather than be stacked
_UNBROKEN = re.compile(r"[^\s\u2e80-\uffef]+")  # Chinese may be broken between any two characters
BETWEEN = " · "


class SpokenTable(Table):
    """As rich's; what the catalogue does not have stays as it is.

    Where the screen is too narrow for whole words and numbers, each row becomes a line with its name and
    lines with what the other columns have, each value after its head.
    """

    def add_column(self, header: RenderableType = "", *args: object, **more: object) -> None:
        said = say(header) if isinstance(header, str) else header
        super().add_column(said, *args, **more)  # type: ignore[arg-type]

    def add_row(self, *cells: RenderableType | None, **more: object) -> None:
        said = (None if cell is None else _said(cell) for cell in cells)
        super().add_row(*said, **more)  # type: ignore[arg-type]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        for column in self.columns:
            column.overflow = "fold"  # rich's own cuts the last character where a blank stands behind it
        texts = [[_text(console, cell) for cell in column.cells] for column in self.columns]
        least, most = self._widths(console, texts)
        room = options.max_width - sum(self.padding[1::2]) * len(self.columns)
        if sum(most) <= room or not self.columns:
            yield from super().__rich_console__(console, options)  # type: ignore[misc]
        elif sum(least) <= room:
            for column, width in zip(self.columns, _shared(least, most, room), strict=True):
                column.width = width
            yield from super().__rich_console__(console, options)  # type: ignore[misc]
            for column in self.columns:
                column.width = None
        else:
            yield from self._stacked(console, texts, options.max_width)

    def _widths(self, console: Console, texts: list[list[Text]]) -> tuple[list[int], list[int]]:
        """Of each column: the cells it needs lest a word or number be broken, and those of one line."""
        least, most = [], []
        for column, cells in zip(self.columns, texts, strict=True):
            head = _text(console, column.header) if self.show_header else Text()
            whole = _lines if column.justify == "right" else _words
            heads = _longest(head.plain.split())
            least.append(max([*map(_longest, (whole(cell) for cell in cells)), heads, 1]))
            most.append(max(_longest(_lines(cell)) for cell in [head, *cells]))
        return least, [max(pair) for pair in zip(least, most, strict=True)]

    def _stacked(self, console: Console, texts: list[list[Text]], width: int) -> Iterator[RenderableType]:
        if self.title:
            yield Text.assemble((_text(console, self.title).plain, "bold"))
        heads = [" ".join(_head(console, column).split()) for column in self.columns]
        named = next((number for number, head in enumerate(heads) if head), 0) + 1
        for row in zip(*texts, strict=True):
            yield Text(" ").join(cell for cell in row[:named] if cell)
            pairs = [
                Text.assemble(f"{head} " if head else "", _one_line(cell))
                for head, cell in zip(heads[named:], row[named:], strict=True)
                if cell
            ]
            for line in _packed(pairs, width - 2):
                yield Padding(line, (0, 0, 0, 2))
        if self.caption:
            yield _text(console, self.caption)


class ByWidth:
    """The wide table where the screen has so many columns, else the narrow one."""

    def __init__(self, wide: Table, narrow: Table, least: int) -> None:
        self._wide, self._narrow, self._least = wide, narrow, least

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        yield self._wide if options.max_width >= self._least else self._narrow


def _text(console: Console, cell: RenderableType) -> Text:
    return cell if isinstance(cell, Text) else console.render_str(str(cell or ""))


def _head(console: Console, column: Column) -> str:
    return _text(console, column.header).plain


def _one_line(cell: Text) -> Text:
    return Text(" ").join(cell.split("\n"))


def _words(text: Text) -> list[str]:
    return [word[:LONGEST_WORD] for word in _UNBROKEN.findall(text.plain)] or [text.plain[:2]]


def _lines(text: Text) -> list[str]:
    return text.plain.split("\n")


def _longest(parts: list[str]) -> int:
    return max(map(cell_len, parts), default=0)


def _shared(least: list[int], most: list[int], room: int) -> list[int]:
    """What each column gets: what it needs, and of the rest those that want the least more come first."""
    widths = list(least)
    order = sorted(range(len(widths)), key=lambda number: most[number] - least[number])
    for turn, number in enumerate(order):
        share = (room - sum(widths)) // (len(order) - turn)
        widths[number] += min(share, most[number] - least[number])
    return widths


def _packed(pairs: list[Text], width: int) -> Iterator[Text]:
    """Pairs beside each other, as many as a line takes."""
    line = Text()
    for pair in pairs:
        if line and cell_len(line.plain + BETWEEN + pair.plain) > width:
            yield line
            line = Text()
        line = Text.assemble(line, BETWEEN, pair) if line else pair
    if line:
        yield line


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
