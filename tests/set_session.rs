//! A session that the host takes out of one connection of a client and sets on another.
//!
//! The servers are stock rustls; they resume whatever they are offered.

mod support;

use rustls::HandshakeKind;
use support::plain_server::{KINDS, Kind, Met, carry, host, met, met_at, server, server_as};
use support::{Host, Schedule, pki, wire};
use tlsql::{Code, Context, Phase, Role};

const IDENTITY: &[(&str, &str)] = &[("ssl_mode", "VERIFY_IDENTITY"), ("ssl_ca", "ca.pem")];

/// A session, taken by the host, is offered where the policy is the same: in another context too.
#[test]
fn a_session_goes_from_one_connection_to_another() {
    for kind in KINDS {
        let server = server(kind);
        let [client, other] = [(); 2].map(|()| pki::client(IDENTITY));
        let saved = met(&client, &server).host.conn.take_session().unwrap();
        for is_first in [true, false] {
            let mut host = host(&other, &[("host", "localhost")]);
            let set = host.conn.set_session(&saved);
            if kind.is_tls13() && !is_first {
                let error = set.unwrap_err();
                assert_eq!(error.code, Code::State, "{kind:?}");
                assert!(error.message().contains("one of TLS 1.3"), "{error}");
                continue;
            }
            set.unwrap();
            let next = carry(host, &server);
            assert_eq!(next.kind, Some(HandshakeKind::Resumed), "{kind:?}");
            assert_eq!(next.host.conn.verified(), VERIFIED, "{kind:?}");
        }
        // A context that keeps none.
        let without = pki::client(&[IDENTITY, &[("tlsql_session_cache_size", "0")]].concat());
        let saved = met(&client, &server).host.conn.take_session().unwrap();
        let mut host = host(&without, &[("host", "localhost")]);
        host.conn.set_session(&saved).unwrap();
        drop(saved);
        let next = carry(host, &server);
        assert_eq!(next.kind, Some(HandshakeKind::Resumed), "{kind:?}");
        assert_eq!((entries(&without), next.host.conn.take_session().is_err()), (0, true));
    }
}

#[test]
fn a_session_is_not_set_where_it_would_vouch_for_something_else() {
    for kind in KINDS {
        let (server, client) = (server(kind), pki::client(IDENTITY));
        let take = || met(&client, &server).host.conn.take_session().unwrap();
        // Another name: it is not offered, and the certificate is refused.
        let facts = [("host", "localhost"), ("verify_name", "another.host.test")];
        let mut named = host(&client, &facts);
        named.conn.set_session(&take()).unwrap();
        let named = carry(named, &server);
        assert_eq!(named.host.failure().code, Code::CertName, "{kind:?}");
        assert_ne!(named.kind, Some(HandshakeKind::Resumed), "{kind:?}");
        // A verdict that is past: it is not offered.
        let mut builder = pki::builder(Role::Client, IDENTITY).unwrap();
        builder.set_clock(1_900_000_000);
        let later = Context::new(&builder).unwrap();
        let mut past = host(&later, &[("host", "localhost")]);
        past.conn.set_session(&take()).unwrap();
        assert_eq!(carry(past, &server).kind, Some(HandshakeKind::Full), "{kind:?}");
        // Another policy.
        for options in [
            &[("ssl_mode", "VERIFY_CA"), IDENTITY[1]][..],
            &[IDENTITY[0], IDENTITY[1], ("ssl_crl", "crl.pem")],
            &[("ssl_mode", "REQUIRED")],
        ] {
            let mut host = host(&pki::client(options), &[("host", "localhost")]);
            let error = host.conn.set_session(&take()).unwrap_err();
            assert_eq!(error.code, Code::SessionPolicy, "{kind:?} {options:?}");
            assert_eq!(carry(host, &server).kind, Some(HandshakeKind::Full), "{kind:?}");
        }
    }
}

/// Facts of a connection, each of which makes another server of it, or another question.
const OTHER_FACTS: &[&[(&str, &str)]] = &[
    &[],
    &[("verify_name", "localhost")],
    &[("host", "127.0.0.1"), ("port", "3306")],
    &[("host", "localhost"), ("port", "3307")],
    &[("host", "localhost")],
    &[("host", "LOCALHOST"), ("port", "3306")],
    &[("host", "localhost"), ("port", "3306"), ("transport", "unix")],
    &[("host", "localhost"), ("port", "3306"), ("verify_name", "db.example.test")],
    &[("host", "localhost"), ("port", "3306"), ("sni", "localhost")],
    &[("host", "localhost"), ("port", "3306"), ("sni", "db.example.test")],
];

