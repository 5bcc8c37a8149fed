//! `Ssl_server_not_before` and `Ssl_server_not_after`: the dates of the server's certificate, on both
//! sides.

mod support;

use support::wire::{self, MYSQL57_OFF};
use support::{Host, SCHEDULES, Schedule, link, pki, run};
use tlsql::{Context, Phase};

/// Certificates in `tests/data` with the lines notBefore and notAfter of `openssl x509 -dates`. The
/// day of the second notAfter has one digit.
const SERVERS: [(&str, [&str; 2]); 2] = [
    ("mysql-auto", ["Nov 24 01:53:53 2026 GMT", "Nov 21 01:53:53 2036 GMT"]),
    ("refusals", ["Nov 25 15:05:48 2026 GMT", "Nov  1 15:05:48 2126 GMT"]),
];

const NONE: [&str; 2] = ["", ""];

#[test]
fn both_sides_tell_the_dates_of_the_servers_certificate() {
    // T124, where the client shows a certificate too: its dates are nowhere.
    for (place, expected) in SERVERS {
        for version in ["TLSv1.2", "TLSv1.3"] {
            for schedule in SCHEDULES {
                let client = pki::client_as("client", &[("tls_version", version)]);
                let (mut client, mut server) = link(&client, &kept_server(place), schedule);
                assert_eq!(session(&client), NONE, "before TLS");
                run(&mut client, &mut server);
                assert_eq!((client.conn.phase(), server.conn.phase()), (Phase::Tls, Phase::Tls));
                assert_eq!(session(&client), expected, "{place} {version} {schedule:?}");
                assert_eq!(session(&server), expected, "{place} {version} {schedule:?}");
            }
        }
        let server = kept_server(place);
        assert_eq!(DATES.map(|name| server.status(name).unwrap()), expected, "{place}");
    }
}

#[test]
fn without_tls_the_dates_are_empty() {
    // T124
    let context = pki::client_as("client", &[]);
    assert_eq!(DATES.map(|name| context.status(name).unwrap()), NONE);
    let mut client = Host::new(&context, Schedule::Whole);
    client.deliver(&wire::packet(0, &wire::greeting(MYSQL57_OFF)));
    assert_eq!(client.conn.phase(), Phase::Plain);
    assert_eq!(session(&client), NONE);

    let context = pki::server(&[]);
    assert_eq!(DATES.map(|name| context.status(name).unwrap()), NONE);
    let mut server = Host::new(&context, Schedule::Whole);
    server.deliver(&wire::packet(1, &wire::login(wire::MYSQL_PROGRAM & !wire::CLIENT_SSL)));
    assert_eq!(server.conn.phase(), Phase::Plain);
    assert_eq!(session(&server), NONE);
}

const DATES: [&str; 2] = ["Ssl_server_not_before", "Ssl_server_not_after"];

fn session(host: &Host) -> [String; 2] {
    DATES.map(|name| host.conn.status(name).unwrap())
}

/// A server with a certificate that is kept in `tests/data`, and the CA of `client-cert.pem`.
fn kept_server(place: &str) -> Context {
    let file = |name: &str| pki::kept(&format!("{place}/{name}.pem"));
    let (cert, key) = (file("server-cert"), file("server-key"));
    pki::server(&[("ssl_cert", &cert), ("ssl_key", &key), ("ssl_ca", "ca.pem")])
}
