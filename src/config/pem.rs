//! Readers of certificate, key, CRL and DH parameter files, in PEM or DER.
//!
//! The reader of rustls-pki-types knows neither `X509 CERTIFICATE` nor `TRUSTED CERTIFICATE` and
//! passes both over in silence, and it frees a key's text as it is: blocks are found and decoded
//! here, keys in `pem_sections`.
//!
//! # Source
//! OpenSSL's PEM_read_bio() (labels, text between blocks, white space at line ends); RFC 7468.

use std::io::BufRead as _;
use std::ops::Deref;
use std::sync::Arc;

use rustls_pki_types::pem::SectionKind;
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer};
use zeroize::Zeroizing;

use super::base64::Decoder;
use super::file_kind::{Wanted, explain, is_other};
use super::passphrase::Passphrase;
use super::pem_sections::{self, Secret};
use crate::crypto::DhGroup;
use crate::der::{Reader, Value, tag};
use crate::error::{Code, Error};
use crate::trust::{Certificate, Malformed, RevocationList};

/// Returns all certificates, in PEM with text between them ignored, or one in DER.
///
/// # Errors
/// `Pem` if there is none, or if one cannot be read; `TrustedCert`.
pub fn certificates(data: &[u8]) -> Result<Vec<Arc<Certificate>>, Error> {
    read_certificates(data).map_err(|error| explain(error, data, Wanted::Certificate))
}

fn read_certificates(data: &[u8]) -> Result<Vec<Arc<Certificate>>, Error> {
    let found = contents(data, &CERTIFICATE, Some(TRUSTED))?;
    if found.is_empty() {
        return Err(Error::detail(Code::Pem, "no certificate in it"));
    }
    let read = |(i, content): (usize, &Content)| {
        Certificate::parse(content.value()).map(Arc::new).map_err(|Malformed(why)| {
            let which = content.place(i, "certificate", found.len());
            let why = format!("not an X.509 certificate that can be read: {which}{why}");
            Error::detail(Code::Pem, why)
        })
    };
    found.iter().enumerate().map(read).collect()
}

/// Returns all revocation lists; certificates beside them are passed over and never become trusted.
///
/// # Errors
/// `Crl` if there is none, or if one cannot be read.
pub fn revocation_lists(data: &[u8]) -> Result<Vec<Arc<RevocationList>>, Error> {
    read_revocation_lists(data).map_err(|error| explain(error, data, Wanted::List))
}

fn read_revocation_lists(data: &[u8]) -> Result<Vec<Arc<RevocationList>>, Error> {
    let found = contents(data, &CRL, None).map_err(|e| e.with_code(Code::Crl))?;
    if found.is_empty() {
        return Err(Error::detail(Code::Crl, "no X.509 CRL in it"));
    }
    let read = |(i, content): (usize, &Content)| {
        RevocationList::parse(content.value()).map(Arc::new).map_err(|Malformed(why)| {
            let which = content.place(i, "list", found.len());
            Error::detail(Code::Crl, format!("not an X.509 CRL that can be read: {which}{why}"))
        })
    };
    found.iter().enumerate().map(read).collect()
}

/// Returns all Diffie-Hellman groups, as `openssl dhparam` writes them.
///
/// # Errors
/// `Pem` if there is none, or if one cannot be used.
pub fn dh_groups(data: &[u8]) -> Result<Vec<&'static DhGroup>, Error> {
    read_dh_groups(data).map_err(|error| explain(error, data, Wanted::Groups))
}

fn read_dh_groups(data: &[u8]) -> Result<Vec<&'static DhGroup>, Error> {
    let found = contents(data, &DH_PARAMETERS, None)?;
    if found.is_empty() {
        return Err(Error::detail(Code::Pem, "no DH PARAMETERS in it"));
    }
    if found.len() > MAX_DH_GROUPS {
        let why = format!("more than {MAX_DH_GROUPS} DH PARAMETERS in it");
        return Err(Error::detail(Code::Pem, why));
    }
    let unusable = |why| Error::detail(Code::Pem, why);
    found.iter().map(|content| DhGroup::parse(&content.der).map_err(unusable)).collect()
}

