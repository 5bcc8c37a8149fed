//! The keys of `tests/data/keys/chains.pem`, and signatures with them. OpenSSL makes the
//! signatures: ring signs with fewer kinds of keys than it verifies, and lacks some entirely.

use crate::base64;
use crate::der;
use crate::oracle::Oracle;
use std::collections::HashMap;

/// A signature algorithm: its name, its identifier, its digest for OpenSSL.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Algorithm {
    pub name: &'static str,
    oid: &'static str,
    null: bool,
    digest: &'static str,
}

const fn algorithm(
    name: &'static str,
    oid: &'static str,
    null: bool,
    digest: &'static str,
) -> Algorithm {
    Algorithm { name, oid, null, digest }
}

pub const RSA: &[Algorithm] = &[
    algorithm("rsa-sha256", "1.2.840.113549.1.1.11", true, "SHA256"),
    algorithm("rsa-sha384", "1.2.840.113549.1.1.12", true, "SHA384"),
    algorithm("rsa-sha512", "1.2.840.113549.1.1.13", true, "SHA512"),
    algorithm("rsa-sha1", "1.2.840.113549.1.1.5", true, "SHA1"),
    algorithm("rsa-sha1", "1.2.840.113549.1.1.5", true, "SHA1"),
    algorithm("rsa-sha224", "1.2.840.113549.1.1.14", true, "SHA224"),
    algorithm("rsa-md5", "1.2.840.113549.1.1.4", true, "MD5"),
    // RFC 4055 demands NULL parameters; neither implementation enforces it.
    algorithm("rsa-sha256-absent", "1.2.840.113549.1.1.11", false, "SHA256"),
];
pub const EC: &[Algorithm] = &[
    algorithm("ecdsa-sha256", "1.2.840.10045.4.3.2", false, "SHA256"),
    algorithm("ecdsa-sha384", "1.2.840.10045.4.3.3", false, "SHA384"),
    algorithm("ecdsa-sha512", "1.2.840.10045.4.3.4", false, "SHA512"),
    algorithm("ecdsa-sha1", "1.2.840.10045.4.1", false, "SHA1"),
    algorithm("ecdsa-sha224", "1.2.840.10045.4.3.1", false, "SHA224"),
    algorithm("ecdsa-sha256-null", "1.2.840.10045.4.3.2", true, "SHA256"),
];
pub const ED25519: Algorithm = algorithm("ed25519", "1.3.101.112", false, "");
const ED448: Algorithm = algorithm("ed448", "1.3.101.113", false, "");
const DSA: Algorithm = algorithm("dsa-sha256", "2.16.840.1.101.3.4.3.2", false, "SHA256");
/// A signature algorithm that does not exist.
pub const UNKNOWN: Algorithm = algorithm("unknown", "1.3.6.1.4.1.99999.7", false, "SHA256");

impl Algorithm {
    /// The AlgorithmIdentifier.
    pub fn der(self) -> Vec<u8> {
        let null = if self.null { vec![5, 0] } else { Vec::new() };
        der::sequence(&[der::oid(self.oid), null])
    }

    /// Whether ring lacks it, for all keys or for `key`.
    pub fn is_foreign(self, key: &Key) -> bool {
        let curve_and_digest = matches!(
            (key.name.split('-').next(), self.digest),
            (Some("p256"), "SHA256" | "SHA384") | (Some("p384"), "SHA256" | "SHA384")
        );
        match key.kind() {
            // From 1024 to 2047 bits ring has RSA with SHA-1, SHA-256 and SHA-512 only.
            "rsa" => match self.digest {
                "SHA224" | "MD5" => true,
                "SHA384" => !key.name.starts_with("rsa2048"),
                _ => key.name.starts_with("rsa900"),
            },
            "ec" => !curve_and_digest,
            "ed25519" => false,
            _ => true,
        }
    }
}

pub struct Key {
    pub name: String,
    pub public: Vec<u8>,
}

impl Key {
    fn kind(&self) -> &'static str {
        match self.name.split('-').next().unwrap_or_default() {
            "ed25519" => "ed25519",
            "ed448" => "ed448",
            "dsa2048" => "dsa",
            name if name.starts_with("rsa") => "rsa",
            _ => "ec",
        }
    }

    /// The algorithms of this key; the usual one first.
    pub fn algorithms(&self) -> &'static [Algorithm] {
        match self.kind() {
            "rsa" => RSA,
            "ec" if self.name.starts_with("p384") || self.name.starts_with("p521") => &EC[1..],
            "ec" => EC,
            "ed25519" => &[ED25519],
            "ed448" => &[ED448],
            _ => &[DSA],
        }
    }

    /// Returns a key identifier, which can be any function of the key (RFC 5280 section 4.2.1.2).
    pub fn identifier(&self) -> &[u8] {
        &self.public[self.public.len() - 20..]
    }
}

/// All keys by number, and OpenSSL, which signs with them.
pub struct Keys {
    pub all: Vec<Key>,
    signer: Oracle,
    signed: HashMap<(usize, &'static str, Vec<u8>), Vec<u8>>,
}

/// Signatures that are kept, since the same roots occur in many cases.
const SIGNATURES_KEPT: usize = 20_000;

impl Keys {
    pub fn read(mut signer: Oracle) -> Self {
        let blocks = include_str!("../data/keys/chains.pem").split("-----END PRIVATE KEY-----\n");
        let all = blocks.filter_map(|block| {
            let (name, body) = block.split_once("\n-----BEGIN PRIVATE KEY-----\n")?;
            let public = signer.keep_key(&base64::decode(body).expect("base64"));
            Some(Key { name: name.to_owned(), public })
        });
        Self { all: all.collect(), signer, signed: HashMap::new() }
    }

    /// The numbers of the keys whose names begin with one of `prefixes`.
    pub fn named(&self, prefixes: &[&str]) -> Vec<usize> {
        let is = |key: &Key| prefixes.iter().any(|prefix| key.name.starts_with(prefix));
        (0..self.all.len()).filter(|i| is(&self.all[*i])).collect()
    }

    pub fn signature(&mut self, key: usize, algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
        let place = (key, algorithm.digest, message.to_vec());
        if let Some(signature) = self.signed.get(&place) {
            return signature.clone();
        }
        if self.signed.len() > SIGNATURES_KEPT {
            self.signed.clear();
        }
        // An algorithm for another kind of key, so a digest may be missing or superfluous.
        let digest = match (self.all[key].algorithms()[0].digest, algorithm.digest) {
            ("", _) => "",
            (own, "") => own,
            (_, digest) => digest,
        };
        let signature = self.signer.sign(key, digest, message);
        self.signed.insert(place, signature.clone());
        signature
    }

    /// Returns the oracle, for requests between cases.
    pub fn oracle(&mut self) -> &mut Oracle {
        &mut self.signer
    }
}
