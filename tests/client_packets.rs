//! The client's packets, statement by statement: greeting, SSLRequest, and nothing else before TLS
//! (T01 to T21 and the decisions of `docs/behaviour.md`).
//!
//! Each stream runs whole, byte by byte and cut by chance.

mod support;

use support::schedule::AppRoom;
use support::wire::{self, CLIENT_SSL, MARIADB, MYSQL57, MYSQL57_OFF, MYSQL97};
use support::{Host, SCHEDULES, Schedule, link, pki, run};
use tlsql::{Code, Context, Error, Outcome, Phase, SslRequest, event, want};

// The greeting

#[test]
fn nothing_leaves_before_the_greetings_last_byte() {
    // T02
    let client = pki::client(&[("ssl_mode", "REQUIRED")]);
    let mut host = Host::new(&client, Schedule::Whole);
    let greeting = wire::packet(0, &wire::greeting(MYSQL57));
    for byte in &greeting[..greeting.len() - 1] {
        host.deliver(&[*byte]);
        assert!(host.sent.is_empty() && host.events == 0);
    }
    host.deliver(&greeting[greeting.len() - 1..]);
    assert!(host.has(event::GREETING));
    assert!(!host.sent.is_empty());
    let view = host.conn.greeting().unwrap().view().unwrap();
    assert_eq!(view.server_version, b"5.7.29");
    assert_eq!(view.capabilities, MYSQL57);
    assert_eq!(host.conn.greeting().unwrap().auth_data(), b"saltsaltsaltsaltsalt");
}

#[test]
fn another_protocol_version_is_named_with_ours() {
    // T06
    for version in [9, 11] {
        let mut payload = wire::greeting(MYSQL57);
        payload[0] = version;
        refused(&wire::packet(0, &payload), |error| {
            assert_eq!((error.code, error.mysql_errno()), (Code::OldProtocol, 2007));
            let words = format!("server version = {version}, client version = 10");
            assert!(error.message().contains(&words), "{error}");
        });
    }
}

#[test]
fn a_cut_or_damaged_greeting_is_malformed() {
    // T07, T08
    let whole = wire::greeting(MYSQL57);
    let mut negative = whole.clone();
    negative[1 + 7 + 4 + 8 + 1 + 2 + 1 + 2 + 2] = 0x80;
    for payload in [&whole[..24], &negative[..]] {
        refused(&wire::packet(0, payload), |error| {
            assert_eq!((error.code, error.mysql_errno()), (Code::Greeting, 2027));
        });
    }
}

#[test]
fn a_greeting_has_64_kib_at_most() {
    // Real ones have 100 bytes. What stands behind the plugin's name is tolerated.
    let mut payload = wire::greeting(MYSQL57);
    payload.resize(64 << 10, b'x');
    for schedule in SCHEDULES {
        let mut host = Host::new(&pki::client(&[]), schedule);
        host.deliver(&wire::packet(0, &payload));
        assert!(host.has(event::GREETING) && host.error.is_none(), "{schedule:?}");
    }
    payload.push(b'x');
    for stream in [wire::packet(0, &payload), b"HTTP/1.1 400 Bad Request\r\n".to_vec()] {
        for schedule in SCHEDULES {
            let mut host = Host::new(&pki::client(&[]), schedule);
            host.deliver(&stream);
            assert!(host.sent.is_empty() && host.events == 0, "{schedule:?}");
            let code = if stream[3] == 0 { Code::PacketSize } else { Code::NotMysql };
            assert_eq!(host.failure().code, code, "{schedule:?}");
        }
    }
}

#[test]
fn a_greeting_with_another_number_than_0_is_a_lost_connection() {
    // T09
    refused(&wire::packet(1, &wire::greeting(MYSQL57)), |error| {
        assert_eq!((error.code, error.mysql_errno()), (Code::Sequence, 2013));
    });
}

