//! The server's side, statement by statement (T84 to T106 of `docs/behaviour.md`).
//!
//! Each stream runs whole, byte by byte and cut by chance.

mod support;

use support::wire::{self, BAD_HANDSHAKE, CLIENT_SSL, MARIADB, MYSQL57, MYSQL97};
use support::{Host, SCHEDULES, Schedule, link, pki, run};
use tlsql::{Code, Context, Outcome, Phase, SslRequest, event, want};

/// What an SSLRequest asks for in these tests.
const ASKED: u32 = wire::MYSQL_PROGRAM;

// The greeting

#[test]
fn a_mysql_greeting_offers_tls_with_bits_11_and_30() {
    // T84
    for given in [MYSQL97, MYSQL97 & !0x4000_0800] {
        for schedule in SCHEDULES {
            let host = greeting_of(&good_server(), schedule, wire::greeting(given));
            let sent = wire::greeting_capabilities(&host.sent[4..]);
            assert_eq!(sent, MYSQL97 | 0x4000_0800, "{given:#x} {schedule:?}");
            assert_eq!(host.sent, wire::packet(0, &wire::greeting(sent)), "nothing else changes");
        }
    }
}

#[test]
fn without_usable_tls_bits_11_and_30_are_clear() {
    // T85
    for options in [&[][..], &[("ssl", "OFF"), ("ssl_cert", "server-cert.pem")]] {
        let server = pki::server(options);
        assert!(!server.has_tls());
        for schedule in SCHEDULES {
            let host = greeting_of(&server, schedule, wire::greeting(MYSQL97));
            let sent = wire::greeting_capabilities(&host.sent[4..]);
            assert_eq!(sent, MYSQL97 & !0x4000_0800, "{schedule:?}");
            assert!(!host.conn.will_use_tls());
        }
    }
}

#[test]
fn a_mariadb_greeting_keeps_bit_30_and_the_second_word() {
    // T86
    for bit_30 in [0, 0x4000_0000] {
        for schedule in SCHEDULES {
            let given = MARIADB & !CLIENT_SSL | bit_30;
            let payload = wire::greeting_of("11.8.6-MariaDB", given, 0x3d);
            let host = greeting_of(&good_server(), schedule, payload);
            let expected = wire::greeting_of("11.8.6-MariaDB", given | CLIENT_SSL, 0x3d);
            assert_eq!(host.sent, wire::packet(0, &expected), "{schedule:?}");
        }
    }
}

#[test]
fn what_is_no_greeting_is_a_wrong_call() {
    let mut host = Host::new(&good_server(), Schedule::Whole).by_hand();
    for payload in [&b""[..], b"\x09old\0", &wire::greeting(MYSQL57)[..20]] {
        assert_eq!(host.conn.server_start(payload).unwrap_err().code, Code::Argument);
    }
    assert_eq!(host.conn.want(), want::START);
    host.conn.server_start(&wire::greeting(MYSQL57)).unwrap();
    let again = host.conn.server_start(&wire::greeting(MYSQL57));
    assert_eq!(again.unwrap_err().code, Code::State);
}

// The client's first packet

#[test]
fn an_sslrequest_of_32_bytes_starts_tls_with_its_capabilities() {
    // T87
    for schedule in SCHEDULES {
        let server = first_packet(schedule, &wire::ssl_request(ASKED));
        assert_eq!(server.conn.outcome(), Outcome::Tls, "{schedule:?}");
        assert!(server.has(event::SSL_REQUEST) && server.has(event::SECURED));
        let request = server.conn.request().unwrap();
        assert_eq!(request.capabilities, ASKED);
        assert_eq!((request.max_packet, request.charset), (1 << 24, 255));
        assert_eq!(server.conn.sequence(), 3);
    }
}

