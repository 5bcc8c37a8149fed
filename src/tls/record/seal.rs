//! Sealing a record: its ciphertext lies where its plaintext lay.

use super::frame::{APPLICATION_DATA, Header};
use super::keys::{EXPLICIT_NONCE, Form, Keys};
use crate::crypto::aead;
use crate::error::{Code, Error};

impl Keys {
    /// Seals a record in place: `record` is `headroom` bytes, the content, and `tailroom` bytes.
    ///
    /// # Errors
    /// `KeysUsedUp` if there is no number for it; `Tls` if it is shorter, or longer than a record. It
    /// is zeroed then.
    pub fn seal(&mut self, kind: u8, record: &mut [u8]) -> Result<(), Error> {
        let Some(next) = self.sequence.checked_add(1) else {
            record.fill(0);
            return Err(Code::KeysUsedUp.into());
        };
        if self.seal_next(kind, record).is_none() {
            record.fill(0);
            return Err(Code::Tls.into());
        }
        self.sequence = next;
        Ok(())
    }

    fn seal_next(&self, kind: u8, record: &mut [u8]) -> Option<()> {
        let (head, body) = record.split_first_chunk_mut::<{ Header::LEN }>()?;
        let [high, low] = u16::try_from(body.len()).ok()?.to_be_bytes();
        let counter = self.counter();
        let nonce = self.nonce(counter);
        let content = match self.form {
            Form::Tls13 => {
                // All records look like application data (RFC 8446 section 5.2).
                let header = [APPLICATION_DATA, 3, 3, high, low];
                *head = header;
                let (inner, tag) = body.split_last_chunk_mut()?;
                *inner.last_mut()? = kind;
                let aad = aead::Aad::from(header);
                *tag = tag_bytes(self.key.seal_in_place_separate_tag(nonce, aad, inner).ok()?)?;
                return Some(());
            }
            Form::ExplicitNonce => {
                let (explicit, content) = body.split_first_chunk_mut::<EXPLICIT_NONCE>()?;
                *explicit = counter.to_be_bytes();
                content
            }
            Form::ImplicitNonce => body,
        };
        *head = [kind, 3, 3, high, low];
        let (content, tag) = content.split_last_chunk_mut()?;
        let aad = self.additional_data(*head, u16::try_from(content.len()).ok()?);
        *tag = tag_bytes(self.key.seal_in_place_separate_tag(nonce, aad, content).ok()?)?;
        Some(())
    }
}

fn tag_bytes(tag: aead::Tag) -> Option<[u8; 16]> {
    tag.as_ref().try_into().ok()
}
