//! Our client and OpenSSL's server.

use std::path::Path;

use tlsql::{Code, Context, Phase};

use super::Test;
use super::openssl::{Pair, Peer, client_to, is_up, meet, meet_on};
use super::support::{Host, SCHEDULES, Schedule, pki, wire};

pub const TESTS: &[(&str, Test)] = &[
    ("client_meets_a_hello_retry_request", hello_retry_request),
    ("client_meets_a_server_of_p521_alone", p521_alone),
    ("client_meets_a_server_without_extensions_of_tls12", without_extensions),
    ("client_signs_as_a_server_without_pss_can_check", without_pss),
    ("client_shows_no_certificate_that_cannot_sign_as_asked", other_signatures),
    ("client_certificates_for_every_certificate_request", certificate_requests),
    ("client_meets_chains_of_one_and_two", chains),
    ("client_goes_to_addresses", addresses),
    ("client_meets_session_tickets", tickets),
    ("client_meets_key_updates", key_updates),
    ("client_refuses_renegotiation", renegotiation),
    ("client_meets_records_of_every_size", records_of_every_size),
    ("client_meets_middlebox_records", middlebox_records),
];

const ONLY_12: &str = "MaxProtocol=TLSv1.2";
const ONLY_13: &str = "MinProtocol=TLSv1.3";
const VERSIONS: [&str; 2] = [ONLY_12, ONLY_13];

fn required() -> Context {
    pki::client(&[("ssl_mode", "REQUIRED")])
}

/// P-384 has no share in the first ClientHello.
fn hello_retry_request(program: &Path) {
    for schedule in SCHEDULES {
        for (group, flights) in [("X25519", 2), ("P-256", 2), ("P-384", 3)] {
            let settings = [ONLY_13, &format!("Groups={group}")];
            let mut server = Peer::server(program, Pair::made("server"), &settings);
            let mut client = client_to(&required(), "localhost", schedule);
            let what = format!("{group} {schedule:?}");
            let (sent, down) = meet(&mut client, &mut server);
            is_up(&mut client, &mut server, &what);
            assert_eq!(sent, flights, "{what}");
            // Record header, message header, version: then the random, which says what it is.
            let is_retry = down[11..].starts_with(&RETRY);
            assert_eq!(is_retry, flights == 3, "{what}");
        }
        // TLS 1.2 has no shares, so any group is as good as another.
        let mut server = Peer::server(program, Pair::made("server"), &[ONLY_12, "Groups=P-384"]);
        let mut client = client_to(&required(), "localhost", schedule);
        assert_eq!(meet(&mut client, &mut server).0, 2);
        is_up(&mut client, &mut server, "TLS 1.2");
    }
}

/// The random of a HelloRetryRequest begins so (RFC 8446 section 4.1.3).
const RETRY: [u8; 8] = [0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11];

/// The server sees that it has no group of ours, and refuses.
fn p521_alone(program: &Path) {
    for version in VERSIONS {
        for schedule in SCHEDULES {
            let settings = [version, "Groups=P-521"];
            let mut server = Peer::server(program, Pair::made("server"), &settings);
            let mut client = client_to(&required(), "localhost", schedule);
            meet(&mut client, &mut server);
            let error = client.failure();
            // The alert says no more than that nothing is in common.
            assert_eq!(error.code, Code::Cipher, "{version}");
            let alert = error.alert().expect("an alert");
            assert_eq!((alert.number, alert.from_peer), (40, true), "{version}");
            if schedule == Schedule::Whole {
                println!("{version}: {}", error.message());
            }
        }
    }
}