#[test]
fn longer_packets_and_other_fillers_are_sslrequests_too() {
    // T88
    for len in [33, 36, 232, 4096] {
        for schedule in SCHEDULES {
            let mut payload = wire::ssl_request(ASKED);
            payload[9..].fill(0x5a);
            payload.resize(len, 0x16);
            let server = first_packet(schedule, &payload);
            assert_eq!(server.conn.outcome(), Outcome::Tls, "{len} bytes, {schedule:?}");
            assert_eq!(server.conn.request().unwrap().capabilities, ASKED);
        }
    }
    // A whole login with CLIENT_SSL set is one as well.
    let server = first_packet(Schedule::Whole, &wire::login(ASKED));
    assert_eq!(server.conn.outcome(), Outcome::Tls);
}

#[test]
fn an_sslrequest_has_an_end() {
    // As a login whose connection attributes fill 64 KiB, and room to spare.
    for schedule in SCHEDULES {
        let mut payload = wire::ssl_request(ASKED);
        payload.resize((128 << 10) + 1, 0);
        let host = answered(&good_server(), schedule, &wire::packet(1, &payload)[..300]);
        assert_eq!(host.failure().code, Code::PacketSize, "{schedule:?}");
        assert_eq!(after_greeting(&host), BAD_HANDSHAKE);
    }
}

#[test]
fn the_five_bytes_before_protocol_41_start_tls() {
    // D8
    for schedule in SCHEDULES {
        let server = first_packet(schedule, b"\x05\x08\xff\xff\xff");
        assert_eq!(server.conn.outcome(), Outcome::Tls, "{schedule:?}");
        let request = server.conn.request().unwrap();
        assert_eq!((request.capabilities, request.max_packet), (0x0805, 0xff_ffff));
    }
}

#[test]
fn short_packets_get_err_1043() {
    // T89, and D8: capabilities alone are refused
    for len in [1, 2, 4, 5, 31] {
        let payload = &wire::ssl_request(ASKED)[..len];
        for schedule in SCHEDULES {
            let host = answered(&good_server(), schedule, &wire::packet(1, payload));
            assert_eq!(host.failure().code, Code::SslRequest, "{len} bytes, {schedule:?}");
            assert_eq!(host.failure().mysql_errno(), 1043);
            assert_eq!(after_greeting(&host), BAD_HANDSHAKE, "{len} bytes, {schedule:?}");
        }
    }
    let empty = answered(&good_server(), Schedule::Whole, &wire::packet(1, b""));
    assert_eq!(after_greeting(&empty), BAD_HANDSHAKE);
}

#[test]
fn an_sslrequest_while_tls_is_off_gets_err_1043() {
    // T90
    for schedule in SCHEDULES {
        let request = wire::packet(1, &wire::ssl_request(ASKED));
        let host = answered(&pki::server(&[]), schedule, &request);
        assert_eq!(host.failure().code, Code::SslRequest, "{schedule:?}");
        assert_eq!(after_greeting(&host), BAD_HANDSHAKE);
        assert!(!host.has(event::SSL_REQUEST | event::PLAIN));
    }
}

#[test]
fn a_clear_login_behind_the_sslrequest_is_never_read() {
    // T91
    let request = wire::packet(1, &wire::ssl_request(ASKED));
    for behind in [wire::packet(2, &wire::login(ASKED)), b"\0".to_vec(), vec![0x16, 0x04]] {
        for schedule in SCHEDULES {
            let stream = [&request[..], &behind].concat();
            let host = answered(&good_server(), schedule, &stream);
            assert_eq!(host.failure().code, Code::EarlyBytes, "{behind:02x?} {schedule:?}");
            assert!(after_greeting(&host).ends_with(BAD_HANDSHAKE), "{schedule:?}");
            assert!(host.got.is_empty() && !host.has(event::SECURED | event::PLAIN));
            assert_eq!(host.conn.outcome(), Outcome::Undecided);
        }
    }
}

