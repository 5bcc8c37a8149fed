//! `Ssl_server_not_before` and `Ssl_server_not_after`, the dates of the server's certificate, on both
//! sides; `Tlsql_days_left`, the days that are left of one's own.

mod support;

use std::time::{SystemTime, UNIX_EPOCH};

use support::wire::{self, MYSQL57_OFF};
use support::{Host, SCHEDULES, Schedule, link, pki, run};
use tlsql::{Builder, Context, Phase, Role};

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

#[test]
fn days_are_counted_to_the_end_of_ones_own_certificate() {
    // The notAfter of mysql-auto above, by `date -u -d 'Nov 21 01:53:53 2036 GMT' +%s`.
    const END: u64 = 2_110_845_233;
    const DAY: u64 = 24 * 60 * 60;
    for role in [Role::Server, Role::Client] {
        for (now, days) in [
            (END - 3650 * DAY, "3650"),
            (END - DAY - DAY / 2, "1"),
            (END - DAY, "1"),
            (END - DAY + 1, "0"),
            (END, "0"),
            (END + 1, "-1"),
            (END + DAY, "-1"),
            (END + DAY + 1, "-2"),
        ] {
            let mut builder = kept_builder(role, "mysql-auto");
            builder.set_clock(now);
            let context = Context::new(&builder).unwrap();
            assert_eq!(context.status(DAYS_LEFT).as_deref(), Some(days), "{role:?} at {now}");
            assert_eq!(context.status("tlsql_days_left").as_deref(), Some(days), "in any case");
        }
    }
}

#[test]
fn the_days_are_not_those_of_the_peers_certificate() {
    let mut builder = kept_builder(Role::Server, "mysql-auto");
    builder.set_clock(2_110_845_233 - 1_000_000);
    let server = Context::new(&builder).unwrap();
    // A clock that goes on has fewer days left once the second is over.
    let pair = [("ssl_cert", "client-cert.pem"), ("ssl_key", "client-key.pem")];
    let mut shown = pki::builder(Role::Client, &pair).unwrap();
    shown.set_clock(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs());
    let shown = Context::new(&shown).unwrap();
    let of_its_own = shown.status(DAYS_LEFT).unwrap();
    assert!(!["", "11"].contains(&of_its_own.as_str()), "{of_its_own}");
    for (client, days) in [(pki::client(&[]), ""), (shown, &of_its_own)] {
        let (mut client, mut server) = link(&client, &server, Schedule::Whole);
        run(&mut client, &mut server);
        assert_eq!((client.conn.phase(), server.conn.phase()), (Phase::Tls, Phase::Tls));
        assert_eq!(client.conn.status(DAYS_LEFT).as_deref(), Some(days));
        assert_eq!(server.conn.status(DAYS_LEFT).as_deref(), Some("11"));
    }
    assert_eq!(pki::server(&[]).status(DAYS_LEFT).as_deref(), Some(""), "without a certificate");
}

const DAYS_LEFT: &str = "Tlsql_days_left";

const DATES: [&str; 2] = ["Ssl_server_not_before", "Ssl_server_not_after"];

fn session(host: &Host) -> [String; 2] {
    DATES.map(|name| host.conn.status(name).unwrap())
}

/// A server with a certificate that is kept in `tests/data`, and the CA of `client-cert.pem`.
fn kept_server(place: &str) -> Context {
    Context::new(&kept_builder(Role::Server, place)).unwrap()
}

fn kept_builder(role: Role, place: &str) -> Builder {
    let file = |name: &str| pki::kept(&format!("{place}/{name}.pem"));
    let (cert, key) = (file("server-cert"), file("server-key"));
    pki::builder(role, &[("ssl_cert", &cert), ("ssl_key", &key), ("ssl_ca", "ca.pem")]).unwrap()
}
