//! How traffic ends: damage, close_notify, and the end of the transport.

mod support;

use support::host::moved;
use support::schedule::AppRoom;
use support::wire;
use support::{Host, SCHEDULES, Schedule, link, pki, run};
use tlsql::{Builder, Code, Context, Outcome, Phase, Role, event, want};

const VERSIONS: [&str; 2] = ["TLSv1.2", "TLSv1.3"];

const NO_LIMIT: AppRoom = AppRoom::View(usize::MAX);

// Damage

#[test]
fn a_changed_record_is_refused_with_alert_20() {
    for version in VERSIONS {
        for schedule in SCHEDULES {
            for at in [5, 20, 60, usize::MAX] {
                let (mut client, mut server) = reading(version, schedule);
                server.app = vec![7; 100];
                server.settle();
                let mut record = server.take_sent();
                let at = at.min(record.len() - 1);
                record[at] ^= 0x10;
                client.deliver(&record);
                assert_eq!(client.failure().code, Code::Decrypt, "{version} byte {at}");
                assert!(client.got.is_empty());
                run(&mut client, &mut server);
                let alert = server.failure().alert().unwrap();
                assert_eq!((alert.number, alert.from_peer), (20, true), "bad_record_mac");
            }
        }
    }
}

#[test]
fn whole_records_before_a_damaged_one_are_delivered() {
    for version in VERSIONS {
        for schedule in SCHEDULES {
            let (mut client, mut server) = reading(version, schedule);
            for part in [&b"one "[..], b"two ", b"three"] {
                server.app = part.to_vec();
                server.settle();
            }
            let mut records = server.take_sent();
            *records.last_mut().unwrap() ^= 1;
            client.deliver(&records);
            assert_eq!(client.got, b"one two ", "{version} {schedule:?}");
            assert_eq!(client.failure().code, Code::Decrypt);
        }
    }
}

#[test]
fn a_record_twice_or_out_of_order_is_refused() {
    for version in VERSIONS {
        for schedule in SCHEDULES {
            let (mut client, mut server) = reading(version, schedule);
            server.app = b"first".to_vec();
            server.settle();
            let first = server.take_sent();
            server.app = b"second".to_vec();
            server.settle();
            let second = server.take_sent();
            client.deliver(&first);
            client.deliver(&first);
            assert_eq!(client.failure().code, Code::Decrypt, "{version} {schedule:?}");
            assert_eq!(client.got, b"first");
            let (mut client, _) = reading(version, schedule);
            client.deliver(&second);
            assert_eq!(client.failure().code, Code::Decrypt, "another connection's");
        }
    }
}

#[test]
fn what_is_no_record_is_refused_with_an_alert() {
    for version in VERSIONS {
        for schedule in SCHEDULES {
            let too_long = [&[23, 3, 3, 0x48, 1][..], &[0; 200]].concat();
            for bytes in [&b"HTTP/1.1 400 Bad Request\r\n"[..], &too_long, b"\x07\0\0\x01\0\0"] {
                let (mut client, mut server) = secured(version, schedule);
                client.deliver(bytes);
                assert_eq!(client.failure().code, Code::Record, "{version} {schedule:?}");
                run(&mut client, &mut server);
                let (sent, seen) = (client.failure().alert(), server.failure().alert().unwrap());
                assert!(seen.from_peer);
                assert_eq!(sent.map(|alert| alert.number), Some(seen.number), "{version}");
            }
        }
    }
}

#[test]
fn a_failure_is_repeated_by_every_call() {
    let (mut client, mut server) = secured("TLSv1.3", Schedule::Whole);
    client.deliver(&wire::record(wire::APPLICATION, &[0; 40]));
    assert_eq!(client.failure().code, Code::Decrypt);
    assert_eq!(client.conn.phase(), Phase::Failed);
    let codes = [
        client.conn.seal(b"x").unwrap_err().code,
        client.conn.rekey().unwrap_err().code,
        client.conn.eof(0).unwrap_err().code,
        client.conn.close().unwrap_err().code,
        client.conn.client_start(&mut client.request.clone()).unwrap_err().code,
        client.conn.failure().unwrap().code,
    ];
    assert_eq!(codes, [Code::Decrypt; 6]);
    assert_eq!(client.conn.outcome(), Outcome::Undecided);
    run(&mut client, &mut server);
    assert_eq!(client.conn.want(), 0);
}

