"""Digests of what a run left: they show damage, not forgery, since whoever forges can compute them as well.

`evidence` of run.json names each file that was there when the run was judged, with its SHA-256 and its size;
`seal` is the SHA-256 of run.json itself without it, in canonical JSON (sorted keys, no blanks).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from results.errors import SnapshotError
from results.snapshot.segments import earlier, files_of

NAMES = (
    "measured.json",
    "latency.hlog",
    "service.hlog",
    "transactions.hlog",
    "timeline.csv",
    "failures.jsonl",
    "target.csv",
    "audit.json",
    "papers.json",
    "starts.jsonl",
    "journal.ndjson",
    "drill.jsonl",
)
PAPERS = ".bin"  # bodies of printed papers, which older runs were sealed without
AGAIN = "take it from a copy, or run the scenario again"


def digests(directory: Path) -> dict[str, dict[str, Any]]:
    """{name: {"sha256": hex, "bytes": size}} of the evidence in a run's directory; unreadable files are left
    out, as the verdict names them."""
    found = {}
    for path in _evidence(directory):
        try:
            found[path.relative_to(directory).as_posix()] = _digest(path)
        except OSError:
            continue
    return found


def _evidence(directory: Path) -> Iterator[Path]:
    for name in NAMES:
        if (directory / name).is_file():
            yield directory / name
        yield from earlier(directory / name)
    for folder in ("receipts", "papers"):
        for path in files_of(directory / folder, "*.jsonl"):
            yield from (*earlier(path), *([path] if path.is_file() else []))
    yield from (path for path in sorted((directory / "papers").glob(f"worker-*{PAPERS}")) if path.is_file())


def _digest(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"sha256": hashlib.file_digest(file, "sha256").hexdigest(), "bytes": path.stat().st_size}


def seal_of(document: Mapping[str, Any]) -> str:
    """The digest of a run.json without its `seal`."""
    rest = {key: value for key, value in document.items() if key != "seal"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def check_seal(document: Mapping[str, Any], file: Path) -> None:
    """Raises SnapshotError when run.json is not as it was written."""
    if document.get("seal") != seal_of(document):
        raise SnapshotError(str(file), "was altered since the run was judged", AGAIN)


def check_evidence(directory: Path, evidence: Mapping[str, Mapping[str, Any]]) -> None:
    """Raises SnapshotError that names the first file that was altered, truncated, deleted or put in."""
    for name, known in evidence.items():
        path = directory / name
        try:
            if path.exists() and not path.is_file():  # to open a pipe would wait for ever
                raise SnapshotError(str(path), "is no file", AGAIN)
            now = _digest(path)
        except FileNotFoundError:
            raise SnapshotError(str(path), "was deleted since the run was judged", AGAIN) from None
        except OSError as error:
            raise SnapshotError(str(path), f"cannot be read: {error.strerror}", "check its rights") from None
        if now["bytes"] < known["bytes"]:
            why = f"was truncated since the run was judged: {now['bytes']} of {known['bytes']} bytes"
            raise SnapshotError(str(path), why, AGAIN)
        if now["sha256"] != known["sha256"]:
            raise SnapshotError(str(path), "was altered since the run was judged", AGAIN)
    papers = [name for name in evidence if name.startswith("papers/")]
    older = bool(papers) and not any(name.endswith(PAPERS) for name in papers)
    for path in _evidence(directory):
        name = path.relative_to(directory).as_posix()
        if name not in evidence and not (older and path.suffix == PAPERS):
            raise SnapshotError(str(path), "was not there when the run was judged", AGAIN)
