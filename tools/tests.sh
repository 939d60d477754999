#!/bin/sh
# Every test, in two processes side by side (the end-to-end tests mostly wait). Arguments go to both.
# Exits non-zero when one of them failed; what the end-to-end tests say is printed after the others.
set -u
cd "$(dirname "$0")/.."
said=$(mktemp)
trap 'rm -f "$said"' EXIT
.venv/bin/python -m pytest -q -o cache_dir=.pytest_cache/e2e "$@" tests/e2e >"$said" 2>&1 &
apart=$!
code=0
.venv/bin/python -m pytest -q --ignore=tests/e2e "$@" || code=$?
echo "The end-to-end tests:"
wait "$apart" || code=$?
cat "$said"
exit "$code"
