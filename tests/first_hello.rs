//! What is looked at in a peer's first Hello: its size, and what RFC 8446 section 4.1.3 asks of a
//! client beyond what rustls does.

#[path = "fuzz/targets/heap.rs"]
#[allow(unsafe_code, reason = "an allocator that counts")]
mod heap;
mod support;

use support::{Host, SCHEDULES, Schedule, pki, wire};
use tlsql::{Code, Phase};

/// Largest ClientHello: an honest one has less than 4 KiB, with post-quantum shares and long tickets
/// a few KiB more.
const MOST: usize = 16 << 10;

#[test]
fn a_client_hello_is_bounded() {
    for len in [MOST + 1, 0xff_f0, 0xff_ffff] {
        for size in [1, 3, 4, 1000] {
            for schedule in SCHEDULES {
                let mut server = server(schedule);
                let [_, a, b, c] = u32::try_from(len).unwrap().to_be_bytes();
                let hello = [&[1, a, b, c][..], &[0; 96]].concat();
                for part in hello.chunks(size) {
                    server.deliver(&wire::record(wire::HANDSHAKE, part));
                }
                let error = server.failure();
                assert_eq!(error.code, Code::HandshakeSize, "{error}");
                assert!(error.message().contains("16384"), "{error}");
                let tail = [wire::alert(50), wire::BAD_HANDSHAKE.to_vec()].concat();
                assert!(server.sent.ends_with(&tail), "{len} {size}");
            }
        }
    }
}

/// The second one, which answers a HelloRetryRequest, is bounded too.
#[test]
fn what_follows_a_hello_retry_request_is_bounded() {
    for schedule in SCHEDULES {
        let mut server = server(schedule);
        // X448 is what it shares, P-256 what both have.
        let shares = (51, [&[0, 60, 0, 30, 0, 56][..], &[7; 56]].concat());
        let versions = (43, vec![2, 3, 4]);
        let extensions = [wire::usual_extensions(&[30, 23]), vec![versions, shares]].concat();
        server.deliver(&wire::client_hello(0x0303, &[0x1301], &extensions));
        assert_eq!(server.conn.phase(), Phase::Handshake, "{:?}", server.error);
        assert_eq!(wire::records(&server.take_sent())[0].1[0], 2, "a HelloRetryRequest");
        for part in [&[1, 0, 0xff][..], &[0xf0]] {
            server.deliver(&wire::record(wire::HANDSHAKE, part));
        }
        assert_eq!(server.failure().code, Code::HandshakeSize);
        assert_eq!(server.failure().alert().map(|alert| alert.number), Some(50));
    }
}

#[test]
fn a_client_hello_is_held_once() {
    let len = MOST - 1;
    let [_, a, b, c] = u32::try_from(len).unwrap().to_be_bytes();
    let hello = [&[1, a, b, c][..], &vec![0; len - 1]].concat();
    // Whether the host is to see it or not.
    let options: [&[(&str, &str)]; 2] = [&[], &[("tlsql_hello_event", "ON")]];
    for (size, options) in [1, 7, 1000, 16_384].into_iter().flat_map(|n| options.map(|o| (n, o))) {
        let mut server = server_of(options, Schedule::Whole);
        let records: Vec<Vec<u8>> =
            hello.chunks(size).map(|part| wire::record(wire::HANDSHAKE, part)).collect();
        let before = heap::live();
        for record in &records {
            server.deliver(record);
        }
        // What the host of the test itself holds of it.
        let own = isize::try_from(server.wire.capacity()).unwrap();
        let held = heap::live() - before - own;
        assert_eq!(server.conn.phase(), Phase::Handshake, "{:?}", server.error);
        assert!(held > 15 << 10 && held < 17 << 10, "{size}: {held} bytes");
    }
}

