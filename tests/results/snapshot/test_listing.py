"""A list of runs says what each run.json says, and never more."""

import json
import os
from pathlib import Path

import pytest

from results.errors import SnapshotError
from results.snapshot.listing import INDEX, UNFINISHED, UNREADABLE, list_runs
from results.snapshot.run import Run, write_run
from results.snapshot.seal import seal_of

LATENCY = {"mean": 24, "p50": 20, "p90": 35, "p95": 42, "p99": 60, "p999": 90, "max": 100}
TOTAL = {"started": 5000, "ok": 4990, "rejected": 0, "errors": 10, "rate_per_s": 499.0, "latency_ms": LATENCY}


def a_run(**changes: object) -> Run:
    document = {
        "schema": 2,
        "run_id": "x",
        "scenario": {"name": "smoke"},
        "target": {"name": "reference"},
        "started": "2015-09-11T08:00:00+00:00",
        "duration_s": 10,
        "verdict": "pass",
        "thresholds": [{"subject": "run", "rule": "p95 < 1s", "value": 42, "unit": "ms", "passed": True}],
        "total": TOTAL,
        "load": {"model": "closed"},
        "generator": {},
    }
    return Run.model_validate({**document, **changes})


def put(directory: Path, name: str, **changes: object) -> Path:
    place = directory / name
    place.mkdir()
    write_run(place, a_run(**changes))
    return place / "run.json"


def alter(file: Path, **changes: object) -> None:
    document = {**json.loads(file.read_text(encoding="utf-8")), **changes}
    file.write_text(json.dumps(document), encoding="utf-8")


def verdicts(directory: Path) -> dict[str, str]:
    return {row.directory: row.verdict for row in list_runs(directory)}


def test_newest_first_with_the_figures_of_run_json(tmp_path: Path) -> None:
    put(tmp_path, "old", started="2015-09-11T08:00:00+00:00")
    put(tmp_path, "new", started="2015-09-12T08:00:00+00:00", labels={"build": "7"})
    rows = list_runs(tmp_path)
    assert [row.directory for row in rows] == ["new", "old"]
    assert rows[0].build == "7"
    assert (rows[1].p95_ms, rows[1].p99_ms, rows[1].throughput) == (42, 60, 499)
    assert rows[1].error_rate == 0.2  # 10 of 5,000


def test_a_verdict_that_was_altered_is_not_shown(tmp_path: Path) -> None:
    file = put(tmp_path, "a", verdict="fail", reasons=["p95 was 3 s"])
    assert verdicts(tmp_path) == {"a": "fail"}
    alter(file, verdict="pass")
    row = list_runs(tmp_path)[0]
    assert row.verdict == UNREADABLE
    assert "altered" in row.why


def test_a_change_that_keeps_the_size_is_seen_although_rows_are_kept(tmp_path: Path) -> None:
    file = put(tmp_path, "a", verdict="fail", reasons=["x"])
    assert verdicts(tmp_path) == {"a": "fail"}
    text = file.read_text(encoding="utf-8")
    before = file.stat()
    file.write_text(text.replace('"fail"', '"pass"', 1), encoding="utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert file.stat().st_size == before.st_size
    assert verdicts(tmp_path) == {"a": UNREADABLE}


def test_a_verdict_that_is_none_is_unreadable_even_when_sealed(tmp_path: Path) -> None:
    file = put(tmp_path, "a")
    document = {**json.loads(file.read_text(encoding="utf-8")), "verdict": "great"}
    file.write_text(json.dumps({**document, "seal": seal_of(document)}), encoding="utf-8")
    assert verdicts(tmp_path) == {"a": UNREADABLE}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", "[" * 200_000, '{"schema": 99}', "\x00", '{"schema": 1, "verdict": "pass"}']
)
def test_rubbish_is_a_row_that_says_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "run.json").write_text(text, encoding="utf-8")
    row = list_runs(tmp_path)[0]
    assert row.verdict == UNREADABLE
    assert row.why and row.why_zh


def test_a_run_that_never_ended_is_unfinished_with_the_time_of_its_name(tmp_path: Path) -> None:
    left = tmp_path / "20150911T080000Z-smoke-1a2b3c"
    left.mkdir()
    (left / "measured.json").write_text("{}", encoding="utf-8")
    (tmp_path / "notes").mkdir()  # no run's
    row = list_runs(tmp_path)[0]
    assert (row.verdict, row.started) == (UNFINISHED, "2015-09-11T08:00:00+00:00")
    assert f"renhai report {left.name}" in row.why
    assert len(list_runs(tmp_path)) == 1


def test_a_run_json_that_is_a_dangling_link_or_a_directory_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "run.json").symlink_to(tmp_path / "gone")
    (tmp_path / "b" / "run.json").mkdir(parents=True)
    assert verdicts(tmp_path) == {"a": UNREADABLE, "b": UNREADABLE}


def test_no_run_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "none"):
        with pytest.raises(SnapshotError, match=r"renhai run smoke|give a directory"):
            list_runs(place)


@pytest.mark.parametrize(
    "kept", ["", "[]", '{"version": 0}', '{"version": 1, "runs": {"a": {"": {"x": 1}}}}']
)
def test_a_spoilt_index_costs_time_alone(tmp_path: Path, kept: str) -> None:
    put(tmp_path, "a")
    (tmp_path / INDEX).write_text(kept, encoding="utf-8")
    assert verdicts(tmp_path) == {"a": "pass"}


def test_pages_are_linked_while_they_are_there(tmp_path: Path) -> None:
    put(tmp_path, "a")
    page = tmp_path / "a" / "report.html"
    compared = tmp_path / "a-compared" / "comparison.html"
    compared.parent.mkdir()
    page.touch()
    compared.touch()
    row = list_runs(tmp_path)[0]
    assert (row.report, row.comparison) == ("a/report.html", "a-compared/comparison.html")
    page.unlink()
    assert list_runs(tmp_path)[0].report == ""


def test_a_row_without_requests_has_no_error_rate(tmp_path: Path) -> None:
    run: Run = a_run(verdict="invalid", reasons=["nothing was sent"], total=None)
    (tmp_path / "a").mkdir()
    write_run(tmp_path / "a", run)
    row = list_runs(tmp_path)[0]
    assert (row.error_rate, row.p95_ms, row.throughput) == (None, None, None)


def test_an_index_of_another_version_is_not_believed(tmp_path: Path) -> None:
    put(tmp_path, "a", verdict="fail", reasons=["x"])
    list_runs(tmp_path)
    kept = json.loads((tmp_path / INDEX).read_text(encoding="utf-8"))
    for row in kept["runs"]["a"].values():
        row["verdict"] = "pass"
    (tmp_path / INDEX).write_text(json.dumps({**kept, "version": 2}), encoding="utf-8")
    assert verdicts(tmp_path) == {"a": "fail"}
