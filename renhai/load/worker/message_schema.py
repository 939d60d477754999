"""What a worker and its master may say to each other, and who said something else.

Nothing of a message is used before all of it was checked: a report of which half had been merged would spoil
the sums of the others. Numbers are bounded, so that no count overflows and no loop runs on a peer's word.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, TypeAdapter, ValidationError

from renhai import __version__
from results.snapshot.histograms import SIZE
from results.verdict.reasons import read

logger = logging.getLogger(__name__)

LONGEST_NAME = 2000  # characters
MOST_NAMES = 100_000  # operations, journeys, failures of one report
LONGEST_SECONDS = 10_000_000  # a hundred days, as for timeline.csv
SHOWN = 100  # characters of a value in a message about it
UNSAID = "older than 0.2.0"  # a version that does not say which it is

Told = Callable[[str, str], object]


class BadMessage(ValueError):
    """A message that no load process of ours sends."""


class OtherVersion(BadMessage):
    """It comes from another version of renhai; `theirs` is "" where that is too old to say which."""

    def __init__(self, theirs: str) -> None:
        self.theirs = theirs
        super().__init__(f"it runs renhai {theirs or UNSAID}, this one {__version__}")


class Peers:
    """What to do about a peer that sent such a message: `told(peer, why)`, once for each; "" is the master.

    Until somebody asks to be told it is kept. Nothing more of such a peer is read.
    """

    def __init__(self) -> None:
        self.banned: dict[str, str] = {}
        self.versions: dict[str, str] = {}  # of those of them that run another version
        self._told: Told | None = None

    def listen(self, told: Told) -> None:
        """From now on `told`; and of those that were banned before."""
        self._told = told
        for peer, why in list(self.banned.items()):
            told(peer, why)

    def ban(self, peer: str, why: str) -> None:
        if peer in self.banned:
            return
        self.banned[peer] = why
        logger.error("%s sent what cannot be used: %s", f"worker {peer}" if peer else "the master", why)
        if self._told is not None:
            self._told(peer, why)


PEERS = Peers()  # of this process


def _packed(value: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    index, counts = np.frombuffer(value[0], dtype="<i4"), np.frombuffer(value[1], dtype="<i8")
    if len(index) != len(counts):
        raise ValueError("has not as many counts as buckets")
    if len(index) and not (index.min() >= 0 and index.max() < SIZE and (np.diff(index) > 0).all()):
        raise ValueError("has a bucket that no histogram has")
    if len(counts) and not (counts.min() > 0 and counts.max() < 1 << 53):
        raise ValueError("has a count that is none")
    return value


def _recorded(value: dict[str, Any]) -> dict[str, Any]:
    read(value)
    return value


Name = Annotated[str, Field(max_length=LONGEST_NAME)]
Text = Annotated[str, Field(max_length=1 << 16)]
Count = Annotated[int, Field(ge=0, lt=1 << 53, strict=True)]
Nanoseconds = Annotated[int, Field(ge=-(1 << 62), lt=1 << 62, strict=True)]
Amount = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
Bytes = Annotated[bytes, Strict()]
Packed = Annotated[tuple[Bytes, Bytes], Strict(False), AfterValidator(_packed)]  # a message has lists only
Record = Annotated[dict[str, Any], AfterValidator(_recorded)]  # of results.verdict.reasons
Kind = Literal["", "new", "back", "again"]  # how a taxpayer was found: renhai.spec.journeys.cases
Four = Annotated[list[Count], Field(min_length=4, max_length=4)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class _Operation(_Part):
    started: Count
    ok: Count
    rejected: Count
    errors: Count
    latency: Packed
    service: Packed


class _Group(_Part):
    counts: Four
    errors: Count
    rejected: Count
    signed_in: Count
    times: Packed
    waited_ns: Nanoseconds
    seated_ns: Nanoseconds


class _Failure(_Part):
    operation: Name
    outcome: Literal["rejected", "error"]
    reason: Text
    count: Count
    request: Text = ""
    response: Text = ""


class _Walk(_Part):
    transactions: Count
    sent: Annotated[dict[Name, Four], Field(max_length=MOST_NAMES)]


class _Condition(_Part):
    condition: Text
    looked: Count
    there: Count


class _Connections(_Part):
    by_address: Annotated[list[Count], Field(max_length=100_000)]
    opened: Count
    open: Count
    most: Count
    failed: Count
    waited: Count
    no_port: Count
    no_file: Count


class _Ahead(_Part):
    taken: Count
    computed: Count
    damaged: Count


class _Papers(_Part):
    """Of a worker on another machine."""

    lines: Bytes
    bodies: Bytes


class _Report(_Part):
    second: Annotated[int, Field(ge=-2, le=LONGEST_SECONDS, strict=True)]
    sequence: Annotated[int, Field(ge=1, le=LONGEST_SECONDS, strict=True)]
    operations: Annotated[dict[Name, _Operation], Field(max_length=MOST_NAMES)]
    journeys: Annotated[dict[Name, Four], Field(max_length=MOST_NAMES)]
    walks: Annotated[dict[Name, dict[Kind, _Walk]], Field(max_length=MOST_NAMES)]
    groups: Annotated[dict[Name, _Group], Field(max_length=MOST_NAMES)]
    failures: Annotated[list[_Failure], Field(max_length=MOST_NAMES)]
    complaints: Annotated[list[Record], Field(max_length=MOST_NAMES)]
    receipts: Bytes
    starts: Bytes = b""
    papers: _Papers | None = None
    journal: Bytes = b""
    ahead: _Ahead | None = None
    late: Packed
    lag: Packed
    lag_ms: Amount
    wall_s: Annotated[float, Field(ge=0, le=LONGEST_SECONDS, allow_inf_nan=False)]
    cpu_percent: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
    steal_percent: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)] | None
    due: Count
    dropped: Count
    answers: Count
    silences: Count
    unasked: Count = 0
    lost_reused: Count = 0
    connections: _Connections | None = None
    users: Count
    seated_ns: Nanoseconds
    thinking_ns: Nanoseconds
    busy_ns: Nanoseconds
    halt: bool = False
    done: bool = False
    last: bool = False
    partial: bool = False
    unfinished: Count = 0
    redirects: Count = 0
    exceptions: Annotated[dict[Name, Count], Field(max_length=MOST_NAMES)] = {}
    redirects_of: Annotated[dict[Name, Count], Field(max_length=MOST_NAMES)] = {}
    conditions: Annotated[dict[Name, _Condition], Field(max_length=MOST_NAMES)] = {}


class _Hello(_Part):
    ns: Nanoseconds
    renhai: Name = ""


class _Ready(_Part):
    offset_ns: Nanoseconds


class _Refused(_Part):
    reason: Record


class _Clock(_Part):
    ns: Nanoseconds
    master_ns: Nanoseconds
    boot: Name


class _Open(_Part):
    t0_ns: Nanoseconds
    epoch_ns: Nanoseconds
    slot: Annotated[int, Field(ge=0, lt=100_000, strict=True)]
    slots: Annotated[int, Field(ge=1, lt=100_000, strict=True)]
    late: Annotated[int, Field(ge=0, lt=100_000, strict=True)]
    before: Annotated[dict[Name, Count], Field(max_length=MOST_NAMES)] = {}
    here: Annotated[dict[Name, Count], Field(max_length=MOST_NAMES)] = {}


class _Share(_Part):
    among: Annotated[int, Field(ge=1, lt=100_000, strict=True)]


class _Close(_Part):
    patience_s: Amount


class _Heartbeat(_Part):
    state: Name
    current_cpu_usage: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
    current_memory_usage: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0


class _Spawned(_Part):
    user_classes_count: dict[Name, Count]
    user_count: Count


class _Stats(_Part):
    """Of the web page alone; nothing is judged by it."""

    stats: list[dict[str, Any]]
    stats_total: dict[str, Any]
    errors: dict[str, dict[str, Any]]
    user_classes_count: dict[Name, Count]
    user_count: Count


class _Asked(_Part):
    version: Name  # of Locust
    renhai: Name = ""


class _Logs(_Part):
    worker_id: Name
    logs: list[str]


class _Raised(_Part):
    msg: str
    traceback: str


class _Spawn(_Part):
    timestamp: float
    user_classes_count: dict[Name, Count]
    host: str | None
    stop_timeout: float | None
    parsed_options: dict[str, Any]


class _Index(_Part):
    index: Count


SCHEMAS: dict[str, dict[str, Any]] = {
    "master": {  # what a master hears
        "client_ready": Name | Literal[-1],
        "locustfile": _Asked,
        "client_stopped": None,
        "heartbeat": _Heartbeat,
        "stats": _Stats,
        "spawning": None,
        "spawning_complete": _Spawned,
        "logs": _Logs,
        "quit": None,
        "exception": _Raised,
        "renhai_hello": _Hello,
        "renhai_ready": _Ready,
        "renhai_report": _Report,
        "renhai_refused": _Refused,
    },
    "worker": {  # what a worker hears
        "ack": _Index | None,
        "locustfile": dict[str, Any],
        "spawn": _Spawn,
        "stop": None,
        "quit": None,
        "reconnect": None,
        "heartbeat": None,
        "update_user_class": dict[str, Any],
        "spawning_complete": Any,
        "renhai_clock": _Clock,
        "renhai_open": _Open,
        "renhai_share": _Share,
        "renhai_close": _Close,
        "renhai_taken": dict[str, Any],
    },
}
SAYS_VERSION = frozenset({"locustfile", "renhai_hello"})  # what a worker says before anything is told it
_CHECKS = {side: {name: TypeAdapter(kind) for name, kind in kinds.items()} for side, kinds in SCHEMAS.items()}


def checked(kind: str, data: Any, side: str, custom: Collection[str] = ()) -> None:
    """Raises BadMessage unless `data` is what a message of this kind carries to `side`, master or worker.

    OtherVersion, before anything else, for the first words of a worker that runs another renhai.

    custom: further kinds that are let through as they are: those of a user's own Locust file.
    """
    if side == "master" and kind in SAYS_VERSION and isinstance(data, dict):
        theirs = str(data.get("renhai", ""))[:SHOWN]
        if theirs != __version__:
            raise OtherVersion(theirs)
    check = _CHECKS[side].get(kind)
    if check is None:
        if kind in custom:
            return
        raise BadMessage(f"there is no message {kind[:SHOWN]!r}")
    try:
        check.validate_python(data, strict=None if isinstance(data, dict) else True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])[:SHOWN]
        value = repr(first["input"])[:SHOWN]
        raise BadMessage(f"{kind}{'.' + field if field else ''} is {value}: {first['msg']}") from None
