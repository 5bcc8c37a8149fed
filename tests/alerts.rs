//! The alert that a refusal reports is the one that the peer gets: a plain rustls peer decrypts it.
//! The right numbers are those of RFC 8446 sections 5 and 6.2.

mod support;

use std::io::Read;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::{
    AlertDescription, ClientConfig, ClientConnection, Connection, Error, RootCertStore,
    ServerConfig, ServerConnection, SupportedProtocolVersion, version,
};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName};
use support::{Host, SCHEDULES, Schedule, pki, wire};
use tlsql::{Code, Phase};

const VERSIONS: [&SupportedProtocolVersion; 2] = [&version::TLS12, &version::TLS13];
const MOST: usize = 1 << 14;

/// What a peer sends in place of a record, the code and the alert for it.
fn broken_records() -> Vec<(&'static str, Vec<u8>, Code, u8)> {
    let record = |kind, len: usize| wire::record(kind, &vec![7; len]);
    vec![
        ("an unknown content type", record(24, 3), Code::Record, 10),
        ("a content type of zero", record(0, 3), Code::Record, 10),
        ("a header of 2^14 + 2049", vec![23, 3, 3, 0x48, 1], Code::Record, 22),
        ("another protocol", b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), Code::Record, 50),
        ("a record that cannot be decrypted", record(23, 64), Code::Decrypt, 20),
    ]
}

/// The same, where records come in clear.
fn broken_in_clear() -> Vec<(&'static str, Vec<u8>, Code, u8)> {
    let mut all = broken_records();
    all.pop();
    for len in [0, 1, 16] {
        all.push(("a short ciphertext", wire::record(23, &vec![0; len]), Code::Misbehaved, 10));
    }
    all.push(("2^14 + 1 bytes", wire::record(22, &vec![1; MOST + 1]), Code::Record, 22));
    all.push(("an empty message", wire::record(22, &[]), Code::Record, 50));
    all
}

/// Plain rustls at the other end.
struct Peer(Connection);

impl Peer {
    fn client(version: &'static SupportedProtocolVersion) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(pki::der(&pki::read("ca.pem")))).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        Self(ClientConnection::new(Arc::new(config), name).unwrap().into())
    }

    fn server(version: &'static SupportedProtocolVersion) -> Self {
        let key = PrivatePkcs8KeyDer::from(pki::der(&pki::read("server-key.pem")));
        let chain = vec![CertificateDer::from(pki::der(&pki::read("server-cert.pem")))];
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key.into())
            .unwrap();
        Self(ServerConnection::new(Arc::new(config)).unwrap().into())
    }

    /// Takes records; returns the alert that ended the connection.
    fn read(&mut self, mut bytes: &[u8]) -> Option<AlertDescription> {
        while !bytes.is_empty() {
            self.0.read_tls(&mut bytes).unwrap();
            match self.0.process_new_packets() {
                Ok(_) => {}
                Err(Error::AlertReceived(alert)) => return Some(alert),
                Err(other) => panic!("{other:?}"),
            }
            let _ = self.0.reader().read_to_end(&mut Vec::new());
        }
        None
    }

    fn write(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        while self.0.wants_write() {
            self.0.write_tls(&mut out).unwrap();
        }
        out
    }
}

fn our_client(schedule: Schedule) -> Host {
    let mut client = Host::greeted(&pki::client(&[]), schedule, wire::MYSQL57);
    client.sent.drain(..36);
    client
}

fn our_server(options: &[(&str, &str)], schedule: Schedule) -> Host {
    let mut server = Host::new(&pki::server_as("server", options), schedule);
    server.settle();
    server.take_sent();
    server.deliver(&wire::packet(1, &wire::ssl_request(wire::MYSQL_PROGRAM)));
    server
}

/// Our end, and a peer that has all that our end sent so far.
fn pair(is_client: bool, version: &'static SupportedProtocolVersion, s: Schedule) -> (Host, Peer) {
    if is_client {
        let mut host = Host::greeted(&pki::client(&[]), s, wire::MYSQL57);
        let mut peer = Peer::server(version);
        let hello = host.take_sent().split_off(36);
        assert_eq!(peer.read(&hello), None);
        (host, peer)
    } else {
        let mut host = our_server(&[], s);
        let mut peer = Peer::client(version);
        host.deliver(&peer.write());
        let flight = host.take_sent();
        assert_eq!(peer.read(&flight), None);
        (host, peer)
    }
}

fn check(host: &mut Host, peer: &mut Peer, what: &str, code: Code, number: u8) {
    let sent = host.take_sent();
    let records = &sent[..wire::records_len(&sent)];
    assert_eq!(host.failure().code, code, "{what}: {}", host.failure());
    let reported = host.failure().alert().map(|alert| (alert.number, alert.from_peer));
    assert_eq!(reported, Some((number, false)), "{what}");
    let got = peer.read(records).map(u8::from);
    assert_eq!(got, Some(number), "{what}: the alert at the peer");
}

#[test]
fn in_traffic_the_alert_that_left_is_reported() {
    for version in VERSIONS {
        for is_client in [true, false] {
            for schedule in SCHEDULES {
                for (what, bytes, code, number) in broken_records() {
                    let (mut host, mut peer) = pair(is_client, version, schedule);
                    for _ in 0..4 {
                        host.deliver(&peer.write());
                        let sent = host.take_sent();
                        assert_eq!(peer.read(&sent), None);
                    }
                    assert_eq!(host.conn.phase(), Phase::Tls);
                    host.deliver(&bytes);
                    check(&mut host, &mut peer, what, code, number);
                }
            }
        }
    }
}

