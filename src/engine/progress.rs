//! A step in progress, and its result.

use super::Phase;

/// What a step did, and what the connection wants next.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Step {
    /// `want` bits.
    pub want: u32,
    pub phase: Phase,
    /// `event` bits.
    pub events: u32,
    pub wire_in_used: usize,
    pub wire_out_made: usize,
    pub app_in_used: usize,
    pub app_out_made: usize,
    /// Where the plaintext begins that was left in `wire_in`, and its length.
    pub view_off: usize,
    pub view_len: usize,
    pub need_wire_in: usize,
    pub need_wire_out: usize,
    pub need_app_out: usize,
}

/// A step in progress.
#[derive(Debug, Default)]
pub(super) struct Progress {
    pub step: Step,
    /// An event was reported after which nothing else may happen.
    pub stopped: bool,
    /// `app_in` is left over for want of room.
    pub unsent: bool,
    /// Length of a record, behind the bytes that were used, that was refused: it may have been
    /// decrypted where it lies, and is not presented again.
    pub spoilt: usize,
}

impl Progress {
    /// Returns what is left of `wire_in`.
    pub fn rest<'a>(&self, wire: &'a [u8]) -> &'a [u8] {
        wire.get(self.step.wire_in_used..).unwrap_or_default()
    }

    /// Counts bytes of `wire_in` as used.
    pub fn used(&mut self, len: usize) {
        self.step.wire_in_used = self.step.wire_in_used.saturating_add(len);
    }

    /// Counts bytes written to `wire_out`.
    pub fn made(&mut self, len: usize) {
        self.step.wire_out_made = self.step.wire_out_made.saturating_add(len);
    }

    /// Counts bytes of `app_in` as used.
    pub fn sent(&mut self, len: usize) {
        self.step.app_in_used = self.step.app_in_used.saturating_add(len);
    }

    /// Counts plaintext written to `app_out`.
    pub fn delivered(&mut self, len: usize) {
        self.step.app_out_made = self.step.app_out_made.saturating_add(len);
    }

    /// Asks for `len` bytes at the front of the next `wire_in`.
    pub fn need(&mut self, presented: &[u8], len: usize) {
        self.step.need_wire_in = if presented.is_empty() { 0 } else { len };
    }

    /// Reports an event, and ends the step.
    pub fn stop_with(&mut self, event: u32) {
        self.step.events |= event;
        self.stopped = true;
    }
}

impl Step {
    pub(super) fn did_anything(&self) -> bool {
        self.events != 0
            || self.wire_in_used != 0
            || self.wire_out_made != 0
            || self.app_in_used != 0
            || self.app_out_made != 0
            || self.view_len != 0
    }
}
