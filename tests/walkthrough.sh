#!/bin/sh
# docs/server.md and docs/client.md go through the MySQL 5.7 Reference Manual, section 6.3.1: every
# command of theirs is run, in order and in a new directory, and prints what the document says; and
# together they have each sentence of that section once.
#
# In a block ```console a command follows "$ ", and on lines with "> "; the lines below are what it
# prints, with "..." for any lines, or any rest of a line.  A block "```text NAME" is a file.  A command
# ends with 1 if it prints a line "ERROR ...", else with 0.  A server takes a free port, and ends when
# the next one starts.

cd "$(dirname "$0")/.." || exit 1
. tests/common.sh
umask 022                                   # a my.cnf that everybody may write is passed over
dir=$PWD/target/walkthrough
programs=$PWD/target/c
certs=$PWD/target/release
rm -rf "$dir"
mkdir -p "$dir/bin"

# Sentences of each paragraph, an item of a list or a sentence in brackets being one too.
sentences='I 2 4 1
S 2 2 6 1 1 5 5 3 6
C 1 6 7 2 7 4 3 5 1 2 3 5 1 2 4 1 4 2
M 6 2 2 2 2 1 1'
echo "$sentences" | awk '{ for (p = 2; p <= NF; p++)
  for (s = 1; s <= $p; s++) print $1 (p - 1) "." s }' | sort >"$dir/wanted"
