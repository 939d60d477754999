"""Papers under load: every one that the target spoils is found and classed, and no other."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from results.checks.papers.document import CLASSES
from tests.e2e.test_run import last_directory, last_run, renhai
from tests.reference.running import target

FAULTS = {"empty": "empty", "cut": "cut_off", "swapped": "swapped", "wrong": "wrong", "moved": "moved"}
SCENARIO = """# Is every paper right that was printed?
name: papers
data: {seed: 7, profile: gt3_2015, taxpayers: 50000}
load:
  arrivals: {rate: 20/s, process: constant, journeys: {printing.counter: 1}}
  stages: [{hold: 2s}]
thresholds: {"printing.*": [error_rate < 30%], "declaration.*": [error_rate < 1%]}
papers: {keep: all}
"""


def told(found: dict[str, Any]) -> Counter[tuple[str, str]]:
    """Papers by operation and class."""
    rows = found["operations"].items()
    return Counter({(name, kind): row[kind] for name, row in rows for kind in CLASSES if row[kind]})


def test_every_spoilt_paper_is_found_under_load_and_none_beside(tmp_path: Path) -> None:
    (tmp_path / "papers.yaml").write_text(SCENARIO, encoding="utf-8")
    planted = [part for kind in FAULTS for part in ("--fault", f"{kind}-paper=6%")]
    with target(*planted) as running:
        done = renhai(tmp_path, "run", "papers.yaml", "--target", f"http://127.0.0.1:{running.port}")
        faults = running.client().get("faults")["faults"]
    run = last_run(tmp_path)
    found = json.loads((last_directory(tmp_path) / "papers.json").read_text("utf-8"))
    spoilt = Counter(
        {
            (name, FAULTS[fault["kind"].removesuffix("-paper")]): count
            for fault in faults
            for name, count in Counter(paper[0] for paper in fault["papers"]).items()
        }
    )
    unfinished = sum(summary.unfinished for summary in run.operations.values())
    assert {kind for _, kind in spoilt} >= {"empty", "cut_off", "moved"}, "the faults were planted"
    assert not told(found) - spoilt, "nothing is told of that was right"
    assert (spoilt - told(found)).total() <= unfinished, "every spoilt paper that came was found"
    assert (found["state"], done.returncode in (1, 3)) == ("checked", True)
    rows = {row.metric: row for row in run.thresholds if row.subject == "papers"}
    assert rows["moved"].passed is False and rows["unreadable"].passed is True
    junit = (last_directory(tmp_path) / "junit.xml").read_text("utf-8")
    assert 'name="papers: moved &lt;= 0"' in junit or 'name="moved &lt;= 0"' in junit
    assert "data:image/png;base64,iVBOR" in (last_directory(tmp_path) / "report.html").read_text("utf-8")
