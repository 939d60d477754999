"""How clients connect to a target: whose a connection is, and from which addresses of the load machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from ipaddress import ip_network
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from renhai.core.units import Duration
from renhai.core.validation import Strict, refuse

OF_OPERATOR, OF_JOURNEY, SHARED = "per_operator", "per_journey", "shared"
MOST_EACH = 6  # as browsers open to one host
# What clients do with an idle connection: Chrome keeps one for 300 s, the pools of gateways a few seconds.
IDLE_S = {OF_OPERATOR: 300.0, OF_JOURNEY: 300.0, SHARED: 4.0}
MOST_SOURCES = 65_536  # addresses that one network of `sources` may have


class Connections(Strict):
    """Exactly one of per_operator, per_journey and shared."""

    per_operator: Annotated[int, Field(strict=True, ge=1, le=MOST_EACH)] | None = Field(
        default=None,
        description="connections of each operator, opened when he sits down and kept until he leaves",
        examples=[1],
    )
    per_journey: bool | None = Field(
        default=None, description="a connection for each journey: people who newly come"
    )
    shared: Annotated[int, Field(strict=True, ge=1, le=100_000)] | None = Field(
        default=None, description="so many for all, as a gateway or a bus client has", examples=[50]
    )
    idle: Duration | None = Field(
        default=None, description="how long an idle one is kept (300 s; shared: 4 s)", examples=["60s"]
    )

    @model_validator(mode="after")
    def _one_way(self) -> Connections:
        given = [name for name in (OF_OPERATOR, OF_JOURNEY, SHARED) if getattr(self, name)]
        if len(given) != 1:
            raise refuse(
                "must be exactly one of {per_operator: 1} (to 6), per_journey and {shared: 50}; leave "
                "connections out for one of each operator, or of each journey that arrives"
            )
        return self


def _spelled(value: Any) -> Any:
    """`connections: per_journey` is short for `{per_journey: true}`."""
    return {OF_JOURNEY: True} if value == OF_JOURNEY else value


Connecting = Annotated[Connections, BeforeValidator(_spelled, json_schema_input_type=Connections | str)]


def check_source(text: str) -> str:
    """Of `sources`: an address or a network of this machine."""
    try:
        network = ip_network(text)
    except ValueError:
        raise refuse("must be an address or a network, such as 10.1.0.0/24") from None
    if network.num_addresses > MOST_SOURCES:
        raise refuse(f"holds more than {MOST_SOURCES:,} addresses; give a smaller network")
    return text


@dataclass(frozen=True)
class Way:
    """How a run connects. count: connections of each operator, or of all. idle_s: as `Connections.idle`."""

    kind: str
    count: int = 1
    idle_s: float = 300.0

    @property
    def words(self) -> str:
        """As the target file has it: `per_operator: 1`, `per_journey`, `shared: 50`."""
        return self.kind if self.kind == OF_JOURNEY else f"{self.kind}: {self.count}"

    def plain(self) -> dict[str, Any]:
        """JSON-ready, for the plan; `read_way` makes the way of it."""
        return asdict(self)


def read_way(plain: Mapping[str, Any]) -> Way:
    """Of `Way.plain`."""
    return Way(**plain)


def way_of(written: Connections | None, model: str) -> Way:
    """How a load of this model (closed, open) connects to a target that says `written`.

    Arrivals are no operators: what is said of those does not hold for them.
    """
    if written is not None and written.shared:
        return _way(SHARED, written.shared, written.idle)
    idle = written.idle if written else None
    if (written is not None and written.per_journey) or model == "open":
        return _way(OF_JOURNEY, 1, idle)
    return _way(OF_OPERATOR, (written.per_operator if written else None) or 1, idle)


def _way(kind: str, count: int, idle_s: float | None) -> Way:
    return Way(kind, count, IDLE_S[kind] if idle_s is None else idle_s)
