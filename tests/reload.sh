#!/bin/sh
# New certificates for the C server while clients connect all the time: at SIGHUP, by ALTER INSTANCE
# RELOAD TLS, and what each says of files that cannot be used.

cd "$(dirname "$0")/.." || exit 1
. tests/common.sh
dir=$PWD/target/reload
tab=$(printf '\t')
reload='ALTER INSTANCE RELOAD TLS'
text='Failed to set up SSL because of the following SSL library error: '
rm -rf "$dir"
mkdir -p "$dir/one" "$dir/two"
make_certs "$dir/certs" || exit 1
cp "$dir/certs/server-cert.pem" "$dir/one/cert.pem"
cp "$dir/certs/server-key.pem" "$dir/one/key.pem"
cp "$dir/certs/other-cert.pem" "$dir/two/cert.pem"
cp "$dir/certs/other-key.pem" "$dir/two/key.pem"
cat "$dir/certs/ca.pem" "$dir/certs/other-ca.pem" >"$dir/cas.pem"

client() {
  target/c/client --host localhost --port "$port" --user app --password secret \
    --ssl-mode VERIFY_IDENTITY "$@"
}

switch_to() {
  ln -s "$1" "$dir/new" && mv -T "$dir/new" "$dir/data"
}

# Connects until told to stop; writes a line for each connection, and what a failure says.
connect_all_the_time() {
  until [ -e "$dir/stop" ]; do
    if said=$(client --ssl-ca "$dir/cas.pem" --execute 'SELECT 1' 2>&1); then echo ok
    else echo "failed: $said"; fi
  done >"$dir/connections.$1"
}

# waits_for CA: the server shows a certificate of this CA before long.
waits_for() {
  tries=0
  while [ $((tries += 1)) -le 50 ]; do
    client --ssl-ca "$dir/certs/$1" --execute 'SELECT 1' >/dev/null 2>&1 && return 0
    sleep 0.1
  done
  return 1
}

# says_in_session NAME WANTED STATEMENT...: one session in clear text, which goes on behind an error.
says_in_session() {
  session_name=$1 wanted=$2
  shift 2
  said=$(printf '%s\n' "$@" | "$dir/statements" --host localhost --port "$port" --user app \
    --password secret --ssl-mode DISABLED --skip-column-names 2>&1 |
    grep -v '^TLS: ' | sed "s/\($text\).*/\1.../")
  [ "$said" = "$wanted" ]
  count "$session_name" $? "said '$said', not '$wanted'"
}

# The answers are those of MySQL 8.0.31.
show_warnings() {
  error="Error${tab}3888${tab}$text..."
  warning="Warning${tab}3888${tab}$text..."
  refused="ERROR 3888 (HY000): $text..."
  says_in_session 'SHOW WARNINGS has the error' "$refused
$error
$error
$error" "$reload" 'SHOW WARNINGS' 'SHOW ERRORS' 'SHOW WARNINGS;'
  says_in_session 'or the warning, which is no error' "$warning
$warning" "$reload NO ROLLBACK ON ERROR" 'SHOW WARNINGS' 'SHOW ERRORS' 'SHOW WARNINGS LIMIT 1'
  says_in_session 'until the next statement' "$refused
1" "$reload" 'SELECT 1' 'SHOW WARNINGS'
  says_in_session 'in this session alone' '' 'SHOW WARNINGS'
}

${CC:-cc} -std=c99 -Wall -Wextra -Wpedantic -Wconversion -Iinclude -Iexamples -Iexamples/login \
  -o "$dir/statements" tests/statements.c target/c/liblogin.a -Ltarget/c -ltlsql \
  "-Wl,-rpath,$PWD/target/c" || exit 1
switch_to one
start_server "$dir/server.log" --ssl-cert "$dir/data/cert.pem" --ssl-key "$dir/data/key.pem"
clients=
for number in 1 2 3; do
  connect_all_the_time $number &
  clients="$clients $!"
done
turn=0
while [ $((turn += 1)) -le 10 ]; do
  switch_to two
  kill -HUP "$server"
  waits_for other-ca.pem
  count "turn $turn: SIGHUP" $? "$(cat "$dir/server.log.err")"
  switch_to one
  check "turn $turn: ALTER INSTANCE RELOAD TLS" 0 \
    client --ssl-ca "$dir/cas.pem" --execute "$reload"
  check "turn $turn: shows the first certificate again" 0 \
    client --ssl-ca "$dir/certs/ca.pem" --execute 'SELECT 1'
done
: >"$dir/stop"
for each in $clients; do wait "$each"; done
connected=$(cat "$dir"/connections.* | grep -c '^ok$')
failures=$(cat "$dir"/connections.* | grep '^failed')
[ -z "$failures" ] && [ "$connected" -gt 0 ]
count "none of $connected connections failed" $? "$failures"

rm "$dir/one/key.pem"
statement() {
  check "$1" "$2" client --ssl-ca "$dir/cas.pem" --execute "$3"
}
statement 'a missing key' 1 "$reload"
says 'is error 3888' "ERROR 3888 (HY000): $text"
says 'and names the file' 'data/key.pem'
statement 'the old certificate stays' 0 'SELECT 1'
statement 'an unknown channel' 1 "$reload FOR CHANNEL mysql_admin"
says 'is error 1149' 'ERROR 1149 (42000)'
statement 'without a rollback' 0 "$reload NO ROLLBACK ON ERROR"
statement 'there is no TLS then' 1 'SELECT 1'
says 'as the client says' "the server doesn't support it"
show_warnings
switch_to two
says_in_session 'and none behind a reload that is done' '' "$reload NO ROLLBACK ON ERROR" 'SHOW WARNINGS'
check 'a set that can be used' 0 target/c/client --host localhost --port "$port" --user app \
  --password secret --execute "$reload FOR CHANNEL mysql_main"
statement 'turns it on again' 0 'SELECT 1'
finish
