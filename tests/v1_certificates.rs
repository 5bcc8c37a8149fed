//! Peers with X.509 version 1 certificates, which the MySQL manual's recipe makes: a handshake needs
//! no more of them than the key.

mod support;

use support::rustls_peers::{CertRequestServer, OneSuiteClient};
use support::{Host, SCHEDULES, Schedule, link, pki, run, wire};
use tlsql::{Code, Outcome, event};

const VERSIONS: [&str; 2] = ["TLSv1.2", "TLSv1.3"];

/// Bits of `verified()`: trust, time and purpose; and the name.
const CHAIN: u32 = 0x15;
const NAME: u32 = 0x02;

#[test]
fn the_certificates_are_of_version_1() {
    for name in ["v1-cert.pem", "v1-client-cert.pem"] {
        let der = pki::der(&pki::read(name));
        let (_, certificate) = x509_parser::parse_x509_certificate(&der).unwrap();
        assert_eq!(certificate.version().0, 0, "{name}: encoded as 0");
        assert!(certificate.extensions().is_empty());
    }
}

#[test]
fn a_v1_server_is_taken_by_preferred_and_required() {
    for version in VERSIONS {
        for mode in ["PREFERRED", "REQUIRED"] {
            for schedule in SCHEDULES {
                let client = pki::client(&[("ssl_mode", mode), ("tls_version", version)]);
                let (mut client, mut server) = link(&client, &pki::server_as("v1", &[]), schedule);
                client.app = b"up".to_vec();
                server.app = b"down".to_vec();
                run(&mut client, &mut server);
                assert_eq!(client.conn.outcome(), Outcome::Tls, "{version} {mode} {schedule:?}");
                assert_eq!((&client.got[..], &server.got[..]), (&b"down"[..], &b"up"[..]));
                let shown = &client.conn.negotiated().unwrap().peer_chain;
                assert_eq!(shown.iter().collect::<Vec<_>>(), [pki::der(&pki::read("v1-cert.pem"))]);
                assert_eq!(client.conn.verified(), 0);
            }
        }
    }
}

#[test]
fn the_handshake_is_signed_with_the_key_of_the_certificate_shown() {
    // TLS 1.2, where the certificate is in clear and another can be put in its place on the way.
    let client = pki::client(&[("tls_version", "TLSv1.2")]);
    for (other, code) in [
        (pki::read("v1-cert.pem"), None),
        (pki::read("cn-cert.pem"), Some(Code::CertSignature)),
        (std::fs::read(pki::kept("keys/p384-cert.pem")).unwrap(), Some(Code::CertSignature)),
        (std::fs::read(pki::kept("keys/rsa2048-cert.pem")).unwrap(), Some(Code::CertSignature)),
    ] {
        let (mut client, mut server) = link(&client, &pki::server_as("v1", &[]), Schedule::Whole);
        server.settle();
        client.deliver(&server.take_sent());
        server.deliver(&client.take_sent());
        client.deliver(&with_certificate(&server.take_sent(), &pki::der(&other)));
        assert_eq!(client.error.as_ref().map(|error| error.code), code);
        assert!(!client.has(event::SECURED));
    }
}

#[test]
fn our_own_v1_client_certificate_reaches_a_server_that_takes_it() {
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        for schedule in SCHEDULES {
            let mut client = Host::new(&pki::client_as("v1-client", &[]), schedule);
            client.deliver(&wire::packet(0, &wire::greeting(wire::MYSQL57)));
            let mut server = CertRequestServer::new(version);
            server.upgrade(&mut client);
            assert!(server.is_done() && client.error.is_none(), "{version:?} {schedule:?}");
            assert_eq!(client.conn.outcome(), Outcome::Tls);
            let own = pki::der(&pki::read("v1-client-cert.pem"));
            assert_eq!(server.client_chain(), [own]);
        }
    }
}

#[test]
fn our_own_v1_server_certificate_signs_for_another_library() {
    for suite in [0x1301, 0xc02b] {
        for schedule in SCHEDULES {
            let mut server = Host::new(&pki::server_as("v1", &[]), schedule);
            OneSuiteClient::new(suite).upgrade(&mut server);
            assert_eq!(server.conn.outcome(), Outcome::Tls, "{suite:#x} {schedule:?}");
        }
    }
}

