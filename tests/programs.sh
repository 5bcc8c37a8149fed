#!/bin/sh
# The other programs of examples/ against the C server: the adapter, the blocking shape of existing
# libraries, which reads the greeting and writes the SSLRequest itself, and the client in Rust; and
# all clients against a server that has to prove itself by the password.

cd "$(dirname "$0")/.." || exit 1
. tests/common.sh
dir=$PWD/target/programs
certs=$dir/certs
rm -rf "$dir"
mkdir -p "$dir"
make_certs "$certs" || exit 1

client() {
  target/c/client --host localhost --port "$port" --user app --password secret \
    --execute 'SELECT 1' "$@"
}

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
stop_server

for program in target/c/client target/c/adapter target/c/server target/debug/examples/client; do
  check "$program: --help" 0 $program --help
  says "$program: --help names its options" '--password=TEXT'
done

# Answers larger than one record and one packet buffer.  The largest packet of the protocol has
# 16777214 bytes (MySQL manual, "MySQL Packets"); four of them here are the value's length.  A socket's
# path has at most 107 bytes, so that this one starts here and not at the root.
socket=target/programs/large.sock
start_server "$dir/large.log" --ssl-ca "$certs/ca.pem" --socket "$socket" \
  --ssl-cert "$certs/server-cert.pem" --ssl-key "$certs/server-key.pem"
digits() { # PROGRAM SIZE OPTION...: how many times 'ab' the program printed
  program=$1 size=$2
  shift 2
  "$program" --execute="SELECT REPEAT('ab', $size) AS v" "$@" | tr -d '\n' | wc -c
}
for program in client adapter rust_client; do
  for size in 1 125 126 8000 8192 32767 32768 600000 8388605; do
    for mode in DISABLED REQUIRED; do
      said=$(digits $program $size --ssl-mode=$mode 2>/dev/null)
      count "$program: $mode, $size times two bytes" \
        "$([ "$said" -eq $((2 * size + 1)) ]; echo $?)" "$said bytes, not $((2 * size + 1))"
    done
  done
  check "$program: a larger answer is refused" 1 $program --execute "SELECT REPEAT('ab', 8388607)"
  says "$program: with 1301" 'ERROR 1301 (HY000)'
  check "$program: and so is an unknown variable" 1 $program --execute 'SELECT @@nothing'
  says "$program: with 1193" "ERROR 1193 (HY000): Unknown system variable 'nothing'"
done
# Signals interrupt system calls (POSIX, EINTR), and sockets take and give what they have.
${CC:-cc} -std=gnu99 -Wall -Wextra -Wconversion -shared -fPIC -o "$dir/interrupted.so" \
  tests/interrupted.c -ldl || exit 1
for program in target/c/client target/c/adapter target/debug/examples/client; do
  for mode in DISABLED REQUIRED; do
    check "$program: $mode, interrupted calls" 0 env LD_PRELOAD="$dir/interrupted.so" "$program" \
      --host localhost --port "$port" --user app --password secret --ssl-mode $mode \
      --execute "SELECT REPEAT('ab', 100000)"
  done
done

# U+009B begins a control sequence, U+202E turns the direction of writing.
check 'server: a database whose name steers a terminal' 0 client \
  --database "$(printf 'x\302\2332J\342\200\256y')" --execute 'SELECT DATABASE()'
says 'server: is harmless' 'x??2J???y'

# What drivers ask when they connect: Connector/J, MariaDB's Connector/J, r2dbc, go-sql-driver,
# mysql_async, SQLAlchemy, the mysql program.
while read -r statement; do
  check "server: $statement" 0 client --execute "$statement"
