//! DHE in TLS 1.2: each suite, when a client offers it, and the groups that it refuses (D10).

mod support;

use support::dh::{OneGroupServer, flight, parameters};
use support::wire::{self, MARIADB, MYSQL57, PROTOCOL_41};
use support::{Host, SCHEDULES, Schedule, link, pki, run};
use tlsql::{Code, Context, Phase, Role};

const SUITES: [(u16, &str); 3] = [
    (0x009e, "DHE-RSA-AES128-GCM-SHA256"),
    (0x009f, "DHE-RSA-AES256-GCM-SHA384"),
    (0xccaa, "DHE-RSA-CHACHA20-POLY1305"),
];

#[test]
fn each_suite_carries_bytes_both_ways() {
    let server = rsa_server(&[]);
    for (id, name) in SUITES {
        for schedule in SCHEDULES {
            let client = pki::client(&[("ssl_cipher", name), ("tls_version", "TLSv1.2")]);
            let (mut client, mut server) = link(&client, &server, schedule);
            let len = if schedule == Schedule::Bytes { 1000 } else { 40_000 };
            let (up, down) = (vec![b'u'; len], vec![b'd'; len + 1]);
            client.app.clone_from(&up);
            server.app.clone_from(&down);
            run(&mut client, &mut server);
            assert!(server.got == up && client.got == down, "{name} {schedule:?}");
            for host in [&client, &server] {
                assert_eq!(host.conn.negotiated().map(|negotiated| negotiated.cipher), Some(id));
                assert_eq!(host.conn.status("Ssl_cipher").as_deref(), Some(name));
            }
        }
    }
}

#[test]
fn ecdhe_is_preferred_to_it() {
    let only_12 = pki::client(&[("tls_version", "TLSv1.2")]);
    let (mut client, mut server) = link(&only_12, &rsa_server(&[]), Schedule::Whole);
    run(&mut client, &mut server);
    assert_eq!(client.conn.cipher_name(), "ECDHE-RSA-AES256-GCM-SHA384");
    let hello = hello(&only_12, "5.7.29", MYSQL57);
    let suites = wire::hello_suites(&hello);
    let first = suites.iter().position(|suite| is_dhe(*suite)).unwrap();
    assert_eq!(suites[first..first + 3], [0x009f, 0x009e, 0xccaa], "{suites:04x?}");
    // Behind them are those that are recognised and not spoken: CBC and RSA key exchange.
    let behind = &suites[first + 3..];
    assert_eq!(behind.iter().filter(|suite| **suite != 0x00ff).count(), 18, "{suites:04x?}");
    assert!(behind.contains(&0x009c) && behind.contains(&0x002f), "{suites:04x?}");
}

#[test]
fn what_is_only_recognised_is_offered_to_old_servers_alone() {
    let is_recognised = |suite: &u16| matches!(suite, 0x002f..=0x009d | 0xc009..=0xc028);
    for (options, version, offered) in [
        (&[][..], "5.7.29", true),
        (&[], "8.0.15", true),
        (&[("tls_version", "TLSv1.2")], "5.7.29", true),
        (&[], "8.0.16", false),
        (&[], "5.7.29-0ubuntu0.18.04.1", true),
        (&[], "5.7.22-22-log", true),
        // With wolfSSL these have an order of their own, and may like such a suite better.
        (&[], "5.5.5-10.11.5-MariaDB", false),
        (&[], "5.5.5-10.3.39-MariaDB", false),
        (&[], "11.8.6-MariaDB", false),
        // Nobody knows whose order a product of others goes by.
        (&[], "8.0.11-TiDB-v7.5.0", false),
        // Who names suites gets those.
        (&[("ssl_cipher", "HIGH")], "5.7.29", false),
        (&[("ssl_cipher", "AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256")], "5.7.29", false),
        (&[("tls_version", "TLSv1.3")], "5.7.29", false),
    ] {
        let suites = wire::hello_suites(&hello(&pki::client(options), version, MYSQL57));
        assert_eq!(suites.iter().any(is_recognised), offered, "{options:?} {version}");
    }
}