fn without_extensions(program: &Path) {
    const NO_EMS: &str = "Options=-ExtendedMasterSecret";
    const NO_TICKET: &str = "Options=-SessionTicket";
    const NO_ETM: &str = "Options=-EncryptThenMac";
    for pair in [Pair::made("server"), Pair::kept("rsa2048")] {
        for without in [&[NO_EMS][..], &[NO_TICKET], &[NO_ETM], &[NO_EMS, NO_TICKET, NO_ETM]] {
            for schedule in SCHEDULES {
                let settings = [&[ONLY_12], without].concat();
                let mut server = Peer::server(program, pair.clone(), &settings);
                let mut client = client_to(&required(), "localhost", schedule);
                meet(&mut client, &mut server);
                is_up(&mut client, &mut server, &format!("{without:?} {schedule:?}"));
                let has_ems = if without.contains(&NO_EMS) { "0" } else { "1" };
                assert_eq!(server.fact("ems"), has_ems, "{without:?}");
            }
        }
    }
}

/// RSA PKCS #1 signatures only, of the server and asked for of the client.
fn without_pss(program: &Path) {
    let settings = [ONLY_12, "SignatureAlgorithms=RSA+SHA256:RSA+SHA384", ".ask=1"];
    for schedule in SCHEDULES {
        for (own, shown) in [("rsa2048", true), ("p256", false), ("ed25519", false)] {
            let pair = Pair::kept(own);
            let context = pki::client(&[&[("ssl_mode", "REQUIRED")], &pair.options()[..]].concat());
            let mut server = Peer::server(program, Pair::kept("rsa2048"), &settings);
            let mut client = client_to(&context, "localhost", schedule);
            meet(&mut client, &mut server);
            is_up(&mut client, &mut server, own);
            let facts = server.facts();
            assert_eq!(facts["signed"], "rsaEncryption", "{own}");
            // A key that cannot sign so is not shown: the server decides whether it needs one.
            let expected = if shown { "/CN=tlsql kept rsa2048" } else { "" };
            assert_eq!(facts["certificate"], expected, "{own}");
            let signed = if shown { "rsaEncryption" } else { "" };
            assert_eq!(facts["peer_signed"], signed, "{own}");
        }
    }
    // One that needs a certificate gets none.
    let needs = [ONLY_12, "SignatureAlgorithms=RSA+SHA256", ".ask=2"];
    let pair = Pair::kept("p256");
    let context = pki::client(&[&[("ssl_mode", "REQUIRED")], &pair.options()[..]].concat());
    let mut server = Peer::server(program, Pair::kept("rsa2048"), &needs);
    let mut client = client_to(&context, "localhost", Schedule::Whole);
    meet(&mut client, &mut server);
    assert_eq!(client.failure().code, Code::ClientCertMissing);
    println!("no PSS, P-256: {}", client.failure().message());
    assert_eq!(server.fact("error"), "peer did not return a certificate");
}

/// What a CertificateRequest of TLS 1.3 lets sign.
fn other_signatures(program: &Path) {
    for schedule in SCHEDULES {
        for (own, shown) in
            [("rsa2048", false), ("ed25519", false), ("p384", false), ("p256", true)]
        {
            let settings = [ONLY_13, "ClientSignatureAlgorithms=ECDSA+SHA256", ".ask=1"];
            let pair = Pair::kept(own);
            let context = pki::client(&[&[("ssl_mode", "REQUIRED")], &pair.options()[..]].concat());
            let mut server = Peer::server(program, Pair::made("server"), &settings);
            let mut client = client_to(&context, "localhost", schedule);
            meet(&mut client, &mut server);
            is_up(&mut client, &mut server, own);
            let expected = if shown { "/CN=tlsql kept p256" } else { "" };
            assert_eq!(server.fact("certificate"), expected, "{own}");
        }
    }
}

