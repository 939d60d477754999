"""The parts of run.json and of measured.json: what was loaded, how it was answered, how the generator did."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Part(BaseModel):
    """Unknown keys are kept, NaN and infinity are refused: JSON has no word for them."""

    model_config = ConfigDict(
        extra="allow", frozen=True, allow_inf_nan=False, populate_by_name=True, defer_build=True
    )


class ScenarioRef(Part):
    name: str
    model: str = ""
    digest: str = ""


class ThroughRef(Part):
    """A proxy of the user's own in front of the target: whom it leads to, and what to call it."""

    to: str
    label: str


class TargetRef(Part):
    """embedded: started for the run, with nothing kept; None where that is not known."""

    name: str
    url: str = ""
    through: ThroughRef | None = None
    embedded: bool | None = None


class Percentiles(Part):
    """Milliseconds; each is the highest value of its HdrHistogram counter (at most 0.1 % above)."""

    mean: float
    p50: float
    p90: float
    p95: float
    p99: float
    p999: float
    max: float


class OperationSummary(Part):
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


class ReasonRecord(Part):
    """A reason as results.verdict.reasons knows it: its entry, its parameters, how often it occurred."""

    code: str
    params: dict[str, Any] = {}
    times: int = Field(default=1, ge=1)


class ThresholdRow(Part):
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


class LoadSummary(Part):
    """`redirects`: requests that followed a redirect, of each operation in `redirects_of`; they are in no
    operation's counts."""

    model: str
    users: int = 0
    arrivals_due: int = 0
    arrivals_dropped: int = 0
    redirects: int = 0
    redirects_of: dict[str, int] = {}


class ConnectionSummary(Part):
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


class GeneratorSummary(Part):
    """Health of the load generator; None where it was not measured."""

    processes: int = 1
    cpu_percent_max: float | None = None
    loop_lag_ms_p99: float | None = None
    workers_lost: int = 0
    littles_law_error: float | None = None