#[test]
fn an_err_packet_instead_of_the_greeting_is_passed_on_as_unauthenticated() {
    // T10, T11
    let blocked = wire::err(1129, "Host '192.0.2.7' is blocked");
    refused(&wire::packet(0, &blocked), |error| {
        assert_eq!((error.code, error.mysql_errno()), (Code::ServerError, 1129));
        assert!(error.unauthenticated());
        assert!(error.message().contains("Host '192.0.2.7' is blocked"), "{error}");
    });
    let full = wire::err(1040, "#08004Too many connections");
    refused(&wire::packet(0, &full), |error| {
        assert_eq!((error.mysql_errno(), error.sqlstate().as_str()), (1040, "08004"));
        assert!(error.message().contains("1040 Too many connections"), "{error}");
    });
    // T12
    refused(&wire::packet(0, &[0xff, 0x10]), |error| {
        assert_eq!((error.code, error.mysql_errno()), (Code::Greeting, 2027));
    });
    refused(&wire::packet(0, &[0xff, 0x10, 0x04]), |error| {
        assert_eq!((error.code, error.mysql_errno()), (Code::ServerError, 1040));
        assert!(error.message().contains("1040, in clear text"), "{error}");
    });
}

/// MariaDB 10.3.27 and 10.4.13 send 1040 with number 1, and MariaDB's clients take any number.
#[test]
fn an_err_packet_instead_of_the_greeting_has_any_number() {
    // T09b
    for number in [1, 2, 9, 255] {
        for text in ["", "Too many connections", "#08004Too many connections"] {
            let packet = wire::packet(number, &wire::err(1040, text));
            refused(&packet, |error| {
                assert_eq!((error.code, error.mysql_errno()), (Code::ServerError, 1040));
                assert!(error.unauthenticated());
                assert!(error.message().contains("max_connections"), "{error}");
            });
            let mut conn = tlsql::Conn::new(&pki::client(&[]));
            let error = conn.client_greeting_read(&packet[4..], number, &[]).unwrap_err();
            assert_eq!((error.code, error.mysql_errno()), (Code::ServerError, 1040));
        }
        // Nothing else has.
        for other in
            [&wire::greeting(MYSQL57)[..], b"\xff\x10", b"\0\0\0\x02\0\0\0", b"\xfe\x10\x04x"]
        {
            refused(&wire::packet(number, other), |error| {
                assert_eq!((error.code, error.mysql_errno()), (Code::Sequence, 2013));
            });
        }
    }
}

// Bytes before TLS

#[test]
fn one_byte_beyond_the_greeting_ends_it_with_nothing_written() {
    // T13
    let stream = [wire::packet(0, &wire::greeting(MYSQL57)), vec![0x16]].concat();
    for mode in ["PREFERRED", "REQUIRED"] {
        for schedule in SCHEDULES {
            let host = answered_late(&pki::client(&[("ssl_mode", mode)]), schedule, &stream);
            assert_eq!(host.failure().code, Code::EarlyBytes, "{mode} {schedule:?}");
            assert!(host.sent.is_empty(), "{mode} {schedule:?}");
            assert_eq!(host.conn.phase(), Phase::Failed);
        }
    }
}

#[test]
fn a_host_that_answers_at_once_does_not_overtake_the_byte() {
    // T13: one step reads the greeting and sees the byte, and there is no other before the start.
    let mut host = Host::new(&pki::client(&[]), Schedule::Whole).by_hand();
    host.wire = [wire::packet(0, &wire::greeting(MYSQL57)), vec![0x16]].concat();
    assert_eq!(host.step().events, event::GREETING);
    assert_eq!(host.wire, [0x16], "looked at, not taken");
    let mut request = host.request;
    let result = host.conn.client_start(&mut request);
    assert_eq!(host.note_call(result).unwrap_err().code, Code::EarlyBytes);
    host.settle();
    assert!(host.sent.is_empty());
}

#[test]
fn an_injected_ok_packet_never_surfaces() {
    // T14
    let ok = wire::packet(2, &[0, 0, 0, 2, 0, 0, 0]);
    let stream = [wire::packet(0, &wire::greeting(MYSQL57)), ok].concat();
    for schedule in SCHEDULES {
        let host = answered_late(&pki::client(&[]), schedule, &stream);
        assert_eq!(host.failure().code, Code::EarlyBytes, "{schedule:?}");
        assert!(host.sent.is_empty() && host.got.is_empty(), "{schedule:?}");
        // Cut elsewhere, the same bytes come when the ClientHello is out: they are no record.
        let mut host = Host::greeted(&pki::client(&[]), schedule, MYSQL57);
        host.deliver(&stream[stream.len() - 11..]);
        assert_eq!(host.failure().code, Code::Record, "{schedule:?}");
        assert!(host.got.is_empty() && !host.has(event::SECURED | event::PLAIN));
        assert_eq!(host.conn.outcome(), Outcome::Undecided);
    }
}

