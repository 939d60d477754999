"""renhai (人海): load and stress testing for tax administration systems.

What a user's own Locust file imports: `from renhai import JourneyUser, Steps, journey, lognormal`. The names
are loaded when they are asked for, because with them come Locust and gevent, which changes the standard
library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from renhai.load.api import (
        AllFiled,
        Case,
        Exhausted,
        JourneyUser,
        Reply,
        Steps,
        TaxpayerPool,
        exponential,
        fixed,
        journey,
        lognormal,
        uniform,
    )

__version__ = "0.2.0"
__all__ = [
    "AllFiled",
    "Case",
    "TaxpayerPool",
    "Exhausted",
    "JourneyUser",
    "Reply",
    "Steps",
    "__version__",
    "exponential",
    "fixed",
    "journey",
    "lognormal",
    "uniform",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from renhai.core.home import open_home

    open_home()
    from renhai.spec.journeys import registry as journeys

    if journeys.is_reading():
        return _without_locust(name)
    from renhai.load import api

    value = getattr(api, name)
    globals()[name] = value
    return value


def _without_locust(name: str) -> Any:
    """The same names while the command line reads locustfiles for their journeys."""
    from renhai.load.engine import think_time
    from renhai.spec.journeys import cases
    from renhai.spec.journeys import registry as journeys

    if name == "JourneyUser":
        return journeys.OperatorDeclaration
    for module in (journeys, cases, think_time):
        if hasattr(module, name):
            return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r} without Locust")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
