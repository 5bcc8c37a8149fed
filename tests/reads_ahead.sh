#!/bin/sh
# The example clients against a server on asyncio's streams, which reads ahead before it starts TLS:
# what a client sends together with its SSLRequest is lost there.  libmysqlclient 26.10 connects ten
# times of ten.  Each send() of the clients is read before the next, so that the load of the machine
# does not join what they sent apart.

cd "$(dirname "$0")/.." || exit 1
. tests/common.sh
dir=$PWD/target/reads-ahead
certs=$dir/certs
mkdir -p "$dir"

if ! python3 -c 'import asyncio, ssl; asyncio.StreamWriter.start_tls' 2>/dev/null; then
  skip 'a server that reads ahead' 'no python3 whose asyncio has StreamWriter.start_tls (3.11)'
elif ! [ -r /proc/net/tcp ]; then
  skip 'a server that reads ahead' 'no /proc/net/tcp'
else
  make_certs "$certs"
  ${CC:-cc} -std=gnu99 -Wall -Wextra -Wconversion -shared -fPIC -o "$dir/read_each.so" \
    tests/read_each.c -ldl || exit 1
  start "$dir/server.log" python3 tests/reads_ahead_server.py \
    "$certs/server-cert.pem" "$certs/server-key.pem"
  for program in target/c/client target/c/adapter target/debug/examples/client; do
    for version in TLSv1.2 TLSv1.3; do
      for number in 1 2 3 4 5 6 7 8 9 10; do
        check "$program: $version, connection $number" 0 env LD_PRELOAD="$dir/read_each.so" \
          "$program" --host 127.0.0.1 --port "$port" --user app --password secret \
          --ssl-mode VERIFY_CA --ssl-ca "$certs/ca.pem" --tls-version $version \
          --execute 'SET NAMES utf8mb4'
      done
    done
  done
fi
finish