#[test]
fn sslrequest_and_clienthello_may_come_in_one_segment_or_split_anywhere() {
    // T91b
    for version in ["TLSv1.2", "TLSv1.3"] {
        let client = pki::client(&[("tls_version", version)]);
        let flight = {
            let mut host = Host::new(&client, Schedule::Whole);
            host.deliver(&wire::packet(0, &wire::greeting(MYSQL57)));
            host.take_sent()
        };
        for at in 0..=flight.len() {
            let mut host = Host::new(&good_server(), Schedule::Whole);
            host.settle();
            host.wire.extend(&flight[..at]);
            host.settle();
            host.wire.extend(&flight[at..]);
            host.settle();
            assert!(host.error.is_none(), "{version}, split at {at}");
            assert_eq!(wire::records(after_greeting(&host))[0].0, wire::HANDSHAKE);
        }
        // And to the end, under every schedule.
        for schedule in SCHEDULES {
            let (mut client, mut server) = link(&client, &good_server(), schedule);
            run(&mut client, &mut server);
            assert_eq!(server.conn.outcome(), Outcome::Tls, "{version} {schedule:?}");
        }
    }
}

#[test]
fn another_number_than_1_is_out_of_order() {
    // T92
    for (sequence, payload) in
        [(0, wire::ssl_request(ASKED)), (2, wire::ssl_request(ASKED)), (0, wire::login(0xa205))]
    {
        for schedule in SCHEDULES {
            let host = answered(&good_server(), schedule, &wire::packet(sequence, &payload));
            assert_eq!(host.failure().code, Code::Sequence);
            assert_eq!(host.failure().mysql_errno(), 1156);
            let expected = wire::packet(1, &wire::err(1156, "Got packets out of order"));
            assert_eq!(after_greeting(&host), expected, "{schedule:?}");
        }
    }
}

#[test]
fn packets_inside_tls_are_the_hosts() {
    // T93, T94: any number and any capabilities pass.
    for schedule in SCHEDULES {
        let (mut client, mut server) = link(&pki::client(&[]), &good_server(), schedule);
        run(&mut client, &mut server);
        for packet in [
            wire::packet(1, &wire::login(ASKED)),
            wire::packet(2, &wire::login(ASKED & !CLIENT_SSL)),
            b"\xff\xff\xff\xff".to_vec(),
        ] {
            server.got.clear();
            client.app.extend(&packet);
            run(&mut client, &mut server);
            assert_eq!(server.got, packet, "{schedule:?}");
            assert_eq!(server.conn.request().unwrap().capabilities, ASKED | CLIENT_SSL);
        }
    }
}

#[test]
fn a_plain_login_is_left_for_the_host() {
    for (server, outcome) in
        [(good_server(), Outcome::PlainNoTls), (pki::server(&[]), Outcome::PlainDisabled)]
    {
        let login = wire::packet(1, &wire::login(ASKED & !CLIENT_SSL));
        for schedule in SCHEDULES {
            let host = answered(&server, schedule, &login);
            assert!(host.has(event::PLAIN) && host.error.is_none(), "{schedule:?}");
            assert_eq!(host.conn.outcome(), outcome);
            assert_eq!(host.got, login, "not one byte of it is taken");
            assert_eq!(host.conn.request().unwrap().capabilities, ASKED & !CLIENT_SSL);
            assert_eq!(host.conn.sequence(), 2);
            assert!(!host.conn.is_secure());
        }
    }
}

// Client certificates

#[test]
fn a_client_without_a_certificate_is_welcome() {
    // T95
    for server in [good_server(), checking_server()] {
        for version in ["TLSv1.2", "TLSv1.3"] {
            for schedule in SCHEDULES {
                let client = pki::client(&[("tls_version", version)]);
                let (mut client, mut server) = link(&client, &server, schedule);
                run(&mut client, &mut server);
                assert_eq!(server.conn.outcome(), Outcome::Tls, "{version} {schedule:?}");
                assert!(server.conn.negotiated().unwrap().peer_chain.is_empty());
                assert_eq!(server.conn.verified(), 0);
            }
        }
    }
}

