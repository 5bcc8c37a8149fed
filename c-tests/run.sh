#!/bin/sh
# Compiles and runs every program of this directory against include/ and the built library: plain,
# with the address and undefined-behaviour sanitizers, and under valgrind.
#
#   c-tests/run.sh [CERTIFICATES]     a directory that tlsql-certs filled; default: made anew
#
# Environment: TLSQL_LIB (directory of libtlsql.so, default target/c), TLSQL_CERTS (the program,
# default target/release/tlsql-certs), TLSQL_OUT (default target/c-tests), CC, CXX, ONLY (names).
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
lib=${TLSQL_LIB:-$root/target/c}
lib=$(cd "$lib" 2>/dev/null && pwd || echo "$lib")
tool=${TLSQL_CERTS:-$root/target/release/tlsql-certs}
out=${TLSQL_OUT:-$root/target/c-tests}
cc=${CC:-cc}
cxx=${CXX:-c++}
strict="-Wall -Wextra -Wpedantic -Wconversion -Werror"
programs=${ONLY:-"layout nulls wrong_calls settings option_files greeting_errors tls_errors explain tampered host_packets
  identity hello sessions accounts server_names rules loops short_buffers early_bytes threads forks reload"}
passed=0 failed=0 skipped=0

have() { command -v "$1" >/dev/null 2>&1; }
ok() { passed=$((passed + 1)); echo "ok $1"; }
bad() { failed=$((failed + 1)); echo "FAILED $1"; sed 's/^/  /' "$out/log"; }
skip() { skipped=$((skipped + 1)); echo "skipped $1"; }

mkdir -p "$out" || exit 2
[ -e "$lib/libtlsql.so" ] || { echo "no $lib/libtlsql.so: build it first" >&2; exit 2; }
if [ $# -gt 0 ]; then
  certs=$1
else
  certs=$out/certs
  rm -rf "$certs"
  "$tool" "$certs" >"$out/log" 2>&1 || { cat "$out/log" >&2; exit 2; }
fi

# build COMPILER STANDARD SOURCE PROGRAM [FLAG...]
build() {
  compiler=$1 standard=$2 source=$3 program=$4
  shift 4
  # shellcheck disable=SC2086
  "$compiler" "-std=$standard" $strict -g -O1 -I"$root/include" -I"$here" "$@" \
    "$here/$source" -o "$out/$program" -L"$lib" -ltlsql -lpthread "-Wl,-rpath,$lib" \
    >"$out/log" 2>&1
}

# How much of the long programs the slow tools get: the second argument.
bound() {
  case $1 in
    early_bytes) echo "${2}" ;;
    threads) echo 3 ;;
    reload) echo 20 ;;
    tampered) echo 11 ;;
    loops) echo 100000 ;;
    short_buffers) echo 60 ;;
  esac
}

# Leaks that are only possible are the tables that live as long as the process.  Programs that
# exchange records and look at them go without the check for undefined values, for it takes tags of AES-GCM for
# undefined.  ring's gcm_ghash_avx zeroes an accumulator by XORing two copies of one register
# (.Lshort_avx: vmovdqa %xmm0,%xmm3, then vpxor %xmm0,%xmm3,%xmm3); valgrind does not see that they
# are the same, so that what a caller left in that register makes the result undefined.  The key, the
# block and Xi are all defined there, and the ciphertext is.  ring alone shows it once xmm0 to xmm2
# hold undefined bytes before it seals, and does not without.  Threads take turns: one that never
# waits would keep the others from running otherwise.
memcheck() {
  echo "--fair-sched=try -q --error-exitcode=9 --leak-check=full"
  echo "--show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect"
  case $1 in
    layout | settings | option_files | greeting_errors) ;;
    explain | host_packets) echo "--suppressions=$here/valgrind.supp" ;;
    *) echo "--undef-value-errors=no" ;;
  esac
}

# run NAME VARIANT COMMAND...
run() {
  name=$1 variant=$2
  shift 2
  if "$@" >"$out/log" 2>&1; then
    ok "$name ($variant)"
    [ "$variant" = plain ] && skips=$(grep -c '^skipped ' "$out/log") && {
      grep '^skipped ' "$out/log"
      skipped=$((skipped + skips))
    }
  else
    bad "$name ($variant)"
  fi
  return 0
}

limit() { if have timeout; then timeout 200 "$@"; else "$@"; fi; }

# The header by itself, in the oldest standards, which have no // comments.
echo '#include "tlsql.h"' >"$out/alone.c"
cp "$out/alone.c" "$out/alone.cpp"
if "$cc" -std=c90 -pedantic -Wall -Wextra -Werror -I"$root/include" -fsyntax-only "$out/alone.c" \
  >"$out/log" 2>&1; then ok "header (c90)"
else bad "header (c90)"; fi
if ! have "$cxx"; then
  skip "header (c++98): no $cxx"
