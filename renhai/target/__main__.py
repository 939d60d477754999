"""Deprecated: `python -m renhai.reference` is the name."""

import warnings

from renhai.reference.http.server import main

warnings.warn("python -m renhai.target is now python -m renhai.reference", DeprecationWarning, stacklevel=1)

if __name__ == "__main__":
    raise SystemExit(main())
