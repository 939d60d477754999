"""Puts a run, its charts and the plotting library into one HTML page.

The page carries everything: no request leaves it, and its content security policy says so. Charts are drawn
by uPlot (MIT, https://github.com/leeoniya/uPlot), kept under assets/uplot as published on npm; docs/report.md
compares it with others.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from results import metrics
from results.checks.ledger.pair_words import field_in_chinese, in_chinese_words
from results.language import asked
from results.language.catalogue import in_chinese
from results.language.numbers import agreed
from results.report import looks, wording
from results.report.case_flow import cases_part
from results.report.failures import failures, reason_in_chinese
from results.report.heatmap import heat_map
from results.report.html import audit as audit_words
from results.report.html.audit import audit_part
from results.report.html.chart_data import latency_over_time, limits, over_time, percentile_curves
from results.report.html.compiled import BesideThem
from results.report.html.head import head_of
from results.report.html.papers import KINDS as PAPER_KINDS
from results.report.html.papers import papers_part
from results.report.reasons import told
from results.report.words.drill import drill_part
from results.snapshot.files import write_whole
from results.snapshot.histograms import Interval, LogDamage, read_intervals
from results.snapshot.run import Run, ThresholdRow, load_run
from results.verdict.checks.audit import read_audit
from results.verdict.checks.papers import read_papers
from results.verdict.validity.evidence import Evidence, read_evidence

ASSETS = Path(__file__).parent / "assets"
TEMPLATES = Path(__file__).parent / "templates"


def write_report(directory: Path, run: Run | None = None, evidence: Evidence | None = None) -> Path:
    """Writes report.html beside run.json and returns its path; may be done again at any time.

    Raises SnapshotError when there is no readable run.json or the page cannot be written.
    """
    run = run or load_run(directory)
    path = directory / "report.html"
    write_whole(path, render_report(run, directory, evidence or read_evidence(directory)))
    return path


def render_report(run: Run, directory: Path, evidence: Evidence) -> str:
    """The page as text. What a damaged snapshot lacks is left out."""
    goals, intervals = goals_data(run), sound_intervals(directory)
    drawn = {**chart_data(intervals, evidence), "limits": limits(run.thresholds), **goals}
    return environment().get_template("report.html.j2").render(
        run=run,
        head=head_of(run, intervals, evidence.timeline),
        why=told(run),
        **_thresholds(run),
        heat=heat_map(run.groups),
        failures=failures(directory),
        goals=goals,
        cases=cases_part((run.model_extra or {}).get("cases")),
        drill=drill_part((run.model_extra or {}).get("drill")),
        audit=audit_part(read_audit(directory)),
        papers=papers_part(read_papers(directory)),
        data=embedded(drawn),
        unfinished=sum(summary.unfinished for summary in run.operations.values()),
    )  # fmt: skip


def _thresholds(run: Run) -> dict[str, Any]:
    """Those that did not hold, those that held, and of these the nearest of each rule, with its number."""
    held = [row for row in run.thresholds if row.passed]
    broken = [row for row in run.thresholds if not row.passed]
    groups = wording.nearest_of_each_rule(held)
    return {
        "broken": sorted(broken, key=lambda row: row.passed is None),
        "held": held,
        "nearest": [row for row, _ in groups],
        "alike": [(row, more) for row, more in groups if more],
    }


def sound_intervals(directory: Path) -> list[Interval]:
    """latency.hlog as far as it can be read; the verdict says already where it cannot."""
    found = []
    try:
        for interval in read_intervals(directory / "latency.hlog"):
            found.append(interval)
    except (OSError, LogDamage):
        pass
    return found


def chart_data(intervals: list[Interval], evidence: Evidence) -> dict[str, Any]:
    """What report.js draws: {"time": …, "latency": …, "curves": …} of results.report.html.chart_data."""
    return {
        "time": over_time(evidence.timeline),
        "latency": latency_over_time(intervals),
        "curves": percentile_curves(evidence.latency, evidence.service),
    }


def goals_data(run: Run) -> dict[str, Any]:
    """`capacity` (steps without their thresholds), `drift` and `catch_up` of run.json; None where absent."""
    extra = run.model_extra or {}
    found = {key: extra.get(key) for key in ("capacity", "drift", "catch_up")}
    if found["capacity"]:
        steps = [
            {key: value for key, value in step.items() if key != "thresholds"}
            for step in found["capacity"]["steps"]
        ]
        found["capacity"] = {**found["capacity"], "steps": steps}
    return found


def step_shown(capacity: dict[str, Any]) -> str:
    """The rate of the step whose files stand for a search."""
    shown = capacity.get("shown_step")
    chosen = [step for step in capacity["steps"] if shown and step.get("snapshot") == shown]
    return f"{chosen[-1]['rate']:.4g}" if chosen else "–"


def embedded(document: dict[str, Any]) -> Markup:
    """JSON that cannot end its script element."""
    return Markup(json.dumps(document, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c"))


def agreed_markup(text: object) -> object:
    """Of what is markup already it stays markup."""
    return text.__class__(agreed(text)) if isinstance(text, str) else text


@cache
def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        bytecode_cache=BesideThem(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        local_time=wording.local_time,
        verdicts=wording.VERDICTS,
        meanings=wording.MEANINGS,
        locust_event=wording.LOCUST_EVENT,
        words=wording.COLUMNS_ZH,
        asset=lambda name: Markup((ASSETS / name).read_text(encoding="utf-8")),
        bar=bar,
        in_chinese=in_chinese,
        apart=looks.apart,
        seen=looks.seen,
        reason_zh=reason_in_chinese,
        asked=asked,
        pair_zh=in_chinese_words,
        field_zh=field_in_chinese,
        audit_kinds={**audit_words.CLASSES, "balance": ("balance", "勾稽不平"), **PAPER_KINDS},
        audit_bad=audit_words.BAD,
        audit_doubt=audit_words.DOUBT,
        show_margin=wording.show_margin,
        show_margin_zh=wording.show_margin_zh,
        few=metrics.FEW,
        few_said=metrics.FEW_SAID,
        needed=metrics.NEEDED,
        too_few=metrics.too_few,
        search_ends=wording.SEARCH_ENDS,
        shape_of_capacity=wording.shape_of_capacity,
        step_outcomes=wording.STEP_OUTCOMES,
        drift_states=wording.DRIFT_STATES,
        drift_quantities=wording.DRIFT_QUANTITIES,
    )
    made.filters.update(
        agreed=agreed_markup,
        count=metrics.count,
        ms=metrics.milliseconds,
        moment=wording.local_time,
        seconds=metrics.seconds,
        share=metrics.rounded_share,
        show=metrics.show,
        four=lambda value: f"{value:.4g}",
        amount=lambda row, end: wording.amount(row[end], row["unit"]),
        grown=wording.growth,
        step_shown=step_shown,
    )
    return made


def bar(row: ThresholdRow) -> tuple[float, float] | None:
    """(value, limit) as shares of the bar's width, 0 to 1; None where there is nothing to draw."""
    if row.value is None or not row.limit:
        return None
    whole = max(row.value, 1.4 * row.limit)
    return row.value / whole, row.limit / whole