/// RFC 8446 section 4.1.3; the alert is illegal_parameter, for a version that is too new
/// protocol_version (RFC 5246 section E.1).
#[test]
fn a_client_looks_at_the_echo_the_version_and_the_sentinel() {
    let tls13: &[u8] = &[0, 43, 0, 2, 3, 4];
    let share = [&[0, 51, 0, 36, 0, 29, 0, 32][..], &[9; 32]].concat();
    let tls13 = [tls13, &share].concat();
    let newer: &[u8] = &[0, 43, 0, 2, 3, 5];
    let plain = [9; 32];
    let end = |end: &[u8]| [&[9; 24][..], end].concat();
    let other = |session: &[u8]| [&[!session[0]], &session[1..]].concat();
    let same = <[u8]>::to_vec;
    let none = |_: &[u8]| Vec::new();
    let longer = |session: &[u8]| session[..31].to_vec();
    let cases: &[Case<'_>] = &[
        ("TLS 1.3", 0x0303, &plain, same, &tls13, None),
        ("another session", 0x0303, &plain, other, &tls13, Some(47)),
        ("no session", 0x0303, &plain, none, &tls13, Some(47)),
        ("a shorter session", 0x0303, &plain, longer, &tls13, Some(47)),
        ("a retry with another session", 0x0303, RETRY, other, &tls13[..6], Some(47)),
        ("legacy_version 3.2", 0x0302, &plain, same, &tls13, Some(47)),
        ("legacy_version 3.4", 0x0304, &plain, same, &tls13, Some(47)),
        ("TLS 1.2", 0x0303, &plain, none, &[], None),
        ("TLS 1.2, DOWNGRD 1", 0x0303, &end(b"DOWNGRD\x01"), none, &[], Some(47)),
        ("TLS 1.2, DOWNGRD 0", 0x0303, &end(b"DOWNGRD\x00"), none, &[], Some(47)),
        ("legacy_version 3.4 alone", 0x0304, &plain, none, &[], Some(70)),
        ("legacy_version 3.5 alone", 0x0305, &plain, none, &[], Some(70)),
        ("a version that nobody offered", 0x0303, &plain, same, newer, Some(47)),
    ];
    for schedule in SCHEDULES {
        for (what, legacy, random, session, extensions, alert) in cases {
            let mut client = Host::greeted(&pki::client(&[]), schedule, wire::MYSQL57);
            let hello = client.take_sent().split_off(36);
            let at = 5 + 4 + 2 + 32;
            let session = session(&hello[at + 1..at + 1 + usize::from(hello[at])]);
            let suite: u16 = if extensions.is_empty() { 0xc02f } else { 0x1301 };
            let mut body = legacy.to_be_bytes().to_vec();
            body.extend(*random);
            body.push(u8::try_from(session.len()).unwrap());
            body.extend(&session);
            body.extend(suite.to_be_bytes());
            body.push(0);
            if !extensions.is_empty() {
                body.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
                body.extend(*extensions);
            }
            client.deliver(&wire::record(wire::HANDSHAKE, &wire::handshake(2, &body)));
            let Some(number) = alert else {
                assert!(client.error.is_none(), "{what}: {:?}", client.error);
                continue;
            };
            assert_eq!(client.failure().code, Code::Misbehaved, "{what}: {}", client.failure());
            let reported = client.failure().alert().map(|alert| (alert.number, alert.from_peer));
            assert_eq!(reported, Some((*number, false)), "{what}");
            assert!(client.sent.ends_with(&wire::alert(*number)), "{what}");
        }
    }
}

