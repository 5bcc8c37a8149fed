//! DHE for TLS 1.2: the suites and the key exchange (D10).
//!
//! Servers built with OpenSSL 1.0.x, as MySQL 5.7 and early 8.0 were, offer no ECDHE. AEADs and the
//! PRF are those of ring's ECDHE suites.

use std::sync::{Arc, LazyLock};

use ring::rand::{SecureRandom, SystemRandom};
use rustls::crypto::ring::cipher_suite as stock;
use rustls::crypto::{
    ActiveKeyExchange, CipherSuiteCommon, GetRandomFailed, KeyExchangeAlgorithm, SharedSecret,
    SupportedKxGroup,
};
use rustls::ffdhe_groups::FfdheGroup;
use rustls::{
    CipherSuite, Error, NamedGroup, PeerMisbehaved, ProtocolVersion, SupportedCipherSuite,
    Tls12CipherSuite,
};
use zeroize::Zeroizing;

use super::dh_group::{DhGroup, Prepared};

/// Returns the DHE-RSA suites with AES128-GCM, AES256-GCM and CHACHA20-POLY1305.
pub fn suites() -> impl Iterator<Item = SupportedCipherSuite> {
    SUITES.iter().map(SupportedCipherSuite::Tls12)
}

impl SupportedKxGroup for DhGroup {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let mut secret = Zeroizing::new(vec![0; self.exponent_len()]);
        SystemRandom::new().fill(&mut secret).map_err(|_| GetRandomFailed)?;
        Ok(Box::new(Exchange::new(self, secret)?))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        Some(FfdheGroup { p: self.p, g: self.g })
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::from(self.number)
    }

    fn usable_for_version(&self, version: ProtocolVersion) -> bool {
        self.is_offered && version == ProtocolVersion::TLSv1_2
    }
}

/// One side of a key exchange. The secret is used for one connection only.
struct Exchange {
    group: FfdheGroup<'static>,
    name: NamedGroup,
    prepared: Arc<Prepared>,
    secret: Zeroizing<Vec<u8>>,
    public: Vec<u8>,
}

impl Exchange {
    fn new(group: &DhGroup, secret: Zeroizing<Vec<u8>>) -> Result<Self, Error> {
        // invariant: every group was checked when it was made.
        let broken = || Error::General("the group cannot be used".to_owned());
        let prepared = group.prepared().ok_or_else(broken)?;
        let public = prepared.modulus.pow(group.g, &secret).ok_or_else(broken)?;
        Ok(Self {
            group: FfdheGroup { p: group.p, g: group.g },
            name: group.name(),
            prepared,
            secret,
            public: public.to_vec(),
        })
    }
}

impl ActiveKeyExchange for Exchange {
    /// Returns the shared secret, as long as p. In TLS 1.2 rustls removes its leading zeros (RFC
    /// 5246 section 8.1.2). The time of the PRF then reveals their number, but an attacker cannot
    /// measure again with a secret that is used once.
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        let Prepared { modulus, only_squares } = &*self.prepared;
        // RFC 7919 section 5.1, and section 3 of RFC 2785 where the order of g is q.
        if !modulus.is_inside(peer) || (*only_squares && !modulus.is_square(peer)) {
            return Err(PeerMisbehaved::InvalidKeyShare.into());
        }
        let shared = modulus.pow(peer, &self.secret).ok_or(PeerMisbehaved::InvalidKeyShare)?;
        Ok(SharedSecret::from(shared.as_slice()))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        Some(self.group)
    }

    fn pub_key(&self) -> &[u8] {
        &self.public
    }

    fn group(&self) -> NamedGroup {
        self.name
    }
}

static SUITES: LazyLock<Vec<Tls12CipherSuite>> = LazyLock::new(|| {
    let pairs = [
        (
            CipherSuite::TLS_DHE_RSA_WITH_AES_128_GCM_SHA256,
            stock::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        ),
        (
            CipherSuite::TLS_DHE_RSA_WITH_AES_256_GCM_SHA384,
            stock::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        ),
        (
            CipherSuite::TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
            stock::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        ),
    ];
    pairs.iter().filter_map(|(suite, like)| with_dhe(*suite, like)).collect()
});

/// Returns a copy of a suite with another number and DHE as its key exchange.
fn with_dhe(suite: CipherSuite, like: &SupportedCipherSuite) -> Option<Tls12CipherSuite> {
    let SupportedCipherSuite::Tls12(like) = like else { return None };
    Some(Tls12CipherSuite {
        common: CipherSuiteCommon {
            suite,
            hash_provider: like.common.hash_provider,
            confidentiality_limit: like.common.confidentiality_limit,
        },
        prf_provider: like.prf_provider,
        kx: KeyExchangeAlgorithm::DHE,
        sign: like.sign,
        aead_alg: like.aead_alg,
    })
}

#[cfg(test)]
mod tests {
    use rustls::version::TLS12;

    use super::*;

