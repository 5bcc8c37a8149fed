//! What becomes of the sessions that a client keeps, as its status variables count it.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::server::ProducesTickets;
use rustls::{HandshakeKind, ServerConfig};
use support::pki;
use support::plain_server::{KINDS, Kind, carry, host, met, met_at, server};
use tlsql::{Builder, Code, Context, Reload, Role};

const OPTIONS_TOO: Reload = Reload { options: true, no_rollback: false };

const IDENTITY: &[(&str, &str)] = &[("ssl_mode", "VERIFY_IDENTITY"), ("ssl_ca", "ca.pem")];

/// A session lasts for a day, or to the end of its verdict if that is earlier.
#[test]
fn a_session_whose_time_is_past_is_counted() {
    for kind in KINDS {
        let server = server(kind);
        let end = end_of_verdicts(&server);
        let start = end - 400 * DAY;
        let client = Context::new(&builder_at(start)).unwrap();
        let met_then = |time: i64| {
            client.reload(&builder_at(time), Reload::default()).unwrap();
            met(&client, &server)
        };
        let timeouts = || count(&client, "Ssl_session_cache_timeouts");
        let kept = kept_of_one(kind);
        for (n, time) in [start, start + DAY, start + 3 * DAY].into_iter().enumerate() {
            assert_eq!(met_then(time).kind, Some(HandshakeKind::Full), "{kind:?} {n}");
            assert_eq!(entries(&client), kept, "{kind:?} {n}");
            assert_eq!(timeouts(), kept * u64::try_from(n).unwrap(), "{kind:?} {n}");
        }
        // rustls' tickets of TLS 1.2 last half a day.
        let later = start + 3 * DAY + DAY / 4;
        assert_eq!(met_then(later).kind, Some(HandshakeKind::Resumed), "{kind:?}");
        // A clock that was set back: those sessions are not past.
        let before = timeouts();
        assert_eq!(met_then(start).kind, Some(HandshakeKind::Full), "{kind:?}");
        assert_eq!((timeouts(), entries(&client)), (before, kept), "{kind:?}");
        met_then(end - 10);
        assert_eq!(timeouts(), before + kept, "{kind:?}");
        assert_eq!(met_then(end).host.failure().code, Code::CertExpired, "{kind:?}");
        assert_eq!((timeouts(), entries(&client)), (before + 2 * kept, 0), "{kind:?}");
        assert_eq!(count(&client, "Ssl_session_cache_overflows"), 0, "{kind:?}");
    }
}

/// A server says how long it takes a ticket: nothing is offered after that.
#[test]
fn a_session_that_its_server_takes_no_more_is_counted() {
    for kind in [Kind::Tickets12, Kind::Tickets13] {
        let mut server = ServerConfig::clone(&server(kind));
        server.ticketer = Arc::new(Brief(server.ticketer.clone()));
        let server = Arc::new(server);
        let start = end_of_verdicts(&server) - 400 * DAY;
        let client = Context::new(&builder_at(start)).unwrap();
        let met_then = |time: i64| {
            client.reload(&builder_at(time), Reload::default()).unwrap();
            met(&client, &server)
        };
        let of_first = kept_of_one(kind);
        assert_eq!(met_then(start).kind, Some(HandshakeKind::Full), "{kind:?}");
        assert_eq!(met_then(start + 99).kind, Some(HandshakeKind::Resumed), "{kind:?}");
        let kept = entries(&client);
        assert_eq!(kept, if kind.is_tls13() { of_first - 1 + 2 } else { 1 }, "{kind:?}");
        let counts = |name| count(&client, name);
        for n in 1..3 {
            let late = met_then(start + 250 * n);
            assert_eq!(late.kind, Some(HandshakeKind::Full), "{kind:?}");
            assert!(!late.host.conn.negotiated().unwrap().offered_session, "{kind:?}");
            assert_eq!(counts("Ssl_session_cache_misses"), 0, "{kind:?}");
        }
        assert_eq!(counts("Ssl_session_cache_timeouts"), kept + of_first, "{kind:?}");
        // One that the host has set.
        let saved = met_then(start + 900).host.conn.take_session().unwrap();
        client.reload(&builder_at(start + 1001), Reload::default()).unwrap();
        let before = counts("Ssl_session_cache_timeouts");
        let mut late = host(&client, &[("host", "localhost")]);
        late.conn.set_session(&saved).unwrap();
        assert_eq!(carry(late, &server).kind, Some(HandshakeKind::Full), "{kind:?}");
        assert_eq!(counts("Ssl_session_cache_timeouts"), before + 1, "{kind:?}");
        assert_eq!(counts("Ssl_session_cache_misses"), 0, "{kind:?}");
    }
}

/// A server of TLS 1.2 may give no new ticket where it resumes: the old one ends as it would have.
#[test]
fn a_ticket_that_is_resumed_lives_no_longer_for_it() {
    let mut server = ServerConfig::clone(&server(Kind::Tickets12));
    let once = Once(Brief(server.ticketer.clone()), AtomicBool::new(false));
    server.ticketer = Arc::new(once);
    let server = Arc::new(server);
    let start = end_of_verdicts(&self::server(Kind::Tickets12)) - 400 * DAY;
    let client = Context::new(&builder_at(start)).unwrap();
    let met_then = |time: i64| {
        client.reload(&builder_at(time), Reload::default()).unwrap();
        met(&client, &server).kind
    };
    assert_eq!(met_then(start), Some(HandshakeKind::Full));
    assert_eq!(met_then(start + 60), Some(HandshakeKind::Resumed));
    assert_eq!(met_then(start + 99), Some(HandshakeKind::Resumed));
    assert_eq!(met_then(start + 101), Some(HandshakeKind::Full));
    assert_eq!(count(&client, "Ssl_session_cache_timeouts"), 1);
    assert_eq!(count(&client, "Ssl_session_cache_misses"), 0);
}

