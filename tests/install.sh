#!/bin/sh
# What the first build needs, as the README says it.  Then `make install` into an empty tree that is
# staged with DESTDIR, as packagers do it: what it puts there, programs that are built with the
# tlsql.pc that lies there, and `make uninstall`.

cd "$(dirname "$0")/.." || exit 1
. tests/common.sh
dir=$PWD/target/install
stage=$dir/stage
prefix=/opt/tlsql
there=$stage$prefix
rm -rf "$dir"
mkdir -p "$stage"

# near NAME NUMBER COUNT: what a document says is right to within a sixth.
near() {
  [ "${2:-0}" -gt 0 ] && [ $((($2 - $3) * 6)) -le "$3" ] && [ $((($3 - $2) * 6)) -le "$3" ]
  count "$1" $? "it says ${2:-nothing}, cargo $3"
}

# crates OPTION...: how many of other people's crates cargo compiles for these.
crates() {
  # shellcheck disable=SC2086
  ${CARGO:-cargo} tree ${CARGOFLAGS:-} --prefix none --target x86_64-unknown-linux-gnu "$@" |
    sed 's/ (.*//' | LC_ALL=C sort -u | grep -v '^tlsql' | grep -c .
}

build=$(sed -n 's/^The first build downloads about \([0-9]*\) crates.*/\1/p' README.md)
more=$(sed -n 's/.*The tests need about \([0-9]*\) crates more.*/\1/p' README.md)
near 'the README says how many crates the first build needs' "$build" \
  "$(crates --edges normal,build -p tlsql -p tlsql-login -p tlsql-certs)"
near 'the README says how many crates the tests need' $((build + more)) \
  "$(crates --edges normal,build,dev --workspace --features tlsql/header)"
aeads=$(sed -n '/ AWS-LC/,/^aws-lc-rs = /s/.* Costs \([0-9]*\) more crates.*/\1/p' Cargo.toml)
near 'Cargo.toml says how many crates the feature aws-lc-rs needs' "$aeads" \
  $(($(crates --edges normal,build -p tlsql --features aws-lc-rs) - \
    $(crates --edges normal,build -p tlsql)))

# The files in the staged tree.
files() {
  find "$stage" ! -type d | LC_ALL=C sort
}

check 'make install' 0 make -s install PREFIX=$prefix DESTDIR="$stage"
for file in lib/libtlsql.so lib/libtlsql.so.0 lib/libtlsql.a lib/pkgconfig/tlsql.pc \
  include/tlsql.h share/doc/tlsql/LICENSE-APACHE share/doc/tlsql/LICENSE-MIT; do
  check "installs $file" 0 test -s "$there/$file"
done

# Stripped, as packagers do it; on other systems code has another size. docs/performance.md has what it
# is meant to have.
if [ "$(uname -sm)" = 'Linux x86_64' ] && command -v strip >/dev/null; then
  strip -o "$dir/stripped.so" "$there/lib/libtlsql.so.0"
  size=$(wc -c <"$dir/stripped.so")
  [ "$size" -le 2900000 ]
  count 'the stripped library has at most 2.9 MB' $? "$size bytes"
  check 'its relocations are read-only before it runs' 0 sh -c \
    "readelf -d '$dir/stripped.so' | grep -q BIND_NOW"
  check 'no path of the crates on this machine is in it' 1 \
    grep -q "${CARGO_HOME:-$HOME/.cargo}/registry" "$dir/stripped.so"
  check 'it stays loaded for threads that used it' 0 sh -c \
    "readelf -d '$dir/stripped.so' | grep -q NODELETE"
else
  skip 'the size of the stripped library' 'not Linux on x86-64, or strip is missing'
fi

# Every document that the header names, or a string of the library: comments are for its authors.
named=$({ cat include/tlsql.h; find src -name '*.rs' -exec sed '/^ *\/\//d' {} +; } |
  grep -o 'docs/[a-z_]*\.md' | LC_ALL=C sort -u)
[ -n "$named" ]
count 'the header and the messages name documents' $? 'none'
for document in $named; do
  check "installs $document" 0 cmp "$document" "$there/share/doc/tlsql/${document#docs/}"
done

# build NAME FLAG...: the README's first C block, which without arguments exits with 2.
awk '/^```c$/ { inside = 1; next } /^```$/ && inside { exit } inside' README.md >"$dir/quickstart.c"
build() {
  form=$1
  shift
  check "compiles, $form" 0 "${CC:-cc}" -std=c99 "$dir/quickstart.c" -o "$dir/$form" "$@"
  check "runs, $form" 2 env LD_LIBRARY_PATH="$there/lib" "$dir/$form"
  return 0
}

if command -v pkg-config >/dev/null; then
  export PKG_CONFIG_LIBDIR="$there/lib/pkgconfig"
  said=$(pkg-config --variable=prefix tlsql)
  says 'tlsql.pc has the prefix' $prefix
  flags="--define-variable=prefix=$there tlsql"
  # shellcheck disable=SC2046,SC2086
  build shared $(pkg-config --cflags --libs $flags)
  echo 'int main(void) { return 0; }' >"$dir/empty.c"
  # shellcheck disable=SC2046,SC2086
  "${CC:-cc}" -static "$dir/empty.c" -o "$dir/empty" 2>/dev/null &&
    build static -static $(pkg-config --cflags --libs --static $flags) ||
    skip static 'the C library is not here as an archive'
else
  skip 'tlsql.pc' 'pkg-config is missing'
fi

touch "$there/lib/another.a"
check 'make uninstall' 0 make -s uninstall PREFIX=$prefix DESTDIR="$stage"
said=$(files)
[ "$said" = "$there/lib/another.a" ]
count 'removes its files and no other' $? "left: $said"
check 'removes its directory' 1 test -e "$there/share/doc/tlsql"
rm "$there/lib/another.a"

set -- PREFIX=$prefix LIBDIR=$prefix/lib/x86 INCLUDEDIR=/usr/include DOCDIR=/doc DESTDIR="$stage"
check 'make install with directories of its own' 0 make -s install "$@"
check 'has them in tlsql.pc' 0 grep -c -x -e "libdir=\${prefix}/lib/x86" -e 'includedir=/usr/include' \
  "$there/lib/x86/pkgconfig/tlsql.pc"
says 'has both' 2
check 'make uninstall with them' 0 make -s uninstall "$@"
said=$(files)
[ -z "$said" ]
count 'leaves no file' $? "left: $said"

finish