// The end

#[test]
fn close_says_close_notify_and_awaits_none() {
    for version in VERSIONS {
        for schedule in SCHEDULES {
            let (mut client, mut server) = secured(version, schedule);
            client.app = b"QUIT".to_vec();
            client.settle();
            client.conn.close().unwrap();
            client.conn.close().unwrap();
            assert_eq!(client.conn.want(), want::WIRE_OUT);
            client.app = b"never".to_vec();
            client.settle();
            assert_eq!(client.conn.phase(), Phase::Closed);
            assert_eq!((client.conn.want(), &client.app[..]), (0, &b"never"[..]));
            server.deliver(&client.take_sent());
            assert_eq!(server.got, b"QUIT", "{version} {schedule:?}");
            assert!(server.has(event::PEER_CLOSED) && server.conn.peer_closed());
            // Reading has ended, writing has not.
            assert_eq!(server.conn.want(), want::APP_IN);
            server.app = b"bye".to_vec();
            server.settle();
            assert!(server.app.is_empty());
            server.eof().unwrap();
        }
    }
}

#[test]
fn peer_closed_may_come_with_the_last_plaintext() {
    for version in VERSIONS {
        let (mut client, mut server) = secured(version, Schedule::Whole);
        server.app = b"last".to_vec();
        server.settle();
        server.conn.close().unwrap();
        server.settle();
        client.wire = [&server.take_sent()[..], b"ignored"].concat();
        let step = client.step_with(0, NO_LIMIT);
        assert_eq!((step.view_len, step.events), (4, event::PEER_CLOSED), "{version}");
        client.settle();
        assert!(client.wire.is_empty() && client.got == b"last");
        client.conn.eof(0).unwrap();
    }
}

#[test]
fn an_end_inside_a_record_is_truncation() {
    for version in VERSIONS {
        for schedule in SCHEDULES {
            for len in [1, 4, 5, 60] {
                let (mut client, mut server) = reading(version, schedule);
                server.app = vec![7; 100];
                server.settle();
                client.deliver(&server.take_sent()[..len]);
                let error = client.eof().unwrap_err();
                assert_eq!((error.code, error.mysql_errno()), (Code::Truncated, 2026));
                assert_eq!(client.conn.phase(), Phase::Failed, "{version} {schedule:?}");
            }
        }
    }
}

#[test]
fn an_end_between_records_ends_reading_only() {
    for version in VERSIONS {
        let (mut client, mut server) = secured(version, Schedule::Whole);
        client.eof().unwrap();
        for left in [0, 5] {
            client.conn.eof(left).unwrap();
            assert_eq!(client.conn.phase(), Phase::Tls, "a second end is none");
        }
        assert!(!client.conn.peer_closed());
        assert_eq!(client.conn.want(), want::APP_IN, "{version}");
        client.app = b"one way".to_vec();
        run(&mut client, &mut server);
        assert_eq!(server.got, b"one way");
        client.conn.close().unwrap();
        run(&mut client, &mut server);
        assert!(server.has(event::PEER_CLOSED));
    }
}

#[test]
fn clear_text_ends_where_the_stream_does() {
    let mut host = plain(Schedule::Whole);
    host.deliver(b"rows");
    host.eof().unwrap();
    assert!(!host.conn.peer_closed());
    assert_eq!(host.conn.want(), want::APP_IN);
}

/// All of it could have been read, and none of it was a record.
#[test]
fn clear_text_ends_behind_what_was_read() {
    let mut host = plain(Schedule::Whole);
    host.wire = b"rows".to_vec();
    let error = host.conn.eof(4).unwrap_err();
    assert_eq!((error.code, host.conn.phase()), (Code::State, Phase::Plain));
    assert!(error.message().contains("step with room for plaintext"), "{error}");
    host.settle();
    assert_eq!(host.got, b"rows");
    host.eof().unwrap();
    host.conn.eof(1).unwrap();
}

