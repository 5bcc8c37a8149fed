//! Private keys under a passphrase: PKCS#8 with PBES2, and the encryption of PEM blocks that is older.
//!
//! PBKDF2 is ring's; AES and Triple DES in CBC, and MD5, are RustCrypto's, which ring lacks. No peer
//! sees what is decrypted here, and nothing is encrypted.

use std::num::NonZeroU32;

use aes::{Aes128, Aes192, Aes256};
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use des::TdesEde3;
use md5::{Digest, Md5};
use ring::pbkdf2;
use zeroize::Zeroizing;

use super::algorithm_id::split_body;
use super::integer::{number, positive};
use super::stack;
use crate::der::{Value, dotted, is_integer, tag};

/// The reason why a key is not decrypted.
#[derive(Debug, Eq, PartialEq)]
pub enum Undecrypted {
    /// The passphrase is another's, or the key is damaged.
    Passphrase,
    /// It is encrypted with this, which is not known here.
    Method(String),
    /// It cannot be read.
    Form,
}

/// Bytes that are wiped when dropped.
type Secret = Zeroizing<Vec<u8>>;

/// Decrypts an EncryptedPrivateKeyInfo (RFC 5958 section 3) to a PrivateKeyInfo.
///
/// # Errors
/// Why it is not decrypted.
///
/// # Source
/// RFC 8018 sections 6.2.2, A.2 and A.4. The parameters are those that OpenSSL writes; scrypt and the
/// schemes of PBES1 are not decrypted.
pub fn decrypt_pkcs8(der: &[u8], passphrase: &[u8]) -> Result<Secret, Undecrypted> {
    stack::wiped_after(|| pkcs8(der, passphrase))
}

fn pkcs8(der: &[u8], passphrase: &[u8]) -> Result<Secret, Undecrypted> {
    let (method, parameters, encrypted) = encrypted_key_info(der).ok_or(Undecrypted::Form)?;
    if method != PBES2 {
        return Err(Undecrypted::of(method));
    }
    let Schemes { derivation, encryption } = Schemes::read(parameters).ok_or(Undecrypted::Form)?;
    if derivation.oid != PBKDF2 {
        return Err(Undecrypted::of(derivation.oid));
    }
    let unknown = || Undecrypted::of(encryption.oid);
    let cipher = Cipher::by_oid(encryption.oid).ok_or_else(unknown)?;
    let iv = Value::whole_of(encryption.parameters, tag::OCTET_STRING).ok_or(Undecrypted::Form)?;
    let derivation = Derivation::read(derivation.parameters).ok_or(Undecrypted::Form)?;
    let key = derivation.key(cipher.key_len(), passphrase)?;
    cipher.decrypt(&key, iv, encrypted)
}

/// Decrypts the content of a PEM block with a `DEK-Info` header of this cipher and IV.
///
/// # Errors
/// Why it is not decrypted.
///
/// # Source
/// RFC 1421 section 4.6.1.1 for the headers. The key is OpenSSL's, from one round of MD5 over the
/// passphrase and the first eight octets of the IV: see NOTES of PEM_read_bio_PrivateKey(3).
pub fn decrypt_pem(
    cipher: &[u8],
    iv: &[u8],
    encrypted: &[u8],
    passphrase: &[u8],
) -> Result<Secret, Undecrypted> {
    stack::wiped_after(|| pem(cipher, iv, encrypted, passphrase))
}

fn pem(
    cipher: &[u8],
    iv: &[u8],
    encrypted: &[u8],
    passphrase: &[u8],
) -> Result<Secret, Undecrypted> {
    let unknown = || Undecrypted::Method(String::from_utf8_lossy(cipher).into_owned());
    let cipher = Cipher::by_name(cipher).ok_or_else(unknown)?;
    let salt = iv.get(..SALT).ok_or(Undecrypted::Form)?;
    let first = hash(&[passphrase, salt]);
    let second = hash(&[first.as_slice(), passphrase, salt]);
    let mut key = Zeroizing::new(Vec::with_capacity(MAX_KEY));
    let digests = first.iter().chain(second.iter());
    key.extend(digests.take(cipher.key_len()));
    cipher.decrypt(&key, iv, encrypted)
}

impl Undecrypted {
    /// An algorithm by its OID.
    fn of(oid: &[u8]) -> Self {
        let known = NAMES.iter().find(|(known, _)| *known == oid);
        Self::Method(known.map_or_else(|| dotted(oid), |(_, name)| (*name).to_owned()))
    }
}

/// A block cipher in CBC mode, with the padding of RFC 8018 section 6.1.1.
#[derive(Clone, Copy)]
enum Cipher {
    Aes128,
    Aes192,
    Aes256,
    TripleDes,
}

impl Cipher {
    fn by_oid(oid: &[u8]) -> Option<Self> {
        CIPHERS.iter().find(|(known, ..)| *known == oid).map(|(.., cipher)| *cipher)
    }

    fn by_name(name: &[u8]) -> Option<Self> {
        CIPHERS.iter().find(|(_, known, _)| known.as_bytes() == name).map(|(.., cipher)| *cipher)
    }

