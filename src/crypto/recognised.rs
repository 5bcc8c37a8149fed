//! Suites that are offered only to detect them: a handshake that selects one is refused.
//!
//! A server that has no better suite would otherwise only send handshake_failure, without a reason.
//! These suites are offered last, to MySQL servers of versions that follow the client's order, and
//! to no MariaDB: with wolfSSL it goes by its own, and would select one although it has better ones.
//! A server that gets the offer selects one if it has nothing else, and the error then names the
//! reason (D11). A proxy with the version text of such a MySQL may prefer one; setting `ssl_cipher`
//! then helps. Their PRF always fails, so no key can be made for one.

use std::sync::LazyLock;

use rustls::crypto::ring::cipher_suite as stock;
use rustls::crypto::tls12::Prf;
use rustls::crypto::{ActiveKeyExchange, CipherSuiteCommon, KeyExchangeAlgorithm};
use rustls::{CipherSuite, Error, SupportedCipherSuite, Tls12CipherSuite};

/// A suite that is only recognised.
#[derive(Debug)]
pub struct Recognised {
    /// IANA number.
    pub id: u16,
    /// OpenSSL's name.
    pub name: &'static str,
    pub kind: RecognisedKind,
}

/// The reason why a suite is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RecognisedKind {
    /// A CBC mode, with any key exchange.
    Cbc,
    /// RSA key exchange with an AEAD.
    RsaKeyExchange,
}

/// Returns the recognised suite with this number.
pub fn recognised(id: u16) -> Option<&'static Recognised> {
    ALL.iter().find(|suite| suite.id == id)
}

/// Returns the numbers of all, in the order in which they are offered.
pub fn recognised_suites() -> impl Iterator<Item = u16> {
    ALL.iter().map(|suite| suite.id)
}

/// Returns rustls suites with these numbers, which no handshake can finish with.
pub(super) fn suites() -> impl Iterator<Item = SupportedCipherSuite> {
    SUITES.iter().map(SupportedCipherSuite::Tls12)
}

const fn cbc(id: u16, name: &'static str) -> Recognised {
    Recognised { id, name, kind: RecognisedKind::Cbc }
}

const fn rsa(id: u16, name: &'static str) -> Recognised {
    Recognised { id, name, kind: RecognisedKind::RsaKeyExchange }
}

/// The CBC and RSA key exchange suites of the default lists of MySQL 5.7 and 8.0 for TLS 1.2, those
/// with forward secrecy first.
const ALL: &[Recognised] = &[
    cbc(0xc024, "ECDHE-ECDSA-AES256-SHA384"),
    cbc(0xc023, "ECDHE-ECDSA-AES128-SHA256"),
    cbc(0xc00a, "ECDHE-ECDSA-AES256-SHA"),
    cbc(0xc009, "ECDHE-ECDSA-AES128-SHA"),
    cbc(0xc028, "ECDHE-RSA-AES256-SHA384"),
    cbc(0xc027, "ECDHE-RSA-AES128-SHA256"),
    cbc(0xc014, "ECDHE-RSA-AES256-SHA"),
    cbc(0xc013, "ECDHE-RSA-AES128-SHA"),
    cbc(0x006b, "DHE-RSA-AES256-SHA256"),
    cbc(0x0067, "DHE-RSA-AES128-SHA256"),
    cbc(0x0039, "DHE-RSA-AES256-SHA"),
    cbc(0x0033, "DHE-RSA-AES128-SHA"),
    rsa(0x009d, "AES256-GCM-SHA384"),
    rsa(0x009c, "AES128-GCM-SHA256"),
    cbc(0x003d, "AES256-SHA256"),
    cbc(0x003c, "AES128-SHA256"),
    cbc(0x0035, "AES256-SHA"),
    cbc(0x002f, "AES128-SHA"),
];

/// A PRF that fails, so that there is no master secret.
#[derive(Debug)]
struct Never;

impl Prf for Never {
    fn for_key_exchange(
        &self,
        _: &mut [u8; 48],
        _: Box<dyn ActiveKeyExchange>,
        _: &[u8],
        _: &[u8],
        _: &[u8],
    ) -> Result<(), Error> {
        Err(Error::General("a suite that is only recognised".to_owned()))
    }

    fn for_secret(&self, _: &mut [u8], _: &[u8], _: &[u8], _: &[u8]) {}
}

static SUITES: LazyLock<Vec<Tls12CipherSuite>> =
    LazyLock::new(|| ALL.iter().filter_map(placeholder).collect());

fn placeholder(suite: &Recognised) -> Option<Tls12CipherSuite> {
    let like = if suite.name.starts_with("ECDHE-ECDSA") {
        &stock::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
    } else {
        &stock::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
    };
    let SupportedCipherSuite::Tls12(like) = like else { return None };
    let is_dhe = suite.name.starts_with("DHE");
    Some(Tls12CipherSuite {
        common: CipherSuiteCommon {
            suite: CipherSuite::from(suite.id),
            hash_provider: like.common.hash_provider,
            confidentiality_limit: 0,
        },
        prf_provider: &Never,
        // rustls has no RSA key exchange; the handshake ends before it is used.
        kx: if is_dhe { KeyExchangeAlgorithm::DHE } else { KeyExchangeAlgorithm::ECDHE },
        sign: like.sign,
        aead_alg: like.aead_alg,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recognised_suite_has_a_placeholder_and_none_is_spoken() {
        let numbers: Vec<u16> = suites().map(|suite| suite.suite().into()).collect();
        assert_eq!(numbers, recognised_suites().collect::<Vec<_>>());
        for id in numbers {
            let spoken = stock_suites().any(|suite| suite.suite() == CipherSuite::from(id));
            assert!(!spoken, "{id:04x}");
        }
    }

    fn stock_suites() -> impl Iterator<Item = SupportedCipherSuite> {
        let ring = rustls::crypto::ring::ALL_CIPHER_SUITES.iter().copied();
        ring.chain(super::super::dhe::suites())
    }
}
