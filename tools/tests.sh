#!/bin/sh
# tests.sh all|unit [argument ...]: the tests, by processes side by side that take file after file (tests/claims.py).
# all: three, of which two begin with the end-to-end tests, as these mostly wait. unit: two, over the folders given.
# Arguments go to each. Exits non-zero when one of them failed.
set -u
# The tests start several hundred processes of Python. Where its bytecode is not kept (images of containers often say
# so), each of them compiles all of renhai anew.
unset PYTHONDONTWRITEBYTECODE
cd "$(dirname "$0")/.."
which=$1
shift
shared=$(mktemp -d)
trap 'rm -rf "$shared"' EXIT
part() { # NUMBER [argument ...]: one process
  number=$1
  shift
  .venv/bin/python -m pytest -q -o cache_dir=".pytest_cache/$number" --claims "$shared" "$@"
}
others=""
begin() { # NUMBER [argument ...]: one in the background
  part "$@" >"$shared/said-$1" 2>&1 &
  others="$others $!"
}
code=0
if [ "$which" = unit ]; then
  begin 2 --unit "$@"
  part 1 --unit "$@" || code=$?
else
  begin 2 --first tests/e2e "$@"
  begin 3 --first tests/e2e "$@"
  part 1 --last tests/e2e "$@" || code=$?
fi
for process in $others; do wait "$process" || code=$?; done
cat "$shared"/said-*
exit "$code"
