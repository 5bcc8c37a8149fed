//! A client whose peer has the keys and makes records that no library makes, and a server whose peer
//! sends what only looks encrypted.

mod support;

use rustls::{AlertDescription, version};
use support::forger::{self, CASES, Forger};
use support::schedule::AppRoom;
use support::{Host, Schedule, long_finished, pki, record_layers, wire};
use tlsql::{Code, Phase, event};

#[test]
fn a_key_update_waits_for_the_end_of_a_message() {
    let (mut client, mut forger) = client_and_forger();
    let ticket = [4, 0, 0, 14, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 7, 0, 0];
    let (head, tail) = ticket.split_at(6);
    client.deliver(&forger.record(HANDSHAKE, head));
    let error = client.conn.rekey().unwrap_err();
    assert_eq!(error.code, Code::State);
    assert!(error.message().contains("NewSessionTicket"), "{error}");
    assert_eq!(client.conn.phase(), Phase::Tls);
    client.app = b"goes on".to_vec();
    client.settle();
    assert!(!client.take_sent().is_empty());
    client.deliver(&forger.record(HANDSHAKE, tail));
    client.conn.rekey().unwrap();
    client.deliver(&forger.record(APPLICATION_DATA, b"down"));
    assert_eq!(client.got, b"down");
}

#[test]
fn a_few_empty_records_are_nothing() {
    let (mut client, mut forger) = client_and_forger();
    for _ in 0..8 {
        client.deliver(&forger.record(APPLICATION_DATA, b""));
        client.deliver(&forger.record(APPLICATION_DATA, b"down"));
    }
    assert!(client.error.is_none(), "{:?}", client.error);
    assert_eq!(client.got, b"down".repeat(8));
}

#[test]
fn empty_records_are_counted_and_refused() {
    let (mut client, mut forger) = client_and_forger();
    for _ in 0..100 {
        client.deliver(&forger.record(APPLICATION_DATA, b""));
    }
    assert_eq!(client.failure().code, Code::Misbehaved);
}

#[test]
fn what_is_too_short_for_a_ciphertext_ends_the_handshake_at_once() {
    // A ClientHello that announces 0-RTT data makes a server try and skip what follows.
    let context = pki::client(&[("tls_version", "TLSv1.3")]);
    let mut client = Host::greeted(&context, Schedule::Whole, wire::MYSQL57);
    let hello = with_early_data(&client.take_sent()[36..]);
    for len in 0..17 {
        let mut server = Host::new(&pki::server_as("server", &[]), Schedule::Whole);
        server.settle();
        server.take_sent();
        server.deliver(&wire::packet(1, &wire::ssl_request(wire::MYSQL_PROGRAM)));
        server.deliver(&hello);
        assert_eq!(server.conn.phase(), Phase::Handshake);
        server.wire.extend(wire::record(APPLICATION_DATA, &vec![0; len]));
        server.step_with(1 << 17, AppRoom::View(usize::MAX));
        server.settle();
        assert_eq!(server.failure().code, Code::Record, "{len}");
        assert_eq!(server.failure().alert().map(|alert| alert.number), Some(20), "{len}");
    }
}

/// What a server with the keys can send, the code, and the alert for it (RFC 8446 sections 5, 5.2, 5.4
/// and 6). The alert that the client reports is the one that it seals.
#[test]
fn the_alert_for_a_forged_record_is_the_one_that_leaves() {
    const ALERT: u8 = 21;
    let ticket = [4, 0, 0, 14, 0, 0];
    let cases: &[Case<'_>] = &[
        ("no content type", &[(0, &[0; 9])], Code::Misbehaved, 10),
        ("an unknown content type", &[(24, b"abc")], Code::Misbehaved, 10),
        ("a message without content", &[(22, b"")], Code::Misbehaved, 10),
        ("an alert without content", &[(ALERT, b"")], Code::Misbehaved, 10),
        ("data inside a message", &[(22, &ticket), (23, b"abc")], Code::Misbehaved, 10),
        ("an alert inside a message", &[(22, &ticket), (ALERT, &[2, 40])], Code::Misbehaved, 10),
        ("2^14 + 1 bytes", &[(23, &[7; (1 << 14) + 1])], Code::Record, 22),
        ("a warning", &[(ALERT, &[1, 40])], Code::Misbehaved, 50),
        ("an alert of an unknown level", &[(ALERT, &[3, 40])], Code::Misbehaved, 47),
        ("a Finished", &[(22, &[20, 0, 0, 1, 0])], Code::Misbehaved, 10),
        ("a large message", &[(22, &[4, 1, 0, 0])], Code::HandshakeSize, 50),
    ];
    for (what, records, code, number) in cases {
        let (mut client, mut forger) = client_and_forger();
        for (kind, body) in *records {
            client.deliver(&forger.record(*kind, body));
        }
        let (code, number) = record_layers::expected(what, Some((*code, *number))).unwrap();
        let error = client.failure();
        assert_eq!(error.code, code, "{what}: {error}");
        let reported = error.alert().map(|alert| (alert.number, alert.from_peer));
        assert_eq!(reported, Some((number, false)), "{what}: {error}");
        let sent = client.take_sent();
        assert_eq!(forger.open(&sent), [(ALERT, vec![2, number])], "{what}");
    }
    // The peer's own fatal alert gets no answer.
    let (mut client, mut forger) = client_and_forger();
    client.deliver(&forger.record(ALERT, &[2, 40]));
    let alert = client.failure().alert().unwrap();
    assert_eq!((alert.number, alert.from_peer), (40, true));
    assert!(client.take_sent().is_empty());
}

