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

echo "setup: making .venv with $("$python" --version) (a minute, once)"
[ -x .venv/bin/python ] || "$python" -m venv .venv
.venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
.venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
