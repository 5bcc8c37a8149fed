//! Bytes for the peer that wait for room, in the order of the calls that made them.
//!
//! A step hands out nothing behind a break. The SSLRequest has one behind it: a server that reads
//! ahead before it starts TLS would take a ClientHello that came with it, and lose it.

use super::io::{Io, Sink};
use super::progress::Progress;
use crate::error::{Code, Error};

#[derive(Debug, Default)]
pub struct Outbox {
    bytes: Vec<u8>,
    sent: usize,
    /// Where the break is, in bytes from the front; 0 for none.
    break_at: usize,
}

impl Outbox {
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Where new bytes are appended.
    pub fn tail(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Puts a break behind what is queued: what follows leaves with a later step.
    pub fn add_break(&mut self) {
        self.break_at = self.bytes.len();
    }

    /// Begins a step: what stands behind a break that an earlier one reached may leave.
    #[inline]
    pub(super) fn begin_step(&mut self) {
        if self.sent >= self.break_at {
            self.break_at = 0;
        }
    }

    /// Hands out what `wire_out` has room for, up to a break.
    #[inline(always)]
    pub(super) fn hand_out(&mut self, io: &mut Io<'_>, progress: &mut Progress) {
        if !self.is_empty() {
            progress.made(self.drain(io.wire_out));
        }
    }

    /// Drops what was not handed out.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    #[inline(never)]
    fn drain(&mut self, out: &mut dyn Sink) -> usize {
        let end = if self.break_at == 0 { self.bytes.len() } else { self.break_at };
        let waiting = self.bytes.get(self.sent..end).unwrap_or_default();
        let part = waiting.get(..out.remaining()).unwrap_or(waiting);
        let made = part.len();
        out.put(part);
        self.sent = self.sent.saturating_add(made);
        if self.sent == self.bytes.len() {
            // The memory of a flight is freed; a record is handed out as soon as it is made.
            self.clear();
        }
        made
    }
}

/// The reason of what cannot be sealed before the queued bytes have left.
#[cold]
pub(super) fn bytes_are_queued() -> Error {
    Error::detail(Code::State, "bytes for the peer are queued; step until they have left")
}

#[cfg(test)]
mod tests {
    use super::super::io::SliceSink;
    use super::*;

    #[test]
    fn no_step_hands_out_both_sides_of_a_break() {
        for room in 1..=12 {
            let mut outbox = Outbox::default();
            outbox.tail().extend_from_slice(b"request");
            outbox.add_break();
            outbox.tail().extend_from_slice(b"hello");
            let mut writes = Vec::new();
            while !outbox.is_empty() {
                outbox.begin_step();
                let mut out = vec![0; room];
                let mut sink = SliceSink::new(&mut out);
                // A step may try more than once.
                let made = outbox.drain(&mut sink) + outbox.drain(&mut sink);
                writes.push(out[..made].to_vec());
            }
            assert_eq!(writes.concat(), b"requesthello", "{room}");
            let mut len = 0;
            let ends: Vec<usize> = writes
                .iter()
                .map(|write| {
                    len += write.len();
                    len
                })
                .collect();
            assert!(ends.contains(&7), "{room}: {ends:?}");
        }
    }

    #[test]
    fn a_break_behind_the_last_byte_is_none() {
        let mut outbox = Outbox::default();
        outbox.tail().extend_from_slice(b"request");
        outbox.add_break();
        let mut out = [0; 16];
        assert_eq!(outbox.drain(&mut SliceSink::new(&mut out)), 7);
        outbox.tail().extend_from_slice(b"more");
        assert_eq!(outbox.drain(&mut SliceSink::new(&mut out)), 4);
    }
}
