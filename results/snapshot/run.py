"""run.json: what one run measured, written once and never changed; and the readers of its neighbours.

History of `schema`:
    1  first version: the keys of ARCHITECTURE.md, plus `ended`, `rules`, `journeys`, `groups`, `labels`,
       `total` (all operations as one), and per operation `unfinished` and `noise`. Added later, and absent
       from older files: `reason_codes` (the `reasons` with code and parameters), `note_code` of a threshold,
       `notes` (which decide nothing), `load.redirects` (requests that followed a redirect, in no operation's
       counts), `exceptions` (how many of an operation's errors were exceptions of a user's own Locust file).
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

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from results.errors import SnapshotError
from results.snapshot.files import read_whole, write_whole
from results.snapshot.seal import check_evidence, check_seal, digests, seal_of

SCHEMA = 2
SEALED_SINCE = 2
Verdict = Literal["pass", "fail", "invalid", "inconclusive"]
Ended = Literal["completed", "interrupted", "aborted", "target_lost", "running"]

EXIT_CODES: dict[str, int] = {"pass": 0, "fail": 1, "invalid": 3, "inconclusive": 4}

# version -> what turns a document of that version into the next one
_MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {
    1: lambda document: {**document, "schema": 2},
}


class _Part(BaseModel):
    """Unknown keys are kept, NaN and infinity are refused: JSON has no word for them."""

    model_config = ConfigDict(
        extra="allow", frozen=True, allow_inf_nan=False, populate_by_name=True, defer_build=True
    )


_Model = TypeVar("_Model", bound=_Part)


class ScenarioRef(_Part):
    name: str
    model: str = ""
    digest: str = ""


class ThroughRef(_Part):
    """A proxy of the user's own in front of the target: whom it leads to, and what to call it."""

    to: str
    label: str


class TargetRef(_Part):
    """embedded: started for the run, with nothing kept; None where that is not known."""

    name: str
    url: str = ""
    through: ThroughRef | None = None
    embedded: bool | None = None


class Percentiles(_Part):
    """Milliseconds; each is the highest value of its HdrHistogram counter (at most 0.1 % above)."""

    mean: float
    p50: float
    p90: float
    p95: float
    p99: float
    p999: float
    max: float


class OperationSummary(_Part):
    """`started` = ok + rejected + errors + unfinished. `rate_per_s`: successful ones a second of the run,
    without those answered after the load had ended.

    Latencies are of all finished requests; None where none finished. `latency_ms` counts from the intended
    start, `service_ms` from the actual send. `noise`: how well this run alone knows its values, as standard
    errors of their logarithms (see results.stats.noise).
    """

    started: int = Field(ge=0)
    ok: int = Field(ge=0)
    rejected: int = Field(ge=0)
    errors: int = Field(ge=0)
    unfinished: int = Field(default=0, ge=0)
    rate_per_s: float = Field(ge=0)
    latency_ms: Percentiles | None = None
    service_ms: Percentiles | None = None
    noise: dict[str, float] = {}

    @property
    def finished(self) -> int:
        """How many latencies there are."""
        return self.ok + self.rejected + self.errors


class ReasonRecord(_Part):
    """A reason as results.verdict.reasons knows it: its entry, its parameters, how often it occurred."""

    code: str
    params: dict[str, Any] = {}
    times: int = Field(default=1, ge=1)


class ThresholdRow(_Part):
    """One rule on one subject (an operation, or `run`). `passed` is None where it could not be judged.

    `value` and `limit` are in `unit` (ms, %, /s); `value` is None where there is no number to show.
    """

    subject: str
    rule: str
    value: float | None
    unit: str
    passed: bool | None
    metric: str = ""
    limit: float | None = None
    note: str = ""
    note_zh: str = ""
    note_code: ReasonRecord | None = None


class LoadSummary(_Part):
    """`redirects`: requests that followed a redirect, of each operation in `redirects_of`; they are in no
    operation's counts."""

    model: str
    users: int = 0
    arrivals_due: int = 0
    arrivals_dropped: int = 0
    redirects: int = 0
    redirects_of: dict[str, int] = {}