done <<'EOF'
SELECT @@session.auto_increment_increment AS auto_increment_increment, @@character_set_client AS character_set_client, @@collation_server AS collation_server, @@init_connect AS init_connect, @@interactive_timeout AS interactive_timeout, @@license AS license, @@lower_case_table_names AS lower_case_table_names, @@max_allowed_packet AS max_allowed_packet, @@net_write_timeout AS net_write_timeout, @@performance_schema AS performance_schema, @@sql_mode AS sql_mode, @@system_time_zone AS system_time_zone, @@time_zone AS time_zone, @@transaction_isolation AS transaction_isolation, @@wait_timeout AS wait_timeout
SELECT @@session.transaction_read_only
SELECT @@max_allowed_packet,@@wait_timeout,@@auto_increment_increment
SELECT @@transaction_isolation AS i,@@innodb_lock_wait_timeout AS l,@@version_comment AS v
SELECT @@max_allowed_packet
SELECT @@socket
SELECT @@max_allowed_packet,@@wait_timeout,@@socket
SELECT @@port
SELECT @@hostname
SELECT @@lower_case_table_names
SELECT @@version_comment LIMIT 1
SELECT DATABASE(), USER() LIMIT 1
SET NAMES utf8mb4 COLLATE utf8mb4_unicode_ci
SET AUTOCOMMIT = 0
SET sql_mode=(SELECT CONCAT(@@sql_mode, ',PIPES_AS_CONCAT')),time_zone='+00:00',NAMES utf8mb4
SHOW VARIABLES
SHOW VARIABLES WHERE Variable_name IN ('max_allowed_packet', 'sql_mode')
SHOW SESSION VARIABLES LIKE 'lower_case_table_names'
SHOW COLLATION
SHOW WARNINGS
SHOW DATABASES
EOF
# MySQL manual, "String Comparison Functions": % is any text, _ any character, a backslash takes them
# literally, and is written once or twice in a literal.
while read -r pattern names; do
  said=$(client --skip-column-names --execute "SHOW VARIABLES LIKE '$pattern'" 2>/dev/null |
    cut -f 1 | tr '\n' ' ')
  [ "$said" = "$names${names:+ }" ]
  count "server: LIKE '$pattern'" $? "$said"
done <<'EOF'
ssl_c_ ssl_ca
SSL\_c% ssl_ca ssl_capath ssl_cert ssl_cipher ssl_crl ssl_crlpath
ssl\\_ca ssl_ca
ssl\%
tls_v%n tls_version
%have_ssl have_ssl
%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s!
EOF
check 'server: the settings in force are status variables' 0 \
  client --skip-column-names --execute "SHOW GLOBAL STATUS LIKE 'Current\_tls\_cert'"
says 'server: such as the path of its certificate' "Current_tls_cert	$certs/server-cert.pem"
check 'server: @@socket is where it listens' 0 client --skip-column-names --execute 'SELECT @@socket'
says 'server: @@socket has its path' "$socket"
stop_server

compile() { # NAME: a program of tests/
  ${CC:-cc} -std=c99 -Wall -Wextra -Wpedantic -Wconversion -Iinclude -Iexamples -o "$dir/$1" \
    "tests/$1.c" target/c/liblogin.a -Ltarget/c -ltlsql "-Wl,-rpath,$PWD/target/c" || exit 1
}
compile odd_client

# max_connections is 151 in MySQL and MariaDB; one more gets 1040 in place of the greeting, at once,
# and the place is free again when the others went.  The SQLSTATE has no place before the login.
start_server "$dir/many.log"
check 'server: 151 connections are served' 0 "$dir/odd_client" "$port" many 151
says 'server: with a greeting each' '0a382e302e3336'
for _ in 1 2 3 4 5 6 7 8 9 10; do
  "$dir/odd_client" "$port" many 1 | grep -q ^0a && break
  sleep 0.2
done
check 'server: one more is refused' 0 "$dir/odd_client" "$port" many 152
says 'server: with 1040' 'ff1004546f6f206d616e7920636f6e6e656374696f6e73'
stop_server

# The deadlines of a login and of a connection that was refused hold for a peer that sends a byte now
# and then: 10 s and 2 s.
start_server "$dir/slow.log"
"$dir/odd_client" "$port" drip 1 >"$dir/slow.login" &
login=$!
check 'server: a refused client that sends on' 0 "$dir/odd_client" "$port" drip 5
says 'server: is cut off' ended
wait $login
said=$(cat "$dir/slow.login")
says 'server: and so is a login that comes byte by byte' ended
# Nobody is told that TLS was set up otherwise when it was not.
check 'server: a global variable is not set' 1 client --ssl-mode DISABLED \
  --execute 'SET GLOBAL require_secure_transport = ON'
says 'server: which it says' 'ERROR 1235 (42000)'
# A text without bytes is not repeated a hundred million times.
nothing=$(yes "REPEAT('', 160000000)" | head -n 60 | tr '\n' ',')
check 'server: nothing many times is nothing' 0 timeout 20 target/c/client --host localhost \
  --port "$port" --user app --password secret --ssl-mode DISABLED --execute "SELECT ${nothing}1"
