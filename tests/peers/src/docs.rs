//! `docs/compatibility.md`, made of what a run saw: no ports, no dates, no patch versions that
//! move.

use std::fmt::Write;
use std::path::Path;

use crate::report::Report;
use crate::server::Kind;

/// Rows and columns stand in the order in which their first cell came.
pub struct Table {
    title: &'static str,
    columns: Vec<String>,
    rows: Vec<(String, Vec<String>)>,
}

impl Table {
    pub fn new(title: &'static str) -> Table {
        Table { title, columns: Vec::new(), rows: Vec::new() }
    }

    /// Cells of a row come in the order of the columns.
    pub fn push(&mut self, row: &str, column: &str, cell: String) {
        if !self.columns.iter().any(|known| known == column) {
            self.columns.push(column.to_string());
        }
        match self.rows.iter_mut().find(|(name, _)| name == row) {
            Some((_, cells)) => cells.push(cell),
            None => self.rows.push((row.to_string(), vec![cell])),
        }
    }

    /// A whole row; others may have the same name.
    pub fn row<'a>(&mut self, row: &str, cells: impl IntoIterator<Item = (&'a str, String)>) {
        let (columns, cells): (Vec<_>, Vec<_>) = cells.into_iter().unzip();
        self.columns = columns.into_iter().map(str::to_string).collect();
        self.rows.push((row.to_string(), cells));
    }

    fn write(&self, text: &mut String) {
        let _ = write!(text, "\n### {}\n\n| |", self.title);
        for column in &self.columns {
            let _ = write!(text, " {column} |");
        }
        let _ = write!(text, "\n|---|{}\n", "---|".repeat(self.columns.len()));
        for (row, cells) in &self.rows {
            let _ = writeln!(text, "| {row} | {} |", cells.join(" | "));
        }
    }
}

/// What a whole run saw.
#[derive(Default)]
pub struct Results {
    pub servers: Vec<(Kind, Vec<Table>)>,
    pub old_servers: Option<Table>,
    pub groups: Option<Table>,
    /// Of the C server.
    pub own: Option<Table>,
    /// Of the clients of others.
    pub real_clients: Option<Vec<Table>>,
    /// Of server certificates.
    pub classes: Option<Table>,
    /// Of client certificates.
    pub clients: Option<Table>,
    /// With REQUIRE.
    pub accounts: Option<Table>,
    /// Data directories, and what is set.
    pub configurations: Option<[Table; 2]>,
    /// Clients of others, and ours.
    pub resumption: Option<[Table; 2]>,
}

const HEAD: &str = "\
# Compatibility

Written by `make test-peers` from a run against real servers; the run fails when this file does
not say what it saw.  In every cell the C client of `examples/` connects to `localhost` over TCP,
logs in and asks the server for `Ssl_version`: the cell is the server's answer, or the error.  The
adapter of `examples/`, which is the engine under a library that reads the greeting and writes the
SSLRequest itself, ends every cell in the same way.

- A **TLS version** or **clear text**: logged in, and the server sees the connection so.
- **TLSQL_E_…**: the engine ended the connection, with error 2026 (HY000).  TLSQL_E_ALERT is the
  server's refusal of the client's certificate; the others come before a password left the client.
- **Any number**: the server's own error.  MariaDB 10.11 answers a clear connection under
  `require_secure_transport` with 1045 and names no reason; MySQL answers 3159.

The columns are the server's certificate, checked against `ca.pem`: *good* names `localhost` and
is signed by it, *wrong CA* is signed by another, *wrong name* is signed by it and names another
host, *X.509 version 1* is signed by it, has no extensions and names `localhost` as its common
name.  In the last table of each server they are the client's certificate, and the server's is
good.

Each cell whose mode the `mariadb` program of MariaDB 10.11 has (DISABLED, PREFERRED with and
without a CA, VERIFY_IDENTITY) is compared with what that program does.  It differs in one place:
with TLS 1.3 it may report a lost connection (2013) where the server refused its certificate; we
report the alert.

`ssl-ca` with PREFERRED or REQUIRED verifies the chain, as MySQL's client library does; MySQL's
command-line programs drop it with a warning.  `ssl-ca` alone means VERIFY_CA, as for those
programs.
";

const SERVER_CERTIFICATES: &str = "
## Server certificates

What MySQL's users really have, made by `openssl` or by MySQL, at MySQL 5.7.29 and MariaDB 10.11 with
one outcome.  Under VERIFY_CA and VERIFY_IDENTITY the client has the CA in `ssl_ca`, and nothing else
unless the row says so; it connects to `localhost` or to the name in the row.  In each cell but those
with `ssl_fp`, `openssl s_client` accepts and refuses the same, with one exception: it checks the
handshake of a server with an RSA-1024 key at level 2 and in TLS 1.3 too.
";

const CLIENT_CERTIFICATES: &str = "
## Client certificates