/// The names of CAs are a hint: an own certificate is shown whatever they are, as OpenSSL does.
fn certificate_requests(program: &Path) {
    for version in VERSIONS {
        for names in [".cas=0", ".cas=1", ".cas=200"] {
            for own in ["rsa2048", "p256", "p384", "ed25519"] {
                let pair = Pair::kept(own);
                let options = [&[("ssl_mode", "REQUIRED")], &pair.options()[..]].concat();
                let context = pki::client(&options);
                for schedule in [Schedule::Whole, Schedule::Bytes, Schedule::Random(1)] {
                    let settings = [version, names, ".ask=2"];
                    let mut server = Peer::server(program, Pair::made("server"), &settings);
                    let mut client = client_to(&context, "localhost", schedule);
                    meet(&mut client, &mut server);
                    let what = format!("{version} {names} {own}");
                    is_up(&mut client, &mut server, &what);
                    let subject = format!("/CN=tlsql kept {own}");
                    assert_eq!(server.fact("certificate"), subject, "{what}");
                }
            }
            let mut server =
                Peer::server(program, Pair::made("server"), &[version, names, ".ask=1"]);
            let mut client = client_to(&required(), "localhost", Schedule::Bytes);
            meet(&mut client, &mut server);
            is_up(&mut client, &mut server, "without a certificate");
            assert_eq!(server.fact("certificate"), "");
        }
    }
}

/// The root is in `ssl_ca`; whether it is sent too makes no difference.
fn chains(program: &Path) {
    let leaf = Pair::made("server");
    let both = pki::dir().join("leaf-and-root.pem");
    let text = [pki::read("server-cert.pem"), pki::read("ca.pem")].concat();
    std::fs::write(&both, text).expect("a file in target");
    let both = Pair { cert: both.to_str().expect("UTF-8").to_owned(), key: leaf.key.clone() };
    for version in VERSIONS {
        for (pair, sent) in [(&leaf, 1), (&both, 2)] {
            for mode in ["VERIFY_CA", "VERIFY_IDENTITY"] {
                for schedule in SCHEDULES {
                    let context = pki::client(&[("ssl_mode", mode), ("ssl_ca", "ca.pem")]);
                    let mut server = Peer::server(program, pair.clone(), &[version]);
                    let mut client = client_to(&context, "localhost", schedule);
                    meet(&mut client, &mut server);
                    is_up(&mut client, &mut server, mode);
                    let negotiated = client.conn.negotiated().expect("TLS");
                    assert!(negotiated.chain_verified, "{mode}");
                    assert_eq!(negotiated.name_verified, mode == "VERIFY_IDENTITY");
                    assert_eq!(negotiated.peer_chain.len(), sent);
                }
            }
        }
    }
}

fn addresses(program: &Path) {
    let identity = pki::client(&[("ssl_mode", "VERIFY_IDENTITY"), ("ssl_ca", "ca.pem")]);
    for version in VERSIONS {
        for address in ["127.0.0.1", "::1"] {
            for schedule in SCHEDULES {
                let mut server = Peer::server(program, Pair::made("server"), &[version]);
                let mut client = client_to(&identity, address, schedule);
                let extensions = wire::hello_extensions(&client.sent[36..]);
                assert!(extensions.iter().all(|(kind, _)| *kind != 0), "{address} as server_name");
                meet(&mut client, &mut server);
                is_up(&mut client, &mut server, address);
                assert!(client.conn.negotiated().expect("TLS").name_verified, "{address}");
                assert_eq!(server.fact("sni"), "");
                // Its names are not addresses.
                let mut server = Peer::server(program, Pair::made("wrongname"), &[version]);
                let mut client = client_to(&identity, address, schedule);
                meet(&mut client, &mut server);
                assert_eq!(client.failure().code, Code::CertName, "{address}");
                assert_ne!(server.fact("done"), "1", "{address}");
            }
        }
        // Also where it is set as the name to send.
        for (sni, seen) in [("127.0.0.1", ""), ("::1", ""), ("db.example.test", "db.example.test")]
        {
            let mut server = Peer::server(program, Pair::made("server"), &[version]);
            let mut client = Host::new(&identity, Schedule::Whole).with("host", "localhost");
            client.conn.set("sni", sni).expect("a name");
            client.deliver(&wire::packet(0, &wire::greeting(wire::MYSQL57)));
            meet(&mut client, &mut server);
            is_up(&mut client, &mut server, sni);
            assert_eq!(server.fact("sni"), seen);
        }
    }
}

