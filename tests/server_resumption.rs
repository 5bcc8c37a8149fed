//! A server resumes sessions, and only such as a full handshake would end in now too.
//!
//! rustls looks at no age of a session, asks no verifier, and knows of no reload: a session that was
//! made under one policy would be resumed under the next. What stands in each ticket and beside each
//! cached session prevents that, and these tests fail without it.

mod support;

use std::time::{SystemTime, UNIX_EPOCH};

use rustls::HandshakeKind;
use rustls::crypto::ring::default_provider;
use rustls_pki_types::CertificateDer;
use support::plain_client::{Keeps, Met, PlainClient, WAYS};
use support::{Files, Host, SCHEDULES, Schedule, pki, run};
use tlsql::{Account, Builder, Code, Context, Login, OnelineForm, Reload, Role, UsedPassword};

type Options<'a> = &'a [(&'a str, &'a str)];

const BASE: Options<'_> =
    &[("ssl_cert", "server-cert.pem"), ("ssl_key", "server-key.pem"), ("ssl_ca", "ca.pem")];

const OPTIONS_TOO: Reload = Reload { options: true, no_rollback: false };

/// A server that asks for client certificates, with further options or other values; `ssl_ca` may be
/// taken away.
fn builder(more: Options<'_>) -> Builder {
    let mut options = [BASE, more].concat();
    if more.contains(&NO_CA) {
        options.retain(|(name, _)| *name != NO_CA.0);
    }
    pki::builder(Role::Server, &options).expect("a builder")
}

const NO_CA: (&str, &str) = ("ssl_ca", "");

fn server(more: Options<'_>) -> Context {
    Context::new(&builder(more)).expect("a context")
}

fn client(keeps: Keeps) -> PlainClient {
    PlainClient::new(keeps, "client")
}

fn count(context: &Context, name: &str) -> u64 {
    context.status(name).and_then(|value| value.parse().ok()).expect("a counter")
}

/// What is known of the client.
#[derive(Debug, PartialEq)]
struct Known {
    verified: u32,
    subject: Option<Vec<u8>>,
    issuer: Option<Vec<u8>>,
    chain: Vec<Vec<u8>>,
}

fn identity(met: &Met) -> Known {
    let conn = &met.host.conn;
    let form = OnelineForm::OpenSsl3;
    let chain = &conn.negotiated().expect("TLS").peer_chain;
    Known {
        verified: conn.verified(),
        subject: conn.peer_subject(form),
        issuer: conn.peer_issuer(form),
        chain: chain.iter().map(<[u8]>::to_vec).collect(),
    }
}

#[test]
fn an_unchanged_policy_resumes_and_knows_the_client_as_before() {
    // T101
    for keeps in WAYS {
        for schedule in SCHEDULES {
            let (context, client) = (server(&[]), client(keeps));
            let first = client.meet_as(&context, "localhost", schedule);
            assert!(!first.resumed() && !first.offered, "{keeps:?}");
            let known = identity(&first);
            assert!(known.verified != 0 && known.subject.is_some());
            let has_tickets = keeps == Keeps::Ticket13;
            assert_eq!(first.tickets, if has_tickets { 2 } else { 0 });
            for n in 0..20 {
                let next = client.meet_as(&context, "localhost", schedule);
                assert!(next.offered && next.resumed(), "{keeps:?}, {n}");
                assert_eq!(next.tickets, u32::from(has_tickets), "{keeps:?}, {n}");
                assert_eq!(identity(&next), known, "{keeps:?}, {n}");
                let verified_until = |met: &Met| met.host.conn.status("Tlsql_verified_until");
                assert_eq!(verified_until(&next), verified_until(&first), "{keeps:?}, {n}");
            }
            assert_eq!(count(&context, "Ssl_sessions_reused"), 20);
            assert_eq!(count(&context, "Ssl_session_cache_hits"), 20);
            assert_eq!(count(&context, "Ssl_finished_accepts"), 21);
        }
    }
}

#[test]
fn a_client_without_a_certificate_is_as_unknown_as_before() {
    for keeps in WAYS {
        let context = server(&[]);
        let client = PlainClient::with(keeps, None, default_provider());
        for expected in [false, true, true] {
            let met = client.meet(&context);
            assert_eq!(met.resumed(), expected, "{keeps:?}");
            let nobody = Known { verified: 0, subject: None, issuer: None, chain: Vec::new() };
            assert_eq!(identity(&met), nobody, "{keeps:?}");
        }
    }
}

