"""`python -m renhai.target`: run the reference tax system."""

from .server import main

if __name__ == "__main__":
    raise SystemExit(main())
