"""Dual track with real processes: two systems, two dialects, two databases; killed, and gone on with."""

from __future__ import annotations

import json
import os
import re
import signal
import time
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_run import ROOT, begin, renhai, target

SMALL = """
- {operation: registration.save, field: zt, change: {more: "1"}, of: 0/2}
- {operation: declaration.submit, field: ybtse, change: {add: 0.01}}
- {operation: collection.unpaid, field: items, change: {drop: 1}, of: 0/2}
- {operation: registration.query, field: registered, change: {text: 1}, of: 0/4}
- {operation: invoice.issue, change: {field: x}, field: serial}
""".replace("change: {field: x}", "change: {drop: 1}")


ALONE = """
name: alone
ids: [pzxh, serial, lcslid]
compare:
  ignore:
    - {operation: case.todo, field: "*", reason: the list is of the moment and of all units}
    - {operation: case.take, field: length, reason: the list is of the moment and of all units}
"""
READS = {
    "registration.query", "registration.kinds", "registration.status", "declaration.status",
    "declaration.precheck", "collection.unpaid", "collection.state", "collection.agreement",
    "collection.arrears", "invoice.stock", "case.rows", "case.todo", "export.state", "certificate.paid",
    "declaration.overdue", "certificate.query", "voucher.stock", "invoice.list", "certificate.list",
}  # fmt: skip


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("journal")
    done = renhai(
        folder, "journal", "make", "changsha/dual_track", "--transactions", "200", "--out", "day.ndjson"
    )
    assert done.returncode == 0, done.stderr
    return folder / "day.ndjson"


def test_planted_defects_are_found_as_problems_each_and_states_are_kept(
    journal: Path, tmp_path: Path
) -> None:
    (tmp_path / "defects.yaml").write_text(SMALL, "utf-8")
    rules = (ROOT / "scenarios" / "replay" / "changsha.yaml").read_text("utf-8")
    noise = 'noise: {reads: ["*"], times: 3}\n'  # of which reads alone are asked twice
    (tmp_path / "rules.yaml").write_text(rules.replace("compare:", f"{noise}compare:"), "utf-8")
    done = renhai(
        tmp_path, "replay", str(journal), "--old", "ctais", "--new", "reference", "--plant", "defects.yaml",
        "--rules", "rules.yaml", "--out", "day",
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    found = json.loads((tmp_path / "day" / "replay.json").read_text("utf-8"))
    assert {(one["operation"], one["field"], one["kind"]) for one in found["faults"]} == {
        ("registration.save", "zt", "extra"),
        ("declaration.submit", "ybtse", "amount"),
        ("collection.unpaid", "items", "missing"),
        ("registration.query", "registered", "type"),
        ("invoice.issue", "serial", "missing"),
    }
    assert len(found["faults"]) == 5
    assert found["occurred"] == 200
    again = [json.loads(line)[1] for line in (tmp_path / "day" / "new.track.jsonl").read_bytes().splitlines()
             if line.startswith(b'["again"')]  # fmt: skip
    entries = {one["id"]: one["operation"] for one in map(json.loads, journal.open()) if "id" in one}
    assert {"registration.query", "collection.unpaid"} <= {entries[one] for one in again} <= READS
    assert (found["noise"]["asked"] > len(again), found["noise"]["fields"], found["problems"]) == (
        True,
        [],
        [],
    )
    assert found["reentered"] + found["counts"]["not_planned"] == 200
    assert renhai(tmp_path, "ledger", "merge", "day").returncode == 1
    number = found["faults"][0]["id"]
    assert renhai(tmp_path, "ledger", "set", number, "--state", "waiting", "--owner", "张三").returncode == 0
    again = renhai(tmp_path, "ledger", "merge", "day")
    assert "0 new problems" in again.stdout
    (kept,) = [one for one in ledger(tmp_path) if one["state"] == "waiting"]
    assert (kept["id"], kept["owner"]) == (number, "张三")


def ledger(folder: Path) -> list[dict[str, Any]]:
    return list(json.loads((folder / "results" / "ledger.json").read_text("utf-8"))["problems"])


def counts(url: str) -> dict[str, int]:
    with urllib.request.urlopen(f"{url}/admin/counts") as answer:
        told = json.load(answer)["operations"]
    return {name: row["received"] for name, row in told.items() if row["received"]}


def test_a_replay_that_was_killed_goes_on_and_sends_nothing_twice(journal: Path, tmp_path: Path) -> None:
    planned = Counter(
        json.loads(line)["operation"]
        for line in journal.read_text("utf-8").splitlines()
        if '"fields"' in line
    )
    (tmp_path / "rules.yaml").write_text(ALONE, "utf-8")
    with target("--fault", "latency=20ms", "--date", "2015-09-11") as url:
        line = ["replay", str(journal), "--new", "reference", "--new-url", url]
        line += ["--rules", "rules.yaml", "--out", str(tmp_path / "day"), "--together", "4"]
        track = tmp_path / "day" / "new.track.jsonl"
        with begin(tmp_path, *line, anew=True, session=True) as first:
            deadline = time.monotonic() + 60
            while not (track.exists() and track.read_bytes().count(b'"answer"') > 40):
                assert time.monotonic() < deadline, "nothing was sent"
                time.sleep(0.02)
            os.killpg(first.pid, signal.SIGKILL)
        before = track.read_bytes()
        assert before.count(b'"answer"') < 200
        time.sleep(0.5)  # the load process ends with its parent
        done = renhai(tmp_path, *line)
        received = counts(url)
    found = json.loads((tmp_path / "day" / "replay.json").read_text("utf-8"))
    lost = found["counts"]["not_answered"]
    assert done.returncode == (4 if lost else 0), done.stdout
    assert found["counts"]["matched"] + lost + found["counts"]["not_sent"] == 200
    assert lost <= 4, "no more than were under way"
    for operation, number in received.items():
        assert number <= planned[operation]
    assert sum(received.values()) >= 200 - lost - found["counts"]["not_sent"]


def test_the_journal_of_a_run_is_entered_again_and_matches_wholly(tmp_path: Path) -> None:
    """Against a system as empty as the run's was; and a journal without its end does not pass."""
    (tmp_path / "rules.yaml").write_text("name: again\nids: [pzxh, serial]\n", "utf-8")
    text = (ROOT / "scenarios" / "smoke.yaml").read_text("utf-8")
    text = text.replace("audit: if_possible", "journal: true")
    text = re.sub(r"hold: \d+s", "hold: 3s", text)
    text = text.replace("registered: if_possible", "registered: false")
    (tmp_path / "short.yaml").write_text(text.replace("throughput >= 20/s", "throughput >= 1/s"), "utf-8")
    renhai(tmp_path, "run", "short.yaml", "--out", "runs")
    (path,) = (tmp_path / "runs").glob("*/journal.ndjson")
    lines = path.read_bytes().splitlines(keepends=True)
    requests = json.loads(lines[-1])["end"]
    assert requests == len(lines) - 2 > 0
    known = json.loads((path.parent / "measured.json").read_text("utf-8"))
    assert known["run_id"] == json.loads(lines[0])["run"]
    asked = "--new", "reference", "--rules", "rules.yaml", "--out"
    assert renhai(tmp_path, "replay", str(path), *asked, "again").returncode == 0
    found = json.loads((tmp_path / "again" / "replay.json").read_text("utf-8"))
    assert found["counts"]["matched"] == found["occurred"] == requests
    (tmp_path / "cut.ndjson").write_bytes(b"".join(lines[:40]))
    assert renhai(tmp_path, "replay", "cut.ndjson", *asked, "cut").returncode == 4
