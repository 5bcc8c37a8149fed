//! Peers whose certificates have keys of every kind. OpenSSL shows and signs with them, so what it
//! does is the reference for what such a peer sends: a signature, an empty list, or alert 40.

use std::path::Path;

use tlsql::{Code, Outcome};

use super::Test;
use super::openssl::{Pair, Peer, accept, client_to, is_up, meet};
use super::support::{Host, SCHEDULES, pki};

pub const TESTS: &[(&str, Test)] = &[
    ("client_meets_server_keys_of_every_kind", server_keys),
    ("server_meets_client_keys_of_every_kind", client_keys),
    ("client_takes_pss_keys_in_tls12", pss_servers_in_tls12),
    ("server_takes_pss_keys_in_tls12", pss_clients_in_tls12),
];

const ONLY_12: &str = "MaxProtocol=TLSv1.2";
const ONLY_13: &str = "MinProtocol=TLSv1.3";

/// How a meeting ends, and words of the refusal.
#[derive(Clone, Copy)]
enum End {
    Up,
    /// The client shows no certificate, since none fits what we verify.
    Empty,
    Refused(Code, &'static str),
    /// By an OpenSSL that minds that our ec_point_formats has no compressed points, with alert 40;
    /// where it shows the certificate, as 3.0.22 and 3.5 do, by us.
    EitherRefuses(&'static str),
}
use End::{EitherRefuses, Empty, Refused, Up};

/// OpenSSL's server has no scheme in common with us, and says no more than alert 40.
const ALERT_40: End = Refused(Code::Cipher, "certificate, key, curves");

fn other(words: &'static str) -> End {
    Refused(Code::CertOther, words)
}

fn server_keys(program: &Path) {
    let restricted = other("RSASSA-PSS, restricted to parameters that ring lacks");
    let compressed = other("P-256 with a compressed point");
    for (key, in_12, in_13) in [
        ("pss", Up, Up),
        ("pss-sha384", Up, Up),
        ("pss-mgf1-sha1", restricted, restricted),
        ("p256-explicit", Up, Up),
        ("p384-explicit", Up, Up),
        ("p256-compressed", EitherRefuses("P-256 with a compressed point"), compressed),
        ("p521", ALERT_40, ALERT_40),
        ("ed448", ALERT_40, ALERT_40),
    ] {
        for (version, end) in [(ONLY_12, in_12), (ONLY_13, in_13)] {
            let pair = Pair::kept(key);
            // Self-signed, so that the certificate is its own CA: no chain is refused for its key.
            let verifying = [("ssl_mode", "VERIFY_CA"), ("ssl_ca", pair.cert.as_str())];
            for options in [&[("ssl_mode", "REQUIRED")][..], &verifying] {
                let context = pki::client(options);
                for schedule in SCHEDULES {
                    let what = format!("{key} {version} {options:?} {schedule:?}");
                    let mut server = Peer::server(program, pair.clone(), &[version]);
                    let mut client = client_to(&context, "localhost", schedule);
                    meet(&mut client, &mut server);
                    let is_theirs = client.error.as_ref().and_then(|error| error.alert());
                    let end = match (end, is_theirs.is_some_and(|alert| alert.from_peer)) {
                        (EitherRefuses(_), true) => ALERT_40,
                        (EitherRefuses(words), false) => other(words),
                        (end, _) => end,
                    };
                    match end {
                        Refused(code, words) => refused(&client, code, words, &what),
                        _ => is_up(&mut client, &mut server, &what),
                    }
                }
            }
        }
    }
}

/// Keys, and what signs with them.
const PSS_KEYS: [(&str, &str); 4] =
    [("pss", "sha256"), ("pss", "sha384"), ("pss", "sha512"), ("pss-sha384", "sha384")];

const KEY_EXCHANGES: [&str; 2] = ["ECDHE-RSA-AES256-GCM-SHA384", "DHE-RSA-AES128-GCM-SHA256"];

fn pss_servers_in_tls12(program: &Path) {
    let dhe = format!("DHParameters={}", pki::kept("dh/mysql.pem"));
    for (key, digest) in PSS_KEYS {
        let signed = format!("SignatureAlgorithms=rsa_pss_pss_{digest}");
        for suite in KEY_EXCHANGES {
            let suite = format!("CipherString={suite}");
            let settings = [ONLY_12, dhe.as_str(), signed.as_str(), suite.as_str()];
            let context = pki::client(&[("ssl_mode", "REQUIRED")]);
            for schedule in SCHEDULES {
                let mut server = Peer::server(program, Pair::kept(key), &settings);
                let mut client = client_to(&context, "localhost", schedule);
                meet(&mut client, &mut server);
                is_up(&mut client, &mut server, &format!("{key} {signed} {suite} {schedule:?}"));
            }
        }
    }
}

fn pss_clients_in_tls12(program: &Path) {
    let own = Pair::kept("rsa2048");
    for (key, digest) in PSS_KEYS {
        let pair = Pair::kept(key);
        let options = [&own.options()[..], &[("ssl_ca", pair.cert.as_str())]].concat();
        let context = pki::server(&options);
        let signed = format!("ClientSignatureAlgorithms=rsa_pss_pss_{digest}");
        for suite in KEY_EXCHANGES {
            let suite = format!("CipherString={suite}");
            // What is hashed of the handshake ends in another place without it (RFC 7627).
            for ems in ["Options=ExtendedMasterSecret", "Options=-ExtendedMasterSecret"] {
                let settings = [ONLY_12, signed.as_str(), suite.as_str(), ems];
                for schedule in SCHEDULES {
                    let what = format!("{key} {signed} {suite} {ems} {schedule:?}");
                    let mut client = Peer::client_as(program, pair.clone(), &settings);
                    let mut server = Host::new(&context, schedule);
                    accept(&mut server, &mut client);
                    is_up(&mut server, &mut client, &what);
                    let shown = server.conn.negotiated().expect("TLS").peer_chain.len();
                    assert_eq!(shown, 1, "{what}");
                }
            }
        }
    }
}

fn client_keys(program: &Path) {
    let restricted = other("RSASSA-PSS, restricted to parameters that ring lacks");
    let compressed = other("P-256 with a compressed point");
    for (key, in_12, in_13) in [
        ("pss", Up, Up),
        ("pss-sha384", Up, Up),
        ("pss-mgf1-sha1", restricted, restricted),
        ("p256-explicit", Up, Up),
        ("p384-explicit", Up, Up),
        ("p256-compressed", compressed, compressed),
        ("p521", other("its key is P-521"), Empty),
        ("secp256k1", other("its key is secp256k1"), Empty),
        ("secp256k1-explicit", other("its key is EC with its parameters written out"), Empty),
        ("brainpool", other("its key is brainpoolP256r1"), Empty),
        ("ed448", Empty, Empty),
        ("dsa", Empty, Empty),
    ] {
        let pair = Pair::kept(key);
        let context = pki::server_as("server", &[("ssl_ca", pair.cert.as_str())]);
        for (version, end) in [(ONLY_12, in_12), (ONLY_13, in_13)] {
            for schedule in SCHEDULES {
                let what = format!("{key} {version} {schedule:?}");
                let mut client = Peer::client_as(program, pair.clone(), &[version]);
                let mut server = Host::new(&context, schedule);
                accept(&mut server, &mut client);
                if let Refused(code, words) = end {
                    refused(&server, code, words, &what);
                    continue;
                }
                is_up(&mut server, &mut client, &what);
                let shown = server.conn.negotiated().expect("TLS").peer_chain.len();
                assert_eq!(shown, usize::from(matches!(end, Up)), "{what}");
            }
        }
    }
}

fn refused(ours: &Host, code: Code, words: &str, what: &str) {
    let error = ours.failure();
    let message = error.message();
    assert_eq!(error.code, code, "{what}: {message}");
    assert!(message.contains(words), "{what}: {message}");
    assert_ne!(ours.conn.outcome(), Outcome::Tls, "{what}");
}