class ConnectionSummary(_Part):
    """`unasked`: how often bytes came that nobody had asked for, on a kept connection or after an answer.

    `lost_reused`: requests, counted among the errors, that were lost on a connection which had served before
    and which the server closed: a keep-alive that ended, as far as can be known. `way`: whose connections
    are (`per_operator: 1`, `per_journey`, `shared: 50`); "" in runs from before it could be said, which
    shared all. `opened` in all, `most` at once (of each load process, summed), by address of the target;
    `failed` to open, of them `no_port` and `no_file` for want of a local port or a file descriptor; `waited`:
    requests that found no shared connection free.
    """

    unasked: int = Field(default=0, ge=0)
    lost_reused: int = Field(default=0, ge=0)
    way: str = ""
    opened: int = Field(default=0, ge=0)
    most: int = Field(default=0, ge=0)
    failed: int = Field(default=0, ge=0)
    no_port: int = Field(default=0, ge=0)
    no_file: int = Field(default=0, ge=0)
    waited: int = Field(default=0, ge=0)
    by_address: dict[str, int] = {}

    @property
    def facts(self) -> list[str]:
        """For a line about the load; empty where the run does not know how it connected."""
        if not self.way:
            return []
        told = [f"connections {self.way} ({self.opened:,} opened)"]
        told += [f"{self.failed:,} could not be opened"] if self.failed else []
        waited = self.waited if self.way.startswith("shared") else 0
        return told + ([f"{waited:,} requests waited for one"] if waited else [])

    @property
    def kind(self) -> str:
        """What makes runs comparable: how many are shared is no part of it (the target file's digest is)."""
        return self.way if self.way and not self.way.startswith("shared") else "shared"


class GeneratorSummary(_Part):
    """Health of the load generator; None where it was not measured."""

    processes: int = 1
    cpu_percent_max: float | None = None
    loop_lag_ms_p99: float | None = None
    workers_lost: int = 0
    littles_law_error: float | None = None


class Run(_Part):
    """A whole run.json. seed: of the data. draw: the seed of arrivals, their order and think times, which
    each repetition has of its own. identity: digests of what was asked and how, by name.
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
    groups: list[dict[str, Any]] = []
    labels: dict[str, str] = {}
    evidence: dict[str, dict[str, Any]] = {}
    seal: str = ""
    identity: dict[str, str] = {}
    draw: int | None = None

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


class Walk(_Part):
    """Completed transactions of one journey and kind; sent: how many sent an operation 1, 2, 3, 4+ times."""

    transactions: int = Field(default=0, ge=0)
    sent: dict[str, list[int]] = {}

    def times(self, operation: str) -> list[int]:
        """How many transactions sent it 0, 1, 2, 3, 4+ times."""
        counts = [*self.sent.get(operation, []), 0, 0, 0, 0][:4]
        return [max(self.transactions - sum(counts), 0), *counts]


class Measured(_Part):
    """measured.json, as the load process leaves it; rewritten while it runs, so a killed run has one too.

    unhealthy, unhealthy_codes: the same reasons as sentences and as records.
    """

    started: str = ""
    epoch: float = 0.0
    duration_s: float = Field(default=0.0, ge=0)
    ended: Ended = "running"
    load: LoadSummary = LoadSummary(model="")
    connections: ConnectionSummary = ConnectionSummary()
    operations: dict[str, dict[str, Annotated[int, Field(ge=0)]]] = {}
    journeys: dict[str, dict[str, Any]] = {}
    walks: dict[str, dict[str, Walk]] = {}
    groups: list[dict[str, Any]] = []
    generator: GeneratorSummary = GeneratorSummary()
    unhealthy: list[str] = []
    unhealthy_codes: list[dict[str, Any]] = []
    answered: bool = False
    exceptions: dict[str, int] = {}
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
    if not isinstance(version, int) or not 1 <= version <= SCHEMA:
        remedy = "read it with the renhai that wrote it"
        raise SnapshotError(f"{file}: schema", f"must be 1 to {SCHEMA}", remedy, version)
    return file, document


def _check_seal(written: dict[str, Any], file: Path) -> None:
    if written["schema"] >= SEALED_SINCE:
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
        document = json.loads(text)
    except ValueError as error:
        raise SnapshotError(
            str(path), f"is not JSON ({error})", "the file is damaged: run the scenario again"
        ) from error
    if not isinstance(document, dict):
        raise SnapshotError(
            str(path), "must be a JSON object", "give the run.json of a run", type(document).__name__
        )
    return document


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
