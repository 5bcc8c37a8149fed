//! The keys that rustls made for the records of one direction.

#![cfg_attr(
    feature = "rustls-records",
    allow(dead_code, reason = "rustls itself goes on with its keys")
)]

use rustls::CipherSuite;
use zeroize::Zeroizing;

use super::aead;

/// What protects the records of one direction, and the number of the next one.
pub struct RecordKeys {
    aead: &'static aead::Algorithm,
    key: Zeroizing<[u8; MAX_KEY]>,
    iv: [u8; aead::NONCE_LEN],
    pub next_record: u64,
}

impl RecordKeys {
    /// Copies new keys. The nonce is made of `iv` and what AES-GCM has behind it in TLS 1.2: `explicit`
    /// for what we seal, and nothing for what we open, where it stands in the record.
    pub(super) fn new(
        aead: &'static aead::Algorithm,
        key: &[u8],
        iv: &[u8],
        explicit: &[u8],
    ) -> Self {
        let mut keys =
            Self { aead, key: Zeroizing::default(), iv: Default::default(), next_record: 0 };
        keys.key.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
        keys.iv.iter_mut().zip(iv.iter().chain(explicit)).for_each(|(to, from)| *to = *from);
        keys
    }

    pub fn aead(&self) -> &'static aead::Algorithm {
        self.aead
    }

    pub fn key(&self) -> &[u8] {
        self.key.get(..self.aead.key_len()).unwrap_or_default()
    }

    pub fn iv(&self) -> &[u8] {
        &self.iv
    }
}

/// Returns the AEAD of a suite whose keys have this length.
pub(super) fn aead_of(suite: CipherSuite, key_len: usize) -> &'static aead::Algorithm {
    match (u16::from(suite), key_len) {
        // RFC 8446 appendix B.4, RFC 7905 section 3.
        (0x1303 | 0xcca8..=0xccaa, _) => &aead::CHACHA20_POLY1305,
        (_, 16) => &aead::AES_128_GCM,
        _ => &aead::AES_256_GCM,
    }
}

/// Length of the longest key.
const MAX_KEY: usize = 32;
