//! The keys of peers' certificates, and the signatures of handshakes by them: a key that ring lacks
//! is unsupported, and neither a wrong signature nor weak. tests/robustness/keys.rs has OpenSSL with
//! such keys; here plain rustls shows and signs what no honest peer does.

mod support;

use std::collections::BTreeSet;

use rustls::version::{TLS12, TLS13};
use rustls::{SignatureAlgorithm, SupportedProtocolVersion};
use support::odd_signer::{self, OddSigner};
use support::{Host, Schedule, pki, wire};
use tlsql::{Code, Error, event};

/// id-ml-dsa-65 (RFC 9881 section 2).
const ML_DSA_65: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 18];
/// 1.3.101.127, which is nobody's.
const UNKNOWN: &[u8] = &[0x2b, 0x65, 0x7f];
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];

const RSA_PKCS1_SHA1: u16 = 0x0201;
const ECDSA_SHA1: u16 = 0x0203;
const RSA_PKCS1_SHA256: u16 = 0x0401;
const ECDSA_P256: u16 = 0x0403;
const ECDSA_P521: u16 = 0x0603;
const RSAE_SHA256: u16 = 0x0804;
const ED448: u16 = 0x0808;
const PSS_SHA256: u16 = 0x0809;
const PSS_SHA384: u16 = 0x080a;
const PSS_SHA512: u16 = 0x080b;
const ML_DSA: u16 = 0x0905;

#[test]
fn a_key_that_ring_lacks_is_unsupported_before_its_signature_is_looked_at() {
    let base = kept("rsa2048");
    let ml_dsa = odd_signer::with_key(&base, &odd_signer::spki(ML_DSA_65, &[7; 1952]));
    let unknown = odd_signer::with_key(&base, &odd_signer::spki(UNKNOWN, &[7; 32]));
    for (certificate, words) in [
        (kept("p521"), "its key is P-521"),
        (kept("secp256k1"), "its key is secp256k1"),
        (kept("brainpool"), "its key is brainpoolP256r1"),
        (kept("secp256k1-explicit"), "its key is EC with its parameters written out"),
        (kept("p256-compressed"), "its key is P-256 with a compressed point"),
        (kept("ed448"), "its key is Ed448"),
        (kept("dsa"), "its key is DSA"),
        (kept("pss-mgf1-sha1"), "its key is RSASSA-PSS, restricted to parameters that ring lacks"),
        (ml_dsa, "its key is ML-DSA-65"),
        (unknown, "its key is algorithm 1.3.101.127"),
    ] {
        for (version, schemes) in [
            (&TLS12, &[RSA_PKCS1_SHA256, ECDSA_P256, ED448, PSS_SHA256, ML_DSA][..]),
            (&TLS13, &[RSAE_SHA256, ECDSA_P256, ECDSA_P521, ED448, PSS_SHA256, ML_DSA]),
        ] {
            for scheme in schemes {
                let error = refused_server(&certificate, "rsa2048-pkcs8", *scheme, version, &[]);
                unsupported(&error, words);
                assert_eq!(error.alert().map(|alert| alert.number), Some(46), "{words}");
            }
        }
    }
}

#[test]
fn a_key_that_cannot_be_read_is_malformed() {
    // RFC 8017 appendix A.1.1: an RSAPublicKey is a SEQUENCE.
    let broken = odd_signer::with_key(&kept("rsa2048"), &odd_signer::spki(RSA, &[7; 32]));
    for version in [&TLS12, &TLS13] {
        let error = refused_server(&broken, "rsa2048-pkcs8", RSAE_SHA256, version, &[]);
        assert_eq!(error.code, Code::CertForm, "{error}");
    }
}

/// OpenSSL 3.0 cannot decode such a key either and says 66; a chain is not built to it.
#[test]
fn a_key_of_an_unknown_algorithm_is_not_weak_in_a_chain() {
    let base = pki::der(&pki::read("server-cert.pem"));
    for (oid, name) in [(ML_DSA_65, "ML-DSA-65"), (UNKNOWN, "algorithm 1.3.101.127")] {
        let certificate = odd_signer::with_key(&base, &odd_signer::spki(oid, &[7; 1952]));
        for (level, number) in [("2", 66), ("1", 66), ("0", 1)] {
            let options =
                [("ssl_mode", "VERIFY_CA"), ("ssl_ca", "ca.pem"), ("tlsql_security_level", level)];
            for version in [&TLS12, &TLS13] {
                let error =
                    refused_server(&certificate, "rsa2048-pkcs8", RSAE_SHA256, version, &options);
                unsupported(&error, &format!("has a key of {name}"));
                assert_eq!(error.x509_error(), Some((number, 0)));
            }
        }
        let server = pki::server_as("server", &[("ssl_ca", "ca.pem")]);
        let error = refused_client(&certificate, "rsa2048-pkcs8", RSAE_SHA256, &TLS13, &server);
        unsupported(&error, &format!("has a key of {name}"));
    }
}

