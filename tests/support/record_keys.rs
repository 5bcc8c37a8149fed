//! The keys of one direction of a connection, with which a test makes records that no library makes,
//! and opens those of either end. The fuzz targets share the file.

use ring::{aead, hkdf};
use rustls::ConnectionTrafficSecrets;

/// An AEAD's key, and the number of the next record.
pub struct Direction {
    is_tls13: bool,
    key: aead::LessSafeKey,
    iv: [u8; 12],
    number: u64,
    has_explicit_nonce: bool,
    /// TLS 1.3: the traffic secret.
    secret: Vec<u8>,
}

impl Direction {
    pub fn new(
        (number, secrets): (u64, ConnectionTrafficSecrets),
        is_tls13: bool,
        secret: Vec<u8>,
    ) -> Self {
        let (algorithm, key, iv) = match secrets {
            ConnectionTrafficSecrets::Aes256Gcm { key, iv } => (&aead::AES_256_GCM, key, iv),
            ConnectionTrafficSecrets::Aes128Gcm { key, iv } => (&aead::AES_128_GCM, key, iv),
            ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv } => {
                (&aead::CHACHA20_POLY1305, key, iv)
            }
            _ => panic!("another AEAD"),
        };
        let key = aead::UnboundKey::new(algorithm, key.as_ref()).expect("a key");
        Self {
            is_tls13,
            key: aead::LessSafeKey::new(key),
            iv: iv.as_ref().try_into().expect("12 octets"),
            number,
            has_explicit_nonce: !is_tls13 && *algorithm != aead::CHACHA20_POLY1305,
            secret,
        }
    }

    /// Seals a record of this type; in TLS 1.3 it is the inner one.
    pub fn record(&mut self, kind: u8, content: &[u8]) -> Vec<u8> {
        if self.is_tls13 {
            return self.inner(&[content, &[kind]].concat());
        }
        let (nonce, explicit) = self.next_nonce();
        let aad = tls12_data(self.number - 1, [kind, 3, 3], content.len());
        let mut sealed = content.to_vec();
        self.key.seal_in_place_append_tag(nonce, aad, &mut sealed).expect("a record");
        framed(kind, &[explicit, sealed].concat())
    }

    /// TLS 1.3: seals a record with this TLSInnerPlaintext.
    pub fn inner(&mut self, inner: &[u8]) -> Vec<u8> {
        assert!(self.is_tls13);
        let mut sealed = inner.to_vec();
        let [high, low] = u16::try_from(inner.len() + 16).expect("a length").to_be_bytes();
        let (nonce, _) = self.next_nonce();
        let header = aead::Aad::from([APPLICATION_DATA, 3, 3, high, low]);
        self.key.seal_in_place_append_tag(nonce, header, &mut sealed).expect("a record");
        framed(APPLICATION_DATA, &sealed)
    }

    /// Opens the body of a record; returns its type, in TLS 1.3 the inner one, and its content.
    pub fn open(&mut self, kind: u8, mut body: Vec<u8>) -> (u8, Vec<u8>) {
        let number = self.number;
        if self.is_tls13 {
            assert_eq!(kind, APPLICATION_DATA, "the outer type of a record in TLS 1.3");
            let [high, low] = u16::try_from(body.len()).expect("a length").to_be_bytes();
            let (nonce, _) = self.next_nonce();
            let header = aead::Aad::from([kind, 3, 3, high, low]);
            let inner = self.key.open_in_place(nonce, header, &mut body).expect("a record");
            let mut inner = inner.to_vec();
            return (inner.pop().expect("a content type"), inner);
        }
        let explicit = if self.has_explicit_nonce { 8 } else { 0 };
        let (own_nonce, _) = self.next_nonce();
        let (front, sealed) = body.split_at_mut(explicit);
        let nonce = match <[u8; 8]>::try_from(&*front) {
            Ok(counter) => {
                let nonce = [&self.iv[..4], &counter].concat();
                aead::Nonce::try_assume_unique_for_key(&nonce).expect("12 octets")
            }
            Err(_) => own_nonce,
        };
        let aad = tls12_data(number, [kind, 3, 3], sealed.len() - 16);
        (kind, self.key.open_in_place(nonce, aad, sealed).expect("a record").to_vec())
    }

    pub fn is_tls13(&self) -> bool {
        self.is_tls13
    }

    /// RFC 8446 section 7.2.
    pub fn update(&mut self) {
        self.secret = expand(&self.secret, "traffic upd", self.secret.len());
        let algorithm = self.key.algorithm();
        let key = expand(&self.secret, "key", algorithm.key_len());
        self.key = aead::LessSafeKey::new(aead::UnboundKey::new(algorithm, &key).expect("a key"));
        self.iv = expand(&self.secret, "iv", 12).try_into().expect("12 octets");
        self.number = 0;
    }

    /// Returns the next record's nonce, and what of it stands in the record.
    fn next_nonce(&mut self) -> (aead::Nonce, Vec<u8>) {
        let mut nonce = self.iv;
        for (byte, part) in nonce[4..].iter_mut().zip(self.number.to_be_bytes()) {
            *byte ^= part;
        }
        self.number += 1;
        let explicit = if self.has_explicit_nonce { nonce[4..].to_vec() } else { Vec::new() };
        (aead::Nonce::assume_unique_for_key(nonce), explicit)
    }
}

/// The additional data of RFC 5246 section 6.2.3.3.
fn tls12_data(number: u64, head: [u8; 3], len: usize) -> aead::Aad<Vec<u8>> {
    let len = u16::try_from(len).expect("a length");
    aead::Aad::from([&number.to_be_bytes()[..], &head, &len.to_be_bytes()].concat())
}

/// HKDF-Expand-Label (RFC 8446 section 7.1) with an empty context.
fn expand(secret: &[u8], label: &str, len: usize) -> Vec<u8> {
    struct Len(usize);
    impl hkdf::KeyType for Len {
        fn len(&self) -> usize {
            self.0
        }
    }
    let algorithm = if secret.len() == 32 { hkdf::HKDF_SHA256 } else { hkdf::HKDF_SHA384 };
    let label = format!("tls13 {label}");
    let lengths = [&u16::try_from(len).expect("a length").to_be_bytes()[..], &[label.len() as u8]];
    let info = [&lengths.concat()[..], label.as_bytes(), &[0]];
    let mut out = vec![0; len];
    let prk = hkdf::Prk::new_less_safe(algorithm, secret);
    prk.expand(&info, Len(len)).expect("a length").fill(&mut out).expect("a length");
    out
}

/// Puts a header in front of a record's body.
fn framed(kind: u8, body: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(body.len()).expect("a length").to_be_bytes();
    [&[kind, 3, 3, high, low], body].concat()
}

const APPLICATION_DATA: u8 = 23;
