//! The alerts of a handshake that goes wrong after its first Hello: the number that RFC 8446 and RFC
//! 5246 ask for is the one that leaves, in clear or encrypted, and the one that is reported. A plain
//! peer, whose records are opened and sealed anew, is the other end.

mod support;

use rustls::version::{TLS12, TLS13};
use support::handmade_server::{HandmadeServer, ServerFlight};
use support::open_peer::{OpenPeer, Plain};
use support::{Host, SCHEDULES, pki, wire};
use tlsql::{Code, Phase};

/// What becomes of the messages that a peer sends encrypted, the code, and the alert for it.
type Change = (&'static str, fn(&mut Vec<Plain>), Code, u8);

/// RFC 8446 sections 4.4.4 and 5, and RFC 5246 section 7.4.9, in either role.
const EITHER_ROLE: &[Change] = &[
    ("a wrong Finished", |all| *last(all).1.last_mut().unwrap() ^= 1, Code::Decrypt, 51),
    ("a Finished of zeros", |all| last(all).1[4..].fill(0), Code::Decrypt, 51),
];

/// RFC 8446 sections 5, 5.1, 5.2 and 5.4.
const IN_TLS13: &[Change] = &[
    ("an unknown content type", |all| all.insert(0, (24, vec![7; 3])), Code::Misbehaved, 10),
    ("no content type", |all| all.insert(0, (0, vec![0; 9])), Code::Misbehaved, 10),
    ("a content type without content", |all| all.insert(0, (22, vec![])), Code::Misbehaved, 10),
    ("a ChangeCipherSpec", |all| all.insert(0, (20, vec![1])), Code::Misbehaved, 10),
    ("application data", |all| all.insert(0, (23, vec![7; 3])), Code::Misbehaved, 10),
    ("an EndOfEarlyData", |all| all.insert(0, (22, vec![5, 0, 0, 0])), Code::Misbehaved, 10),
    ("a large Finished", |all| *last(all) = (22, vec![20, 1, 0, 0]), Code::Misbehaved, 50),
];

/// RFC 8446 sections 4.2 and 4.4.3: an extension that was not asked for, and a scheme that was not
/// offered.
const OF_A_SERVER: &[Change] = &[
    ("an unknown extension", |all| extend(all, 0xabcd, &[]), Code::Misbehaved, 110),
    (
        "application_layer_protocol_negotiation",
        |all| extend(all, 16, &[0, 3, 2, b'h', b'2']),
        Code::Misbehaved,
        110,
    ),
    ("PKCS#1 in CertificateVerify", |all| with_scheme(all, [4, 1]), Code::Misbehaved, 47),
];

const OF_A_CLIENT: &[Change] = &[
    ("PKCS#1 in CertificateVerify", |all| with_scheme(all, [4, 1]), Code::Misbehaved, 47),
    ("an extension of its certificate", |all| certificate_extension(all), Code::Misbehaved, 110),
];

#[test]
fn a_client_sends_what_it_reports() {
    for schedule in SCHEDULES {
        let in_13 = EITHER_ROLE.iter().chain(IN_TLS13).chain(OF_A_SERVER);
        for (what, change, code, number) in in_13 {
            let (mut client, mut server) = OpenPeer::server(&TLS13, schedule);
            client.deliver(&server.write_changed(change));
            ends(&mut client, &mut server, what, *code, *number);
        }
        for (what, change, code, number) in EITHER_ROLE {
            let (mut client, mut server) = OpenPeer::server(&TLS12, schedule);
            client.deliver(&server.write());
            assert_eq!(server.read(&client.take_sent()), None);
            client.deliver(&server.write_changed(change));
            ends(&mut client, &mut server, what, *code, *number);
        }
    }
}

#[test]
fn a_server_sends_what_it_reports() {
    for schedule in SCHEDULES {
        let in_13 = EITHER_ROLE.iter().chain(IN_TLS13).chain(OF_A_CLIENT);
        for (version, changes) in
            [(&TLS13, in_13.collect::<Vec<_>>()), (&TLS12, EITHER_ROLE.iter().collect())]
        {
            for (what, change, code, number) in changes {
                let (mut server, mut client) = OpenPeer::client(version, schedule);
                server.deliver(&client.write_changed(change));
                ends(&mut server, &mut client, what, *code, *number);
            }
        }
    }
}

/// RFC 5246 section 7.2: a connection goes on after a warning, as with OpenSSL; four are allowed.
#[test]
fn an_encrypted_warning_in_front_of_finished_is_passed_over() {
    const USER_CANCELED: u8 = 90;
    let with = |warnings: usize| {
        move |all: &mut Vec<Plain>| {
            (0..warnings).for_each(|_| all.insert(0, (wire::ALERT, vec![1, USER_CANCELED])));
        }
    };
    for schedule in SCHEDULES {
        for warnings in [1, 4] {
            let (mut client, mut server) = OpenPeer::server(&TLS12, schedule);
            client.deliver(&server.write());
            assert_eq!(server.read(&client.take_sent()), None);
            client.deliver(&server.write_changed(with(warnings)));
            assert_eq!(client.conn.phase(), Phase::Tls, "{warnings}: {:?}", client.error);
            let (mut server, mut client) = OpenPeer::client(&TLS12, schedule);
            server.deliver(&client.write_changed(with(warnings)));
            assert_eq!(server.conn.phase(), Phase::Tls, "{warnings}: {:?}", server.error);
        }
        let (mut server, mut client) = OpenPeer::client(&TLS12, schedule);
        server.deliver(&client.write_changed(with(5)));
        ends(&mut server, &mut client, "five warnings", Code::Misbehaved, 10);
    }
}

/// RFC 5246 section 7.2.1: its sender says no more, so that no Finished can follow.
#[test]
fn an_encrypted_close_notify_in_front_of_finished_ends_the_handshake() {
    for schedule in SCHEDULES {
        for level in [1, 2] {
            let with = |all: &mut Vec<Plain>| all.insert(0, (wire::ALERT, vec![level, 0]));
            let (mut client, mut server) = OpenPeer::server(&TLS12, schedule);
            client.deliver(&server.write());
            assert_eq!(server.read(&client.take_sent()), None);
            client.deliver(&server.write_changed(with));
            let (mut server, mut peer) = OpenPeer::client(&TLS12, schedule);
            server.deliver(&peer.write_changed(with));
            for host in [&client, &server] {
                assert_eq!(host.conn.phase(), Phase::Failed, "{level}, {schedule:?}");
                let alert = host.failure().alert().map(|alert| (alert.number, alert.from_peer));
                assert_eq!((host.failure().code, alert), (Code::Alert, Some((0, true))));
            }
        }
    }
}

/// RFC 5246 section 7.1: the Finished that comes in its place cannot be read, and whatever it looks
/// like is no message for this place.
#[test]
fn a_dropped_change_cipher_spec_is_no_large_message() {
    const CHANGE: u8 = 20;
    // The explicit nonce, in front, is random: the first octets that are a header by chance, and the
    // alert. A 0 at the end stands for the length of the record.
    const NONCES: [([u8; 4], u8); 7] = [
        ([0x5a, 0, 0, 0], 10),
        ([0x5a, 0xff, 0xff, 0xff], 50),
        ([11, 0xff, 0xff, 0xff], 50),
        ([11, 1, 0, 1], 50),
        ([2, 1, 0, 1], 50),
        ([16, 0xff, 0, 1], 50),
        ([20, 0x7f, 0, 1], 50),
    ];
    let without_change = |flight: &[u8], nonce: [u8; 4]| -> Vec<u8> {
        let mut records = wire::records(flight);
        let at = records.iter().position(|(kind, _)| *kind == CHANGE);
        records.remove(at.expect("a change_cipher_spec"));
        let (kind, finished) = records.last_mut().expect("a Finished");
        let whole = u8::try_from(finished.len() - 4).unwrap();
        finished[..4].copy_from_slice(&nonce);
        if nonce[3] == 0 {
            finished[3] = whole;
        }
        assert_eq!(*kind, wire::HANDSHAKE);
        records.iter().flat_map(|(kind, body)| wire::record(*kind, body)).collect()
    };
    for schedule in SCHEDULES {
        for (nonce, number) in NONCES {
            let what = |role: &str| format!("{role}, {nonce:02x?}");
            let (mut client, mut server) = OpenPeer::server(&TLS12, schedule);
            client.deliver(&server.write());
            assert_eq!(server.read(&client.take_sent()), None);
            client.deliver(&without_change(&server.write(), nonce));
            ends(&mut client, &mut server, &what("client"), Code::Misbehaved, number);
            let (mut server, mut client) = OpenPeer::client(&TLS12, schedule);
            server.deliver(&without_change(&client.write(), nonce));
            ends(&mut server, &mut client, &what("server"), Code::Misbehaved, number);
        }
    }
}

/// In clear (RFC 8446 section 4.2, RFC 5246 section 7.4.1.3).
#[test]
fn a_server_hello_with_what_was_not_offered_gets_its_alert() {
    let shares = [&[0, 51, 0, 36, 0, 29, 0, 32][..], &[9; 32]].concat();
    let tls13 = [&[0, 43, 0, 2, 3, 4][..], &shares].concat();
    let with = |more: &[u8]| [&tls13[..], more].concat();
    let cases: &[(&str, u16, Vec<u8>, u8)] = &[
        ("TLS 1.2, an unknown extension", 0xc02b, vec![0xab, 0xcd, 0, 0], 110),
        ("TLS 1.3, an unknown extension", 0x1301, with(&[0xab, 0xcd, 0, 0]), 110),
        ("TLS 1.2, a suite that was not offered", 0xc0ff, vec![], 47),
        ("TLS 1.3, a suite that was not offered", 0x1305, tls13.clone(), 47),
        ("TLS 1.3, a suite of TLS 1.2", 0xc02b, tls13.clone(), 47),
    ];
    for schedule in SCHEDULES {
        for (what, suite, extensions, number) in cases {
            let mut client = Host::greeted(&pki::client(&[]), schedule, wire::MYSQL57);
            let hello = client.take_sent().split_off(36);
            client.deliver(&server_hello(&hello, *suite, extensions));
            in_clear(&client, what, Code::Misbehaved, *number);
        }
    }
}

/// RFC 8446 section 4.1.2.
#[test]
fn a_client_hello_with_a_compression_of_its_own_gets_illegal_parameter() {
    for schedule in SCHEDULES {
        let extensions = [
            wire::usual_extensions(&[29]),
            vec![(43, vec![2, 3, 4]), (51, [&[0, 36, 0, 29, 0, 32][..], &[9; 32]].concat())],
        ]
        .concat();
        let mut hello = wire::client_hello(0x0303, &[0x1301], &extensions);
        // Behind the header, version and random, no session, one suite: the one compression method.
        let at = 5 + 4 + 34 + 1 + 4;
        assert_eq!(hello[at..at + 2], [1, 0]);
        hello[at + 1] = 1;
        let mut server = our_server(schedule);
        server.deliver(&hello);
        in_clear(&server, "DEFLATE", Code::Misbehaved, 47);
    }
}

/// RFC 8446 section 4.2.8 and RFC 8422 sections 5.4 and 5.7: one octet at least, so that an empty
/// share cannot be decoded; one of another length is no share of the group.
#[test]
fn a_share_that_is_empty_or_short_gets_its_alert() {
    for schedule in SCHEDULES {
        for (group, len, number) in [(29, 0, 50), (23, 0, 50), (29, 31, 47), (23, 33, 47)] {
            let what = format!("group {group}, {len} octets");
            let share = vec![9; len];
            let len = u8::try_from(len).unwrap();
            // A server's, in TLS 1.3 and 1.2.
            let mut client = Host::greeted(&pki::client(&[]), schedule, wire::MYSQL57);
            let hello = client.take_sent().split_off(36);
            let extension = [&[0, 51, 0, len + 4, 0, group, 0, len][..], &share].concat();
            let extensions = [&[0, 43, 0, 2, 3, 4][..], &extension].concat();
            client.deliver(&server_hello(&hello, 0x1301, &extensions));
            in_clear(&client, &what, Code::Misbehaved, number);
            let flight = ServerFlight {
                share: Some((group, share.clone())),
                record_size: 16_384,
                ..ServerFlight::default()
            };
            let mut client = Host::greeted(&pki::client(&[]), schedule, wire::MYSQL57);
            HandmadeServer::upgrade(flight, &mut client);
            in_clear(&client, &what, Code::Misbehaved, number);
            // A client's.
            let mut server = our_server(schedule);
            let shares = [&[0, len + 4, 0, group, 0, len][..], &share].concat();
            let extensions = [
                wire::usual_extensions(&[u16::from(group)]),
                vec![(43, vec![2, 3, 4]), (51, shares)],
            ]
            .concat();
            server.deliver(&wire::client_hello(0x0303, &[0x1301], &extensions));
            in_clear(&server, &what, Code::Misbehaved, number);
            let mut server = our_server(schedule);
            let extensions = wire::usual_extensions(&[u16::from(group)]);
            server.deliver(&wire::client_hello(0x0303, &[0xc02b, 0xc02f], &extensions));
            // It asks for a certificate: none.
            server.deliver(&wire::record(wire::HANDSHAKE, &wire::handshake(11, &[0, 0, 0])));
            assert!(server.error.is_none(), "{what}: {:?}", server.error);
            let exchange = [&[len][..], &share].concat();
            server.deliver(&wire::record(wire::HANDSHAKE, &wire::handshake(16, &exchange)));
            in_clear(&server, &what, Code::Misbehaved, number);
        }
    }
}

fn last(all: &mut [Plain]) -> &mut Plain {
    all.last_mut().expect("a Finished")
}

fn message(all: &mut [Plain], kind: u8) -> &mut Vec<u8> {
    &mut all.iter_mut().find(|(_, message)| message[0] == kind).expect("a message").1
}

/// Adds an extension to EncryptedExtensions.
fn extend(all: &mut [Plain], number: u16, content: &[u8]) {
    let message = message(all, 8);
    let content_len = u16::try_from(content.len()).unwrap().to_be_bytes();
    let list = [&message[6..], &number.to_be_bytes(), &content_len, content].concat();
    let len = u16::try_from(list.len()).unwrap().to_be_bytes();
    *message = wire::handshake(8, &[&len, &list[..]].concat());
}

fn with_scheme(all: &mut [Plain], scheme: [u8; 2]) {
    message(all, 15)[4..6].copy_from_slice(&scheme);
}

/// Gives the certificate a status_request, which our server does not send.
fn certificate_extension(all: &mut [Plain]) {
    let message = message(all, 11);
    // An empty context, one entry, and two octets of extensions behind it.
    let entry = message[8..message.len() - 2].to_vec();
    let list = [&entry[..], &[0, 9, 0, 5, 0, 5, 1, 0, 0, 1, 7]].concat();
    let len = u32::try_from(list.len()).unwrap().to_be_bytes();
    *message = wire::handshake(11, &[&[0], &len[1..], &list].concat());
}

/// A ServerHello that echoes the session of this ClientHello.
fn server_hello(hello: &[u8], suite: u16, extensions: &[u8]) -> Vec<u8> {
    let at = 5 + 4 + 2 + 32;
    let session = &hello[at..=at + usize::from(hello[at])];
    let mut body = [&[3, 3], &[9; 32][..], session, &suite.to_be_bytes(), &[0]].concat();
    if !extensions.is_empty() {
        body.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
        body.extend(extensions);
    }
    wire::record(wire::HANDSHAKE, &wire::handshake(2, &body))
}

fn our_server(schedule: support::Schedule) -> Host {
    let context = pki::server(&[
        ("ssl_cert", &pki::kept("keys/rsa2048-cert.pem")),
        ("ssl_key", &pki::kept("keys/rsa2048-pkcs8.pem")),
    ]);
    let mut server = Host::new(&context, schedule);
    server.settle();
    server.take_sent();
    server.deliver(&wire::packet(1, &wire::ssl_request(wire::MYSQL_PROGRAM)));
    server
}

/// The alert that is reported is the one that the peer can read.
fn ends(host: &mut Host, peer: &mut OpenPeer, what: &str, code: Code, number: u8) {
    assert_ne!(host.conn.phase(), Phase::Tls, "{what}");
    assert_eq!(host.failure().code, code, "{what}: {}", host.failure());
    let reported = host.failure().alert().map(|alert| (alert.number, alert.from_peer));
    let sent = host.take_sent();
    let read = peer.read(&sent[..wire::records_len(&sent)]).map(u8::from);
    assert_eq!((reported, read), (Some((number, false)), Some(number)), "{what}");
}

fn in_clear(host: &Host, what: &str, code: Code, number: u8) {
    assert_eq!(host.failure().code, code, "{what}: {}", host.failure());
    let reported = host.failure().alert().map(|alert| (alert.number, alert.from_peer));
    assert_eq!(reported, Some((number, false)), "{what}");
    let sent = host.sent.strip_suffix(wire::BAD_HANDSHAKE).unwrap_or(&host.sent);
    assert!(sent.ends_with(&wire::alert(number)), "{what}: the alert leaves");
}
