"""A run that is audited at its end: what is planted is found, what is well is found well."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

from results.checks.audit.intents import events, header_of
from tests.e2e.test_cleanup import lab
from tests.e2e.test_run import last_directory, last_run, quiet_run, renhai, target

SCENARIO = """# Is every filing there that was acknowledged?
name: filing
target: ./lab.yaml
data: {seed: 7, profile: gt3_2015, taxpayers: 50000}
load:
  arrivals: {rate: 20/s, process: constant, journeys: {file.only: 1}}
  stages: [{hold: 3s}]
journeys:
  file.only:
    - {send: registration.save, document: registration}
    - {send: declaration.submit, document: declaration}
thresholds: {"*": [error_rate < 1%]}
audit: {lost: 0, duplicated: 0, altered: 0}
"""


def acknowledged(run: Path) -> dict[str, float]:
    """Yuan by the serial of each declaration that was acknowledged, as the receipts have it."""
    found = {}
    for file in sorted((run / "receipts").glob("*.jsonl")):
        header = header_of(file)
        sent: dict[int, dict[str, Any]] = {}
        assert header is not None
        names = header.names["declaration.submit"]
        for _, event in events(file):
            match event:
                case "intent", number, "declaration.submit", _, values:
                    sent[number] = dict(zip(names, values, strict=True))
                case "ok", number, _, values if number in sent:
                    said = {n: v for n, v in zip(names, values, strict=True) if v is not None}
                    known = {**sent[number], **said}
                    found[str(known["pzxh"])] = known["ybtse"]
    return found


def held(url: str) -> set[str]:
    """Serials of the declarations that the target holds, by its own list."""
    with urllib.request.urlopen(f"{url}/admin/list/declarations?limit=5000") as answer:
        return {row["pzxh"] for row in json.load(answer)["rows"]}


def problems(folder: Path) -> list[dict[str, Any]]:
    return list(json.loads((folder / "results" / "ledger.json").read_text("utf-8"))["problems"])


def test_a_filing_that_was_acknowledged_and_is_gone_fails_the_run(tmp_path: Path) -> None:
    (tmp_path / "filing.yaml").write_text(SCENARIO, encoding="utf-8")
    with target("--fault", "lost-write=20%:declaration.submit") as url:
        lab(tmp_path, url)
        done = quiet_run(tmp_path, "run", "filing.yaml")
        there = held(url)
    run, directory = last_run(tmp_path), last_directory(tmp_path)
    known = acknowledged(directory)
    gone = set(known) - there
    assert gone, "the fault was planted"
    assert (done.returncode, run.verdict) == (1, "fail"), done.stdout
    assert f"the audit counts {len(gone)} lost" in " ".join(done.stdout.split())
    (reason,) = [record for record in run.reason_codes if record.code == "audit.found"]
    assert (reason.params["kind"], reason.params["count"]) == ("lost", len(gone))
    found = json.loads((directory / "audit.json").read_text("utf-8"))
    assert (
        found["counts"]["acknowledged"]
        == len(known) + found["operations"]["registration.save"]["acknowledged"]
    )
    assert {one["write"]["pzxh"] for one in found["examples"] if one["kind"] == "lost"} == gone

    assert renhai(tmp_path, "ledger", "merge", str(directory)).returncode == 1
    (lost,) = [one for one in problems(tmp_path) if one["kind"] == "lost"]
    assert (lost["operation"], lost["pair"], lost["seen"][0]["count"]) == (
        "declaration.submit", "there→absent", len(gone),
    )  # fmt: skip
    assert -lost["seen"][0]["fen"] == sum(known[serial] for serial in gone)
    assert sum(lost["seen"][0]["units"].values()) == len(gone)
    assert "" not in lost["seen"][0]["units"], "each taxpayer's unit is known"


def test_a_whole_run_is_found_whole_again_and_cannot_be_doctored(tmp_path: Path) -> None:
    (tmp_path / "filing.yaml").write_text(SCENARIO, encoding="utf-8")
    with target() as url:
        lab(tmp_path, url)
        done = quiet_run(tmp_path, "run", "filing.yaml")
        directory = last_directory(tmp_path)
        again = renhai(tmp_path, "audit", str(directory))
        there = held(url)
    known = acknowledged(directory)
    assert done.returncode == 0, done.stdout
    assert set(known) == there
    assert again.returncode == 0, again.stdout
    audits = [
        json.loads(path.read_text("utf-8"))
        for path in (directory / "audit.json", *(directory / "audits").iterdir())
    ]
    assert [one["operations"]["declaration.submit"]["stable"] for one in audits] == [len(known)] * 2
    assert [one["state"] for one in audits] == ["audited"] * 2
    merged = renhai(tmp_path, "ledger", "merge", str(directory))
    assert (merged.returncode, problems(tmp_path)) == (0, []), merged.stdout

    doctored = {**audits[0], "faults": [], "at": "2099-01-01T00:00:00.000+00:00"}
    (directory / "audit.json").write_text(json.dumps(doctored), encoding="utf-8")
    refused = renhai(tmp_path, "ledger", "merge", str(directory))
    assert refused.returncode == 2
    assert "audit.json; was" in refused.stderr
