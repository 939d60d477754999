#!/bin/sh
# Installs what the tests need beside Python: a PostgreSQL server, Chromium with Chinese fonts, iproute2, openssl,
# nginx, Prometheus; with npm, another reader of HdrHistogram logs (into .venv/node).
# Without root or apt-get the tests that need a missing piece skip and say so.
set -eu
cd "$(dirname "$0")/.."
missing=""
command -v ip >/dev/null 2>&1 || [ -x /usr/sbin/ip ] || missing="$missing iproute2"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium fonts-noto-cjk"
command -v openssl >/dev/null 2>&1 || missing="$missing openssl"
command -v nginx >/dev/null 2>&1 || [ -x /usr/sbin/nginx ] || missing="$missing nginx-light"
command -v prometheus >/dev/null 2>&1 || missing="$missing prometheus"
if command -v npm >/dev/null 2>&1 && [ ! -d .venv/node/node_modules/hdr-histogram-js ]; then
  npm install --silent --no-fund --no-audit --prefix .venv/node hdr-histogram-js@3.0.1 >/dev/null 2>&1 ||
    echo "tests: could not install hdr-histogram-js; the test that needs it will be skipped" >&2
fi
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "tests: missing$missing; the tests that need them will be skipped (install them for the whole suite)" >&2
  exit 0
fi
echo "tests: installing$missing"
export DEBIAN_FRONTEND=noninteractive
(apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null) ||
  echo "tests: could not install$missing; the tests that need them will be skipped" >&2
