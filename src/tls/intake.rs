//! What is looked at in a peer's records before rustls gets them.

use std::borrow::Cow;

use super::alert;
use super::clear_messages::{Claim, ClearMessages};
use super::hello::{FirstHello, Taken};
use super::record::{self, Header};
use crate::config::TLSQL_MAX_HANDSHAKE_BYTES;
use crate::error::{Code, Error};

/// The records of a peer's handshake on their way to rustls: counted, and checked as far as they are
/// in clear; the first Hello is put together.
#[derive(Debug)]
pub struct Intake {
    pub first_hello: FirstHello,
    clear_messages: ClearMessages,
    /// Bytes of the records so far.
    received: usize,
    /// Most of them until the handshake is done.
    max_bytes: usize,
}

impl Intake {
    pub fn new(max_bytes: usize) -> Self {
        Self {
            first_hello: FirstHello::default(),
            clear_messages: ClearMessages::default(),
            received: 0,
            max_bytes,
        }
    }

    /// Takes one whole record; returns the records for rustls in its place, or `None` where the first
    /// Hello goes on in another. `is_clear`: no change_cipher_spec of TLS 1.2 came.
    ///
    /// # Errors
    /// A failure with its alert: `HandshakeSize`, `Record`, `Misbehaved`, `Version`, `Incompatible`.
    pub fn take<'a>(
        &mut self,
        record: &'a [u8],
        is_clear: bool,
    ) -> Result<Option<Cow<'a, [u8]>>, (Error, u8)> {
        self.count(record)?;
        let len = record.len().saturating_sub(Header::LEN);
        if record.first() != Some(&record::APPLICATION_DATA) && len > record::MAX_PLAINTEXT {
            // In clear (RFC 8446 section 5.1), or a TLS 1.2 Finished, which is short.
            let error = record::too_large(len, record::MAX_PLAINTEXT);
            return Err((error, alert::RECORD_OVERFLOW));
        }
        let unfit = self.unfit_message(record, is_clear);
        let records = match self.first_hello.take(record) {
            Taken::AsItIs => Cow::Borrowed(record),
            Taken::Part => return Ok(None),
            Taken::Whole(records) => Cow::Owned(records),
            Taken::Refused(error, number) => return Err((error, number)),
        };
        match unfit {
            Some(error) => Err((error, alert::DECODE_ERROR)),
            None => Ok(Some(records)),
        }
    }

    /// Seconds for which the server takes the ticket that it gave in clear; 0 where it said
    /// nothing, or gave none.
    pub fn ticket_lifetime(&self) -> u32 {
        self.clear_messages.ticket_lifetime
    }

    /// Whether the server gave a ticket in clear that is too large to be kept.
    pub fn has_large_ticket(&self) -> bool {
        self.clear_messages.has_large_ticket
    }

    fn count(&mut self, record: &[u8]) -> Result<(), (Error, u8)> {
        self.received = self.received.saturating_add(record.len());
        let most = self.max_bytes;
        if self.received <= most {
            return Ok(());
        }
        let what = format!("more than {most} bytes until it is done");
        let option = TLSQL_MAX_HANDSHAKE_BYTES.name;
        let error = Error::option(Code::HandshakeSize, option, what)
            .with_hint(format!("Raise {option}, or shorten the certificate chain at the peer."));
        Err((error, alert::DECODE_ERROR))
    }

    /// Reads the headers of the messages in a record in clear. Refuses one that claims more than any
    /// message may have where a Certificate, which alone is ever that large, cannot come: it directly
    /// follows a Hello. Such a claim is that of a message that was cut short, or of an encrypted one
    /// whose change_cipher_spec is missing, so that its first octets, of a nonce, look like a header.
    fn unfit_message(&mut self, record: &[u8], is_clear: bool) -> Option<Error> {
        let is_clear = record.first() == Some(&record::HANDSHAKE) && is_clear;
        let body = record.get(Header::LEN..).filter(|_| is_clear)?;
        let Claim { kind, len, number } = self.clear_messages.too_large(body)?;
        // The first one is a Hello, which has a limit of its own.
        let is_due = number == 0 || (number == 1 && kind == CERTIFICATE);
        let what = || format!("a handshake message of type {kind} claims {len} bytes");
        (!is_due).then(|| Error::detail(Code::Misbehaved, what()))
    }
}

/// HandshakeType.
const CERTIFICATE: u8 = 11;
