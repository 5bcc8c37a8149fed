#!/bin/sh
# All tests that need no root and no servers; `make test` runs this after `make examples`.
# A part that the machine lacks something for is skipped by name.  The last line adds all parts up.

cd "$(dirname "$0")/.." || exit 1
: "${CARGO:=cargo}" "${CARGOFLAGS:=}"
logs=$PWD/target/test-logs
mkdir -p $logs
passed=0 failed=0 skipped=0 broken=

# part NAME COUNTER COMMAND...: runs it, shows what it prints, adds what the counter finds in that.
part() {
  name=$1 counter=$2 log=$logs/$1.log
  shift 2
  printf '\n== %s\n' "$name"
  { ("$@") </dev/null; echo $? >"$log.status"; } 2>&1 | tee "$log"
  status=$(cat "$log.status")
  # shellcheck disable=SC2046
  set -- $("count_$counter" "$log")
  p=$1 f=$2 s=$3
  if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then
    echo "$name: exit status $status"
    f=1
  elif [ $((p + f + s)) -eq 0 ]; then
    echo "$name: ran no test"
    f=1
  fi
  [ "$f" -eq 0 ] || broken="$broken $name"
  name_skips "$log"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

skip() {
  printf '\nskipped %s: %s\n' "$1" "$2"
  skipped=$((skipped + 1))
}

have() {
  command -v "$1" >/dev/null 2>&1
}

# What the runners of other languages skipped, in our words.
name_skips() {
  sed -n -e 's/^test \(.*\) \.\.\. ignored,* */skipped \1: /p' \
    -e 's/^SKIPPED \[[0-9]*\] \([^ ]*:[0-9]*\): /skipped \1: /p' "$1"
  awk '/^--- SKIP:/ { print "skipped " $3 ": " why }
    { why = $0; sub(/^ *[^ ]+:[0-9]+: /, "", why) }' "$1"
}

# Counters print `passed failed skipped` for a log.
count_check() { # the command itself is the test
  [ "$(cat "$1.status")" -eq 0 ] && echo 1 0 0 || echo 0 1 0
}

count_tally() { # its last line is ours
  awk '/^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ { p = $1; f = $3; s = $5 }
    END { print p + 0, f + 0, s + 0 }' "$1"
}

count_cargo() {
  awk '/^test result:/ { p += $4; f += $6; s += $8 } END { print p + 0, f + 0, s + 0 }' "$1"
}

count_go() {
  awk '/^--- PASS:/ { p++ } /^--- FAIL:/ { f++ } /^--- SKIP:/ { s++ }
    END { print p + 0, f + 0, s + 0 }' "$1"
}

count_pytest() {
  awk '/ in [0-9.]+s/ { p = f = s = 0
      for (i = 2; i <= NF; i++) {
        if ($i ~ /^passed/) p = $(i - 1)
        if ($i ~ /^(failed|errors?)/) f += $(i - 1)
        if ($i ~ /^skipped/) s = $(i - 1)
      } }
    END { print p + 0, f + 0, s + 0 }' "$1"
}

# The committed headers are what src/ffi/ gives.  The directory is new each time, as cargo does not
# run a build script again for the same one.
header() {
  new=$(mktemp -d "$PWD/target/header.XXXXXX") || return 1
  TLSQL_HEADER_DIR=$new make -s header CARGO="$CARGO" CARGOFLAGS="$CARGOFLAGS" &&
    cmp include/tlsql.h "$new/tlsql.h" &&
    cmp include/tlsql_cdef.h "$new/tlsql_cdef.h"
  same=$?
  rm -r "$new"
  return $same
}

# The README shows what the demo prints.
readme() {
  awk 'NR == FNR { demo = demo $0 "\n"; next } { readme = readme $0 "\n" }
    END { exit !index(readme, demo) }' docs/demo.txt README.md
}

go_vet() {
  cd bindings/go && go vet ./...
}

go_test() {
  cd bindings/go && go test -count=1 -race -timeout 300s -v ./...
}

python_test() {
  cd bindings/python && ../../target/venv/bin/python -m pytest -q -rs -p no:cacheprovider
}

# shellcheck disable=SC2086
part rust cargo $CARGO test $CARGOFLAGS --workspace --no-fail-fast
# The tests of streams again, on rustls' own record layer.
# shellcheck disable=SC2086
part rust-rustls-records cargo $CARGO test $CARGOFLAGS -p tlsql --features rustls-records --no-fail-fast \
  --test traffic --test traffic_ends --test post_handshake --test forged_records --test alerts \
  --test robustness --test dhe --test fuzz --test freed_secrets --test no_allocation
# The tests of streams again, on AWS-LC's AEADs.
# shellcheck disable=SC2086
part rust-aws-lc-rs cargo $CARGO test $CARGOFLAGS -p tlsql --features aws-lc-rs --no-fail-fast \
  --lib --test traffic --test traffic_ends --test post_handshake --test forged_records --test alerts \
  --test records_vs_rustls --test fuzz --test freed_secrets --test no_allocation --test idle_memory --test freed_record_keys
# Keys under a passphrase and the log of secrets, which the default build does not have.
# shellcheck disable=SC2086
part rust-features cargo $CARGO test $CARGOFLAGS -p tlsql --features encrypted-keys,keylog --no-fail-fast \
  --lib --test certificate_names --test config_passphrase --test key_log --test config_identity --test freed_secrets --test error_table
part header check header
part c tally sh c-tests/run.sh
part programs tally sh tests/programs.sh
part accounts tally sh tests/accounts.sh
part walkthrough tally sh tests/walkthrough.sh
part reload tally sh tests/reload.sh
part reads-ahead tally sh tests/reads_ahead.sh
part quick-start tally sh tests/quick_start.sh
part install tally sh tests/install.sh
part demo check sh examples/demo-check.sh
part readme check readme

certs=$PWD/target/test-certs
rm -rf "$certs"
target/release/tlsql-certs "$certs" >/dev/null || exit 1
# What the tests of the bindings talk to.
export TLSQL_C_SERVER="$PWD/target/c/server" TLSQL_CERTS="$certs"

if ! have go; then
  skip go 'go is missing'
elif [ "$(cd bindings/go && go env CGO_ENABLED)" != 1 ]; then
  skip go 'cgo is off or there is no C compiler for it'
else
  part go-vet check go_vet
  part go go go_test
fi

if why=$(sh tests/venv.sh 2>&1); then
  part python pytest python_test
else
  skip python "$(echo "$why" | tail -n 1)"
fi

[ -z "$broken" ] || printf '\nfailed:%s\n' "$broken"
printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
