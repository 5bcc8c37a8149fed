//! Fuzz input as numbers and bytes. What is past its end is 0, so every input is a whole script.

pub struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub fn new(data: &'a [u8]) -> Self {
        Self { rest: data }
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub fn u8(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }

    pub fn u16(&mut self) -> u16 {
        u16::from_le_bytes([self.u8(), self.u8()])
    }

    pub fn u32(&mut self) -> u32 {
        u32::from(self.u16()) | u32::from(self.u16()) << 16
    }

    /// Reads a size below 32768: a byte, and a second one if the first has its high bit set.
    pub fn size(&mut self) -> usize {
        let first = usize::from(self.u8());
        if first < 0x80 { first } else { (first & 0x7f) << 8 | usize::from(self.u8()) }
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::from(self.u8()) % from.len()]
    }

    /// Returns the next `n` bytes, or as many as are left.
    pub fn take(&mut self, n: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(n.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    /// Reads a size, and returns that many bytes.
    pub fn bytes(&mut self) -> &'a [u8] {
        let n = self.size();
        self.take(n)
    }

    /// Changes `count` bytes: for each a place and an exclusive or.
    pub fn flip(&mut self, bytes: &mut [u8], count: u8) {
        for _ in 0..count {
            let (place, with) = (usize::from(self.u16()), self.u8());
            if let Some(len) = bytes.len().checked_sub(1) {
                bytes[place % (len + 1)] ^= with;
            }
        }
    }

    pub fn rest(&mut self) -> &'a [u8] {
        self.take(self.rest.len())
    }
}