#[test]
fn a_byte_before_the_clienthellos_last_one_left_is_too_early() {
    let client = pki::client(&[]);
    let flight = Host::greeted(&client, Schedule::Whole, MYSQL57).sent.len();
    let left_after = |left: usize, room: usize| {
        let mut host = Host::new(&client, Schedule::Whole).by_hand();
        host.deliver(&wire::packet(0, &wire::greeting(MYSQL57)));
        host.conn.client_start(&mut host.request.clone()).unwrap();
        // The SSLRequest and the ClientHello leave in different steps.
        host.step_with(left.min(36), AppRoom::View(usize::MAX));
        host.step_with(left - left.min(36), AppRoom::View(usize::MAX));
        assert_eq!(host.sent.len(), left);
        host.wire.push(0x16);
        host.step_with(room, AppRoom::View(usize::MAX));
        host
    };
    for left in [0, 1, 35, 36, 37, flight - 1] {
        for room in [0, 1, 1 << 16] {
            let mut host = left_after(left, room);
            assert_eq!(host.failure().code, Code::EarlyBytes, "after {left} bytes");
            host.settle();
            assert!(left > 0 || host.sent.is_empty(), "nothing leaves any more");
        }
    }
    // One more, and the same byte is the beginning of an answer.
    assert!(left_after(flight, 1 << 16).error.is_none());
}

#[test]
fn bytes_presented_while_the_host_decides_are_too_early() {
    let mut host = Host::new(&pki::client(&[]), Schedule::Whole).by_hand();
    host.deliver(&wire::packet(0, &wire::greeting(MYSQL57)));
    assert_eq!(host.conn.want() & want::START, want::START);
    host.deliver(&[0x16]);
    let mut request = host.request;
    let result = host.conn.client_start(&mut request);
    assert_eq!(host.note_call(result).unwrap_err().code, Code::EarlyBytes);
    host.settle();
    assert!(host.sent.is_empty());
}

#[test]
fn bytes_beyond_the_greeting_belong_to_a_connection_without_tls() {
    for schedule in SCHEDULES {
        let mut host = Host::new(&pki::client(&[]), schedule);
        host.deliver(&[wire::packet(0, &wire::greeting(MYSQL57_OFF)), b"later".to_vec()].concat());
        assert_eq!(host.conn.outcome(), Outcome::PlainNoTls);
        assert_eq!(host.got, b"later", "{schedule:?}");
    }
}

// The SSLRequest

#[test]
fn the_sslrequest_is_the_mysql_programs() {
    // T15, T16: 0x19BFAA85, 16 MiB, charset 255; only the low byte of a collation fits.
    for schedule in SCHEDULES {
        let host = Host::greeted(&pki::client(&[]), schedule, MYSQL97);
        let mut expected = b"\x20\0\0\x01\x85\xaa\xbf\x19\0\0\0\x01\xff".to_vec();
        expected.resize(36, 0);
        assert_eq!(host.sent[..36], expected, "{schedule:?}");
        assert_eq!(wire::records(&host.sent[36..])[0].0, wire::HANDSHAKE);
    }
}

#[test]
fn a_mariadb_server_gets_the_second_capability_word() {
    // T17
    let mut host = Host::new(&pki::client(&[]), Schedule::Whole);
    host.request.capabilities &= !1;
    host.request.mariadb_capabilities = 0x1d;
    let greeting = wire::greeting_of("11.8.6-MariaDB", MARIADB, 0x3d);
    host.deliver(&wire::packet(0, &greeting));
    assert_eq!(host.sent[4] & 1, 0);
    assert_eq!(host.sent[4 + 28..36], [0x1d, 0, 0, 0]);
    assert_eq!(host.conn.greeting().unwrap().view().unwrap().mariadb_capabilities, 0x3d);
}

