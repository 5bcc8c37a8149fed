#!/bin/sh
# The README's first C block: it compiles and links by the README's own lines against an installed
# library, does what it promises against the C server, and frees everything on every way out.

cd "$(dirname "$0")/.." || exit 1
. tests/common.sh
dir=$PWD/target/quick-start
certs=$dir/certs
prefix=$dir/installed
static_libs='-lgcc_eh -lutil -lrt -lpthread -lm -ldl -lc'
strict='-std=c99 -Wall -Wextra -Wpedantic -Wconversion -Werror'
rm -rf "$dir"
mkdir -p "$dir"
make_certs "$certs" || exit 1

have() {
  command -v "$1" >/dev/null 2>&1
}

awk '/^```c$/ { inside = 1; next } /^```$/ && inside { exit } inside' README.md >"$dir/quickstart.c"
lines=$(wc -l <"$dir/quickstart.c")
[ "$lines" -gt 0 ] && [ "$lines" -le 81 ]
count 'the README has a C block of at most 81 lines' $? "$lines lines"

# One name for each bit, and neither LOCAL_FILES nor MULTI_STATEMENTS among them.
bits=$(sed -n 's/^enum {\(.*\)};$/\1/p' "$dir/quickstart.c" | grep -o '0x[0-9a-f]*')
wrong=
for bit in $bits; do
  [ $((bit & (bit - 1))) -eq 0 ] && [ $((bit & 0x10080)) -eq 0 ] || wrong="$wrong $bit"
done
[ -n "$bits" ] && [ -z "$wrong" ]
count 'its capabilities are named bits' $? "$bits; wrong:$wrong"

check 'make install' 0 make -s install PREFIX="$prefix" DESTDIR=
check 'the shared library is installed under its SONAME' 0 test -e "$prefix/lib/libtlsql.so.0"
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
if have pkg-config; then
  said=$(pkg-config --libs --static tlsql)
  says 'tlsql.pc names what the static library needs' "$static_libs"
else
  skip 'tlsql.pc' 'pkg-config is missing'
fi
grep -q -e "$static_libs" README.md
count 'the README names what the static library needs' $? "no line with $static_libs"
grep -q -e "$static_libs" docs/abi.md
count 'docs/abi.md names the same' $? "no line with $static_libs"

# The README's lines that build it, each in one piece and with our prefix.
awk '/^cc / { inside = 1 } /^```$/ { inside = 0 }
  inside { if (sub(/\\$/, "")) printf "%s", $0; else print }' README.md |
  sed "s|/usr/local|$prefix|g" >"$dir/lines"
[ -s "$dir/lines" ]
count 'the README has lines that build it' $? 'none'

# build NAME COMMAND: runs one of them, as strict as can be.
build() {
  case $2 in
    *' -static '*)
      echo 'int main(void) { return 0; }' >"$dir/empty.c"
      "${CC:-cc}" -static "$dir/empty.c" -o "$dir/empty" 2>/dev/null ||
        { skip "$1" 'the C library is not here as an archive'; return 1; }
      ;;
  esac
  check "$1 compiles" 0 sh -c "cd '$dir' && ${CC:-cc} $strict ${2#cc } -o '$dir/$1'"
}

export LD_LIBRARY_PATH="$prefix/lib"
forms=
number=0
while read -r line; do
  number=$((number + 1))
  case $line in
    *pkg-config*) have pkg-config || { skip "$line" 'pkg-config is missing'; continue; } ;;
  esac
  build "line-$number" "$line" && forms="$forms line-$number"
done <"$dir/lines"
plain="cc quickstart.c -I$prefix/include -L$prefix/lib -ltlsql"
build rpath "$plain -Wl,-rpath,$prefix/lib"
check 'a library under another prefix is found by -rpath' 2 env -u LD_LIBRARY_PATH "$dir/rpath"
says 'and the program runs' 'usage: '

# What is not freed fails: the leak checkers end the program with 99.  A program that leaks on
# purpose shows whether they work on this machine.
printf '%s\n' '#include <stdlib.h>' 'void *volatile kept;' \
  'int main(void) { kept = malloc(7); kept = NULL; return 0; }' >"$dir/leak.c"
sanitizers='-g -fsanitize=address,undefined -fno-sanitize-recover=undefined'
export ASAN_OPTIONS=exitcode=99 LSAN_OPTIONS=exitcode=99
fixed=
have setarch && setarch "$(uname -m)" -R true >/dev/null 2>&1 && fixed="setarch $(uname -m) -R"
# shellcheck disable=SC2086
"${CC:-cc}" $sanitizers "$dir/leak.c" -o "$dir/leak" >/dev/null 2>&1
# shellcheck disable=SC2086
$fixed "$dir/leak" >/dev/null 2>&1
if [ $? -eq 99 ]; then
  build sanitizers "$plain $sanitizers"
  forms="$forms sanitizers"
else
  skip 'sanitizers' 'they find no leak on this machine'
fi
if have valgrind; then
  build valgrind "$plain -g"
  forms="$forms valgrind"
else
  skip 'valgrind' 'valgrind is missing'
fi

# quick_start FORM ARGUMENT...
quick_start() {
  program=$dir/$1
  case $1 in
    valgrind)
      shift
      valgrind -q --error-exitcode=99 --leak-check=full --undef-value-errors=no \
        --errors-for-leak-kinds=definite,indirect "$program" "$@"
      ;;
    sanitizers)
      shift
      $fixed "$program" "$@"
      ;;
    *)
      shift
      "$program" "$@"
      ;;
  esac
}

start_server "$dir/server.log" --ssl-cert "$certs/server-cert.pem" --ssl-key "$certs/server-key.pem"
for form in $forms; do
  check "$form: connects with VERIFY_IDENTITY" 0 quick_start "$form" localhost "$port" "$certs/ca.pem"
  says "$form: prints the TLS version and cipher" 'TLSv1.3, TLS_'
  says "$form: prints the server's version" ', MySQL '
  check "$form: refuses a server under another CA" 1 \
    quick_start "$form" localhost "$port" "$certs/other-ca.pem"
  says "$form: names the error" 'ERROR 2026 (HY000): SSL connection error'
  check "$form: refuses a CA file that is missing" 1 \
    quick_start "$form" localhost "$port" "$certs/none.pem"
  says "$form: names the file" "$certs/none.pem"
done
check 'an unknown host' 1 quick_start line-1 host.invalid "$port" "$certs/ca.pem"
says 'is named' 'cannot connect to host.invalid'
check 'a host name that nothing can be verified by' 1 quick_start line-1 .x "$port" "$certs/ca.pem"
says 'has the reason' 'ERROR 2026 (HY000): '
check 'no arguments' 2 quick_start line-1
says 'print the usage' 'usage: '
stop_server

start_server "$dir/wrong.log" \
  --ssl-cert "$certs/wrongname-cert.pem" --ssl-key "$certs/wrongname-key.pem"
for form in $forms; do
  check "$form: refuses a certificate for another name" 1 \
    quick_start "$form" localhost "$port" "$certs/ca.pem"
done
stop_server

start_server "$dir/plain.log"
for form in $forms; do
  check "$form: refuses a server without TLS" 1 \
    quick_start "$form" localhost "$port" "$certs/ca.pem"
  says "$form: says why" "SSL is required but the server doesn't support it"
done
stop_server

for form in $forms; do
  check "$form: nobody listens" 1 quick_start "$form" localhost "$port" "$certs/ca.pem"
  says "$form: says that the port was refused" 'Connection refused'
done

finish
