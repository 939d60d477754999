"""run.json: its schema, its versions, and errors that a person can act on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import results
from results.errors import SnapshotError
from results.report.files.run import finish
from results.snapshot.files import write_whole
from results.snapshot.run import SCHEMA, Run, json_schema, load_run, new_run_id, read_measured
from tests.results.recording import Recording, manifest

DATA = Path(__file__).parents[1] / "data"
COMMITTED = Path(results.__file__).parent / "run.schema.json"


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    finish(Recording().add("a.query", range(1, 1000)).write(tmp_path), manifest())
    return tmp_path


def test_the_committed_schema_is_current() -> None:
    remedy = "python -m results.snapshot.run > results/run.schema.json"
    assert json.loads(COMMITTED.read_text(encoding="utf-8")) == json_schema(), remedy


def test_a_written_run_fits_the_schema(snapshot: Path) -> None:
    schema = json.loads(COMMITTED.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads((snapshot / "run.json").read_text()), schema)


def test_the_keys_are_those_of_the_design(snapshot: Path) -> None:
    document = json.loads((snapshot / "run.json").read_text())
    wanted = "schema run_id scenario target started duration_s seed versions environment verdict reasons"
    assert {*wanted.split(), "thresholds", "operations", "load", "generator"} <= set(document)
    operation = document["operations"]["a.query"]
    assert {"started", "ok", "rejected", "errors", "rate_per_s", "latency_ms", "service_ms"} <= set(operation)
    assert set(operation["latency_ms"]) == {"mean", "p50", "p90", "p95", "p99", "p999", "max"}


@pytest.mark.parametrize("path", sorted(DATA.glob("run-v*.json")), ids=lambda path: path.stem)
def test_every_schema_version_stays_readable(path: Path) -> None:
    run = load_run(path)
    assert run.verdict in ("pass", "fail", "invalid")
    assert run.operations


def test_there_is_an_old_snapshot_of_each_version() -> None:
    assert {path.stem for path in DATA.glob("run-v*.json")} == {f"run-v{n}" for n in range(1, SCHEMA + 1)}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"schema": 99}, "schema is 99; must be 1 to"),
        ({"schema": "1"}, "schema is '1'; must be 1 to"),
        ({"duration_s": -1}, "duration_s is -1; Input should be greater than or equal to 0"),
        ({"verdict": "fine"}, "verdict is 'fine'"),
        ({"operations": {"a": {"started": "x"}}}, "operations.a.started is 'x'"),
        ({"thresholds": []}, "verdict is pass, but a threshold did not pass or none was judged"),
    ],
)
def test_a_bad_run_names_file_field_and_value(snapshot: Path, change: dict[str, Any], said: str) -> None:
    path = snapshot / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(SnapshotError) as caught:
        load_run(snapshot)
    assert str(path) in str(caught.value)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"{", "is not JSON"),
        (b"[1]", "must be a JSON object"),
        (b"\xff", "is no text"),
        (None, "there is no such file"),
    ],
)
def test_a_file_that_is_no_run_is_named(tmp_path: Path, text: bytes | None, said: str) -> None:
    if text is not None:
        (tmp_path / "run.json").write_bytes(text)
    with pytest.raises(SnapshotError, match=rf"run\.json( is 'list')?; {said}"):
        load_run(tmp_path / "run.json")


def test_nan_is_refused(snapshot: Path) -> None:
    path = snapshot / "run.json"
    path.write_text(path.read_text().replace('"duration_s": 10.0', '"duration_s": NaN'))
    with pytest.raises(SnapshotError, match="duration_s"):
        load_run(snapshot)


def test_a_run_cannot_be_changed(snapshot: Path) -> None:
    run = load_run(snapshot)
    with pytest.raises(ValueError, match="frozen"):
        run.verdict = "fail"  # type: ignore[misc]
    assert Run.model_validate_json(run.model_dump_json(by_alias=True)) == run


def test_a_file_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="cannot be written: No such file or directory; free the disk"):
        write_whole(tmp_path / "no" / "run.json", "x")


def test_run_ids_sort_by_time_and_fit_a_file_system() -> None:
    assert (
        new_run_id("2015-09-11T08:00:00+00:00", "human sea/1", "1a2b3c4d")
        == "20150911T080000Z-human-sea-1-1a2b3c"
    )


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 100_000])
def test_a_file_that_is_nested_without_end_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(SnapshotError, match="is not JSON"):
        load_run(tmp_path)
    (tmp_path / "measured.json").write_text(text)
    with pytest.raises(SnapshotError, match="is not JSON"):
        read_measured(tmp_path)


@pytest.mark.parametrize(
    ("value", "said"), [(True, " is true"), (False, " is false"), ("a", " is 'a'"), (None, "")]
)
def test_a_value_is_told_as_json_has_it(value: object, said: str) -> None:
    told = str(SnapshotError("run.json: seed", "must be a number", "run it again", value))
    assert told == f"run.json: seed{said}; must be a number; run it again"
