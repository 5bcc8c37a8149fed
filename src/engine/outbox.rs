//! Bytes for the peer that wait for room, in the order of the calls that made them.

use super::io::{Io, Sink};
use super::progress::Progress;

#[derive(Debug, Default)]
pub struct Outbox {
    bytes: Vec<u8>,
    sent: usize,
}

impl Outbox {
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Where new bytes are appended.
    pub fn tail(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Hands out what `wire_out` has room for.
    pub(super) fn hand_out(&mut self, io: &mut Io<'_>, progress: &mut Progress) {
        progress.made(self.drain(io.wire_out));
    }

    /// Drops what was not handed out.
    pub fn clear(&mut self) {
        self.bytes = Vec::new();
        self.sent = 0;
    }

    fn drain(&mut self, out: &mut dyn Sink) -> usize {
        let waiting = self.bytes.get(self.sent..).unwrap_or_default();
        let part = waiting.get(..out.remaining()).unwrap_or(waiting);
        let made = part.len();
        out.put(part);
        self.sent = self.sent.saturating_add(made);
        if self.sent == self.bytes.len() {
            // A flight is freed; during traffic only alerts come here.
            self.clear();
        }
        made
    }
}