#[test]
fn a_server_before_protocol_41_gets_five_bytes() {
    // T18, D8
    for schedule in SCHEDULES {
        let host = Host::greeted(&pki::client(&[]), schedule, MYSQL57 & !wire::PROTOCOL_41);
        assert_eq!(host.sent[..4], [5, 0, 0, 1], "{schedule:?}");
        assert_eq!(host.sent[4..6], [0x85, 0xa8], "bit 9 is clear, bit 11 set");
        assert_eq!(wire::records(&host.sent[9..])[0].0, wire::HANDSHAKE);
        assert_eq!(host.request.capabilities, 0xa885);
    }
}

#[test]
fn the_login_repeats_the_requests_capabilities() {
    let host = Host::greeted(&pki::client(&[]), Schedule::Whole, MYSQL57);
    assert_eq!(host.request.capabilities, wire::MYSQL_PROGRAM | CLIENT_SSL);
    assert_eq!(host.conn.request(), Some(&host.request));
    let host = Host::greeted(&pki::client(&[]), Schedule::Whole, MYSQL57_OFF);
    assert_eq!(host.request.capabilities, wire::MYSQL_PROGRAM & !CLIENT_SSL);
}

#[test]
fn the_first_packet_inside_tls_has_number_2() {
    // T19
    for schedule in SCHEDULES {
        let (mut client, mut server) = link(&pki::client(&[]), &good_server(), schedule);
        run(&mut client, &mut server);
        assert_eq!(client.conn.outcome(), Outcome::Tls);
        assert_eq!(client.conn.sequence(), 2, "{schedule:?}");
    }
    assert_eq!(Host::greeted(&pki::client(&[]), Schedule::Whole, MYSQL57_OFF).conn.sequence(), 1);
}

#[test]
fn a_clear_refusal_after_the_sslrequest_is_passed_on_and_nothing_falls_back() {
    // T20, D14
    let said = wire::packet(2, &wire::err(1043, "#08S01Bad handshake"));
    for mode in ["PREFERRED", "REQUIRED"] {
        for schedule in SCHEDULES {
            let mut host = Host::greeted(&pki::client(&[("ssl_mode", mode)]), schedule, MYSQL57);
            host.deliver(&said);
            let error = host.failure();
            assert_eq!(
                (error.code, error.mysql_errno()),
                (Code::ServerError, 1043),
                "{schedule:?}"
            );
            assert!(error.unauthenticated());
            assert!(error.message().contains("1043 Bad handshake"), "{error}");
            assert!(!host.has(event::PLAIN | event::SECURED) && host.got.is_empty());
        }
    }
}

#[test]
fn other_clear_bytes_after_the_sslrequest_are_no_record() {
    for schedule in SCHEDULES {
        for clear in [&b"HTTP/1.1 400 Bad Request\r\n"[..], b"\x07\0\0\x02\0\0\0\x02\0\0\0"] {
            let mut host = Host::greeted(&pki::client(&[]), schedule, MYSQL57);
            host.deliver(clear);
            assert_eq!(host.failure().code, Code::Record, "{schedule:?}");
            assert!(host.got.is_empty() && !host.has(event::PLAIN));
        }
    }
}

#[test]
fn a_server_that_closes_after_the_sslrequest_is_an_ssl_error() {
    // T21
    for schedule in SCHEDULES {
        let mut host = Host::greeted(&pki::client(&[]), schedule, MYSQL57);
        let error = host.eof().unwrap_err();
        assert_eq!((error.code, error.mysql_errno()), (Code::Eof, 2026));
        assert_eq!(host.conn.phase(), Phase::Failed);
        assert_eq!(host.eof().unwrap_err().code, Code::Eof, "repeated");
    }
    // Before the greeting it is a lost connection, as MySQL's client reports it.
    let error = Host::new(&pki::client(&[]), Schedule::Whole).eof().unwrap_err();
    assert_eq!((error.code, error.mysql_errno()), (Code::Eof, 2013));
    assert!(error.message().contains("'reading initial communication packet'"), "{error}");
}

#[test]
fn both_key_shares_are_in_the_first_clienthello() {
    // D9: X25519 is 29 and P-256 23 in the registry of groups; P-384, 24, is offered.
    for capabilities in [MYSQL57, MYSQL97, MARIADB] {
        let host = Host::greeted(&pki::client(&[]), Schedule::Whole, capabilities);
        let hello = &host.sent[36..];
        assert_eq!(wire::key_shares(hello), [(29, 32), (23, 65)]);
        let groups = wire::hello_groups(hello);
        assert_eq!(groups[..3], [29, 23, 24]);
        // What follows is for DHE (RFC 7919).
        assert!(groups[3..].iter().all(|group| (0x0100..0x0200).contains(group)), "{groups:04x?}");
    }
}