/// They are read and dropped, whenever they come.
fn tickets(program: &Path) {
    for count in [0, 1, 2, 10] {
        for schedule in SCHEDULES {
            let settings = [ONLY_13, &format!("NumTickets={count}")];
            let mut server = Peer::server(program, Pair::made("server"), &settings);
            let mut client = client_to(&required(), "localhost", schedule);
            let mut last = Vec::new();
            meet_on(&mut client, &mut server, |flight| {
                last.clone_from(&flight);
                flight
            });
            let what = format!("{count} tickets, {schedule:?}");
            assert_eq!(wire::records(&last).len(), count, "{what}");
            is_up(&mut client, &mut server, &what);
            for _ in 0..3 {
                let more = server.new_ticket();
                assert_eq!(wire::records(&more).len(), 1, "{what}");
                client.deliver(&more);
                is_up(&mut client, &mut server, &what);
            }
        }
    }
    // In TLS 1.2 one comes inside the handshake, if the client asked for it.
    let mut server = Peer::server(program, Pair::made("server"), &[ONLY_12]);
    let mut client = client_to(&required(), "localhost", Schedule::Bytes);
    meet(&mut client, &mut server);
    is_up(&mut client, &mut server, "TLS 1.2");
}

fn key_updates(program: &Path) {
    for schedule in SCHEDULES {
        let mut server = Peer::server(program, Pair::made("server"), &[ONLY_13]);
        let mut client = client_to(&required(), "localhost", schedule);
        meet(&mut client, &mut server);
        for asks_for_one in [false, true, true, false] {
            client.deliver(&server.key_update(asks_for_one));
            // The answer goes in front of what we say next (RFC 8446 section 4.6.3).
            client.app = b"n".to_vec();
            client.settle();
            let sent = client.take_sent();
            assert_eq!(wire::records(&sent).len(), if asks_for_one { 2 } else { 1 });
            server.feed(&sent);
            assert_eq!(server.got(), b"n");
            is_up(&mut client, &mut server, &format!("asks: {asks_for_one}, {schedule:?}"));
        }
        client.conn.rekey().expect("our own");
        is_up(&mut client, &mut server, "our own");
    }
}

/// A HelloRequest is answered with the warning no_renegotiation, and changes nothing for us.
fn renegotiation(program: &Path) {
    for schedule in SCHEDULES {
        let mut server = Peer::server(program, Pair::made("server"), &[ONLY_12]);
        let mut client = client_to(&required(), "localhost", schedule);
        meet(&mut client, &mut server);
        is_up(&mut client, &mut server, "before");
        let request = server.renegotiate();
        assert!(!request.is_empty(), "a HelloRequest");
        client.deliver(&request);
        assert_eq!(client.conn.phase(), Phase::Tls);
        assert!(client.error.is_none(), "{:?}", client.error);
        let answer = client.take_sent();
        let kinds: Vec<u8> = wire::records(&answer).into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(kinds, [wire::ALERT], "no ClientHello");
        // OpenSSL takes that as a reason to end the connection.
        let last = server.feed(&answer);
        assert_eq!(server.fact("error"), "no renegotiation");
        client.deliver(&last);
        assert_eq!(client.failure().code, Code::Alert);
    }
}

