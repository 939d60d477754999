"""A whole `renhai run` with files of 64 MiB: sent in pieces, taken by length and digest, never held whole."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.e2e.test_run import held, last_run, only_busy, quiet_run
from tests.e2e.test_strangers import serving

PIECE = bytes(range(256)) * 256  # 64 KiB, as tests/strangers/files.py has it
LARGEST = 1024  # pieces: 64 MiB
OPERATORS, TURNS = 2, 1
# Runs a command and prints the KiB that its largest process held. Whoever begins it may hold more than that:
# what a process held before its exec counts as its own.
MEASURED = """import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)"""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving("files.py") as listening:
        yield listening


def digest(pieces: int) -> str:
    found = hashlib.sha256()
    for _ in range(pieces):
        found.update(PIECE)
    return found.hexdigest()


def written(folder: Path, pieces: int, **changed: object) -> None:
    """A target file and a scenario: each operator sends a file in two ways and fetches it in two."""
    with (folder / "big.bin").open("wb") as file:
        file.writelines([PIECE] * pieces)
    size, known = pieces * len(PIECE), digest(pieces)
    came = {"where": {"size": size, "sha256": known}}
    operations = {
        "file.put": {"method": "PUT", "path": "/files", "format": "binary", "body": {"file": "big.bin"}},
        "file.form": {"path": "/forms", "format": "multipart", "body": {"scan": {"file": "big.bin"}}},
    }
    for operation in operations.values():
        operation["success"] = came
    for name, rule in (("file.length", {"length": size}), ("file.digest", {"sha256": known})):
        fetched = {"method": "GET", "path": f"/files/{pieces}", "body": None}
        operations[name] = {**fetched, "success": {"format": "binary", **rule}}
    for name, change in changed.items():
        operations[name.replace("_", ".")] |= change  # type: ignore[operator]
    target = {"name": "files", "environment": "test", "url": "http://127.0.0.1:1", "operations": operations}
    target["success"] = {"format": "json", "status": [200]}
    target["timeouts"] = {"total": "60s"}
    scenario = {
        "name": "files",
        "question": "Are big files whole?",
        "target": "files.target.yaml",
        "journeys": {"file.all": list(operations)},
        "load": {
            "operators": [{"unit": 14301030000, "post": "desk", "count": OPERATORS}],
            "iterations": {"operator": TURNS},
            "stages": [{"step": "120s", "to": OPERATORS}],
        },
        "posts": {"desk": {"journeys": {"file.all": 1}, "think_time": {"fixed": "10ms"}}},
        "thresholds": {"run": ["errors <= 0"]},
    }
    (folder / "files.target.yaml").write_text(yaml.safe_dump(target, sort_keys=False), encoding="utf-8")
    (folder / "files.yaml").write_text(yaml.safe_dump(scenario, sort_keys=False), encoding="utf-8")


def peak(folder: Path, url: str) -> int:
    """Bytes that the largest process of a run held, in a run that sent and fetched all."""
    line = [
        sys.executable,
        "-c",
        MEASURED,
        sys.executable,
        "-m",
        "renhai",
        "run",
        "files.yaml",
        "--target",
        url,
    ]
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True, timeout=240, check=False)
    run = last_run(folder)
    assert done.returncode == 0 or only_busy(run), done.stdout + done.stderr
    counts = {name: (one.started, one.ok) for name, one in run.operations.items()}
    turns = OPERATORS * TURNS
    assert counts == dict.fromkeys(["file.put", "file.form", "file.length", "file.digest"], (turns, turns))
    return 1024 * int(done.stdout.splitlines()[-1])


def test_64_mib_go_up_and_down_whole_and_an_answer_is_not_held(tmp_path: Path, port: int) -> None:
    sizes = {}
    for pieces in (1, LARGEST):
        (folder := tmp_path / str(pieces)).mkdir()
        written(folder, pieces)
        sizes[pieces] = peak(folder, f"http://127.0.0.1:{port}")
    # Two operators have 128 MiB on their way, in and out. One copy of the file, which both share, is held:
    # a second one would be 128 MiB.
    assert 48 << 20 < sizes[LARGEST] - sizes[1] < 96 << 20


@pytest.mark.parametrize(
    ("changed", "operation", "reason"),
    [
        (
            {"file_digest": {"path": "/files/20?change=19&chunked=1"}},
            "file.digest",
            "the answer's SHA-256 is ",
        ),
        (
            {"file_length": {"path": "/files/21"}},
            "file.length",
            "the answer has 1,376,256 bytes, not 1,310,720",
        ),
        (
            {"file_length": {"path": "/files/19"}},
            "file.length",
            "the answer has 1,245,184 bytes, not 1,310,720",
        ),
        ({"file_put": {"success": {"where": {"size": 1}}}}, "file.put", "size"),
    ],
)
def test_a_file_that_is_another_one_fails_the_run(
    changed: dict[str, object], operation: str, reason: str, tmp_path: Path, port: int
) -> None:
    written(tmp_path, 20, **changed)
    done = quiet_run(tmp_path, "run", "files.yaml", "--target", f"http://127.0.0.1:{port}")
    run = last_run(tmp_path)
    assert not held(done, run)
    found = run.operations[operation]
    assert (found.ok, found.started) == (0, OPERATORS * TURNS)
    assert found.errors + found.rejected == OPERATORS * TURNS
    assert reason in done.stdout


def test_a_download_above_64_mib_is_an_error_and_none_is_kept(tmp_path: Path, port: int) -> None:
    written(tmp_path, 20, file_length={"path": f"/files/{LARGEST + 1}"})
    done = quiet_run(tmp_path, "run", "files.yaml", "--target", f"http://127.0.0.1:{port}")
    run = last_run(tmp_path)
    assert not held(done, run)
    assert run.operations["file.length"].errors == OPERATORS * TURNS
    assert "body too large" in done.stdout
