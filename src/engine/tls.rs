//! TLS: application bytes in records.

use zeroize::Zeroizing;

use super::event;
use super::io::{AppOut, Io};
use super::outbox::Outbox;
use super::progress::Progress;
use super::state::{Inbound, InboundEnd, Session};
use crate::error::{Code, Error};
use crate::tls::Traffic;
use crate::tls::record::{Frame, MAX_PLAINTEXT};

/// A connection in TLS.
#[derive(Debug)]
pub struct Tls {
    traffic: Traffic,
    pub session: Box<Session>,
    pub inbound: Inbound,
    /// A record came from the peer after the handshake.
    pub received_traffic: bool,
    /// No application data was sent under the keys of the last KeyUpdate.
    keys_are_unused: bool,
}

impl Tls {
    pub fn new(traffic: Traffic, session: Session, inbound: Inbound) -> Self {
        Self {
            traffic,
            session: Box::new(session),
            inbound,
            received_traffic: false,
            keys_are_unused: false,
        }
    }

    /// Moves records in, then records out.
    pub fn advance(
        &mut self,
        io: &mut Io<'_>,
        progress: &mut Progress,
        outbox: &mut Outbox,
    ) -> Result<(), Error> {
        self.read_records(io, progress, outbox)?;
        outbox.hand_out(io, progress);
        self.write_records(io, progress, outbox)
    }

    /// Queues a close_notify.
    ///
    /// # Errors
    /// `KeysUsedUp`.
    pub fn close(&mut self, outbox: &mut Outbox) -> Result<(), Error> {
        self.traffic.close(outbox.tail())
    }

    /// Queues a KeyUpdate, unless nothing was sent since the last one.
    ///
    /// # Errors
    /// `State` in TLS 1.2, and while the peer is in the middle of a message.
    pub fn update_keys(&mut self, outbox: &mut Outbox) -> Result<(), Error> {
        if self.traffic.holds_partial_message() {
            return Err(Code::State.into());
        }
        if !self.keys_are_unused || !self.traffic.is_tls13() {
            self.traffic.update_keys(outbox.tail())?;
        }
        self.keys_are_unused = true;
        Ok(())
    }

    /// Makes one record of at most 16384 bytes. An answer of TLS itself that is due goes to the
    /// outbox instead.
    ///
    /// # Errors
    /// `State` if such an answer was due: it leaves first; `KeysUsedUp`.
    pub fn seal(&mut self, plain: &[u8], outbox: &mut Outbox) -> Result<Vec<u8>, Error> {
        self.traffic.send_due(outbox.tail())?;
        if !outbox.is_empty() {
            return Err(Code::State.into());
        }
        self.keys_are_unused = false;
        let mut record = Vec::new();
        self.traffic.seal(plain, &mut record)?;
        Ok(record)
    }

    /// Bytes before and after the plaintext in a record.
    pub fn margins(&self) -> (usize, usize) {
        (self.traffic.headroom(), self.traffic.tailroom())
    }

    /// Whether part of a message came, and the rest did not.
    pub fn holds_partial_message(&self) -> bool {
        self.traffic.holds_partial_message()
    }

