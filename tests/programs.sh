#!/bin/sh
# The other programs of examples/ against the C server: the adapter, the blocking shape of existing
# libraries, which reads the greeting and writes the SSLRequest itself, and the client in Rust.

cd "$(dirname "$0")/.." || exit 1
. tests/common.sh
dir=$PWD/target/programs
certs=$dir/certs
rm -rf "$dir"
mkdir -p "$dir"
make_certs "$certs" || exit 1

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
finish
