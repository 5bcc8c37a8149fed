#!/bin/sh
# The other programs of examples/ against the C server: the adapter, the blocking shape of existing
# libraries, which reads the greeting and writes the SSLRequest itself, and the client in Rust; and
# all clients against a server that has to prove itself by the password.

cd "$(dirname "$0")/.." || exit 1
. tests/common.sh
dir=$PWD/target/programs
certs=$dir/certs
rm -rf "$dir"
mkdir -p "$dir"
make_certs "$certs" || exit 1

client() {
  target/c/client --host localhost --port "$port" --user app --password secret \
    --execute 'SELECT 1' "$@"
}

adapter() {
  target/c/adapter --host localhost --port "$port" --user app --password secret \
    --execute 'SELECT 1' "$@"
}

rust_client() {
  target/debug/examples/client --host localhost --port "$port" --user app --password secret \
    --execute 'SELECT 1' "$@"
}

start_server "$dir/server.log" --ssl-ca "$certs/ca.pem" \
  --ssl-cert "$certs/server-cert.pem" --ssl-key "$certs/server-key.pem"
for program in adapter rust_client; do
  for version in TLSv1.2 TLSv1.3; do
    check "$program: $version, VERIFY_IDENTITY" 0 \
      $program --ssl-mode VERIFY_IDENTITY --ssl-ca "$certs/ca.pem" --tls-version $version
  done
  check "$program: with a client certificate" 0 \
    $program --ssl-mode VERIFY_CA --ssl-ca "$certs/ca.pem" \
    --ssl-cert "$certs/client-cert.pem" --ssl-key "$certs/client-key.pem"
  check "$program: DISABLED" 0 $program --ssl-mode DISABLED
  check "$program: refuses another CA" 1 \
    $program --ssl-mode VERIFY_CA --ssl-ca "$certs/other-ca.pem"
  says "$program: names the error" 'ERROR 2026 (HY000)'
done
stop_server

start_server "$dir/plain.log"
for program in adapter rust_client; do
  check "$program: PREFERRED goes on in clear without TLS at the server" 0 \
    $program --ssl-mode PREFERRED
  check "$program: REQUIRED does not" 1 $program --ssl-mode REQUIRED
  says "$program: says why" "SSL is required but the server doesn't support it"
done
stop_server

start_server "$dir/strict.log" --require-secure-transport=ON \
  --ssl-cert "$certs/server-cert.pem" --ssl-key "$certs/server-key.pem"
for program in adapter rust_client; do
  check "$program: require_secure_transport refuses clear text" 1 $program --ssl-mode DISABLED
  says "$program: with 3159" 3159
done
stop_server

# A server that nobody vouches for gets what may be shown to it, and no more.  MariaDB's manual,
# "Zero-configuration SSL": the proof goes with mysql_native_password, ed25519 and parsec.
${CC:-cc} -std=c99 -Wall -Wextra -Wpedantic -Wconversion -Iinclude -Iexamples \
  -o "$dir/unproven_server" tests/unproven_server.c target/c/liblogin.a -Ltarget/c -ltlsql \
  "-Wl,-rpath,$PWD/target/c" || exit 1

# unproven PROGRAM REQUEST STATUS SHOWN PART OPTION...: the program ends with the status and says
# PART; the server saw SHOWN.
unproven() {
  name="$1: unproven server, $2" shown="$2: $4" part=$5 log=$dir/unproven.log
  start "$log" "$dir/unproven_server" "$certs" "$2"
  program=$1 status=$3
  shift 5
  check "$name: exit status" "$status" \
    "$program" --tlsql-peer-proof=ON --ssl-mode=VERIFY_IDENTITY "$@"
  says "$name: the client's words" "$part"
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    said=$(sed 1d "$log")
    [ -n "$said" ] && break
    sleep 0.1
  done
  says "$name: what was sent" "$shown"
  stop_server
}

once='login mysql_native_password 20, then 0 bytes, no password'
twice='login mysql_native_password 20, then 24 bytes, no password'
session='login mysql_native_password 20, then 18 bytes, no password'
distrust='ERROR 2026 (HY000): SSL connection error: Certificate verification failure'
for program in client adapter rust_client; do
  for request in ok lie sha2 mysql_clear_password dialog sha256_password mysql_old_password \
    authentication_ldap_sasl_client ''; do
    unproven $program "$request" 1 "$once" "$distrust"
  done
  unproven $program sha2-full 1 "$once" 'ERROR 2027 (HY000): Malformed packet'
  unproven $program mysql_native_password 1 "$twice" "$distrust"
  unproven $program proof 0 "$session" 'TLS: '
  unproven $program proof 1 'no login' 'ERROR 2026 (HY000)' --password=
done
finish
