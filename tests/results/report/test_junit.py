"""Every junit.xml against the schema by which Jenkins reads it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import xmlschema

from results.compare.comparison import compare
from results.compare.trend import TrendSettings, trend_of
from results.report.files.comparison import comparison_junit, trend_junit
from results.report.files.run import finish
from results.snapshot.run import Run
from tests.results.recording import Recording, manifest

# Jenkins' xUnit plugin holds reports to it; tools/system.sh puts it there.
SCHEMA = Path(sys.prefix) / "junit" / "junit-10.xsd"


@pytest.fixture(scope="module")
def schema() -> xmlschema.XMLSchema:
    if not SCHEMA.is_file():
        pytest.skip("the JUnit schema of Jenkins is not here: it needs a network once (sh tools/system.sh)")
    return xmlschema.XMLSchema(SCHEMA)


def measured(directory: Path, name: str, **measured: Any) -> Run:
    recording = Recording().add("declaration.submit", range(1000, 101_000, 1000))
    recording.add("declaration.submit", [sum(name.encode())])  # no two runs have the same evidence
    recording.add("declaration.submit", [1000], "error")
    recording.measured = measured
    gates = {"*": ["p95 < 3s", "error_rate < 0.5%"]}
    return finish(recording.write(directory / name), manifest(run_id=name, thresholds=gates))


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"unhealthy": ["odd \x00\x1b[31m <&> \ufffe text"]},
        {"ended": "target_lost"},
        {"started": "2015-09-11T08:00:00.125+00:00"},
    ],
)
def test_the_report_of_a_run_follows_the_schema(
    schema: xmlschema.XMLSchema, tmp_path: Path, said: dict[str, Any]
) -> None:
    measured(tmp_path, "one", **said)
    schema.validate(str(tmp_path / "one" / "junit.xml"))


def test_reports_of_comparisons_and_trends_follow_the_schema(
    schema: xmlschema.XMLSchema, tmp_path: Path
) -> None:
    runs = [measured(tmp_path, name) for name in ("one", "two")]
    lost = measured(tmp_path, "three", ended="target_lost")
    for candidate in (runs[1], lost):
        schema.validate(comparison_junit(compare([runs[0]], [candidate])))
    schema.validate(trend_junit(trend_of(runs, TrendSettings())))


def test_the_schema_refuses_what_jenkins_refuses(schema: xmlschema.XMLSchema) -> None:
    assert schema.is_valid('<testsuite name="a" tests="0" failures="0" errors="0" time="1.500"/>')
    assert not schema.is_valid('<testsuite name="a" tests="0" failures="0" errors="0" time="1.5000"/>')
    assert not schema.is_valid('<testsuite name="a" tests="0" failures="0"/>')
