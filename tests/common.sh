# For the shell tests, which source this at the top of the tree: certificates, the C server, and
# checks that are counted.

passed=0 failed=0 skipped=0 server=

# check NAME STATUS COMMAND...: the command must end with the status.  Its output stays in $said.
check() {
  check_name=$1 wanted=$2
  shift 2
  said=$("$@" 2>&1)
  got=$?
  [ "$got" -eq "$wanted" ]
  count "$check_name" $? "exit status $got, not $wanted: $said"
}

# says NAME PART: the last output holds that part.
says() {
  case $said in
    *"$2"*) count "$1" 0 ;;
    *) count "$1" 1 "no '$2' in: $said" ;;
  esac
}

# count NAME STATUS DETAIL: what check and says end in.
count() {
  if [ "$2" -eq 0 ]; then
    passed=$((passed + 1))
    echo "ok      $1"
  else
    failed=$((failed + 1))
    printf 'FAILED  %s\n        %s\n' "$1" "$3"
  fi
}

skip() {
  skipped=$((skipped + 1))
  echo "skipped $1: $2"
}

# make_certs DIR: new throw-away certificates.
make_certs() {
  rm -rf "$1"
  target/release/tlsql-certs "$1" >/dev/null
}

# start LOG COMMAND...: a server that prints where it listens; sets $port and $server.
start() {
  log=$1
  shift
  : >"$log"                                 # not the port of the one before
  "$@" >"$log" 2>"$log.err" </dev/null &
  server=$!
  tries=0                                   # of 100: under valgrind a start takes seconds
  while [ $((tries += 1)) -le 100 ]; do
    port=$(sed -n 's/^listening on .*:\([0-9][0-9]*\)$/\1/p' "$log")
    [ -n "$port" ] && return
    kill -0 $server 2>/dev/null || break
    sleep 0.2
  done
  echo "$1 does not start:"
  cat "$log.err"
  exit 1
}

# start_server LOG OPTION...: the C server on a free port of loopback.
start_server() {
  log=$1
  shift
  start "$log" target/c/server --port 0 --bind-address 127.0.0.1 --user app --password secret "$@"
}

stop_server() {
  [ -n "$server" ] || return 0
  kill $server 2>/dev/null
  wait $server 2>/dev/null
  server=
}

finish() {
  stop_server
  printf '%d passed, %d failed, %d skipped\n' $passed $failed $skipped
  [ $failed -eq 0 ]
}

trap stop_server EXIT
trap 'exit 1' HUP INT TERM
