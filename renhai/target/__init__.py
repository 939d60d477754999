"""Deprecated name of renhai.reference; goes with the next release."""

import warnings

warnings.warn(
    "renhai.target is deprecated: `renhai target`, or python -m renhai.reference",
    DeprecationWarning,
    stacklevel=2,
)
