#!/bin/sh
# The demo that `make demo` runs: one upgrade, then two refusals, between the C programs.
#
#   TLSQL_SERVER=host:port TLSQL_USER=name [TLSQL_PASSWORD=...] [TLSQL_CA=ca.pem] make demo
#
# does the upgrade with a server of yours: VERIFY_IDENTITY with a CA, REQUIRED without, or as
# TLSQL_SSL_MODE says.  Exit 0 only if everything went as it should.
set -u
cd "$(dirname "$0")/.."
programs=${TLSQL_PROGRAMS:-target/c}
certs=${TLSQL_CERTS:-target/release/tlsql-certs}
query="SHOW STATUS LIKE 'Ssl_cipher'"
dir=$(mktemp -d) || exit 1
servers=
trap 'for pid in $servers; do kill "$pid" 2>/dev/null; done; rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

fail() {
  echo "demo: $*" >&2
  exit 1
}

# start NAME OPTION...: a server on a free port, which is left in $port.
start() {
  name=$1
  shift
  : >"$dir/$name.out"
  "$programs/server" --port=0 --user=app --password=secret "$@" \
    >"$dir/$name.out" 2>"$dir/$name.err" &
  servers="$servers $!"
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    port=$(sed -n 's/^listening on .*://p' "$dir/$name.out")
    [ -n "$port" ] && return
    sleep 0.1 2>/dev/null || sleep 1
  done
  cat "$dir/$name.err" >&2
  fail "the server does not start"
}

# refused CODE OPTION...: the client must give up with this error.
refused() {
  code=$1
  shift
  if MYSQL_PWD=secret "$programs/client" --user=app --transcript "$@" >"$dir/out" 2>"$dir/err"; then
    fail "a connection that should have been refused: $*"
  fi
  cat "$dir/out"
  fold -s -w 92 "$dir/err" | sed 's/^/  /; s/ *$//'
  grep -q "\\[$code\\]" "$dir/err" || fail "refused, but not with $code"
}

echo "tlsql: MySQL's TLS upgrade, seen from the client"

if [ -n "${TLSQL_SERVER:-}" ]; then
  case $TLSQL_SERVER in
    *]:* | *[!]:]:[0-9]*) host=${TLSQL_SERVER%:*} port=${TLSQL_SERVER##*:} ;;
    *) host=$TLSQL_SERVER port=3306 ;;
  esac
  host=${host#"["} host=${host%"]"}
  mode=${TLSQL_SSL_MODE:-}
  if [ -n "${TLSQL_CA:-}" ]; then
    set -- "--ssl-mode=${mode:-VERIFY_IDENTITY}" "--ssl-ca=$TLSQL_CA"
  else
    set -- "--ssl-mode=${mode:-REQUIRED}"
  fi
  printf '\nA server of yours\n\n'
  MYSQL_PWD=${TLSQL_PASSWORD:-} "$programs/client" --host="$host" --port="$port" \
    --user="${TLSQL_USER:-root}" "$@" --transcript --execute="$query"
  exit
fi

"$certs" "$dir" || fail "no certificates"

printf '\n1. The certificate is by our CA and names the host we asked for\n\n'
start right --ssl-ca="$dir/ca.pem" --ssl-cert="$dir/server-cert.pem" --ssl-key="$dir/server-key.pem"
MYSQL_PWD=secret "$programs/client" --host=localhost --port="$port" --user=app \
  --ssl-mode=VERIFY_IDENTITY --ssl-ca="$dir/ca.pem" --transcript --execute="$query" |
  tee "$dir/out"
grep -q 'OK *logged in' "$dir/out" || fail "no login"
grep -q 'verified *trust, name' "$dir/out" || fail "the certificate was not verified"
grep -q 'Ssl_cipher	.' "$dir/out" || fail "the server saw no cipher"

printf '\n2. The certificate is by our CA, but names another host\n\n'
start wrong --ssl-ca="$dir/ca.pem" --ssl-cert="$dir/wrongname-cert.pem" \
  --ssl-key="$dir/wrongname-key.pem"
refused TLSQL_E_CERT_NAME --host=localhost --port="$port" --ssl-mode=VERIFY_IDENTITY \
  --ssl-ca="$dir/ca.pem"

printf '\n3. TLS is required, and the server has none: nothing is sent, no user and no password\n\n'
start plain
refused TLSQL_E_NO_TLS_OFFERED --host=localhost --port="$port" --ssl-mode=REQUIRED

printf '\nOne upgrade and two refusals, as it should be.\n'
