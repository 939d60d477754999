"""summary.md for a CI job's page and junit.xml for its test report."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from results.metrics import FEW, FEW_SAID, count, milliseconds, seconds, show, too_few
from results.report.junit import clean, markdown_table
from results.report.wording import (
    LOCUST_EVENT,
    MEANINGS,
    VERDICTS,
    begins,
    has_few,
    local_time,
    show_margin,
    visible,
)
from results.snapshot.run import OperationSummary, Run, ThresholdRow

_MARKS = {True: "pass", False: "FAIL", None: "cannot be judged"}


def summary_markdown(run: Run) -> str:
    """One screen of Markdown: verdict, reasons, thresholds, operations, generator."""
    word, word_zh = VERDICTS[run.verdict]
    parts = [
        f"## {word} {word_zh}: {_cell(run.scenario.name)} on {_cell(run.target.name)}",
        f"{MEANINGS[run.verdict][0]}. {seconds(run.duration_s)} from {local_time(run.started)}, "
        f"run `{run.run_id}`.",
    ]
    if begins(run) == "send":
        parts.append(LOCUST_EVENT[0])
    if run.reasons:
        parts.append("\n".join(f"- {_cell(reason)}" for reason in run.reasons))
    parts += [_cell(note) for note in run.notes]
    if run.thresholds:
        parts.append(_table(["threshold", "", "measured", ""], [_threshold(row) for row in run.thresholds]))
    if run.operations:
        head = ["operation", "requests", "rejected", "errors", "ok/s", "p50", "p95", "p99", "max"]
        parts.append(_table(head, [_operation(name, summary) for name, summary in run.operations.items()]))
    if any(has_few(summary) for summary in run.operations.values()):
        parts.append(FEW_SAID[0].replace("*", "\\*", 1))
    parts.append(_generator(run))
    return "\n\n".join(parts) + "\n"


def _threshold(row: ThresholdRow) -> list[str]:
    subject = _Made(f"{_cell(row.subject)} `{row.rule}`")
    return [
        subject,
        _MARKS[row.passed],
        show(row.value, row.unit),
        ", ".join(filter(None, (show_margin(row), row.note))),
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
        facts.append(f"CPU at most {health.cpu_percent_max:.0f}%")
    if health.loop_lag_ms_p99 is not None:
        facts.append(f"loop lag p99 {milliseconds(health.loop_lag_ms_p99)}")
    return "Load generator: " + ", ".join(facts) + "."


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
    if run.verdict == "invalid":
        _outcome(case, "error", "; ".join(run.reasons) or MEANINGS["invalid"][0])
    elif run.verdict == "fail" and not any(row.passed is False for row in run.thresholds):
        _outcome(case, "failure", "; ".join(run.reasons))
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
