#!/bin/sh
# The adapter, the blocking shape of existing libraries, against the C server: the host reads the
# greeting and writes the SSLRequest itself.

cd "$(dirname "$0")/.." || exit 1
. tests/common.sh
dir=$PWD/target/adapter
certs=$dir/certs
rm -rf "$dir"
mkdir -p "$dir"
make_certs "$certs" || exit 1

# adapter OPTION...
adapter() {
  target/c/adapter --host localhost --port "$port" --user app --password secret \
    --execute 'SELECT 1' "$@"
}

start_server "$dir/server.log" --ssl-ca "$certs/ca.pem" \
  --ssl-cert "$certs/server-cert.pem" --ssl-key "$certs/server-key.pem"
for version in TLSv1.2 TLSv1.3; do
  check "$version, VERIFY_IDENTITY" 0 \
    adapter --ssl-mode VERIFY_IDENTITY --ssl-ca "$certs/ca.pem" --tls-version $version
done
check 'with a client certificate' 0 adapter --ssl-mode VERIFY_CA --ssl-ca "$certs/ca.pem" \
  --ssl-cert "$certs/client-cert.pem" --ssl-key "$certs/client-key.pem"
check 'DISABLED' 0 adapter --ssl-mode DISABLED
check 'refuses another CA' 1 adapter --ssl-mode VERIFY_CA --ssl-ca "$certs/other-ca.pem"
says 'names the error' 'ERROR 2026 (HY000)'
stop_server

start_server "$dir/plain.log"
check 'PREFERRED goes on in clear without TLS at the server' 0 adapter --ssl-mode PREFERRED
check 'REQUIRED does not' 1 adapter --ssl-mode REQUIRED
says 'says why' "SSL is required but the server doesn't support it"
stop_server

start_server "$dir/strict.log" --require-secure-transport=ON \
  --ssl-cert "$certs/server-cert.pem" --ssl-key "$certs/server-key.pem"
check 'require_secure_transport refuses clear text' 1 adapter --ssl-mode DISABLED
says 'with 3159' 3159
finish