/// Whether PEM text has a block of a certificate, also of one that is refused.
pub fn has_certificate(data: &[u8]) -> bool {
    has_block(data, &CERTIFICATE) || has_block(data, &[TRUSTED])
}

/// Whether PEM text has a block of a revocation list, as a CA file may.
pub fn has_revocation_list(data: &[u8]) -> bool {
    has_block(data, &CRL)
}

fn has_block(data: &[u8], labels: &[&str]) -> bool {
    let text = data.strip_prefix(BYTE_ORDER_MARK).unwrap_or(data);
    !is_der(data)
        && dashed_lines(text).any(|line| {
            let label = line.strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(DASHES));
            label.is_some_and(|label| labels.iter().any(|wanted| wanted.as_bytes() == label))
        })
}

/// Returns the lines that begin with a dash, without the white space at their ends. Base64 has none, so
/// that memchr passes over all of a block at once.
fn dashed_lines(mut text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut is_first = true;
    std::iter::from_fn(move || {
        while !text.is_empty() {
            let whole = text;
            let len = text.skip_until(b'-').unwrap_or_default();
            let (passed, at) = (whole.get(..len)?, len.saturating_sub(1));
            let begins = matches!(passed, [.., b'\n' | b'\r', b'-']) || (is_first && len == 1);
            is_first = false;
            if begins && passed.ends_with(b"-") {
                let line = whole.get(at..)?.split(|byte| matches!(byte, b'\n' | b'\r')).next()?;
                text = whole.get(at.saturating_add(line.len())..)?;
                return Some(line.trim_ascii_end());
            }
        }
        None
    })
}

/// Returns the first private key: PKCS#1, PKCS#8 or SEC1, decrypted where there is a passphrase.
///
/// # Errors
/// `NoKey` if there is none, `KeyEncrypted` if there is an encrypted one that stays so.
pub fn private_key(
    data: &[u8],
    passphrase: Option<&Passphrase>,
) -> Result<Zeroizing<PrivateKeyDer<'static>>, Error> {
    read_private_key(data, passphrase).map_err(|error| explain(error, data, Wanted::Key))
}

fn read_private_key(
    data: &[u8],
    passphrase: Option<&Passphrase>,
) -> Result<Zeroizing<PrivateKeyDer<'static>>, Error> {
    if is_encrypted_key(data) {
        return match passphrase {
            #[cfg(feature = "encrypted-keys")]
            Some(passphrase) => super::encrypted_key::read(data, passphrase),
            // With the feature there was no passphrase.
            _ if cfg!(feature = "encrypted-keys") => {
                Err(Error::from(Code::KeyEncrypted).with_hint(PASSPHRASE))
            }
            _ => Err(Code::KeyEncrypted.into()),
        };
    }
    if is_der(data) {
        // The reader takes PKCS#12 for a key of version 3.
        let key = Some(data).filter(|data| !is_other(data, Wanted::Key));
        let key = key.and_then(|data| PrivateKeyDer::try_from(data).ok());
        let key = key.map(|key| Zeroizing::new(key.clone_key()));
        return key.ok_or_else(|| Error::detail(Code::NoKey, "no private key in it"));
    }
    for section in pem_sections::read(data)? {
        let der = || section.der.to_vec();
        let key = match section.kind {
            SectionKind::PrivateKey => PrivatePkcs8KeyDer::from(der()).into(),
            SectionKind::RsaPrivateKey => PrivatePkcs1KeyDer::from(der()).into(),
            SectionKind::EcPrivateKey => PrivateSec1KeyDer::from(der()).into(),
            _ => continue,
        };
        return Ok(Zeroizing::new(key));
    }
    Err(Error::detail(Code::NoKey, "no private key in it"))
}

/// Whether there is an encrypted key: an EncryptedPrivateKeyInfo (RFC 5958 section 3) in DER or
/// PEM, or a PEM block of any kind with the headers of RFC 1421.
fn is_encrypted_key(data: &[u8]) -> bool {
    if is_der(data) {
        return is_encrypted_key_info(data).unwrap_or(false);
    }
    contains(data, b"BEGIN ENCRYPTED PRIVATE KEY")
        || lines(data).any(|(_, line)| is_encryption_header(line))
}