grep -ho '\*\*[ISCM][0-9]*\.[0-9]*\*\*' docs/server.md docs/client.md | tr -d '*' | sort >"$dir/found"
said=$(diff "$dir/wanted" "$dir/found")
count "the documents have all $(wc -l <"$dir/wanted") sentences of the section, each once" $? "$said"
said=$(awk '/^##/ { if (open) print open; open = "" } /^\*\*[ISCM][0-9.]*\*\*/ { open = $0 }
  /^\$ / { open = "" } END { if (open) print open }' docs/server.md docs/client.md)
[ -z "$said" ]
count 'no sentence stands without a command' $? "$said"

# What the documents call server, client, adapter and s_client.
cat >"$dir/bin/server" <<END
#!/bin/sh
exec '$programs/server' "\$@" --port=0
END
for program in client adapter; do
  cat >"$dir/bin/$program" <<END
#!/bin/sh
exec '$programs/$program' --port="\$(cat '$dir/port')" "\$@"
END
done
cat >"$dir/bin/s_client" <<END
#!/bin/sh
exec openssl s_client -starttls mysql -connect "127.0.0.1:\$(cat '$dir/port')" "\$@"
END
chmod +x "$dir"/bin/*

# Prints what changes from run to run in one form: times, ports, numbers of connections, fingerprints.
mask() {
  sed -e 's/^20[0-9T:.-]*Z /<time> /' -e 's/^\(listening on .*:\)[0-9]*$/\1<port>/' \
    -e 's/^\(TCP port:[^0-9]*\)[0-9]*$/\1<port>/' -e 's/^\(Connection id:[^0-9]*\)[0-9]*$/\1<id>/' \
    -e 's/^peer: [0-9a-f:]*$/peer: <fingerprint>/' -e 's/[[:space:]]*$//'
}

# Compares files line by line: in the first "..." stands for any lines, at a line's end for its rest.
same() {
  mask <"$1" >"$dir/expected.masked"
  mask <"$2" >"$dir/printed.masked"
  awk 'NR == FNR { wanted[++n] = $0; next } { got[++m] = $0 }
    function fits(line, is,  len) {
      len = length(line)
      if (substr(line, len - 2) != "...") return line == is
      return substr(is, 1, len - 3) == substr(line, 1, len - 3)
    }
    function all(i, j) {
      if (i > n) return j > m
      if (wanted[i] == "...") {
        for (; j <= m + 1; j++) if (all(i + 1, j)) return 1
        return 0
      }
      return j <= m && fits(wanted[i], got[j]) && all(i + 1, j + 1)
    }
    END { exit !all(1, 1) }' "$dir/expected.masked" "$dir/printed.masked"
}

# Starts a server in the background, in the document's directory, and waits until it listens.
serve() {
  stop_server
  : >"$dir/served"
  (cd "$dir/work" && PATH="$dir/bin:$certs:$PATH" exec sh -c "exec $1" >"$dir/served" 2>&1 </dev/null) &
  server=$!
  tries=0
  while [ $((tries += 1)) -le 100 ]; do
    cp "$dir/served" "$dir/printed"
    sed -n 's/^listening on .*:\([0-9][0-9]*\)$/\1/p' "$dir/printed" >"$dir/port"
    [ -s "$dir/port" ] && return 0
    kill -0 "$server" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}

# Runs the command that was read, and compares.
run() {
  [ -n "$command" ] || return 0
  wanted_status=0
  grep -q '^ERROR ' "$dir/expected" && wanted_status=1
  case $command in
    *' &')
      serve "${command% &}"
      status=$?
      ;;
    *)
      (cd "$dir/work" && PATH="$dir/bin:$certs:$PATH" sh -c "$command") >"$dir/printed" 2>&1 </dev/null
      status=$?
      ;;
  esac
  [ "$status" -eq "$wanted_status" ]
  count "$document: $command" $? "exit status $status: $(cat "$dir/printed")"
  same "$dir/expected" "$dir/printed"
  count "$document: prints what it says" $? "$(diff "$dir/expected.masked" "$dir/printed.masked")"
  command=
}

# walk DOCUMENT
walk() {
  document=$1 command='' block=''
  rm -rf "$dir/work"
  mkdir "$dir/work"
  while IFS= read -r line <&3; do
    case "$block|$line" in
      '|```console') block=console ;;
      '|```text '*)
        block=file name=${line#'```text '}
        : >"$dir/work/$name"
        ;;
      'console|```')
        run
        block=
        ;;
      'file|```') block= ;;
      'file|'*) printf '%s\n' "$line" >>"$dir/work/$name" ;;
      'console|$ '*)
        run
        command=${line#'$ '}
        : >"$dir/expected"
        ;;
      'console|> '*) command="$command
${line#'> '}" ;;
      'console|'*) printf '%s\n' "$line" >>"$dir/expected" ;;
    esac
  done 3<"docs/$1"
  stop_server
}

# memory_checked NAME LOG: valgrind found nothing in the program whose log this is.
memory_checked() {
  grep -q 'ERROR SUMMARY: 0 errors' "$2"
  count "valgrind: $1" $? "$(cat "$2")"
}

# Both programs free everything, also where the settings are refused.
under_valgrind() {
  checker='valgrind --leak-check=full --undef-value-errors=no --errors-for-leak-kinds=definite,indirect'
  rm -rf "$dir/data"
  mkdir "$dir/data"
  printf '[server]\ndatadir=%s\n[client]\nssl-ca=%s/ca.pem\n' "$dir/data" "$dir/data" >"$dir/my.cnf"
  start "$dir/valgrind.log" $checker --log-file="$dir/server.memory" \
    "$programs/server" --defaults-file="$dir/my.cnf" --port=0
  for statement in '\s' "SHOW STATUS LIKE 'Ssl%'" "SHOW VARIABLES LIKE '%tls%'"; do
    check "valgrind: client, $statement" 0 $checker --log-file="$dir/client.memory" \
      "$programs/client" --defaults-file="$dir/my.cnf" --port="$port" --execute="$statement"
    memory_checked "client, $statement" "$dir/client.memory"
  done
  stop_server
  memory_checked 'server' "$dir/server.memory"
  echo garbage >"$dir/data/server-cert.pem"
  check 'valgrind: server, a bad certificate' 1 $checker --log-file="$dir/server.memory" \
    "$programs/server" --defaults-file="$dir/my.cnf" --port=0
  memory_checked 'server, a bad certificate' "$dir/server.memory"
}

if command -v openssl >/dev/null 2>&1; then
  walk server.md
  walk client.md
  walk operations.md
else
  skip 'the commands of docs/server.md, client.md and operations.md' 'the program openssl is missing'
fi
if command -v valgrind >/dev/null 2>&1; then
  under_valgrind
else
  skip 'valgrind' 'valgrind is missing'
fi
finish
