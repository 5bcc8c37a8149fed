//! rustls' own record layer: the feature `rustls-records`.

use super::alert;
use super::error;
use super::handshake::MAX_INBOX;
use super::record::{self, Header, NotARecord};
use super::unbuffered::Connection;
use crate::error::{Code, Error};

/// A TLS connection after its handshake.
#[derive(Debug)]
pub struct Traffic {
    connection: Connection,
}

impl Traffic {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection }
    }

    /// Takes one whole record. Plaintext is appended to `plain`; what TLS itself answers is appended
    /// to `wire`, also if it fails.
    ///
    /// # Errors
    /// The codes from `Alert` to `HandshakeSize`; final.
    pub fn open(
        &mut self,
        record: &[u8],
        wire: &mut Vec<u8>,
        plain: &mut Vec<u8>,
    ) -> Result<(), Error> {
        if self.connection.pending().saturating_add(record.len()) > MAX_INBOX {
            self.connection.send_alert(alert::DECODE_ERROR, wire);
            return Err(Error::from(Code::HandshakeSize).with_alert(alert::DECODE_ERROR));
        }
        let before = wire.len();
        self.connection
            .read(record, wire, plain)
            .map_err(|error| self.connection.fail(&error, None, before, wire))
    }

    /// Refuses what begins no TLS record.
    pub fn refuse(&mut self, why: NotARecord, wire: &mut Vec<u8>) -> Error {
        let (error, number) = why.refusal();
        self.connection.send_alert(number, wire);
        error.with_alert(number)
    }

    /// Appends what TLS itself has to send before application data.
    ///
    /// # Errors
    /// `KeysUsedUp`.
    pub fn send_due(&mut self, wire: &mut Vec<u8>) -> Result<(), Error> {
        self.connection.send_due(wire)
    }

    /// Appends `plain`, at most 16384 bytes, to `wire` as one record, after what TLS itself has to
    /// send.
    ///
    /// # Errors
    /// `KeysUsedUp`.
    pub fn seal(&mut self, plain: &[u8], wire: &mut Vec<u8>) -> Result<(), Error> {
        self.connection.seal(plain, wire)
    }

    /// Appends a close_notify to `wire`.
    ///
    /// # Errors
    /// `KeysUsedUp`.
    pub fn close(&mut self, wire: &mut Vec<u8>) -> Result<(), Error> {
        self.connection.close(wire)
    }

    /// Appends a KeyUpdate to `wire`, TLS 1.3 only.
    ///
    /// # Errors
    /// `State` in TLS 1.2 and while part of a message waits for its rest.
    pub fn update_keys(&mut self, wire: &mut Vec<u8>) -> Result<(), Error> {
        if !self.is_tls13() || self.holds_partial_message() {
            return Err(Code::State.into());
        }
        self.connection.update_keys(wire).map_err(|e| error::from_rustls(&e))
    }

    /// Whether a close_notify came.
    pub fn peer_closed(&self) -> bool {
        self.connection.peer_closed()
    }

    /// Whether part of a message came, and the rest did not.
    pub fn holds_partial_message(&self) -> bool {
        self.connection.pending() > 0
    }

    pub fn is_tls13(&self) -> bool {
        self.connection.is_tls13()
    }

    /// Most plaintext that a record of this header can hold.
    pub fn plaintext_bound(&self, header: Header) -> usize {
        // TLS 1.3 authenticates the header (RFC 8446 section 5.2), but rustls builds the additional
        // data of constants and takes a changed outer type; TLS 1.2 has one type only.
        if header.kind != record::APPLICATION_DATA && !self.is_tls13() {
            return 0;
        }
        let body = header.len.saturating_sub(self.overhead().saturating_sub(Header::LEN));
        // A larger one is refused when it is opened.
        body.min(record::MAX_PLAINTEXT)
    }

    /// Bytes of a record beside its plaintext, the header included.
    pub fn overhead(&self) -> usize {
        self.headroom().saturating_add(self.tailroom())
    }

    /// Bytes of a record before its plaintext: the header, and AES-GCM's explicit nonce in TLS 1.2.
    pub fn headroom(&self) -> usize {
        let chacha = matches!(self.connection.suite(), 0xcca8..=0xccaa);
        if self.is_tls13() || chacha { Header::LEN } else { Header::LEN.saturating_add(8) }
    }

    /// Bytes of a record after its plaintext: the tag, and the inner content type in TLS 1.3.
    pub fn tailroom(&self) -> usize {
        if self.is_tls13() { 17 } else { 16 }
    }
}