/// Small records and large ones, several messages in one and one message in many.
fn records_of_every_size(program: &Path) {
    for version in VERSIONS {
        for schedule in [Schedule::Whole, Schedule::Bytes, Schedule::Random(7)] {
            // A certificate request of 200 names is several records of 512 bytes.
            let settings = [version, ".fragment=512", ".cas=200", ".ask=1"];
            let mut server = Peer::server(program, Pair::made("server"), &settings);
            let mut client = client_to(&required(), "localhost", schedule);
            let (_, down) = meet(&mut client, &mut server);
            let longest = wire::records(&down).iter().map(|(_, body)| body.len()).max();
            assert!(longest.is_some_and(|len| len <= 512 + 64), "{longest:?}");
            is_up(&mut client, &mut server, version);

            // Messages in clear: all of a flight in records of so many bytes.
            for size in [1, 2, 3, 5, 100, 16_384] {
                let mut server = Peer::server(program, Pair::made("server"), &[version]);
                let mut client = client_to(&required(), "localhost", schedule);
                meet_on(&mut client, &mut server, |flight| recut(&flight, size));
                is_up(&mut client, &mut server, &format!("{version} {size}"));
            }
        }
    }
    // Padding is TLS 1.3's.
    for padding in ["RecordPadding=512", "RecordPadding=16384"] {
        for schedule in [Schedule::Whole, Schedule::Bytes, Schedule::Random(7)] {
            let mut server = Peer::server(program, Pair::made("server"), &[ONLY_13, padding]);
            let mut client = client_to(&required(), "localhost", schedule);
            meet(&mut client, &mut server);
            is_up(&mut client, &mut server, padding);
        }
    }
}

/// The handshake messages in clear that stand in front of a flight, in records of `size` bytes.
fn recut(flight: &[u8], size: usize) -> Vec<u8> {
    let records = wire::records(flight);
    let is_clear = |record: &&(u8, Vec<u8>)| record.0 == wire::HANDSHAKE;
    // A flight that does not begin with a Hello is encrypted, or about to be.
    if records.first().is_none_or(|(kind, body)| *kind != wire::HANDSHAKE || body[0] != 2) {
        return flight.to_vec();
    }
    let clear: Vec<_> = records.iter().take_while(is_clear).collect();
    let messages: Vec<u8> = clear.iter().flat_map(|(_, body)| body.clone()).collect();
    let cut = messages.chunks(size).flat_map(|part| wire::record(wire::HANDSHAKE, part));
    let rest = records[clear.len()..].iter().flat_map(|(kind, body)| wire::record(*kind, body));
    cut.chain(rest).collect()
}

/// A ChangeCipherSpec of TLS 1.3 means nothing, sent or not, once or twice; more are refused.
fn middlebox_records(program: &Path) {
    let with = |setting, groups, more, schedule| {
        let mut server = Peer::server(program, Pair::made("server"), &[ONLY_13, setting, groups]);
        let mut client = client_to(&required(), "localhost", schedule);
        let mut more = wire::record(CHANGE, &[1]).repeat(more);
        let (_, down) = meet_on(&mut client, &mut server, |flight| {
            let first = flight.get(3..5).map(|len| u16::from_be_bytes([len[0], len[1]]));
            let (hello, rest) = flight.split_at(first.map_or(0, |len| 5 + usize::from(len)));
            [hello, &std::mem::take(&mut more), rest].concat()
        });
        let kinds = wire::records(&down).into_iter().map(|(kind, _)| kind);
        (client, server, kinds.filter(|kind| *kind == CHANGE).count())
    };
    for (setting, own) in [("Options=MiddleboxCompat", 1), ("Options=-MiddleboxCompat", 0)] {
        for groups in ["Groups=X25519", "Groups=P-384"] {
            for schedule in SCHEDULES {
                for more in 0..2 {
                    let (mut client, mut server, count) = with(setting, groups, more, schedule);
                    is_up(&mut client, &mut server, &format!("{setting} {groups} {more}"));
                    assert_eq!(count, own + more, "{setting} {groups}");
                }
                let (client, mut server, _) = with(setting, groups, 3, schedule);
                assert_eq!(client.failure().code, Code::Misbehaved, "{setting} {groups}");
                assert_eq!(server.fact("done"), "0", "{setting} {groups}");
            }
        }
    }
}

const CHANGE: u8 = 20;