#[test]
fn a_v1_client_is_unverified_where_the_server_has_no_ca() {
    // D7: refused as with an unknown CA, not for its form.
    for version in VERSIONS {
        for schedule in SCHEDULES {
            let client = pki::client_as("v1-client", &[("tls_version", version)]);
            let (mut client, mut server) = link(&client, &pki::server_as("server", &[]), schedule);
            run(&mut client, &mut server);
            assert_eq!(server.failure().code, Code::CertUnknownCa, "{version} {schedule:?}");
        }
    }
}

#[test]
fn a_v1_client_is_verified_where_the_server_has_its_ca() {
    for version in VERSIONS {
        for schedule in SCHEDULES {
            let client = pki::client_as("v1-client", &[("tls_version", version)]);
            let server = pki::server_as("server", &[("ssl_ca", "ca.pem")]);
            let (mut client, mut server) = link(&client, &server, schedule);
            run(&mut client, &mut server);
            assert_eq!(server.conn.outcome(), Outcome::Tls, "{version} {schedule:?}");
            assert_eq!(server.conn.verified(), CHAIN);
        }
    }
}

#[test]
fn a_v1_server_is_verified_with_its_common_name() {
    // T63, T74, D3.
    for version in VERSIONS {
        for (mode, bits) in [("VERIFY_CA", CHAIN), ("VERIFY_IDENTITY", CHAIN | NAME)] {
            for name in ["v1", "cn"] {
                for schedule in SCHEDULES {
                    let options =
                        [("ssl_mode", mode), ("ssl_ca", "ca.pem"), ("tls_version", version)];
                    let server = pki::server_as(name, &[]);
                    let (mut client, mut server) = link(&pki::client(&options), &server, schedule);
                    run(&mut client, &mut server);
                    assert_eq!(client.conn.outcome(), Outcome::Tls, "{name} {mode} {schedule:?}");
                    assert_eq!(client.conn.verified(), bits, "{name} {version} {mode}");
                }
            }
        }
    }
}

#[test]
fn a_v1_certificate_is_checked_like_any_other() {
    for (options, code, alert) in [
        (&[("ssl_mode", "VERIFY_CA"), ("ssl_ca", "other-ca.pem")][..], Code::CertUnknownCa, 48),
        (
            &[("ssl_mode", "VERIFY_CA"), ("ssl_ca", "ca.pem"), ("tlsql_strict", "ON")],
            Code::CertForm,
            42,
        ),
    ] {
        for version in VERSIONS {
            let options = [options, &[("tls_version", version)]].concat();
            let server = pki::server_as("v1", &[]);
            let (mut client, mut server) = link(&pki::client(&options), &server, Schedule::Whole);
            run(&mut client, &mut server);
            assert_eq!(client.failure().code, code, "{version}");
            assert_eq!(server.failure().alert().unwrap().number, alert, "{version}");
        }
    }
}

/// A server's flight in clear with this certificate instead of its own.
fn with_certificate(flight: &[u8], der: &[u8]) -> Vec<u8> {
    const CERTIFICATE: u8 = 11;
    let number24 = |len: usize| (len as u32).to_be_bytes()[1..].to_vec();
    let messages: Vec<u8> = wire::records(flight).into_iter().flat_map(|(_, body)| body).collect();
    let mut out = Vec::new();
    let mut rest = &messages[..];
    while !rest.is_empty() {
        let len = usize::from(rest[1]) << 16 | usize::from(rest[2]) << 8 | usize::from(rest[3]);
        let (message, tail) = rest.split_at(4 + len);
        if message[0] == CERTIFICATE {
            let list = [number24(der.len()), der.to_vec()].concat();
            let body = [number24(list.len()), list].concat();
            out.extend(wire::record(wire::HANDSHAKE, &wire::handshake(CERTIFICATE, &body)));
        } else {
            out.extend(wire::record(wire::HANDSHAKE, message));
        }
        rest = tail;
    }
    out
}
