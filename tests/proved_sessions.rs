//! Sessions of servers that prove themselves by a password (`tlsql_peer_proof`): they are resumed, and
//! prove nothing.
//!
//! A proof tells that the server knows one account's password. Its session is found by host and name,
//! so that connections of other accounts resume it too: each needs a proof by its own password. The
//! servers are stock rustls; they resume whatever they are offered.

mod support;

use std::io::{Read, Write};
use std::sync::Arc;

use rustls::server::ProducesTickets;
use rustls::{HandshakeKind, ServerConfig, ServerConnection};
use support::plain_server::{KINDS, Kind, SSL_REQUEST_LEN, host, received, server, settle};
use support::{Host, pki, wire};
use tlsql::{AppOut, Code, Context, Io, Phase, SliceSink};

/// What the passwords of two accounts are kept as.
const ALICE: [u8; 20] = [7; 20];
const BOB: [u8; 20] = [9; 20];
const SCRAMBLE: [u8; 20] = [8; 20];

fn proving_client() -> Context {
    pki::client(&[("tlsql_peer_proof", "ON")])
}

/// A connection whose handshake is done and whose tickets came, and the server's end.
fn connect(host: Host, server: &Arc<ServerConfig>) -> (ServerConnection, Host) {
    let mut host = host;
    host.deliver(&wire::packet(0, &wire::greeting(wire::MYSQL57)));
    let hello = host.take_sent().split_off(SSL_REQUEST_LEN);
    let mut peer = ServerConnection::new(Arc::clone(server)).expect("a connection");
    received(&mut peer, &hello);
    settle(&mut host, &mut peer);
    assert_eq!(host.conn.phase(), Phase::Tls, "{:?}", host.error);
    // Behind any tickets.
    peer.writer().write_all(b"from the peer").expect("memory");
    settle(&mut host, &mut peer);
    (peer, host)
}

fn unproved(client: &Context, server: &Arc<ServerConfig>) -> (Option<HandshakeKind>, Host) {
    let (peer, host) = connect(host(client, &[("host", "localhost")]), server);
    (peer.handshake_kind(), host)
}

/// Confirms the server by a password that it knows.
fn prove(host: &mut Host, salt: &[u8]) {
    let digits = host.conn.peer_proof(salt, &SCRAMBLE).expect("digits");
    let text = [b"\x01", digits.as_bytes()].concat();
    host.conn.confirm_peer(salt, &SCRAMBLE, &text).expect("the same");
}

fn fail_to_prove(host: &mut Host, salt: &[u8]) {
    let error = host.conn.confirm_peer(salt, &SCRAMBLE, b"\x01wrong").unwrap_err();
    assert_eq!(error.code, Code::PeerProof);
    assert_eq!(host.conn.phase(), Phase::Failed);
}

/// Sessions that a context keeps.
fn entries(client: &Context) -> usize {
    client.status("Ssl_used_session_cache_entries").unwrap().parse().unwrap()
}

fn sends(host: &mut Host) -> Result<(), Code> {
    let mut out = [0; 200];
    let mut wire_out = SliceSink::new(&mut out);
    let app_out = AppOut::View { limit: 0 };
    let mut io = Io { wire_in: &mut [], wire_out: &mut wire_out, app_in: b"login", app_out };
    let (step, result) = host.conn.step(&mut io);
    assert_eq!(step.wire_out_made > 0, result.is_ok());
    result.map_err(|error| error.code)
}

#[test]
fn a_server_that_has_not_proved_itself_is_never_resumed() {
    for kind in KINDS {
        let (server, client) = (server(kind), proving_client());
        for _ in 0..3 {
            let (met, host) = unproved(&client, &server);
            assert_eq!(met, Some(HandshakeKind::Full), "{kind:?}");
            assert!(host.conn.needs_peer_proof());
            assert_eq!(host.conn.take_session().unwrap_err().code, Code::State);
            assert_eq!(entries(&client), 0, "{kind:?}");
        }
        // A wrong proof, and then the right one.
        let (_, mut host) = unproved(&client, &server);
        fail_to_prove(&mut host, &ALICE);
        assert_eq!(entries(&client), 0, "{kind:?}");
        let (_, mut host) = unproved(&client, &server);
        prove(&mut host, &ALICE);
        assert!(entries(&client) > 0, "{kind:?}");
        assert_eq!(unproved(&client, &server).0, Some(HandshakeKind::Resumed), "{kind:?}");
    }
}

#[test]
fn each_resumed_connection_needs_a_proof_of_its_own() {
    for kind in KINDS {
        let (server, client) = (server(kind), proving_client());
        for n in 0..5 {
            let what = format!("{kind:?} connection {n}");
            let (met, mut host) = unproved(&client, &server);
            let expected = if n == 0 { HandshakeKind::Full } else { HandshakeKind::Resumed };
            assert_eq!(met, Some(expected), "{what}");
            let negotiated = host.conn.negotiated().unwrap();
            assert_eq!(negotiated.resumed, n > 0, "{what}");
            assert!(host.conn.needs_peer_proof(), "{what}");
            assert_eq!(host.conn.verified(), 0, "{what}");
            assert_eq!(host.conn.take_session().unwrap_err().code, Code::State, "{what}");
            assert_eq!(sends(&mut host), Err(Code::State), "{what}");
            host.conn.auth_plugin(b"mysql_native_password").unwrap();
            assert_eq!(sends(&mut host), Ok(()), "{what}");
            prove(&mut host, if n % 2 == 0 { &ALICE } else { &BOB });
            assert!(!host.conn.needs_peer_proof(), "{what}");
            assert_eq!(host.conn.verified(), PROOF, "{what}");
            assert_eq!(sends(&mut host), Ok(()), "{what}");
        }
    }
}

