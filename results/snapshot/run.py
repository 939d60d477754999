"""run.json: what one run measured, written once and never changed; and the readers of its neighbours.

History of `schema`:
    1  first version: the keys of ARCHITECTURE.md, plus `ended`, `rules`, `journeys`, `groups`, `labels`,
       `total` (all operations as one), and per operation `unfinished` and `noise`. Added later, and absent
       from older files: `reason_codes` (the `reasons` with code and parameters), `note_code` of a threshold,
       `notes` (which decide nothing), `load.redirects` (requests that followed a redirect, in no operation's
       counts), `cases` (the flow of cases: results.flow.summary), `exceptions` (how many of an operation's
       errors were exceptions of a user's own Locust file), `ahead` (declarations: how many were `made` before
       the load, `taken` from there, and `computed` during it; of these so many were `damaged`).
    2  `evidence` and `seal`: digests (results.snapshot.seal). A run of schema 1 keeps its verdict, unsealed.

Every version that was ever written stays readable: add a step to `_MIGRATIONS` when the number goes up.
Units: latencies in ms, rates per second of the whole run, `started` in ISO 8601 UTC.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, ValidationError, model_validator

from results.errors import SnapshotError
from results.snapshot.files import read_whole, write_whole
from results.snapshot.seal import check_evidence, check_seal, digests, seal_of
from results.snapshot.summary import (
    ConnectionSummary,
    GeneratorSummary,
    LoadSummary,
    OperationSummary,
    Part,
    Percentiles,
    ReasonRecord,
    ScenarioRef,
    TargetRef,
    ThresholdRow,
    ThroughRef,
)  # fmt: skip

__all__ = [
    "ConnectionSummary", "GeneratorSummary", "LoadSummary", "OperationSummary", "Percentiles", "ReasonRecord",
    "ScenarioRef", "TargetRef", "ThresholdRow", "ThroughRef",
]  # fmt: skip

SCHEMA = 2
SEALED_SINCE = 2
Verdict = Literal["pass", "fail", "invalid", "inconclusive"]
Ended = Literal["completed", "interrupted", "aborted", "target_lost", "running"]

EXIT_CODES: dict[str, int] = {"pass": 0, "fail": 1, "invalid": 3, "inconclusive": 4}

# version -> what turns a document of that version into the next one
_MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {
    1: lambda document: {**document, "schema": 2},
}


_Model = TypeVar("_Model", bound=Part)


class Run(Part):
    """A whole run.json. seed: of the data. draw: the seed of arrivals, their order and think times, which
    each repetition has of its own. identity: digests of what was asked and how, by name. company: whether a
    run of the other build was made at the same time.
    """

    schema_version: int = Field(alias="schema", ge=1)
    run_id: str
    scenario: ScenarioRef
    target: TargetRef
    started: str
    duration_s: float = Field(ge=0)
    seed: int | None = None
    versions: dict[str, str] = {}
    environment: dict[str, Any] = {}
    verdict: Verdict
    reasons: list[str] = []
    reasons_zh: list[str] = []
    reason_codes: list[ReasonRecord] = []
    notes: list[str] = []
    notes_zh: list[str] = []
    thresholds: list[ThresholdRow] = []
    operations: dict[str, OperationSummary] = {}
    total: OperationSummary | None = None
    load: LoadSummary
    connections: ConnectionSummary = ConnectionSummary()
    generator: GeneratorSummary
    ended: Ended = "completed"
    rules: dict[str, list[str]] = {}
    journeys: dict[str, dict[str, Any]] = {}
    exceptions: dict[str, int] = {}
    ahead: dict[str, Annotated[int, Field(ge=0)]] = {}
    groups: list[dict[str, Any]] = []
    labels: dict[str, str] = {}
    evidence: dict[str, dict[str, Any]] = {}
    seal: str = ""
    identity: dict[str, str] = {}
    draw: int | None = None
    company: Literal["alone", "at_once"] = "alone"

    @model_validator(mode="after")
    def _a_pass_is_earned(self) -> Run:
        if self.verdict == "pass" and not (self.thresholds and all(row.passed for row in self.thresholds)):
            raise ValueError("verdict is pass, but a threshold did not pass or none was judged")
        return self

    @property
    def sealed(self) -> bool:
        """Whether run.json carries digests, by which it was found to be as it was written."""
        return bool(self.seal)

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.verdict]


class Walk(Part):
    """Completed transactions of one journey and kind; sent: how many sent an operation 1, 2, 3, 4+ times."""

    transactions: int = Field(default=0, ge=0)
    sent: dict[str, list[int]] = {}

    def times(self, operation: str) -> list[int]:
        """How many transactions sent it 0, 1, 2, 3, 4+ times."""
        counts = [*self.sent.get(operation, []), 0, 0, 0, 0][:4]
        return [max(self.transactions - sum(counts), 0), *counts]


class Compared(Part):
    """A condition of a written journey that compares what stands at `path` with a literal.

    looked: how often it was looked at; there: how often anything stood at the path, be it null.
    """

    place: str = ""
    condition: str = ""
    path: str = ""
    looked: int = Field(default=0, ge=0)
    there: int = Field(default=0, ge=0)


class Measured(Part):
    """measured.json, as the load process leaves it; rewritten while it runs, so a killed run has one too.

    unhealthy, unhealthy_codes: the same reasons as sentences and as records.
    """

    started: str = ""
    epoch: float = 0.0
    t0_ns: int = 0
    duration_s: float = Field(default=0.0, ge=0)
    ended: Ended = "running"
    load: LoadSummary = LoadSummary(model="")
    connections: ConnectionSummary = ConnectionSummary()
    operations: dict[str, dict[str, Annotated[int, Field(ge=0)]]] = {}
    journeys: dict[str, dict[str, Any]] = {}
    walks: dict[str, dict[str, Walk]] = {}
    conditions: list[Compared] = []
    groups: list[dict[str, Any]] = []
    generator: GeneratorSummary = GeneratorSummary()
    unhealthy: list[str] = []
    unhealthy_codes: list[dict[str, Any]] = []
    answered: bool = False
    exceptions: dict[str, int] = {}
    ahead: dict[str, Annotated[int, Field(ge=0)]] = {}
    exit_code: int = 0


def read_measured(directory: Path) -> Measured:
    """measured.json of a run. Raises SnapshotError when it is missing or cannot be read."""
    path = directory / "measured.json"
    return _validated(Measured, _json(path), path)


def load_run(path: Path) -> Run:
    """The run of a snapshot directory (or of a run.json itself), of any schema version up to SCHEMA.

    Raises SnapshotError that names file, field, value and remedy, and what was altered, truncated or deleted
    since the run was judged.
    """
    file, written = _written(path)
    run = _validated(
        Run, _migrated(written), file
    )  # a field is named before the seal, which any change breaks
    _check_seal(written, file)
    if run.sealed:
        check_evidence(file.parent, run.evidence)
    return run


def sealed_document(path: Path) -> dict[str, Any]:
    """run.json of a snapshot directory (or the file itself), brought to SCHEMA; its seal holds, if it must.
    Raises SnapshotError. Neither its fields nor the evidence beside it are looked at."""
    file, written = _written(path)
    _check_seal(written, file)
    return _migrated(written)


def _written(path: Path) -> tuple[Path, dict[str, Any]]:
    file = path / "run.json" if path.is_dir() else path
    document = _json(file)
    version = document.get("schema")
    if type(version) is not int or not 1 <= version <= SCHEMA:
        remedy = "read it with the renhai that wrote it"
        raise SnapshotError(f"{file}: schema", f"must be 1 to {SCHEMA}", remedy, version)
    return file, document


def _check_seal(written: dict[str, Any], file: Path) -> None:
    if written["schema"] >= SEALED_SINCE or written.get("seal"):  # none of before has one
        check_seal(written, file)


def _migrated(document: dict[str, Any]) -> dict[str, Any]:
    for step in range(document["schema"], SCHEMA):
        document = _MIGRATIONS[step](document)
    return document


def write_run(directory: Path, run: Run) -> Path:
    """Writes run.json whole or not at all, sealed with the digests of the evidence beside it.

    Raises SnapshotError when the directory holds one already.
    """
    path = directory / "run.json"
    if path.exists():
        raise SnapshotError(
            str(path), "a snapshot is written once", "give the new run a directory of its own"
        )
    found = run if run.sealed else seal(run, digests(directory))
    write_whole(path, found.model_dump_json(by_alias=True, indent=1) + "\n")
    return path


def seal(run: Run, evidence: dict[str, dict[str, Any]]) -> Run:
    """The run with the digests of the evidence beside it, and of its own run.json."""
    bare = run.model_copy(update={"evidence": evidence, "seal": "", "schema_version": SCHEMA})
    digest = seal_of(json.loads(bare.model_dump_json(by_alias=True)))
    return bare.model_copy(update={"seal": digest})


def new_run_id(started: str, scenario: str, digest: str) -> str:
    """`20150911T080000Z-smoke-1a2b3c`: sorts by time, reads at a glance, fits every file system."""
    stamp = re.sub(r"[-:]|\.\d+|\+00:00$", "", started).removesuffix("Z") + "Z"
    return f"{stamp}-{re.sub(r'[^A-Za-z0-9_.-]+', '-', scenario)}-{digest[:6]}"


def json_schema() -> dict[str, Any]:
    """The JSON Schema of run.json; committed as results/run.schema.json."""
    schema = Run.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "renhai run.json", **schema}


def _json(path: Path) -> dict[str, Any]:
    missing = SnapshotError(
        str(path), "there is no such file", "give the directory of a run: results/runs/<utc>-<scenario>-<id>"
    )
    text = read_whole(path, missing)
    try:
        document = json.loads(text, object_pairs_hook=_once_each)
    except (ValueError, RecursionError) as error:
        raise SnapshotError(
            str(path), f"is not JSON ({error})", "the file is damaged: run the scenario again"
        ) from error
    if not isinstance(document, dict):
        raise SnapshotError(
            str(path), "must be a JSON object", "give the run.json of a run", type(document).__name__
        )
    return document


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON; raises ValueError for a key that stands twice, of which readers take either."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)} stands twice")
    return found


def _validated(model: type[_Model], document: dict[str, Any], path: Path) -> _Model:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "run"
        value = first["input"] if isinstance(first["input"], str | int | float | None) else None
        raise SnapshotError(
            f"{path}: {field}", first["msg"], "compare it with results/run.schema.json", value
        ) from error


if __name__ == "__main__":
    # python -m results.snapshot.run > results/run.schema.json
    print(json.dumps(json_schema(), indent=1, ensure_ascii=False))
