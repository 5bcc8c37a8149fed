//! The keys of one direction: what protects a record, and the number of the next one.

use super::frame::Header;
use super::limits;
use crate::crypto::{RecordKeys, aead};

/// An AEAD's key with the state that its nonces are made of. `open` and `seal` are in files of their
/// own.
pub struct Keys {
    pub(super) key: aead::LessSafeKey,
    pub(super) form: Form,
    /// The nonce is `salt`, and `mask` with the record's number in it (RFC 8446 section 5.3).
    salt: u32,
    mask: u64,
    /// Number of the next record.
    pub(super) sequence: u64,
    /// Number of records of application data that the key may protect.
    limit: u64,
}

/// How a record is made of its content.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// RFC 8446 section 5.2: the content type stands inside, the header is authenticated.
    Tls13,
    /// AES-GCM in TLS 1.2: eight octets of the nonce stand in front (RFC 5288 section 3).
    ExplicitNonce,
    /// ChaCha20-Poly1305 in TLS 1.2 (RFC 7905 section 2).
    ImplicitNonce,
}

impl Keys {
    /// Takes over keys, and the number of the next record, from rustls.
    pub fn new(keys: &RecordKeys, is_tls13: bool) -> Option<Self> {
        Self::from_parts(keys.aead(), keys.key(), keys.iv(), keys.next_record, is_tls13)
    }

    /// Makes keys of an AEAD's key and of a nonce of 12 bytes.
    pub fn from_parts(
        algorithm: &'static aead::Algorithm,
        key: &[u8],
        iv: &[u8],
        sequence: u64,
        is_tls13: bool,
    ) -> Option<Self> {
        let is_gcm = *algorithm != aead::CHACHA20_POLY1305;
        let (salt, mask) = iv.split_first_chunk()?;
        let form = match (is_tls13, is_gcm) {
            (true, _) => Form::Tls13,
            (false, true) => Form::ExplicitNonce,
            (false, false) => Form::ImplicitNonce,
        };
        Some(Self {
            key: aead::LessSafeKey::new(aead::UnboundKey::new(algorithm, key).ok()?),
            form,
            salt: u32::from_be_bytes(*salt),
            mask: u64::from_be_bytes(mask.try_into().ok()?),
            sequence,
            limit: if is_gcm { limits::GCM_RECORDS } else { limits::MOST_RECORDS },
        })
    }

    /// Returns how many records of application data the key may still protect.
    pub fn records_left(&self) -> u64 {
        self.limit.saturating_sub(self.sequence)
    }

    pub fn aead(&self) -> &'static aead::Algorithm {
        self.key.algorithm()
    }

    pub fn is_tls13(&self) -> bool {
        self.form == Form::Tls13
    }

    /// Bytes of a record before its content.
    pub fn headroom(&self) -> usize {
        match self.form {
            Form::Tls13 | Form::ImplicitNonce => Header::LEN,
            Form::ExplicitNonce => Header::LEN.saturating_add(EXPLICIT_NONCE),
        }
    }

    /// Bytes of a record behind its content.
    pub fn tailroom(&self) -> usize {
        if self.is_tls13() { TAG.saturating_add(1) } else { TAG }
    }

    /// Returns the eight octets of the nonce that change with each record, as a number.
    pub(super) fn counter(&self) -> u64 {
        self.mask ^ self.sequence
    }

    /// Returns the nonce of a record with this counter. It is stored as eight octets and four, which is
    /// how it is read: a CPU waits for octets that are read together and were stored apart.
    pub(super) fn nonce(&self, counter: u64) -> aead::Nonce {
        let front = (u64::from(self.salt) << 32) | (counter >> 32);
        let [a, b, c, d, e, f, g, h] = front.to_be_bytes();
        let [.., i, j, k, l] = counter.to_be_bytes();
        aead::Nonce::assume_unique_for_key([a, b, c, d, e, f, g, h, i, j, k, l])
    }

    /// Returns the additional data of TLS 1.2 (RFC 5246 section 6.2.3.3): number, type and version as
    /// in the header, and the length of the content.
    pub(super) fn additional_data(&self, head: [u8; Header::LEN], len: u16) -> aead::Aad<[u8; 13]> {
        let [s, e, q, u, n, c, i, v] = self.sequence.to_be_bytes();
        let [kind, major, minor, ..] = head;
        let [high, low] = len.to_be_bytes();
        aead::Aad::from([s, e, q, u, n, c, i, v, kind, major, minor, high, low])
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("form", &self.form).field("sequence", &self.sequence).finish()
    }
}

/// Length of a tag: the same for the three AEADs.
pub(super) const TAG: usize = 16;

/// Octets of a nonce that stand in a record of AES-GCM in TLS 1.2.
pub(super) const EXPLICIT_NONCE: usize = 8;
