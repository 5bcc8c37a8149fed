//! PLAIN: application bytes as they are.

use super::event;
use super::inbound::{Inbound, unread};
use super::io::{AppOut, Io};
use super::outbox::Outbox;
use super::progress::Progress;
use crate::config::Outcome;
use crate::error::{Code, Error};

/// A connection in clear text.
#[derive(Debug)]
pub struct Plain {
    /// Why there is no TLS.
    pub outcome: Outcome,
    pub inbound: Inbound,
    /// The next step reports PLAIN.
    pub event_is_due: bool,
}

impl Plain {
    pub fn new(outcome: Outcome) -> Self {
        Self { outcome, inbound: Inbound::default(), event_is_due: true }
    }

    /// Moves bytes in both directions.
    pub fn advance(&mut self, io: &mut Io<'_>, progress: &mut Progress, outbox: &mut Outbox) {
        if std::mem::take(&mut self.event_is_due) {
            progress.stop_with(event::PLAIN);
            return;
        }
        self.read(io, progress);
        outbox.hand_out(io, progress);
        write(io, progress, outbox);
    }

    /// Notes that the transport ended; returns that nothing is missing.
    ///
    /// # Errors
    /// `State` while bytes are left: all that came can be read.
    pub fn eof(&mut self, left: usize) -> Result<bool, Error> {
        if left > 0 {
            return Err(unread());
        }
        self.inbound.eof(0)
    }

    /// Checks that bytes may leave, as they are.
    ///
    /// # Errors
    /// `State` until PLAIN was reported.
    pub fn prepare_seal(&self) -> Result<(), Error> {
        let why = "EVENT_PLAIN has not been reported";
        if self.event_is_due { Err(Error::detail(Code::State, why)) } else { Ok(()) }
    }

    fn read(&self, io: &mut Io<'_>, progress: &mut Progress) {
        let waiting = if self.inbound.is_open() { io.wire_in.len() } else { 0 };
        let moved = waiting.min(io.app_out.room(0));
        if waiting > 0 && moved == 0 {
            progress.step.need_app_out = 1;
        }
        progress.used(moved);
        match &mut io.app_out {
            AppOut::Buffer(sink) => {
                sink.put(io.wire_in.get(..moved).unwrap_or_default());
                progress.delivered(moved);
            }
            AppOut::View { .. } => progress.step.view_len = moved,
        }
    }
}

fn write(io: &mut Io<'_>, progress: &mut Progress, outbox: &Outbox) {
    if !outbox.is_empty() {
        progress.unsent = !io.app_in.is_empty();
        return;
    }
    let part = io.app_in.get(..io.wire_out.remaining()).unwrap_or(io.app_in);
    io.wire_out.put(part);
    progress.sent(part.len());
    progress.made(part.len());
    if part.len() < io.app_in.len() {
        progress.unsent = true;
        progress.step.need_wire_out = 1;
    }
}