#[test]
fn an_end_before_plain_is_reported_ends_reading() {
    let mut host = Host::new(&pki::client(&[]), Schedule::Whole);
    host.starts = false;
    host.deliver(&wire::packet(0, &wire::greeting(wire::MYSQL57_OFF)));
    host.conn.client_start(&mut host.request).unwrap();
    assert_eq!((host.conn.phase(), host.conn.want()), (Phase::Plain, want::WIRE_IN | want::APP_IN));
    host.conn.eof(0).unwrap();
    assert_eq!(host.conn.want(), want::APP_IN);
    host.settle();
    assert!(host.has(event::PLAIN));
}

#[test]
fn no_end_is_believed_while_a_record_waits_for_room() {
    for version in VERSIONS {
        let (mut client, mut server) = secured(version, Schedule::Whole);
        server.app = b"last".to_vec();
        server.settle();
        client.wire = server.take_sent();
        let step = client.step_with(0, AppRoom::View(0));
        assert!(!moved(&step) && step.want & want::APP_OUT != 0, "{version}");
        for left in [0, 1, client.wire.len()] {
            assert_eq!(client.conn.eof(left).unwrap_err().code, Code::State, "{version} {left}");
        }
        client.settle();
        assert_eq!(client.got, b"last");
        client.eof().unwrap();
    }
}

#[test]
fn close_is_allowed_in_every_phase() {
    let client = pki::client(&[]);
    let greeting = wire::packet(0, &wire::greeting(wire::MYSQL57));
    let fresh = || Host::new(&client, Schedule::Whole).by_hand();
    let mut negotiating = fresh();
    negotiating.deliver(&greeting);
    let mut shaking = Host::new(&client, Schedule::Whole);
    shaking.deliver(&greeting);
    let mut queued = fresh();
    queued.deliver(&greeting);
    queued.conn.client_start(&mut queued.request.clone()).unwrap();
    for mut host in [fresh(), negotiating, shaking, queued, plain(Schedule::Whole)] {
        let (phase, sent) = (host.conn.phase(), host.sent.len());
        host.conn.close().unwrap();
        host.settle();
        assert_eq!(host.conn.phase(), Phase::Closed, "from {phase:?}");
        assert_eq!(host.sent.len(), sent, "outside TLS nothing is said");
        assert_eq!(host.conn.want(), 0);
        host.wire = b"late".to_vec();
        let step = host.step();
        assert!(!moved(&step) && host.error.is_none(), "wire_in is not taken");
        assert_eq!(host.conn.seal(b"x").unwrap_err().code, Code::State);
        host.conn.eof(4).unwrap();
    }
}

fn server() -> tlsql::Context {
    pki::server_as("server", &[])
}

fn pair(version: &str, schedule: Schedule) -> (Host, Host) {
    let client = pki::client(&[("tls_version", version)]);
    link(&client, &server(), schedule)
}

/// A client and a server in TLS, with nothing on its way.
fn secured(version: &str, schedule: Schedule) -> (Host, Host) {
    let (mut client, mut server) = pair(version, schedule);
    run(&mut client, &mut server);
    assert_eq!((client.conn.phase(), server.conn.phase()), (Phase::Tls, Phase::Tls));
    (client, server)
}

/// The same with a client under this schedule and a server that sends whole records.
fn reading(version: &str, schedule: Schedule) -> (Host, Host) {
    let client = pki::client(&[("tls_version", version)]);
    let mut client = Host::new(&client, schedule);
    let mut server = Host::new(&server(), Schedule::Whole);
    run(&mut client, &mut server);
    (client, server)
}

/// A client that goes on in clear text, with nothing moved yet.
fn plain(schedule: Schedule) -> Host {
    let mut host = Host::new(&pki::client(&[]), schedule);
    host.deliver(&wire::packet(0, &wire::greeting(wire::MYSQL57_OFF)));
    assert_eq!(host.conn.phase(), Phase::Plain);
    host
}