#[test]
fn a_signature_of_another_key_has_its_own_hint() {
    for (certificate, scheme) in [(kept("rsa2048"), RSAE_SHA256), (kept("pss"), PSS_SHA256)] {
        for version in [&TLS12, &TLS13] {
            // rsa3072's key signed, and another certificate is shown.
            let error = refused_server(&certificate, "rsa3072-pkcs8", scheme, version, &[]);
            wrong(&error, "does not verify with the key of the certificate shown");
        }
    }
    let error = refused_server(&kept("rsa2048"), "rsa3072-pkcs8", RSA_PKCS1_SHA256, &TLS12, &[]);
    wrong(&error, "does not verify with the key of the certificate shown");
    for (name, version, scheme) in [
        ("rsa2048", &TLS12, RSA_PKCS1_SHA256),
        ("rsa2048", &TLS13, RSAE_SHA256),
        ("pss", &TLS12, PSS_SHA256),
        ("pss", &TLS13, PSS_SHA256),
    ] {
        let ca = pki::kept(&format!("keys/{name}-cert.pem"));
        let server = pki::server_as("server", &[("ssl_ca", &ca)]);
        let error = refused_client(&kept(name), "rsa3072-pkcs8", scheme, version, &server);
        wrong(&error, "does not verify with the key of the certificate shown");
    }
}

/// RFC 8446 section 4.2.3: `rsa_pss_rsae_*` by rsaEncryption keys, `rsa_pss_pss_*` by RSASSA-PSS
/// keys, and with the digest of their parameters (T129).
#[test]
fn a_scheme_fits_the_key_of_the_certificate() {
    for (name, scheme, is_taken) in [
        ("rsa2048", RSAE_SHA256, true),
        ("rsa2048", PSS_SHA256, false),
        ("pss", PSS_SHA256, true),
        ("pss", RSAE_SHA256, false),
        ("pss-sha384", PSS_SHA256, false),
        ("p256", RSAE_SHA256, false),
    ] {
        let key: &'static str = match name {
            "pss" => "pss-pkcs8",
            "pss-sha384" => "pss-sha384-pkcs8",
            _ => "rsa2048-pkcs8",
        };
        let ca = pki::kept(&format!("keys/{name}-cert.pem"));
        for (level, version) in [("1", &TLS12), ("1", &TLS13), ("2", &TLS12), ("2", &TLS13)] {
            let options = [("tlsql_security_level", level)];
            let mut client = client(&options);
            odd_signer::serve(signer(&kept(name), key, scheme), version, &mut client);
            assert_eq!(client.has(event::SECURED), is_taken, "{name} {scheme:#x} {version:?}");
            let options = [("ssl_ca", ca.as_str()), options[0]];
            let mut server = Host::new(&pki::server_as("server", &options), Schedule::Whole);
            odd_signer::connect(signer(&kept(name), key, scheme), version, &mut server);
            assert_eq!(server.has(event::SECURED), is_taken, "{name} {scheme:#x}");
            for end in [client, server] {
                if !is_taken {
                    wrong(end.failure(), "of a kind that the certificate's key does not make");
                }
            }
        }
    }
}

/// RFC 5246 section 7.4.8: CertificateVerify is over the messages as they were sent.
#[test]
fn a_client_signs_what_a_server_with_a_pss_key_sent() {
    let files = ["cert", "key"].map(|what| pki::path(&format!("client-{what}.pem")));
    let own = [("ssl_cert", files[0].as_str()), ("ssl_key", files[1].as_str())];
    for version in [&TLS12, &TLS13] {
        for schedule in [Schedule::Whole, Schedule::Bytes] {
            let mut client = client_as(&own, schedule);
            let signer = signer(&kept("pss"), "pss-pkcs8", PSS_SHA256);
            let shown = odd_signer::serve_asking(signer, version, &mut client);
            assert!(client.has(event::SECURED), "{version:?}: {:?}", client.error);
            assert_eq!(shown, Some(pki::der(&pki::read("client-cert.pem"))), "{version:?}");
        }
    }
}

/// RFC 5246 section 7.4.4 and RFC 8446 section 4.3.2: what a client may sign with.
#[test]
fn a_server_asks_for_pss_keys_in_both_versions() {
    for level in ["1", "2"] {
        let context = pki::server_as("server", &[("tlsql_security_level", level)]);
        let mut server = Host::new(&context, Schedule::Whole);
        let in_13 = odd_signer::asked(&TLS13, &mut server);
        assert!(server.has(event::SECURED), "a client without a certificate");
        let mut server = Host::new(&context, Schedule::Whole);
        server.settle();
        server.take_sent();
        server.deliver(&wire::packet(1, &wire::ssl_request(wire::MYSQL_PROGRAM)));
        server.deliver(&wire::client_hello(0x0303, &[0xc02b], &wire::usual_extensions(&[23])));
        let in_12 = requested(&server.take_sent());
        for asked in [in_12, in_13] {
            assert!(asked.ends_with(&[PSS_SHA256, PSS_SHA384, PSS_SHA512]), "{asked:x?}");
            // None with SHA-1, and none twice.
            assert!(asked.iter().all(|scheme| scheme >> 8 > 2), "{asked:x?}");
            let once: BTreeSet<_> = asked.iter().collect();
            assert_eq!(once.len(), asked.len(), "{asked:x?}");
        }
    }
}

