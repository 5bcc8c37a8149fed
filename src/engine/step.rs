//! The four-buffer step; see `tlsql_conn_step` in the header for its contract.

use std::sync::atomic::Ordering;

use super::conn::Conn;
use super::greeting::server_said;
use super::io::Io;
use super::phase::{Phase, Trigger};
use super::progress::{Step, Work};
use super::{event, want};
use crate::config::Role;
use crate::error::{Code, Error};
use crate::packet::header::Header as PacketHeader;
use crate::tls::record::{self, Header};

impl Conn {
    /// Does all the work that the four buffers allow. What was done is told also with a failure.
    pub fn step(&mut self, io: &mut Io<'_>) -> (Step, Result<(), Error>) {
        let mut work = Work::default();
        self.begin();
        if self.check_alive().is_err() {
            return self.finish_failed(io, work);
        }
        if self.closing || self.phase == Phase::Closed {
            self.hand_out(io, &mut work);
            if self.closing && self.outbox.is_empty() && self.phase != Phase::Closed {
                self.advance(Trigger::Drained);
            }
            return (self.finish(work), Ok(()));
        }
        if let Err(error) = self.work(io, &mut work) {
            let error = self.explain(error);
            self.queue_farewell(&error);
            self.pending = Some(error);
            if !work.step.did_anything() {
                // Nothing comes before it: it is reported at once.
                let _ = self.check_alive();
                return self.finish_failed(io, work);
            }
        }
        (self.finish(work), Ok(()))
    }

    fn work(&mut self, io: &mut Io<'_>, work: &mut Work) -> Result<(), Error> {
        if self.is_early(io.wire_in) {
            return Err(Code::EarlyBytes.into());
        }
        loop {
            self.hand_out(io, work);
            let before = (self.phase, work.step.wire_in_used);
            match (self.phase, self.role()) {
                (Phase::Greeting, Role::Client) => self.read_greeting(io.wire_in, work)?,
                (Phase::Greeting, Role::Server) => {
                    if self.greeted && self.outbox.is_empty() {
                        self.advance(Trigger::GreetingDone);
                    }
                }
                (Phase::Negotiate, Role::Client) => self.saw_ahead |= !io.wire_in.is_empty(),
                (Phase::Negotiate, Role::Server) => self.read_request(io.wire_in, work)?,
                (Phase::Handshake, _) => self.shake_hands(io.wire_in, work)?,
                (Phase::Tls, _) => return self.move_tls(io, work),
                (Phase::Plain, _) => return self.move_plain(io, work),
                (Phase::Closed | Phase::Failed, _) => {}
            }
            let moved = before != (self.phase, work.step.wire_in_used);
            if work.stopped || !moved {
                self.hand_out(io, work);
                return Ok(());
            }
        }
    }

    /// Client: bytes that came before the ClientHello left cannot be an answer to it.
    fn is_early(&self, wire: &[u8]) -> bool {
        let open = self.phase == Phase::Handshake && !self.flight_out;
        self.role() == Role::Client && open && !wire.is_empty()
    }

    fn hand_out(&mut self, io: &mut Io<'_>, work: &mut Work) {
        let made = self.outbox.drain(io.wire_out);
        work.step.wire_out_made = work.step.wire_out_made.saturating_add(made);
        if self.phase == Phase::Handshake && self.outbox.is_empty() {
            self.flight_out = true;
        }
    }

    /// Feeds the handshake one record.
    fn shake_hands(&mut self, wire: &[u8], work: &mut Work) -> Result<(), Error> {
        let bytes = work.rest(wire);
        if !self.saw_record && !self.is_record_ahead(bytes, work)? {
            return Ok(());
        }
        // invariant: this phase has a session.
        let session = self.session.as_mut().ok_or(Code::State)?;
        let Some((header, head)) = Header::parse(bytes).zip(bytes.get(..Header::LEN)) else {
            work.need(bytes, Header::LEN);
            return Ok(());
        };
        let Ok(header) = header else { return Err(session.refuse(head, self.outbox.tail())) };
        let total = header.total();
        let Some(record) = bytes.get(..total) else {
            work.need(bytes, total);
            return Ok(());
        };
        self.saw_record = true;
        let mut plain = Vec::new();
        session.feed(record, self.outbox.tail(), &mut plain)?;
        work.step.wire_in_used = work.step.wire_in_used.saturating_add(total);
        if session.is_handshaking() {
            return Ok(());
        }
        self.negotiated = Some(session.negotiated());
        self.peer_closed = session.peer_closed();
        self.context.0.counters.finished.fetch_add(1, Ordering::Relaxed);
        self.advance(Trigger::HandshakeDone);
        work.stop_with(event::SECURED);
        Ok(())
    }

    /// Looks at the first bytes after the SSLRequest; `false` if more are needed.
    fn is_record_ahead(&self, bytes: &[u8], work: &mut Work) -> Result<bool, Error> {
        match self.role() {
            Role::Server => match bytes {
                [record::HANDSHAKE, 3, ..] => Ok(true),
                [] | [record::HANDSHAKE] => {
                    work.need(bytes, Header::LEN);
                    Ok(false)
                }
                _ => Err(Code::EarlyBytes.into()),
            },
            Role::Client => {
                let Some(head) = bytes.get(..Header::LEN) else {
                    work.need(bytes, Header::LEN);
                    return Ok(false);
                };
                // Not a TLS record, but a packet that begins as an ERR packet does. Its number is 2,
                // or another where the host gave the SSLRequest a wrong one.
                let Some(packet) = PacketHeader::parse(head) else { return Ok(true) };
                let len = usize::try_from(packet.len).unwrap_or(usize::MAX);
                let is_err = head.last() == Some(&0xff);
                if Header::parse(head).is_some_and(|header| header.is_ok())
                    || !is_err
                    || !(MIN_ERR..=MAX_ERR).contains(&len)
                {
                    return Ok(true);
                }
                let total = len.saturating_add(PacketHeader::WIRE_LEN);
                match bytes.get(PacketHeader::WIRE_LEN..total) {
                    Some(payload) => Err(server_said(payload)?),
                    None => {
                        work.need(bytes, total);
                        Ok(false)
                    }
                }
            }
        }
    }

    pub(super) fn count_start(&self) {
        self.context.0.counters.started.fetch_add(1, Ordering::Relaxed);
    }

    fn finish(&mut self, mut work: Work) -> Step {
        self.room_awaited = work.waiting;
        let step = &mut work.step;
        step.phase = self.phase.number();
        step.want = self.want();
        if !self.outbox.is_empty() {
            step.need_wire_out = 1;
        }
        if work.unsent {
            step.want |= want::WIRE_OUT;
        }
        if work.waiting {
            step.want |= want::APP_OUT;
            step.want &= !want::WIRE_IN;
        }
        work.step
    }

    /// In FAILED all of wire_in is used up and ignored; the alert and the ERR packet still leave.
    fn finish_failed(&mut self, io: &mut Io<'_>, mut work: Work) -> (Step, Result<(), Error>) {
        self.hand_out(io, &mut work);
        work.step.wire_in_used = io.wire_in.len();
        let failure = self.failure.clone();
        (self.finish(work), failure.map_or(Ok(()), Err))
    }
}

/// An ERR packet has a mark, a code and a text; MySQL's texts end at 512 bytes.
const MIN_ERR: usize = 4;
const MAX_ERR: usize = 530;