/// The worst case: the whole flight is good and comes in one record, so that the handshake has gone
/// as far as to our certificate and signature before the suite is looked at.
#[test]
fn a_suite_that_is_only_recognised_gets_an_alert_and_nothing_else() {
    let x25519 = [&[3, 0, 29, 32][..], &[9; 32]].concat();
    let (p, g) = kept("mysql");
    let vector = |n: &[u8]| [&(n.len() as u16).to_be_bytes()[..], n].concat();
    let dhe = [vector(&p), vector(&g), vector(&[4])].concat();
    for suite in [0xc028, 0xc027, 0xc014, 0xc013, 0x6b, 0x67, 0x39, 0x33, 0x9d, 0x9c, 0x3d, 0x2f] {
        let params = if matches!(suite, 0x33..=0x6b) && suite != 0x3d { &dhe } else { &x25519 };
        for schedule in SCHEDULES {
            let mut client = Host::greeted(&pki::client_as("client", &[]), schedule, MYSQL57);
            let hello = client.take_sent().split_off(36);
            client.deliver(&flight(&hello, suite, params));
            let code = client.failure().code;
            let is_rsa = matches!(suite, 0x9c | 0x9d);
            let expected = if is_rsa { Code::RsaKeyExchange } else { Code::CbcOnly };
            assert_eq!(code, expected, "{suite:04x} {schedule:?}");
            assert_eq!(client.take_sent(), wire::alert(40), "{suite:04x} {schedule:?}");
        }
    }
}

#[test]
fn it_is_offered_to_servers_that_may_lack_ecdhe() {
    let client = pki::client(&[]);
    for (version, capabilities, offered) in [
        ("5.7.29", MYSQL57, true),
        ("5.6.51-log", MYSQL57, true),
        ("8.0.15", MYSQL57, true),
        ("8.0.16", MYSQL57, false),
        ("8.0.36", MYSQL57, false),
        ("9.7.4", MYSQL57, false),
        ("5.5.5-10.11.19-MariaDB", MARIADB | 1, true),
        ("11.8.6-MariaDB", MARIADB | 1, false),
    ] {
        let hello = hello(&client, version, capabilities);
        let suites = wire::hello_suites(&hello);
        assert_eq!(suites.iter().any(|suite| is_dhe(*suite)), offered, "{version}");
        let mut groups = wire::hello_groups(&hello);
        groups.retain(|group| (0x0100..0x0200).contains(group));
        let expected: &[u16] = match offered {
            // RFC 7919's, and four numbers of ours for others, none of them twice.
            true => &[0x0100, 0x0101, 0x0102, 0x0103, 0x0104, 0x01fc, 0x01fd, 0x01fe],
            false => &[],
        };
        assert_eq!(groups, expected, "{version}");
        assert_eq!(wire::key_shares(&hello).len(), 2, "{version}: X25519 and P-256");
    }
}

#[test]
fn ssl_cipher_decides_for_every_server() {
    let named = pki::client(&[("ssl_cipher", "DHE-RSA-AES128-GCM-SHA256")]);
    let other = pki::client(&[("ssl_cipher", "ECDHE-RSA-AES128-GCM-SHA256")]);
    for version in ["5.7.29", "9.7.4"] {
        let suites = wire::hello_suites(&hello(&named, version, MYSQL57));
        let dhe: Vec<u16> = suites.into_iter().filter(|suite| is_dhe(*suite)).collect();
        assert_eq!(dhe, [0x009e], "{version}");
        assert!(wire::hello_groups(&hello(&named, version, MYSQL57)).contains(&0x0100));
        let suites = wire::hello_suites(&hello(&other, version, MYSQL57));
        assert!(!suites.iter().any(|suite| is_dhe(*suite)), "{version}");
        assert!(wire::hello_groups(&hello(&other, version, MYSQL57)).iter().all(|g| *g < 0x0100));
    }
}

#[test]
fn a_server_uses_the_group_that_the_client_prefers_or_ffdhe2048() {
    // (groups that the client lists, bits of the server's group)
    for (groups, bits) in [
        (&[][..], Some(2048)),
        (&[29], Some(2048)),
        (&[0x0101, 0x0100], Some(3072)),
        (&[0x01fc, 0x0100], Some(2048)),
        (&[0x0102], Some(4096)),
        // RFC 7919 section 4: none of the client's is no DHE.
        (&[0x0104], None),
        (&[0x01fc], None),
    ] {
        let mut server = Host::new(&rsa_server(&[]), Schedule::Whole);
        server.settle();
        server.deliver(&wire::packet(1, &wire::ssl_request(wire::MYSQL_PROGRAM)));
        server.take_sent();
        let mut extensions = wire::usual_extensions(groups);
        extensions.retain(|(kind, _)| *kind != 10 || !groups.is_empty());
        server.deliver(&wire::client_hello(0x0303, &[0x009e], &extensions));
        let sent = server.take_sent();
        match bits {
            Some(bits) => assert_eq!(key_exchange_p(&sent).len() * 8, bits, "{groups:04x?}"),
            None => assert!(server.error.is_some(), "{groups:04x?}"),
        }
    }
}

