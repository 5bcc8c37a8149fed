//! The four buffers of a step.

/// Memory that a caller lends, filled from the front.
///
/// A trait, because what the C ABI lends is memory that nobody has written yet.
pub trait Sink {
    /// Returns the number of bytes that still fit.
    fn remaining(&self) -> usize;
    /// Appends `bytes`, of which there are at most `remaining()`.
    fn put(&mut self, bytes: &[u8]);
    /// Writes `head` zeros, `bytes` and `tail` zeros behind what was appended, and lends just these,
    /// so that a record can be sealed where it leaves; empty if they do not fit. They count only
    /// after `commit`.
    fn stage(&mut self, head: usize, bytes: &[u8], tail: usize) -> &mut [u8];
    /// Appends the first `len` bytes of what was staged.
    fn commit(&mut self, len: usize);
}

/// A slice as a sink.
#[derive(Debug)]
pub struct SliceSink<'a> {
    room: &'a mut [u8],
}

impl<'a> SliceSink<'a> {
    pub fn new(room: &'a mut [u8]) -> Self {
        Self { room }
    }
}

impl Sink for SliceSink<'_> {
    fn remaining(&self) -> usize {
        self.room.len()
    }

    fn put(&mut self, bytes: &[u8]) {
        let len = self.stage(0, bytes, 0).len();
        self.commit(len);
    }

    fn stage(&mut self, head: usize, bytes: &[u8], tail: usize) -> &mut [u8] {
        let len = head.saturating_add(bytes.len()).saturating_add(tail);
        let Some(staged) = self.room.get_mut(..len) else { return &mut [] };
        let (before, rest) = staged.split_at_mut(head);
        let (inside, behind) = rest.split_at_mut(bytes.len());
        before.fill(0);
        inside.copy_from_slice(bytes);
        behind.fill(0);
        staged
    }

    fn commit(&mut self, len: usize) {
        let room = std::mem::take(&mut self.room);
        self.room = room.get_mut(len..).unwrap_or_default();
    }
}

/// Where plaintext goes.
pub enum AppOut<'a> {
    /// Copied out.
    Buffer(&'a mut dyn Sink),
    /// Left in `wire_in`, at most `limit` bytes of it.
    View { limit: usize },
}

/// The buffers of one step; see `tlsql_conn_step` in the header for the contract.
pub struct Io<'a> {
    pub wire_in: &'a mut [u8],
    pub wire_out: &'a mut dyn Sink,
    pub app_in: &'a [u8],
    pub app_out: AppOut<'a>,
}

impl AppOut<'_> {
    /// Plaintext that still fits, when the view holds `viewed` bytes.
    pub fn room(&self, viewed: usize) -> usize {
        match self {
            Self::Buffer(sink) => sink.remaining(),
            Self::View { limit } => limit.saturating_sub(viewed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_staged_counts_when_it_is_committed() {
        let mut room = [7; 12];
        let mut sink = SliceSink::new(&mut room);
        sink.put(b"ab");
        assert_eq!(sink.stage(2, b"xyz", 1), b"\0\0xyz\0");
        assert_eq!(sink.remaining(), 10);
        let staged = sink.stage(1, b"XYZ", 2);
        staged[0] = b'<';
        sink.commit(6);
        assert_eq!(sink.remaining(), 4);
        assert_eq!(sink.stage(2, b"xyz", 0), b"", "it does not fit");
        sink.put(b"cd");
        assert_eq!(&room, b"ab<XYZ\0\0cd\x07\x07");
    }
}
