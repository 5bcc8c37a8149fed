//! `docs/errors.md`: the table, and the sentences of `refusals`.

use std::fmt::Write as _;

use tlsql::Role;
use tlsql::error::{TABLE, UsedBy};

use crate::refusals;

pub fn document() -> String {
    let mut out = String::from(HEAD);
    for (title, first, last) in SECTIONS {
        let _ = write!(out, "\n## {title}\n\n{COLUMNS}");
        for row in TABLE.iter().filter(|row| (last..=first).contains(&row.code.number())) {
            let or_none =
                |number: u32| if number == 0 { String::new() } else { number.to_string() };
            let used_by = match row.used_by {
                UsedBy::Library => "",
                UsedBy::Host => " (for hosts: the library never returns it)",
                UsedBy::Nobody => " (reserved: nothing returns it yet)",
            };
            let _ = writeln!(
                out,
                "| `{}` | {} | {} | {} | {} | {}{used_by} | {} |",
                row.name,
                row.code.number(),
                or_none(row.errno.into()),
                row.sqlstate,
                row.alert.map_or(String::new(), |alert| alert.to_string()),
                [row.text, row.clause].concat().replace('|', "\\|"),
                row.hint.replace('|', "\\|"),
            );
        }
    }
    out.push_str(RULES);
    for (role, rule) in tlsql::rules() {
        let role = if role == Role::Client { "client" } else { "server" };
        let hint = rule.hint.unwrap_or("as the code's row says");
        let _ = writeln!(out, "| {role} | {} | `{}` | {hint} |", rule.case, rule.code.row().name);
    }
    out.push_str(EXPLAINED);
    for refusal in refusals::REFUSALS {
        let (name, sentence) = refusal.sentence();
        let (number, what) = (refusal.number, refusal.what);
        let sentence = sentence.replace('|', "\\|");
        let _ = writeln!(out, "| {number} | {what} | {sentence} | `{name}` |");
    }
    out
}

const HEAD: &str = "\
# Errors

Generated from `src/error/table.rs` by `tests/error_table`; do not edit.

Every failure has a number that never changes or gets reused, MySQL's error number and SQLSTATE
where one fits, and the number of the TLS alert that leaves for it (RFC 8446 section 6.2). A message
is the text, what was known when it happened (reason, name, alert, option, file), and what to do,
which may say more than the row where more is known.

The text and what was known are the *fact*: `fact_off` and `fact_len` of `tlsql_error` say where it
stands in `message`. A client library that writes `SSL connection error: ` itself, keeps 100 bytes,
or has other names for the options shows the fact alone; what matters most stands first in it.

`TLSQL_E_STATE` has its row's text, or `Not allowed now` with the reason and no advice.
`TLSQL_E_SECURE_TRANSPORT` has none either: its text is what the peer is sent.

Two numbers depend on the moment: `TLSQL_E_EOF` is 2026 in the TLS handshake and 2013 before and after
it, also after a client certificate was shown, and `TLSQL_E_SEQUENCE` is 2013 (HY000) for a client, as
in MySQL's own. `TLSQL_E_SERVER_ERROR` has the server's.
";

const RULES: &str = "
## Rules

What a failure means on a connection, by what is known there: the greeting, our own settings, what
the peer was shown and what it chose. The first rule that applies counts (`engine/diagnosis/rules.rs`).

| role | when | constant | what to do |
|---|---|---|---|
";

const EXPLAINED: &str = "
## Refusals, explained

What people meet most, with the whole message of one case each. What is known before TLS is not
authenticated: the server's version, an ERR packet, the suite that it chose. It explains a failure;
beside that the version decides only whether DHE is offered (defaults.md, cipher suites).

| | case | message | constant |
|---|---|---|---|
";

const COLUMNS: &str = "\
| constant | number | MySQL | SQLSTATE | alert | text | what to do |
|---|---|---|---|---|---|---|
";

const SECTIONS: [(&str, i32, i32); 6] = [
    ("Wrong calls: they change nothing", -1, -19),
    ("Settings", -20, -49),
    ("MySQL packets and transport", -50, -79),
    ("TLS", -80, -119),
    ("Certificates", -120, -149),
    ("Accounts", -150, -999),
];