/// Modes that compare no name too: there a session of another server would not even fail.
#[test]
fn a_session_is_offered_to_the_server_that_it_is_of() {
    let facts = [("host", "localhost"), ("port", "3306")];
    for kind in KINDS {
        for mode in ["PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"] {
            let options = [("ssl_mode", mode), IDENTITY[1]];
            let server = server(kind);
            let [client, other] = [(); 2].map(|()| pki::client(&options));
            let met_with = |other_facts: &[(&str, &str)]| {
                let saved = met_at(&client, &server, &facts).host.conn.take_session().unwrap();
                let mut host = host(&other, other_facts);
                host.conn.set_session(&saved).unwrap();
                carry(host, &server)
            };
            assert_eq!(met_with(&facts).kind, Some(HandshakeKind::Resumed), "{kind:?} {mode}");
            for other in OTHER_FACTS {
                let needs_name = mode == "VERIFY_IDENTITY" && other.is_empty();
                let is_clear = mode == "PREFERRED" && other.contains(&("transport", "unix"));
                if needs_name || is_clear {
                    continue;
                }
                let next = met_with(other);
                let what = format!("{kind:?} {mode} {other:?}");
                assert_eq!(next.kind, Some(HandshakeKind::Full), "{what}");
                assert!(!next.host.conn.negotiated().unwrap().offered_session, "{what}");
            }
        }
    }
}

/// Neither context's other sessions stand in for it.
#[test]
fn a_session_that_is_set_is_the_only_one_offered() {
    let here = [("host", "127.0.0.1")];
    for kind in KINDS {
        let server = server(kind);
        let [client, other] = [(); 2].map(|()| pki::client(IDENTITY));
        // Both contexts keep sessions of this place.
        for context in [&client, &other] {
            assert_eq!(met_at(context, &server, &here).kind, Some(HandshakeKind::Full), "{kind:?}");
        }
        let saved = met(&client, &server).host.conn.take_session().unwrap();
        let mut elsewhere = host(&other, &here);
        elsewhere.conn.set_session(&saved).unwrap();
        let elsewhere = carry(elsewhere, &server);
        assert_eq!(elsewhere.kind, Some(HandshakeKind::Full), "{kind:?}");
        assert!(!elsewhere.host.conn.negotiated().unwrap().offered_session, "{kind:?}");
        // Where it is past, too.
        let at = |time: u64| {
            let mut builder = pki::builder(Role::Client, IDENTITY).unwrap();
            builder.set_clock(time);
            Context::new(&builder).unwrap()
        };
        let start = YEAR_2027;
        let saved = met(&at(start), &server).host.conn.take_session().unwrap();
        let later = at(start + 86_400);
        met(&later, &server);
        let mut past = host(&later, &[("host", "localhost")]);
        past.conn.set_session(&saved).unwrap();
        let past = carry(past, &server);
        assert_eq!(past.kind, Some(HandshakeKind::Full), "{kind:?}");
        assert!(!past.host.conn.negotiated().unwrap().offered_session, "{kind:?}");
    }
}

/// Sessions of a connection on which one was set belong to its own context, which resumes them by
/// itself.
#[test]
fn new_sessions_go_to_the_connections_own_context() {
    for kind in KINDS {
        let server = server(kind);
        let [client, other] = [(); 2].map(|()| pki::client(IDENTITY));
        let saved = met(&client, &server).host.conn.take_session().unwrap();
        let before = entries(&client);
        let mut first = host(&other, &[("host", "localhost")]);
        first.conn.set_session(&saved).unwrap();
        let first = carry(first, &server);
        assert_eq!(first.kind, Some(HandshakeKind::Resumed), "{kind:?}");
        assert_eq!(entries(&client), before, "{kind:?}");
        assert!(entries(&other) > 0, "{kind:?}");
        drop((saved, client));
        for n in 0..5 {
            let next = met(&other, &server);
            assert_eq!(next.kind, Some(HandshakeKind::Resumed), "{kind:?} {n}");
            assert_eq!(next.host.conn.verified(), VERIFIED, "{kind:?} {n}");
            assert!(next.host.conn.take_session().is_ok(), "{kind:?} {n}");
        }
        let count = |name| other.status(name).unwrap();
        assert_eq!(count("Ssl_session_cache_hits"), "6", "{kind:?}");
        assert_eq!(count("Ssl_session_cache_misses"), "0", "{kind:?}");
    }
}