/// Base, and another value that is put in force by a reload.
const CHANGES: &[(Options<'_>, Options<'_>)] = &[
    (&[], &[("ssl_crl", "crl.pem")]),
    (&[("ssl_crl", "crl.pem")], &[("ssl_crl", "crl-renewed.pem")]),
    (&[("ssl_crl", "crl.pem")], &[("ssl_crl", "crl-revoked.pem")]),
    (&[], &[("tlsql_security_level", "1")]),
    (&[], &[("tlsql_strict", "ON")]),
    (&[], &[("tlsql_max_chain", "3")]),
    (&[], &[("tlsql_keep_peer_chain", "OFF")]),
    (&[], &[("tlsql_profile", "mysql8")]),
    (&[], &[("ssl_cipher", "ECDHE+AESGCM")]),
    (&[], &[("tls_ciphersuites", "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256")]),
    (&[], &[("ssl_session_cache_mode", "OFF")]),
    (&[], &[("ssl_session_cache_timeout", "0")]),
];

#[test]
fn each_change_of_the_policy_means_a_full_handshake() {
    for keeps in WAYS {
        let version = [("tls_version", keeps.version())];
        let versions: [(Options<'_>, Options<'_>); 2] = [(&[], &version), (&version, &[])];
        for (before, after) in CHANGES.iter().chain(&versions) {
            let (context, client) = (server(before), client(keeps));
            assert!(!client.meet(&context).resumed());
            assert!(client.meet(&context).resumed(), "{keeps:?} {before:?}");
            context.reload(&builder(after), OPTIONS_TOO).unwrap();
            let next = client.meet(&context);
            assert!(next.offered && !next.resumed(), "{keeps:?} {before:?} {after:?}");
        }
        // Another CA beside the first.
        let files = Files::new();
        let ca = [pki::read("ca.pem"), pki::read("other-ca.pem")].concat();
        let ca = files.write("ca.pem", ca);
        let (context, client) = (server(&[]), client(keeps));
        client.meet(&context);
        context.reload(&builder(&[("ssl_ca", &ca)]), OPTIONS_TOO).unwrap();
        assert!(!client.meet(&context).resumed(), "{keeps:?} CA");
    }
}

#[test]
fn a_server_that_begins_to_verify_clients_resumes_none_of_before() {
    for keeps in WAYS {
        for (before, after) in [(&[NO_CA][..], &[][..]), (&[], &[NO_CA])] {
            // D7: without a CA every certificate is refused.
            let client = PlainClient::with(keeps, None, default_provider());
            let context = server(before);
            client.meet(&context);
            assert!(client.meet(&context).resumed());
            context.reload(&builder(after), OPTIONS_TOO).unwrap();
            assert!(!client.meet(&context).resumed(), "{keeps:?} {before:?}");
        }
    }
}

#[test]
fn a_reload_of_the_same_policy_empties_no_pool() {
    for keeps in WAYS {
        let (context, client) = (server(&[]), client(keeps));
        client.meet(&context);
        // A renewed certificate of the server's own, with the same names, changes no verdict.
        let renewed = [("ssl_cert", "other-cert.pem"), ("ssl_key", "other-key.pem")];
        for more in [&[][..], &renewed, &[]] {
            context.reload(&builder(more), OPTIONS_TOO).unwrap();
            assert!(client.meet(&context).resumed(), "{keeps:?} {more:?}");
        }
    }
}

