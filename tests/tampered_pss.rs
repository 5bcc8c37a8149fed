//! A network that cuts, doubles, swaps and changes the messages of handshakes whose peer has an
//! RSASSA-PSS key in TLS 1.2, for which records are rewritten in both roles (`tls/kx_scheme.rs`,
//! `tls/cert_request.rs`). A connection comes up only where the messages are those that were sent, and
//! the scheme fits the certificate.

mod support;

use std::ops::DerefMut;
use std::sync::Arc;

use rustls::version::TLS12;
use rustls::{
    ClientConfig, ClientConnection, ConnectionCommon, ServerConfig, ServerConnection,
    SignatureAlgorithm,
};
use rustls_pki_types::ServerName;
use support::odd_signer::{Always, OddSigner};
use support::schedule::Random;
use support::{Host, Schedule, pki, rustls_peers, wire};
use tlsql::{Phase, event};

/// Certificate and key, the scheme, and whether it fits.
const SIGNERS: [(&str, &str, u16, bool); 3] = [
    ("pss", "pss-pkcs8", 0x0809, true),
    ("rsa2048", "rsa2048-pkcs8", 0x0809, false),
    ("pss", "pss-pkcs8", 0x0804, false),
];

const ROUNDS: usize = 240;

fn always((name, key, scheme, _): (&str, &'static str, u16, bool)) -> Arc<Always> {
    let certificate =
        pki::der(&std::fs::read(pki::kept(&format!("keys/{name}-cert.pem"))).unwrap());
    let signer = OddSigner { certificate, key, scheme, algorithm: SignatureAlgorithm::RSA };
    Arc::new(Always(signer.certified()))
}

/// Handshake messages in clear, up to the first record of another type, and the rest.
fn messages(flight: &[u8]) -> (Vec<Vec<u8>>, Vec<u8>) {
    let (mut clear, mut behind) = (Vec::new(), Vec::new());
    for (kind, body) in wire::records(flight) {
        if kind == HANDSHAKE && behind.is_empty() {
            clear.extend(body);
        } else {
            behind.extend(wire::record(kind, &body));
        }
    }
    let (mut all, mut rest) = (Vec::new(), &clear[..]);
    while rest.len() >= 4 {
        let len = 4 + usize::from(u16::from_be_bytes([rest[2], rest[3]]));
        let (message, others) = rest.split_at(len.min(rest.len()));
        all.push(message.to_vec());
        rest = others;
    }
    (all, behind)
}

/// What became of the messages of a flight.
#[derive(PartialEq)]
enum Change {
    None,
    /// There are more of them at the end: whoever answers the last one has not seen these.
    Longer,
    Other,
}

/// Returns what comes in place of a flight.
fn tampered(random: &mut Random, flight: &[u8]) -> (Vec<u8>, Change) {
    let (mut all, behind) = messages(flight);
    if all.is_empty() {
        return (flight.to_vec(), Change::None);
    }
    let (before, at) = (all.concat(), random.below(all.len()));
    match random.below(8) {
        0 => all.insert(at, vec![0; 4]),
        1 => all.insert(random.below(all.len() + 1), all[at].clone()),
        2 => {
            let bit = random.below(all[at].len() * 8);
            all[at][bit / 8] ^= 1 << (bit % 8);
        }
        3 => all
            .iter_mut()
            .filter(|message| [12, 13].contains(&message[0]))
            .for_each(|message| as_rsae(message)),
        4 => all.swap(at, 0),
        _ => {}
    }
    let after = all.concat();
    let most = [1, 5, 40, 300, 16_000][random.below(5)];
    let (mut out, mut rest) = (Vec::new(), &after[..]);
    while !rest.is_empty() {
        let (part, others) = rest.split_at((1 + random.below(most)).min(rest.len()));
        out.extend(wire::record(HANDSHAKE, part));
        rest = others;
    }
    let change = match after.strip_prefix(&before[..]) {
        Some([]) => Change::None,
        Some(_) => Change::Longer,
        None => Change::Other,
    };
    (out.into_iter().chain(behind).collect(), change)
}

/// Makes rsa_pss_rsae_* of rsa_pss_pss_* in a ServerKeyExchange or CertificateRequest.
fn as_rsae(message: &mut [u8]) {
    for at in 1..message.len() {
        if message[at - 1] == 8 && (9..=11).contains(&message[at]) {
            message[at] -= 5;
        }
    }
}

/// Gives bytes to a peer; returns what it sends.
fn give<D>(tls: &mut impl DerefMut<Target = ConnectionCommon<D>>, mut bytes: &[u8]) -> Vec<u8> {
    while !bytes.is_empty() {
        tls.read_tls(&mut bytes).unwrap();
        if tls.process_new_packets().is_err() {
            break;
        }
    }
    let mut sent = Vec::new();
    while tls.wants_write() {
        tls.write_tls(&mut sent).unwrap();
    }
    sent
}

#[test]
fn a_server_with_a_pss_key_is_believed_as_it_spoke() {
    let (mut random, mut up) = (Random::new(1), 0);
    let contexts = [pki::client(&[]), pki::client_as("client", &[])];
    for n in 0..ROUNDS {
        let (signer, asks) = (SIGNERS[n % 4 / 2 * (1 + n % 2)], n % 8 >= 4);
        let config = ServerConfig::builder_with_protocol_versions(&[&TLS12]);
        let config = match asks {
            false => config.with_no_client_auth(),
            true => config.with_client_cert_verifier(Arc::new(rustls_peers::AnyCertificate)),
        };
        let config = config.with_cert_resolver(always(signer));
        let mut peer = ServerConnection::new(Arc::new(config)).unwrap();
        let mut host = Host::new(&contexts[usize::from(asks)], Schedule::Whole);
        host.deliver(&wire::packet(0, &wire::greeting(wire::MYSQL57)));
        let hello = host.take_sent().split_off(36);
        let (flight, change) = tampered(&mut random, &give(&mut peer, &hello));
        host.deliver(&flight);
        loop {
            let sent = host.take_sent();
            if sent.is_empty() {
                break;
            }
            host.deliver(&give(&mut peer, &sent));
        }
        let is_up = host.has(event::SECURED);
        assert!(!is_up || change == Change::None && signer.3, "{n}: {signer:?}");
        up += usize::from(is_up);
    }
    assert!((ROUNDS / 10..ROUNDS / 2).contains(&up), "{up} of {ROUNDS}");
}

#[test]
fn a_client_with_a_pss_key_is_believed_as_it_spoke() {
    let (mut random, mut up) = (Random::new(2), 0);
    for n in 0..ROUNDS {
        let signer = SIGNERS[n % 4 / 2 * (1 + n % 2)];
        let ca = pki::kept(&format!("keys/{}-cert.pem", signer.0));
        let context = pki::server_as("server", &[("ssl_ca", &ca)]);
        let mut config = ClientConfig::builder_with_protocol_versions(&[&TLS12])
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(rustls_peers::AnyCertificate))
            .with_client_cert_resolver(always(signer));
        config.enable_sni = n % 3 != 0;
        let name = ServerName::try_from("localhost").unwrap();
        let mut peer = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut host = Host::new(&context, Schedule::Whole);
        host.deliver(&wire::packet(1, &wire::ssl_request(wire::MYSQL_PROGRAM)));
        host.take_sent();
        let mut sent = give(&mut peer, &[]);
        let (mut is_changed, mut is_refused) = (false, false);
        for round in 0.. {
            if sent.is_empty() {
                break;
            }
            // The flights in clear, of either direction.
            let mut pass = |flight: Vec<u8>, is_clear: bool, is_answered: bool| {
                if !is_clear || random.below(2) == 0 {
                    return flight;
                }
                let (flight, change) = tampered(&mut random, &flight);
                match change {
                    Change::None => {}
                    Change::Longer if is_answered => is_refused = true,
                    _ => is_changed = true,
                }
                flight
            };
            host.deliver(&pass(sent, round < 2, false));
            let down = host.take_sent();
            let down = down[..wire::records_len(&down)].to_vec();
            // The peer answers ServerHelloDone, and then refuses what comes after it.
            sent = give(&mut peer, &pass(down, round == 0, true));
        }
        let is_up = host.has(event::SECURED);
        assert!(!is_up || !is_changed && signer.3, "{n}: {signer:?}");
        assert!(!is_refused || host.conn.phase() == Phase::Failed, "{n}: {signer:?}");
        up += usize::from(is_up);
    }
    assert!((ROUNDS / 10..ROUNDS / 2).contains(&up), "{up} of {ROUNDS}");
}

/// ContentType.
const HANDSHAKE: u8 = 22;