#[test]
fn the_outer_type_of_a_record_does_not_widen_the_room() {
    // TLS 1.3 does not authenticate it: anybody on the way can change it.
    for kind in [20, 21, 22] {
        let (mut client, mut server) = secured("TLSv1.3", Schedule::Whole);
        server.app = vec![b'a'; 16384];
        server.settle();
        let mut record = server.take_sent();
        record[0] = kind;
        client.wire.extend(record);
        // The driver checks that no step delivers more than its room.
        let step = client.step_with(1 << 15, AppRoom::Copy(10));
        assert_eq!(step.app_out_made, 0, "{kind}");
    }
}

#[test]
fn a_handshake_that_is_too_large_is_refused_with_alert_50() {
    let server = {
        let mut builder = Builder::new(Role::Server);
        let chain = [pki::read("server-cert.pem"), pki::read("ca.pem").repeat(200)].concat();
        builder.set_identity(&chain, &pki::read("server-key.pem")).unwrap();
        Context::new(&builder).unwrap()
    };
    for version in ["TLSv1.2", "TLSv1.3"] {
        let client = pki::client(&[("tls_version", version)]);
        let (mut client, mut server) = link(&client, &server, Schedule::Whole);
        run(&mut client, &mut server);
        let error = client.failure();
        assert_eq!(error.code, Code::HandshakeSize, "{version}");
        let sent = error.alert().unwrap();
        assert_eq!((sent.number, sent.from_peer), (50, false), "{version}");
        let seen = server.failure().alert().unwrap();
        assert_eq!((seen.number, seen.from_peer), (50, true), "{version}");
    }
}

#[test]
fn the_records_of_a_handshake_are_bounded_too() {
    // A ClientHello of less than 64 KiB, in records that hold one byte each.
    let hello = [&[1, 0, 0xff, 0xf0][..], &[0; 20_000]].concat();
    let records: Vec<u8> =
        hello.iter().flat_map(|b| wire::record(wire::HANDSHAKE, &[*b])).collect();
    let mut server = Host::new(&pki::server_as("server", &[]), Schedule::Whole);
    server.settle();
    server.take_sent();
    server.deliver(&[wire::packet(1, &wire::ssl_request(0xaa05)), records].concat());
    let error = server.failure();
    assert_eq!(error.code, Code::HandshakeSize);
    let alert = error.alert().unwrap();
    assert_eq!((alert.number, alert.from_peer), (50, false));
    assert!(server.take_sent().starts_with(&wire::alert(50)));
}

#[test]
fn a_message_that_is_too_large_may_stand_behind_a_good_one() {
    let mut client = Host::new(&pki::client(&[("tls_version", "TLSv1.2")]), Schedule::Whole);
    let mut server = Host::new(&pki::server_as("server", &[]), Schedule::Whole);
    server.settle();
    client.deliver(&server.take_sent());
    server.deliver(&client.take_sent());
    let (kind, body) = wire::records(&server.take_sent()).remove(0);
    assert_eq!((kind, body[0]), (wire::HANDSHAKE, 2), "a ServerHello");
    let end = 4 + usize::from(body[2]) * 256 + usize::from(body[3]);
    for behind in [&[11, 0xff, 0xff, 0xff][..], &[11, 0xff, 0xff, 0xff, 1, 2, 3], &[11, 1, 0, 0]] {
        let mut client = client_in_handshake(&body[..end], behind);
        let error = client.failure();
        assert_eq!(error.code, Code::HandshakeSize, "{behind:?}");
        assert_eq!(error.alert().map(|alert| alert.number), Some(50), "{behind:?}");
        assert!(client.take_sent().ends_with(&wire::alert(50)), "{behind:?}");
    }
}

/// A client that got this ServerHello, of another handshake, and what stands behind it, in one
/// record.
fn client_in_handshake(hello: &[u8], behind: &[u8]) -> Host {
    let context = pki::client(&[("tls_version", "TLSv1.2")]);
    let mut client = Host::greeted(&context, Schedule::Whole, wire::MYSQL57);
    client.deliver(&wire::record(wire::HANDSHAKE, &[hello, behind].concat()));
    client
}