#[test]
fn sni_leaves_only_when_it_was_set() {
    let has_sni = |host: Host| {
        let mut host = host;
        host.deliver(&wire::packet(0, &wire::greeting(MYSQL57)));
        let extensions = wire::hello_extensions(&host.sent[36..]);
        extensions.into_iter().find(|(kind, _)| *kind == 0).map(|(_, content)| content)
    };
    let client = pki::client(&[]);
    let host = || Host::new(&client, Schedule::Whole).with("host", "db.example.test");
    assert_eq!(has_sni(host()), None);
    let expected = [&[0, 18, 0, 0, 15][..], b"db.example.test"].concat();
    assert_eq!(has_sni(host().with("sni", "db.example.test")), Some(expected.clone()));
    assert_eq!(has_sni(host().with("sni", "192.0.2.1")), None, "RFC 6066 section 3");
    // MySQL 8.1's option is for connections that have no name of their own.
    let client = pki::client(&[("tls-sni-servername", "db.example.test")]);
    let host = || Host::new(&client, Schedule::Whole).with("host", "192.0.2.7");
    assert_eq!(has_sni(host()), Some(expected));
    let other = [&[0, 8, 0, 0, 5][..], b"other"].concat();
    assert_eq!(has_sni(host().with("sni", "other")), Some(other));
    assert_eq!(has_sni(host().with("sni", "192.0.2.1")), None);
}

// A host that reads and writes the packets itself

#[test]
fn told_of_the_greeting_the_client_goes_on_alike() {
    for schedule in SCHEDULES {
        let (mut client, mut server) = link(&pki::client(&[]), &good_server(), schedule);
        let client = by_hand(&mut client);
        server.settle();
        let greeting = server.take_sent();
        client.conn.client_greeting_read(&greeting[4..], greeting[3], b"").unwrap();
        assert!(client.conn.will_use_tls());
        let mut request = client.request;
        client.conn.client_start(&mut request).unwrap();
        assert_eq!(request.capabilities, wire::MYSQL_PROGRAM | CLIENT_SSL);
        run(client, &mut server);
        assert_eq!(client.conn.outcome(), Outcome::Tls, "{schedule:?}");
        assert_eq!(server.conn.outcome(), Outcome::Tls);
    }
}

#[test]
fn told_of_the_sslrequest_the_client_begins_with_the_clienthello() {
    for schedule in SCHEDULES {
        let (mut client, mut server) = link(&pki::client(&[]), &good_server(), schedule);
        server.settle();
        let greeting = server.take_sent();
        let client = by_hand(&mut client);
        client.conn.client_greeting_read(&greeting[4..], 0, b"").unwrap();
        let request = wire::packet(1, &wire::ssl_request(wire::MYSQL_PROGRAM | CLIENT_SSL));
        server.deliver(&request);
        let request =
            SslRequest { capabilities: wire::MYSQL_PROGRAM | CLIENT_SSL, ..client.request };
        client.conn.client_request_sent(&request).unwrap();
        client.settle();
        assert_eq!(wire::records(&client.sent)[0].0, wire::HANDSHAKE);
        run(client, &mut server);
        assert_eq!(client.conn.outcome(), Outcome::Tls, "{schedule:?}");
        assert_eq!(client.conn.sequence(), 2);
    }
}

#[test]
fn told_of_bytes_read_ahead_the_client_refuses_tls() {
    let greeting = wire::greeting(MYSQL57);
    let mut host = Host::new(&pki::client(&[]), Schedule::Whole);
    let error = host.conn.client_greeting_read(&greeting, 0, b"\0").unwrap_err();
    assert_eq!(error.code, Code::EarlyBytes);
    assert_eq!(host.conn.phase(), Phase::Failed);
    assert_eq!(host.conn.failure().unwrap().code, Code::EarlyBytes);

    // Without TLS they are looked at, not taken.
    let mut host = Host::new(&pki::client(&[]), Schedule::Whole);
    host.conn.client_greeting_read(&wire::greeting(MYSQL57_OFF), 0, b"later").unwrap();
    assert!(!host.conn.will_use_tls());
    host.deliver(b"later");
    assert_eq!(host.got, b"later");
}

