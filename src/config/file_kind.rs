//! What a file is that is not what an option needs, by its first bytes and its PEM labels.

use crate::der::{Reader, Value, tag};
use crate::error::{Code, Error};
use crate::trust::{Certificate, RevocationList};

/// What an option needs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Wanted {
    Certificate,
    Key,
    List,
    Groups,
}

/// A kind of file, as a message names it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Empty,
    Utf16,
    /// A PEM line with blanks in front, by its number.
    Indented(usize),
    /// A block that begins behind other text in its line, by the line's number.
    Glued(usize),
    Pkcs12,
    Pkcs7,
    Pkcs7Der,
    OpenSshKey,
    PuttyKey,
    SshPublicKey,
    JavaKeyStore,
    OpenPgp,
    Request,
    PublicKey,
    /// Base64 without the lines around it.
    BareBase64,
    Certificate,
    Key,
    List,
    Groups,
}

/// Adds to a failure to read a file what the file is, and what to do, where that is known.
pub fn explain(error: Error, data: &[u8], wanted: Wanted) -> Error {
    if matches!(error.code, Code::TrustedCert | Code::KeyEncrypted) {
        return error;
    }
    let Some(kind) = kind(data, wanted).filter(|kind| !kind.is(wanted)) else { return error };
    let detail = match kind {
        Kind::Certificate | Kind::Key | Kind::List | Kind::Groups => {
            format!("no {} in it: it is {}", wanted.name(), kind.name())
        }
        _ => kind.name(),
    };
    match kind.advice(wanted) {
        Some(advice) => error.with_detail(detail).with_hint(advice),
        None => error.with_detail(detail),
    }
}

/// Whether a file is known to be something else.
pub fn is_other(data: &[u8], wanted: Wanted) -> bool {
    kind(data, wanted).is_some_and(|kind| !kind.is(wanted))
}

impl Wanted {
    fn name(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Key => "private key",
            Self::List => "X.509 CRL",
            Self::Groups => "DH PARAMETERS",
        }
    }
}

impl Kind {
    /// Whether it is what is wanted, so that something else is wrong with it.
    fn is(self, wanted: Wanted) -> bool {
        match wanted {
            Wanted::Certificate => self == Self::Certificate,
            Wanted::Key => self == Self::Key,
            Wanted::List => self == Self::List,
            Wanted::Groups => self == Self::Groups,
        }
    }

    fn name(self) -> String {
        let name = match self {
            Self::Empty => "it is empty",
            Self::Utf16 => "it is UTF-16 text",
            Self::Indented(line) => return format!("blanks stand in front of PEM in line {line}"),
            Self::Glued(line) => {
                return format!("in line {line} a PEM block begins behind other text");
            }
            Self::Pkcs12 => "it is PKCS#12",
            Self::Pkcs7 | Self::Pkcs7Der => "it is PKCS#7",
            Self::OpenSshKey => "it is a private key in OpenSSH's own form",
            Self::PuttyKey => "it is a private key in PuTTY's form",
            Self::SshPublicKey => "it is a public key of SSH",
            Self::JavaKeyStore => "it is a Java keystore",
            Self::OpenPgp => "it is OpenPGP",
            Self::Request => "it is a certificate request, not a certificate",
            Self::PublicKey => "it is a public key",
            Self::BareBase64 => "it is base64 without the lines of PEM around it",
            Self::Certificate => "a certificate",
            Self::Key => "a private key",
            Self::List => "an X.509 CRL",
            Self::Groups => "DH PARAMETERS",
        };
        name.to_owned()
    }

    /// Returns what to do, where the row's hint does not say it.
    fn advice(self, wanted: Wanted) -> Option<&'static str> {
        let is_key = wanted == Wanted::Key;
        Some(match self {
            Self::Utf16 => "Convert it: iconv -f UTF-16 -t ASCII FILE >FILE2.",
            Self::Indented(_) => "Remove them: sed 's/^[[:blank:]]*//' FILE >FILE2.",
            Self::Glued(_) => "Put a line end in front of -----BEGIN there.",
            Self::Pkcs12 if is_key => {
                "Convert it: openssl pkcs12 -in FILE -nocerts -nodes -out FILE2."
            }
            Self::Pkcs12 => "Convert it: openssl pkcs12 -in FILE -nokeys -out FILE2.",
            Self::Pkcs7 | Self::Pkcs7Der if is_key => {
                "Set ssl_key to the private key, which PKCS#7 does not hold."
            }
            Self::Pkcs7 => "Convert it: openssl pkcs7 -in FILE -print_certs -out FILE2.",
            Self::Pkcs7Der => {
                "Convert it: openssl pkcs7 -inform DER -in FILE -print_certs -out FILE2."
            }
            Self::OpenSshKey if is_key => {
                "Convert a copy of it in place: ssh-keygen -p -m PKCS8 -f FILE."
            }
            Self::PuttyKey if is_key => {
                "Convert it: puttygen FILE -O private-openssh -o FILE2, and FILE2 by ssh-keygen -p \
                 -m PKCS8 -f FILE2."
            }
            Self::JavaKeyStore => {
                "Convert it: keytool -importkeystore -srckeystore FILE -deststoretype PKCS12 \
                 -destkeystore FILE2, and FILE2 by openssl pkcs12."
            }
            Self::Request if wanted == Wanted::Certificate => {
                "Name the certificate that the CA issued for it."
            }
            Self::PublicKey | Self::SshPublicKey if is_key => {
                "Set ssl_key to the private key that belongs to it."
            }
            Self::BareBase64 => {
                "Put a line such as -----BEGIN CERTIFICATE----- in front and its -----END behind."
            }
            _ => return None,
        })
    }
}

