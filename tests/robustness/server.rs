//! Our server and OpenSSL's client.

use std::path::Path;

use tlsql::{Code, Context, Phase};

use super::Test;
use super::openssl::{Pair, Peer, accept, is_up};
use super::support::{Host, SCHEDULES, Schedule, pki, wire};

pub const TESTS: &[(&str, Test)] = &[
    ("server_meets_a_client_without_extensions_of_tls12", without_extensions),
    ("server_meets_clients_of_one_version", one_version),
    ("server_meets_clients_of_few_groups", few_groups),
    ("server_signs_as_a_client_without_pss_can_check", without_pss),
    ("server_meets_a_client_of_dhe_alone", dhe_alone),
    ("server_meets_an_address_as_server_name", address_as_name),
    ("server_meets_a_client_hello_without_renegotiation_info", without_renegotiation_info),
    ("server_refuses_a_renegotiation_of_another_handshake", foreign_renegotiation_info),
    ("server_checks_client_certificates_of_every_kind", client_certificates),
    ("server_meets_key_updates", key_updates),
    ("server_refuses_renegotiation", renegotiation),
    ("server_meets_small_records", small_records),
];

const ONLY_12: &str = "MaxProtocol=TLSv1.2";
const ONLY_13: &str = "MinProtocol=TLSv1.3";

