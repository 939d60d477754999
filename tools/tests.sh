#!/bin/sh
# tests.sh all|unit [argument ...]: the tests, by processes side by side that take file after file (tests/claims.py).
# all: three, of which two begin with the end-to-end tests, as these mostly wait. unit: two, over the folders given.
# Arguments go to pytest. Exits non-zero when a test failed.
set -u
# The tests start several hundred processes of Python. Where its bytecode is not kept (images of containers often say
# so), each of them compiles all of renhai anew.
unset PYTHONDONTWRITEBYTECODE
cd "$(dirname "$0")/.."
which=$1
shift
if [ "$which" = unit ]; then set -- --processes 2 --unit "$@"; else set -- --processes 3 --first tests/e2e "$@"; fi
exec .venv/bin/python -m pytest -q -p no:cacheprovider "$@"