    fn read_records(
        &mut self,
        io: &mut Io<'_>,
        progress: &mut Progress,
        outbox: &mut Outbox,
    ) -> Result<(), Error> {
        let mut plain = Zeroizing::new(Vec::new());
        loop {
            if !self.inbound.is_open() {
                // Nothing follows a close_notify.
                progress.step.wire_in_used = io.wire_in.len();
                return Ok(());
            }
            let bytes = progress.rest(io.wire_in);
            let (header, record) = match Frame::next(bytes) {
                Frame::Whole(header, record) => (header, record),
                Frame::Need(len) => {
                    progress.need(bytes, len);
                    return Ok(());
                }
                Frame::NotTls(why) => return Err(self.traffic.refuse(why, outbox.tail())),
            };
            let bound = self.traffic.plaintext_bound(header);
            let Some(room) = room_for(bound, io, progress) else { return Ok(()) };
            plain.clear();
            if plain.capacity() < bound {
                // A buffer that grows would free what it held as it is.
                plain = Zeroizing::new(Vec::with_capacity(bound));
            }
            self.traffic.open(record, outbox.tail(), &mut plain)?;
            if plain.len() > room {
                // invariant: the bound holds; the counts must not depend on it.
                return Err(Code::Tls.into());
            }
            self.received_traffic = true;
            if plain.is_empty() && outbox.is_empty() {
                // An answer to a KeyUpdate is queued when it is due, and one at a time.
                self.traffic.send_due(outbox.tail())?;
            }
            let start = progress.step.wire_in_used;
            progress.used(header.total());
            deliver(&plain, start, io, progress);
            if self.traffic.peer_closed() && self.inbound.is_open() {
                self.inbound.end = InboundEnd::CloseNotify;
                progress.step.events |= event::PEER_CLOSED;
            }
            if plain.len() > SMALL && matches!(io.app_out, AppOut::View { .. }) {
                return Ok(());
            }
        }
    }

    fn write_records(
        &mut self,
        io: &mut Io<'_>,
        progress: &mut Progress,
        outbox: &mut Outbox,
    ) -> Result<(), Error> {
        let mut sealed = Vec::new();
        loop {
            let left = io.app_in.get(progress.step.app_in_used..).unwrap_or_default();
            if left.is_empty() {
                return Ok(());
            }
            let overhead = self.traffic.overhead();
            let fits = io.wire_out.remaining().saturating_sub(overhead).min(MAX_PLAINTEXT);
            if !outbox.is_empty() || fits == 0 {
                progress.unsent = true;
                progress.step.need_wire_out = overhead.saturating_add(1);
                return Ok(());
            }
            let part = left.get(..fits).unwrap_or(left);
            sealed.clear();
            self.traffic.seal(part, &mut sealed)?;
            self.keys_are_unused = false;
            progress.sent(part.len());
            // A KeyUpdate answer may stand before the record.
            outbox.tail().extend_from_slice(&sealed);
            outbox.hand_out(io, progress);
        }
    }
}

/// Returns the room for a record of at most `bound` bytes of plaintext; `None` if it has to wait.
/// Room is checked before decrypting: a record is delivered whole or not touched.
fn room_for(bound: usize, io: &Io<'_>, progress: &mut Progress) -> Option<usize> {
    let viewed = progress.step.view_len;
    let room = io.app_out.room(viewed);
    if bound.max(1) > room {
        // A view that is full says nothing: the next step brings the rest.
        if !matches!(io.app_out, AppOut::View { .. }) || viewed == 0 {
            progress.step.need_app_out = bound.max(1);
        }
        return None;
    }
    if viewed > 0 && bound > SMALL { None } else { Some(room) }
}

/// Copies plaintext out, or back over the used part of `wire_in`, behind what is there.
fn deliver(plain: &[u8], start: usize, io: &mut Io<'_>, progress: &mut Progress) {
    match &mut io.app_out {
        AppOut::Buffer(sink) => {
            sink.put(plain);
            progress.delivered(plain.len());
        }
        AppOut::View { .. } if !plain.is_empty() => {
            if progress.step.view_len == 0 {
                progress.step.view_off = start;
            }
            let at = progress.step.view_off.saturating_add(progress.step.view_len);
            // invariant: a record's plaintext is shorter than the record.
            if let Some(room) = io.wire_in.get_mut(at..at.saturating_add(plain.len())) {
                room.copy_from_slice(plain);
                progress.step.view_len = progress.step.view_len.saturating_add(plain.len());
            }
        }
        AppOut::View { .. } => {}
    }
}

/// Records of at most this much plaintext may share a view.
const SMALL: usize = 4096;
