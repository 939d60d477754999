"""A run that begins on registered taxpayers, on a target of its own, and on one that was told of nobody."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.test_run import last_run, renhai, target

TEXT = """
# Does a system hold that is in use?
name: in_use
target: reference
data: {seed: 20150911, date: 2015-10-22, taxpayers: 300, registered: true}
load:
  arrivals: {rate: 15/s, process: constant, journeys: {registration.register: 1, declaration.file: 2}}
  stages: [{hold: 3s}]
thresholds:
  run: [throughput >= 0.1/s]
"""


def test_nobody_is_registered_first_and_a_target_that_knows_nobody_does_not_pass(tmp_path: Path) -> None:
    (tmp_path / "in_use.yaml").write_text(TEXT, encoding="utf-8")
    renhai(tmp_path, "run", "in_use.yaml")
    own = last_run(tmp_path)
    sent = {name: counts.ok for name, counts in own.operations.items()}
    assert [r for r in own.reason_codes if r.code.startswith("plan.")] == []
    assert 0 < sent["registration.save"] == sent["registration.kinds"] < sent["declaration.submit"]
    assert sum(counts.rejected for counts in own.operations.values()) == 0
    with target() as url:
        done = renhai(tmp_path, "run", "in_use.yaml", "--target", url)
    assert last_run(tmp_path).verdict in ("fail", "invalid")
    assert "DJ014" in done.stdout
    assert done.returncode in (1, 3)
