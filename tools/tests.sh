#!/bin/sh
# tests.sh all|unit [argument ...]: the tests, by processes side by side that take file after file (tests/claims.py).
# all: four, of which two begin with the end-to-end tests, as these mostly wait; the others and the type check, which
# says what it found at the end, take what these leave of the processor. unit: two, over the folders given.
# Arguments go to pytest. Exits non-zero when a test failed, or a type was wrong.
set -u
# The tests start several hundred processes of Python. Where its bytecode is not kept (images of containers often say
# so), each of them compiles all of renhai anew.
unset PYTHONDONTWRITEBYTECODE
cd "$(dirname "$0")/.."
which=$1
shift
if [ "$which" = unit ]; then
  exec .venv/bin/python -m pytest -q -p no:cacheprovider --processes 2 --unit "$@"
fi
said=$(mktemp)
trap 'rm -f "$said"' EXIT
nice -n 10 .venv/bin/python -m mypy >"$said" 2>&1 &
types=$!
.venv/bin/python -m pytest -q -p no:cacheprovider --processes 4 --first tests/e2e "$@"
tested=$?
wait "$types"
typed=$?
cat "$said"
[ "$tested" = 0 ] || exit "$tested"
exit "$typed"
