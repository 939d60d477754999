"""What a target file allows, and the refusal of anything else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from renhai.core.errors import UsageError


class Refused(UsageError):
    """The guard does not allow this load: exit 2, before anything was sent."""


class Limits(Protocol):
    """The most that a target file allows: requests a second, and operators at once."""

    @property
    def rate(self) -> float | None: ...
    @property
    def operators(self) -> int | None: ...


class Allowing(Protocol):
    """The part of a target file that says what may be loaded: a Binding, or a Permit made of one."""

    @property
    def environment(self) -> str: ...
    @property
    def hosts(self) -> Sequence[str]: ...
    @property
    def ceiling(self) -> Limits: ...
    @property
    def behind(self) -> str:
        """Whom a proxy of the user's own leads to, which listens at the url; "" where there is none."""

    @property
    def proxy(self) -> str:
        """The HTTP proxy that everything goes by; "" where there is none."""


@dataclass(frozen=True)
class Ceiling:
    """Limits as values; None: no limit."""

    rate: float | None
    operators: int | None
