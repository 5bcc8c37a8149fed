//! TLS: application bytes in records.

use super::event;
use super::inbound::{Inbound, InboundEnd};
use super::io::{AppOut, Io};
use super::outbox::{Outbox, bytes_are_queued};
use super::progress::Progress;
use super::tls_session::Session;
use crate::error::{Code, Error};
use crate::tls::record::{Frame, MAX_PLAINTEXT};
use crate::tls::{RecordLayer, Traffic};

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
        self.queue_answer(outbox)?;
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
    /// `State` in TLS 1.2, and while only part of a handshake message of the peer has come.
    pub fn update_keys(&mut self, outbox: &mut Outbox) -> Result<(), Error> {
        let why = match self.traffic.is_tls13() {
            false => Some("TLS 1.2 has no KeyUpdate"),
            true if self.traffic.holds_partial_message() => {
                Some("a NewSessionTicket or KeyUpdate is half read: step first")
            }
            true => None,
        };
        if let Some(why) = why {
            return Err(Error::detail(Code::State, why));
        }
        if !self.keys_are_unused {
            self.traffic.update_keys(outbox.tail())?;
        }
        self.keys_are_unused = true;
        Ok(())
    }

    /// Checks that a record can be sealed now; queues what has to leave before it.
    ///
    /// # Errors
    /// `State` if anything does; `KeysUsedUp`.
    pub fn prepare_seal(&mut self, outbox: &mut Outbox) -> Result<(), Error> {
        self.traffic.prepare_seal(outbox.tail())?;
        if outbox.is_empty() { Ok(()) } else { Err(bytes_are_queued()) }
    }

    /// Seals a record where its plaintext lies, after `prepare_seal`.
    ///
    /// # Errors
    /// `KeysUsedUp`, `Tls`.
    pub fn seal(&mut self, record: &mut [u8]) -> Result<(), Error> {
        self.keys_are_unused = false;
        self.traffic.seal(record)
    }

    /// Notes whether the server has proved itself, after which its sessions may be resumed; returns it.
    pub fn note_proof(&mut self, is_proved: bool) -> bool {
        self.session.has_peer_proof = is_proved;
        self.session.login_packet = None;
        self.traffic.note_proof(is_proved);
        is_proved
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
        while progress.step.wire_in_used < io.wire_in.len() {
            if !self.inbound.is_open() {
                // Nothing follows a close_notify.
                progress.step.wire_in_used = io.wire_in.len();
                return Ok(());
            }
            let start = progress.step.wire_in_used;
            let bytes = progress.rest(io.wire_in);
            let header = match Frame::next(bytes) {
                Frame::Whole(header, _) => header,
                Frame::Need(len) => {
                    progress.need(bytes, len);
                    return Ok(());
                }
                Frame::NotTls(why) => return Err(self.traffic.refuse(why, outbox.tail())),
            };
            let bound = self.traffic.plaintext_bound(header);
            let Some(room) = room_for(bound, io, progress) else { return Ok(()) };
            let end = start.saturating_add(header.total());
            // invariant: the record is whole.
            let record = io.wire_in.get_mut(start..end).unwrap_or_default();
            progress.spoilt = record.len();
            let plain = self.traffic.open(record, outbox.tail())?;
            if plain.len() > room {
                // invariant: the bound holds; the counts must not depend on it.
                record.fill(0);
                return Err(Code::Tls.into());
            }
            self.received_traffic = true;
            progress.used(header.total());
            progress.spoilt = 0;
            if plain.is_empty() {
                self.queue_answer(outbox)?;
                if self.traffic.peer_closed() {
                    self.inbound.end = InboundEnd::CloseNotify;
                    progress.step.events |= event::PEER_CLOSED;
                }
                continue;
            }
            let len = plain.len();
            deliver(start.saturating_add(plain.start), len, io, progress);
            if len > SMALL && matches!(io.app_out, AppOut::View { .. }) {
                break;
            }
        }
        Ok(())
    }

    /// Queues the answer to a KeyUpdate when it is due, and one at a time.
    fn queue_answer(&mut self, outbox: &mut Outbox) -> Result<(), Error> {
        if outbox.is_empty() { self.traffic.answer(outbox.tail()) } else { Ok(()) }
    }

    fn write_records(
        &mut self,
        io: &mut Io<'_>,
        progress: &mut Progress,
        outbox: &mut Outbox,
    ) -> Result<(), Error> {
        while progress.step.app_in_used < io.app_in.len() {
            let left = io.app_in.get(progress.step.app_in_used..).unwrap_or_default();
            if outbox.is_empty() {
                self.traffic.prepare_seal(outbox.tail())?;
                outbox.hand_out(io, progress);
            }
            let (head, tail) = self.margins();
            let overhead = head.saturating_add(tail);
            let fits = io.wire_out.remaining().saturating_sub(overhead);
            let most = left.len().min(MAX_PLAINTEXT);
            // Only the first record of a step is made smaller to fit.
            if !outbox.is_empty() || fits == 0 || (fits < most && progress.step.app_in_used > 0) {
                progress.unsent = true;
                progress.step.need_wire_out = overhead.saturating_add(1);
                return Ok(());
            }
            let part = left.get(..fits.min(most)).unwrap_or(left);
            let record = io.wire_out.stage(head, part, tail);
            self.traffic.seal(record)?;
            let len = record.len();
            io.wire_out.commit(len);
            self.keys_are_unused = false;
            progress.made(len);
            progress.sent(part.len());
        }
        Ok(())
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

/// Copies the plaintext at `start` of `wire_in` out, or makes it the view: behind what the view has.
fn deliver(start: usize, len: usize, io: &mut Io<'_>, progress: &mut Progress) {
    let place = start..start.saturating_add(len);
    match &mut io.app_out {
        AppOut::Buffer(sink) => {
            sink.put(io.wire_in.get(place).unwrap_or_default());
            progress.delivered(len);
        }
        AppOut::View { .. } if progress.step.view_len == 0 => {
            progress.step.view_off = start;
            progress.step.view_len = len;
        }
        AppOut::View { .. } => {
            let end = progress.step.view_off.saturating_add(progress.step.view_len);
            // invariant: each record has a header, so that the view ends before `start`.
            if end <= start && place.end <= io.wire_in.len() {
                io.wire_in.copy_within(place, end);
                progress.step.view_len = progress.step.view_len.saturating_add(len);
            }
        }
    }
}

/// Records of at most this much plaintext may share a view.
const SMALL: usize = 4096;