/// Whether it is an AlgorithmIdentifier and an OCTET STRING; `None` if it cannot be read. A key
/// that is not encrypted begins with a version, and a certificate has no OCTET STRING there.
fn is_encrypted_key_info(der: &[u8]) -> Option<bool> {
    let mut fields = Value::whole(der)?.sequence()?;
    let algorithm = fields.any()?.sequence()?.any()?;
    let encrypted = fields.any()?;
    let tags = (algorithm.tag, encrypted.tag);
    Some(tags == (tag::OID, tag::OCTET_STRING) && fields.is_empty())
}

/// Whether it is `Proc-Type: 4,ENCRYPTED`, with white space where OpenSSL takes it, or `DEK-Info:`.
fn is_encryption_header(line: &[u8]) -> bool {
    let Some(kind) = line.strip_prefix(b"Proc-Type:") else {
        return line.starts_with(b"DEK-Info:");
    };
    let kind = kind.trim_ascii_start().strip_prefix(b"4,").unwrap_or_default();
    kind.trim_ascii_start().starts_with(b"ENCRYPTED")
}

/// Whether it is DER, which begins with a SEQUENCE; PEM, and text before it, begins with a letter
/// or a dash.
pub fn is_der(data: &[u8]) -> bool {
    matches!(data, [0x30, 0x80..=0x84, ..] | [0x30, 0x01..=0x7f, 0x02 | 0x30, ..])
}

/// The content of a PEM block or of a DER file. A key may stand where something else is expected: what
/// was decoded is wiped when dropped, and a file's DER is read where it is.
struct Content<'a> {
    der: Der<'a>,
    /// The line of a block's begin, from 1; `None` for a file in DER.
    line: Option<usize>,
}

enum Der<'a> {
    File(&'a [u8]),
    Block(Secret),
}

impl Deref for Der<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::File(der) => der,
            Self::Block(der) => der,
        }
    }
}

impl Content<'_> {
    /// Returns the first value of a block, without what stands behind it: OpenSSL's d2i functions
    /// read one value there and look at no more. A file in DER is one value.
    fn value(&self) -> &[u8] {
        let first = self.line.and_then(|_| Reader::new(&self.der).any());
        first.map_or(&self.der, |value| value.raw)
    }

    /// Says which of several it is, for a message.
    fn place(&self, index: usize, what: &str, count: usize) -> String {
        match self.line.filter(|_| count > 1) {
            Some(line) => format!("{what} {}, line {line}, is ", index.saturating_add(1)),
            None => String::new(),
        }
    }
}

/// Returns what there is: the blocks with one of these labels, or a file in DER.
///
/// # Errors
/// As `blocks`.
fn contents<'a>(
    data: &'a [u8],
    labels: &[&str],
    refused: Option<&str>,
) -> Result<Vec<Content<'a>>, Error> {
    match is_der(data) {
        true => Ok(vec![Content { der: Der::File(data), line: None }]),
        false => blocks(data, labels, refused),
    }
}

/// Returns the contents of the blocks with one of these labels. Every block of the text must be
/// whole, and every certificate, list and group base64.
///
/// A header inside a block (`Proc-Type: ...`) is no base64: OpenSSL refuses it for certificates and
/// lists too, unless it can decrypt them.
fn blocks<'a>(
    data: &'a [u8],
    labels: &[&str],
    refused: Option<&str>,
) -> Result<Vec<Content<'a>>, Error> {
    let mut found = Vec::new();
    let mut open: Option<Block<'_>> = None;
    // The number of the block, and the line of its begin.
    let mut at = (0_usize, 0);
    for (number, line) in lines(data) {
        if let Some(rest) = line.strip_prefix(BEGIN) {
            if open.is_some() {
                return Err(damaged(at, "has no end"));
            }
            at = (at.0.saturating_add(1), number);
            let label = rest.strip_suffix(DASHES);
            let label = label.ok_or_else(|| damaged(at, "has a damaged first line"))?;
            if refused.is_some_and(|refused| refused.as_bytes() == label) {
                return Err(Code::TrustedCert.into());
            }
            open = Some(Block::begin(label));
        } else if let Some(rest) = line.strip_prefix(END) {
            let without_begin = || damaged(at, "is followed by an end without begin");
            let block = open.take().ok_or_else(without_begin)?;
            let der = block.end(rest, labels).map_err(|why| damaged(at, why))?;
            found.extend(der.map(|der| Content { der: Der::Block(der), line: Some(at.1) }));
        } else if let Some(digits) = open.as_mut().and_then(|block| block.digits.as_mut()) {
            digits.add(line);
        }
    }
    if open.is_some() {
        return Err(damaged(at, "has no end"));
    }
    Ok(found)
}

