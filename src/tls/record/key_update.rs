//! The keys behind a KeyUpdate (RFC 8446 section 7.2).

use ring::hkdf;
use zeroize::Zeroizing;

use super::keys::Keys;
use super::secret::TrafficSecret;
use crate::crypto::aead;

impl TrafficSecret {
    /// Goes on to the next secret, and returns the keys that are made of it; `None` if it is no
    /// secret of a suite.
    pub fn next_keys(&mut self, aead: &'static aead::Algorithm) -> Option<Keys> {
        let prk = self.prk()?;
        expand(&prk, b"traffic upd", self.bytes_mut())?;
        self.keys(aead)
    }

    /// Returns the keys that are made of the secret (RFC 8446 section 7.3).
    fn keys(&mut self, aead: &'static aead::Algorithm) -> Option<Keys> {
        let prk = self.prk()?;
        let mut key = Zeroizing::new([0; 32]);
        let key = key.get_mut(..aead.key_len())?;
        let mut iv = [0; aead::NONCE_LEN];
        expand(&prk, b"key", key)?;
        expand(&prk, b"iv", &mut iv)?;
        Keys::from_parts(aead, key, &iv, 0, true)
    }

    fn prk(&mut self) -> Option<hkdf::Prk> {
        let secret = self.bytes_mut();
        // A secret is as long as the hash of its suite.
        let algorithm = match secret.len() {
            32 => hkdf::HKDF_SHA256,
            48 => hkdf::HKDF_SHA384,
            _ => return None,
        };
        Some(hkdf::Prk::new_less_safe(algorithm, secret))
    }
}

/// Fills `out` by HKDF-Expand-Label without context (RFC 8446 section 7.1).
fn expand(prk: &hkdf::Prk, label: &[u8], out: &mut [u8]) -> Option<()> {
    let len = u16::try_from(out.len()).ok()?.to_be_bytes();
    let label_len = u8::try_from(PREFIX.len().saturating_add(label.len())).ok()?;
    let info = [&len[..], &[label_len], PREFIX, label, &[0]];
    prk.expand(&info, Len(out.len())).ok()?.fill(out).ok()
}

/// The length of what is expanded.
struct Len(usize);

impl hkdf::KeyType for Len {
    fn len(&self) -> usize {
        self.0
    }
}

const PREFIX: &[u8] = b"tls13 ";

#[cfg(test)]
mod tests {
    use super::super::vectors::{hex, sealed};
    use super::*;

    /// A secret, and the keys of its direction: now, and behind one and two KeyUpdates.
    struct Vector {
        aead: &'static aead::Algorithm,
        secret: &'static str,
        keys: [[&'static str; 2]; 3],
    }

    /// The first keys of the first two are those of RFC 8448 section 3. All others are what OpenSSL
    /// 3.0.22 derives: `openssl kdf -keylen LEN -kdfopt digest:HASH -kdfopt mode:EXPAND_ONLY -kdfopt
    /// hexkey:SECRET -kdfopt 'prefix:tls13 ' -kdfopt label:LABEL TLS13-KDF`, where LABEL is "traffic
    /// upd" for the next secret, and "key" and "iv" for its keys.
    const VECTORS: &[Vector] = &[
        Vector {
            aead: &aead::AES_128_GCM,
            secret: "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5",
            keys: [
                ["17422dda596ed5d9acd890e3c63f5051", "5b78923dee08579033e523d9"],
                ["3879d82f5f14056e623f2ce5bfc66fce", "5dfb2c5938c3379b6cc5d1f2"],
                ["215f086ece93c88043a7d492b236c774", "f3c0ed95225a0800394de786"],
            ],
        },
        Vector {
            aead: &aead::AES_128_GCM,
            secret: "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643",
            keys: [
                ["9f02283b6c9c07efc26bb9f2ac92e356", "cf782b88dd83549aadf1e984"],
                ["2e63be99d67b39097feb9786cf7a15a0", "628a0a8298ac953baef4255a"],
                ["65b9c2b0f1a857bc47aac35f79d007c8", "3945073c176791288c5d8ce5"],
            ],
        },
        Vector {
            aead: &aead::AES_256_GCM,
            secret: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\
                202122232425262728292a2b2c2d2e2f",
            keys: [
                [
                    "6877d022f1c61d24ebb7487c16752d9a4798e40431c75b39320e537c90e23225",
                    "42822531a0fe88648fc09e9f",
                ],
                [
                    "eb354f3b48924ed78de34dd8aa6a6a0a51d857ddad1454d5cfa7b69f60712911",
                    "8478ffbe4f2e5450789775b3",
                ],
                [
                    "2d9c985947a6214bd2d1eef320171612b39ade8f7b8f0df6c09023ab183d172e",
                    "fd5be82f2a1fe585114075cc",
                ],
            ],
        },
        Vector {
            aead: &aead::CHACHA20_POLY1305,
            secret: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            keys: [
                [
                    "2ffbc449e87844051c7768f61ffd8ad070830f01ec2c520ef65f08e8296dffa0",
                    "2f41c846a431a163814bcd71",
                ],
                [
                    "c690ede9a7525f64b759094f3bda2da3b5b52e50cffacd89a37bdf85affdd091",
                    "4ef68fed17d39b5f23bb4b30",
                ],
                [
                    "a0bbbcfeba507420e29aff13ebeaeb194782449236bef1c04640793d86732721",
                    "2739edacb4dc79885391a769",
                ],
            ],
        },
    ];

    #[test]
    fn keys_are_those_of_other_implementations() {
        for vector in VECTORS {
            let mut secret = TrafficSecret::default();
            secret.set(&hex(vector.secret));
            for (updates, [key, iv]) in vector.keys.iter().enumerate() {
                let made = match updates {
                    0 => secret.keys(vector.aead),
                    _ => secret.next_keys(vector.aead),
                };
                let expected = Keys::from_parts(vector.aead, &hex(key), &hex(iv), 0, true);
                // Keys cannot be compared, but what they seal.
                let [made, expected] =
                    [made, expected].map(|keys| sealed(&mut keys.unwrap(), 23, b"row"));
                assert_eq!(made, expected, "{} {updates}", vector.secret);
            }
        }
    }

    #[test]
    fn what_is_no_secret_makes_no_keys() {
        for len in [0, 1, 31, 33, 47, 49, 64] {
            let mut secret = TrafficSecret::default();
            secret.set(&vec![7; len]);
            assert!(secret.next_keys(&aead::AES_128_GCM).is_none(), "{len}");
        }
    }
}