    fn key_len(self) -> usize {
        match self {
            Self::Aes128 => 16,
            Self::Aes192 | Self::TripleDes => 24,
            Self::Aes256 => MAX_KEY,
        }
    }

    fn decrypt(self, key: &[u8], iv: &[u8], encrypted: &[u8]) -> Result<Secret, Undecrypted> {
        let plain = match self {
            Self::Aes128 => decrypt(Decryptor::<Aes128>::new_from_slices(key, iv), encrypted),
            Self::Aes192 => decrypt(Decryptor::<Aes192>::new_from_slices(key, iv), encrypted),
            Self::Aes256 => decrypt(Decryptor::<Aes256>::new_from_slices(key, iv), encrypted),
            Self::TripleDes => decrypt(Decryptor::<TdesEde3>::new_from_slices(key, iv), encrypted),
        };
        let plain = plain.ok_or(Undecrypted::Form)?;
        plain.filter(|plain| begins_as_key(plain)).ok_or(Undecrypted::Passphrase)
    }
}

/// Returns the plaintext, `None` inside where the padding is wrong; `None` if the IV has another
/// length.
fn decrypt<E>(
    cipher: Result<impl BlockModeDecrypt, E>,
    encrypted: &[u8],
) -> Option<Option<Secret>> {
    let mut plain = Zeroizing::new(encrypted.to_vec());
    let len = cipher.ok()?.decrypt_padded::<Pkcs7>(&mut plain).map(<[u8]>::len).ok();
    Some(len.map(|len| {
        plain.truncate(len);
        plain
    }))
}

/// Whether it is a SEQUENCE that begins with an INTEGER, as every form of a key: a wrong passphrase
/// leaves a right padding once in 256 times.
fn begins_as_key(plain: &[u8]) -> bool {
    let mut fields = Value::whole(plain).and_then(|value| value.sequence());
    fields.as_mut().and_then(|fields| fields.take(tag::INTEGER)).is_some_and(is_integer)
}

/// Returns OID and parameters of the algorithm, and what it encrypted.
fn encrypted_key_info(der: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let mut fields = Value::whole(der)?.sequence()?;
    let (oid, parameters) = split_body(fields.take(tag::SEQUENCE)?)?;
    let encrypted = fields.take(tag::OCTET_STRING)?;
    fields.is_empty().then_some((oid, parameters, encrypted))
}

/// PBES2-params: the key derivation function and the encryption scheme.
struct Schemes<'a> {
    derivation: Algorithm<'a>,
    encryption: Algorithm<'a>,
}

struct Algorithm<'a> {
    oid: &'a [u8],
    parameters: &'a [u8],
}

impl<'a> Schemes<'a> {
    fn read(parameters: &'a [u8]) -> Option<Self> {
        let mut fields = Value::whole(parameters)?.sequence()?;
        let derivation = Algorithm::read(fields.take(tag::SEQUENCE)?)?;
        let encryption = Algorithm::read(fields.take(tag::SEQUENCE)?)?;
        fields.is_empty().then_some(Self { derivation, encryption })
    }
}

impl<'a> Algorithm<'a> {
    fn read(body: &'a [u8]) -> Option<Self> {
        split_body(body).map(|(oid, parameters)| Self { oid, parameters })
    }
}

/// PBKDF2-params.
struct Derivation<'a> {
    salt: &'a [u8],
    iterations: u64,
    key_len: Option<u64>,
    /// OID of the pseudorandom function.
    prf: &'a [u8],
}

impl<'a> Derivation<'a> {
    fn read(parameters: &'a [u8]) -> Option<Self> {
        let mut fields = Value::whole(parameters)?.sequence()?;
        let salt = fields.take(tag::OCTET_STRING)?;
        let iterations = number(positive(fields.take(tag::INTEGER)?)?)?;
        let key_len = match fields.take(tag::INTEGER) {
            Some(len) => Some(number(positive(len)?)?),
            None => None,
        };
        let prf = match fields.take(tag::SEQUENCE) {
            Some(algorithm) => split_body(algorithm)?.0,
            None => HMAC_SHA1,
        };
        fields.is_empty().then_some(Self { salt, iterations, key_len, prf })
    }

    fn key(&self, len: usize, passphrase: &[u8]) -> Result<Secret, Undecrypted> {
        let prf = PRFS.iter().find(|(oid, _)| *oid == self.prf);
        let (_, prf) = prf.ok_or_else(|| Undecrypted::of(self.prf))?;
        if self.key_len.is_some_and(|given| usize::try_from(given) != Ok(len)) {
            return Err(Undecrypted::Form);
        }
        let iterations = u32::try_from(self.iterations).ok().filter(|n| *n <= MAX_ITERATIONS);
        let too_many = || Undecrypted::Method(format!("PBKDF2 in {} rounds", self.iterations));
        let iterations = iterations.and_then(NonZeroU32::new).ok_or_else(too_many)?;
        let mut key = Zeroizing::new(vec![0; len]);
        pbkdf2::derive(*prf, iterations, self.salt, passphrase, &mut key);
        Ok(key)
    }
}

