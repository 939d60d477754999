"""What a run wrote is known by its receipts, and can be taken back; another terminal can end it."""

from __future__ import annotations

import json
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from renhai.checks import cleanup
from renhai.cli.app import run_cli
from renhai.core.errors import UsageError
from renhai.core.machine.ports import free_port
from renhai.run import stop
from results.verdict.reasons.runner import Stopped
from tests.e2e.test_run import FEW, ROOT, begin, last_directory, last_run, renhai, target, wait_for

SCENARIO = """# Can what a run wrote be found again, and taken back?
name: filing
target: ./lab.yaml
data: {seed: 7, profile: gt3_2015, taxpayers: 50000}
load:
  arrivals: {rate: 20/s, process: constant, journeys: {file.only: 3, file.void: 1}}
  stages: [{hold: 3s}]
journeys:
  file.only:
    - {send: registration.save, document: registration}
    - {send: declaration.submit, document: declaration}
  file.void:
    - {send: registration.save, document: registration}
    - {send: declaration.submit, document: declaration}
    - send: declaration.void
      document: declaration
      fields: {pzxh: "${reply.pzxh}"}
thresholds: {"*": [error_rate < 1%]}
"""


def declarations(url: str) -> Counter[bool]:
    """How many the target holds, by whether they are void."""
    found: Counter[bool] = Counter()
    after = 0
    while True:
        with urllib.request.urlopen(f"{url}/admin/list/declarations?after={after}&limit=500") as answer:
            page: dict[str, Any] = json.load(answer)
        found.update(bool(row["voided"]) for row in page["rows"])
        if page["next"] is None:
            return found
        after = page["next"]


def lab(folder: Path, url: str, **changes: str) -> None:
    text = (ROOT / "scenarios" / "targets" / "reference.yaml").read_text(encoding="utf-8")
    for old, new in {"url: embedded": f"url: {url}", **changes}.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "lab.yaml").write_text(text, encoding="utf-8")


def test_receipts_are_what_was_acknowledged_and_cleanup_takes_it_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
    with target() as url:
        lab(tmp_path, url)
        renhai(tmp_path, "run", "scenario.yaml", "--processes", "2")
        directory, run = last_directory(tmp_path), last_run(tmp_path)
        receipts = list(cleanup.read_receipts(directory))
        written = ("registration.save", "declaration.submit", "declaration.void")
        expected = {name: run.operations[name].ok for name in written}
        assert Counter(receipt["operation"] for receipt in receipts) == expected
        assert expected["declaration.submit"] == 60 > expected["declaration.void"] > 0
        assert len(list((directory / "receipts").iterdir())) == 2
        before, voided = declarations(url), expected["declaration.void"]
        assert before == {False: 60 - voided, True: voided}

        def cleaned(*options: str) -> tuple[int, str, str]:
            return run_cli(["cleanup", str(directory), *options]), *capsys.readouterr()

        code, out, _ = cleaned()
        assert (code, "nothing was sent" in out) == (0, True)
        assert f"declaration.submit: 60; {voided} taken back before; {60 - voided} to be" in out
        assert declarations(url) == before

        lab(tmp_path, url, **{"environment: test": "environment: production"})
        code, _, err = cleaned("--remove")
        assert (code, "environment is production" in err) == (2, True)
        assert declarations(url) == before

        lab(tmp_path, url)
        code, out, err = cleaned("--remove")
        assert code == 0, out + err
        assert f"{60 - voided} taken back now" in out
        assert declarations(url) == {True: 60}
        code, out, _ = cleaned("--remove")
        assert (code, "60 taken back before" in out) == (0, True)


def receipt(at: float, operation: str, pzxh: str, **fields: str) -> dict[str, Any]:
    return {"operation": operation, "at": at, "djxh": "1", "pzxh": pzxh, **fields}


def test_what_was_taken_back_already_is_left_alone_and_the_newest_goes_first(tmp_path: Path) -> None:
    (tmp_path / "receipts").mkdir()
    lines = [
        receipt(1.0, "declaration.submit", "a", ybtse="5"),
        receipt(2.0, "declaration.void", "a"),
        receipt(3.0, "declaration.submit", "b", ybtse="7"),
        receipt(5.0, "declaration.submit", "d", ybtse="7"),
    ]
    (tmp_path / "receipts" / "worker-0.jsonl").write_text("".join(json.dumps(x) + "\n" for x in lines))
    late = json.dumps(receipt(4.0, "declaration.submit", "c")) + '\n{"operation": "declaration.su'
    (tmp_path / "receipts" / "worker-1.jsonl").write_text(late)
    found = cleanup.survey(tmp_path, {"declaration.submit": "declaration.void"})
    assert found.written == {"declaration.submit": 4, "declaration.void": 1}
    assert found.undone_before == {"declaration.submit": 1}
    assert [each["pzxh"] for each in found.left] == ["d", "c", "b"]


def test_a_run_that_still_waits_for_its_workers_can_be_stopped(tmp_path: Path) -> None:
    line = ["--expect", "1", "--port", str(free_port()), *FEW]
    process = begin(tmp_path, "run", "smoke", *line)
    wait_for(
        lambda: "Starting Locust" in "".join(p.read_text() for p in tmp_path.glob("results/runs/*/*.log"))
    )
    stopped = renhai(tmp_path, "stop")
    out, err = process.communicate(timeout=60)
    assert (stopped.returncode, process.returncode) == (0, 3)
    assert "waiting for 1 worker on 127.0.0.1" in err
    assert "INVALID" in out and "stopped by `renhai stop`" in out


def test_there_must_be_one_run_to_stop(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no run is under way in"):
        stop.stop(None, tmp_path)
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "running.json").write_text('{"pid": 999999999}')  # its runner was killed
    with pytest.raises(UsageError, match="is not under way; it has ended"):
        stop.stop(tmp_path / "old", None)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    with stop.running(tmp_path / "one") as first, stop.running(tmp_path / "two"):
        with pytest.raises(UsageError, match="2 runs are under way; name one of"):
            stop.stop(None, tmp_path)
        assert (first.count, first.reasons) == (0, [])
        (tmp_path / "one" / "stop").touch()
        assert (first.count, first.reasons) == (1, [Stopped()])
    assert list((tmp_path / "one").iterdir()) == []