/// Tickets for 100 seconds, and only one of them.
#[derive(Debug)]
struct Once(Brief, AtomicBool);

impl ProducesTickets for Once {
    fn enabled(&self) -> bool {
        true
    }

    fn lifetime(&self) -> u32 {
        self.0.lifetime()
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        if self.1.swap(true, Ordering::Relaxed) { None } else { self.0.encrypt(plain) }
    }

    fn decrypt(&self, ticket: &[u8]) -> Option<Vec<u8>> {
        self.0.decrypt(ticket)
    }
}

/// Tickets for 100 seconds.
#[derive(Debug)]
struct Brief(Arc<dyn ProducesTickets>);

impl ProducesTickets for Brief {
    fn enabled(&self) -> bool {
        true
    }

    fn lifetime(&self) -> u32 {
        100
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        self.0.encrypt(plain)
    }

    fn decrypt(&self, ticket: &[u8]) -> Option<Vec<u8>> {
        self.0.decrypt(ticket)
    }
}

#[test]
fn a_session_that_makes_room_is_counted() {
    for kind in KINDS {
        let options = [IDENTITY, &[("tlsql_session_cache_size", "5")]].concat();
        let (server, client) = (server(kind), pki::client(&options));
        let met_by_port = |port: u64| {
            let port = port.to_string();
            met_at(&client, &server, &[("host", "localhost"), ("port", &port)]).kind
        };
        let overflows = || count(&client, "Ssl_session_cache_overflows");
        for port in 1..=20 {
            assert_eq!(met_by_port(port), Some(HandshakeKind::Full), "{kind:?} {port}");
            let made = port * kept_of_one(kind);
            assert_eq!(overflows(), made.saturating_sub(5), "{kind:?} {port}");
        }
        assert_eq!(count(&client, "Ssl_session_cache_timeouts"), 0, "{kind:?}");
    }
}

/// Those of a server beyond eight are dropped in any cache, and so is the one session of TLS 1.2.
#[test]
fn a_session_that_a_newer_one_of_its_server_replaces_is_not_counted() {
    for kind in KINDS {
        let (server, client) = (server(kind), pki::client(IDENTITY));
        let hosts: Vec<_> = (0..10).map(|_| host(&client, &[("host", "localhost")])).collect();
        hosts.into_iter().for_each(|host| drop(carry(host, &server)));
        assert!(entries(&client) <= 8, "{kind:?}");
        assert_eq!(count(&client, "Ssl_session_cache_overflows"), 0, "{kind:?}");
    }
}

#[test]
fn the_counts_go_on_over_a_reload() {
    for kind in KINDS {
        let options = [IDENTITY, &[("tlsql_session_cache_size", "1")]].concat();
        let (server, client) = (server(kind), pki::client(&options));
        let counts = || {
            ["timeouts", "overflows"].map(|it| count(&client, &format!("Ssl_session_cache_{it}")))
        };
        let at = |ports: [&str; 2]| {
            for port in ports {
                met_at(&client, &server, &[("host", "localhost"), ("port", port)]);
            }
        };
        at(["1", "2"]);
        let each = 2 * kept_of_one(kind) - 1;
        assert_eq!(counts(), [0, each], "{kind:?}");
        // The same cache, and another one: of another policy, of another size.
        let levels = [IDENTITY, &[("tlsql_security_level", "1")]].concat();
        let sizes = [&levels[..], &[("tlsql_session_cache_size", "0")]].concat();
        for options in [&options, &levels, &sizes] {
            let builder = pki::builder(Role::Client, options).unwrap();
            client.reload(&builder, OPTIONS_TOO).unwrap();
            assert_eq!(counts(), [0, each], "{kind:?} {options:?}");
        }
        let small = [&levels[..], &[("tlsql_session_cache_size", "1")]].concat();
        client.reload(&pki::builder(Role::Client, &small).unwrap(), OPTIONS_TOO).unwrap();
        at(["1", "2"]);
        assert_eq!(counts(), [0, 2 * each], "{kind:?}");
    }
}

/// Unix seconds at which a client's verdict on this server ends.
fn end_of_verdicts(server: &Arc<ServerConfig>) -> i64 {
    met(&pki::client(IDENTITY), server).host.conn.negotiated().unwrap().window.until
}

fn builder_at(time: i64) -> Builder {
    let mut builder = pki::builder(Role::Client, IDENTITY).unwrap();
    builder.set_clock(u64::try_from(time).unwrap());
    builder
}

/// Sessions that a client keeps of one connection.
fn kept_of_one(kind: Kind) -> u64 {
    if kind.is_tls13() { 2 } else { 1 }
}

fn entries(client: &Context) -> u64 {
    count(client, "Ssl_used_session_cache_entries")
}

fn count(client: &Context, name: &str) -> u64 {
    client.status(name).unwrap().parse().unwrap()
}

/// Seconds.
const DAY: i64 = 86_400;
