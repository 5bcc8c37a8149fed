//! A client resumes the sessions of its servers, and only where its verdict on the server still holds.
//!
//! A resumed session skips the check of the server's certificate: what vouches for the server is that
//! it was checked when the session was made, for one name, under one policy and within one window. The
//! servers are stock rustls; they resume whatever they are offered.

mod support;

use rustls::HandshakeKind;
use support::plain_server::{
    KINDS, Kind, Met, SSL_REQUEST_LEN, carry, carry_from, host, met, met_at, server, server_as,
};
use support::{pki, wire};
use tlsql::{Builder, Code, Context, Phase, Reload, Role};

const OPTIONS_TOO: Reload = Reload { options: true, no_rollback: false };

const IDENTITY: &[(&str, &str)] = &[("ssl_mode", "VERIFY_IDENTITY"), ("ssl_ca", "ca.pem")];

#[test]
fn an_unchanged_policy_resumes_every_time() {
    for kind in KINDS {
        for mode in ["PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"] {
            let (server, client) = (server(kind), pki::client(&[("ssl_mode", mode), IDENTITY[1]]));
            let first = met(&client, &server);
            assert_eq!(first.kind, Some(HandshakeKind::Full), "{kind:?} {mode}");
            for n in 0..100 {
                let next = met(&client, &server);
                let what = format!("{kind:?} {mode} connection {n}");
                assert_eq!(next.kind, Some(HandshakeKind::Resumed), "{what}");
                assert_eq!(next.host.conn.verified(), first.host.conn.verified(), "{what}");
                let seen = |met: &Met| {
                    let negotiated = met.host.conn.negotiated().unwrap();
                    (negotiated.window, negotiated.peer_chain.get(0).map(<[u8]>::to_vec))
                };
                assert_eq!(seen(&next), seen(&first), "{what}");
                assert_eq!(next.host.conn.status("Ssl_sessions_reused").as_deref(), Some("1"));
            }
        }
    }
}

/// Facts of a connection, each of which makes another server of it, or another question.
const OTHER_FACTS: &[&[(&str, &str)]] = &[
    &[("host", "127.0.0.1"), ("port", "3306")],
    &[("host", "localhost"), ("port", "3307")],
    &[("host", "localhost")],
    &[("host", "localhost"), ("port", "3306"), ("transport", "unix")],
    &[("host", "localhost"), ("port", "3306"), ("verify_name", "db.example.test")],
    &[("host", "localhost"), ("port", "3306"), ("sni", "localhost")],
    &[("host", "localhost"), ("port", "3306"), ("sni", "db.example.test")],
];

#[test]
fn another_server_or_name_gets_a_full_handshake() {
    let facts = [("host", "localhost"), ("port", "3306")];
    for kind in KINDS {
        // A server that is asked for by every name: it cannot tell them apart.
        let (server, client) = (server(kind), pki::client(IDENTITY));
        for other in [&facts[..]].iter().chain(OTHER_FACTS) {
            let first = met_at(&client, &server, other);
            assert_eq!(first.host.conn.phase(), Phase::Tls, "{kind:?} {other:?}");
            assert_eq!(first.kind, Some(HandshakeKind::Full), "{kind:?} {other:?}");
        }
        for other in [&facts[..]].iter().chain(OTHER_FACTS) {
            let again = met_at(&client, &server, other);
            assert_eq!(again.kind, Some(HandshakeKind::Resumed), "{kind:?} {other:?}");
        }
    }
}

/// The certificate is for `localhost`, the place is the same, and the server resumes what it is offered:
/// rustls would ask no verifier.
#[test]
fn a_session_of_one_name_does_not_vouch_for_another() {
    for kind in KINDS {
        let (server, client) = (server(kind), pki::client(IDENTITY));
        for _ in 0..2 {
            assert_eq!(met(&client, &server).host.conn.phase(), Phase::Tls, "{kind:?}");
        }
        let facts = [("host", "localhost"), ("verify_name", "another.host.test")];
        let other = met_at(&client, &server, &facts);
        assert_ne!(other.kind, Some(HandshakeKind::Resumed), "{kind:?}");
        assert_eq!(other.host.failure().code, Code::CertName, "{kind:?}");
        assert_eq!(other.host.conn.verified(), 0, "{kind:?}");
        // The session that it did not get is still there.
        assert_eq!(met(&client, &server).kind, Some(HandshakeKind::Resumed), "{kind:?}");
    }
}