/// First bytes that tell a kind.
const BEGINNINGS: &[(&[u8], Kind)] = &[
    (b"\xff\xfe", Kind::Utf16),
    (b"\xfe\xff", Kind::Utf16),
    (b"-\0-\0", Kind::Utf16),
    (b"\0-\0-", Kind::Utf16),
    (b"\xfe\xed\xfe\xed", Kind::JavaKeyStore),
    (b"PuTTY-User-Key-File-", Kind::PuttyKey),
    (b"ssh-", Kind::SshPublicKey),
    (b"ecdsa-sha2-", Kind::SshPublicKey),
    (b"---- BEGIN SSH2 PUBLIC KEY", Kind::SshPublicKey),
    (b"MII", Kind::BareBase64),
];

/// Labels of PEM blocks that tell a kind: the first of a file counts that is listed.
const LABELS: &[(&str, Kind)] = &[
    ("CERTIFICATE", Kind::Certificate),
    ("X509 CERTIFICATE", Kind::Certificate),
    ("X509 CRL", Kind::List),
    ("DH PARAMETERS", Kind::Groups),
    ("PRIVATE KEY", Kind::Key),
    ("RSA PRIVATE KEY", Kind::Key),
    ("EC PRIVATE KEY", Kind::Key),
    ("DSA PRIVATE KEY", Kind::Key),
    ("ENCRYPTED PRIVATE KEY", Kind::Key),
    ("OPENSSH PRIVATE KEY", Kind::OpenSshKey),
    ("CERTIFICATE REQUEST", Kind::Request),
    ("NEW CERTIFICATE REQUEST", Kind::Request),
    ("PUBLIC KEY", Kind::PublicKey),
    ("RSA PUBLIC KEY", Kind::PublicKey),
    ("PKCS7", Kind::Pkcs7),
    ("PKCS #7 SIGNED DATA", Kind::Pkcs7),
    ("CMS", Kind::Pkcs7),
    ("PKCS12", Kind::Pkcs12),
    ("PGP PUBLIC KEY BLOCK", Kind::OpenPgp),
    ("PGP PRIVATE KEY BLOCK", Kind::OpenPgp),
    ("PGP MESSAGE", Kind::OpenPgp),
];

/// Returns what a file is; `None` if nothing of it is known.
fn kind(data: &[u8], wanted: Wanted) -> Option<Kind> {
    let data = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
    if data.trim_ascii().is_empty() {
        return Some(Kind::Empty);
    }
    let by_bytes = BEGINNINGS.iter().find(|(bytes, _)| data.starts_with(bytes));
    by_bytes.map(|(_, kind)| *kind).or_else(|| binary(data)).or_else(|| text(data, wanted))
}

/// Returns what a file is that begins as a SEQUENCE in DER or BER.
fn binary(data: &[u8]) -> Option<Kind> {
    let (begin, rest) = data.split_first_chunk::<2>()?;
    let [0x30, length] = *begin else { return None };
    let skipped = usize::from(length & 0x7f);
    let inner = if length < 0x80 { rest } else { rest.get(skipped..)? };
    match inner {
        // The version of a PFX, of a PrivateKeyInfo or an RSAPrivateKey, and of an ECPrivateKey.
        [0x02, 0x01, 0x03, 0x30, ..] => return Some(Kind::Pkcs12),
        [0x02, 0x01, 0x00, 0x02 | 0x30, ..] | [0x02, 0x01, 0x01, 0x04 | 0x30, ..] => {
            return Some(Kind::Key);
        }
        // id-signedData, 1.2.840.113549.1.7.2
        [0x06, 0x09, rest @ ..] if rest.starts_with(b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02") => {
            return Some(Kind::Pkcs7Der);
        }
        _ => {}
    }
    if Certificate::parse(data).is_ok() {
        return Some(Kind::Certificate);
    }
    if RevocationList::parse(data).is_ok() {
        return Some(Kind::List);
    }
    let mut fields = Value::whole(data)?.sequence()?;
    let (first, second) = (fields.any()?, fields.any()?);
    let starts = Reader::new(first.body).any()?;
    match (starts.tag, second.tag) {
        // SubjectPublicKeyInfo, and CertificationRequest with its version.
        (tag::OID, tag::BIT_STRING) if fields.is_empty() => Some(Kind::PublicKey),
        (tag::INTEGER, tag::SEQUENCE) if starts.body == [0] => Some(Kind::Request),
        _ => None,
    }
}

/// Returns what a text with PEM blocks is. How the lines stand comes first, since it hides the rest,
/// and then a block of what is wanted.
fn text(data: &[u8], wanted: Wanted) -> Option<Kind> {
    let mut found = None;
    let unix = data.split(|byte| *byte == b'\n');
    for (line, number) in unix.zip(1_usize..) {
        // A lone CR ends a line too.
        for part in line.split(|byte| *byte == b'\r') {
            let Some(at) = part.windows(BEGIN.len()).position(|window| window == BEGIN) else {
                continue;
            };
            let (before, block) = part.split_at_checked(at)?;
            let label = block.get(BEGIN.len()..)?;
            let end = label.windows(DASHES.len()).position(|window| window == DASHES);
            let Some(label) = end.and_then(|end| label.get(..end)) else { continue };
            if !before.is_empty() {
                let is_blank = before.trim_ascii().is_empty();
                return Some(match is_blank {
                    true => Kind::Indented(number),
                    false => Kind::Glued(number),
                });
            }
            let row = LABELS.iter().find(|(known, _)| known.as_bytes() == label);
            let kind = row.map(|(_, kind)| *kind);
            found = kind.filter(|kind| kind.is(wanted)).or(found).or(kind);
        }
    }
    found
}

const BEGIN: &[u8] = b"-----BEGIN ";
const DASHES: &[u8] = b"-----";