/// TLS 1.3: our end has keys, and its peer's Finished is awaited.
#[test]
fn in_a_handshake_with_keys_the_alert_leaves_encrypted() {
    let short = |len| ("short", wire::record(23, &vec![0; len]), Code::Decrypt, 20);
    let large = ("2^14 + 1 bytes", wire::record(22, &vec![1; MOST + 1]), Code::Record, 22);
    for schedule in SCHEDULES {
        for is_client in [true, false] {
            let more = [short(0), short(1), short(16), large.clone()];
            for (what, bytes, code, number) in broken_records().into_iter().chain(more) {
                let (mut host, mut peer) = pair(is_client, &version::TLS13, schedule);
                if is_client {
                    // The ServerHello alone.
                    let flight = peer.write();
                    let end = 5 + usize::from(flight[3]) * 256 + usize::from(flight[4]);
                    host.deliver(&flight[..end]);
                }
                assert_eq!(host.conn.phase(), Phase::Handshake);
                host.deliver(&bytes);
                check(&mut host, &mut peer, what, code, number);
                assert!(!host.sent.ends_with(wire::BAD_HANDSHAKE), "{what}: nothing in clear");
            }
        }
    }
}

#[test]
fn before_there_are_keys_the_alert_leaves_in_clear() {
    for schedule in SCHEDULES {
        for (what, bytes, code, number) in broken_in_clear() {
            let mut client = our_client(schedule);
            client.take_sent();
            client.deliver(&bytes);
            ends_with(&client, what, code, number, b"");
            // TLS 1.2: the server waits for ClientKeyExchange.
            let mut server = our_server(&[("tls_version", "TLSv1.2")], schedule);
            let hello = Peer::client(&version::TLS12).write();
            server.deliver(&hello);
            server.deliver(&bytes);
            ends_with(&server, what, code, number, wire::BAD_HANDSHAKE);
        }
    }
}

/// RFC 8446 section 5.1: no record of another type stands inside a handshake message.
#[test]
fn a_message_inside_another_gets_unexpected_message() {
    let part = wire::record(22, &[2, 0, 0, 60, 3, 3]);
    let others = [wire::record(21, &[1, 0]), wire::record(20, &[1]), wire::record(23, &[0; 40])];
    for schedule in SCHEDULES {
        for other in &others {
            let mut client = our_client(schedule);
            client.deliver(&[&part[..], other].concat());
            ends_with(&client, "client", Code::Misbehaved, 10, b"");
            let mut server = our_server(&[], schedule);
            let hello = Peer::client(&version::TLS12).write();
            server.deliver(&wire::record(22, &hello[5..60]));
            server.deliver(other);
            ends_with(&server, "server", Code::Misbehaved, 10, wire::BAD_HANDSHAKE);
            // Later messages are put together by rustls.
            let mut server = our_server(&[("tls_version", "TLSv1.2")], schedule);
            server.deliver(&hello);
            server.deliver(&wire::record(22, &[16, 0, 0, 33, 32]));
            server.deliver(other);
            ends_with(&server, "server", Code::Misbehaved, 10, wire::BAD_HANDSHAKE);
        }
    }
}

/// RFC 8446 section 6.1 and RFC 5246 section 7.2.1: its sender says no more, at whatever level. In a
/// handshake it is a failure like the peer's other alerts, and nothing answers it.
#[test]
fn a_close_notify_ends_a_handshake() {
    for schedule in SCHEDULES {
        for level in [2, 1] {
            let close = wire::record(21, &[level, 0]);
            let what = |of: &str| format!("{of}, level {level}, {schedule:?}");
            let mut client = our_client(schedule);
            client.take_sent();
            client.deliver(&close);
            is_closed(&mut client, &what("in place of ServerHello"), b"");
            for version in VERSIONS {
                let is_tls13 = version.version == rustls::ProtocolVersion::TLSv1_3;
                let (mut client, mut peer) = pair(true, version, schedule);
                let flight = peer.write();
                // In TLS 1.3 what follows the ServerHello is encrypted.
                let hello = 5 + usize::from(flight[3]) * 256 + usize::from(flight[4]);
                client.deliver(&flight[..if is_tls13 { hello } else { flight.len() }]);
                client.take_sent();
                client.deliver(&close);
                is_closed(&mut client, &what(&format!("{version:?}, client")), b"");
                let (mut server, _) = pair(false, version, schedule);
                server.deliver(&close);
                let tail = if is_tls13 { b"" } else { wire::BAD_HANDSHAKE };
                is_closed(&mut server, &what(&format!("{version:?}, server")), tail);
            }
        }
    }
}

fn is_closed(host: &mut Host, what: &str, tail: &[u8]) {
    assert!(host.error.is_some(), "{what}: it goes on");
    let failure = host.failure();
    assert_eq!(failure.code, Code::Alert, "{what}: {failure}");
    let reported = failure.alert().map(|alert| (alert.number, alert.from_peer));
    assert_eq!(reported, Some((0, true)), "{what}");
    assert!(
        failure.message().contains("close_notify, it ends the connection"),
        "{what}: {failure}"
    );
    assert_eq!(host.conn.phase(), Phase::Failed, "{what}");
    assert_eq!(host.take_sent(), tail, "{what}");
}

fn ends_with(host: &Host, what: &str, code: Code, number: u8, tail: &[u8]) {
    assert_eq!(host.failure().code, code, "{what}: {}", host.failure());
    let reported = host.failure().alert().map(|alert| (alert.number, alert.from_peer));
    assert_eq!(reported, Some((number, false)), "{what}");
    let expected = [&wire::alert(number), tail].concat();
    assert!(host.sent.ends_with(&expected), "{what}: the alert leaves");
}
