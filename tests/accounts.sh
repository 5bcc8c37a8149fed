#!/bin/sh
# The accounts of the C server over sockets: each form of REQUIRE, and the order of a login, which
# docs/server.md has.

cd "$(dirname "$0")/.." || exit 1
. tests/common.sh
dir=$PWD/target/accounts
certs=$dir/certs
mkdir -p "$dir"
make_certs "$certs" || exit 1

cat >"$dir/accounts" <<'END'
# name password plugin REQUIRE ...
app secret mysql_native_password REQUIRE NONE
ssl secret mysql_native_password REQUIRE SSL
x509 secret mysql_native_password REQUIRE X509
cipher secret mysql_native_password REQUIRE CIPHER 'TLS_AES_256_GCM_SHA384'
issuer secret mysql_native_password REQUIRE ISSUER '/CN=tlsql test CA'
subject secret mysql_native_password REQUIRE SUBJECT '/CN=tlsql test client' AND ISSUER '/CN=tlsql test CA'
other secret mysql_native_password REQUIRE SUBJECT '/CN=tlsql test Client'
old secret mysql_native_password REQUIRE SUBJECT '/CN=tlsql test client' ONE_LINE openssl1
locked secret mysql_native_password REQUIRE SSL ACCOUNT LOCK
sha2 secret caching_sha2_password REQUIRE X509
END

serve() {
  log=$1
  shift
  start "$log" target/c/server --port 0 --bind-address 127.0.0.1 --accounts "$dir/accounts" \
    --ssl-ca "$certs/ca.pem" --ssl-cert "$certs/server-cert.pem" --ssl-key "$certs/server-key.pem" \
    "$@"
}

client() {
  user=$1
  shift
  target/c/client --host localhost --port "$port" --user "$user" --password secret \
    --execute 'SELECT 1' "$@"
}

# change USER PASSWORD OPTION...: app becomes another user.
change() {
  user=$1 password=$2
  shift 2
  "$dir/change_user" "$user" "$password" --host localhost --port "$port" --user app \
    --password secret --skip-column-names --execute 'SELECT USER()' "$@"
}

denied() {
  echo "Access denied for user '$1'@'127.0.0.1' (using password: YES)"
}

# cell USER CLEAR TLS CERTIFICATE: what a login ends with in clear text, in TLS, and in TLS with a
# client certificate: 0 or 1.
cell() {
  for way in clear tls certificate; do
    case $way in
      clear) wanted_status=$2 options='--ssl-mode=DISABLED' ;;
      tls) wanted_status=$3 options='--ssl-mode=REQUIRED' ;;
      *) wanted_status=$4
        options="--ssl-mode=REQUIRED --ssl-cert=$certs/client-cert.pem --ssl-key=$certs/client-key.pem" ;;
    esac
    # shellcheck disable=SC2086
    check "$1 with $way" "$wanted_status" client "$1" $options
    [ "$wanted_status" = 1 ] || continue
    says "$1 with $way: as a wrong password" "ERROR 1045 (28000): $(denied "$1")"
    refused=$said
    # shellcheck disable=SC2086
    check "$1 with $way and a wrong password" 1 client "$1" --password=wrong $options
    [ "$said" = "$refused" ]
    count "$1 with $way: the same to the byte" $? "$said"
  done
}

# Each form of REQUIRE, met and not met (T107 to T109).
forms() {
  cell app 0 0 0
  cell ssl 1 0 0
  cell x509 1 1 0
  cell cipher 1 1 0
  cell issuer 1 1 0
  cell subject 1 1 0
  cell other 1 1 1
  cell old 1 1 0
  # Its password leaves in TLS only: the client sees to that.
  check 'sha2 with tls' 1 client sha2 --ssl-mode=REQUIRED
  says 'sha2 with tls: as a wrong password' "ERROR 1045 (28000): $(denied sha2)"
  check 'sha2 with certificate' 0 client sha2 --ssl-mode=REQUIRED \
    --ssl-cert="$certs/client-cert.pem" --ssl-key="$certs/client-key.pem"
  # The server has seen the password now, and does not tell who has no certificate that it was right.
  check 'sha2 in clear, password seen before' 1 client sha2 --ssl-mode=DISABLED
  refused=$said
  check 'sha2 in clear, and a wrong password' 1 client sha2 --password=wrong --ssl-mode=DISABLED
  [ "$said" = "$refused" ]
  count 'sha2 in clear: the same to the byte' $? "$said"
  said=$(cat "$dir/mysql.log.err")
  says 'the log has both subjects, and whose they are' \
    "$(denied other): X509 subject mismatch: should be '/CN=tlsql test Client' but is '/CN=tlsql test client'"
  says 'the log says what was missing, and to whom' \
    "$(denied x509): Access denied: the account requires X509"
  check 'SHOW CREATE USER' 0 client ssl --execute 'SHOW CREATE USER'
  says 'shows the clause' \
    "CREATE USER 'ssl'@'%' IDENTIFIED WITH 'mysql_native_password' REQUIRE SSL ACCOUNT UNLOCK"
}