#[test]
fn an_unknown_group_is_named_by_size_and_hash() {
    let (p, g) = kept("unknown2048");
    let client = met(&pki::client(&[]), &p, &g, &[2]);
    let error = client.failure();
    assert_eq!(error.code, Code::DhGroup);
    let fact = format!("2048 bits, SHA-256 of p is {UNKNOWN_SHA256}");
    assert!(error.message().contains(&fact), "{error}");
    assert!(error.message().contains("tlsql_dh_params"), "{error}");
    assert_eq!(error.alert().map(|alert| (alert.number, alert.from_peer)), Some((40, false)));
    // Another g makes it another group.
    let known = kept("ffdhe2048").0;
    let client = met(&pki::client(&[]), &known, &[3], &[4]);
    assert_eq!(client.failure().code, Code::DhGroup);
}

#[test]
fn a_group_can_be_added() {
    let (p, g) = kept("unknown2048");
    let path = pki::kept("dh/unknown2048.pem");
    let client = met(&pki::client(&[("tlsql_dh_params", &path)]), &p, &g, &[4]);
    // The server does not know its own secret, so it can only say that Finished is wrong.
    assert_eq!(client.failure().code, Code::Alert, "{}", client.failure());
}

#[test]
fn a_small_group_is_refused_by_its_size() {
    let (p, g) = kept("small1024");
    let small = met(&pki::client(&[]), &p, &g, &[2]);
    assert_eq!(small.failure().code, Code::DhSmall);
    assert!(small.failure().message().contains("1024 bits"), "{}", small.failure());
    let level_1 = [("tlsql_security_level", "1")];
    assert_eq!(met(&pki::client(&level_1), &p, &g, &[2]).failure().code, Code::DhGroup);
    let path = pki::kept("dh/small1024.pem");
    let added = [level_1[0], ("tlsql_dh_params", path.as_str())];
    assert_eq!(met(&pki::client(&added), &p, &g, &[4]).failure().code, Code::Alert);
    let error = pki::try_context(Role::Client, &added[1..]).unwrap_err();
    assert_eq!(error.code, Code::OptionValue);
    assert!(error.message().contains("1024 bits, 2048 are needed"), "{error}");
    // Below 1024 bits on no level.
    let tiny = met(&pki::client(&[("tlsql_security_level", "0")]), &p[..127], &g, &[2]);
    assert_eq!(tiny.failure().code, Code::DhSmall);
}

#[test]
fn a_bad_public_value_of_the_server_is_refused() {
    let (p, g) = kept("ffdhe2048");
    let mut last = p.clone();
    *last.last_mut().unwrap() -= 1;
    let mut no_square = p.clone();
    *no_square.last_mut().unwrap() -= 4;
    for public in [&[0][..], &[1], &[0, 1], &p, &last, &no_square] {
        let client = met(&pki::client(&[]), &p, &g, public);
        assert_eq!(client.failure().code, Code::Misbehaved);
        let message = client.failure().message();
        assert!(message.contains("invalid key share"), "{message}");
        assert_eq!(client.failure().alert().map(|alert| alert.number), Some(47));
        assert_ne!(client.conn.phase(), Phase::Tls);
    }
}

#[test]
fn a_group_that_is_named_as_a_curve_is_refused() {
    let curve = |number: u16, public: &[u8]| {
        [&[3][..], &number.to_be_bytes(), &[public.len() as u8], public].concat()
    };
    let met = |params: &[u8]| {
        let mut client = Host::greeted(&pki::client(&[]), Schedule::Whole, MYSQL57);
        let hello = client.take_sent().split_off(36);
        client.deliver(&flight(&hello, 0xc02f, params));
        client
    };
    // 4 is a square, so that no check of the public value is in the way.
    for number in [0x0100, 0x0101, 0x0104, 0x01fc, 0x01fe] {
        let mut client = met(&curve(number, &[4]));
        let error = client.failure();
        assert_eq!(error.code, Code::Misbehaved, "{number:04x} {error}");
        assert!(error.message().contains("in an ECDHE suite"), "{error}");
        assert_eq!(client.take_sent(), wire::alert(40), "nothing but an alert");
    }
    // The same flight with a curve is answered.
    let mut client = met(&curve(29, &[9; 32]));
    assert!(client.error.is_none() && wire::records(&client.take_sent()).len() >= 3);
}

