//! A step in progress, and what it tells when it is done.

/// What a step did, and what it wants next.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Step {
    pub want: u32,
    pub phase: u32,
    pub events: u32,
    pub wire_in_used: usize,
    pub wire_out_made: usize,
    pub app_in_used: usize,
    pub app_out_made: usize,
    /// Plaintext left in `wire_in`.
    pub view_off: usize,
    pub view_len: usize,
    pub need_wire_in: usize,
    pub need_wire_out: usize,
    pub need_app_out: usize,
}

/// A step in progress.
#[derive(Debug, Default)]
pub(super) struct Work {
    pub step: Step,
    /// An event was reported after which nothing else may happen.
    pub stopped: bool,
    /// A record waits for room.
    pub waiting: bool,
    /// app_in is left over for want of room.
    pub unsent: bool,
}

impl Work {
    /// What is left of wire_in.
    pub fn rest<'a>(&self, wire: &'a [u8]) -> &'a [u8] {
        wire.get(self.step.wire_in_used..).unwrap_or_default()
    }

    /// `len` bytes are needed at the front of the next wire_in.
    pub fn need(&mut self, presented: &[u8], len: usize) {
        self.step.need_wire_in = if presented.is_empty() { 0 } else { len };
    }

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
