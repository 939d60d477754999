"""comparison.html: every effect with its interval, and both sides' percentile curves over each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from results.compare.comparison import Comparison, Row
from results.compare.findings import FINDINGS_ZH, ORDER, conclusion, interval, promises, sentence, spread_of
from results.compare.settings import Settings
from results.report.html.chart_data import percentile_curves
from results.report.html.page import embedded, environment
from results.report.wording import COLUMNS_ZH
from results.snapshot.files import write_whole
from results.snapshot.histograms import Histogram, together, totals


def write_comparison(
    directory: Path, comparison: Comparison, baseline: Sequence[Path] = (), candidate: Sequence[Path] = ()
) -> Path:
    """Writes comparison.html and comparison.json; returns the path of the page.

    `baseline` and `candidate`: the snapshot directories, for the percentile curves; may be left out. Raises
    SnapshotError when a file cannot be written.
    """
    write_whole(directory / "comparison.json", comparison.model_dump_json(indent=1) + "\n")
    page = directory / "comparison.html"
    write_whole(page, render_comparison_page(comparison, baseline, candidate))
    return page


def render_comparison_page(
    comparison: Comparison, baseline: Sequence[Path] = (), candidate: Sequence[Path] = ()
) -> str:
    """The page as text."""
    rows = sorted(comparison.rows, key=lambda row: ORDER.index(row.finding))
    first = [row for row in rows if row.decisive or row.finding in ("worse", "better", "within tolerance")]
    return environment().get_template("comparison.html.j2").render(
        comparison=comparison,
        settings=comparison.settings,
        first=first,
        rest=[row for row in rows if row not in first],
        conclusion=conclusion(comparison),
        promises=promises(comparison.settings, comparison.paired),
        sentence=sentence,
        spread_of=spread_of,
        findings_zh=FINDINGS_ZH,
        words=COLUMNS_ZH,
        interval=interval,
        forest=lambda row: forest(row, comparison.settings),
        data=embedded({"baseline": _curves(baseline), "candidate": _curves(candidate)}),
    )  # fmt: skip


def _curves(directories: Iterable[Path]) -> dict[str, Any]:
    sides: dict[str, list[Histogram]] = {}
    for directory in directories:
        found, _damage = totals(directory / "latency.hlog")
        for name, histogram in found.items():
            sides.setdefault(name, []).append(histogram)
    return percentile_curves({name: together(some) for name, some in sides.items()}, {})


def forest(row: Row, settings: Settings) -> dict[str, Any]:
    """Where the parts of a row's drawing are, in per cent of its width; zero stands in the middle.

    {"band": (left, width), "reach": (left, width) of the interval, "at": the effect, "limit": where a change
    for the worse is too much, "ends": what the edges stand for}. The drawing spans three times the tolerance
    either way, and what lies beyond is cut off at its edge, where the whole mark of the effect stays in
    sight.
    """
    rate = row.unit == "%"
    span = 3 * (settings.share_tolerance if rate else settings.tolerance)
    band = settings.share_band if rate else settings.noise_band

    def place(value: float) -> float:
        return round(50 + 50 * max(-1.0, min(1.0, value / span)), 2)

    edges = [(place(low), place(high)) for low, high in ((-band, band), (row.low, row.high))]
    (left, right), (low, high) = edges
    at = max(2.5, min(97.5, place(row.effect)))
    edge = f"{100 * span:g} pt" if rate else f"{100 * span:g}%"
    return {
        "band": (left, round(right - left, 2)),
        "reach": (low, round(high - low, 2)),
        "at": at,
        "limit": place(row.limit),
        "ends": (f"-{edge}", f"+{edge}"),
    }
