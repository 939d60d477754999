"""What was altered, truncated, deleted or put in since a run was judged is named; nothing else is refused."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from results.compare.baseline import Update, read_baseline, write_baseline
from results.compare.comparison import compare
from results.compare.settings import Settings
from results.compare.trend import trend
from results.errors import SnapshotError
from results.report.files.run import finish
from results.snapshot.run import load_run, seal
from results.snapshot.seal import NAMES
from results.verdict.judged import load_judged
from tests.results.recording import Recording

GATES = {"a.query": ["p95 < 2s", "error_rate < 50%"]}


def manifest(**changes: object) -> dict[str, object]:
    scenario = {"name": "seal", "model": "closed", "digest": "1a2b3c"}
    return {"scenario": scenario, "target": {"name": "t"}, "thresholds": GATES, **changes}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    place = Recording().add("a.query", [1000 * n for n in range(1, 101)]).write(tmp_path / "runs" / "one")
    (place / "failures.jsonl").write_text("", encoding="utf-8")
    (place / "receipts").mkdir()
    (place / "receipts" / "worker-0.jsonl").write_text('{"operation": "a.query"}\n', encoding="utf-8")
    finish(place, manifest())
    return place


def evidence() -> list[str]:
    return ["measured.json", "latency.hlog", "service.hlog", "timeline.csv", "failures.jsonl",
            "receipts/worker-0.jsonl"]  # fmt: skip


def test_an_untouched_run_is_read_by_all(run: Path) -> None:
    found = load_judged(run)
    assert (found.verdict, found.sealed, sorted(found.evidence)) == ("pass", True, sorted(evidence()))
    assert found == load_run(run)
    (run / "report.html").unlink()  # pages are no evidence
    (run / "locust.log").write_text("more", encoding="utf-8")
    assert load_judged(run / "run.json") == found


@pytest.mark.parametrize(
    "name", ["receipts/worker-0.0001.jsonl.gz", "receipts/worker-0.0002.jsonl", "starts.0001.jsonl.gz",
             "journal.0001.ndjson.gz", "papers/worker-0.bin"]
)  # fmt: skip
def test_parts_are_evidence_as_the_end_of_their_file_is(name: str, run: Path) -> None:
    with pytest.raises(SnapshotError, match="was not there when the run was judged"):
        (run / name).parent.mkdir(exist_ok=True)
        (run / name).write_bytes(b"one")
        load_judged(run)
    (run / "run.json").unlink()
    finish(run, manifest())
    assert name in load_judged(run).evidence
    (run / name).write_bytes(b"two")
    with pytest.raises(SnapshotError, match=f"{name}; was altered since the run was judged"):
        load_judged(run)
    (run / name).unlink()
    with pytest.raises(SnapshotError, match=f"{name}; was deleted since the run was judged"):
        load_judged(run)


def test_a_run_that_was_sealed_without_the_bytes_of_its_papers_is_still_read(run: Path) -> None:
    (run / "papers").mkdir()
    (run / "papers" / "worker-0.jsonl").write_text("[]\n", encoding="utf-8")
    (run / "run.json").unlink()
    finish(run, manifest())
    (run / "papers" / "worker-0.bin").write_bytes(b"a paper")
    assert "papers/worker-0.jsonl" in load_judged(run).evidence
    (run / "run.json").unlink()
    finish(run, manifest())  # as today: of two files that are sealed a third one was put in
    (run / "papers" / "worker-1.bin").write_bytes(b"another")
    with pytest.raises(SnapshotError, match=r"worker-1\.bin; was not there when the run was judged"):
        load_judged(run)


def altered(path: Path) -> None:
    data = bytearray(path.read_bytes() or b"x")
    data[len(data) // 2] ^= 1
    path.write_bytes(data if path.stat().st_size else b"{}\n")


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def deleted(path: Path) -> None:
    path.unlink()


DAMAGE: dict[str, Callable[[Path], None]] = {"altered": altered, "truncated": truncated, "deleted": deleted}
READERS: dict[str, Callable[[Path], object]] = {
    "report": load_judged,
    "compare": lambda run: compare([run], [run]),
    "trend": lambda run: trend(run.parent),
    "baseline": lambda run: write_baseline(
        run.parent.parent / "base", [run], Update(when="", who="", reason="r", runs=["one"]), Settings()
    ),
}


@pytest.mark.parametrize("name", evidence())
@pytest.mark.parametrize("how", DAMAGE)
def test_damage_is_refused_by_name(how: str, name: str, run: Path) -> None:
    if how == "truncated" and not (run / name).stat().st_size:
        pytest.skip("an empty file cannot be cut")
    DAMAGE[how](run / name)
    with pytest.raises(SnapshotError, match=rf"{name}; was {how} since the run was judged"):
        load_judged(run)


@pytest.mark.parametrize("name", ["run.json", "measured.json", "timeline.csv"])
def test_a_pipe_is_no_file_and_nobody_waits_for_it(name: str, run: Path) -> None:
    (run / name).unlink()
    os.mkfifo(run / name)
    with pytest.raises(SnapshotError, match=rf"{name}; is no file"):
        load_judged(run)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("{", '{"verdict": "pass",'), "verdict stands twice"),
        (('"schema": 2', '"schema": true'), "must be 1 to 2"),
        (('"schema": 2', '"schema": 2.0'), "must be 1 to 2"),
    ],
)
def test_what_readers_take_in_two_ways_is_refused(change: tuple[str, str], why: str, run: Path) -> None:
    path = run / "run.json"
    text = path.read_text(encoding="utf-8")
    assert change[0] in text
    path.write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(SnapshotError, match=why):
        load_judged(run)


@pytest.mark.parametrize("reader", READERS)
def test_every_reader_refuses(reader: str, run: Path) -> None:
    altered(run / "timeline.csv")
    with pytest.raises(SnapshotError, match=r"timeline\.csv; was altered"):
        READERS[reader](run)


@pytest.mark.parametrize("name", NAMES)
def test_evidence_that_was_put_in_is_refused(name: str, run: Path) -> None:
    if (run / name).exists():
        pytest.skip("is there by right")
    (run / name).write_text("", encoding="utf-8")
    with pytest.raises(SnapshotError, match=rf"{name}; was not there when the run was judged"):
        load_judged(run)


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "fail"},
        {"reasons": ["x"]},
        {"seed": 9},
        {"evidence": {}},
        {"seal": "0" * 64},
        {"seal": ""},
        {"schema": 1},
    ],
)
def test_an_altered_run_json_is_refused(change: dict[str, object], run: Path) -> None:
    path = run / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | change), encoding="utf-8")
    with pytest.raises(SnapshotError, match=r"run\.json; was altered since the run was judged"):
        load_run(run)


def test_other_blanks_are_no_change(run: Path) -> None:
    path = run / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8"))), encoding="utf-8")
    assert load_judged(run).verdict == "pass"


def test_a_verdict_that_the_evidence_does_not_give_is_refused_though_the_seal_is_right(run: Path) -> None:
    """Such as one that an earlier renhai gave by other rules."""
    found = load_run(run)
    forged = seal(found.model_copy(update={"verdict": "invalid"}), found.evidence)
    (run / "run.json").write_text(forged.model_dump_json(by_alias=True), encoding="utf-8")
    assert load_run(run).verdict == "invalid"
    with pytest.raises(SnapshotError, match="verdict; is invalid, but its evidence says pass"):
        load_judged(run)


def test_a_run_of_an_older_schema_keeps_its_verdict_unsealed(run: Path) -> None:
    document = json.loads((run / "run.json").read_text(encoding="utf-8"))
    old = {key: value for key, value in document.items() if key not in ("evidence", "seal")} | {"schema": 1}
    (run / "run.json").write_text(json.dumps(old), encoding="utf-8")
    (run / "timeline.csv").unlink()
    found = load_judged(run)
    assert (found.verdict, found.sealed) == ("pass", False)


def test_what_a_baseline_does_not_keep_by_design_is_not_deleted(run: Path, tmp_path: Path) -> None:
    base = tmp_path / "base"
    write_baseline(base, [run], Update(when="", who="", reason="r", runs=[load_run(run).run_id]), Settings())
    (kept,) = (path.parent for path in base.glob("*/run.json"))
    assert list(load_judged(kept).evidence) == ["latency.hlog"]
    assert load_judged(kept).verdict == "pass"
    truncated(kept / "latency.hlog")
    with pytest.raises(SnapshotError, match=r"latency\.hlog; was truncated"):
        load_judged(kept)


def test_a_moved_snapshot_is_the_same(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "elsewhere")
    assert load_judged(tmp_path / "elsewhere") == load_judged(run)


def test_what_the_runner_alone_saw_is_judged_again(tmp_path: Path) -> None:
    place = Recording().add("a.query", [1000] * 50).write(tmp_path / "late")
    late = [{"code": "runner.judged_later", "params": {}}]
    assert finish(place, manifest(runner_reasons=late)).verdict == "invalid"
    assert load_judged(place).reasons[0].startswith("the runner ended before it had judged the run")


def test_a_page_that_cannot_be_written_costs_no_verdict(tmp_path: Path) -> None:
    place = Recording().add("a.query", [1000] * 50).write(tmp_path / "full")
    for name in ("summary.md", "junit.xml", "report.html"):
        (place / name).mkdir()  # a file cannot take a directory's place
        (place / name / "x").write_text("")
    said: list[str] = []
    assert finish(place, manifest(), complain=said.append).verdict == "pass"
    assert [Path(line.partition(";")[0]).name for line in said] == ["summary.md", "junit.xml", "report.html"]
    assert not list(place.glob(".*"))
    assert load_judged(place).verdict == "pass"
    with pytest.raises(SnapshotError, match="a snapshot is written once"):
        finish(place, manifest())


def test_a_baseline_whose_old_run_is_gone_already_takes_a_new_one(run: Path, tmp_path: Path) -> None:
    base, another = tmp_path / "base", tmp_path / "runs" / "two"
    shutil.copytree(run, another)
    (another / "run.json").unlink()
    finish(another, manifest(scenario={"name": "seal", "model": "closed", "digest": "4d5e6f"}))

    def write(path: Path) -> str:
        name = load_run(path).run_id
        write_baseline(base, [path], Update(when="", who="", reason="r", runs=[name]), Settings())
        return name

    first = write(run)
    shutil.rmtree(base / first)  # by hand, or by an update that was interrupted
    second = write(another)
    assert first != second
    assert read_baseline(base).runs == [second]
    assert [path.parent.name for path in base.glob("*/run.json")] == [second]