/// Somebody in between knows one account's password, and proves himself to that account's connection.
#[test]
fn the_proof_of_one_account_shows_him_no_password_of_another() {
    for kind in KINDS {
        let (between, client) = (server(kind), proving_client());
        let (_, mut of_alice) = unproved(&client, &between);
        prove(&mut of_alice, &ALICE);
        let (mut peer, mut of_bob) = connect(host(&client, &[("host", "localhost")]), &between);
        assert_eq!(peer.handshake_kind(), Some(HandshakeKind::Resumed), "{kind:?}");
        assert_eq!(sends(&mut of_bob), Err(Code::State), "{kind:?}");
        settle(&mut of_bob, &mut peer);
        let mut got = Vec::new();
        let _ = peer.reader().read_to_end(&mut got);
        assert!(got.is_empty(), "{kind:?}");
        let refused = of_bob.conn.auth_plugin(b"mysql_clear_password").unwrap_err();
        assert_eq!(refused.code, Code::PeerProof, "{kind:?}");
        // His proof for Alice's password is none for Bob's.
        let (_, mut of_bob) = unproved(&client, &between);
        let digits = of_bob.conn.peer_proof(&ALICE, &SCRAMBLE).unwrap();
        let text = [b"\x01", digits.as_bytes()].concat();
        let refused = of_bob.conn.confirm_peer(&BOB, &SCRAMBLE, &text).unwrap_err();
        assert_eq!(refused.code, Code::PeerProof, "{kind:?}");
    }
}

/// Tickets of TLS 1.3 are used up, and those of connections without a proof are not kept.
#[test]
fn the_tickets_of_a_resumed_connection_wait_for_its_proof() {
    for kind in [Kind::Stateful13, Kind::Tickets13] {
        let (server, client) = (server(kind), proving_client());
        let (_, mut first) = unproved(&client, &server);
        prove(&mut first, &ALICE);
        let mut kinds = Vec::new();
        for left in [2, 1, 0] {
            assert_eq!(entries(&client), left, "{kind:?}");
            kinds.push(unproved(&client, &server).0);
        }
        let (full, resumed) = (Some(HandshakeKind::Full), Some(HandshakeKind::Resumed));
        assert_eq!(kinds, [resumed, resumed, full], "{kind:?}");
    }
}

#[test]
fn a_wrong_proof_forgets_the_servers_sessions() {
    for kind in KINDS {
        // On a connection that was resumed.
        let (server, client) = (server(kind), proving_client());
        let (_, mut first) = unproved(&client, &server);
        prove(&mut first, &ALICE);
        let (met, mut host) = unproved(&client, &server);
        assert_eq!(met, Some(HandshakeKind::Resumed), "{kind:?}");
        fail_to_prove(&mut host, &BOB);
        assert_eq!(entries(&client), 0, "{kind:?}");
        let (met, mut host) = unproved(&client, &server);
        assert_eq!(met, Some(HandshakeKind::Full), "{kind:?}");
        // After a right one, as the text of a later OK packet.
        prove(&mut host, &ALICE);
        assert!(entries(&client) > 0, "{kind:?}");
        fail_to_prove(&mut host, &ALICE);
        assert_eq!(entries(&client), 0, "{kind:?}");
        assert_eq!(unproved(&client, &server).0, Some(HandshakeKind::Full), "{kind:?}");
    }
}

/// Makes tickets that no client keeps, and resumes by ids.
#[derive(Debug)]
struct LargeTickets;

impl ProducesTickets for LargeTickets {
    fn enabled(&self) -> bool {
        true
    }

    fn lifetime(&self) -> u32 {
        86_400
    }

    fn encrypt(&self, _: &[u8]) -> Option<Vec<u8>> {
        Some(vec![7; 9000])
    }

    fn decrypt(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

#[test]
fn a_ticket_that_is_not_kept_does_not_keep_the_others() {
    for kind in KINDS {
        let (server, client) = (server(kind), proving_client());
        let (_, mut first) = unproved(&client, &server);
        prove(&mut first, &ALICE);
        let before = entries(&client);
        assert!(before > 0, "{kind:?}");
        let mut large = (*server).clone();
        large.ticketer = Arc::new(LargeTickets);
        let (_, mut host) = unproved(&client, &Arc::new(large));
        assert!(entries(&client) <= before, "{kind:?}");
        fail_to_prove(&mut host, &BOB);
        assert_eq!(entries(&client), 0, "{kind:?}");
        assert_eq!(unproved(&client, &server).0, Some(HandshakeKind::Full), "{kind:?}");
    }
}

#[test]
fn a_session_that_the_host_sets_needs_a_proof_too() {
    for kind in KINDS {
        let (server, client) = (server(kind), proving_client());
        let (_, mut first) = unproved(&client, &server);
        prove(&mut first, &ALICE);
        let saved = first.conn.take_session().unwrap();
        let other = proving_client();
        let mut setting = host(&other, &[("host", "localhost")]);
        setting.conn.set_session(&saved).unwrap();
        let (peer, mut host) = connect(setting, &server);
        assert_eq!(peer.handshake_kind(), Some(HandshakeKind::Resumed), "{kind:?}");
        assert!(host.conn.needs_peer_proof(), "{kind:?}");
        assert_eq!((host.conn.verified(), sends(&mut host)), (0, Err(Code::State)), "{kind:?}");
        assert_eq!(entries(&other), 0, "{kind:?}");
        prove(&mut host, &BOB);
        assert_eq!(host.conn.verified(), PROOF, "{kind:?}");
    }
}

/// TLSQL_VERIFY_PROOF.
const PROOF: u32 = 0x80;
