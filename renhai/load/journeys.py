"""Deprecated names of what users' Locust files import; goes with the next release."""

import warnings

from renhai.load.engine.journeys import *  # noqa: F403
from renhai.load.engine.journeys import journey

warnings.warn("renhai.load.journeys is deprecated: from renhai import ...", DeprecationWarning, stacklevel=2)

__all__ = ["journey"]
