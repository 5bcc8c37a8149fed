//! What a peer with the keys can send after the handshake, in either role and version: each record's
//! code and alert, and that the alert that is reported is the one that leaves. The numbers are those of
//! RFC 8446 sections 4.6.3, 5, 5.1, 5.2, 5.4 and 6, and of RFC 5246 section 7.2.
//!
//! `tests/support/record_layers.rs` lists what rustls' own record layer does otherwise.

mod support;

use support::forger::{CASES, Forger};
use support::record_layers::{Outcome, expected};
use support::schedule::AppRoom;
use support::{Host, Schedule, wire};
use tlsql::{Code, Phase, event, want};

const SCHEDULES: [Schedule; 2] = [Schedule::Whole, Schedule::Random(1)];

/// Bytes that a forger sends.
type Made = Box<dyn Fn(&mut Forger) -> Vec<u8>>;

/// A name, what is sent, and how it ends.
type Case = (&'static str, Made, Outcome);

const UNEXPECTED: Outcome = Some((Code::Misbehaved, 10));
const DECODE: Outcome = Some((Code::Misbehaved, 50));
const ILLEGAL: Outcome = Some((Code::Misbehaved, 47));
const DECRYPT: Outcome = Some((Code::Decrypt, 20));
const OVERFLOW: Outcome = Some((Code::Record, 22));
const LIVES_ON: Outcome = None;

#[test]
fn a_record_has_its_code_and_alert() {
    for (is_client, version) in CASES {
        let is_tls13 = version.version == rustls::ProtocolVersion::TLSv1_3;
        for schedule in SCHEDULES {
            let own = if is_tls13 { tls13(is_client) } else { tls12(is_client) };
            let cases = both_versions(is_tls13).into_iter().chain(own);
            for (what, make, outcome) in cases {
                let (mut host, mut forger) = Forger::of(is_client, version, schedule);
                host.deliver(&make(&mut forger));
                let name = format!("{what}; client: {is_client}, {version:?}, {schedule:?}");
                check(&mut host, &mut forger, &name, expected(what, outcome));
            }
        }
    }
}

fn check(host: &mut Host, forger: &mut Forger, what: &str, outcome: Outcome) {
    let Some((code, number)) = outcome else {
        assert!(host.error.is_none(), "{what}: {:?}", host.error);
        return;
    };
    assert!(host.got.is_empty(), "{what}");
    assert_eq!(host.error.as_ref().map(|error| error.code), Some(code), "{what}");
    let reported = host.failure().alert().map(|alert| (alert.number, alert.from_peer));
    assert_eq!(reported, Some((number, false)), "{what}");
    let sent = forger.open(&host.take_sent());
    assert_eq!(sent.last(), Some(&(ALERT, vec![2, number])), "{what}");
    assert_eq!(host.conn.phase(), Phase::Failed);
    assert_eq!(host.conn.want(), 0);
}

fn both_versions(is_tls13: bool) -> Vec<Case> {
    let small: &[u8] = if is_tls13 { &[4, 0, 0, 14, 0, 0] } else { &[0, 0, 0] };
    vec![
        ("the record itself", one(DATA, b"abc"), LIVES_ON),
        (if is_tls13 { "another version" } else { "a changed version" }, changed(2, 1), DECRYPT),
        (
            "the last bit changed",
            Box::new(|forger| {
                let mut record = forger.record(DATA, b"abc");
                *record.last_mut().unwrap() ^= 1;
                record
            }),
            DECRYPT,
        ),
        ("a change_cipher_spec", clear(CHANGE, &[1]), UNEXPECTED),
        ("data as a change_cipher_spec", changed(0, CHANGE), UNEXPECTED),
        (
            if is_tls13 { "an inner change_cipher_spec" } else { "a sealed change_cipher_spec" },
            one(CHANGE, &[1]),
            UNEXPECTED,
        ),
        ("an alert of one byte", one(ALERT, &[2]), DECODE),
        ("an alert of three bytes", one(ALERT, &[2, 40, 0]), DECODE),
        ("an alert of an unknown level", one(ALERT, &[3, 40]), ILLEGAL),
        ("a message of 2^16 bytes", one(HANDSHAKE, &[4, 1, 0, 0]), Some((Code::HandshakeSize, 50))),
        ("a Finished", one(HANDSHAKE, &[20, 0, 0, 0]), UNEXPECTED),
        ("2^14 + 1 bytes", one(DATA, &[7; (1 << 14) + 1]), OVERFLOW),
        ("data inside a message", two((HANDSHAKE, small), (DATA, b"abc")), UNEXPECTED),
        ("an alert inside a message", two((HANDSHAKE, small), (ALERT, &[2, 40])), UNEXPECTED),
        ("no data inside a message", two((HANDSHAKE, small), (DATA, b"")), UNEXPECTED),
    ]
}

fn tls13(is_client: bool) -> Vec<Case> {
    let mut cases = tls13_records();
    let broken = [
        ("a ticket of nothing", "a ticket of nothing to a server", ticket(&[], &[]), DECODE),
        ("a ticket cut short", "a ticket cut short to a server", vec![4, 0, 0, 1, 0], DECODE),
        (
            "a ticket with an extension twice",
            "a ticket with an extension twice to a server",
            ticket(&[7; 40], &[0, 42, 0, 4, 0, 0, 0, 1].repeat(2)),
            ILLEGAL,
        ),
    ];
    for (to_client, to_server, message, outcome) in broken {
        let (what, outcome) =
            if is_client { (to_client, outcome) } else { (to_server, UNEXPECTED) };
        cases.push((what, one(HANDSHAKE, &message), outcome));
    }
    let whole = if is_client { LIVES_ON } else { UNEXPECTED };
    cases.push(("a ticket", one(HANDSHAKE, &ticket(&[7; 40], &[])), whole));
    cases.push(("a HelloRequest", one(HANDSHAKE, &[0, 0, 0, 0]), UNEXPECTED));
    cases.push(("a ClientHello without fields", one(HANDSHAKE, &[1, 0, 0, 0]), UNEXPECTED));
    cases
}

fn tls13_records() -> Vec<Case> {
    vec![
        ("an outer type of its own", changed(0, HANDSHAKE), UNEXPECTED),
        ("garbage of another outer type", clear(HANDSHAKE, &[7; 40]), UNEXPECTED),
        ("garbage of another outer type", clear(ALERT, &[2, 40]), UNEXPECTED),
        ("2^14 + 257 bytes of ciphertext", clear(DATA, &[7; (1 << 14) + 257]), OVERFLOW),
        ("2^14 + 256 bytes of ciphertext", clear(DATA, &[7; (1 << 14) + 256]), DECRYPT),
        ("16 bytes of ciphertext", clear(DATA, &[7; 16]), DECRYPT),
        ("no ciphertext", clear(DATA, &[]), DECRYPT),
        ("an unknown content type", one(24, b"abc"), UNEXPECTED),
        ("an inner handshake record without content", one(HANDSHAKE, &[]), UNEXPECTED),
        ("an inner alert without content", one(ALERT, &[]), UNEXPECTED),
        ("no content type", Box::new(|forger| forger.inner(&[0; 9])), UNEXPECTED),
        ("no inner plaintext", Box::new(|forger| forger.inner(&[])), UNEXPECTED),
        ("a KeyUpdate of another value", one(HANDSHAKE, &[24, 0, 0, 1, 2]), ILLEGAL),
        ("an empty KeyUpdate", one(HANDSHAKE, &[24, 0, 0, 0]), DECODE),
        ("a KeyUpdate of two bytes", one(HANDSHAKE, &[24, 0, 0, 2, 0, 0]), DECODE),
        ("a KeyUpdate that ends no record", one(HANDSHAKE, &[24, 0, 0, 1, 0, 24]), UNEXPECTED),
        ("two KeyUpdates in a record", one(HANDSHAKE, &KEY_UPDATE.repeat(2)), UNEXPECTED),
        ("a warning", one(ALERT, &[1, 40]), DECODE),
    ]
}

fn tls12(is_client: bool) -> Vec<Case> {
    let restart = &restart(is_client)[..];
    vec![
        ("an empty handshake record", one(HANDSHAKE, &[]), UNEXPECTED),
        ("an empty alert record", one(ALERT, &[]), UNEXPECTED),
        ("data as an alert", changed(0, ALERT), DECRYPT),
        ("data as handshake", changed(0, HANDSHAKE), DECRYPT),
        ("an empty body of handshake type", clear(HANDSHAKE, &[]), DECRYPT),
        ("no ciphertext", clear(DATA, &[]), DECRYPT),
        ("23 bytes of ciphertext", clear(DATA, &[7; 23]), DECRYPT),
        ("2^14 + 24 bytes of ciphertext", clear(DATA, &[7; (1 << 14) + 24]), DECRYPT),
        ("a new handshake", one(HANDSHAKE, restart), LIVES_ON),
        ("a new handshake twice", two((HANDSHAKE, restart), (HANDSHAKE, restart)), UNEXPECTED),
        ("a warning", one(ALERT, &[1, 90]), LIVES_ON),
        ("a KeyUpdate", one(HANDSHAKE, &KEY_UPDATE), UNEXPECTED),
    ]
}

/// Each flood: what is sent again and again, and how often that is taken.
#[test]
fn floods_have_their_limits() {
    for (is_client, version) in CASES {
        let is_tls13 = version.version == rustls::ProtocolVersion::TLSv1_3;
        let warning: &[u8] = if is_tls13 { &[1, 90] } else { &[1, 40] };
        let mut floods: Vec<(&str, u8, &[u8], usize)> =
            vec![("warnings", ALERT, warning, 4), ("no data", DATA, b"", 32)];
        if is_tls13 {
            floods.push(("KeyUpdates", HANDSHAKE, &KEY_UPDATE, 32));
        }
        for (what, kind, content, most) in floods {
            let (mut host, mut forger) = Forger::of(is_client, version, Schedule::Whole);
            for n in 0..most {
                host.deliver(&forger.record(kind, content));
                assert!(host.error.is_none(), "{what} {n}: {:?}", host.error);
                if kind == HANDSHAKE {
                    forger.update();
                }
            }
            host.deliver(&forger.record(kind, content));
            check(&mut host, &mut forger, what, UNEXPECTED);
        }
    }
}

/// RFC 5246 section 7.2.2: a renegotiation is refused by a warning, once.
#[test]
fn a_renegotiation_is_refused_by_a_warning() {
    for (is_client, version) in &CASES[..2] {
        let (mut host, mut forger) = Forger::of(*is_client, version, Schedule::Whole);
        host.deliver(&forger.record(HANDSHAKE, &restart(*is_client)));
        assert_eq!(forger.open(&host.take_sent()), [(ALERT, vec![1, 100])]);
        host.deliver(&forger.record(DATA, b"goes on"));
        assert_eq!(host.got, b"goes on");
    }
}

#[test]
fn empty_records_are_no_data_between_key_updates() {
    for (is_client, version) in &CASES[2..] {
        let (mut host, mut forger) = Forger::of(*is_client, version, Schedule::Whole);
        for _ in 0..33 {
            host.deliver(&forger.record(DATA, b""));
            host.deliver(&forger.record(HANDSHAKE, &KEY_UPDATE));
            forger.update();
        }
        let what = "KeyUpdates with empty records between";
        let outcome = expected(what, UNEXPECTED);
        check(&mut host, &mut forger, what, outcome);
    }
}

#[test]
fn data_between_ends_a_flood() {
    for (is_client, version) in &CASES[2..] {
        let (mut host, mut forger) = Forger::of(*is_client, version, Schedule::Whole);
        for _ in 0..100 {
            host.deliver(&forger.record(DATA, b""));
            host.deliver(&forger.record(HANDSHAKE, &KEY_UPDATE));
            forger.update();
            host.deliver(&forger.record(DATA, b"x"));
        }
        assert_eq!(host.got, b"x".repeat(100));
    }
}

/// RFC 8446 section 4.6.3: however many are asked for, one answer leaves before the next data, and
/// it shows as bytes that are queued.
#[test]
fn one_key_update_answers_many() {
    for (is_client, version) in &CASES[2..] {
        let (mut host, mut forger) = Forger::of(*is_client, version, Schedule::Whole);
        let mut records = Vec::new();
        for _ in 0..5 {
            records.extend(forger.record(HANDSHAKE, &[24, 0, 0, 1, 1]));
            forger.update();
        }
        records.extend(forger.record(DATA, b"down"));
        host.wire = records;
        let step = host.step_with(0, AppRoom::View(usize::MAX));
        assert_ne!(step.want & want::WIRE_OUT, 0);
        host.settle();
        let sent = forger.open(&host.take_sent());
        assert_eq!(sent.first(), Some(&(HANDSHAKE, vec![24, 0, 0, 1, 0])));
        assert!(sent.len() <= 2, "{sent:?}");
        host.app = b"up".to_vec();
        host.settle();
        assert_eq!(forger.open(&host.take_sent()).last(), Some(&(DATA, b"up".to_vec())));
        assert_eq!(host.got, b"down");
    }
}

/// RFC 8446 section 4.6.1. A lifetime of more than 604800 seconds is the server's fault, for which a
/// client has no alert: it must not keep the ticket for longer.
#[test]
fn a_ticket_is_read_to_its_end() {
    let early_data = [0, 42, 0, 4, 0, 0, 0, 1];
    let unknown = [0x5a, 0x5a, 0, 1, 9];
    let two = [&early_data[..], &unknown].concat();
    let good = wire::ticket(604_800, &[3], &[7; 40], &two);
    let mut cases = vec![
        (good.clone(), LIVES_ON),
        (wire::ticket(604_801, &[3], &[7; 40], &two), LIVES_ON),
        (wire::ticket(u32::MAX, &[3], &[7; 40], &[]), LIVES_ON),
        (wire::ticket(0, &[], &[7], &[]), LIVES_ON),
        (wire::ticket(1, &[7; 255], &[7], &unknown), LIVES_ON),
        (wire::ticket(1, &[3], &[], &unknown), DECODE),
        ([&good[..], &[0]].concat(), DECODE),
        (wire::ticket(1, &[3], &[7], &[0, 42, 0, 3, 0, 0, 0]), DECODE),
        (wire::ticket(1, &[3], &[7], &[0, 42, 0, 5, 0, 0, 0, 0, 0]), DECODE),
        (wire::ticket(1, &[3], &[7], &[&two[..], &early_data].concat()), ILLEGAL),
        (wire::ticket(1, &[3], &[7], &[&two[..], &unknown].concat()), ILLEGAL),
        (wire::ticket(1, &[3], &[7], &[0, 0, 0, 0].repeat(2)), ILLEGAL),
        (wire::ticket(1, &[3], &[7], &[0xff, 0xff, 0, 0].repeat(2)), ILLEGAL),
    ];
    cases.extend((0..good.len()).map(|len| (good[..len].to_vec(), DECODE)));
    cases.extend((1..unknown.len()).map(|len| {
        let cut = [&early_data[..], &unknown[..len]].concat();
        (wire::ticket(1, &[3], &[7], &cut), DECODE)
    }));
    for (body, outcome) in cases {
        let (mut host, mut forger) = Forger::of(true, CASES[2].1, Schedule::Whole);
        host.deliver(&forger.record(HANDSHAKE, &wire::handshake(4, &body)));
        check(&mut host, &mut forger, &format!("{body:02x?}"), outcome);
    }
}

/// Every number of an extension may come once: 16383 of them fit a message.
#[test]
fn a_ticket_may_have_many_extensions() {
    let all: Vec<u8> = (1000..17_000u16).flat_map(|n| [n.to_be_bytes(), [0; 2]].concat()).collect();
    let twice = [&all[..], &all[400..404]].concat();
    for (extensions, outcome) in [(&all, LIVES_ON), (&twice, ILLEGAL)] {
        let (mut host, mut forger) = Forger::of(true, CASES[2].1, Schedule::Whole);
        for part in ticket(&[7], extensions).chunks(16_000) {
            host.deliver(&forger.record(HANDSHAKE, part));
        }
        check(&mut host, &mut forger, "many extensions", outcome);
    }
}

/// A large message of many records is put together, and what follows is read.
#[test]
fn a_message_may_have_64_kib() {
    for schedule in SCHEDULES {
        let (mut host, mut forger) = Forger::of(true, CASES[2].1, schedule);
        let message = ticket(&[7; 65_500], &[]);
        for part in message.chunks(999) {
            host.deliver(&forger.record(HANDSHAKE, part));
        }
        host.deliver(&forger.record(DATA, b"goes on"));
        assert!(host.error.is_none(), "{:?}", host.error);
        assert_eq!(host.got, b"goes on");
    }
}

/// RFC 8446 section 5.4.
#[test]
fn padding_is_taken_away() {
    for (is_client, version) in &CASES[2..] {
        for schedule in SCHEDULES {
            let (mut host, mut forger) = Forger::of(*is_client, version, schedule);
            for padding in [1, 255, 16_000] {
                let inner = [&b"data"[..], &[DATA], &vec![0; padding]].concat();
                host.deliver(&forger.inner(&inner));
            }
            host.deliver(&forger.inner(&[&[0, 0, 0, DATA][..], &[0; 100]].concat()));
            assert_eq!(host.got, b"datadatadata\0\0\0");
            host.deliver(&forger.inner(&[&[1, 0, ALERT][..], &[0; 100]].concat()));
            assert!(host.has(event::PEER_CLOSED), "{schedule:?}");
        }
    }
}

/// The peer's own fatal alert gets no answer; close_notify ends reading at either level.
#[test]
fn alerts_of_the_peer() {
    for (is_client, version) in CASES {
        let (mut host, mut forger) = Forger::of(is_client, version, Schedule::Whole);
        host.deliver(&forger.record(ALERT, &[2, 40]));
        let alert = host.failure().alert().unwrap();
        assert_eq!((host.failure().code, alert.number, alert.from_peer), (Code::Alert, 40, true));
        assert!(host.take_sent().is_empty());
        for level in [1, 2] {
            let (mut host, mut forger) = Forger::of(is_client, version, Schedule::Whole);
            host.deliver(&forger.record(ALERT, &[level, 0]));
            assert!(host.has(event::PEER_CLOSED) && host.error.is_none());
        }
    }
}

fn one(kind: u8, content: &[u8]) -> Made {
    let content = content.to_vec();
    Box::new(move |forger| forger.record(kind, &content))
}

fn two(first: (u8, &[u8]), second: (u8, &[u8])) -> Made {
    let [first, second] = [first, second].map(|(kind, content)| one(kind, content));
    Box::new(move |forger| [first(forger), second(forger)].concat())
}

/// A record of data with another byte in its header.
fn changed(at: usize, byte: u8) -> Made {
    Box::new(move |forger| {
        let mut record = forger.record(DATA, b"abc");
        record[at] = byte;
        record
    })
}

fn clear(kind: u8, body: &[u8]) -> Made {
    let record = wire::record(kind, body);
    Box::new(move |_| record.clone())
}

/// A NewSessionTicket.
fn ticket(ticket: &[u8], extensions: &[u8]) -> Vec<u8> {
    wire::handshake(4, &wire::ticket(256, &[0], ticket, extensions))
}

/// What begins another handshake: HelloRequest to a client, a whole ClientHello to a server.
fn restart(is_client: bool) -> Vec<u8> {
    if is_client {
        return vec![0, 0, 0, 0];
    }
    wire::client_hello(0x0303, &[0xc02b], &wire::usual_extensions(&[29]))[5..].to_vec()
}

const CHANGE: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const DATA: u8 = 23;

/// KeyUpdate, update_not_requested.
const KEY_UPDATE: [u8; 5] = [24, 0, 0, 1, 0];
