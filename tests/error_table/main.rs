//! Every row of the error table: reached by a case below, a host's, or reserved; and `docs/errors.md`, which
//! is made of the same rows (`TLSQL_WRITE_DOCS=1` writes it, otherwise it is compared).

#[path = "../support/mod.rs"]
mod support;

mod document;
mod failures;
mod refusals;

use std::collections::BTreeSet;

use failures::*;
use support::{pki, wire};
use tlsql::error::{Message, Row, TABLE, UsedBy};
use tlsql::{Code, Conn, Error, rules};

/// How a row is reached.
enum Reach {
    /// Through the library's interface.
    Call(fn() -> Error),
    /// By the test of this name in this file: not from outside, or in words of MySQL's own.
    Inside(&'static str, &'static str),
}

use Reach::{Call, Inside};

const CASES: &[(Code, Reach)] = &[
    (Code::Null, Call(no_place_for_a_builder)),
    (Code::Argument, Call(a_greeting_that_is_none)),
    (Code::State, Call(a_start_before_the_greeting)),
    (Code::Overlap, Call(one_buffer_for_both_directions)),
    (Code::Room, Call(no_room_for_a_value)),
    (Code::StructSize, Call(a_struct_of_four_bytes)),
    (Code::Busy, Inside("src/ffi/handle.rs", "a_caught_defect_poisons_and_a_second_call_is_busy")),
    (Code::Panic, Inside("src/ffi/handle.rs", "a_caught_defect_poisons_and_a_second_call_is_busy")),
    (
        Code::SessionPolicy,
        Inside(
            "tests/set_session.rs",
            "a_session_is_not_set_where_it_would_vouch_for_something_else",
        ),
    ),
    (Code::NoHello, Call(a_context_at_no_hello)),
    (
        Code::ContextChosen,
        Inside("tests/hello_event.rs", "a_choice_that_cannot_be_changes_nothing"),
    ),
    (Code::ContextNoTls, Inside("tests/hello_event.rs", "a_choice_that_cannot_be_changes_nothing")),
    (Code::OptionName, Call(|| set("no_such_option", "1"))),
    (Code::OptionValue, Call(|| set("ssl_mode", "3"))),
    (Code::File, Call(|| load(&[("ssl_ca", "/nonexistent/ca")]))),
    (Code::Pem, Call(|| load(&[("ssl_ca", "ca-key.pem")]))),
    (Code::NoCert, Call(|| load(&[("ssl_key", "server-key.pem")]))),
    (Code::NoKey, Call(|| load(&[("ssl_cert", "server-cert.pem")]))),
    (Code::KeyMismatch, Call(|| made(&[("ssl_cert", "cn-cert.pem"), ("ssl_key", "ca-key.pem")]))),
    (Code::KeyForm, Call(a_key_of_another_curve)),
    (Code::NoCa, Call(|| made(&[("ssl_mode", "VERIFY_CA")]))),
    (Code::Crl, Call(|| load(&[("ssl_crl", "ca.pem")]))),
    (Code::NoCipher, Call(|| set("ssl_cipher", "FOO"))),
    (Code::NoVersion, Call(|| set("tls_version", "TLSv1.1"))),
    (Code::NotLoaded, Call(files_that_nobody_loaded)),
    (Code::NoName, Call(verify_identity_without_a_name)),
    (Code::TrustedCert, Call(a_trusted_certificate)),
    (Code::KeyEncrypted, Call(an_encrypted_key)),
    (Code::OptionFile, Call(|| option_file("[client]\n!include /nonexistent/my.cnf\n"))),
    (Code::OptionSyntax, Call(|| option_file("[client]\nssl-ca=\"ca.pem\n"))),
    (Code::OptionInclude, Call(|| option_file("!include @/my.cnf\n"))),
    (Code::FileWrite, Call(a_file_that_is_there_already)),
    (Code::OwnCert, Call(an_expired_certificate_of_our_own)),
    (Code::Greeting, Call(|| greeted(&wire::packet(0, b"\x0a5.7")))),
    (Code::OldProtocol, Call(|| greeted(&wire::packet(0, b"\x09old\0")))),
    (Code::ServerError, Call(|| greeted(&wire::packet(0, &wire::err(1040, "Too many"))))),
    (Code::NoTlsOffered, Call(required_without_tls)),
    (Code::SecureTransport, Call(a_login_in_clear)),
    (Code::SslRequest, Call(|| asked(&wire::packet(1, b"x")))),
    (Code::Sequence, Call(|| asked(&wire::packet(7, &wire::ssl_request(0xaa05))))),
    (Code::PacketSize, Call(|| greeted(b"\x01\0\x01\0"))),
    (Code::Eof, Call(|| Conn::new(&pki::client(&[])).eof(0).unwrap_err())),
    (Code::EarlyBytes, Call(|| asked(&behind_the_request(b"login")))),
    (Code::Alert, Call(|| hello_answered(&wire::alert(80)))),
    (Code::Decrypt, Call(a_changed_record)),
    (Code::Record, Call(|| hello_answered(b"HTTP/1.1 400"))),
    (Code::Misbehaved, Call(a_finished_first)),
    (Code::Incompatible, Call(|| helloed(0x0303, &[0xc02b], &[30]))),
    (Code::Version, Call(a_version_that_tls_version_leaves_out)),
    (Code::OldTls, Call(|| helloed(0x0302, &[0xc02b], &[29]))),
    (Code::CbcOnly, Call(|| hello_answered(&wire::server_hello(0x0303, 0x0067)))),
    (Code::RsaKeyExchange, Call(|| hello_answered(&wire::server_hello(0x0303, 0x009d)))),
    (Code::ClientCertRefused, Call(a_client_of_another_ca)),
    (Code::ClientCertMissing, Call(refusals::no_certificate_for_tls_13)),
    (Code::NotMysql, Call(|| greeted(b"SSH-2.0-x"))),
    (Code::Cipher, Call(|| helloed(0x0303, &[0x002f], &[29]))),
    (Code::Truncated, Call(an_end_inside_a_record)),
    (Code::KeysUsedUp, Inside("src/tls/error.rs", "each_kind_of_failure_has_its_code")),
    (Code::HandshakeSize, Call(a_handshake_message_of_16_mib)),
    (Code::DhGroup, Call(|| met_group("unknown2048"))),
    (Code::DhSmall, Call(|| met_group("small1024"))),
    (Code::Tls, Inside("src/tls/error.rs", "each_kind_of_failure_has_its_code")),
    (Code::CertUnknownCa, Call(|| verified("other", &[]))),
    (Code::CertExpired, Call(|| verified("expired", &[]))),
    (Code::CertNotYet, Call(|| verified_at(1_000_000_000))),
    (Code::CertRevoked, Call(|| verified("server", &[("ssl_crl", "crl-revoked.pem")]))),
    (Code::CertName, Call(|| verified("wrongname", &[("ssl_mode", "VERIFY_IDENTITY")]))),
    (Code::CertSignature, Call(a_signature_with_one_bit_changed)),
    (Code::CertForm, Call(|| verified("v1", &[("tlsql_strict", "ON")]))),
    (Code::CertPurpose, Call(|| verified("client", &[]))),
    (Code::CrlState, Call(a_list_of_another_ca)),
    (Code::CertMissing, Call(a_server_without_a_certificate)),
    (Code::CertPin, Call(another_fingerprint)),
    (Code::CertWeak, Call(a_certificate_signed_with_sha1)),
    (Code::CertSelfSigned, Call(|| verified_kept("keys/p256-cert", "keys/p256-sec1", &[]))),
    (Code::CertCa, Call(a_certificate_below_one_that_is_no_ca)),
    (Code::CertConstraint, Call(a_name_that_the_ca_may_not_certify)),
    (Code::CrlExpired, Call(an_expired_list)),
    (Code::CrlUnusable, Call(a_list_with_one_bit_changed)),
    (Code::PeerProof, Call(a_server_that_does_not_know_the_password)),
    (Code::CertOther, Call(a_certificate_signed_with_sha224)),
    (Code::AccountSsl, Call(|| denied("SSL", a_plain_login))),
    (Code::AccountX509, Call(|| denied("X509", a_login_without_a_certificate))),
    (Code::AccountCipher, Inside("tests/accounts.rs", IN_ORDER)),
    (Code::AccountIssuer, Inside("tests/accounts.rs", IN_ORDER)),
    (Code::AccountSubject, Inside("tests/accounts.rs", IN_ORDER)),
    (Code::AccountSan, Inside("tests/accounts.rs", IN_ORDER)),
];