#[test]
fn a_client_certificate_of_our_ca_is_verified() {
    for version in ["TLSv1.2", "TLSv1.3"] {
        for schedule in SCHEDULES {
            let client = pki::client_as("client", &[("tls_version", version)]);
            let (mut client, mut server) = link(&client, &checking_server(), schedule);
            run(&mut client, &mut server);
            assert_eq!(server.conn.outcome(), Outcome::Tls, "{version} {schedule:?}");
            let der = pki::der(&pki::read("client-cert.pem"));
            assert_eq!(server.conn.negotiated().unwrap().peer_chain.get(0), Some(&der[..]));
            // TRUST, TIME and PURPOSE.
            assert_eq!(server.conn.verified(), 0x01 | 0x04 | 0x10);
        }
    }
}

#[test]
fn a_client_certificate_of_another_ca_gets_alert_48_in_tls_12() {
    // T96
    for schedule in SCHEDULES {
        let client = pki::client_as("other-client", &[("tls_version", "TLSv1.2")]);
        let (mut client, mut server) = link(&client, &checking_server(), schedule);
        run(&mut client, &mut server);
        assert_eq!(server.failure().code, Code::CertUnknownCa, "{schedule:?}");
        let tail = [wire::alert(48), BAD_HANDSHAKE.to_vec()].concat();
        assert!(server.sent.ends_with(&tail), "the alert, then the ERR packet");
        let error = client.failure();
        assert_eq!((error.code, error.mysql_errno()), (Code::ClientCertRefused, 2026));
        let alert = error.alert().unwrap();
        assert_eq!((alert.number, alert.from_peer), (48, true));
        assert!(!client.has(event::SECURED) && client.got.is_empty());
    }
}

#[test]
fn a_client_certificate_of_another_ca_fails_late_in_tls_13() {
    // T97
    for schedule in SCHEDULES {
        let client = pki::client_as("other-client", &[("tls_version", "TLSv1.3")]);
        let (mut client, mut server) = link(&client, &checking_server(), schedule);
        run(&mut client, &mut server);
        assert_eq!(server.failure().code, Code::CertUnknownCa, "{schedule:?}");
        assert!(!server.has(event::SECURED));
        assert!(server.sent.ends_with(BAD_HANDSHAKE));
        assert!(client.has(event::SECURED), "the client is done before the server looks");
        assert_eq!(client.failure().alert().unwrap().number, 48);
        assert!(client.got.is_empty(), "the ERR packet in clear is no plaintext");
    }
}

#[test]
fn a_server_certificate_is_no_client_certificate() {
    // T98: extendedKeyUsage serverAuth alone
    for version in ["TLSv1.2", "TLSv1.3"] {
        for schedule in SCHEDULES {
            let client = pki::client_as("server", &[("tls_version", version)]);
            let (mut client, mut server) = link(&client, &checking_server(), schedule);
            run(&mut client, &mut server);
            assert_eq!(server.failure().code, Code::CertPurpose, "{version} {schedule:?}");
            assert_eq!(server.failure().alert().unwrap().number, 43);
            assert_eq!(client.failure().alert().unwrap().number, 43, "unsupported_certificate");
            assert!(server.sent.ends_with(BAD_HANDSHAKE));
        }
    }
}

#[test]
fn without_a_ca_no_client_certificate_counts() {
    // T99, D7: as with an unknown CA
    for name in ["client", "other-client"] {
        for version in ["TLSv1.2", "TLSv1.3"] {
            for schedule in SCHEDULES {
                let client = pki::client_as(name, &[("tls_version", version)]);
                let (mut client, mut server) = link(&client, &good_server(), schedule);
                run(&mut client, &mut server);
                assert_eq!(server.failure().code, Code::CertUnknownCa, "{name} {version}");
                assert!(!server.has(event::SECURED));
                assert_eq!(client.failure().alert().unwrap().number, 48, "{schedule:?}");
            }
        }
    }
}

// The end

#[test]
fn an_end_without_close_notify_is_orderly_between_records() {
    // T100
    for version in ["TLSv1.2", "TLSv1.3"] {
        for schedule in SCHEDULES {
            let client = pki::client(&[("tls_version", version)]);
            let (mut client, mut server) = link(&client, &good_server(), schedule);
            client.app.extend(b"QUIT");
            run(&mut client, &mut server);
            assert_eq!(server.got, b"QUIT");
            server.eof().unwrap();
            assert!(!server.conn.peer_closed(), "no close_notify came");
            assert_eq!(server.conn.phase(), Phase::Tls, "writing goes on");
        }
    }
}

