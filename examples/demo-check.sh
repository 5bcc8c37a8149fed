#!/bin/sh
# Runs the demo and compares what it prints, the changing parts masked, with docs/demo.txt;
# with --write it writes that file.
set -u
cd "$(dirname "$0")/.."
unset TLSQL_SERVER
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

sh examples/demo.sh >"$dir/out" 2>&1
status=$?
sed -e 's/localhost:[0-9][0-9]*/localhost:<port>/' \
  -e 's/connection [0-9][0-9]*/connection <number>/' \
  -e 's/SHA-256 [0-9a-f:]*/SHA-256 <fingerprint>/' \
  -e 's/^\( *\)[0-9a-f][0-9a-f]:[0-9a-f:]*$/\1<fingerprint>/' \
  "$dir/out" >"$dir/masked"
if [ "$status" != 0 ]; then
  cat "$dir/out" >&2
  exit 1
fi
if [ "${1:-}" = --write ]; then
  cp "$dir/masked" docs/demo.txt
else
  diff docs/demo.txt "$dir/masked"
fi
