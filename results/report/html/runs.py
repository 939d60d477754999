"""index.html of a directory of runs: each scenario with its course, and every run to be found and opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from markupsafe import Markup

from results.report import wording
from results.report.html.page import embedded, environment
from results.snapshot.files import write_whole
from results.snapshot.listing import Listed

DRAWN = 60  # of a scenario's newest runs
WIDTH, HEIGHT = 120, 18


@dataclass(frozen=True)
class Course:
    """A scenario's runs. p95 (ms), throughput (/s): of the newest DRAWN, oldest first; None where unknown."""

    name: str
    runs: int
    passed: int
    p95: list[float | None]
    throughput: list[float | None]
    newest: Listed


def courses(rows: Sequence[Listed]) -> list[Course]:
    """One a scenario, the one that ran last first. rows: as list_runs gives them, the newest first."""
    found: dict[str, list[Listed]] = {}
    for row in rows:
        if row.scenario:
            found.setdefault(row.scenario, []).append(row)
    return [
        Course(
            name=name,
            runs=len(some),
            passed=sum(row.verdict == "pass" for row in some),
            p95=[row.p95_ms for row in reversed(some[:DRAWN])],
            throughput=[row.throughput for row in reversed(some[:DRAWN])],
            newest=some[0],
        )
        for name, some in found.items()
    ]


def write_runs_page(directory: Path, rows: Sequence[Listed]) -> Path:
    """Writes DIR/index.html and returns its path. Raises SnapshotError when it cannot be written."""
    path = directory / "index.html"
    write_whole(path, render_runs_page(directory, rows))
    return path


def render_runs_page(directory: Path, rows: Sequence[Listed]) -> str:
    """The page as text."""
    listed = [{**asdict(row), "when": wording.local_time(row.started) if row.started else ""} for row in rows]
    words = {row.verdict: wording.words_of(row.verdict) for row in rows}
    return environment().get_template("runs.html.j2").render(
        count=len(rows),
        place=directory.name,
        scenarios=courses(rows),
        spark=spark,
        words_of=wording.words_of,
        data=embedded({"runs": listed, "words": words}),
    )  # fmt: skip


def _line(points: Sequence[str]) -> str:
    """A run alone is a dot that can be seen."""
    if len(points) > 1:
        return f'<polyline points="{" ".join(points)}"/>'
    x, y = points[0].split(",")
    return f'<circle cx="{max(2.0, min(WIDTH - 2.0, float(x))):.1f}" cy="{max(2.0, float(y)):.1f}" r="2"/>'


def spark(values: Sequence[float | None]) -> Markup:
    """A line over the runs from 0 at its foot to the highest value; gaps where a value is unknown."""
    known = [value for value in values if value is not None]
    top = max(known, default=0.0) or 1.0
    step = WIDTH / max(1, len(values) - 1)
    lines: list[list[str]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            lines.append([])
        else:
            lines[-1].append(f"{place * step:.1f},{HEIGHT - 1 - (HEIGHT - 2) * value / top:.1f}")
    drawn = "".join(_line(points) for points in lines if points)
    return Markup(
        f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'aria-hidden="true">{drawn}</svg>'
    )
