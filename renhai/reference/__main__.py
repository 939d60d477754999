"""`python -m renhai.reference`: run the reference tax system."""

from renhai.reference.http.server import main

if __name__ == "__main__":
    raise SystemExit(main())