#[test]
fn a_p_of_769_octets_is_no_curve() {
    // Its length begins with 3 and 1, as a curve of number 0x01xx does.
    let group = rustls::ffdhe_groups::FFDHE6144;
    let vector = |n: &[u8]| [&(n.len() as u16).to_be_bytes()[..], n].concat();
    let params = [vector(&[&[0], group.p].concat()), vector(group.g), vector(&[4])].concat();
    assert_eq!(params[..2], [3, 1]);
    let mut client = Host::greeted(&pki::client(&[]), Schedule::Whole, MYSQL57);
    let hello = client.take_sent().split_off(36);
    client.deliver(&flight(&hello, 0x009e, &params));
    assert!(client.error.is_none(), "{}", client.failure());
}

#[test]
fn what_a_file_of_groups_must_hold() {
    let dir = pki::dir();
    let write = |name: &str, text: &[u8]| {
        std::fs::write(dir.join(name), text).unwrap();
        pki::path(name)
    };
    let read = |name: &str| std::fs::read(pki::kept(name)).unwrap();
    let unknown = read("dh/unknown2048.pem");
    let two = write("two-groups", &[&unknown[..], &read("dh/ffdhe2048.pem")].concat());
    let der = write("group-der", &pki::der(&unknown));
    for path in [&two, &der] {
        pki::client(&[("tlsql_dh_params", path)]);
    }
    let no_pem = write("no-group", b"nothing");
    let key = pki::kept("keys/rsa2048-pkcs8.pem");
    let cut = write("cut-group", &unknown[..200]);
    pki::client(&[("tlsql_dh_params", &write("eight-groups", &unknown.repeat(8)))]);
    let nine = write("nine-groups", &unknown.repeat(9));
    for (path, why) in [
        (&no_pem, "no DH PARAMETERS in it"),
        (&key, "no DH PARAMETERS in it"),
        (&cut, "has no end"),
        (&nine, "more than 8 DH PARAMETERS in it"),
    ] {
        let error = pki::builder(Role::Client, &[("tlsql_dh_params", path)]).unwrap_err();
        assert_eq!(error.code, Code::Pem);
        let message = error.message();
        assert!(message.contains(why) && message.contains("tlsql_dh_params"), "{message}");
    }
    let error = pki::builder(Role::Client, &[("tlsql_dh_params", "/nonexistent")]).unwrap_err();
    assert_eq!(error.code, Code::File);
}

fn is_dhe(suite: u16) -> bool {
    SUITES.iter().any(|(id, _)| *id == suite)
}

fn rsa_server(options: &[(&str, &str)]) -> Context {
    let cert = pki::kept("keys/rsa2048-cert.pem");
    let key = pki::kept("keys/rsa2048-pkcs8.pem");
    pki::server(&[&[("ssl_cert", cert.as_str()), ("ssl_key", key.as_str())], options].concat())
}

fn kept(name: &str) -> (Vec<u8>, Vec<u8>) {
    parameters(&std::fs::read(pki::kept(&format!("dh/{name}.pem"))).unwrap())
}

/// The ClientHello to a server of this version.
fn hello(client: &Context, version: &str, capabilities: u32) -> Vec<u8> {
    let mut host = Host::new(client, Schedule::Whole).with("host", "localhost");
    let greeting = wire::greeting_of(version, capabilities | PROTOCOL_41, 0);
    host.deliver(&wire::packet(0, &greeting));
    host.take_sent().split_off(36)
}

/// A client after it met a server with this group and public value.
fn met(client: &Context, p: &[u8], g: &[u8], public: &[u8]) -> Host {
    let mut host = Host::greeted(client, Schedule::Whole, MYSQL57);
    OneGroupServer::new(p, g, public).upgrade(&mut host);
    host
}

/// p of the ServerKeyExchange in a flight.
fn key_exchange_p(flight: &[u8]) -> Vec<u8> {
    let messages: Vec<u8> = wire::records(flight).into_iter().flat_map(|(_, body)| body).collect();
    let mut rest = &messages[..];
    loop {
        let len = usize::from(rest[1]) << 16 | usize::from(rest[2]) << 8 | usize::from(rest[3]);
        let (message, behind) = rest[4..].split_at(len);
        if rest[0] == 12 {
            let len = usize::from(u16::from_be_bytes([message[0], message[1]]));
            return message[2..2 + len].to_vec();
        }
        rest = behind;
    }
}

/// Of p in `tests/data/dh/unknown2048.pem`, with Python's hashlib.
const UNKNOWN_SHA256: &str = "9c2f86b65840a0114f5a91a5ab21e0b0d4596c0e0514b06f11152e5387d5e21e";
