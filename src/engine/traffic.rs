//! Application bytes: records in TLS, the bytes themselves in clear text.

use super::conn::Conn;
use super::event;
use super::io::{AppOut, Io};
use super::progress::Work;
use crate::error::{Code, Error};
use crate::tls::Session;
use crate::tls::record::{Header, MAX_PLAINTEXT};

impl Conn {
    pub(super) fn move_tls(&mut self, io: &mut Io<'_>, work: &mut Work) -> Result<(), Error> {
        // invariant: this phase has a session.
        let mut session = self.session.take().ok_or(Code::State)?;
        let result = match self.read_records(&mut session, io, work) {
            Ok(()) => {
                self.hand_out_traffic(io, work);
                self.write_records(&mut session, io, work)
            }
            failed => failed,
        };
        self.session = Some(session);
        result
    }

    fn read_records(
        &mut self,
        session: &mut Session,
        io: &mut Io<'_>,
        work: &mut Work,
    ) -> Result<(), Error> {
        let mut plain = Vec::new();
        loop {
            if self.peer_closed || self.ended {
                // Nothing follows a close_notify.
                work.step.wire_in_used = io.wire_in.len();
                break;
            }
            let bytes = work.rest(io.wire_in);
            let Some((header, head)) = Header::parse(bytes).zip(bytes.get(..Header::LEN)) else {
                work.need(bytes, Header::LEN);
                break;
            };
            let Ok(header) = header else { return Err(session.refuse(head, self.outbox.tail())) };
            let Some(record) = bytes.get(..header.total()) else {
                work.need(bytes, header.total());
                break;
            };
            let bound = session.plaintext_bound(header);
            let viewed = work.step.view_len;
            let room = io.app_out.room(viewed);
            if bound.max(1) > room {
                // Room is checked before decrypting: a record is delivered whole or not touched.
                // A view that is full says nothing: the next step brings the rest.
                if !matches!(io.app_out, AppOut::View { .. }) || viewed == 0 {
                    work.waiting = true;
                    work.step.need_app_out = bound.max(1);
                }
                break;
            }
            if viewed > 0 && bound > SMALL {
                break;
            }
            plain.clear();
            session.feed(record, self.outbox.tail(), &mut plain)?;
            if plain.len() > room {
                // invariant: the bound holds; the counts must not depend on it.
                return Err(Code::Tls.into());
            }
            self.heard = true;
            let start = work.step.wire_in_used;
            work.step.wire_in_used = start.saturating_add(header.total());
            self.deliver(&plain, start, io, work);
            if session.peer_closed() && !self.peer_closed {
                self.peer_closed = true;
                work.step.events |= event::PEER_CLOSED;
            }
            if plain.len() > SMALL && matches!(io.app_out, AppOut::View { .. }) {
                break;
            }
        }
        Ok(())
    }

    /// Copies plaintext out, or back over the used part of `wire_in`, behind what is there.
    fn deliver(&mut self, plain: &[u8], start: usize, io: &mut Io<'_>, work: &mut Work) {
        match &mut io.app_out {
            AppOut::Room(sink) => {
                sink.put(plain);
                work.step.app_out_made = work.step.app_out_made.saturating_add(plain.len());
            }
            AppOut::View { .. } if !plain.is_empty() => {
                if work.step.view_len == 0 {
                    work.step.view_off = start;
                }
                let at = work.step.view_off.saturating_add(work.step.view_len);
                // invariant: a record's plaintext is shorter than the record.
                if let Some(room) = io.wire_in.get_mut(at..at.saturating_add(plain.len())) {
                    room.copy_from_slice(plain);
                    work.step.view_len = work.step.view_len.saturating_add(plain.len());
                }
            }
            AppOut::View { .. } => {}
        }
    }

    fn write_records(
        &mut self,
        session: &mut Session,
        io: &mut Io<'_>,
        work: &mut Work,
    ) -> Result<(), Error> {
        let mut sealed = Vec::new();
        loop {
            let left = io.app_in.get(work.step.app_in_used..).unwrap_or_default();
            if left.is_empty() {
                return Ok(());
            }
            let overhead = session.overhead();
            let fits = io.wire_out.room().saturating_sub(overhead).min(MAX_PLAINTEXT);
            if !self.outbox.is_empty() || fits == 0 {
                work.unsent = true;
                work.step.need_wire_out = overhead.saturating_add(1);
                return Ok(());
            }
            let part = left.get(..fits).unwrap_or(left);
            sealed.clear();
            session.seal(part, &mut sealed)?;
            self.count_data();
            work.step.app_in_used = work.step.app_in_used.saturating_add(part.len());
            // A KeyUpdate answer may stand before the record.
            self.outbox.tail().extend_from_slice(&sealed);
            self.hand_out_traffic(io, work);
        }
    }

    /// Clear text: the bytes as they are, in both directions.
    pub(super) fn move_plain(&mut self, io: &mut Io<'_>, work: &mut Work) -> Result<(), Error> {
        if self.plain_due {
            self.plain_due = false;
            work.stop_with(event::PLAIN);
            return Ok(());
        }
        let waiting = if self.ended { 0 } else { io.wire_in.len() };
        let moved = waiting.min(io.app_out.room(0));
        if waiting > 0 && moved == 0 {
            work.waiting = true;
            work.step.need_app_out = 1;
        }
        work.step.wire_in_used = moved;
        match &mut io.app_out {
            AppOut::Room(sink) => {
                sink.put(io.wire_in.get(..moved).unwrap_or_default());
                work.step.app_out_made = moved;
            }
            AppOut::View { .. } => work.step.view_len = moved,
        }
        self.hand_out_traffic(io, work);
        if !self.outbox.is_empty() {
            work.unsent = !io.app_in.is_empty();
            return Ok(());
        }
        let part = io.app_in.get(..io.wire_out.room()).unwrap_or(io.app_in);
        io.wire_out.put(part);
        work.step.app_in_used = part.len();
        work.step.wire_out_made = work.step.wire_out_made.saturating_add(part.len());
        if part.len() < io.app_in.len() {
            work.unsent = true;
            work.step.need_wire_out = 1;
        }
        Ok(())
    }

    fn hand_out_traffic(&mut self, io: &mut Io<'_>, work: &mut Work) {
        let made = self.outbox.drain(io.wire_out);
        work.step.wire_out_made = work.step.wire_out_made.saturating_add(made);
    }
}

/// Records of at most this much plaintext may share a view.
const SMALL: usize = 4096;