/// Options to reload with, from the first of each row to the second.
fn changes() -> Vec<[Vec<(&'static str, String)>; 2]> {
    let file = |name: &str, content: Vec<u8>| {
        let path = pki::dir().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let cas = [pki::read("ca.pem"), pki::read("other-ca.pem")].concat();
    let cas = file("two-cas.pem", cas);
    let list = pki::path("crl.pem");
    let pins = ["server", "client"].map(|name| {
        let digest =
            tlsql::crypto::fingerprint(&pki::der(&pki::read(&format!("{name}-cert.pem"))), 256);
        let digest = digest.unwrap();
        digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    });
    let two_pins = format!("{},{}", pins[0], pins[1]);
    let ca = ("ssl_ca", pki::path("ca.pem"));
    let mode = |mode: &str| ("ssl_mode", mode.to_owned());
    let base = vec![mode("VERIFY_CA"), ca.clone()];
    let with = |more: &[(&'static str, &str)]| {
        let more = more.iter().map(|(name, value)| (*name, (*value).to_owned()));
        base.iter().cloned().chain(more).collect::<Vec<_>>()
    };
    let key = pki::path("client-key.pem");
    let (cert, other) = (pki::path("client-cert.pem"), pki::path("other-client-cert.pem"));
    let other_key = pki::path("other-client-key.pem");
    let own = with(&[("ssl_cert", &cert), ("ssl_key", &key)]);
    vec![
        [base.clone(), vec![mode("VERIFY_CA"), ("ssl_ca", cas)]],
        [base.clone(), with(&[("ssl_crl", &list)])],
        [vec![mode("REQUIRED"), ca.clone()], vec![mode("VERIFY_CA"), ca.clone()]],
        [base.clone(), vec![mode("VERIFY_IDENTITY"), ca]],
        [base.clone(), with(&[("ssl_fp", &pins[0])])],
        [with(&[("ssl_fp", &pins[0])]), with(&[("ssl_fp", &two_pins)])],
        [base.clone(), own.clone()],
        [own, with(&[("ssl_cert", &other), ("ssl_key", &other_key)])],
        [base.clone(), with(&[("tls_version", "TLSv1.2")])],
        [base.clone(), with(&[("tls_version", "TLSv1.3")])],
        [
            base.clone(),
            with(&[("ssl_cipher", "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256")]),
        ],
        [base.clone(), with(&[("tls_ciphersuites", "TLS_AES_128_GCM_SHA256")])],
        [base.clone(), with(&[("tlsql_security_level", "1")])],
        [base.clone(), with(&[("tlsql_strict", "ON")])],
        [base.clone(), with(&[("tlsql_max_chain", "3")])],
        [base.clone(), with(&[("tls_sni_servername", "localhost")])],
        [base.clone(), with(&[("tlsql_keep_peer_chain", "OFF")])],
    ]
}

#[test]
fn another_policy_gets_a_full_handshake() {
    for kind in KINDS {
        let server = server(kind);
        for [from, to] in changes() {
            let other_version = if kind.is_tls13() { "TLSv1.2" } else { "TLSv1.3" };
            if to.contains(&("tls_version", other_version.to_owned())) {
                continue;
            }
            let client = Context::new(&builder(&from)).unwrap();
            for expected in [HandshakeKind::Full, HandshakeKind::Resumed] {
                assert_eq!(met(&client, &server).kind, Some(expected), "{kind:?} {from:?}");
            }
            client.reload(&builder(&to), OPTIONS_TOO).unwrap();
            for expected in [HandshakeKind::Full, HandshakeKind::Resumed] {
                let next = met(&client, &server);
                assert_eq!(next.host.conn.phase(), Phase::Tls, "{kind:?} {to:?}");
                assert_eq!(next.kind, Some(expected), "{kind:?} {to:?}");
            }
        }
    }
}

#[test]
fn a_reload_of_the_same_policy_keeps_the_sessions() {
    for kind in KINDS {
        let (server, client) = (server(kind), pki::client(IDENTITY));
        met(&client, &server);
        for _ in 0..5 {
            let builder = pki::builder(Role::Client, IDENTITY).unwrap();
            client.reload(&builder, Reload::default()).unwrap();
            assert_eq!(met(&client, &server).kind, Some(HandshakeKind::Resumed), "{kind:?}");
        }
        // A certificate that a new list revokes is seen at once.
        let revoked = [IDENTITY, &[("ssl_crl", "crl-revoked.pem")]].concat();
        client.reload(&pki::builder(Role::Client, &revoked).unwrap(), OPTIONS_TOO).unwrap();
        let next = met(&client, &server);
        assert_eq!(next.host.failure().code, Code::CertRevoked, "{kind:?}");
        assert_ne!(next.kind, Some(HandshakeKind::Resumed), "{kind:?}");
    }
}

/// The certificates begin a day before they were made, and end ten years later; the sessions of a full
/// handshake are offered for a day.
#[test]
fn a_session_is_offered_while_its_verdict_holds() {
    let until = |met: &Met| met.host.conn.negotiated().unwrap().window.until;
    for kind in KINDS {
        let (server, client) = (server(kind), pki::client(IDENTITY));
        let end = until(&met(&client, &server));
        let at = |time: i64| {
            let mut builder = pki::builder(Role::Client, IDENTITY).unwrap();
            builder.set_clock(u64::try_from(time).unwrap());
            client.reload(&builder, Reload::default()).unwrap();
            met(&client, &server).kind
        };
        let (full, resumed) = (Some(HandshakeKind::Full), Some(HandshakeKind::Resumed));
        let start = end - 400 * DAY;
        assert_eq!([start, start].map(at), [full, resumed], "{kind:?}");
        // rustls' tickets of TLS 1.2 last half a day.
        for later in [60, DAY / 4, DAY / 2, 3 * DAY / 4, DAY - 1] {
            assert_eq!(at(start + later), resumed, "{kind:?} {later}");
        }
        // Sessions of resumed ones are no younger than the full handshake.
        assert_eq!([start + DAY, start + DAY].map(at), [full, resumed], "{kind:?} a day later");
        assert_eq!(at(start), full, "{kind:?} a clock that was set back");
        let last = end - 10;
        assert_eq!([last, last, end - 1].map(at), [full, resumed, resumed], "{kind:?}");
        let builder = {
            let mut builder = pki::builder(Role::Client, IDENTITY).unwrap();
            builder.set_clock(u64::try_from(end).unwrap());
            builder
        };
        client.reload(&builder, Reload::default()).unwrap();
        let past = met(&client, &server);
        assert_eq!(past.host.failure().code, Code::CertExpired, "{kind:?}");
        assert_ne!(past.kind, resumed, "{kind:?}");
    }
}

#[test]
fn a_server_that_does_not_resume_is_verified_anew() {
    for kind in KINDS {
        let client = pki::client(&[("ssl_mode", "VERIFY_CA"), IDENTITY[1]]);
        let chain =
            |met: &Met| met.host.conn.negotiated().unwrap().peer_chain.get(0).unwrap().to_vec();
        let servers = ["server", "wrongname"].map(|name| server_as(name, kind));
        for (n, server) in servers.iter().chain(&servers).enumerate() {
            let next = met(&client, server);
            assert_eq!(next.kind, Some(HandshakeKind::Full), "{kind:?} {n}");
            let name = ["server-cert.pem", "wrongname-cert.pem"][n % 2];
            assert_eq!(chain(&next), pki::der(&pki::read(name)), "{kind:?} {n}");
            let (offered, resumed) = (n > 0, false);
            let negotiated = next.host.conn.negotiated().unwrap();
            assert_eq!((negotiated.offered_session, negotiated.resumed), (offered, resumed));
        }
        let count = |name| client.status(name).unwrap().parse::<u32>().unwrap();
        let counts =
            ["Ssl_finished_connects", "Ssl_session_cache_hits", "Ssl_session_cache_misses"];
        assert_eq!(counts.map(count), [4, 0, 3], "{kind:?}");
        assert_eq!(met(&client, &servers[1]).kind, Some(HandshakeKind::Resumed), "{kind:?}");
        assert_eq!(counts.map(count), [5, 1, 3], "{kind:?}");
        // One whose certificate is not accepted.
        let wrong = server_as("other", kind);
        let refused = met(&client, &wrong);
        assert_eq!(refused.host.failure().code, Code::CertUnknownCa, "{kind:?}");
        assert_eq!(refused.host.conn.verified(), 0, "{kind:?}");
    }
}

#[test]
fn a_handshake_that_failed_keeps_nothing() {
    for kind in KINDS {
        let (server, client) = (server(kind), pki::client(IDENTITY));
        let bad = [("host", "another.host.test")];
        for _ in 0..2 {
            assert_eq!(met_at(&client, &server, &bad).host.failure().code, Code::CertName);
            assert_eq!(entries(&client), 0, "{kind:?}");
        }
        met(&client, &server);
        let before = entries(&client);
        assert!(before > 0, "{kind:?}");
        // The server's answer to the session never comes.
        let mut host = host(&client, &[("host", "localhost")]);
        host.deliver(&wire::packet(0, &wire::greeting(wire::MYSQL57)));
        assert!(host.eof().is_err());
        assert_eq!(entries(&client), before - 1, "{kind:?}");
    }
}

/// RFC 8446 appendix C.4: who sees a ticket twice knows that it is the same client.
#[test]
fn a_ticket_of_tls_13_is_offered_once() {
    for kind in [Kind::Stateful13, Kind::Tickets13] {
        let (server, client) = (server(kind), pki::client(IDENTITY));
        met(&client, &server);
        assert_eq!(entries(&client), 2, "{kind:?}: two of those that the server sent");
        let offered = [(); 3].map(|()| {
            let mut host = host(&client, &[("host", "localhost")]);
            host.deliver(&wire::packet(0, &wire::greeting(wire::MYSQL57)));
            let hello = host.take_sent().split_off(SSL_REQUEST_LEN);
            let extensions = wire::hello_extensions(&hello);
            let found = extensions.into_iter().find(|(kind, _)| *kind == PRE_SHARED_KEY);
            (found.map(|(_, body)| body), host)
        });
        let bodies = offered.each_ref().map(|(body, _)| body.clone());
        let [Some(first), Some(second), None] = bodies else { panic!("{kind:?}: {bodies:?}") };
        assert_ne!(first, second);
    }
}

#[test]
fn the_cache_has_its_bounds() {
    for kind in KINDS {
        let options = [IDENTITY, &[("tlsql_session_cache_size", "5")]].concat();
        let (server, client) = (server(kind), pki::client(&options));
        let at = |port: u16| {
            let port = port.to_string();
            met_at(&client, &server, &[("host", "localhost"), ("port", &port)]).kind
        };
        for port in 1..=20 {
            assert_eq!(at(port), Some(HandshakeKind::Full), "{kind:?} {port}");
            assert!(entries(&client) <= 5, "{kind:?}");
        }
        assert_eq!(entries(&client), 5, "{kind:?}");
        assert_eq!(at(20), Some(HandshakeKind::Resumed), "{kind:?}");
        assert_eq!(at(1), Some(HandshakeKind::Full), "{kind:?}: the oldest made room");
        assert_eq!(client.status("Ssl_session_cache_size").as_deref(), Some("5"));
        assert_eq!(client.status("Ssl_session_cache_mode").as_deref(), Some("CLIENT"));
        // Of one server there are eight at most, and the newest are kept.
        let one = pki::client(IDENTITY);
        let hosts: Vec<_> = (0..10).map(|_| host(&one, &[("host", "localhost")])).collect();
        hosts.into_iter().for_each(|host| drop(carry(host, &server)));
        assert!(entries(&one) <= 8, "{kind:?} {}", entries(&one));
    }
}

/// A pool goes on to resume while its program looks at many servers once.
#[test]
fn a_server_that_is_resumed_keeps_its_place_in_a_full_cache() {
    for kind in KINDS {
        // Those of two connections.
        let size = if kind.is_tls13() { "4" } else { "2" };
        let options = [IDENTITY, &[("tlsql_session_cache_size", size)]].concat();
        let (server, client) = (server(kind), pki::client(&options));
        let at = |port: u16| {
            let port = port.to_string();
            met_at(&client, &server, &[("host", "localhost"), ("port", &port)]).kind
        };
        assert_eq!(at(1), Some(HandshakeKind::Full), "{kind:?}");
        for port in 2..30 {
            assert_eq!(at(port), Some(HandshakeKind::Full), "{kind:?} {port}");
            assert_eq!(at(1), Some(HandshakeKind::Resumed), "{kind:?} {port}");
        }
        assert_eq!(at(28), Some(HandshakeKind::Full), "{kind:?}");
    }
}

#[test]
fn a_context_without_a_cache_keeps_nothing() {
    for kind in KINDS {
        let options = [IDENTITY, &[("tlsql_session_cache_size", "0")]].concat();
        let (server, client) = (server(kind), pki::client(&options));
        for _ in 0..3 {
            assert_eq!(met(&client, &server).kind, Some(HandshakeKind::Full), "{kind:?}");
        }
        assert_eq!(entries(&client), 0);
        assert_eq!(client.status("Ssl_session_cache_mode").as_deref(), Some("NONE"));
        // Without a host nobody knows which server it is.
        let client = pki::client(&[("ssl_mode", "VERIFY_CA"), IDENTITY[1]]);
        for _ in 0..3 {
            assert_eq!(met_at(&client, &server, &[]).kind, Some(HandshakeKind::Full), "{kind:?}");
            assert_eq!(entries(&client), 0);
        }
    }
}

#[test]
fn threads_share_the_sessions_of_a_context() {
    for kind in KINDS {
        let options = [IDENTITY, &[("tlsql_session_cache_size", "6")]].concat();
        let (server, client) = (server(kind), pki::client(&options));
        std::thread::scope(|scope| {
            for thread in 0..8_u16 {
                let (server, client) = (&server, &client);
                scope.spawn(move || {
                    for n in 0..25_u16 {
                        let port = (thread % 3 + n % 2).to_string();
                        let facts = [("host", "localhost"), ("port", port.as_str())];
                        let next = met_at(client, server, &facts);
                        assert_eq!(next.host.conn.phase(), Phase::Tls, "{kind:?}");
                        assert!(entries(client) <= 6, "{kind:?}");
                    }
                });
            }
        });
        let count = |name| client.status(name).unwrap().parse::<u32>().unwrap();
        assert_eq!(count("Ssl_finished_connects"), 200, "{kind:?}");
        assert!(count("Ssl_session_cache_hits") > 0, "{kind:?}");
        assert_eq!(count("Ssl_session_cache_misses"), 0, "{kind:?}: each was resumed");
    }
}

#[test]
fn a_pin_resumes_as_a_pin() {
    for kind in KINDS {
        let pin =
            tlsql::crypto::fingerprint(&pki::der(&pki::read("server-cert.pem")), 256).unwrap();
        let pin: String = pin.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let (server, client) = (server(kind), pki::client(&[("ssl_fp", &pin)]));
        for expected in [HandshakeKind::Full, HandshakeKind::Resumed, HandshakeKind::Resumed] {
            let next = met(&client, &server);
            assert_eq!(next.kind, Some(expected), "{kind:?}");
            assert_eq!(next.host.conn.verified(), PIN, "{kind:?}");
        }
    }
}

/// An account's REQUIRE X509 finds the certificate of the session's first connection.
#[test]
fn the_clients_certificate_is_that_of_the_session() {
    for kind in KINDS {
        let client = pki::client_as("client", IDENTITY);
        let server = server(kind);
        for expected in [HandshakeKind::Full, HandshakeKind::Resumed] {
            let next = met(&client, &server);
            assert_eq!((next.kind, next.client_chain), (Some(expected), 1), "{kind:?}");
        }
    }
}

/// Builds of MariaDB with wolfSSL forget the client's certificate, and refuse an account that requires
/// one where a session is resumed.
#[test]
fn with_a_certificate_nothing_is_resumed_at_mariadb() {
    use HandshakeKind::{Full, Resumed};
    let greetings = [
        (wire::greeting_of("5.5.5-10.11.5-MariaDB", wire::MARIADB, 0x1f), Full),
        (wire::greeting_of("11.8.9-MariaDB", wire::MYSQL57, 0), Full),
        (wire::greeting_of("8.0.31", wire::MYSQL57, 0), Resumed),
    ];
    for kind in KINDS {
        for (greeting, expected) in &greetings {
            let with = pki::client_as("client", IDENTITY);
            let without = pki::client(IDENTITY);
            for (client, second) in [(with, *expected), (without, Resumed)] {
                let server = server(kind);
                let met = [(); 2].map(|()| {
                    let host = host(&client, &[("host", "localhost")]);
                    carry_from(greeting, host, &server)
                });
                let kinds = met.each_ref().map(|met| met.kind);
                assert_eq!(kinds, [Some(Full), Some(second)], "{kind:?}");
                let taken = met[1].host.conn.take_session();
                if second == Full {
                    let why = taken.unwrap_err().message();
                    let reason = "a client with a certificate keeps none of a MariaDB server";
                    assert!(why.contains(reason), "{why}");
                }
            }
        }
    }
}

fn builder(options: &[(&'static str, String)]) -> Builder {
    let options: Vec<_> = options.iter().map(|(name, value)| (*name, value.as_str())).collect();
    pki::builder(Role::Client, &options).unwrap()
}

/// Sessions that a context keeps.
fn entries(client: &Context) -> usize {
    client.status("Ssl_used_session_cache_entries").unwrap().parse().unwrap()
}

/// ExtensionType (RFC 8446 section 4.2).
const PRE_SHARED_KEY: u16 = 41;

/// Seconds.
const DAY: i64 = 86_400;

/// TLSQL_VERIFY_ bits.
const PIN: u32 = 0x40;
