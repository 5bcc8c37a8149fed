//! Opening a record: its plaintext lies where its ciphertext lay.

use std::ops::Range;

use super::frame::{ALERT, APPLICATION_DATA, HANDSHAKE, Header, MAX_PLAINTEXT, too_large};
use super::keys::{EXPLICIT_NONCE, Form, Keys, TAG};
use crate::crypto::aead;
use crate::error::alert::number as alert;
use crate::error::{Code, Error};

/// What was in a record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Opened {
    pub kind: u8,
    /// Where the content lies in the record.
    pub content: Range<usize>,
}

/// Why a record is refused. Its bytes are no longer those that came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BadRecord {
    /// Its outer type has no place after the handshake.
    Type(u8),
    /// Its body, or what was in it, is longer than the second number.
    Size(usize, usize),
    /// It was changed, or made with other keys, or is another record than the next one.
    Decrypt,
    /// TLS 1.3: it holds zeros only, and so no content type.
    NoType,
    /// There is no number for it: 2^64 - 1 came before.
    Number,
}

impl BadRecord {
    /// Returns the failure, and the alert for it (RFC 8446 sections 5, 5.2 and 5.4; RFC 5246 section
    /// 7.2.2).
    pub fn refusal(self) -> (Error, u8) {
        match self {
            Self::Type(ALERT | HANDSHAKE | APPLICATION_DATA) => {
                (Error::detail(Code::Misbehaved, "a record in clear"), alert::UNEXPECTED_MESSAGE)
            }
            Self::Type(_) => {
                let what = "a message at the wrong moment";
                (Error::detail(Code::Misbehaved, what), alert::UNEXPECTED_MESSAGE)
            }
            Self::Size(len, most) => (too_large(len, most), alert::RECORD_OVERFLOW),
            Self::Decrypt => (Code::Decrypt.into(), alert::BAD_RECORD_MAC),
            Self::NoType => {
                let what = "illegal tls inner plaintext";
                (Error::detail(Code::Misbehaved, what), alert::UNEXPECTED_MESSAGE)
            }
            Self::Number => (Code::KeysUsedUp.into(), alert::INTERNAL_ERROR),
        }
    }
}

impl Keys {
    /// Decrypts a whole record, header included, in place.
    ///
    /// # Errors
    /// A `BadRecord`; final. Part of the plaintext may be left in `record`.
    pub fn open(&mut self, record: &mut [u8]) -> Result<Opened, BadRecord> {
        let (head, body) =
            record.split_first_chunk_mut::<{ Header::LEN }>().ok_or(BadRecord::Decrypt)?;
        let next = self.sequence.checked_add(1).ok_or(BadRecord::Number)?;
        let [kind, ..] = *head;
        let opened = match self.form {
            Form::Tls13 => self.open_tls13(head, body)?,
            _ if !matches!(kind, ALERT | HANDSHAKE | APPLICATION_DATA) => {
                return Err(BadRecord::Type(kind));
            }
            Form::ExplicitNonce => {
                let (explicit, body) = body.split_first_chunk_mut().ok_or(BadRecord::Decrypt)?;
                let start = Header::LEN.saturating_add(EXPLICIT_NONCE);
                self.open_tls12(*head, u64::from_be_bytes(*explicit), start, body)?
            }
            Form::ImplicitNonce => self.open_tls12(*head, self.counter(), Header::LEN, body)?,
        };
        self.sequence = next;
        Ok(opened)
    }

    fn open_tls13(&self, head: &[u8; Header::LEN], body: &mut [u8]) -> Result<Opened, BadRecord> {
        let [kind, ..] = *head;
        if kind != APPLICATION_DATA {
            return Err(BadRecord::Type(kind));
        }
        if body.len() > MAX_TLS13_BODY {
            return Err(BadRecord::Size(body.len(), MAX_TLS13_BODY));
        }
        // The header as it came (RFC 8446 section 5.2).
        let (nonce, aad) = (self.nonce(self.counter()), aead::Aad::from(&head[..]));
        let inner = self.key.open_in_place(nonce, aad, body).map_err(|_| BadRecord::Decrypt)?;
        if inner.len() > MAX_TLS13_INNER {
            return Err(BadRecord::Size(inner.len().saturating_sub(1), MAX_PLAINTEXT));
        }
        let end = inner.iter().rposition(|byte| *byte != 0).ok_or(BadRecord::NoType)?;
        let kind = *inner.get(end).ok_or(BadRecord::NoType)?;
        Ok(Opened { kind, content: Header::LEN..Header::LEN.saturating_add(end) })
    }

    fn open_tls12(
        &self,
        head: [u8; Header::LEN],
        counter: u64,
        start: usize,
        body: &mut [u8],
    ) -> Result<Opened, BadRecord> {
        let [kind, ..] = head;
        let len = body.len().checked_sub(TAG).ok_or(BadRecord::Decrypt)?;
        let aad = self.additional_data(head, u16::try_from(len).map_err(|_| BadRecord::Decrypt)?);
        self.key.open_in_place(self.nonce(counter), aad, body).map_err(|_| BadRecord::Decrypt)?;
        if len > MAX_PLAINTEXT {
            return Err(BadRecord::Size(len, MAX_PLAINTEXT));
        }
        Ok(Opened { kind, content: start..start.saturating_add(len) })
    }
}

/// Largest TLSCiphertext of TLS 1.3 (RFC 8446 section 5.2).
pub const MAX_TLS13_BODY: usize = MAX_PLAINTEXT + 256;

/// Largest TLSInnerPlaintext: content, its type, and padding (RFC 8446 section 5.4).
const MAX_TLS13_INNER: usize = MAX_PLAINTEXT + 1;