/// RFC 8446 section 4.2: an extension comes once, also one whose name is ignored.
#[test]
fn a_second_server_name_is_refused() {
    let names: [&[u8]; 4] = [b"a.test", b"127.1", b"127.0.0.1", b"b_.test"];
    let sni = |name: &[u8]| {
        let len = |extra: usize| u16::try_from(name.len() + extra).unwrap().to_be_bytes();
        (0, [&len(3)[..], &[0], &len(0), name].concat())
    };
    let met = |extensions: &[(u16, Vec<u8>)]| {
        let extensions = [&wire::usual_extensions(&[29, 23]), extensions].concat();
        let hello = wire::client_hello(0x0303, &[0xc02b], &extensions);
        let options: [&[(&str, &str)]; 2] = [&[], &[("tlsql_hello_event", "ON")]];
        options.map(|options| {
            let mut server = server_of(options, Schedule::Whole);
            server.take_sent();
            server.deliver(&hello);
            (server.error.as_ref().map(|error| error.code), server.take_sent()[0])
        })
    };
    for first in names {
        assert_eq!(met(&[sni(first)]), [(None, wire::HANDSHAKE); 2]);
        for second in names {
            for apart in [&[][..], &[(0xfff5, vec![])]] {
                let both = [&[sni(first)], apart, &[sni(second)]].concat();
                let refused = (Some(Code::Misbehaved), 21);
                let [first, second] = [first, second].map(String::from_utf8_lossy);
                assert_eq!(met(&both), [refused; 2], "{first} {second}");
            }
        }
    }
}

/// A client with only older or newer versions gets protocol_version, as from OpenSSL 3.0's s_server.
#[test]
fn a_client_without_a_common_version_gets_alert_70() {
    let groups = || wire::usual_extensions(&[29, 23]);
    let versions = |list: &[u8]| (43, [&[u8::try_from(list.len()).unwrap()], list].concat());
    let newer = [groups(), vec![versions(&[3, 5])]].concat();
    let older = [groups(), vec![versions(&[3, 2, 3, 1])]].concat();
    for (legacy, extensions, code) in [
        (0x0302, Vec::new(), Code::OldTls),
        (0x0302, groups()[..2].to_vec(), Code::OldTls),
        (0x0302, groups(), Code::OldTls),
        (0x0301, Vec::new(), Code::OldTls),
        (0x0300, Vec::new(), Code::OldTls),
        (0x0303, older, Code::OldTls),
        (0x0303, newer, Code::Incompatible),
    ] {
        for schedule in SCHEDULES {
            let mut server = server(schedule);
            server.deliver(&wire::client_hello(legacy, &[0xc009, 0x002f], &extensions));
            assert_eq!(server.failure().code, code, "{legacy:x}: {}", server.failure());
            let tail = [wire::alert(70), wire::BAD_HANDSHAKE.to_vec()].concat();
            assert!(server.sent.ends_with(&tail), "{legacy:x}");
        }
    }
}

/// A length that no honest message has is no long certificate chain.
#[test]
fn a_length_without_sense_is_not_called_a_large_chain() {
    let hello = wire::server_hello(0x0303, 0xc02f);
    for behind in [[12, 0xff, 0xff, 0xff], [0x5a, 0x17, 0x92, 0x01], [16, 1, 0, 0]] {
        for schedule in SCHEDULES {
            let mut client = Host::greeted(&pki::client(&[]), schedule, wire::MYSQL57);
            client.deliver(&hello);
            client.deliver(&wire::record(wire::HANDSHAKE, &behind));
            let error = client.failure();
            assert_eq!(error.code, Code::Misbehaved, "{error}");
            assert!(error.message().contains("claims"), "{error}");
            assert!(client.sent.ends_with(&wire::alert(50)));
        }
    }
}

/// A name, legacy_version, random, what becomes of our session, extensions, and the alert.
type Case<'a> = (&'a str, u16, &'a [u8], fn(&[u8]) -> Vec<u8>, &'a [u8], Option<u8>);

/// The random of a HelloRetryRequest (RFC 8446 section 4.1.3).
const RETRY: &[u8] = &[
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

fn server(schedule: Schedule) -> Host {
    server_of(&[], schedule)
}

fn server_of(options: &[(&str, &str)], schedule: Schedule) -> Host {
    let mut server = Host::new(&pki::server_as("server", options), schedule);
    server.settle();
    server.take_sent();
    server.deliver(&wire::packet(1, &wire::ssl_request(wire::MYSQL_PROGRAM)));
    server
}
