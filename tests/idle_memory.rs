//! What a connection holds: while it is idle in TLS, and at the handshake's peak.

mod support;

#[path = "idle_memory/allocator.rs"]
mod allocator;

use allocator::{Bytes, count};
use support::{pki, wire};
use tlsql::{AppOut, Conn, Context, Io, Role, SliceSink, SslRequest, want};

/// One end of a connection, and what it holds.
struct End {
    conn: Box<Conn>,
    bytes: Bytes,
    /// Bytes of the peer that are not used up.
    wire: Vec<u8>,
}

impl End {
    fn new(context: &Context) -> Self {
        let mut bytes = Bytes::default();
        let conn = count(&mut bytes, || Box::new(Conn::new(context)));
        Self { conn, bytes, wire: Vec::new() }
    }

    fn call<T>(&mut self, call: impl FnOnce(&mut Conn) -> T) -> T {
        count(&mut self.bytes, || call(&mut self.conn))
    }

    /// Makes a step; returns what it sent, and how much of `app` it took.
    fn step(&mut self, app: &[u8]) -> (Vec<u8>, usize) {
        let mut out = vec![0; 32 << 10];
        let (conn, wire) = (&mut self.conn, &mut self.wire);
        let (step, result) = count(&mut self.bytes, || {
            conn.step(&mut Io {
                wire_in: wire,
                wire_out: &mut SliceSink::new(&mut out),
                app_in: app,
                app_out: AppOut::View { limit: usize::MAX },
            })
        });
        result.unwrap();
        self.wire.drain(..step.wire_in_used);
        out.truncate(step.wire_out_made);
        (out, step.app_in_used)
    }

    /// What it holds beside the peer's chain.
    fn beside_chain(&self) -> isize {
        self.bytes.held - self.chain()
    }

    fn chain(&self) -> isize {
        let chain = &self.conn.negotiated().unwrap().peer_chain;
        chain.iter().map(|der| der.len() as isize).sum()
    }
}

/// A client and a server of these contexts in TLS.
fn secured(contexts: &[Context; 2]) -> [End; 2] {
    let mut pair = contexts.each_ref().map(End::new);
    pair[0].call(|conn| conn.set("host", "localhost")).unwrap();
    let greeting = wire::greeting_of("8.0.31", wire::MYSQL57, 0);
    while pair.iter().any(|end| end.conn.want() & want::APP_IN == 0) {
        for at in [1, 0] {
            if pair[at].conn.want() & want::START != 0 {
                match pair[at].conn.role() {
                    Role::Server => pair[at].call(|conn| conn.server_start(&greeting)),
                    Role::Client => pair[at].call(|conn| conn.client_start(&mut request())),
                }
                .unwrap();
            }
            let (sent, _) = pair[at].step(&[]);
            pair[1 - at].wire.extend(sent);
        }
    }
    pair
}

/// Sends as much as the length of `data` each way.
fn exchange(pair: &mut [End; 2], data: &[u8]) {
    for from in [0, 1] {
        let mut left = data;
        while !left.is_empty() {
            let (sent, used) = pair[from].step(left);
            left = &left[used..];
            pair[1 - from].wire.extend(sent);
            while !pair[1 - from].wire.is_empty() {
                pair[1 - from].step(&[]);
            }
        }
    }
}

fn request() -> SslRequest {
    SslRequest {
        capabilities: wire::MYSQL_PROGRAM,
        max_packet: 1 << 24,
        charset: 255,
        mariadb_capabilities: 0,
    }
}

/// Contexts that verify each other; the client has a certificate if `is_mutual`.
fn contexts(options: &[(&str, &str)], is_mutual: bool) -> [Context; 2] {
    let verifies = [("ssl_mode", "VERIFY_IDENTITY"), ("ssl_ca", "ca.pem")];
    let client = [&verifies[..], options].concat();
    let client = if is_mutual { pki::client_as("client", &client) } else { pki::client(&client) };
    // Tickets would be counted that the client's context keeps.
    let server = [("ssl_ca", "ca.pem"), ("ssl_session_cache_mode", "OFF")];
    [client, pki::server_as("server", &server)]
}

#[test]
#[cfg_attr(feature = "rustls-records", ignore = "rustls' record layer keeps its connection")]
fn an_idle_connection_holds_little_beside_the_peers_chain() {
    for version in ["TLSv1.2", "TLSv1.3"] {
        for is_mutual in [false, true] {
            for size in ["0", "256"] {
                let options = [("tls_version", version), ("tlsql_session_cache_size", size)];
                let contexts = contexts(&options, is_mutual);
                // What the whole process shares is made by its first handshake.
                drop(secured(&contexts));
                let mut pair = secured(&contexts);
                // Until a client has tickets or data it keeps what makes sessions of tickets.
                let awaits_tickets = size != "0" && version == "TLSv1.3";
                let more = if awaits_tickets { AWAITS_TICKETS + pair[0].chain() } else { 0 };
                let what =
                    format!("{version}, certificate of the client {is_mutual}, cache {size}");
                check(&pair, more, &what);
                exchange(&mut pair, &[7; 16 << 10]);
                check(&pair, 0, &format!("{what} after 16 KiB each way"));
            }
        }
    }
}

#[test]
fn a_chain_that_is_off_is_not_held() {
    for version in ["TLSv1.2", "TLSv1.3"] {
        let held = ["ON", "OFF"].map(|keep| {
            let options = [("tls_version", version), ("tlsql_keep_peer_chain", keep)];
            let contexts = contexts(&options, false);
            drop(secured(&contexts));
            let [client, _] = secured(&contexts);
            client.bytes.held
        });
        let len = pki::der(&pki::read("server-cert.pem")).len() as isize;
        assert!(held[0] - held[1] >= len, "{version}: {held:?}");
    }
}

#[test]
fn a_handshake_holds_little_beside_twice_the_peers_chain() {
    for version in ["TLSv1.2", "TLSv1.3"] {
        for issuers in [0, 1, 3] {
            // The same issuer again and again: a chain as long as some are.
            let issuers = vec![pki::read("ca.pem"); issuers].concat();
            let mut builder = pki::builder(Role::Server, &[("ssl_ca", "ca.pem")]).unwrap();
            let chain = [pki::read("server-cert.pem"), issuers].concat();
            builder.set_identity(&chain, &pki::read("server-key.pem")).unwrap();
            let [client, _] = contexts(&[("tls_version", version)], true);
            let contexts = [client, Context::new(&builder).unwrap()];
            drop(secured(&contexts));
            for end in secured(&contexts) {
                let (role, peak, chain) = (end.conn.role(), end.bytes.peak, end.chain());
                let gate = PEAK + 2 * chain;
                assert!(peak <= gate, "{version} {role:?}: {peak} of {gate}, chain {chain}");
            }
        }
    }
}

/// `more` is what a client may hold beside its gate.
fn check(pair: &[End; 2], more: isize, what: &str) {
    for (end, gate) in pair.iter().zip([IDLE_CLIENT + more, IDLE_SERVER]) {
        let (role, held) = (end.conn.role(), end.beside_chain());
        assert!(held <= gate, "{what}: {role:?} holds {held}, {gate} at most");
    }
}

/// Most bytes of an idle client.
const IDLE_CLIENT: isize = 3200;
/// Most bytes of what makes sessions of tickets, beside a second copy of the server's chain.
const AWAITS_TICKETS: isize = 1024;
/// The same of a server.
const IDLE_SERVER: isize = 2400;
/// Most bytes at a handshake's peak beside the peer's chain twice.
const PEAK: isize = 16 << 10;
