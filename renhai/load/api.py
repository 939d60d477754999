"""The names that users' Locust files and the shipped ones import; see `renhai.__all__`.

Importing it also makes operators fit for plain Locust, which has no plan.
"""

from renhai.load.engine.journeys import Reply, Steps, journey
from renhai.load.engine.operators import JourneyUser
from renhai.load.engine.think_time import exponential, fixed, lognormal, uniform
from renhai.load.locust import plain as _plain
from renhai.spec.journeys.cases import AllFiled, Case, Exhausted, TaxpayerPool

__all__ = [
    "AllFiled",
    "Case",
    "TaxpayerPool",
    "Exhausted",
    "JourneyUser",
    "Reply",
    "Steps",
    "exponential",
    "fixed",
    "journey",
    "lognormal",
    "uniform",
]

assert _plain is not None