elif "$cxx" -std=c++98 -pedantic -Wall -Wextra -Werror -I"$root/include" -fsyntax-only \
  "$out/alone.cpp" >"$out/log" 2>&1; then ok "header (c++98)"
else bad "header (c++98)"; fi

# The loop in its opening.
{
  echo '#include <string.h>'
  echo '#include "tlsql.h"'
  echo 'void take(const uint8_t *at, size_t n);'
  echo 'void send_all(int fd, const uint8_t *at, size_t n);'
  echo 'size_t receive(int fd, uint8_t *at, size_t n);'
  echo 'tlsql_code drive(tlsql_conn *conn, int fd, const uint8_t *app, size_t app_len);'
  echo 'tlsql_code drive(tlsql_conn *conn, int fd, const uint8_t *app, size_t app_len) {'
  echo '  static uint8_t in[TLSQL_WIRE_IN_SIZE], out[TLSQL_WIRE_OUT_SIZE];'
  echo '  static tlsql_request request;'
  echo '  tlsql_code rc; tlsql_step s; size_t got, in_len = 0;'
  sed -n '/^ \*   memset/,/^ \*   }/s/^ \*//p' "$root/include/tlsql.h"
  echo '  return rc; }'
} >"$out/loop.c"
# shellcheck disable=SC2086
if "$cc" -std=c99 $strict -I"$root/include" -fsyntax-only "$out/loop.c" >"$out/log" 2>&1; then
  ok "header (loop)"
else bad "header (loop)"; fi

# The header: double inclusion, alone, in each standard.
for standard in c99 c11; do
  if build "$cc" $standard include.c "include-$standard"; then
    run include $standard "$out/include-$standard"
  else
    bad "include ($standard)"
  fi
done
for standard in c++11 c++20; do
  if ! have "$cxx"; then
    skip "include ($standard): no $cxx"
  elif build "$cxx" $standard include.cpp include-cxx; then
    run include $standard "$out/include-cxx"
  else
    bad "include ($standard)"
  fi
done

echo 'int main(void) { return 0; }' >"$out/probe.c"
sanitizers="-fsanitize=address,undefined -fno-sanitize-recover=undefined"
# Some kernels place mappings where the address sanitizer keeps its shadow.
fixed=""
have setarch && setarch "$(uname -m)" -R true >/dev/null 2>&1 && fixed="setarch $(uname -m) -R"
# shellcheck disable=SC2086
"$cc" $sanitizers "$out/probe.c" -o "$out/probe" >/dev/null 2>&1 &&
  $fixed "$out/probe" >/dev/null 2>&1
sanitized=$?

for name in $programs; do
  if build "$cc" c99 "$name.c" "$name"; then
    run "$name" plain limit "$out/$name" "$certs"
  else
    bad "$name (plain)"
    continue
  fi

  if [ $sanitized -ne 0 ]; then
    skip "$name (sanitizers): $cc has no -fsanitize=address,undefined"
  # shellcheck disable=SC2086
  elif build "$cc" c99 "$name.c" "$name-san" $sanitizers; then
    # shellcheck disable=SC2046,SC2086
    run "$name" sanitizers limit $fixed "$out/$name-san" "$certs" $(bound "$name" 1024)
  else
    bad "$name (sanitizers)"
  fi

  if have valgrind; then
    # shellcheck disable=SC2046
    run "$name" valgrind limit valgrind $(memcheck "$name") "$out/$name" "$certs" \
      $(bound "$name" 48)
  else
    skip "$name (valgrind): no valgrind"
  fi
done

if have nm; then
  nm -D --defined-only "$lib/libtlsql.so" | awk '{ sub(/@.*/, "", $3); print $3 }' |
    LC_ALL=C sort >"$out/symbols"
  if diff "$here/symbols.txt" "$out/symbols" >"$out/log"; then ok "symbols (library)"
  else bad "symbols (library)"; fi
else
  skip "symbols (library): no nm"
fi
grep -o 'tlsql_[a-z0-9_]*(' "$root/include/tlsql.h" | tr -d '(' |
  LC_ALL=C sort -u >"$out/declared"
if diff "$here/symbols.txt" "$out/declared" >"$out/log"; then ok "symbols (header)"
else bad "symbols (header)"; fi
grep -o '^#define TLSQL_E_[A-Z0-9_]*' "$root/include/tlsql.h" | sed 's/.* //' |
  LC_ALL=C sort >"$out/codes"
if grep -o 'CODE(TLSQL_E_[A-Z0-9_]*' "$here/layout.c" | sed 's/.*(//' | LC_ALL=C sort |
  diff - "$out/codes" >"$out/log"; then ok "codes (layout)"
else bad "codes (layout)"; fi
if have readelf; then
  readelf -d "$lib/libtlsql.so" | grep SONAME >"$out/log"
  if grep -q '\[libtlsql\.so\.0\]' "$out/log"; then ok "soname (library)"
  else bad "soname (library)"; fi
else
  skip "soname (library): no readelf"
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