/// Returns the schemes of the CertificateRequest in a server's flight of TLS 1.2.
fn requested(flight: &[u8]) -> Vec<u16> {
    let records = wire::records(flight);
    let bodies: Vec<u8> = records.into_iter().flat_map(|(_, body)| body).collect();
    let mut rest = &bodies[..];
    loop {
        let (head, behind) = rest.split_at(4);
        let len = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let (body, next) = behind.split_at(len);
        if head[0] == 13 {
            let list = &body[1 + usize::from(body[0])..];
            let len = usize::from(u16::from_be_bytes([list[0], list[1]]));
            let (schemes, names) = list[2..].split_at(len);
            assert_eq!(names, [0, 0]);
            let schemes = schemes.chunks(2);
            return schemes.map(|scheme| u16::from_be_bytes([scheme[0], scheme[1]])).collect();
        }
        rest = next;
    }
}

/// RFC 5246 section 7.4.8: the algorithm is one of those that the server asked for.
#[test]
fn a_client_signs_with_what_was_asked_for() {
    for name in ["pss", "rsa2048"] {
        let ca = pki::kept(&format!("keys/{name}-cert.pem"));
        let server = pki::server_as("server", &[("ssl_ca", &ca)]);
        let key = if name == "pss" { "pss-pkcs8" } else { "rsa2048-pkcs8" };
        for version in [&TLS12, &TLS13] {
            for scheme in [RSA_PKCS1_SHA1, ECDSA_SHA1, ED448, ML_DSA] {
                let error = refused_client(&kept(name), key, scheme, version, &server);
                assert_eq!(error.code, Code::Misbehaved, "{name} {scheme:x}: {error}");
                let alert = error.alert().map(|alert| (alert.number, alert.from_peer));
                assert_eq!(alert, Some((47, false)), "{name} {scheme:x}");
            }
        }
    }
}

#[test]
fn rsa_pss_schemes_are_offered_last() {
    // Servers with several certificates choose in the client's order.
    for level in ["1", "2"] {
        let mut client = client(&[("tlsql_security_level", level)]);
        let hello = client.take_sent().split_off(36);
        // Behind ed25519, rsa_pss_rsae_* and all others, in one list.
        let at = |scheme: &[u8]| hello.windows(scheme.len()).rposition(|bytes| bytes == scheme);
        let pss = at(&[8, 9, 8, 10, 8, 11]).expect("offered");
        assert!(at(&[8, 6, 8, 5, 8, 4]).is_some_and(|rsae| rsae < pss), "{level}");
    }
}

fn unsupported(error: &Error, words: &str) {
    let message = error.message();
    assert_eq!(error.code, Code::CertOther, "{message}");
    assert!(message.contains(words), "{message}");
    assert!(!message.contains("weak") && !message.contains("lower"), "{message}");
    assert!(message.len() <= 264, "{message}");
}

fn wrong(error: &Error, words: &str) {
    let message = error.message();
    assert_eq!(error.code, Code::CertSignature, "{message}");
    assert!(message.contains(words), "{message}");
    assert!(message.contains("files of one pair") && !message.contains("ssl_ca"), "{message}");
    assert!(message.len() <= 264, "{message}");
}

fn refused_server(
    certificate: &[u8],
    key: &'static str,
    scheme: u16,
    version: &'static SupportedProtocolVersion,
    options: &[(&str, &str)],
) -> Error {
    let mut client = client(options);
    odd_signer::serve(signer(certificate, key, scheme), version, &mut client);
    assert!(!client.has(event::SECURED));
    client.failure().clone()
}

fn refused_client(
    certificate: &[u8],
    key: &'static str,
    scheme: u16,
    version: &'static SupportedProtocolVersion,
    server: &tlsql::Context,
) -> Error {
    let mut server = Host::new(server, Schedule::Whole);
    odd_signer::connect(signer(certificate, key, scheme), version, &mut server);
    assert!(!server.has(event::SECURED));
    server.failure().clone()
}

fn client(options: &[(&str, &str)]) -> Host {
    client_as(options, Schedule::Whole)
}

fn client_as(options: &[(&str, &str)], schedule: Schedule) -> Host {
    let context = pki::client(options);
    let mut client = Host::new(&context, schedule).with("host", "localhost");
    client.deliver(&wire::packet(0, &wire::greeting(wire::MYSQL57)));
    client
}

fn signer(certificate: &[u8], key: &'static str, scheme: u16) -> OddSigner {
    let algorithm = match scheme {
        ECDSA_P256 => SignatureAlgorithm::ECDSA,
        _ => SignatureAlgorithm::RSA,
    };
    OddSigner { certificate: certificate.to_vec(), key, scheme, algorithm }
}

fn kept(name: &str) -> Vec<u8> {
    pki::der(&std::fs::read(pki::kept(&format!("keys/{name}-cert.pem"))).unwrap())
}