fn hash(parts: &[&[u8]]) -> Zeroizing<[u8; 16]> {
    let mut hasher = Md5::new();
    parts.iter().for_each(|part| hasher.update(part));
    Zeroizing::new(hasher.finalize().into())
}

/// Octets of the longest key.
const MAX_KEY: usize = 32;

/// Octets of the salt of a PEM block.
const SALT: usize = 8;

/// OpenSSL writes 2048. So many take a few seconds, and a file may ask for 2^32.
const MAX_ITERATIONS: u32 = 10_000_000;

/// OID in PBES2, name in a PEM header, cipher.
const CIPHERS: [(&[u8], &str, Cipher); 4] = [
    (b"\x60\x86\x48\x01\x65\x03\x04\x01\x02", "AES-128-CBC", Cipher::Aes128),
    (b"\x60\x86\x48\x01\x65\x03\x04\x01\x16", "AES-192-CBC", Cipher::Aes192),
    (b"\x60\x86\x48\x01\x65\x03\x04\x01\x2a", "AES-256-CBC", Cipher::Aes256),
    (b"\x2a\x86\x48\x86\xf7\x0d\x03\x07", "DES-EDE3-CBC", Cipher::TripleDes),
];

/// Pseudorandom functions of PBKDF2. ring has none with SHA-224.
static PRFS: [(&[u8], pbkdf2::Algorithm); 4] = [
    (HMAC_SHA1, pbkdf2::PBKDF2_HMAC_SHA1),
    (b"\x2a\x86\x48\x86\xf7\x0d\x02\x09", pbkdf2::PBKDF2_HMAC_SHA256),
    (b"\x2a\x86\x48\x86\xf7\x0d\x02\x0a", pbkdf2::PBKDF2_HMAC_SHA384),
    (b"\x2a\x86\x48\x86\xf7\x0d\x02\x0b", pbkdf2::PBKDF2_HMAC_SHA512),
];

const PBES2: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d";
const PBKDF2: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c";
const HMAC_SHA1: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x02\x07";

/// Names of what OpenSSL can write and is not decrypted here.
const NAMES: [(&[u8], &str); 4] = [
    (b"\x2b\x06\x01\x04\x01\xda\x47\x04\x0b", "scrypt"),
    (b"\x2a\x86\x48\x86\xf7\x0d\x02\x08", "HMAC with SHA-224"),
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x03", "PBES1 with MD5 and DES"),
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x03", "PBES1 with SHA-1 and Triple DES"),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6070 has PBKDF2's own vectors; ring is tested with them. This is how its parameters are
    /// read.
    #[test]
    fn parameters_with_and_without_what_may_be_left_out() {
        let salt = b"\x04\x02ab";
        let all =
            [&salt[..], b"\x02\x02\x08\x00\x02\x01\x10", b"\x30\x0c\x06\x08", SHA256, b"\x05\0"];
        let read = |parts: &[&[u8]]| {
            let body = parts.concat();
            let der = [&[0x30, u8::try_from(body.len()).unwrap()][..], &body].concat();
            Derivation::read(&der).map(|d| (d.iterations, d.key_len, d.prf.to_vec()))
        };
        assert_eq!(read(&all), Some((2048, Some(16), SHA256.to_vec())));
        assert_eq!(read(&[salt, b"\x02\x01\x01"]), Some((1, None, HMAC_SHA1.to_vec())));
        for bad in [
            &[&salt[..]][..],
            &[salt, b"\x02\x01\x00"],
            &[salt, b"\x02\x01\xff"],
            &[salt, b"\x02\x01\x01\x02\x01\x00"],
            &[salt, b"\x02\x01\x01\x05\x00"],
            &[b"\x30\x00", b"\x02\x01\x01"],
        ] {
            assert_eq!(read(bad), None, "{bad:02x?}");
        }
    }

    #[test]
    fn a_key_of_another_length_or_too_many_rounds_are_refused() {
        let derivation =
            |iterations, key_len| Derivation { salt: b"salt", iterations, key_len, prf: SHA256 };
        assert_eq!(derivation(1, Some(32)).key(32, b"x").map(|key| key.len()), Ok(32));
        assert_eq!(derivation(1, Some(16)).key(32, b"x"), Err(Undecrypted::Form));
        for rounds in [10_000_001, 1 << 32] {
            let told = Undecrypted::Method(format!("PBKDF2 in {rounds} rounds"));
            assert_eq!(derivation(rounds, None).key(32, b"x"), Err(told));
        }
    }

    #[test]
    fn no_bytes_make_it_panic() {
        for len in 0..40 {
            for byte in [0, 1, 0x30, 0xff] {
                let bytes = vec![byte; len];
                assert!(decrypt_pkcs8(&bytes, b"x").is_err());
                for name in ["AES-128-CBC", "DES-EDE3-CBC", ""] {
                    assert!(decrypt_pem(name.as_bytes(), &bytes, &bytes, b"x").is_err());
                }
            }
        }
    }

    const SHA256: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x02\x09";
}