    fn groups() -> Vec<&'static DhGroup> {
        DhGroup::for_client(&[])
    }

    fn exchange(group: &DhGroup, secret: &[u8]) -> Box<Exchange> {
        Box::new(Exchange::new(group, Zeroizing::new(secret.to_vec())).unwrap())
    }

    #[test]
    fn three_suites_with_openssls_numbers() {
        let numbers: Vec<u16> = suites().map(|suite| suite.suite().into()).collect();
        assert_eq!(numbers, [0x009e, 0x009f, 0xccaa]);
    }

    #[test]
    fn both_sides_come_to_the_same_secret() {
        for group in groups().into_iter().filter(|group| group.bits() <= 4096) {
            let (a, b) = (group.start().unwrap(), group.start().unwrap());
            assert_ne!(a.pub_key(), b.pub_key());
            let (to_a, to_b) = (b.pub_key().to_vec(), a.pub_key().to_vec());
            assert_eq!(to_a.len(), group.p.len());
            let (a, b) = (a.complete(&to_a).unwrap(), b.complete(&to_b).unwrap());
            assert_eq!(a.secret_bytes(), b.secret_bytes(), "{}", group.bits());
            assert_eq!(a.secret_bytes().len(), group.p.len());
        }
    }

    /// Group number; then for the secret 01 02 .. 20, by Python's pow and hashlib: SHA-256 of the
    /// public value; a peer's value whose shared secret begins with a zero byte; length and SHA-256
    /// of that secret without it.
    const ANSWERS: [(u16, &str, u32, usize, &str); 3] = [
        (
            0x0100,
            "53b37a098c5882b9f56495d787706d354ac8ebc273e680a7047c70228ce24ad3",
            61504,
            255,
            "081c198cfd880990d07db7710129074a94478e81a3c73554f3670fb89d551b7e",
        ),
        (
            0x01fc,
            "a3364dd3c22bcd7c748fc97b3a99f17f92f5669397e216167b9759dfb101a0d1",
            3844,
            255,
            "d95eff3a49035aac1316f5ae5ff805a3d71a72805752344eb160f23d7ec1d89f",
        ),
        (
            0x01fd,
            "9bcd9188dcbe8fa4332dc2dbe872469cc3427be7d54a2ba41b33d15f9ffc0a53",
            361,
            255,
            "36459c5ea467c0e95128f4d329849672f204afd5ef3e829fbac21ac1da013e5f",
        ),
    ];

    #[test]
    fn powers_are_those_of_another_implementation() {
        let secret: Vec<u8> = (1..=32).collect();
        let hex = |bytes: &[u8]| -> String {
            let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
            digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
        };
        for (number, public, peer, len, shared) in ANSWERS {
            let group = groups().into_iter().find(|group| group.number == number).unwrap();
            let exchange = exchange(group, &secret);
            assert_eq!(hex(exchange.pub_key()), public, "{number:04x}");
            let secret = exchange.complete_for_tls_version(&peer.to_be_bytes(), &TLS12).unwrap();
            assert_eq!(secret.secret_bytes().len(), len, "{number:04x}");
            assert_eq!(hex(secret.secret_bytes()), shared, "{number:04x}");
        }
    }

    #[test]
    fn leading_zeros_are_stripped_in_tls_12() {
        // 4^6 = 4096, below every p.
        let group = groups()[0];
        let secret = |tls12: bool| {
            let exchange: Box<dyn ActiveKeyExchange> = exchange(group, &[6]);
            if tls12 {
                exchange.complete_for_tls_version(&[4], &TLS12).unwrap()
            } else {
                exchange.complete(&[4]).unwrap()
            }
        };
        assert_eq!(secret(true).secret_bytes(), [0x10, 0]);
        assert_eq!(secret(false).secret_bytes(), [vec![0; 254], vec![0x10, 0]].concat());
    }

    #[test]
    fn a_public_value_at_the_edges_is_refused() {
        for group in groups().into_iter().filter(|group| group.bits() <= 3072) {
            let mut last = group.p.to_vec();
            *last.last_mut().unwrap() -= 1;
            let mut above = group.p.to_vec();
            above.insert(0, 1);
            for bad in [&[][..], &[0], &[1], &[0, 0, 1], &last, group.p, &above] {
                let error = exchange(group, &[7; 32]).complete(bad).err();
                assert_eq!(error, Some(PeerMisbehaved::InvalidKeyShare.into()), "{bad:02x?}");
            }
            assert!(exchange(group, &[7; 32]).complete(&[0, 0, 4]).is_ok());
        }
    }

    #[test]
    fn a_public_value_outside_of_the_subgroup_is_refused_where_g_stays_in_it() {
        for group in groups().into_iter().filter(|group| group.bits() <= 2048) {
            // p - 4 is no square: 4 is one, and -1 is none where p = 3 modulo 4.
            let mut odd = group.p.to_vec();
            *odd.last_mut().unwrap() -= 4;
            let is_refused = exchange(group, &[7; 32]).complete(&odd).is_err();
            assert_eq!(is_refused, !matches!(group.number, 0x01fc | 0x01fd), "{:x}", group.number);
        }
    }

    #[test]
    fn offered_groups_are_for_tls_12_only() {
        for group in groups() {
            assert_eq!(group.usable_for_version(ProtocolVersion::TLSv1_2), group.is_offered);
            assert!(!group.usable_for_version(ProtocolVersion::TLSv1_3));
        }
    }
}
