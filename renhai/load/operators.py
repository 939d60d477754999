"""Deprecated: users' Locust files import from renhai; this name goes with the next release."""

import warnings

from renhai.load.api import JourneyUser, exponential, fixed, lognormal, uniform

warnings.warn(f"{__name__} is deprecated: from renhai import ...", DeprecationWarning, stacklevel=2)

__all__ = ["JourneyUser", "exponential", "fixed", "lognormal", "uniform"]