#[test]
fn told_of_a_greeting_that_the_mode_refuses_the_client_says_so_at_once() {
    let client = pki::client(&[("ssl_mode", "REQUIRED")]);
    for (payload, sequence, code) in [
        (wire::greeting(MYSQL57_OFF), 0, Code::NoTlsOffered),
        (wire::greeting(MYSQL57), 1, Code::Sequence),
        (wire::err(1040, "Too many connections"), 0, Code::ServerError),
        (vec![], 0, Code::Greeting),
    ] {
        let mut host = Host::new(&client, Schedule::Whole);
        assert_eq!(host.conn.client_greeting_read(&payload, sequence, b"").unwrap_err().code, code);
        assert_eq!(host.conn.failure().unwrap().code, code);
        host.error = host.conn.failure().cloned();
        host.settle();
        assert!(host.sent.is_empty());
    }
}

#[test]
fn told_of_another_decision_than_its_own_the_client_lives_on() {
    for (capabilities, wrong) in [(MYSQL57, 0), (MYSQL57_OFF, CLIENT_SSL)] {
        let mut host = Host::new(&pki::client(&[]), Schedule::Whole);
        host.conn.client_greeting_read(&wire::greeting(capabilities), 0, b"").unwrap();
        let base = SslRequest { capabilities: 0xf7ff & wire::MYSQL_PROGRAM, ..host.request };
        let request = SslRequest { capabilities: base.capabilities | wrong, ..base };
        assert_eq!(host.conn.client_request_sent(&request).unwrap_err().code, Code::Argument);
        assert_eq!(host.conn.phase(), Phase::Negotiate);
        let right = SslRequest { capabilities: base.capabilities | (wrong ^ CLIENT_SSL), ..base };
        host.conn.client_request_sent(&right).unwrap();
    }
}

#[test]
fn calls_at_the_wrong_moment_change_nothing() {
    let mut host = Host::new(&pki::client(&[]), Schedule::Whole).by_hand();
    let mut request = host.request;
    let wrong = |result: Result<(), Error>| assert_eq!(result.unwrap_err().code, Code::State);
    wrong(host.conn.client_start(&mut request));
    wrong(host.conn.client_request_sent(&request));
    wrong(host.conn.server_start(&wire::greeting(MYSQL57)));
    wrong(host.conn.server_greeting_sent(MYSQL57));
    wrong(host.conn.server_request_read(&wire::login(0x200), 1));
    wrong(host.conn.check_transport());
    wrong(host.conn.rekey());
    assert_eq!(host.conn.seal(b"x").unwrap_err().code, Code::State);
    assert_eq!((host.conn.outcome(), host.conn.margins()), (Outcome::Undecided, (0, 0)));
    host.deliver(&wire::packet(0, &wire::greeting(MYSQL57)));
    wrong(host.conn.client_greeting_read(&wire::greeting(MYSQL57), 0, b""));
    host.conn.client_start(&mut request).unwrap();
    wrong(host.conn.client_start(&mut request));
    host.settle();
    assert!(host.error.is_none());
    assert_eq!(host.conn.phase(), Phase::Handshake);
}

/// A server with the good certificate.
fn good_server() -> Context {
    pki::server_as("server", &[])
}

/// A client host whose answer to the greeting comes when all of the stream is there.
fn answered_late(client: &Context, schedule: Schedule, stream: &[u8]) -> Host {
    let mut host = Host::new(client, schedule).by_hand();
    host.deliver(stream);
    assert_eq!(host.events, event::GREETING);
    let mut request = host.request;
    let result = host.conn.client_start(&mut request);
    host.note_call(result).unwrap_err();
    host.settle();
    host
}

/// What comes instead of a greeting fails alike under every schedule, and nothing is sent.
fn refused(stream: &[u8], check: impl Fn(&Error)) {
    for schedule in SCHEDULES {
        let mut host = Host::new(&pki::client(&[]), schedule);
        host.deliver(stream);
        check(host.failure());
        assert!(host.sent.is_empty() && host.events == 0, "{schedule:?}");
    }
}

fn by_hand(host: &mut Host) -> &mut Host {
    host.starts = false;
    host
}