*yes*: logged in, with the real servers to an account with `REQUIRE X509`.  Else the alert with
which the server refused the certificate, as our client reports it.  The `mariadb` program presents
the same certificates to the C server, with the same result.
";

const ACCOUNTS: &str = "
## Accounts

An account with the REQUIRE of its row, and a client certificate as its column says, at MySQL 5.7.29,
MariaDB 10.11 and the C server of `examples/`, over TLS 1.2 with the one suite that CIPHER names
where it is right. Names are those of the certificate presented, or of the good one where there is
none; the issuer of the certificate of a sub-CA is the sub-CA. *yes*: logged in. *no*: error 1045
(28000), from our server the same packet to the octet as from the real one, and as for a wrong
password.

The C server has the profile `mysql57` and accounts with `one_line=openssl1` beside 5.7.29, `mariadb`
and `openssl3` beside MariaDB. Where a name has a form of OpenSSL 1.1.1 and another of OpenSSL 3, the
cell says which servers take the line of their own form; none takes the other. A `/` in a value makes
a line of OpenSSL 1.1.1 that could be another name's, so that ours takes none there.
";

const CONFIGURATIONS: &str = "
## A server's configuration

MySQL 5.7.29 and the C server of `examples/`, with `tlsql_on_config_error=disable`, are started with
the same options, once for each cell of the first table and each row of the second. Both have the
same `have_ssl`, the same CLIENT_SSL in their greeting and the same lines about TLS in their logs,
in the same order and but for their dates, unless the row says otherwise.

In the first table the data directory has some of `ca.pem`, `server-cert.pem` and `server-key.pem`,
and one option is set. Two values stand for `auto_generate_certs` ON and OFF. In the second the
directory has none of them, and nothing is made.
";

const OLD_SERVERS: &str = "
## Old and unusual servers

Servers with TLS as they have it by default, and limited to a `tls_version` or to the suites of an
`ssl_cipher`. Each has a certificate of every form: *v1* is X.509 version 1 with a common name,
*CN* version 3 with a common name, *SAN* version 3 with a subjectAltName, all three with an RSA
key; *ECDSA* is as *SAN*, with a key on P-256. All name `localhost` and are signed by the CA that
the verifying modes are given.

A cell is what PREFERRED, REQUIRED, VERIFY_CA and VERIFY_IDENTITY give, and told once where they
give the same. With DISABLED our client logs in in clear text everywhere; the others have no such
mode.

- **tlsql**: the C client of `examples/` logs in and asks the server for `Ssl_version` and
  `Ssl_cipher`. A code is explained in [errors.md](errors.md).
- **OpenSSL**: what `openssl s_client` can do with everything on that OpenSSL 3 still has: security
  level 0, TLS 1.0, servers without secure renegotiation (`-cipher DEFAULT:@SECLEVEL=0
  -min_protocol TLSv1 -legacy_server_connect`). It checks chain and name where the mode does.
- **stock rustls**: rustls with ring and webpki, without a name check up to VERIFY_CA and without
  any check of the certificate up to REQUIRED. A refusal is the name of its error.

Every cell of ours is the same as OpenSSL's, or a refusal that tells what the server has, or for
MariaDB what it may have: CBC suites only, no forward secrecy, no TLS 1.2. A server whose suites are
all for RSA certificates has none with an ECDSA one, for any client. Where `TLSQL_OPTIONAL_PEERS=1`
asks for them, MySQL 9.7 and MariaDB 11.8 are met too: with each, all three clients agree on TLS 1.3,
but for what stock rustls does not verify.
";

const GROUPS: &str = "
## Groups, and ways of TLS

`openssl s_server` behind a greeting, which is that of 5.7.29 in rows about DHE and of 8.0.40 in
the others, unless the row says so. The columns are those above; here version and suite are what
`s_server` says of the connection. The rows about DHE have `DHE-RSA-AES128-GCM-SHA256` in TLS 1.2
with the group named. *SAN IP* is a certificate for 127.0.0.1.
";

const OWN_SERVER: &str = "
## The C server of `examples/`

The `mariadb` program of MariaDB 10.11 connects to it.  Where TLS 1.3 lets a client miss the alert,
either outcome is right.
";

const REAL_CLIENTS: &str = "
## Clients of others with our server

Each client connects to the C server of `examples/` as it is documented to do for a mode, and asks
for `Ssl_version`.  The columns are the server's certificate, as above, and a server without TLS.
A cell stands for four connections: to a server that has TLS 1.2 alone and to one that has TLS 1.3
alone, each without and with a client certificate.  With one the account has `REQUIRE X509`, so that
a login tells that the server has seen it.

- **TLS**: logged in, and the server sees the version that it has; **clear text**: logged in without.
- **refused**: by the client, for the *chain* of the server's certificate, its *name*, a server that
  offers *no TLS*, or its *version*.
- **Any number**: the server's refusal.