#[test]
fn an_end_inside_the_handshake_gets_no_err_packet() {
    for schedule in SCHEDULES {
        let stream = wire::packet(1, &wire::ssl_request(ASKED));
        for len in [0, 3, 20, 36] {
            let mut host = answered(&good_server(), schedule, &stream[..len]);
            assert_eq!(host.eof().unwrap_err().code, Code::Eof, "after {len} bytes");
            host.settle();
            assert!(after_greeting(&host).is_empty(), "nobody would read it");
        }
    }
}

#[test]
fn a_failed_handshake_ends_with_the_alert_and_err_1043() {
    let groups = wire::usual_extensions(&[29, 23]);
    let old = wire::client_hello(0x0302, &[0xc02b, 0x002f], &groups);
    let no_suite = wire::client_hello(0x0303, &[0x002f, 0x000a], &groups);
    let no_group = wire::client_hello(0x0303, &[0xc02b], &wire::usual_extensions(&[30]));
    let mut other = wire::usual_extensions(&[29, 23]);
    other[2].1 = wire::list16(&[0x0503, 0x0804]);
    let no_scheme = wire::client_hello(0x0303, &[0xc02b], &other);
    // As TLS 1.1 clients write it.
    let without_schemes = wire::client_hello(0x0302, &[0xc009, 0x002f], &other[..2]);
    let garbage = wire::record(wire::HANDSHAKE, &wire::handshake(1, b"not a ClientHello"));
    for (hello, code, alert) in [
        (old, Code::OldTls, 70),
        (no_suite, Code::Cipher, 40),
        (no_group, Code::Incompatible, 40),
        (no_scheme, Code::Incompatible, 40),
        (without_schemes, Code::OldTls, 70),
        (garbage, Code::Misbehaved, 50),
    ] {
        for schedule in SCHEDULES {
            let stream = [wire::packet(1, &wire::ssl_request(ASKED)), hello.clone()].concat();
            let host = answered(&good_server(), schedule, &stream);
            assert_eq!(host.failure().code, code, "{schedule:?}");
            assert_eq!(host.failure().alert().unwrap().number, alert, "{code:?}");
            let tail = [wire::alert(alert), BAD_HANDSHAKE.to_vec()].concat();
            assert_eq!(after_greeting(&host), tail, "{code:?} {schedule:?}");
        }
    }
}

#[test]
fn after_an_sslrequest_of_protocol_40_the_err_packet_has_no_sqlstate() {
    for schedule in SCHEDULES {
        let request = wire::packet(1, b"\x05\x08\xff\xff\xff");
        let host = answered(&good_server(), schedule, &[&request[..], b"QUIT"].concat());
        assert_eq!(host.failure().code, Code::EarlyBytes, "{schedule:?}");
        let expected = wire::packet(2, &wire::err(1043, "Bad handshake"));
        assert!(after_greeting(&host).ends_with(&expected), "{schedule:?}");
    }
}

#[test]
fn bytes_after_a_failure_are_used_up_and_ignored() {
    let stream = [wire::packet(1, b"x"), vec![0; 300]].concat();
    for schedule in SCHEDULES {
        let mut host = answered(&good_server(), schedule, &stream);
        host.deliver(&[7; 1000]);
        assert_eq!(after_greeting(&host), BAD_HANDSHAKE, "{schedule:?}");
        assert!(host.wire.is_empty() && host.got.is_empty());
        assert_eq!(host.conn.want(), 0);
    }
}

// Policy

