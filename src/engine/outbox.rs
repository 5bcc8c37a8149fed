//! Bytes for the peer that wait for room, in the order of the calls that made them.

use super::io::Sink;

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

    /// Hands out what there is room for, and returns how much.
    pub fn drain(&mut self, out: &mut dyn Sink) -> usize {
        let waiting = self.bytes.get(self.sent..).unwrap_or_default();
        let part = waiting.get(..out.room()).unwrap_or(waiting);
        let made = part.len();
        out.put(part);
        self.sent = self.sent.saturating_add(made);
        if self.sent == self.bytes.len() {
            // A flight is freed; during traffic only alerts come here.
            self.clear();
        }
        made
    }

    /// Forgets what was not handed out.
    pub fn clear(&mut self) {
        self.bytes = Vec::new();
        self.sent = 0;
    }
}