What a cell must be is MySQL's meaning of the mode; the last table has what differs, and a mode that a
client lacks has no row.  The replication thread does not ask, so that its accounts tell: `REQUIRE SSL`
without a certificate.  `openssl s_client` does not log in.
";

const RESUMPTION: &str = "
## Resumed sessions

A client connects three times, one connection after the other, without a certificate and with one,
which an account with `REQUIRE X509` asks for. The first handshake is a full one; the cell says what
the others are, by the client and by the server's `Ssl_sessions_reused`. `openssl s_client` does not
log in, and says it alone; libmysqlclient and the `mariadb` program do not say it, and MariaDB's servers
have 0 there always.

Each client verifies chain and name. Whether it offers a session is its caller's choice: Python's `ssl`
is given that of the connection before, Go a ClientSessionCache; mysql2 and rustls keep sessions by
themselves. libmysqlclient is given none here, and the `mariadb` program has no way to take one: they
drop the tickets. Ours keeps sessions in its context.

Two or three C servers in processes of their own resume each other's sessions where they have the same
ticket keys, and make full handshakes where they have not. `mysql` 9.7 with `--ssl-session-data` resumes
at ours, where `TLSQL_OPTIONAL_PEERS=1` asks for it.

MariaDB with wolfSSL forgets the client's certificate with the first connection, and refuses an account
that requires one with 1045 where a session is resumed, as OpenSSL's client finds. Nothing in its greeting
tells it from other builds, so that ours resumes no session at MariaDB where it has a certificate.
";

/// `None` if a part is missing.
pub fn render(results: &Results) -> Option<String> {
    let sections = sections(results).into_iter().collect::<Option<Vec<_>>>()?;
    Some(HEAD.to_string() + &sections.concat())
}

/// A part of a run: its sections stand in the file.
pub fn compare(root: &Path, results: &Results, report: &mut Report) {
    let held = std::fs::read_to_string(root.join(NAME)).unwrap_or_default();
    for section in sections(results).into_iter().flatten() {
        let title = section.lines().find_map(|line| line.strip_prefix("## "));
        let name = format!("{NAME}, {}", title.unwrap_or_default());
        if held.contains(&section) {
            report.ok(name);
            continue;
        }
        let missing = section.lines().find(|line| !held.lines().any(|held| held == *line));
        report.fail(name, missing.unwrap_or("the same lines in order"), "a file without it");
    }
}

/// All sections in their order, `None` for those that were not run.
fn sections(results: &Results) -> Vec<Option<String>> {
    use std::slice::from_ref;
    let one = |head: &str, table: &Option<Table>| {
        table.as_ref().map(|table| section(head, from_ref(table)))
    };
    let Results { servers, configurations, real_clients, resumption, .. } = results;
    let mut sections: Vec<_> = servers
        .iter()
        .map(|(kind, tables)| Some(section(&format!("\n## {}\n", kind.name()), tables)))
        .collect();
    sections.resize_with(SERVERS, || None);
    sections.extend([
        one(SERVER_CERTIFICATES, &results.classes),
        one(CLIENT_CERTIFICATES, &results.clients),
        one(ACCOUNTS, &results.accounts),
        configurations.as_ref().map(|tables| section(CONFIGURATIONS, tables)),
        one(OLD_SERVERS, &results.old_servers),
        one(GROUPS, &results.groups),
        one(OWN_SERVER, &results.own),
        real_clients.as_ref().map(|tables| section(REAL_CLIENTS, tables)),
        resumption.as_ref().map(|tables| section(RESUMPTION, tables)),
    ]);
    sections
}

fn section(head: &str, tables: &[Table]) -> String {
    let mut text = head.to_string();
    tables.iter().for_each(|table| table.write(&mut text));
    text
}

const NAME: &str = "docs/compatibility.md";

/// With tables of their own.
const SERVERS: usize = 2;

/// From here on the document is not ours.
const REST: &str = "\n<!-- What follows is not written by make test-peers. -->\n";

/// Writes the file, or compares it with what the run gives; what others put behind it stays.
pub fn settle(root: &Path, text: &str, write: bool, report: &mut Report) {
    let name = NAME;
    let path = root.join(name);
    let held = std::fs::read_to_string(&path).unwrap_or_default();
    let (held, rest) = held.split_at(held.find(REST).unwrap_or(held.len()));
    if write {
        let written = std::fs::create_dir_all(root.join("docs"));
        match written.and_then(|()| std::fs::write(&path, [text, rest].concat())) {
            Ok(()) => report.ok(format!("{name}: written")),
            Err(error) => report.fail(name, "to be written", error),
        }
        return;
    }
    if held == text {
        report.ok(format!("{name} says what this run gave"));
        return;
    }
    let differing = text.lines().zip(held.lines()).find(|(new, old)| new != old);
    let (new, old) = differing.unwrap_or(("the same lines", "another number of them"));
    report.fail(format!("{name} (see --write-docs)"), new, old);
}