fn damaged((count, line): (usize, usize), why: &str) -> Error {
    let place = if count == 0 { String::new() } else { format!(", line {line},") };
    Error::detail(Code::Pem, format!("PEM block {count} in it{place} {why}"))
}

/// A block that was begun.
struct Block<'a> {
    label: &'a [u8],
    /// `None` for other things than certificates, lists and groups, such as keys: not decoded.
    digits: Option<Decoder>,
}

impl<'a> Block<'a> {
    fn begin(label: &'a [u8]) -> Self {
        let public = CERTIFICATE.iter().chain(&CRL).chain(&DH_PARAMETERS);
        let is_decoded = public.copied().any(|known| known.as_bytes() == label);
        Self { label, digits: is_decoded.then(Decoder::default) }
    }

    /// Returns the content if the label is one of those, given the last line behind `-----END `.
    fn end(self, last: &[u8], labels: &[&str]) -> Result<Option<Secret>, &'static str> {
        if last.strip_suffix(DASHES) != Some(self.label) {
            return Err("has the end of another");
        }
        let Some(digits) = self.digits else { return Ok(None) };
        let der = digits.finish().ok_or("is not base64")?;
        let is_wanted = labels.iter().any(|wanted| wanted.as_bytes() == self.label);
        Ok(is_wanted.then_some(der))
    }
}

/// Returns the lines with their numbers from 1, whatever ends them, without the white space at
/// their ends.
///
/// Some editors begin a file with a byte order mark, in front of its first line.
pub(super) fn lines(data: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut data = data.strip_prefix(BYTE_ORDER_MARK).unwrap_or(data);
    let (mut number, mut after_return) = (1_usize, false);
    let has_returns = data.contains(&b'\r');
    let mut to_newline: &[u8] = &[];
    // Bundles are long: memchr finds a newline much faster than a comparison of each byte.
    let ended = std::iter::from_fn(move || {
        if to_newline.is_empty() {
            let whole = data;
            let len = data.skip_until(b'\n').unwrap_or_default();
            to_newline = whole.get(..len).filter(|line| !line.is_empty())?;
        }
        let mut line = to_newline;
        if has_returns {
            line = line.split_inclusive(|byte| *byte == b'\r').next()?;
        }
        to_newline = to_newline.get(line.len()..)?;
        Some(line)
    });
    ended.map(move |line| {
        // The two bytes of a DOS line end are one end.
        let is_second = after_return && line == b"\n";
        after_return = line.ends_with(b"\r");
        let this = if is_second { number.saturating_sub(1) } else { number };
        number = this.saturating_add(1);
        (this, line.trim_ascii_end())
    })
}

/// U+FEFF in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
pub(super) const BEGIN: &[u8] = b"-----BEGIN ";
pub(super) const END: &[u8] = b"-----END ";
pub(super) const DASHES: &[u8] = b"-----";

/// OpenSSL's present label and its old one.
const CERTIFICATE: [&str; 2] = ["CERTIFICATE", "X509 CERTIFICATE"];
/// A certificate with OpenSSL's trust settings behind it, which can forbid what it is used for.
const TRUSTED: &str = "TRUSTED CERTIFICATE";
const CRL: [&str; 1] = ["X509 CRL"];
const DH_PARAMETERS: [&str; 1] = ["DH PARAMETERS"];
const PASSPHRASE: &str = "Decrypt it (openssl pkey -in KEY -out KEY2) and set ssl_key to that file, \
                          or set ssl_passphrase.";
/// It takes two seconds to check that a p of 8192 bits is a safe prime.
const MAX_DH_GROUPS: usize = 8;