#[test]
fn a_certificate_that_was_revoked_in_between_is_refused() {
    for keeps in WAYS {
        let (context, client) = (server(&[("ssl_crl", "crl.pem")]), client(keeps));
        client.meet(&context);
        assert!(client.meet(&context).resumed());
        context.reload(&builder(&[("ssl_crl", "crl-client.pem")]), OPTIONS_TOO).unwrap();
        let next = client.meet(&context);
        assert!(next.offered, "{keeps:?}");
        assert_eq!(next.host.failure().code, Code::CertRevoked, "{keeps:?}");
    }
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

#[test]
fn a_session_has_its_time() {
    for keeps in WAYS {
        let start = now() + 1000;
        let at = |seconds: u64| {
            let mut builder = builder(&[("ssl_session_cache_timeout", "60")]);
            builder.set_clock(seconds);
            builder
        };
        for (later, expected) in [(0, true), (59, true), (60, false), (86_400, false)] {
            let (context, client) = (Context::new(&at(start)).unwrap(), client(keeps));
            client.meet(&context);
            context.reload(&at(start + later), OPTIONS_TOO).unwrap();
            let next = client.meet(&context);
            assert!(next.offered);
            assert_eq!(next.resumed(), expected, "{keeps:?} after {later} s");
            let timeouts = count(&context, "Ssl_session_cache_timeouts");
            assert_eq!(timeouts, u64::from(!expected), "{keeps:?} after {later} s");
        }
        // A session from the future is one of a clock that was set back.
        let (context, client) = (Context::new(&at(start)).unwrap(), client(keeps));
        client.meet(&context);
        context.reload(&at(start - 1), OPTIONS_TOO).unwrap();
        assert!(!client.meet(&context).resumed(), "{keeps:?} set back");
    }
}

#[test]
fn a_session_ends_with_the_window_of_its_verdict() {
    for keeps in WAYS {
        let day = 86_400;
        let at = |seconds: u64| {
            let mut builder = builder(&[("ssl_session_cache_timeout", "86400")]);
            // The one that comes into force tomorrow may say something else of the certificate.
            builder.add_crl(&pki::read("crl.pem")).unwrap();
            builder.add_crl(&pki::read("crl-tomorrow.pem")).unwrap();
            builder.set_clock(seconds);
            builder
        };
        let start = now() + day - 7200;
        for (later, expected) in [(1000, true), (4 * 3600, false)] {
            let (context, client) = (Context::new(&at(start)).unwrap(), client(keeps));
            client.meet(&context);
            // A ticket that comes with a resumed session has the window of the first.
            context.reload(&at(start + 500), OPTIONS_TOO).unwrap();
            assert!(client.meet(&context).resumed());
            context.reload(&at(start + later), OPTIONS_TOO).unwrap();
            assert_eq!(client.meet(&context).resumed(), expected, "{keeps:?} after {later} s");
        }
    }
}

#[test]
fn a_session_of_one_sni_is_not_resumed_for_another() {
    for keeps in WAYS {
        let (context, client) = (server(&[]), client(keeps));
        let [localhost, address] = ["localhost", "127.0.0.1"].map(|name| {
            move |client: &PlainClient, context: &Context| {
                client.meet_as(context, name, SCHEDULES[0])
            }
        });
        assert!(!localhost(&client, &context).resumed());
        assert!(localhost(&client, &context).resumed(), "{keeps:?}");
        let other = address(&client, &context);
        assert!(other.offered && !other.resumed(), "{keeps:?}: no SNI");
    }
}

#[test]
fn a_full_handshake_begins_the_day_of_its_sessions() {
    for keeps in WAYS {
        let start = now() + 1000;
        let at = |seconds: u64| {
            let mut builder = builder(&[("ssl_session_cache_timeout", "86400")]);
            builder.set_clock(seconds);
            builder
        };
        let context = Context::new(&at(start)).unwrap();
        let client = PlainClient::with(keeps, None, default_provider());
        client.meet(&context);
        let meet = |later: u64| {
            context.reload(&at(start + later), OPTIONS_TOO).unwrap();
            client.meet_as(&context, "127.0.0.1", SCHEDULES[0])
        };
        let full = meet(80_000);
        assert!(full.offered && !full.resumed(), "{keeps:?}: of another SNI");
        assert!(meet(90_000).resumed(), "{keeps:?}: more than a day after the first");
    }
}

#[test]
fn a_session_of_another_server_means_a_full_handshake() {
    for keeps in WAYS {
        let (one, other, client) = (server(&[]), server(&[]), client(keeps));
        client.meet(&one);
        let met = client.meet(&other);
        assert!(met.offered && !met.resumed(), "{keeps:?}");
        let misses = if keeps == Keeps::Id { 1 } else { 0 };
        assert_eq!(count(&other, "Ssl_session_cache_misses"), misses, "{keeps:?}");
    }
}

#[test]
fn servers_with_the_same_ticket_keys_resume_each_others_sessions() {
    let [first, second, third] = [[1; 48], [2; 48], [3; 48]];
    for keeps in [Keeps::Ticket12, Keeps::Ticket13] {
        let (one, other) = (server(&[]), server(&[]));
        one.set_ticket_keys(&first, None).unwrap();
        other.set_ticket_keys(&first, None).unwrap();
        let client_of = |server: &Context| {
            let client = client(keeps);
            client.meet(server);
            client
        };
        assert!(client_of(&one).meet(&other).resumed(), "{keeps:?}");
        let (once, twice) = (client_of(&one), client_of(&one));
        other.set_ticket_keys(&second, Some(&first)).unwrap();
        assert!(once.meet(&other).resumed(), "{keeps:?}: rotated once");
        other.set_ticket_keys(&third, Some(&second)).unwrap();
        assert!(!twice.meet(&other).resumed(), "{keeps:?}: rotated twice");
        // A server of another policy has the keys and refuses the session.
        let strict = server(&[("tlsql_strict", "ON")]);
        strict.set_ticket_keys(&first, None).unwrap();
        let met = client_of(&one).meet(&strict);
        assert!(met.offered && !met.resumed(), "{keeps:?}: another policy");
    }
}

/// A client verified the name of one of them, and would ask the other for no certificate.
#[test]
fn a_server_of_another_name_does_not_resume() {
    for version in ["TLSv1.2", "TLSv1.3"] {
        let options =
            [("ssl_mode", "VERIFY_IDENTITY"), ("ssl_ca", "ca.pem"), ("tls_version", version)];
        let client = pki::client(&options);
        let meet = |server: &Context| {
            let client = Host::new(&client, Schedule::Whole).with("host", "localhost");
            let mut client = client.with("port", "3306");
            run(&mut client, &mut Host::new(server, Schedule::Whole));
            client
        };
        let resumed = |client: &Host| client.conn.negotiated().map(|met| met.resumed);
        let [one, renewed, other] = ["server", "other", "wrongname"].map(|name| {
            let server = pki::server_as(name, &[("ssl_ca", "ca.pem")]);
            server.set_ticket_keys(&[1; 48], None).unwrap();
            server
        });
        assert_eq!(resumed(&meet(&one)), Some(false), "{version}");
        assert_eq!(resumed(&meet(&renewed)), Some(true), "{version}: the same names");
        // The network leads it to the other one.
        let refused = meet(&other);
        assert_eq!(refused.failure().code, Code::CertName, "{version}");
        // One server whose certificate becomes another's.
        assert_eq!(resumed(&meet(&one)), Some(version == "TLSv1.3"), "{version}");
        let names = [("ssl_cert", "wrongname-cert.pem"), ("ssl_key", "wrongname-key.pem")];
        one.reload(&builder(&names), OPTIONS_TOO).unwrap();
        assert_eq!(meet(&one).failure().code, Code::CertName, "{version}");
    }
}

#[test]
fn ticket_keys_are_a_servers_and_have_their_size() {
    let client = pki::client(&[]);
    assert_eq!(client.set_ticket_keys(&[1; 48], None).unwrap_err().code, Code::Argument);
    let server = server(&[]);
    for (current, previous) in
        [(&[1; 47][..], None), (&[0; 48], None), (&[1; 48], Some(&[1; 49][..]))]
    {
        let error = server.set_ticket_keys(current, previous).unwrap_err();
        assert_eq!(error.code, Code::Argument);
        assert!(error.message().contains("48"), "{}", error.message());
    }
}

#[test]
fn a_helloretryrequest_is_no_hindrance() {
    let (context, client) = (server(&[]), PlainClient::retrying(Keeps::Ticket13));
    let first = client.meet(&context);
    assert_eq!(first.kind, Some(HandshakeKind::FullWithHelloRetryRequest));
    assert!(client.meet(&context).resumed());
}

const LOGIN: Login<'_> = Login { user: b"bob", host: b"db.example", password: UsedPassword::Yes };

#[test]
fn an_accounts_require_holds_for_a_resumed_session() {
    for keeps in WAYS {
        let (context, client) = (server(&[]), client(keeps));
        let subject = "/CN=tlsql test client";
        let first = client.meet(&context);
        let next = client.meet(&context);
        assert!(next.resumed());
        for (clause, expected) in [
            ("REQUIRE SSL".to_owned(), true),
            ("REQUIRE X509".to_owned(), true),
            (format!("REQUIRE SUBJECT '{subject}'"), true),
            ("REQUIRE ISSUER '/CN=tlsql test CA'".to_owned(), true),
            (format!("REQUIRE CIPHER '{}'", first.host.conn.cipher_name()), true),
            ("REQUIRE SUBJECT '/CN=somebody else'".to_owned(), false),
            ("REQUIRE ISSUER '/CN=tlsql other CA'".to_owned(), false),
        ] {
            let mut account = Account::default();
            account.set("clause", &clause).unwrap();
            for met in [&first, &next] {
                let result = met.host.conn.check_account(&account, &LOGIN);
                assert_eq!(result.is_ok(), expected, "{keeps:?} {clause} {}", met.resumed());
            }
        }
    }
}

/// The chain of the client goes into the session, and a ClientHello has 16 KiB at most.
#[test]
fn a_chain_too_long_for_a_ticket_makes_full_handshakes() {
    for keeps in WAYS {
        let context = server(&[]);
        let [leaf, ca] = ["client-cert.pem", "ca.pem"].map(|name| pki::der(&pki::read(name)));
        let mut expected = true;
        for bytes in (2..=14).map(|kibibytes| kibibytes << 10) {
            // Certificates that no path needs.
            let mut chain = vec![CertificateDer::from(leaf.clone())];
            chain.resize(bytes / ca.len(), CertificateDer::from(ca.clone()));
            let key = pki::der(&pki::read("client-key.pem"));
            let client = PlainClient::with(keeps, Some((chain, key)), default_provider());
            assert!(!client.meet(&context).resumed());
            let resumed = client.meet(&context).resumed();
            assert!(expected || !resumed, "{keeps:?}, {bytes}: a shorter one was not resumed");
            assert!(resumed || bytes > 5 << 10, "{keeps:?}, {bytes}");
            expected = resumed;
        }
        assert!(!expected, "{keeps:?}: no chain is too long");
    }
}

#[test]
fn the_cache_has_mysqls_bound() {
    let context = server(&[]);
    let clients: Vec<_> = (0..130).map(|_| client(Keeps::Id)).collect();
    for (n, client) in clients.iter().enumerate() {
        client.meet(&context);
        assert_eq!(count(&context, "Ssl_used_session_cache_entries"), (n as u64 + 1).min(128));
    }
    assert_eq!(count(&context, "Ssl_session_cache_overflows"), 2);
    assert_eq!(count(&context, "Ssl_session_cache_size"), 128);
    assert!(!clients[1].meet(&context).resumed(), "the oldest made room");
    assert!(clients[129].meet(&context).resumed());
}

#[test]
fn threads_share_the_sessions_and_each_client_keeps_its_own() {
    let context = server(&[]);
    let keys = |n: u8| ([n; 48], [n.wrapping_sub(1).max(1); 48]);
    std::thread::scope(|scope| {
        for n in 0..4 {
            let context = &context;
            scope.spawn(move || {
                for keeps in WAYS {
                    let client = match n % 2 {
                        0 => client(keeps),
                        _ => PlainClient::with(keeps, None, default_provider()),
                    };
                    let known = identity(&client.meet(context));
                    for _ in 0..10 {
                        let next = client.meet(context);
                        // Keys that are replaced meanwhile, or a full cache, cost a full handshake.
                        let _ = next.resumed();
                        assert_eq!(identity(&next), known);
                    }
                }
            });
        }
        scope.spawn(|| {
            for n in 1..100 {
                let (current, previous) = keys(n);
                context.set_ticket_keys(&current, Some(&previous)).unwrap();
                context.reload(&builder(&[]), OPTIONS_TOO).unwrap();
            }
        });
    });
    assert!(count(&context, "Ssl_used_session_cache_entries") <= 128);
}

#[test]
fn the_status_says_what_the_cache_is() {
    // T101
    let value = |context: &Context, name| context.status(name).unwrap();
    for (options, mode) in [
        (&[][..], "SERVER"),
        (&[("ssl_session_cache_mode", "OFF")], "OFF"),
        (&[("ssl", "OFF")], "NONE"),
    ] {
        let context = server(options);
        let has_tls = mode != "NONE";
        assert_eq!(value(&context, "Ssl_session_cache_mode"), mode);
        let [size, timeout] = if has_tls { ["128", "300"] } else { ["0", "0"] };
        assert_eq!(value(&context, "Ssl_session_cache_size"), size);
        assert_eq!(value(&context, "Ssl_session_cache_timeout"), timeout);
    }
    let off = server(&[("ssl_session_cache_mode", "OFF")]);
    let client = client(Keeps::Ticket13);
    for _ in 0..2 {
        let met = client.meet(&off);
        assert!(!met.offered && !met.resumed());
        assert_eq!(met.tickets, 0);
    }
}