/// The context keeps nothing of the one that a session came from but what compares certificates, and
/// that is told which name to compare.
#[test]
fn a_full_handshake_behind_a_set_session_verifies_as_any() {
    for kind in KINDS {
        let [first, second] = [(); 2].map(|()| server(kind));
        let [client, other] = [(); 2].map(|()| pki::client(IDENTITY));
        let saved = met(&client, &first).host.conn.take_session().unwrap();
        // Another server's keys: it cannot resume the session.
        let mut host = host(&other, &[("host", "localhost")]);
        host.conn.set_session(&saved).unwrap();
        let next = carry(host, &second);
        assert_eq!(next.kind, Some(HandshakeKind::Full), "{kind:?}");
        assert!(next.host.conn.negotiated().unwrap().offered_session, "{kind:?}");
        assert_eq!(next.host.conn.verified(), VERIFIED, "{kind:?}");
        assert_eq!(met(&other, &second).kind, Some(HandshakeKind::Resumed), "{kind:?}");
        // One that is not to be trusted.
        let saved = met(&client, &first).host.conn.take_session().unwrap();
        let mut refused = self::host(&other, &[("host", "localhost")]);
        refused.conn.set_session(&saved).unwrap();
        let refused = carry(refused, &server_as("wrongname", kind));
        assert_eq!(refused.host.failure().code, Code::CertName, "{kind:?}");
        assert_eq!(refused.host.conn.verified(), 0, "{kind:?}");
    }
}

#[test]
fn sessions_are_taken_and_set_in_their_time() {
    let server = server(Kind::Tickets12);
    let client = pki::client(IDENTITY);
    let first = met(&client, &server);
    let saved = first.host.conn.take_session().unwrap();
    let state = |result: Result<(), tlsql::Error>, why: &str| {
        let error = result.unwrap_err();
        assert_eq!(error.code, Code::State, "{why}");
        assert!(error.message().contains(why), "{error}");
    };
    let take = |conn: &tlsql::Conn| conn.take_session().map(drop);
    // Twice.
    let mut twice = host(&client, &[("host", "localhost")]);
    twice.conn.set_session(&saved).unwrap();
    state(twice.conn.set_session(&saved), "a session is set already");
    state(take(&twice.conn), "while the connection is in TLS");
    assert_eq!(carry(twice, &server).kind, Some(HandshakeKind::Resumed));
    // Late.
    let mut late = host(&client, &[("host", "localhost")]);
    late.deliver(&wire::packet(0, &wire::greeting(wire::MYSQL57)));
    state(late.conn.set_session(&saved), "the connection has begun");
    let mut later = host(&client, &[("host", "localhost")]);
    later.conn.client_greeting_facts(b"", wire::MYSQL57, 0, b"").unwrap();
    state(
        later.conn.set_session(&saved),
        "its first step and its first tlsql_client_ or tlsql_server_",
    );
    // The other role.
    let mut ours = tlsql::Conn::new(&pki::server_as("server", &[]));
    state(ours.set_session(&saved), "a server offers no session");
    state(take(&ours), "a server has no sessions");
    // Clear text, and after the end.
    let plain = Host::greeted(&pki::client(&[]), Schedule::Whole, wire::MYSQL57_OFF);
    assert_eq!(plain.conn.phase(), Phase::Plain);
    state(take(&plain.conn), "while the connection is in TLS");
    let Met { host: mut closed, .. } = first;
    closed.conn.close().unwrap();
    state(take(&closed.conn), "before tlsql_conn_close()");
    closed.step();
    state(take(&closed.conn), "while the connection is in TLS");
    // None is left, or none is kept.
    let once = pki::client(IDENTITY);
    let tickets = met(&once, &server_as("server", Kind::Tickets13));
    assert!(take(&tickets.host.conn).is_ok() && take(&tickets.host.conn).is_ok());
    state(take(&tickets.host.conn), "there is none");
    let nameless = met_at(&client, &server, &[("verify_name", "localhost")]);
    state(take(&nameless.host.conn), "no host was set");
}

/// Sessions that a context keeps.
fn entries(client: &Context) -> usize {
    client.status("Ssl_used_session_cache_entries").unwrap().parse().unwrap()
}

/// TLSQL_VERIFY_ bits: trust, name, time and purpose.
const VERIFIED: u32 = 0x01 | 0x02 | 0x04 | 0x10;

/// Unix seconds of its first second.
const YEAR_2027: u64 = 1_798_761_600;
