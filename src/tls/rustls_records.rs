//! rustls' own record layer: the feature `rustls-records`.

use std::ops::Range;

use zeroize::Zeroizing;

use super::alert;
use super::checks::PeerChecks;
use super::clear_messages::MAX_TICKET;
use super::error;
use super::handshake::MAX_INBOX;
use super::record::{self, Header, NotARecord};
use super::session_keeper::SessionKeeper;
use super::traffic::{HandedOver, RecordLayer};
use super::unbuffered::Connection;
use crate::error::{Code, Error};

/// A TLS connection after its handshake.
#[derive(Debug)]
pub struct Traffic {
    connection: Connection,
    /// A record without plaintext came since the last look for an answer.
    may_owe_answer: bool,
    /// What keeps the sessions of a client's tickets.
    keeper: Option<SessionKeeper>,
}

impl RecordLayer for Traffic {
    fn new(connection: Connection, handed_over: HandedOver) -> Result<Self, Error> {
        let HandedOver { secrets, keeper } = handed_over;
        // rustls has its own.
        drop(secrets);
        Ok(Self { connection, may_owe_answer: false, keeper })
    }

    fn open(&mut self, record: &mut [u8], wire: &mut Vec<u8>) -> Result<Range<usize>, Error> {
        if self.connection.pending().saturating_add(record.len()) > MAX_INBOX {
            self.connection.send_alert(alert::DECODE_ERROR, wire);
            return Err(Error::from(Code::HandshakeSize).with_alert(alert::DECODE_ERROR));
        }
        let before = wire.len();
        // The size of a ticket is not told: it lies in this record and what waited for its end, perhaps
        // beside another.
        let may_be_large = self.connection.pending().saturating_add(record.len()) > MAX_TICKET;
        // A buffer that grows would free what it held as it is.
        let mut plain = Zeroizing::new(Vec::with_capacity(record.len()));
        let tickets = self.keeper.as_ref().filter(|keeper| keeper.takes_more());
        let tickets = tickets.map(|_| Box::default());
        let mut checks = PeerChecks { tickets, ..PeerChecks::default() };
        let connection = &mut self.connection;
        checks
            .during(|| connection.read(record, wire, &mut plain))?
            .map_err(|error| self.connection.fail(&error, None, before, wire))?;
        let tickets = checks.tickets.filter(|_| !may_be_large);
        if let (Some(keeper), Some(tickets)) = (&mut self.keeper, tickets) {
            tickets.new.into_iter().for_each(|ticket| keeper.keep(ticket, 0));
        }
        self.may_owe_answer |= plain.is_empty();
        let place = Header::LEN..Header::LEN.saturating_add(plain.len());
        // invariant: a record's plaintext is shorter than the record.
        record.get_mut(place.clone()).ok_or(Code::Tls)?.copy_from_slice(&plain);
        Ok(place)
    }

    fn refuse(&mut self, why: NotARecord, wire: &mut Vec<u8>) -> Error {
        let (error, number) = why.refusal();
        self.connection.send_alert(number, wire);
        error.with_alert(number)
    }

    fn answer(&mut self, wire: &mut Vec<u8>) -> Result<(), Error> {
        if std::mem::take(&mut self.may_owe_answer) {
            self.connection.send_due(wire)
        } else {
            Ok(())
        }
    }

    fn prepare_seal(&mut self, wire: &mut Vec<u8>) -> Result<(), Error> {
        self.may_owe_answer = false;
        self.connection.send_due(wire)
    }

    fn seal(&mut self, record: &mut [u8]) -> Result<(), Error> {
        let end = record.len().saturating_sub(self.tailroom());
        let plain = record.get(self.headroom()..end).unwrap_or_default();
        let mut sealed = Vec::with_capacity(record.len());
        self.connection.seal(plain, &mut sealed)?;
        if sealed.len() != record.len() {
            // invariant: the room is that of one record.
            record.fill(0);
            return Err(Code::Tls.into());
        }
        record.copy_from_slice(&sealed);
        Ok(())
    }

    fn close(&mut self, wire: &mut Vec<u8>) -> Result<(), Error> {
        self.connection.close(wire)
    }

    fn update_keys(&mut self, wire: &mut Vec<u8>) -> Result<(), Error> {
        if !self.is_tls13() || self.holds_partial_message() {
            return Err(Code::State.into());
        }
        self.connection.update_keys(wire).map_err(|e| error::from_rustls(&e))
    }

    fn note_proof(&mut self, is_proved: bool) {
        self.keeper.iter_mut().for_each(|keeper| keeper.note_proof(is_proved));
    }

    fn peer_closed(&self) -> bool {
        self.connection.peer_closed()
    }

    fn holds_partial_message(&self) -> bool {
        self.connection.pending() > 0
    }

    fn is_tls13(&self) -> bool {
        self.connection.is_tls13()
    }

    fn plaintext_bound(&self, header: Header) -> usize {
        // TLS 1.3 authenticates the header (RFC 8446 section 5.2), but rustls builds the additional
        // data of constants and takes a changed outer type; TLS 1.2 has one type only.
        if header.kind != record::APPLICATION_DATA && !self.is_tls13() {
            return 0;
        }
        let body = header.len.saturating_sub(self.overhead().saturating_sub(Header::LEN));
        // A larger one is refused when it is opened.
        body.min(record::MAX_PLAINTEXT)
    }

    fn headroom(&self) -> usize {
        if self.is_tls13() {
            return Header::LEN;
        }
        let expansion = record::tls12_expansion(self.connection.suite());
        Header::LEN.saturating_add(expansion).saturating_sub(self.tailroom())
    }

    fn tailroom(&self) -> usize {
        if self.is_tls13() { 17 } else { 16 }
    }
}
