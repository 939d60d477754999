"""summary.md for a CI job's page and junit.xml for its test report."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from results.language.numbers import agreed
from results.metrics import FEW, FEW_SAID, count, milliseconds, rounded_share, seconds, show, too_few
from results.report.junit import clean, markdown_table
from results.report.reasons import language, notes, sentences
from results.report.wording import (
    LOCUST_EVENT,
    MEANINGS,
    VERDICTS,
    begins,
    has_few,
    local_time,
    most_asked,
    show_margin,
    visible,
    worst_of_each_rule,
)
from results.snapshot.run import OperationSummary, Run, ThresholdRow
from results.verdict.reasons.reason import EN

MOST_ROWS = 100  # of a table
MOST_OF_A_RULE = 10
_MARKS = {True: "pass", False: "FAIL", None: "cannot be judged"}


def summary_markdown(run: Run, spoken: int | None = None) -> str:
    """One screen of Markdown: verdict, reasons, thresholds, operations, generator.

    spoken: EN or ZH, for the sentences; the reader's own unless given.
    """
    place = language() if spoken is None else spoken
    word, word_zh = VERDICTS[run.verdict]
    parts = [
        f"## {word} {word_zh}: {_cell(run.scenario.name)} on {_cell(run.target.name)}",
        f"{MEANINGS[run.verdict][place]}. {seconds(run.duration_s)} from {local_time(run.started)}, "
        f"run `{run.run_id}`.",
    ]
    if begins(run) == "send":
        parts.append(LOCUST_EVENT[place])
    if run.reasons:
        parts.append("\n".join(f"- {_cell(reason)}" for reason in sentences(run, place)))
    parts += [_cell(note) for note in notes(run, place)]
    if run.thresholds:
        parts.append(_table(["threshold", "", "measured", ""], _thresholds(run.thresholds, place)))
    if run.operations:
        head = ["operation", "requests", "rejected", "errors", "ok/s", "p50", "p95", "p99", "max"]
        shown = most_asked(run.operations, MOST_ROWS)
        parts.append(_table(head, [_operation(name, summary) for name, summary in shown.items()]))
        if len(shown) < len(run.operations):
            parts.append(agreed(f"And {len(run.operations) - len(shown):,} more operations, in report.html."))
    if any(has_few(summary) for summary in run.operations.values()):
        parts.append(FEW_SAID[0].replace("*", "\\*", 1))
    parts.append(_generator(run))
    return "\n\n".join(parts) + "\n"


def _thresholds(rows: list[ThresholdRow], place: int) -> list[list[str]]:
    """In their order; of many the worst of each rule, those that did not hold first."""
    if len(rows) <= MOST_ROWS:
        return [_threshold(row, 0, place) for row in rows]
    return [
        _threshold(row, more, place)
        for passed in (False, None, True)
        for row, more in worst_of_each_rule([row for row in rows if row.passed is passed], MOST_OF_A_RULE)
    ]


def _threshold(row: ThresholdRow, more: int, place: int) -> list[str]:
    further = f" and {more:,} more" if more else ""
    subject = _Made(f"{_cell(row.subject)}{further} `{row.rule}`")
    return [
        subject,
        _MARKS[row.passed],
        show(row.value, row.unit),
        ", ".join(filter(None, (show_margin(row), (row.note, row.note_zh or row.note)[place]))),
    ]


def _operation(name: str, summary: OperationSummary) -> list[str]:
    latency = summary.latency_ms
    times = ("p50", "p95", "p99", "max")
    return [
        name,
        count(summary.started),
        count(summary.rejected),
        count(summary.errors),
        f"{summary.rate_per_s:.4g}",
        *(
            milliseconds(getattr(latency, one)) + (FEW if too_few(one, summary.finished) else "")
            if latency
            else "–"
            for one in times
        ),
    ]


def _table(head: list[str], rows: list[list[str]]) -> str:
    return markdown_table(head, rows, _cell)


class _Made(str):
    """Markdown already, with foreign text in it made safe."""


def _cell(text: str) -> str:
    if isinstance(text, _Made):
        return text
    return visible(text.replace("\n", " ")).replace("|", "\\|").replace("<", "&lt;").replace("`", "&#96;")


def _generator(run: Run) -> str:
    health, load = run.generator, run.load
    facts = [f"{load.model} model", f"{load.users} users", f"{health.processes} process(es)"]
    if load.arrivals_due:
        facts.append(f"{count(load.arrivals_dropped)} of {count(load.arrivals_due)} arrivals dropped")
    facts += run.connections.facts
    if run.connections.lost_reused:
        facts.append(f"{count(run.connections.lost_reused)} requests lost on reused connections")
    if health.cpu_percent_max is not None:
        facts.append(f"CPU at most {rounded_share(health.cpu_percent_max / 100)}")
    if health.loop_lag_ms_p99 is not None:
        facts.append(f"loop lag p99 {milliseconds(health.loop_lag_ms_p99)}")
    return agreed("Load generator: " + ", ".join(facts) + ".")


def junit_xml(run: Run) -> str:
    """A test case for the validity of the measurement and one for each threshold.

    Follows the schema of Jenkins' xUnit plugin (junit-10.xsd), read by GitLab and the GitHub reporters too.
    Thresholds of an invalid run are skipped: green or red, they would claim what was not measured.
    """
    cases = [_validity(run), *(_case(run, row) for row in run.thresholds)]
    suite = ET.Element(
        "testsuite",
        name=clean(f"renhai.{run.scenario.name}"),
        tests=str(len(cases)),
        failures=str(sum(case.find("failure") is not None for case in cases)),
        errors=str(sum(case.find("error") is not None for case in cases)),
        skipped=str(sum(case.find("skipped") is not None for case in cases)),
        time=f"{run.duration_s:.3f}",
        timestamp=re.sub(r"(\.\d+)?(Z|[+-]\d\d:?\d\d)?$", "", run.started),
    )
    suite.extend(cases)
    ET.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suite, encoding="unicode") + "\n"


def _validity(run: Run) -> ET.Element:
    case = ET.Element("testcase", classname=_classname(run, "measurement"), name="the measurement is valid")
    case.set("time", f"{run.duration_s:.3f}")
    if run.verdict in ("invalid", "inconclusive"):
        _outcome(case, "error", "; ".join(sentences(run, EN)) or MEANINGS[run.verdict][0])
    elif run.verdict == "fail" and not any(row.passed is False for row in run.thresholds):
        _outcome(case, "failure", "; ".join(sentences(run, EN)))
    return case


def _case(run: Run, row: ThresholdRow) -> ET.Element:
    case = ET.Element("testcase", classname=_classname(run, row.subject), name=clean(row.rule), time="0")
    if run.verdict == "invalid" or row.passed is None:
        _outcome(case, "skipped", row.note or "the measurement is invalid")
    elif not row.passed:
        _outcome(
            case, "failure", f"measured {show(row.value, row.unit)} {show_margin(row)} {row.note}".strip()
        )
    return case


def _outcome(case: ET.Element, kind: str, message: str) -> None:
    ET.SubElement(case, kind, message=clean(message)).text = clean(message)
    if kind != "skipped":
        case[-1].set("type", "renhai.threshold" if kind == "failure" else "renhai.invalid")


def _classname(run: Run, subject: str) -> str:
    return clean(f"renhai.{run.scenario.name}.{subject}")