fn contains(data: &[u8], text: &[u8]) -> bool {
    data.windows(text.len()).any(|window| window == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Vec<u8>>, Code> {
        let found = blocks(text.as_bytes(), &CERTIFICATE, Some(TRUSTED)).map_err(|e| e.code)?;
        Ok(found.into_iter().map(|content| content.der.to_vec()).collect())
    }

    #[test]
    fn both_labels_and_text_between() {
        let text = "Words: of any kind\n-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n\
                    subject=CN=x\n\n-----BEGIN X509 CERTIFICATE-----\nBAUG\nBwg=\n\
                    -----END X509 CERTIFICATE-----\nmore";
        assert_eq!(read(text), Ok(vec![vec![1, 2, 3], vec![4, 5, 6, 7, 8]]));
    }

    #[test]
    fn line_ends_of_every_kind_and_none() {
        let text = "-----BEGIN CERTIFICATE-----\nAQ\nID\n-----END CERTIFICATE-----";
        for end in ["\n", "\r\n", "\r", " \n", "\t\r\n", "\n\n"] {
            assert_eq!(read(&text.replace('\n', end)), Ok(vec![vec![1, 2, 3]]), "{end:?}");
        }
    }

    #[test]
    fn a_block_has_the_line_of_its_begin() {
        let block = "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n";
        let text = format!("words\n\n{block}{block}");
        for end in ["\n", "\r\n", "\r"] {
            let text = text.replace('\n', end);
            let found = blocks(text.as_bytes(), &CERTIFICATE, None).unwrap();
            let lines: Vec<_> = found.iter().map(|content| content.line).collect();
            assert_eq!(lines, [Some(3), Some(6)], "{end:?}");
        }
        let detail = |text: &str| {
            let error = certificates(text.as_bytes()).unwrap_err();
            error.details().and_then(|details| details.detail.clone()).unwrap()
        };
        let why = "certificate 2, line 4, is not an X.509 certificate in DER";
        let good = include_str!("../../tests/data/own-chain/root.pem");
        let lines = good.lines().count();
        assert!(detail(&format!("{block}{good}")).contains("certificate 1, line 1, is not"));
        let expected = why.replace("line 4", &format!("line {}", lines + 1));
        assert!(detail(&format!("{good}{block}")).contains(&expected), "{expected}");
        assert!(!detail(block).contains("line"), "there is one only");
        let damaged =
            format!("{good}-----BEGIN CERTIFICATE-----\nAQI\n-----END CERTIFICATE-----\n");
        assert!(detail(&damaged).contains(&format!("PEM block 2 in it, line {},", lines + 1)));
    }

    /// OpenSSL 3.0 reads such a certificate (`openssl verify -CAfile`).
    #[test]
    fn bytes_behind_the_value_of_a_block_are_passed_over() {
        let good = include_str!("../../tests/data/own-chain/root.pem");
        let der = blocks(good.as_bytes(), &CERTIFICATE, None).unwrap().remove(0).der;
        for tail in [&b"\0"[..], b"\n", b"\x30\x03\x02\x01\x05", &[7; 300]] {
            let long =
                <base64ct::Base64 as base64ct::Encoding>::encode_string(&[&der[..], tail].concat());
            let text = format!("-----BEGIN CERTIFICATE-----\n{long}\n-----END CERTIFICATE-----\n");
            let [read] = &certificates(text.as_bytes()).unwrap()[..] else { panic!() };
            assert_eq!(read.der(), &der[..]);
        }
    }

    #[test]
    fn other_labels_are_passed_over_but_must_be_whole() {
        let key = "-----BEGIN PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAQID\n\
                   -----END PRIVATE KEY-----\n";
        assert_eq!(read(key), Ok(vec![]));
        assert_eq!(read(&key[..60]), Err(Code::Pem));
    }

    #[test]
    fn trusted_certificates_are_refused_by_their_own_code() {
        let text = "-----BEGIN TRUSTED CERTIFICATE-----\nAQID\n-----END TRUSTED CERTIFICATE-----\n";
        assert_eq!(read(text), Err(Code::TrustedCert));
        let lists = blocks(text.as_bytes(), &CRL, None);
        assert!(lists.is_ok_and(|lists| lists.is_empty()), "not asked for");
    }

    #[test]
    fn a_damaged_block_is_an_error_wherever_it_stands() {
        let good = "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n";
        for bad in [
            "-----BEGIN CERTIFICATE-----\nAQID\n",
            "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE---\n",
            "-----BEGIN CERTIFICATE-----\nAQID\n-----END X509 CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE----\nAQID\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nAQI\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nAQ==\nAQID\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nName: x\n\nAQID\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nAQID\n\
             -----END CERTIFICATE-----\n",
            "-----END CERTIFICATE-----\n",
        ] {
            for text in [bad.to_owned(), format!("{good}{bad}"), format!("{bad}{good}")] {
                assert_eq!(read(&text), Err(Code::Pem), "{text}");
            }
        }
        for len in "-----BEGIN C".len()..good.len() - "\n".len() {
            assert_eq!(read(&good[..len]), Err(Code::Pem), "{len}");
        }
    }

    #[test]
    fn an_encrypted_key_is_seen_in_every_form() {
        let code = |data: &[u8]| private_key(data, None).unwrap_err().code;
        let block = |label: &str, headers: &str| {
            format!("words\n-----BEGIN {label}-----\n{headers}\nMAMCAQU=\n-----END {label}-----\n")
        };
        let labels = ["RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY", "PRIVATE KEY"];
        let (proc_type, info) = ("Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-128-CBC,0011");
        for label in labels {
            for headers in [
                format!("{proc_type}\n{info}\n"),
                format!("{proc_type}\r\n{info}\r\n"),
                format!("Proc-Type:4, ENCRYPTED\n{info}\n"),
                format!("{info}\n"),
            ] {
                let text = block(label, &headers);
                assert_eq!(code(text.as_bytes()), Code::KeyEncrypted, "{text}");
                let marked = [BYTE_ORDER_MARK, text.as_bytes()].concat();
                assert_eq!(code(&marked), Code::KeyEncrypted);
            }
        }
        let pkcs8 = block("ENCRYPTED PRIVATE KEY", "");
        assert_eq!(code(pkcs8.as_bytes()), Code::KeyEncrypted);
        // Beside a key that is not, too: which of the two is meant nobody can say.
        let two = [block("PRIVATE KEY", ""), pkcs8].concat();
        assert_eq!(code(two.as_bytes()), Code::KeyEncrypted);
        // SEQUENCE { SEQUENCE { OID 1.2 }, OCTET STRING }
        assert_eq!(code(b"\x30\x08\x30\x03\x06\x01\x2a\x04\x01\x00"), Code::KeyEncrypted);
    }

    #[test]
    fn what_is_no_key_is_not_called_encrypted() {
        let code = |data: &[u8]| private_key(data, None).unwrap_err().code;
        for data in [
            &b""[..],
            b"The key is ENCRYPTED, see DEK-Info.",
            b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,CLEAR\n\nAQID\n",
            b"-----BEGIN OPENSSH PRIVATE KEY-----\nAQID\n-----END OPENSSH PRIVATE KEY-----\n",
            // A certificate's outline: the third field is a BIT STRING.
            b"\x30\x0b\x30\x03\x06\x01\x2a\x30\x00\x03\x02\x00\x00",
            // A fourth field, a field that is missing, another tag.
            b"\x30\x0a\x30\x03\x06\x01\x2a\x04\x01\x00\x05\x00",
            b"\x30\x05\x30\x03\x06\x01\x2a",
            b"\x30\x08\x30\x03\x02\x01\x2a\x04\x01\x00",
            b"\x30\x08\x30\x03\x06\x01\x2a\x04\x01",
        ] {
            assert_eq!(code(data), Code::NoKey, "{data:02x?}");
        }
    }

    #[test]
    fn a_list_is_seen_among_certificates() {
        let list = "-----BEGIN X509 CRL-----\r\nAQID\r\n-----END X509 CRL-----\r\n";
        assert!(has_revocation_list(list.as_bytes()));
        assert!(!has_revocation_list(b"text\n-----BEGIN CERTIFICATE-----\n"));
    }
}
