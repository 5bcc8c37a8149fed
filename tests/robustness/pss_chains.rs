//! Chains that an RSASSA-PSS signature holds together: by an rsaEncryption CA, by one with an
//! RSASSA-PSS key, and by one whose key is restricted to a digest and a least salt. OpenSSL shows the
//! leaf; the verdicts are those of `openssl verify` 3.0.19, but for what ring lacks.

use std::path::Path;

use tlsql::Code;

use super::Test;
use super::openssl::{Pair, Peer, accept, client_to, is_up, meet};
use super::support::{Host, SCHEDULES, pki};

pub const TESTS: &[(&str, Test)] = &[
    ("client_verifies_chains_with_rsassa_pss", server_chains),
    ("server_verifies_chains_with_rsassa_pss", client_chains),
];

/// Code and OpenSSL's number.
type Refused = (Code, i32);

/// OpenSSL 3.0 says 7 where the digest is not the one of the CA's key.
const WRONG: Option<Refused> = Some((Code::CertSignature, 7));
/// OpenSSL takes a salt that is shorter than the digest, and SHA-1 for MGF1, if the key is not
/// restricted; ring has neither.
const UNSUPPORTED: Option<Refused> = Some((Code::CertOther, 76));

/// The CA, the leaf, and the verdict.
const CHAINS: &[(&str, &str, Option<Refused>)] = &[
    ("rsa-ca", "rsa-256", None),
    ("rsa-ca", "rsa-384", None),
    ("pss-ca", "pss-256", None),
    ("pss256-ca", "pss256-256", None),
    ("pss384-ca", "pss384-384", None),
    ("pss256-ca", "pss256-384", WRONG),
    ("pss384-ca", "pss384-256", WRONG),
    ("pss256-ca", "pss256-salt20", UNSUPPORTED),
    ("pss256-ca", "pss256-pkcs1", Some((Code::CertUnknownCa, 20))),
    ("rsa-ca", "rsa-salt20", UNSUPPORTED),
    ("rsa-ca", "rsa-mgf1", UNSUPPORTED),
];

const VERSIONS: [&str; 2] = ["MaxProtocol=TLSv1.2", "MinProtocol=TLSv1.3"];

fn server_chains(program: &Path) {
    for (ca, leaf, refused) in CHAINS {
        let ca = file(ca);
        let options = [("ssl_mode", "VERIFY_IDENTITY"), ("ssl_ca", ca.as_str())];
        let context = pki::client(&options);
        for version in VERSIONS {
            for schedule in SCHEDULES {
                let mut server = Peer::server(program, pair(leaf), &[version]);
                let mut client = client_to(&context, "localhost", schedule);
                meet(&mut client, &mut server);
                ends(&mut client, &mut server, *refused, &format!("{leaf} {version}"));
            }
        }
    }
}

fn client_chains(program: &Path) {
    for (ca, leaf, refused) in CHAINS {
        let ca = file(ca);
        let context = pki::server_as("server", &[("ssl_ca", ca.as_str())]);
        for version in VERSIONS {
            for schedule in SCHEDULES {
                let mut client = Peer::client_as(program, pair(leaf), &[version]);
                let mut server = Host::new(&context, schedule);
                accept(&mut server, &mut client);
                ends(&mut server, &mut client, *refused, &format!("{leaf} {version}"));
            }
        }
    }
}

fn ends(ours: &mut Host, peer: &mut Peer, refused: Option<Refused>, what: &str) {
    let Some((code, number)) = refused else {
        is_up(ours, peer, what);
        assert!(ours.conn.negotiated().expect("TLS").chain_verified, "{what}");
        return;
    };
    let error = ours.failure();
    assert_eq!(error.code, code, "{what}: {error}");
    assert_eq!(error.x509_error().map(|(found, _)| found), Some(number), "{what}: {error}");
}

fn pair(leaf: &str) -> Pair {
    Pair { cert: file(leaf), key: pki::kept("keys/p256-pkcs8.pem") }
}

fn file(name: &str) -> String {
    pki::kept(&format!("pss-chains/{name}.pem"))
}
