//! Every row of the error table: reserved, or reached by a case below; and `docs/errors.md`, which
//! is made of the same rows (`TLSQL_WRITE_DOCS=1` writes it, otherwise it is compared).

mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ptr::null_mut;
use std::sync::Arc;

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use support::wire::{self, MYSQL57, MYSQL57_OFF};
use support::{Host, Schedule, link, pki, run};
use tlsql::error::{Row, TABLE};
use tlsql::ffi::{self, tlsql_error, tlsql_step};
use tlsql::{Builder, Code, Conn, Context, Error, Role};

/// How a row is reached.
enum Reach {
    /// Through the library's interface.
    Call(fn() -> Error),
    /// Not from outside: by the test of this name in this file of the library.
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
    (Code::OptionName, Call(|| set("no_such_option", "1"))),
    (Code::OptionValue, Call(|| set("ssl_mode", "3"))),
    (Code::File, Call(|| load(&[("ssl_ca", "/nonexistent/ca")]))),
    (Code::Pem, Call(|| load(&[("ssl_ca", "ca-key.pem")]))),
    (Code::NoCert, Call(|| load(&[("ssl_key", "server-key.pem")]))),
    (Code::NoKey, Call(|| load(&[("ssl_cert", "server-cert.pem")]))),
    (Code::KeyMismatch, Call(|| made(&[("ssl_cert", "cn-cert.pem"), ("ssl_key", "ca-key.pem")]))),
    (Code::KeyForm, Call(an_encrypted_key)),
    (Code::NoCa, Call(|| made(&[("ssl_mode", "VERIFY_CA")]))),
    (Code::Crl, Call(|| load(&[("ssl_crl", "ca.pem")]))),
    (Code::NoCipher, Call(|| set("ssl_cipher", "FOO"))),
    (Code::NoVersion, Call(|| set("tls_version", "TLSv1.1"))),
    (Code::NotLoaded, Call(files_that_nobody_loaded)),
    (Code::NoName, Call(verify_identity_without_a_name)),
    (Code::TrustedCert, Call(a_trusted_certificate)),
    (Code::Greeting, Call(|| greeted(&wire::packet(0, b"\x0a5.7")))),
    (Code::OldProtocol, Call(|| greeted(&wire::packet(0, b"\x09old\0")))),
    (Code::ServerSaid, Call(|| greeted(&wire::packet(0, &wire::err(1040, "Too many"))))),
    (Code::NoTlsOffered, Call(required_without_tls)),
    (Code::SecureTransport, Call(a_login_in_clear)),
    (Code::SslRequest, Call(|| asked(&wire::packet(1, b"x")))),
    (Code::Sequence, Call(|| asked(&wire::packet(7, &wire::ssl_request(0xaa05))))),
    (Code::PacketSize, Call(|| greeted(b"\x01\0\x01\0"))),
    (Code::Eof, Call(|| Conn::new(&pki::client(&[])).eof(0).unwrap_err())),
    (Code::EarlyBytes, Call(|| asked(&behind_the_request(b"login")))),
    (Code::Alert, Call(|| hello_answered(&wire::alert(40)))),
    (Code::Decrypt, Call(a_changed_record)),
    (Code::Record, Call(|| hello_answered(b"HTTP/1.1 400"))),
    (Code::Misbehaved, Call(a_finished_first)),
    (Code::Incompatible, Call(|| helloed(0x0303, &[0xc02b], &[30]))),
    (Code::Version, Call(|| helloed(0x0302, &[0xc02b], &[29]))),
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
];

