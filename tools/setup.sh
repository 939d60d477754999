#!/bin/sh
# Makes .venv with everything of requirements.lock and the checkout itself, editable. Needs python3 >= 3.11.
set -eu
cd "$(dirname "$0")/.."

python=""
for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11; do
  [ -n "$candidate" ] || continue
  if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$candidate; break; fi
done
if [ -z "$python" ]; then
  echo "setup: no Python 3.11 or newer found (looked for python3 and python3.11 to python3.14); install one, or set PYTHON=/path/to/python3" >&2
  exit 2
fi

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "setup: installing python$version-venv (this Python cannot make virtual environments)"
    apt-get update -qq && apt-get install -y -qq "python$version-venv" >/dev/null
  else
    echo "setup: this Python cannot make virtual environments; install the package python$version-venv, then run make again" >&2
    exit 2
  fi
fi

# Of an older lock nothing may stay: what it left behind could need what the new one no longer has.
if [ ! -x .venv/bin/python ] || ! cmp -s requirements.lock .venv/.lock; then
  echo "setup: making .venv with $("$python" --version) (a minute, once)"
  "$python" -m venv --clear .venv
  # The lock is complete, so nothing is resolved (--no-deps) and nothing built (--only-binary): what is on the
  # index today can change neither. pip check then says whether it was complete.
  .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    -r requirements.lock
  .venv/bin/python -m pip check --disable-pip-version-check >/dev/null || {
    echo "setup: requirements.lock does not hold together ('.venv/bin/python -m pip check'); make it anew: make lock" >&2
    exit 2
  }
  cp requirements.lock .venv/.lock
fi
.venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
