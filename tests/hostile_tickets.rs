//! Tickets of servers that mean to harm: a client that met one goes on to connect to others.

mod support;

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::ProducesTickets;
use support::plain_server::{Kind, met, server};
use support::{Host, Schedule, pki, run};
use tlsql::{Context, Phase};

/// Makes tickets of so many octets, which only it could read.
#[derive(Debug)]
struct Huge(usize);

impl ProducesTickets for Huge {
    fn enabled(&self) -> bool {
        true
    }

    fn lifetime(&self) -> u32 {
        86_400
    }

    fn encrypt(&self, _: &[u8]) -> Option<Vec<u8>> {
        Some(vec![7; self.0])
    }

    fn decrypt(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

fn hostile(kind: Kind, ticket_len: usize) -> Arc<ServerConfig> {
    let mut config = (*server(kind)).clone();
    config.ticketer = Arc::new(Huge(ticket_len));
    // With the feature `rustls-records` the size of two in one record would count.
    config.send_tls13_tickets = 1;
    Arc::new(config)
}

fn entries(client: &Context) -> usize {
    client.status("Ssl_used_session_cache_entries").unwrap().parse().unwrap()
}

/// Our own server takes a ClientHello of 16 KiB at most, and OpenSSL's of some more.
#[test]
fn a_large_ticket_breaks_no_later_connection() {
    for kind in [Kind::Tickets12, Kind::Tickets13] {
        let honest = pki::server_as("server", &[]);
        for (ticket_len, is_kept) in [
            (100, true),
            (8_000, true),
            (8_200, false),
            (15_000, false),
            (16_300, false),
            (20_000, false),
            (60_000, false),
            (65_400, false),
        ] {
            let client = pki::client(&[("ssl_mode", "REQUIRED")]);
            let first = met(&client, &hostile(kind, ticket_len));
            let what = format!("{kind:?} {ticket_len}");
            assert_eq!(first.host.conn.phase(), Phase::Tls, "{what}");
            assert_eq!(entries(&client) > 0, is_kept, "{what}");
            for n in 0..3 {
                let mut ours = Host::new(&client, Schedule::Whole).with("host", "localhost");
                let mut theirs = Host::new(&honest, Schedule::Whole);
                run(&mut ours, &mut theirs);
                assert_eq!(ours.conn.phase(), Phase::Tls, "{what}, {n}: {:?}", theirs.error);
                let negotiated = ours.conn.negotiated().unwrap();
                assert_eq!(negotiated.offered_session, is_kept || n > 0, "{what}, {n}");
            }
        }
    }
}