/// As each kind of server has its key.
fn servers() -> [(&'static str, Context); 2] {
    [("P-256", pki::server_as("server", &[])), ("RSA", rsa_server(&[]))]
}

fn rsa_server(options: &[(&str, &str)]) -> Context {
    pki::server(&[&Pair::kept("rsa2048").options()[..], options].concat())
}

fn without_extensions(program: &Path) {
    const NO_EMS: &str = "Options=-ExtendedMasterSecret";
    const NO_TICKET: &str = "Options=-SessionTicket";
    const NO_ETM: &str = "Options=-EncryptThenMac";
    for (key, context) in servers() {
        for without in [&[NO_EMS][..], &[NO_TICKET], &[NO_ETM], &[NO_EMS, NO_TICKET, NO_ETM]] {
            for schedule in SCHEDULES {
                let mut client = Peer::client(program, &[&[ONLY_12], without].concat());
                let mut server = Host::new(&context, schedule);
                accept(&mut server, &mut client);
                is_up(&mut server, &mut client, &format!("{key} {without:?} {schedule:?}"));
                let has_ems = if without.contains(&NO_EMS) { "0" } else { "1" };
                assert_eq!(client.fact("ems"), has_ems, "{without:?}");
            }
        }
    }
}

fn one_version(program: &Path) {
    for (key, context) in servers() {
        for (setting, version) in [(ONLY_12, "TLSv1.2"), (ONLY_13, "TLSv1.3")] {
            for schedule in SCHEDULES {
                let mut client = Peer::client(program, &[setting]);
                let mut server = Host::new(&context, schedule);
                accept(&mut server, &mut client);
                is_up(&mut server, &mut client, &format!("{key} {version} {schedule:?}"));
                assert_eq!(client.fact("version"), version);
            }
        }
    }
    for (ours, theirs, number) in [("TLSv1.2", ONLY_13, 70), ("TLSv1.3", ONLY_12, 70)] {
        let context = pki::server_as("server", &[("tls_version", ours)]);
        let mut client = Peer::client(program, &[theirs]);
        let mut server = Host::new(&context, Schedule::Bytes);
        accept(&mut server, &mut client);
        assert_eq!(server.failure().code, Code::Version, "{ours}");
        assert_eq!(server.failure().alert().map(|alert| alert.number), Some(number), "{ours}");
    }
}

/// In TLS 1.2 the groups are those of a certificate's key too, so the server's is RSA.
fn few_groups(program: &Path) {
    let context = rsa_server(&[]);
    for schedule in SCHEDULES {
        // The last one sends a share of P-521, and is asked for one of P-384. In TLS 1.3 the tickets
        // are a flight too.
        for (groups, version, flights, chosen) in [
            ("P-384", ONLY_12, 2, "secp384r1"),
            ("P-384", ONLY_13, 2, "secp384r1"),
            ("P-256", ONLY_13, 2, "prime256v1"),
            ("P-521:P-384", ONLY_12, 2, "secp384r1"),
            ("P-521:P-384", ONLY_13, 3, "secp384r1"),
        ] {
            let mut client = Peer::client(program, &[version, &format!("Groups={groups}")]);
            let mut server = Host::new(&context, schedule);
            let (sent, _) = accept(&mut server, &mut client);
            let what = format!("{groups} {version} {schedule:?}");
            assert_eq!(sent, flights, "{what}");
            is_up(&mut server, &mut client, &what);
            if version == ONLY_13 {
                assert_eq!(client.fact("group"), chosen, "{what}");
            }
        }
        for (version, code) in [(ONLY_12, Code::Cipher), (ONLY_13, Code::Incompatible)] {
            // Without DHE, which an RSA key could fall back to.
            let settings = [version, "Groups=P-521", "CipherString=ECDHE"];
            let mut client = Peer::client(program, &settings);
            let mut server = Host::new(&context, schedule);
            accept(&mut server, &mut client);
            let error = server.failure();
            assert_eq!(error.code, code, "{version}");
            assert_eq!(
                error.alert().map(|alert| (alert.number, alert.from_peer)),
                Some((40, false))
            );
            if schedule == Schedule::Whole {
                println!("{version}: {}", error.message());
            }
        }
    }
}

fn without_pss(program: &Path) {
    let settings = [ONLY_12, "SignatureAlgorithms=RSA+SHA256:RSA+SHA384"];
    for schedule in SCHEDULES {
        let mut client = Peer::client(program, &settings);
        let mut server = Host::new(&rsa_server(&[]), schedule);
        accept(&mut server, &mut client);
        is_up(&mut server, &mut client, "RSA");
        assert_eq!(client.fact("peer_signed"), "rsaEncryption");

        // P-256 has no such signature.
        let mut client = Peer::client(program, &settings);
        let mut server = Host::new(&pki::server_as("server", &[]), schedule);
        accept(&mut server, &mut client);
        let error = server.failure();
        assert_eq!(error.code, Code::Cipher);
        assert_eq!(error.alert().map(|alert| (alert.number, alert.from_peer)), Some((40, false)));
        if schedule == Schedule::Whole {
            println!("no PSS, P-256: {}", error.message());
        }
    }
}

fn dhe_alone(program: &Path) {
    let settings = [ONLY_12, "CipherString=DHE-RSA-AES128-GCM-SHA256"];
    for schedule in SCHEDULES {
        let mut client = Peer::client(program, &settings);
        let mut server = Host::new(&rsa_server(&[]), schedule);
        accept(&mut server, &mut client);
        is_up(&mut server, &mut client, "RSA");
        assert_eq!(server.conn.cipher_name(), "DHE-RSA-AES128-GCM-SHA256");

        let mut client = Peer::client(program, &settings);
        let mut server = Host::new(&pki::server_as("server", &[]), schedule);
        accept(&mut server, &mut client);
        let error = server.failure();
        assert_eq!(error.code, Code::Incompatible, "no RSA key");
        assert_eq!(error.alert().map(|alert| (alert.number, alert.from_peer)), Some((40, false)));
        if schedule == Schedule::Whole {
            println!("DHE alone, P-256: {}", error.message());
        }
    }
}

/// RFC 6066 section 3 forbids it, and clients do it.
fn address_as_name(program: &Path) {
    let context = pki::server_as("server", &[]);
    for version in [ONLY_12, ONLY_13] {
        for sni in ["127.0.0.1", "::1", "localhost", "LOCALHOST.", "with_underscore"] {
            for schedule in SCHEDULES {
                let mut client = Peer::client(program, &[version, &format!(".sni={sni}")]);
                let mut server = Host::new(&context, schedule);
                accept(&mut server, &mut client);
                is_up(&mut server, &mut client, &format!("{version} {sni}"));
            }
        }
    }
}

/// OpenSSL cannot leave it out, so this goes as far as our flight.
fn without_renegotiation_info(_: &Path) {
    for (key, context) in servers() {
        for schedule in SCHEDULES {
            let mut server = Host::new(&context, schedule);
            server.settle();
            server.take_sent();
            server.deliver(&wire::packet(1, &wire::ssl_request(wire::MYSQL_PROGRAM)));
            let suites = [0xc02b, 0xc02f];
            let extensions = wire::usual_extensions(&[29, 23]);
            server.deliver(&wire::client_hello(0x0303, &suites, &extensions));
            let flight = wire::records(&server.take_sent());
            assert_eq!(server.conn.phase(), Phase::Handshake, "{key}");
            assert!(server.error.is_none(), "{key}: {:?}", server.error);
            assert_eq!((flight[0].0, flight[0].1[0]), (wire::HANDSHAKE, 2), "a ServerHello");
        }
    }
}

/// RFC 5746 section 3.6: a first handshake is the renegotiation of none.
fn foreign_renegotiation_info(_: &Path) {
    for (key, context) in servers() {
        for schedule in SCHEDULES {
            let mut server = Host::new(&context, schedule);
            server.settle();
            server.take_sent();
            server.deliver(&wire::packet(1, &wire::ssl_request(wire::MYSQL_PROGRAM)));
            let mut extensions = wire::usual_extensions(&[29, 23]);
            extensions.push((0xff01, [&[12], &[9; 12][..]].concat()));
            server.deliver(&wire::client_hello(0x0303, &[0xc02b, 0xc02f], &extensions));
            assert_eq!(server.failure().code, Code::Misbehaved, "{key}");
            assert_eq!(server.failure().alert().map(|alert| alert.number), Some(40), "{key}");
            assert!(server.take_sent().starts_with(&wire::alert(40)), "{key}");
        }
    }
}

fn client_certificates(program: &Path) {
    for version in [ONLY_12, ONLY_13] {
        for schedule in [Schedule::Whole, Schedule::Bytes, Schedule::Random(3)] {
            for name in ["rsa2048", "p256", "p384", "ed25519"] {
                let pair = Pair::kept(name);
                let context = pki::server_as("server", &[("ssl_ca", &pair.cert)]);
                let mut client = Peer::client_as(program, pair.clone(), &[version]);
                let mut server = Host::new(&context, schedule);
                accept(&mut server, &mut client);
                is_up(&mut server, &mut client, &format!("{version} {name}"));
                let negotiated = server.conn.negotiated().expect("TLS");
                assert!(negotiated.chain_verified && negotiated.peer_chain.len() == 1, "{name}");
            }
            // Without one it is the account that decides.
            let context = pki::server_as("server", &[("ssl_ca", "ca.pem")]);
            let mut client = Peer::client(program, &[version]);
            let mut server = Host::new(&context, schedule);
            accept(&mut server, &mut client);
            is_up(&mut server, &mut client, version);
            let negotiated = server.conn.negotiated().expect("TLS");
            assert!(!negotiated.chain_verified && negotiated.peer_chain.is_empty());
        }
    }
}

fn key_updates(program: &Path) {
    for schedule in SCHEDULES {
        let mut client = Peer::client(program, &[ONLY_13]);
        let mut server = Host::new(&pki::server_as("server", &[]), schedule);
        accept(&mut server, &mut client);
        for asks_for_one in [false, true, true, false] {
            server.deliver(&client.key_update(asks_for_one));
            // The answer goes in front of what we say next (RFC 8446 section 4.6.3).
            server.app = b"n".to_vec();
            server.settle();
            let sent = server.take_sent();
            assert_eq!(wire::records(&sent).len(), if asks_for_one { 2 } else { 1 });
            client.feed(&sent);
            assert_eq!(client.got(), b"n");
            is_up(&mut server, &mut client, &format!("asks: {asks_for_one}, {schedule:?}"));
        }
        server.conn.rekey().expect("our own");
        is_up(&mut server, &mut client, "our own");
    }
}

/// A second ClientHello is answered with the warning no_renegotiation, and changes nothing for us.
fn renegotiation(program: &Path) {
    for schedule in SCHEDULES {
        let mut client = Peer::client(program, &[ONLY_12]);
        let mut server = Host::new(&pki::server_as("server", &[]), schedule);
        accept(&mut server, &mut client);
        is_up(&mut server, &mut client, "before");
        let hello = client.renegotiate();
        assert!(!hello.is_empty(), "a ClientHello");
        server.deliver(&hello);
        assert_eq!(server.conn.phase(), Phase::Tls);
        assert!(server.error.is_none(), "{:?}", server.error);
        let answer = server.take_sent();
        let kinds: Vec<u8> = wire::records(&answer).into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(kinds, [wire::ALERT], "no ServerHello");
        client.feed(&answer);
        assert_eq!(client.fact("error"), "no renegotiation");
    }
}

fn small_records(program: &Path) {
    let context = pki::server_as("server", &[("ssl_ca", "ca.pem")]);
    for version in [ONLY_12, ONLY_13] {
        for schedule in SCHEDULES {
            let settings = [version, ".fragment=512"];
            let mut client = Peer::client_as(program, Pair::made("client"), &settings);
            let mut server = Host::new(&context, schedule);
            accept(&mut server, &mut client);
            is_up(&mut server, &mut client, version);
            let negotiated = server.conn.negotiated().expect("TLS");
            assert!(negotiated.chain_verified && negotiated.peer_chain.len() == 1);
        }
    }
}