/// Whatever stands behind Finished in its record would be read with the keys of what follows.
#[test]
fn bytes_behind_finished_in_its_record_are_refused() {
    let hello_request: &[u8] = &[0, 0, 0, 0];
    let client_hello: &[u8] = &[1, 0, 0, 0];
    for (is_client, version) in CASES {
        for extra in [hello_request, client_hello, &[0], &[24, 0, 0, 1, 0], &[20, 0, 0, 12, 7]] {
            let what = format!("client: {is_client}, {version:?}, {extra:?}");
            let provider = long_finished::provider(extra);
            let (mut host, mut peer) = forger::pair(is_client, version, Schedule::Whole, provider);
            let mut alert = None;
            for _ in 0..4 {
                let mut down = Vec::new();
                while peer.wants_write() {
                    peer.write_tls(&mut down).unwrap();
                }
                host.deliver(&down);
                let sent = host.take_sent();
                let mut rest = &sent[..wire::records_len(&sent)];
                while !rest.is_empty() && alert.is_none() {
                    peer.read_tls(&mut rest).unwrap();
                    match peer.process_new_packets() {
                        Ok(_) => {}
                        Err(rustls::Error::AlertReceived(number)) => alert = Some(number),
                        // rustls' client has sent its own Finished by then, and seals the alert with
                        // the keys that it ends.
                        Err(rustls::Error::DecryptError)
                            if is_client && *version == version::TLS13 =>
                        {
                            alert = Some(AlertDescription::UnexpectedMessage);
                        }
                        Err(other) => panic!("{what}: {other:?}"),
                    }
                }
            }
            assert_eq!(host.failure().code, Code::Misbehaved, "{what}: {}", host.failure());
            let reported = host.failure().alert().map(|alert| (alert.number, alert.from_peer));
            assert_eq!(reported, Some((10, false)), "{what}");
            assert_eq!(alert.map(u8::from), Some(10), "{what}");
            assert!(!host.has(event::SECURED), "{what}");
        }
    }
}

/// A name, records by inner type and content, the code, and the alert.
type Case<'a> = (&'a str, &'a [(u8, &'a [u8])], Code, u8);

const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;
const EARLY_DATA: [u8; 4] = [0, 42, 0, 0];

/// A ClientHello with one more extension in front.
fn with_early_data(hello: &[u8]) -> Vec<u8> {
    let length = |at: usize| usize::from(hello[at]) << 8 | usize::from(hello[at + 1]);
    // Record header, message header, version, random.
    let mut at = 5 + 4 + 2 + 32;
    at += 1 + usize::from(hello[at]); // session id
    at += 2 + length(at); // cipher suites
    at += 1 + usize::from(hello[at]); // compression methods
    let (extensions, longer) = (length(at), |by: usize| u16::try_from(by + 4).unwrap());
    let mut out = hello[..at].to_vec();
    out.extend(longer(extensions).to_be_bytes());
    out.extend(EARLY_DATA);
    out.extend(&hello[at + 2..]);
    out[3..5].copy_from_slice(&longer(length(3)).to_be_bytes());
    out[7..9].copy_from_slice(&longer(length(7)).to_be_bytes());
    out
}

/// A client in TLS 1.3, and the server's keys in the hands of a forger.
fn client_and_forger() -> (Host, Forger) {
    Forger::of(true, &version::TLS13, Schedule::Whole)
}
