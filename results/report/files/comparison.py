"""The files of a comparison and of a trend: page, JSON, junit.xml and summary.md, all in one directory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from results.compare.findings import (
    FINDINGS_ZH,
    Comparison,
    Row,
    brief,
    conclusion,
    describe,
    interval,
    promises,
    sides,
    spread_of,
)
from results.compare.trend import FEWEST_RUNS, Trend
from results.compare.trend_steps import Change, Step
from results.errors import SnapshotError
from results.language.numbers import agreed
from results.metrics import show
from results.report.html.comparison import write_comparison
from results.report.html.trend import write_trend
from results.report.junit import Case, cell, markdown_table, suite_xml
from results.report.reasons import language
from results.report.terminal.comparison import finding_of, standing_words
from results.report.wording import VERDICTS
from results.snapshot.files import write_whole

CHANGED = ("worse", "better", "within tolerance")  # rows that are shown though they do not decide
Outcome = Literal["", "failure", "error", "skipped"]


def write_comparison_files(
    directory: Path, comparison: Comparison, baseline: Sequence[Path] = (), candidate: Sequence[Path] = ()
) -> Path:
    """Writes comparison.html, comparison.json, junit.xml and summary.md; returns the path of the page.

    `baseline` and `candidate`: the snapshot directories, for the percentile curves. Raises SnapshotError when
    the directory cannot be written.
    """
    make_directory(directory)
    page = write_comparison(directory, comparison, baseline, candidate)
    write_whole(directory / "junit.xml", comparison_junit(comparison))
    write_whole(directory / "summary.md", comparison_markdown(comparison))
    return page


def write_trend_files(directory: Path, trend: Trend) -> Path:
    """Writes trend.html, trend.json, junit.xml and summary.md; returns the path of the page.

    Raises SnapshotError when the directory cannot be written.
    """
    make_directory(directory)
    page = write_trend(directory / "trend.html", trend)
    write_whole(directory / "trend.json", trend.model_dump_json(indent=1) + "\n")
    write_whole(directory / "junit.xml", trend_junit(trend))
    write_whole(directory / "summary.md", trend_markdown(trend))
    return page


def make_directory(directory: Path) -> None:
    """Raises SnapshotError when it cannot be made."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = f"cannot be created: {error.strerror}"
        raise SnapshotError(str(directory), why, "choose another place with --out DIR") from error


def comparison_junit(comparison: Comparison) -> str:
    """A case for the verdict, then one for each metric of each subject."""
    name = f"renhai.{comparison.scenario}.compared"
    outcome: Outcome = "error" if comparison.verdict == "inconclusive" else ""
    if comparison.verdict == "fail" and not any(row.finding == "worse" for row in comparison.rows):
        outcome = "failure"  # a side that broke off is in no row
    message = "; ".join([*comparison.reasons, *comparison.caveats]) if outcome else ""
    cases = [Case(name, "the runs can decide", outcome, message)]
    cases += [_row_case(name, row) for row in comparison.rows]
    return suite_xml(name, cases)


def _row_case(name: str, row: Row) -> Case:
    outcomes: dict[str, Outcome] = {"worse": "failure", "cannot decide": "skipped"}
    outcome = outcomes.get(row.finding, "")
    return Case(f"{name}.{row.subject}", row.metric, outcome, describe(row).en if outcome else "")


def comparison_markdown(comparison: Comparison) -> str:
    """One screen: verdict, reasons, what should not have been compared, then what changed or decides."""
    word, word_zh = VERDICTS[comparison.verdict]
    parts = [
        f"## {word} {word_zh}: {cell(comparison.scenario)} on {cell(comparison.target)} against its baseline",
        f"{conclusion(comparison)[language()]}. {cell(sides(comparison)[language()])}.",
    ]
    told = [
        *(comparison.reasons, comparison.reasons_zh)[language()],
        *(f"compared anyway: {text}" for text in comparison.differences),
    ]
    if told or comparison.caveats:
        parts.append("\n".join(f"- {cell(text)}" for text in [*told, *comparison.caveats]))
    shown = [row for row in comparison.rows if row.decisive or row.finding in CHANGED]
    if shown:
        head = ["subject", "metric", "baseline", "candidate", "change", "spread", ""]
        parts.append(markdown_table(head, [_row_cells(row) for row in shown]))
    parts.append("\n".join(f"- {note.en}" for note in promises(comparison.settings, comparison.paired)))
    rest = Counter(row.finding for row in comparison.rows if row not in shown)
    if rest:
        parts.append("Further rows: " + ", ".join(f"{n} {finding}" for finding, n in rest.items()) + ".")
    return "\n\n".join(parts) + "\n"


def _row_cells(row: Row) -> list[str]:
    values = [show(value, row.unit) for value in (row.baseline, row.candidate)]
    said = f"{brief(row).en} {FINDINGS_ZH[row.finding]}"
    return [row.subject, row.metric, *values, interval(row), spread_of(row), said]


def trend_junit(trend: Trend) -> str:
    """A case for the whole answer, then one for each build since which something changed; a failure while
    that stands and was not accepted."""
    name = f"renhai.{trend.scenario}.trend"
    few = len(trend.runs) < FEWEST_RUNS
    message = f"{len(trend.runs)} run(s) that compare; {FEWEST_RUNS} are the fewest that show a change"
    cases = [Case(name, "the runs can decide", "error" if few else "", message if few else "")]
    for step in trend.steps:
        told = "; ".join(describe_change(change) for change in step.changes) if step.worse else ""
        cases.append(Case(f"{name}.since", step.since, "failure" if step.worse else "", told))
    return suite_xml(name, cases)


def trend_markdown(trend: Trend) -> str:
    """What stands, then every change, then what was left out."""
    parts = [
        f"## {cell(standing_words(trend))}: "
        f"{cell(trend.scenario)} on {cell(trend.target)}, " + agreed(f"{len(trend.runs)} runs")
    ]
    if trend.steps:
        head = ["since", "", "rows"]
        parts.append(markdown_table(head, [_step_cells(step) for step in trend.steps]))
    if trend.left_out:
        parts.append(f"Left out: {len(trend.left_out)} run(s), the last: {cell(trend.left_out[-1])}.")
    return "\n\n".join(parts) + "\n"


def _step_cells(step: Step) -> list[str]:
    said = finding_of(step)[0] + (f": {step.accepted}" if step.accepted else "")
    return [step.since, said, "; ".join(_moved(change) for change in step.changes)]


def _moved(change: Change) -> str:
    before, since = (show(mean, change.unit) for mean in (change.mean_before, change.mean_since))
    return f"{change.row}: {before} to {since}"


def describe_change(change: Change) -> str:
    """`declaration.submit p95: from 42 ms to 49 ms since c010 (c009 was the last before)`."""
    before, since = (show(mean, change.unit) for mean in (change.mean_before, change.mean_since))
    last = f"({change.before} was the last before)"
    return f"{change.subject} {change.metric}: from {before} to {since} since {change.since} {last}"
