"""A target file and a scenario for one row of the answers."""

from __future__ import annotations

from pathlib import Path

from benchmarks.liars.lying_answers import Row

TARGET = """\
name: liar
environment: test
url: http://127.0.0.1:{port}
timeouts: {{connect: 1s, send: 1s, read: 1s, total: 1s}}
success: {rule}
operations:
  shelf.get: {{path: "/get?id=${{NEW:id}}", method: GET, body: null}}
  shelf.put: {{path: "/put?id=${{NEW:id}}", body: {{a: 1}}}}
"""
SCENARIO = """\
name: liar
target: target.yaml
data: {seed: 1, taxpayers: 1000}
load:
  arrivals: {rate: 20/s, process: constant, journeys: {two.steps: 1}}
  stages: [{hold: 3s}]
journeys:
  two.steps: [shelf.get, shelf.put]
thresholds:
  "*": [error_rate < 1%, rejection_rate < 1%, p95 < 900ms]
"""


def target_file(row: Row, port: int, folder: Path) -> Path:
    """Written into `folder`."""
    path = folder / "target.yaml"
    path.write_text(TARGET.format(port=port, rule=row[2]), encoding="utf-8")
    return path


def scenario_file(row: Row, port: int, folder: Path) -> Path:
    """Both files, written into `folder`; the scenario's path."""
    target_file(row, port, folder)
    path = folder / "scenario.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path
