//! A client and a TLS 1.2 server that leaves out what no library can be told to leave out, as
//! wolfSSL's servers do: renegotiation_info, or all extensions.

mod support;

use support::handmade_server::{HandmadeServer, ServerFlight};
use support::{Host, SCHEDULES, Schedule, pki, wire};
use tlsql::{Code, Phase};

const RENEGOTIATION_INFO: [u8; 5] = [0xff, 1, 0, 1, 0];
const POINT_FORMATS: [u8; 6] = [0, 11, 0, 2, 1, 0];

#[test]
fn a_server_may_leave_out_every_extension() {
    let none = ServerFlight { record_size: 16_384, ..ServerFlight::default() };
    let with =
        |extensions: &[u8]| ServerFlight { extensions: Some(extensions.to_vec()), ..none.clone() };
    for flight in [none.clone(), with(&[]), with(&POINT_FORMATS), with(&RENEGOTIATION_INFO)] {
        for record_size in [1, 7, 16_384] {
            for schedule in SCHEDULES {
                let flight = ServerFlight { record_size, ..flight.clone() };
                let mut client = verifying_client(schedule);
                let mut server = HandmadeServer::upgrade(flight, &mut client);
                is_up(&mut client, &mut server);
                assert!(client.conn.negotiated().unwrap().chain_verified);
            }
        }
    }
}

#[test]
fn a_session_that_a_server_would_keep_means_nothing() {
    for len in [1, 32] {
        let flight =
            ServerFlight { session: vec![9; len], record_size: 16_384, ..ServerFlight::default() };
        let mut client = verifying_client(Schedule::Bytes);
        let mut server = HandmadeServer::upgrade(flight, &mut client);
        is_up(&mut client, &mut server);
    }
    let flight =
        ServerFlight { session: vec![9; 33], record_size: 16_384, ..ServerFlight::default() };
    let mut client = verifying_client(Schedule::Bytes);
    HandmadeServer::upgrade(flight, &mut client);
    assert_eq!(client.failure().code, Code::Misbehaved, "32 octets at most");
}

#[test]
fn an_extension_that_nobody_asked_for_is_refused() {
    // Of an unknown number, application_layer_protocol_negotiation, and one of ours twice.
    let twice = [RENEGOTIATION_INFO, RENEGOTIATION_INFO].concat();
    for extensions in [&[0xab, 0xcd, 0, 0][..], &[0, 16, 0, 5, 0, 3, 2, b'h', b'2'], &twice] {
        let flight = ServerFlight {
            extensions: Some(extensions.to_vec()),
            record_size: 16_384,
            ..ServerFlight::default()
        };
        for schedule in SCHEDULES {
            let mut client = verifying_client(schedule);
            HandmadeServer::upgrade(flight.clone(), &mut client);
            assert_eq!(client.failure().code, Code::Misbehaved, "{extensions:02x?}");
        }
    }
}

/// RFC 5746 section 3.4: a first handshake is the renegotiation of none.
#[test]
fn a_renegotiation_of_another_handshake_is_refused() {
    let extensions = [&[0xff, 1, 0, 13, 12], &[9; 12][..]].concat();
    for record_size in [1, 50, 16_384] {
        for schedule in SCHEDULES {
            let flight = ServerFlight {
                extensions: Some(extensions.clone()),
                record_size,
                ..ServerFlight::default()
            };
            let mut client = verifying_client(schedule);
            HandmadeServer::upgrade(flight, &mut client);
            assert_eq!(client.failure().code, Code::Misbehaved);
            assert_eq!(client.failure().alert().map(|alert| alert.number), Some(40));
            assert!(client.sent.ends_with(&wire::alert(40)), "and nothing behind it");
        }
    }
}

#[test]
fn a_request_for_pkcs1_signatures_and_no_ca_is_answered() {
    // rsa_sign; rsa_pkcs1_sha256; no names.
    let request = vec![1, 1, 0, 2, 4, 1, 0, 0];
    let flight =
        ServerFlight { request: Some(request), record_size: 16_384, ..ServerFlight::default() };
    for schedule in SCHEDULES {
        let mut client = verifying_client(schedule);
        let mut server = HandmadeServer::upgrade(flight.clone(), &mut client);
        is_up(&mut client, &mut server);
    }
}

#[test]
fn a_few_empty_records_are_nothing() {
    for schedule in SCHEDULES {
        let mut client = verifying_client(schedule);
        let flight = ServerFlight { record_size: 16_384, ..ServerFlight::default() };
        let mut server = HandmadeServer::upgrade(flight, &mut client);
        for _ in 0..8 {
            client.deliver(&server.record(wire::APPLICATION, &[]));
        }
        is_up(&mut client, &mut server);
    }
}

#[test]
fn a_hello_request_is_refused_and_changes_nothing() {
    for schedule in SCHEDULES {
        let mut client = verifying_client(schedule);
        let flight = ServerFlight { record_size: 16_384, ..ServerFlight::default() };
        let mut server = HandmadeServer::upgrade(flight, &mut client);
        is_up(&mut client, &mut server);
        client.deliver(&server.record(wire::HANDSHAKE, &wire::handshake(0, &[])));
        // A warning: no_renegotiation.
        let answer = client.take_sent();
        assert_eq!(server.open(&answer), [(wire::ALERT, vec![1, 100])]);
        is_up(&mut client, &mut server);
        // Not without end.
        for _ in 0..40 {
            client.deliver(&server.record(wire::HANDSHAKE, &wire::handshake(0, &[])));
        }
        assert_eq!(client.failure().code, Code::Misbehaved);
    }
}

fn verifying_client(schedule: Schedule) -> Host {
    let ca = pki::kept("keys/rsa2048-cert.pem");
    let context = pki::client(&[("ssl_mode", "VERIFY_IDENTITY"), ("ssl_ca", &ca)]);
    let mut client = Host::new(&context, schedule).with("host", "localhost");
    client.deliver(&wire::packet(0, &wire::greeting(wire::MYSQL57)));
    client
}

fn is_up(client: &mut Host, server: &mut HandmadeServer) {
    assert_eq!(client.conn.phase(), Phase::Tls);
    assert!(client.error.is_none(), "{:?}", client.error);
    client.app = b"u".to_vec();
    client.settle();
    let sent = client.take_sent();
    assert_eq!(server.open(&sent), [(wire::APPLICATION, b"u".to_vec())]);
    client.got.clear();
    client.deliver(&server.record(wire::APPLICATION, b"down"));
    assert_eq!(client.got, b"down");
}
