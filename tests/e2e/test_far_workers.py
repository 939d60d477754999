"""Workers that do not see the run's directory, as on another machine: their files come home, or are missed.

Each has a mount namespace of its own, in which an empty file system stands over `results`.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from renhai.core.join_key import VARIABLE, new_key
from renhai.core.machine.ports import free_port
from renhai.spec.cutover.journal.entry import JournalFile
from tests import forked
from tests.e2e.namespaces import mounted, require_mounts
from tests.e2e.test_papers import FAULTS, SCENARIO, told
from tests.e2e.test_run import begin, environ, last_directory, last_run, renhai, wait_for
from tests.reference.running import target

HIDDEN = "mount -t tmpfs none results"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    require_mounts()
    monkeypatch.setenv(VARIABLE, new_key())


@contextmanager
def far_workers(folder: Path, count: int, port: int) -> Iterator[list[forked.Forked]]:
    """Each has its temporary files in far-N."""
    started: list[forked.Forked] = []
    line = ["worker", "--join", f"127.0.0.1:{port}"]
    (folder / "results").mkdir()
    with ExitStack() as stack:
        nowhere = stack.enter_context(Path(os.devnull).open("wb"))
        for number in range(count):
            (folder / f"far-{number}").mkdir()
            holder = stack.enter_context(mounted(HIDDEN, folder))
            known = {**environ(), "TMPDIR": str(folder / f"far-{number}")}
            started.append(
                forked.started(
                    "renhai", *line, folder=folder, environment=known, output=nowhere,
                    errors=nowhere, starts=forked.starts(line), within=holder,
                )
            )  # fmt: skip
        try:
            yield started
        finally:
            for process in started:
                process.kill()
                process.wait()


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("far-*/renhai-*"))


def document(folder: Path, name: str) -> dict[str, Any]:
    return dict(json.loads((last_directory(folder) / name).read_text("utf-8")))


def test_what_workers_elsewhere_keep_comes_home(tmp_path: Path) -> None:
    text = SCENARIO.replace("hold: 2s", "hold: 3s") + "audit: {lost: 0, duplicated: 0, altered: 0}\n"
    text += "journal: true\n"
    (tmp_path / "papers.yaml").write_text(text, encoding="utf-8")
    planted = [part for kind in FAULTS for part in ("--fault", f"{kind}-paper=6%")]
    port = free_port()
    with target(*planted) as running, far_workers(tmp_path, 2, port):
        place = ["--target", f"http://127.0.0.1:{running.port}", "--expect", "2", "--port", str(port)]
        run = begin(tmp_path, "run", "papers.yaml", *place)
        out, errors = run.communicate(timeout=240)
        faults = running.client().get("faults")["faults"]
        wait_for(lambda: not left(tmp_path))
    assert "Traceback" not in out + errors
    found, audit = document(tmp_path, "papers.json"), document(tmp_path, "audit.json")
    spoilt = Counter(
        {
            (name, FAULTS[fault["kind"].removesuffix("-paper")]): count
            for fault in faults
            for name, count in Counter(paper[0] for paper in fault["papers"]).items()
        }
    )
    unfinished = sum(summary.unfinished for summary in last_run(tmp_path).operations.values())
    assert sorted(path.name for path in (last_directory(tmp_path) / "papers").iterdir()) == [
        "worker-0.bin", "worker-0.jsonl", "worker-1.bin", "worker-1.jsonl",
    ]  # fmt: skip
    assert (found["state"], found["problems"]) == ("checked", [])
    assert spoilt and not told(found) - spoilt
    assert (spoilt - told(found)).total() <= unfinished
    assert (audit["state"], audit["problems"]) == ("audited", [])
    assert audit["counts"]["acknowledged"] > 0
    assert left(tmp_path) == [], "what is home has gone there"
    journal = JournalFile(last_directory(tmp_path) / "journal.ndjson")
    names = Counter(entry.operation for entry in journal.entries())
    rows = last_run(tmp_path).operations
    started = {name: row.started for name, row in rows.items() if not name.startswith("session.")}
    assert (journal.torn, names) == ("", started), "every request of both, once"
    assert {entry.operator.rpartition("/")[2].partition("-")[0] for entry in journal.entries()} == {"0", "1"}


def test_a_worker_elsewhere_that_is_killed_leaves_the_check_open_and_its_files_where_they_are(
    tmp_path: Path,
) -> None:
    text = SCENARIO.replace("hold: 2s", "hold: 5s") + "journal: true\n"
    (tmp_path / "papers.yaml").write_text(text, encoding="utf-8")
    port = free_port()
    with target() as running, far_workers(tmp_path, 2, port) as workers:
        place = ["--target", f"http://127.0.0.1:{running.port}", "--expect", "2", "--port", str(port)]
        run = begin(tmp_path, "run", "papers.yaml", *place)
        home = (tmp_path / "results" / "runs").glob
        wait_for(lambda: len([path for path in home("*/papers/*.bin") if path.stat().st_size]) == 2, 120)
        workers[1].kill()
        out, errors = run.communicate(timeout=240)
    assert (run.returncode, "Traceback" in out + errors) == (3, False), out
    found, directory = document(tmp_path, "papers.json"), last_directory(tmp_path)
    (index,) = (tmp_path / "far-1").glob("renhai-*-papers-[0-9].jsonl")
    name = f"worker-{index.stem[-1]}.jsonl"
    assert found["state"] == "incomplete"
    assert any(one.startswith(f"{name} did not come home whole; take it") for one in found["problems"])
    assert found["counts"]["right"] > 0
    why = f"journal.ndjson has no end, so that no replay of it can pass: {name} ends in the middle"
    assert why in " ".join(errors.split())
    journal = JournalFile(directory / "journal.ndjson")
    assert list(journal.entries()) and journal.torn, "what came home is there, and not taken for all"
    again = renhai(tmp_path, "papers", str(directory), "--papers", str(index))
    assert again.returncode == 4 and "did not come home" not in again.stdout, again.stdout
    (later,) = (directory / "papers").glob("*.json")
    counts = json.loads(later.read_text("utf-8"))["counts"]
    assert counts["right"] >= found["counts"]["right"], "what was told is on its disk, too"
