"""Deprecated: `python -m renhai.reference` is the name; the package warns."""

from renhai.reference.http.server import main

if __name__ == "__main__":
    raise SystemExit(main())