# COM_CHANGE_USER asks again, of TLS and the certificate as they are.  A refusal ends the connection.
changes() {
  own="--ssl-cert=$certs/client-cert.pem --ssl-key=$certs/client-key.pem"
  while read -r to status options; do
    # shellcheck disable=SC2086
    check "app becomes $to, $options" "$status" change "$to" secret $options
    case $status in
      0) says "app is $to" "$to@127.0.0.1" ;;
      *) says "app does not become $to, and is no more" "closed: ERROR 1045 (28000): $(denied "$to")" ;;
    esac
  done <<END
ssl 0 --ssl-mode=REQUIRED
ssl 1 --ssl-mode=DISABLED
x509 0 --ssl-mode=REQUIRED $own
x509 1 --ssl-mode=REQUIRED
x509 1 --ssl-mode=DISABLED
subject 0 --ssl-mode=REQUIRED $own
other 1 --ssl-mode=REQUIRED $own
sha2 0 --ssl-mode=REQUIRED $own
sha2 1 --ssl-mode=REQUIRED
nobody 1 --ssl-mode=REQUIRED
END
  check 'app becomes x509 with a wrong password' 1 change x509 wrong --ssl-mode=REQUIRED
  says 'the same as for REQUIRE' "closed: ERROR 1045 (28000): $(denied x509)"
  check 'app becomes locked' 1 change locked secret --ssl-mode=REQUIRED
  says 'is told of the lock' 'closed: ERROR 3118 (HY000)'
}

# REQUIRE comes before the lock (T111).
locked_accounts() {
  check 'a locked account in clear text' 1 client locked --ssl-mode=DISABLED
  says 'REQUIRE comes first' "ERROR 1045 (28000): $(denied locked)"
  check 'a locked account in TLS' 1 client locked --ssl-mode=REQUIRED
  says 'is told so' \
    "ERROR 3118 (HY000): Access denied for user 'locked'@'127.0.0.1'. Account is locked."
  check 'a locked account with a wrong password' 1 \
    client locked --password=wrong --ssl-mode=REQUIRED
  says 'is not told so' "ERROR 1045 (28000): $(denied locked)"
}

# MySQL looks at the password and at REQUIRE first (T103, T104).
insecure_transport_in_mysql() {
  check 'clear text and require_secure_transport' 1 client app --ssl-mode=DISABLED
  says 'are 3159' 'ERROR 3159 (HY000): Connections using insecure transport are prohibited'
  check 'with a wrong password' 1 client app --password=wrong --ssl-mode=DISABLED
  says 'they are 1045' "ERROR 1045 (28000): $(denied app)"
  check 'an account with REQUIRE SSL' 1 client ssl --ssl-mode=DISABLED
  says 'is 1045 too' "ERROR 1045 (28000): $(denied ssl)"
}

# MariaDB does not (T105).
insecure_transport_in_mariadb() {
  for password in secret wrong; do
    check "mariadb: clear text, the password $password" 1 \
      client app --password=$password --ssl-mode=DISABLED
    says 'mariadb: is 3159 before the password is looked at' 'ERROR 3159 (08004)'
  done
}

# MariaDB's proof is sent in its profile alone (T82).
proofs() {
  check "$1: a client without a CA" "$2" client app --tlsql-peer-proof=ON
  [ "$2" = 0 ] || says "$1: gets no proof" 'Certificate verification failure'
}

bad_files() {
  echo 'bob secret mysql_native_password REQUIRE NONE ONE_LINE openssl2' >"$dir/bad"
  check 'a form of names that is none' 1 target/c/server --port 0 --accounts "$dir/bad"
  printf '# accounts\n\namy - mysql_native_password REQUIRE SSL\n%s\n' \
    'bob secret mysql_native_password REQUIRE SUBJECT' >"$dir/bad"
  check 'a file with a clause that is none' 1 target/c/server --port 0 --accounts "$dir/bad"
  says 'names the word' 'SUBJECT without a quoted text'
  says 'names file and line' "'$dir/bad', line 4: "
  echo 'bob secret mysql_native_password' >"$dir/bad"
  check 'an account without a clause' 1 target/c/server --port 0 --accounts "$dir/bad"
  says 'is an error' 'an empty clause: it begins with REQUIRE'
  printf '# %01022d\nroot - mysql_native_password REQUIRE NONE\n' 0 >"$dir/bad"
  check 'a line that is too long, whose rest would be an account' 1 \
    target/c/server --port 0 --accounts "$dir/bad"
  says 'is an error too' "'$dir/bad', line 1: more than 1022 bytes"
}

${CC:-cc} -std=c99 -Wall -Wextra -Wpedantic -Wconversion -Iinclude -Iexamples -Iexamples/login \
  -o "$dir/change_user" tests/change_user.c target/c/liblogin.a -Ltarget/c -ltlsql \
  "-Wl,-rpath,$PWD/target/c" || exit 1

serve "$dir/mysql.log"
forms
locked_accounts
changes
proofs mysql 1
stop_server

serve "$dir/strict.log" --require-secure-transport=ON
insecure_transport_in_mysql
stop_server

serve "$dir/mariadb.log" --require-secure-transport=ON --tlsql-profile=mariadb
insecure_transport_in_mariadb
check 'mariadb: REQUIRE CIPHER without a certificate' 0 client cipher --ssl-mode=REQUIRED
proofs mariadb 0
check 'mariadb: a proof, then another user' 0 change ssl secret --tlsql-peer-proof=ON
stop_server

bad_files
finish