#[test]
fn every_row_is_reserved_or_reached() {
    let mut wrong = Vec::new();
    for row in TABLE {
        let cases: Vec<_> = CASES.iter().filter(|(code, _)| *code == row.code).collect();
        match (row.reserved, &cases[..]) {
            (true, []) => {}
            (true, _) => wrong.push(format!("{} is reserved and has a case", row.name)),
            (false, [(_, Inside(file, test))]) => {
                let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
                let source =
                    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{file}: {e}"));
                let here = format!("fn {test}(");
                let named = format!("Code::{:?}", row.code);
                if !source.contains(&here) || !source.contains(&named) {
                    wrong.push(format!("{}: no test {test} in {file}", row.name));
                }
            }
            (false, [(_, Call(provoke))]) => {
                let error = provoke();
                if error.code != row.code {
                    wrong.push(format!("{}: {error}", row.name));
                }
                check_words(row, &error);
            }
            (false, _) => wrong.push(format!("{}: {} cases", row.name, cases.len())),
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_reserved_row_is_named_nowhere_in_the_library() {
    let reserved: Vec<_> = TABLE.iter().filter(|row| row.reserved).collect();
    assert!(!reserved.is_empty());
    for (path, source) in support::source::all() {
        if path.starts_with("error/") {
            continue;
        }
        for row in &reserved {
            let name = format!("{:?}", row.code);
            for (at, _) in source.match_indices(&format!("Code::{name}")) {
                let next = source[at + 6 + name.len()..].chars().next();
                let other = next.is_some_and(char::is_alphanumeric);
                assert!(other, "{path} names the reserved {}", row.name);
            }
        }
    }
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
        let is_call = row.code.is_wrong_call();
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
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/errors.md");
    let made = document();
    if std::env::var_os("TLSQL_WRITE_DOCS").is_some() {
        std::fs::write(path, &made).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(found == made, "docs/errors.md is not current: run this test with TLSQL_WRITE_DOCS=1");
}

/// A message says what happened and what to do about it.
fn check_words(row: &Row, error: &Error) {
    let message = error.message();
    assert!(message.starts_with(row.text), "{}: {message}", row.name);
    assert!(message.len() < 512, "{}: MYSQL_ERRMSG_SIZE: {message}", row.name);
    // A refusal for the peer has the text of a MySQL server and no more.
    let hinted = row.code != Code::SecureTransport;
    assert_eq!(!row.hint.is_empty(), hinted, "{}", row.name);
    assert!(
        message.ends_with(row.hint) && message.ends_with(['.', '?']),
        "{}: {message}",
        row.name
    );
}

fn document() -> String {
    let mut out = String::from(HEAD);
    for (title, first, last) in SECTIONS {
        let _ = write!(out, "\n## {title}\n\n{COLUMNS}");
        for row in TABLE.iter().filter(|row| (last..=first).contains(&row.code.number())) {
            let or_none =
                |number: u32| if number == 0 { String::new() } else { number.to_string() };
            let reserved = if row.reserved { " (reserved: nothing returns it yet)" } else { "" };
            let _ = writeln!(
                out,
                "| `{}` | {} | {} | {} | {} | {}{reserved} | {} |",
                row.name,
                row.code.number(),
                or_none(row.errno.into()),
                row.sqlstate,
                row.alert.map_or(String::new(), |alert| alert.to_string()),
                row.text.replace('|', "\\|"),
                row.hint.replace('|', "\\|"),
            );
        }
    }
    out
}

const HEAD: &str = "\
# Errors

Generated from `src/error/table.rs` by `tests/error_table.rs`; do not edit.

Every failure has a number that never changes or gets reused, MySQL's error number and SQLSTATE
where one fits, and the number of the TLS alert that leaves for it (RFC 8446 section 6.2). A message
is the text, then what was known when it happened (option, file, name, alert), then what to do.
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

// The C interface

fn code(number: ffi::tlsql_code) -> Error {
    Code::from_number(number).expect("a failure").into()
}

fn no_place_for_a_builder() -> Error {
    code(unsafe { ffi::tlsql_builder_new(ffi::TLSQL_CLIENT, null_mut()) })
}

fn one_buffer_for_both_directions() -> Error {
    let mut builder = null_mut();
    let (mut context, mut conn) = (null_mut(), null_mut());
    unsafe {
        assert_eq!(ffi::tlsql_builder_new(ffi::TLSQL_CLIENT, &mut builder), 0);
        assert_eq!(ffi::tlsql_context_new(builder, &mut context), 0);
        assert_eq!(ffi::tlsql_client_new(context, &mut conn, null_mut()), 0);
        let mut step: tlsql_step = std::mem::zeroed();
        step.struct_size = size_of::<tlsql_step>() as u32;
        let mut buffer = [0u8; 64];
        let (at, len) = (buffer.as_mut_ptr(), buffer.len());
        let nothing = null_mut();
        let result =
            ffi::tlsql_conn_step(conn, at, len, at, len, nothing, 0, nothing, 0, &mut step);
        ffi::tlsql_conn_free(conn);
        ffi::tlsql_context_free(context);
        ffi::tlsql_builder_free(builder);
        code(result)
    }
}

fn no_room_for_a_value() -> Error {
    let mut builder = null_mut();
    let mut needed = 0;
    unsafe {
        assert_eq!(ffi::tlsql_builder_new(ffi::TLSQL_CLIENT, &mut builder), 0);
        let name = c"ssl_mode";
        let (at, len) = (name.as_ptr(), name.count_bytes());
        let result = ffi::tlsql_builder_get(builder, at, len, null_mut(), 0, &mut needed);
        assert_eq!(needed, "PREFERRED".len() + 1);
        ffi::tlsql_builder_free(builder);
        code(result)
    }
}

fn a_struct_of_four_bytes() -> Error {
    unsafe {
        let mut out: tlsql_error = std::mem::zeroed();
        out.struct_size = 4;
        code(ffi::tlsql_code_info(-1, &mut out))
    }
}

// Settings

fn set(name: &str, value: &str) -> Error {
    Builder::new(Role::Client).set(name, value).unwrap_err()
}

fn load(options: &[(&str, &str)]) -> Error {
    pki::builder(Role::Client, options).unwrap_err()
}

fn made(options: &[(&str, &str)]) -> Error {
    pki::try_context(Role::Client, options).unwrap_err()
}

fn an_encrypted_key() -> Error {
    let key = pki::kept("keys/p256-encrypted-pkcs8.pem");
    load(&[("ssl_cert", "server-cert.pem"), ("ssl_key", &key)])
}

fn a_trusted_certificate() -> Error {
    let text = String::from_utf8(pki::read("ca.pem")).unwrap();
    let text = text.replace(" CERTIFICATE", " TRUSTED CERTIFICATE");
    Builder::new(Role::Client).add_ca(text.as_bytes()).unwrap_err()
}

fn files_that_nobody_loaded() -> Error {
    let mut builder = Builder::new(Role::Client);
    builder.set("ssl_ca", &pki::path("ca.pem")).unwrap();
    Context::new(&builder).unwrap_err()
}

// MySQL packets

fn a_greeting_that_is_none() -> Error {
    Conn::new(&pki::server(&[])).server_greeting(b"hello").unwrap_err()
}

fn a_start_before_the_greeting() -> Error {
    let mut host = Host::new(&pki::client(&[]), Schedule::Whole);
    host.conn.client_start(&mut host.request.clone()).unwrap_err()
}

fn greeted(stream: &[u8]) -> Error {
    client_fed(&pki::client(&[]), &[stream])
}

fn verify_identity_without_a_name() -> Error {
    let client = pki::client(&[("ssl_mode", "VERIFY_IDENTITY"), ("ssl_ca", "ca.pem")]);
    client_fed(&client, &[&wire::packet(0, &wire::greeting(MYSQL57))])
}

fn required_without_tls() -> Error {
    let client = pki::client(&[("ssl_mode", "REQUIRED")]);
    client_fed(&client, &[&wire::packet(0, &wire::greeting(MYSQL57_OFF))])
}

fn client_fed(client: &Context, streams: &[&[u8]]) -> Error {
    let mut host = Host::new(client, Schedule::Whole);
    streams.iter().for_each(|stream| host.deliver(stream));
    host.failure().clone()
}

fn asked(stream: &[u8]) -> Error {
    let mut host = Host::new(&pki::server_as("server", &[]), Schedule::Whole);
    host.deliver(stream);
    host.failure().clone()
}

fn behind_the_request(bytes: &[u8]) -> Vec<u8> {
    [&wire::packet(1, &wire::ssl_request(wire::MYSQL_PROGRAM)), bytes].concat()
}

fn a_login_in_clear() -> Error {
    let mut host = Host::new(&pki::server(&[("require_secure_transport", "ON")]), Schedule::Whole);
    let login = wire::login(wire::MYSQL_PROGRAM & !wire::CLIENT_SSL);
    host.deliver(&wire::packet(1, &login));
    host.conn.check_transport().unwrap_err()
}

// TLS

fn hello_answered(answer: &[u8]) -> Error {
    let greeting = wire::packet(0, &wire::greeting(MYSQL57));
    client_fed(&pki::client(&[]), &[&greeting, answer])
}

fn helloed(version: u16, suites: &[u16], groups: &[u16]) -> Error {
    let hello = wire::client_hello(version, suites, &wire::usual_extensions(groups));
    asked(&behind_the_request(&hello))
}

fn a_finished_first() -> Error {
    asked(&behind_the_request(&wire::record(wire::HANDSHAKE, &wire::handshake(20, &[0; 12]))))
}

fn a_handshake_message_of_16_mib() -> Error {
    let mut head = vec![1, 0xff, 0xff, 0xff];
    head.resize(16_000, 0);
    asked(&behind_the_request(&wire::record(wire::HANDSHAKE, &head).repeat(8)))
}

/// A client in TLS, and a record of its server that has not arrived yet.
fn with_a_record_on_its_way() -> (Host, Vec<u8>) {
    let (mut client, mut server) =
        link(&pki::client(&[]), &pki::server_as("server", &[]), Schedule::Whole);
    run(&mut client, &mut server);
    server.app.extend(b"a row");
    server.settle();
    let record = server.take_sent();
    (client, record)
}

fn a_changed_record() -> Error {
    let (mut client, mut record) = with_a_record_on_its_way();
    *record.last_mut().unwrap() ^= 1;
    client.deliver(&record);
    client.failure().clone()
}

fn an_end_inside_a_record() -> Error {
    let (mut client, record) = with_a_record_on_its_way();
    client.deliver(&record[..record.len() - 1]);
    client.eof().unwrap_err()
}

/// What a client makes of a server that uses this group of `tests/data`.
fn met_group(name: &str) -> Error {
    let pem = std::fs::read(pki::kept(&format!("dh/{name}.pem"))).unwrap();
    let (p, g) = support::dh::parameters(&pem);
    let mut client = Host::greeted(&pki::client(&[]), Schedule::Whole, wire::MYSQL57);
    support::dh::OneGroup::new(&p, &g, &[2]).meet(&mut client);
    client.failure().clone()
}

// Certificates

/// What a client with our CA makes of the server with this certificate.
fn verified(name: &str, options: &[(&str, &str)]) -> Error {
    let options = [&[("ssl_ca", "ca.pem")], options].concat();
    ended(&pki::client(&options), &pki::server_as(name, &[]))
}

fn another_fingerprint() -> Error {
    let client = pki::client(&[("ssl_fp", &"ab".repeat(32))]);
    ended(&client, &pki::server_as("server", &[]))
}

fn a_server_that_does_not_know_the_password() -> Error {
    let client = pki::client(&[("tlsql_peer_proof", "ON")]);
    let (mut client, mut server) = link(&client, &pki::server_as("server", &[]), Schedule::Whole);
    run(&mut client, &mut server);
    client.conn.confirm_peer(&[1; 20], &[2; 20], b"").unwrap_err()
}

fn verified_at(time: u64) -> Error {
    let mut builder = pki::builder(Role::Client, &[("ssl_ca", "ca.pem")]).unwrap();
    builder.set_clock(time);
    ended(&Context::new(&builder).unwrap(), &pki::server_as("server", &[]))
}

fn a_list_of_another_ca() -> Error {
    let options = [("ssl_ca", "other-ca.pem"), ("ssl_crl", "crl.pem")];
    ended(&pki::client(&options), &pki::server_as("other", &[]))
}

fn a_signature_with_one_bit_changed() -> Error {
    let mut chain = pki::der(&pki::read("server-cert.pem"));
    *chain.last_mut().unwrap() ^= 1;
    let mut builder = Builder::new(Role::Server);
    builder.set_identity(&chain, &pki::read("server-key.pem")).unwrap();
    let client = pki::client(&[("ssl_ca", "ca.pem")]);
    ended(&client, &Context::new(&builder).unwrap())
}

fn a_certificate_signed_with_sha1() -> Error {
    let ca = pki::kept("keys/rsa2048-ca.pem");
    let mut builder = pki::builder(Role::Client, &[("ssl_ca", &ca)]).unwrap();
    builder.set_clock(1_800_000_000);
    let (cert, key) = (pki::kept("keys/p256-sha1-cert.pem"), pki::kept("keys/p256-sec1.pem"));
    let server = pki::server(&[("ssl_cert", &cert), ("ssl_key", &key)]);
    ended(&Context::new(&builder).unwrap(), &server)
}

/// What a client makes of a server with certificate and key of `tests/data`, in January 2027.
fn verified_kept(cert: &str, key: &str, options: &[(&str, &str)]) -> Error {
    let kept = |name: &str| pki::kept(&format!("{name}.pem"));
    let options = if options.is_empty() { &[("ssl_ca", "ca.pem")] } else { options };
    let mut builder = pki::builder(Role::Client, options).unwrap();
    builder.set_clock(1_800_000_000);
    let server = pki::server(&[("ssl_cert", &kept(cert)), ("ssl_key", &kept(key))]);
    ended(&Context::new(&builder).unwrap(), &server)
}

fn a_certificate_below_one_that_is_no_ca() -> Error {
    let ca = pki::kept("anchors/not-ca.pem");
    verified_kept("anchors/below-not-ca", "anchors/below-not-ca-key", &[("ssl_ca", &ca)])
}

fn a_name_that_the_ca_may_not_certify() -> Error {
    let ca = pki::kept("refusals/constrained-ca.pem");
    verified_kept("refusals/constrained-cert", "refusals/constrained-key", &[("ssl_ca", &ca)])
}

fn an_expired_list() -> Error {
    let (ca, list) = (pki::kept("refusals/ca.pem"), pki::kept("refusals/expired-crl.pem"));
    let options = [("ssl_ca", ca.as_str()), ("ssl_crl", list.as_str())];
    let error = verified_kept("refusals/server-cert", "refusals/server-key", &options);
    let message = error.message();
    let facts = "the list of /CN=tlsql refusals ca is good until 2026-12-01 00:00:00 UTC (OpenSSL \
                 error 12 at depth 0, CRL has expired)";
    assert!(message.contains(facts), "{message}");
    error
}

fn a_list_with_one_bit_changed() -> Error {
    let mut list = pki::der(&pki::read("crl.pem"));
    *list.last_mut().unwrap() ^= 1;
    let mut builder = pki::builder(Role::Client, &[("ssl_ca", "ca.pem")]).unwrap();
    builder.add_crl(&list).unwrap();
    ended(&Context::new(&builder).unwrap(), &pki::server_as("server", &[]))
}

/// The server's certificate with another signature algorithm written in, inside and outside:
/// ecdsa-with-SHA224, which ring has not.
fn a_certificate_signed_with_sha224() -> Error {
    const SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
    let mut chain = pki::der(&pki::read("server-cert.pem"));
    let places: Vec<_> = (0..chain.len()).filter(|&at| chain[at..].starts_with(SHA256)).collect();
    assert_eq!(places.len(), 2);
    places.iter().for_each(|at| chain[at + SHA256.len() - 1] = 1);
    let mut builder = Builder::new(Role::Server);
    builder.set_identity(&chain, &pki::read("server-key.pem")).unwrap();
    let client = pki::client(&[("ssl_ca", "ca.pem")]);
    ended(&client, &Context::new(&builder).unwrap())
}

fn ended(client: &Context, server: &Context) -> Error {
    let (mut client, mut server) = link(client, server, Schedule::Whole);
    run(&mut client, &mut server);
    client.failure().clone()
}

/// A server that sends an empty list of certificates, which ours never would.
fn a_server_without_a_certificate() -> Error {
    #[derive(Debug)]
    struct Nothing(Arc<CertifiedKey>);
    impl ResolvesServerCert for Nothing {
        fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
            Some(self.0.clone())
        }
    }
    let provider = rustls::crypto::ring::default_provider();
    let key = rustls_pki_types::PrivatePkcs8KeyDer::from(pki::der(&pki::read("server-key.pem")));
    let key = provider.key_provider.load_private_key(key.into()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Nothing(Arc::new(CertifiedKey::new(vec![], key)))));
    let mut server = rustls::ServerConnection::new(Arc::new(config)).unwrap();

    let mut client = Host::new(&pki::client(&[]), Schedule::Whole);
    client.deliver(&wire::packet(0, &wire::greeting(MYSQL57)));
    let hello = client.take_sent();
    server.read_tls(&mut &hello[36..]).unwrap();
    server.process_new_packets().unwrap();
    let mut flight = Vec::new();
    while server.wants_write() {
        server.write_tls(&mut flight).unwrap();
    }
    client.deliver(&flight);
    client.failure().clone()
}
