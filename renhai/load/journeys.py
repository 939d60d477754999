"""Deprecated: users' Locust files import from renhai; this name goes with the next release."""

import warnings

from renhai.load.api import Case, Exhausted, Reply, Steps, TaxpayerPool, journey

warnings.warn(f"{__name__} is deprecated: from renhai import ...", DeprecationWarning, stacklevel=2)

Desk = TaxpayerPool

__all__ = ["Case", "Desk", "TaxpayerPool", "Exhausted", "Reply", "Steps", "journey"]