stop_server

# The order of a command line does not count.
start_server "$dir/order.log" --tls-version=TLSv1.1 --tlsql-on-config-error=disable \
  --ssl-cert "$certs/server-cert.pem" --ssl-key "$certs/server-key.pem"
check 'server: goes on without TLS' 0 client --ssl-mode PREFERRED
says 'server: and a client in clear text' 'TLS: none'
stop_server

# A login of before 4.1.  MariaDB 10.11 checks one without an answer as any other, and refuses every
# answer to the scramble with 1251 (tests/peers compares).  OK has no warnings then, EOF nothing but
# its byte, and ERR no SQLSTATE.
start "$dir/old.log" target/c/server --port 0 --user app
check 'server: a login before 4.1' 0 "$dir/odd_client" "$port" old app
says 'server: OK, a column, a row and both EOF in their old form' '0000000200
01
00013103000400010803000000
fe
0131
fe'
check 'server: another user' 0 "$dir/odd_client" "$port" old other
says 'server: is denied with 1045, without a SQLSTATE' 'ff1504416363657373'
stop_server
start_server "$dir/old.log"
check 'server: a login before 4.1 to an account with a password' 0 "$dir/odd_client" "$port" old app
says 'server: is denied with 1045 too' 'ff1504416363657373'
for user in app other; do
  check "server: a login before 4.1 with an answer, $user" 0 \
    "$dir/odd_client" "$port" old $user ABCDEFGH
  says "server: is refused with 1251, $user" 'ffe304436c69656e74'
done
stop_server

# A wrong fast answer is answered by a request for the password itself, cached or not, as MySQL 8.0
# and 9.7 do.
start_server "$dir/sha2.log" --default-authentication-plugin=caching_sha2_password \
  --ssl-cert "$certs/server-cert.pem" --ssl-key "$certs/server-key.pem"
for cached in no yes; do
  for user in app other; do
    check "server: wrong fast answer of $user, cached: $cached" 0 \
      "$dir/odd_client" "$port" wrong $user
    says "server: full authentication of $user, cached: $cached" 0104
  done
  check 'server: the right password' 0 client --ssl-mode REQUIRED
done
check 'server: a wrong password in full' 1 client --ssl-mode REQUIRED --password=other
says 'server: is denied' 'ERROR 1045 (28000)'
stop_server

# A server that nobody vouches for gets what may be shown to it, and no more.  MariaDB's manual,
# "Zero-configuration SSL": the proof goes with mysql_native_password, ed25519 and parsec.
compile unproven_server

# unproven PROGRAM REQUEST STATUS SHOWN PART OPTION...: the program ends with the status and says
# PART; the server saw SHOWN.
unproven() {
  name="$1: unproven server, $2" shown="$2: $4" part=$5 log=$dir/unproven.log
  start "$log" "$dir/unproven_server" "$certs" "$2"
  program=$1 status=$3
  shift 5
  check "$name: exit status" "$status" \
    "$program" --tlsql-peer-proof=ON --ssl-mode=VERIFY_IDENTITY "$@"
  says "$name: the client's words" "$part"
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    said=$(sed 1d "$log")
    [ -n "$said" ] && break
    sleep 0.1
  done
  says "$name: what was sent" "$shown"
  stop_server
}

once='login mysql_native_password 20, then 0 bytes, no password'
twice='login mysql_native_password 20, then 24 bytes, no password'
session='login mysql_native_password 20, then 18 bytes, no password'
distrust='ERROR 2026 (HY000): SSL connection error: Certificate verification failure'
for program in client adapter rust_client; do
  for request in ok lie sha2 mysql_clear_password dialog sha256_password mysql_old_password \
    authentication_ldap_sasl_client ''; do
    unproven $program "$request" 1 "$once" "$distrust"
  done
  unproven $program refuse 1 'no login' 'ERROR 1040 (08004): Too many connections'
  unproven $program sha2-full 1 "$once" 'ERROR 2027 (HY000): Malformed packet'
  unproven $program mysql_native_password 1 "$twice" "$distrust"
  unproven $program proof 0 "$session" 'TLS: '
  unproven $program proof 1 'no login' 'ERROR 2026 (HY000)' --password=
done
finish
