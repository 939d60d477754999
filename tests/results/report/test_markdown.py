"""What people and CI servers read: terminal, Markdown, JUnit."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from results.metrics import milliseconds, seconds
from results.report.files.markdown import junit_xml, summary_markdown
from results.report.files.run import finish
from results.report.terminal.run import plain_summary
from results.report.wording import margin, show_margin
from results.snapshot.run import Run, ThresholdRow
from tests.results.recording import Recording, manifest

# What Jenkins' xUnit plugin accepts, restated from its junit-10.xsd (github.com/jenkinsci/xunit-plugin,
# src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd, MIT):
# element -> (required attributes, further attributes, children).
OUTCOME = (set(), {"type", "message"}, set())
JUNIT: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": (
        {"name"},
        {"time", "classname", "group"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "skipped": OUTCOME,
    "error": OUTCOME,
    "failure": OUTCOME,
}
TIME = re.compile(r"[0-9,]*(\.[0-9]*)?")


def check_junit(element: ET.Element) -> None:
    required, further, children = JUNIT[element.tag]
    assert required <= set(element.attrib) <= required | further
    assert {child.tag for child in element} <= children
    if element.tag == "testsuite":
        assert TIME.fullmatch(element.attrib["time"])
    for child in element:
        check_junit(child)


def run_of(directory: Path, gates: dict[str, list[str]], **measured: object) -> Run:
    recording = Recording().add("declaration.submit", range(1000, 101_000, 1000))
    recording.add("declaration.submit", [1000], "error")
    recording.measured = measured
    return finish(recording.write(directory), manifest(thresholds=gates))


def outcomes(xml: str) -> list[tuple[str, str, str]]:
    suite = ET.fromstring(xml)
    check_junit(suite)
    found = []
    for case in suite:
        kind = case[0].tag if len(case) else "ok"
        found.append((case.attrib["classname"], case.attrib["name"], kind))
    counted = {
        kind: sum(found_kind == kind for *_, found_kind in found) for kind in ("failure", "error", "skipped")
    }
    assert [suite.attrib[name] for name in ("tests", "failures", "errors", "skipped")] == [
        str(number) for number in (len(found), *counted.values())
    ]
    return found


def test_junit_has_a_case_for_validity_and_one_for_each_threshold(tmp_path: Path) -> None:
    run_of(tmp_path, {"*": ["p95 < 3s", "error_rate < 0.5%"]})
    assert outcomes((tmp_path / "junit.xml").read_text()) == [
        ("renhai.smoke.measurement", "the measurement is valid", "ok"),
        ("renhai.smoke.declaration.submit", "p95 < 3s", "ok"),
        ("renhai.smoke.declaration.submit", "error_rate < 0.5%", "failure"),
    ]


def test_an_invalid_run_claims_nothing_of_its_thresholds(tmp_path: Path) -> None:
    run = run_of(tmp_path, {"*": ["p95 < 3s", "error_rate < 0.5%"]}, unhealthy=["CPU 99%"])
    assert [kind for *_, kind in outcomes(junit_xml(run))] == ["error", "skipped", "skipped"]


def test_a_lost_target_fails_the_report_even_where_every_threshold_held(tmp_path: Path) -> None:
    run = run_of(tmp_path, {"*": ["p95 < 3s"]}, ended="target_lost")
    assert [kind for *_, kind in outcomes(junit_xml(run))] == ["failure", "ok"]


def test_control_characters_do_not_break_the_xml(tmp_path: Path) -> None:
    run = run_of(tmp_path, {"*": ["p95 < 3s"]}, unhealthy=["odd \x00\x1b[31m <&> \ufffe text"])
    assert outcomes(junit_xml(run))[0][2] == "error"


def test_markdown_opens_with_the_verdict(tmp_path: Path) -> None:
    text = summary_markdown(run_of(tmp_path, {"*": ["p95 < 3s", "error_rate < 0.5%"]}))
    lines = text.splitlines()
    assert lines[0] == "## FAIL 未通过: smoke on reference"
    assert "- declaration.submit: error_rate is 0.9901%, must be &lt; 0.5%" in lines
    assert (
        "| declaration.submit `p95 < 3s` | pass | 95.04 ms | 97% to spare, 1 error counted as the fastest |"
        in lines
    )
    assert "| declaration.submit | 101 | 0 | 1 | 10 | 50.02 ms | 95.04 ms | 99.01 ms | 100 ms |" in lines


def test_terminal_opens_with_the_verdict_and_the_broken_threshold(tmp_path: Path) -> None:
    text = plain_summary(run_of(tmp_path, {"*": ["p95 < 3s", "error_rate < 0.5%"]}))
    assert text.index("FAIL 未通过") < text.index("error_rate is 0.9901%") < text.index("p95 < 3s")
    assert "\x1b" not in text


def test_terminal_fits_a_narrow_screen(tmp_path: Path) -> None:
    run = run_of(tmp_path, {"*": ["p95 < 3s"]})
    assert max(len(line) for line in plain_summary(run, width=60).splitlines()) <= 60


def test_operations_of_a_tax_system_stand_in_a_line_each_of_80_columns(tmp_path: Path) -> None:
    """The longest name that ships beside usual figures: nobody reads `collect/ion.sta/te`."""
    recording = Recording().add("declaration.precheck", [*range(1000, 101_000, 1000), 62_000_000])
    run = finish(recording.write(tmp_path), manifest(thresholds={"*": ["p95 < 3s"]}))
    lines = [line.split() for line in plain_summary(run, width=80).splitlines()]
    rate = f"{run.operations['declaration.precheck'].rate_per_s:.4g}"
    times = ["51.01", "96.06", "100", "62,030"]  # each at the highest value of its counter
    assert ["declaration.precheck", "101", "0", "0", rate, *times] in lines


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.25, "250 µs"),
        (1, "1 ms"),
        (999.9, "999.9 ms"),
        (5210, "5.21 s"),
        (2999, "2.999 s"),
        (180_000, "3 min"),
    ],
)
def test_milliseconds_read_well(value: float, text: str) -> None:
    assert milliseconds(value) == text


def test_durations_read_well() -> None:
    assert [seconds(value) for value in (12.34, 200, 3720)] == ["12.3 s", "3 min 20 s", "1 h 02 min"]


@pytest.mark.parametrize(
    ("value", "limit", "unit", "share", "text"),
    [
        (750, 1000, "ms", 0.25, "25% to spare"),
        (4, 1000, "ms", 0.996, "99.6% to spare"),
        (1002, 1000, "ms", -0.002, "0.2% beyond"),
        (1500, 1000, "ms", -0.5, "50% beyond"),
        (12_000, 1000, "ms", -11, "12x the limit"),
        (14, 7, "/s", 1, "100% to spare"),
        (3.5, 7, "/s", -0.5, "50% beyond"),
        (None, 7, "/s", None, ""),
        (0, 0, "%", None, ""),
    ],
)
def test_distance_from_the_limit(
    value: float | None, limit: float, unit: str, share: float | None, text: str
) -> None:
    row = ThresholdRow(subject="a", rule="", value=value, unit=unit, passed=None, limit=limit)
    assert (margin(row), show_margin(row)) == (share, text)
