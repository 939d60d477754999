"""drain.html: what stands against a switch, for people: open business, late writes, papers, the stocktake."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from results.language.catalogue import in_chinese
from results.report.html.page import embedded, environment
from results.report.words.drain import ENTERED, LISTS, STOCK, VERDICTS
from results.snapshot.files import write_whole

MOST = 200  # rows of a kind on the page; all are in drain.json


def write_drain(folder: Path, found: Mapping[str, Any]) -> Path:
    """Writes drain.html and returns its path. found: drain.json. Raises SnapshotError."""
    path = folder / "drain.html"
    write_whole(path, render_drain(found))
    return path


def render_drain(found: Mapping[str, Any]) -> str:
    """The page as text."""
    return environment().get_template("drain.html.j2").render(
        found=found,
        most=MOST,
        verdict_words=VERDICTS,
        entered_words=ENTERED,
        stock_words=STOCK,
        list_words=LISTS,
        span=span,
        zh=in_chinese,
        data=embedded({}),
    )  # fmt: skip


def span(row: Mapping[str, Any]) -> str:
    """`00002101-00002125`: first and last number of a range, as wide as they are printed."""
    first, last = (f"{row[end]:0{row['width']}d}" for end in ("first", "last"))
    return first if first == last else f"{first}-{last}"
