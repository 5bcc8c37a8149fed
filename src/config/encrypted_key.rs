//! A private key under a passphrase, in PEM or DER.

use base64ct::{Base64, Encoding};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer};
use zeroize::Zeroizing;

use super::passphrase::Passphrase;
use super::pem::{BEGIN, DASHES, END, is_der, lines};
use super::pem_sections::{Secret, append};
use crate::crypto::{Undecrypted, decrypt_pem, decrypt_pkcs8};
use crate::error::{Code, Error};

/// Decrypts the first private key of a file.
///
/// # Errors
/// `KeyEncrypted` if the passphrase does not fit, the method is not known, or the first key is not
/// encrypted and another one is: which of the two is meant nobody can say. `NoKey` if it is damaged.
pub fn read(
    data: &[u8],
    passphrase: &Passphrase,
) -> Result<Zeroizing<PrivateKeyDer<'static>>, Error> {
    let passphrase = passphrase.bytes();
    if is_der(data) {
        let der = decrypt_pkcs8(data, passphrase).map_err(explain)?;
        return Ok(Zeroizing::new(PrivatePkcs8KeyDer::from(der.to_vec()).into()));
    }
    let Block { label, cipher, mut digits } = Block::first(data).ok_or_else(damaged)?;
    let encrypted = Base64::decode_in_place(&mut digits).map_err(|_| damaged())?;
    let der = match cipher {
        _ if label == ENCRYPTED => decrypt_pkcs8(encrypted, passphrase),
        Some(Cipher { name, iv }) => decrypt_pem(name, &iv, encrypted, passphrase),
        None => return Err(Code::KeyEncrypted.into()),
    };
    let der = der.map_err(explain)?.to_vec();
    Ok(Zeroizing::new(match label {
        b"RSA PRIVATE KEY" => PrivatePkcs1KeyDer::from(der).into(),
        b"EC PRIVATE KEY" => PrivateSec1KeyDer::from(der).into(),
        _ => PrivatePkcs8KeyDer::from(der).into(),
    }))
}

/// A PEM block of a private key.
struct Block<'a> {
    label: &'a [u8],
    cipher: Option<Cipher<'a>>,
    digits: Secret,
}

/// What its `DEK-Info` header says.
struct Cipher<'a> {
    name: &'a [u8],
    iv: Vec<u8>,
}

impl<'a> Block<'a> {
    /// Reads the first block of a key; `None` if there is none, or if it is damaged.
    fn first(data: &'a [u8]) -> Option<Self> {
        let mut lines = lines(data).map(|(_, line)| line);
        let label = lines.find_map(|line| {
            let label = line.strip_prefix(BEGIN)?.strip_suffix(DASHES)?;
            LABELS.contains(&label).then_some(label)
        })?;
        let mut block = Self { label, cipher: None, digits: Secret::default() };
        for line in lines {
            if let Some(rest) = line.strip_prefix(END) {
                return (rest.strip_suffix(DASHES) == Some(label)).then_some(block);
            }
            match line.strip_prefix(b"DEK-Info:") {
                Some(info) => block.cipher = Some(Cipher::read(info)?),
                // Another header, which base64 cannot be.
                None if line.contains(&b':') => {}
                None => append(&mut block.digits, line),
            }
        }
        None
    }
}

impl<'a> Cipher<'a> {
    fn read(info: &'a [u8]) -> Option<Self> {
        let comma = info.iter().position(|byte| *byte == b',')?;
        let (name, iv) = info.split_at_checked(comma)?;
        let digit = |digit: &u8| char::from(*digit).to_digit(16).and_then(|d| u8::try_from(d).ok());
        let digits: Option<Vec<u8>> = iv.get(1..)?.trim_ascii().iter().map(digit).collect();
        let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
        let octet = |pair: &[u8]| pair.iter().fold(0, |octet, digit| octet << 4 | digit);
        Some(Self { name: name.trim_ascii(), iv: digits.chunks(2).map(octet).collect() })
    }
}

fn explain(why: Undecrypted) -> Error {
    match why {
        Undecrypted::Passphrase => {
            let what = "ssl_passphrase does not fit, or the key is damaged";
            let hint = "Set ssl_passphrase to the passphrase of this key.";
            Error::detail(Code::KeyEncrypted, what).with_hint(hint)
        }
        Undecrypted::Method(name) => {
            Error::detail(Code::KeyEncrypted, format!("with {name}, which is not decrypted here"))
        }
        Undecrypted::Form => damaged(),
    }
}

fn damaged() -> Error {
    Error::detail(Code::NoKey, "an encrypted private key in it is damaged")
}

/// The label of PKCS#8 that is encrypted.
const ENCRYPTED: &[u8] = b"ENCRYPTED PRIVATE KEY";

/// Labels of keys that can be used; the others can have headers of encryption.
const LABELS: [&[u8]; 4] = [ENCRYPTED, b"PRIVATE KEY", b"RSA PRIVATE KEY", b"EC PRIVATE KEY"];
