//! The blocks of PEM text that may hold a private key, as rustls-pki-types takes them, and nothing of
//! them is left in freed memory.

use base64ct::{Base64, Encoding};
use rustls_pki_types::pem::SectionKind;
use zeroize::Zeroizing;

use super::base64;
use super::pem::{BEGIN, DASHES, END, lines};
use crate::error::{Code, Error};

/// Bytes that are wiped when dropped.
pub type Secret = Zeroizing<Vec<u8>>;

/// A block of a kind that rustls-pki-types knows.
pub struct Section {
    pub kind: SectionKind,
    pub der: Secret,
}

/// Returns all blocks of a known kind; others are passed over.
///
/// # Errors
/// `NoKey` if one has no end, a damaged first line, or is not base64.
pub fn read(data: &[u8]) -> Result<Vec<Section>, Error> {
    let damaged = || Error::detail(Code::NoKey, "a PEM block in it is damaged");
    let mut found = Vec::new();
    let mut open: Option<&[u8]> = None;
    let mut digits = Secret::default();
    for (_, line) in lines(data) {
        if let Some(rest) = line.strip_prefix(BEGIN) {
            let label = rest.strip_suffix(DASHES).filter(|label| !label.ends_with(b"-"));
            open = Some(label.ok_or_else(damaged)?);
            digits.clear();
        } else if let Some(label) = open.filter(|label| is_end(line, label)) {
            open = None;
            let Ok(kind) = SectionKind::try_from(label) else { continue };
            let der = Base64::decode_in_place(&mut digits).map_err(|_| damaged())?;
            found.push(Section { kind, der: Secret::new(der.to_vec()) });
        } else if open.is_some() {
            append(&mut digits, line);
        }
    }
    if open.is_some() { Err(damaged()) } else { Ok(found) }
}

/// Appends a line of base64, without its blanks. Where the buffer has to grow, the old memory is
/// wiped.
pub fn append(digits: &mut Secret, line: &[u8]) {
    base64::reserve(digits, line.len());
    digits.extend(line.iter().filter(|byte| !is_blank(byte)));
}

fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn is_end(line: &[u8], label: &[u8]) -> bool {
    let rest = line.strip_prefix(END).and_then(|rest| rest.strip_prefix(label));
    rest.is_some_and(|rest| rest.starts_with(DASHES))
}

/// Returns a block of PEM text (RFC 7468): lines of 64 digits.
///
/// # Errors
/// `Tls` if there is more than memory can hold.
#[cfg(feature = "generate")]
pub fn encode(label: &str, der: &[u8]) -> Result<Zeroizing<String>, Error> {
    let [first, last] = ["BEGIN", "END"].map(|edge| format!("-----{edge} {label}-----\n"));
    let digits = Base64::encoded_len(der);
    // All of it: the buffer never grows.
    let parts = [digits, digits.div_ceil(WIDTH), first.len(), last.len()];
    let len = parts.into_iter().fold(0, usize::saturating_add);
    let mut text = Zeroizing::new(String::with_capacity(len));
    let mut line = Zeroizing::new([0; WIDTH]);
    text.push_str(&first);
    for part in der.chunks(WIDTH / 4 * 3) {
        let digits = Base64::encode(part, line.as_mut_slice());
        text.push_str(digits.map_err(|_| Error::from(Code::Tls))?);
        text.push('\n');
    }
    text.push_str(&last);
    Ok(text)
}

/// Digits of a line.
#[cfg(feature = "generate")]
const WIDTH: usize = 64;
