#!/bin/sh
# Installs what the tests need beside Python: a PostgreSQL server, Chromium with Chinese fonts, iproute2, openssl,
# nginx, Prometheus.
# Without root or apt-get the tests that need a missing piece skip and say so.
set -eu
missing=""
command -v ip >/dev/null 2>&1 || [ -x /usr/sbin/ip ] || missing="$missing iproute2"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium fonts-noto-cjk"
command -v openssl >/dev/null 2>&1 || missing="$missing openssl"
command -v nginx >/dev/null 2>&1 || [ -x /usr/sbin/nginx ] || missing="$missing nginx-light"
command -v prometheus >/dev/null 2>&1 || missing="$missing prometheus"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "tests: missing$missing; the tests that need them will be skipped (install them for the whole suite)" >&2
  exit 0
fi
echo "tests: installing$missing"
export DEBIAN_FRONTEND=noninteractive
(apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null) ||
  echo "tests: could not install$missing; the tests that need them will be skipped" >&2