#[test]
fn insecure_transport_is_refused_as_the_profile_does() {
    // T103, T105: the moment is the host's, number, SQLSTATE and text are ours.
    let text = "Connections using insecure transport are prohibited while \
        --require_secure_transport=ON.";
    for (profile, sqlstate) in [("mysql57", "HY000"), ("mysql8", "HY000"), ("mariadb", "08004")] {
        for schedule in SCHEDULES {
            let host = logged_in(profile, schedule, "tcp");
            let refusal = host.conn.check_transport().unwrap_err();
            assert_eq!((refusal.code, refusal.mysql_errno()), (Code::SecureTransport, 3159));
            assert_eq!(refusal.sqlstate(), sqlstate, "{profile} {schedule:?}");
            assert_eq!(refusal.message(), text);
            assert_eq!(host.conn.sequence(), 2);
            assert_eq!(host.conn.phase(), Phase::Plain, "the host decides when to hang up");
        }
    }
}

#[test]
fn local_transports_are_secure_but_for_the_named_pipe() {
    // T106, D15
    for profile in ["mysql57", "mysql8", "mariadb"] {
        for (transport, secure) in [("unix", true), ("shared-memory", true), ("named-pipe", false)]
        {
            let host = logged_in(profile, Schedule::Whole, transport);
            assert_eq!(host.conn.check_transport().is_ok(), secure, "{profile} {transport}");
            assert_eq!(host.conn.is_secure(), secure);
        }
    }
}

#[test]
fn tls_is_a_secure_transport_and_without_the_option_all_are() {
    let strict = pki::server_as("server", &[("require_secure_transport", "ON")]);
    let (mut client, mut server) = link(&pki::client(&[]), &strict, Schedule::Whole);
    assert_eq!(server.conn.check_transport().unwrap_err().code, Code::State, "not up yet");
    run(&mut client, &mut server);
    server.conn.check_transport().unwrap();
    assert_eq!(client.conn.check_transport().unwrap_err().code, Code::State, "a client");

    let login = wire::packet(1, &wire::login(ASKED & !CLIENT_SSL));
    answered(&good_server(), Schedule::Whole, &login).conn.check_transport().unwrap();
}

// A host that reads and writes the packets itself

fn good_server() -> Context {
    pki::server_as("server", &[])
}

/// One that checks client certificates.
fn checking_server() -> Context {
    pki::server_as("server", &[("ssl_ca", "ca.pem")])
}

/// A server host that sent this greeting.
fn greeting_of(server: &Context, schedule: Schedule, payload: Vec<u8>) -> Host {
    let mut host = Host::new(server, schedule);
    host.greeting = payload;
    host.settle();
    assert_eq!(host.conn.phase(), Phase::Negotiate);
    host
}

/// A server host that got these bytes after its greeting.
fn answered(server: &Context, schedule: Schedule, stream: &[u8]) -> Host {
    let mut host = Host::new(server, schedule);
    host.deliver(stream);
    host
}

/// A server whose client sent this as its first packet, and then did TLS with it.
fn first_packet(schedule: Schedule, payload: &[u8]) -> Host {
    let mut client = Host::new(&pki::client(&[]), schedule).by_hand();
    let mut server = Host::new(&good_server(), schedule);
    server.settle();
    let greeting = server.take_sent();
    client.conn.client_greeting_read(&greeting[4..], greeting[3], b"").unwrap();
    let request = SslRequest { capabilities: ASKED | CLIENT_SSL, ..client.request };
    client.conn.client_request_sent(&request).unwrap();
    server.deliver(&wire::packet(1, payload));
    run(&mut client, &mut server);
    assert_eq!(client.conn.outcome(), Outcome::Tls);
    server
}

/// A server with require_secure_transport whose client logged in without TLS.
fn logged_in(profile: &str, schedule: Schedule, transport: &str) -> Host {
    let options = [("require_secure_transport", "ON"), ("tlsql_profile", profile)];
    let server = pki::server_as("server", &options);
    let mut host = Host::new(&server, schedule).with("transport", transport);
    host.deliver(&wire::packet(1, &wire::login(ASKED & !CLIENT_SSL)));
    assert!(host.has(event::PLAIN));
    host
}

/// What the server sent behind its greeting.
fn after_greeting(host: &Host) -> &[u8] {
    let len = 4 + usize::from(host.sent[0]);
    &host.sent[len..]
}
