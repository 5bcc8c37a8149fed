//! Records after the handshake: what a record layer does, and which one is in use.

use std::ops::Range;

use super::record::{Header, NotARecord, TrafficSecrets};
use super::session_keeper::SessionKeeper;
use super::unbuffered::Connection;
use crate::error::Error;

#[cfg(not(feature = "rustls-records"))]
pub use super::own_records::Traffic;

#[cfg(feature = "rustls-records")]
pub use super::rustls_records::Traffic;

/// What a handshake hands over beside its connection.
#[derive(Debug, Default)]
pub struct HandedOver {
    /// TLS 1.3: what the keys behind a KeyUpdate are made of.
    pub secrets: Option<Box<TrafficSecrets>>,
    /// Client: what keeps the sessions of its tickets.
    pub keeper: Option<SessionKeeper>,
}

/// A TLS connection after its handshake. What TLS itself sends is appended to `wire`, in records.
pub trait RecordLayer: Sized {
    /// Takes over from a handshake that is done.
    ///
    /// # Errors
    /// `Tls`.
    fn new(connection: Connection, handed_over: HandedOver) -> Result<Self, Error>;

    /// Takes one whole record and decrypts it where it lies; returns where in it the plaintext is
    /// for the host, empty if there is none. An answer of TLS itself is appended to `wire`, and so
    /// is the alert if the record is refused.
    ///
    /// # Errors
    /// The codes from `Alert` to `HandshakeSize`; final. Nothing of the plaintext is left then.
    fn open(&mut self, record: &mut [u8], wire: &mut Vec<u8>) -> Result<Range<usize>, Error>;

    /// Refuses what begins no TLS record.
    fn refuse(&mut self, why: NotARecord, wire: &mut Vec<u8>) -> Error;

    /// Appends the answer to a KeyUpdate, if one is due.
    ///
    /// # Errors
    /// `Tls`.
    fn answer(&mut self, wire: &mut Vec<u8>) -> Result<(), Error>;

    /// Appends what has to leave before application data: the answer to a KeyUpdate; once the keys
    /// have protected as much as they may, a KeyUpdate of our own in TLS 1.3, and in TLS 1.2 the
    /// close_notify that ends the connection.
    ///
    /// # Errors
    /// `KeysUsedUp`, `Tls`.
    fn prepare_seal(&mut self, wire: &mut Vec<u8>) -> Result<(), Error>;

    /// Seals application data where it lies, after `prepare_seal`: `record` is `headroom` bytes, 1 to
    /// 16384 bytes of plaintext, and `tailroom` bytes.
    ///
    /// # Errors
    /// `KeysUsedUp`, `Tls`. Nothing of the plaintext is left then.
    fn seal(&mut self, record: &mut [u8]) -> Result<(), Error>;

    /// Appends a close_notify to `wire`.
    ///
    /// # Errors
    /// `KeysUsedUp`.
    fn close(&mut self, wire: &mut Vec<u8>) -> Result<(), Error>;

    /// Appends a KeyUpdate to `wire`, TLS 1.3 only.
    ///
    /// # Errors
    /// `State` in TLS 1.2 and while part of a message waits for its rest; `Tls`.
    fn update_keys(&mut self, wire: &mut Vec<u8>) -> Result<(), Error>;

    /// The server has proved itself, so that its sessions may be resumed; or it has failed to, and they
    /// are forgotten.
    fn note_proof(&mut self, is_proved: bool);

    /// Whether a close_notify came.
    fn peer_closed(&self) -> bool;

    /// Whether part of a message came, and the rest did not.
    fn holds_partial_message(&self) -> bool;

    fn is_tls13(&self) -> bool;

    /// Most plaintext for the host that a record of this header can hold.
    fn plaintext_bound(&self, header: Header) -> usize;

    /// Bytes of a record before its plaintext: the header, and AES-GCM's explicit nonce in TLS 1.2.
    fn headroom(&self) -> usize;

    /// Bytes of a record after its plaintext: the tag, and the inner content type in TLS 1.3.
    fn tailroom(&self) -> usize;

    /// Bytes of a record beside its plaintext.
    fn overhead(&self) -> usize {
        self.headroom().saturating_add(self.tailroom())
    }
}