const IN_ORDER: &str = "the_first_failure_in_mysqls_order_counts";

#[test]
fn every_row_of_the_library_is_reached() {
    let mut wrong = Vec::new();
    for row in TABLE {
        let cases: Vec<_> = CASES.iter().filter(|(code, _)| *code == row.code).collect();
        match (row.used_by, &cases[..]) {
            (UsedBy::Host | UsedBy::Nobody, []) => {}
            (UsedBy::Host | UsedBy::Nobody, _) => {
                wrong.push(format!("{} is not the library's and has a case", row.name));
            }
            (UsedBy::Library, [(_, Inside(file, test))]) => {
                let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
                let source =
                    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{file}: {e}"));
                let here = format!("fn {test}(");
                let named = format!("Code::{:?}", row.code);
                if !source.contains(&here) || !source.contains(&named) {
                    wrong.push(format!("{}: no test {test} in {file}", row.name));
                }
            }
            (UsedBy::Library, [(_, Call(provoke))]) => {
                let error = provoke();
                if error.code != row.code {
                    wrong.push(format!("{}: {error}", row.name));
                }
                check_words(row, &error);
            }
            (UsedBy::Library, _) => wrong.push(format!("{}: {} cases", row.name, cases.len())),
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What the library never returns: a row that is reserved, and a host's own.
#[test]
fn a_row_that_is_not_the_librarys_is_named_nowhere_in_it() {
    let others: Vec<_> = TABLE.iter().filter(|row| row.used_by != UsedBy::Library).collect();
    let hosts: Vec<_> = others.iter().filter(|row| row.used_by == UsedBy::Host).collect();
    assert_eq!(hosts.iter().map(|row| row.code).collect::<Vec<_>>(), [Code::Timeout]);
    for (path, source) in support::source::all() {
        if path.starts_with("error/") {
            continue;
        }
        for row in &others {
            let name = format!("{:?}", row.code);
            for (at, _) in source.match_indices(&format!("Code::{name}")) {
                let next = source[at + 6 + name.len()..].chars().next();
                let other = next.is_some_and(char::is_alphanumeric);
                assert!(other, "{path} names {}", row.name);
            }
        }
    }
}

/// A host reports its own deadline as MySQL's client reports a read timeout.
#[test]
fn a_hosts_deadline_has_mysqls_numbers() {
    let error = Error::from(Code::Timeout);
    assert_eq!((error.mysql_errno(), error.sqlstate().as_str()), (2013, "HY000"));
    check_words(error.row(), &error);
}

#[test]
fn rows_tell_themselves_apart() {
    let mut texts = BTreeSet::new();
    let mut names = BTreeSet::new();
    let mut last = 0;
    for row in TABLE {
        assert!(texts.insert(row.text), "{}: its text is another row's", row.name);
        assert!(names.insert(row.name), "{}", row.name);
        assert!(row.code.number() < last, "{} is out of order", row.name);
        last = row.code.number();
        assert!(row.sqlstate.is_empty() || row.sqlstate.len() == 5, "{}", row.name);
        assert_eq!(Code::from_number(last), Some(row.code));
        let is_call = row.code.is_misuse();
        assert_eq!(is_call, last > -20, "{}", row.name);
        assert!(row.errno == 0 || !is_call, "a wrong call has no MySQL number: {}", row.name);
        // Only what ends a TLS connection has an alert.
        assert!(row.alert.is_none() || (-149..=-80).contains(&last), "{}", row.name);
    }
}

#[test]
fn the_header_has_the_same_numbers() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/include/tlsql.h");
    let header = std::fs::read_to_string(path).unwrap();
    let in_header: Vec<_> =
        header.lines().filter(|line| line.starts_with("#define TLSQL_E_")).collect();
    let expected: Vec<_> =
        TABLE.iter().map(|row| format!("#define {} ({})", row.name, row.code.number())).collect();
    assert_eq!(in_header, expected);
}

#[test]
fn docs_errors_md_is_current() {
    // It has the sentences of the default build.
    if cfg!(feature = "encrypted-keys") {
        return;
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/errors.md");
    let made = document::document();
    if std::env::var_os("TLSQL_WRITE_DOCS").is_some() {
        std::fs::write(path, &made).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(found == made, "docs/errors.md is not current: run this test with TLSQL_WRITE_DOCS=1");
}

/// What a client library keeps: the row's own words whole, and the start of what was known.
#[test]
fn a_fact_of_100_bytes_names_the_row_and_the_case() {
    // A wrong call is for its programmer; a MySQL server's own text is for the peer.
    let is_told = |code: Code| !code.is_misuse() && code != Code::SecureTransport;
    for row in TABLE.iter().filter(|row| is_told(row.code)) {
        let Message { text, fact } = Error::from(row.code).to_message();
        let words = text[fact].strip_suffix(row.clause).unwrap();
        assert!(words.len() <= 75, "{}: {} bytes: {words}", row.name, words.len());
    }
}

/// Hints on options of the peer; and that of an unknown name has examples.
const FOR_THE_PEER: &[Code] =
    &[Code::Incompatible, Code::OldTls, Code::CertMissing, Code::OptionName];

/// A host that has other names for the options finds the one to change without reading the hint.
#[test]
fn an_option_that_a_hint_names_is_the_rows() {
    let mut count = 0;
    for row in TABLE.iter().filter(|row| !FOR_THE_PEER.contains(&row.code)) {
        check_option(row.name, row.hint, row.option);
        assert!(row.option.is_empty() || is_option(row.option), "{}: {}", row.name, row.option);
        count += usize::from(!row.option.is_empty());
    }
    assert!(count > 25, "{count}");
    for (role, rule) in rules() {
        let row = rule.code.row();
        let option = rule.option.map_or(row.option, |option| option.name);
        let is_peers = FOR_THE_PEER.contains(&rule.code) || option.is_empty();
        if let Some(hint) = rule.hint.filter(|_| !is_peers) {
            check_option(&format!("{role:?}, {}", rule.case), hint, option);
        }
    }
}

fn check_option(what: &str, hint: &str, option: &str) {
    let words = hint.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    let of_peer = |at: usize| at > 0 && words[at - 1] == "s";
    let own = words.iter().enumerate().filter(|(at, word)| is_option(word) && !of_peer(*at));
    let own: Vec<_> = own.map(|(_, word)| *word).collect();
    assert!(own.is_empty() || own.contains(&option), "{what}: {option:?} for {hint}");
}

fn is_option(name: &str) -> bool {
    tlsql::OPTIONS.iter().any(|option| option.name == name && name != "ssl")
        || name == "verify_name"
}

/// What only the peer can change is not the host's option, and a code alone advises nobody.
#[test]
fn an_error_names_its_option_or_its_rows() {
    let name = |error: &Error| error.option_name().map(str::to_owned);
    let of = |provoke: fn() -> Error| name(&provoke());
    assert_eq!(of(|| verified("other", &[])).as_deref(), Some("ssl_ca"));
    assert_eq!(
        of(|| verified("wrongname", &[("ssl_mode", "VERIFY_IDENTITY")])).as_deref(),
        Some("verify_name")
    );
    assert_eq!(of(a_client_of_another_ca).as_deref(), Some("ssl_cert"));
    assert_eq!(of(a_server_that_does_not_know_the_password).as_deref(), Some("ssl_ca"));
    assert_eq!(name(&Error::from(Code::NoCa)).as_deref(), Some("ssl_ca"));
    assert_eq!(name(&Error::from(Code::NoName)).as_deref(), Some("verify_name"));
    assert_eq!(of(|| helloed(0x0302, &[0xc02b], &[29])), None);
    assert_eq!(
        name(&Error::option(Code::NoCipher, "tls_ciphersuites", "why")).as_deref(),
        Some("tls_ciphersuites")
    );
}

/// A client library that keeps 100 bytes shows a path of up to 60 of them whole.
#[test]
fn a_path_stands_in_the_first_100_bytes() {
    let path = format!("/etc/mysql/{}.pem", "x".repeat(45));
    assert_eq!(path.len(), 60);
    for code in [Code::File, Code::NotLoaded, Code::KeyForm] {
        let Message { text, fact } = Error::file(code, "ssl_capath", &path, "why").to_message();
        let kept: String = text[fact].chars().take(100).collect();
        assert!(kept.contains(&format!("(ssl_capath={path})")), "{kept}");
    }
    let Message { text, fact } = load(&[("ssl_ca", "/nonexistent/ca")]).to_message();
    let what = "cannot read a file (ssl_ca=/nonexistent/ca): No such file or directory";
    assert!(text[fact.clone()].starts_with(what), "{text}");
    let not_loaded = Error::file(Code::NotLoaded, "ssl_ca", "ca.pem", "my.cnf, line 3").message();
    let what = "File not loaded (ssl_ca=ca.pem): my.cnf, line 3. Call ";
    assert!(not_loaded.starts_with(what), "{not_loaded}");
}

/// A message says what happened and what to do about it.
fn check_words(row: &Row, error: &Error) {
    let message = error.message();
    assert!(message.starts_with(row.text), "{}: {message}", row.name);
    assert!(message.len() < 512, "{}: MYSQL_ERRMSG_SIZE: {message}", row.name);
    // A refusal for the peer has the text of a MySQL server and no more.
    let hinted = row.code != Code::SecureTransport;
    assert_eq!(!row.hint.is_empty(), hinted, "{}", row.name);
    let hint = error.details().and_then(|details| details.hint.as_deref());
    let hint = match error.alert() {
        Some(alert) if error.code == Code::Alert => alert.hint(),
        _ => hint.unwrap_or(row.hint),
    };
    assert!(message.ends_with(hint) && message.ends_with(['.', '?']), "{}: {message}", row.name);
    check_fact(hint, error);
}

/// The fact lies between the prefix that client libraries write themselves and the hint.
fn check_fact(hint: &str, error: &Error) {
    let Message { text, fact } = error.to_message();
    let prefix = if text.starts_with("SSL connection error: ") { 22 } else { 0 };
    assert_eq!(fact.start, prefix, "{text}");
    let end = text[fact.end..].trim_start_matches('.').trim_start();
    assert_eq!(end, hint, "{text}");
    assert!(text[fact.clone()].starts_with(&error.row().text[prefix..]), "{text}");
    assert!(hint.is_empty() || !text[fact].contains(hint), "{text}");
}
