#!/bin/sh
# The README's first C block: it compiles and links as the README says, against an installed
# library, and does what it promises against the C server.

cd "$(dirname "$0")/.." || exit 1
. tests/common.sh
dir=$PWD/target/quick-start
certs=$dir/certs
prefix=$dir/installed
static_libs='-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc'
rm -rf "$dir"
mkdir -p "$dir"
make_certs "$certs" || exit 1

awk '/^```c$/ { inside = 1; next } /^```$/ && inside { exit } inside' README.md >"$dir/quickstart.c"
lines=$(wc -l <"$dir/quickstart.c")
[ "$lines" -gt 0 ] && [ "$lines" -le 45 ]
count 'the README has a C block of at most 45 lines' $? "$lines lines"

check 'make install' 0 make -s install PREFIX="$prefix" DESTDIR=
check 'the shared library is installed under its SONAME' 0 test -e "$prefix/lib/libtlsql.so.0"
if command -v pkg-config >/dev/null; then
  export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
  flags=$(pkg-config --cflags --libs tlsql)
  said=$(pkg-config --libs --static tlsql)
  says 'tlsql.pc names what the static library needs' "$static_libs"
else
  skip 'tlsql.pc' 'pkg-config is missing'
  flags="-I$prefix/include -L$prefix/lib -ltlsql"
fi
grep -q -e "$static_libs" README.md
count 'the README names what the static library needs' $? "no line with $static_libs"

strict='-std=c99 -Wall -Wextra -Wpedantic -Wconversion -Werror'
# shellcheck disable=SC2086
check 'compiles, shared' 0 "${CC:-cc}" $strict "$dir/quickstart.c" -o "$dir/shared" $flags
# shellcheck disable=SC2086
check 'compiles, static' 0 "${CC:-cc}" $strict "$dir/quickstart.c" -o "$dir/static" \
  "-I$prefix/include" "$prefix/lib/libtlsql.a" $static_libs
export LD_LIBRARY_PATH="$prefix/lib"

start_server "$dir/server.log" --ssl-cert "$certs/server-cert.pem" --ssl-key "$certs/server-key.pem"
for form in shared static; do
  check "$form: connects with VERIFY_IDENTITY" 0 "$dir/$form" localhost "$port" "$certs/ca.pem"
  says "$form: says the TLS version and cipher" 'TLSv1.3, TLS_'
  says "$form: says the server's version" ', MySQL '
done
check 'refuses a server under another CA' 1 "$dir/shared" localhost "$port" "$certs/other-ca.pem"
says 'names the error' 'ERROR 2026 (HY000): SSL connection error'
check 'refuses a CA file that is missing' 1 "$dir/shared" localhost "$port" "$certs/none.pem"
says 'names the file' "$certs/none.pem"
stop_server

start_server "$dir/wrong.log" \
  --ssl-cert "$certs/wrongname-cert.pem" --ssl-key "$certs/wrongname-key.pem"
check 'refuses a certificate for another name' 1 "$dir/shared" localhost "$port" "$certs/ca.pem"
stop_server

start_server "$dir/plain.log"
check 'refuses a server without TLS' 1 "$dir/shared" localhost "$port" "$certs/ca.pem"
says 'says why' "SSL is required but the server doesn't support it"
stop_server

check 'nobody listens' 1 "$dir/shared" localhost "$port" "$certs/ca.pem"
says 'says that the connection was lost' 'ERROR 2013'

finish
