//! How a byte stream is cut into steps.

pub use super::promises::AppRoom;

/// One way to cut.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Schedule {
    /// All at once, room without end.
    Whole,
    /// One byte in, and no more room out than what is asked for.
    Bytes,
    /// Cuts by chance; the number is the seed.
    Random(u64),
}

/// Every stream test runs under each of these.
pub const SCHEDULES: [Schedule; 5] = [
    Schedule::Whole,
    Schedule::Bytes,
    Schedule::Random(1),
    Schedule::Random(2),
    Schedule::Random(0x5eed),
];

/// xorshift64*: small, seeded, and the same on every machine.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Returns a number from 0 to `end`, `end` left out.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        high as usize % end.max(1)
    }
}

/// A schedule in progress.
#[derive(Clone, Debug)]
pub struct Cutter {
    schedule: Schedule,
    random: Random,
}

impl Cutter {
    pub fn new(schedule: Schedule) -> Self {
        let seed = if let Schedule::Random(seed) = schedule { seed } else { 1 };
        Self { schedule, random: Random::new(seed) }
    }

    /// Returns how many of `len` bytes come next.
    pub fn part(&mut self, len: usize) -> usize {
        match self.schedule {
            Schedule::Whole => len,
            Schedule::Bytes => len.min(1),
            // Long streams in long parts, so that a mebibyte does not take a million steps.
            Schedule::Random(_) => (1 + self.random.below(1 + len / 16 + 40)).min(len),
        }
    }

    /// Returns the room for the peer's bytes, where the last step asked for `needed`.
    pub fn wire_room(&mut self, needed: usize) -> usize {
        match self.schedule {
            Schedule::Whole => 1 << 17,
            Schedule::Bytes => needed,
            Schedule::Random(_) => needed + self.random.below(600),
        }
    }

    /// Returns the room for plaintext, where the last step asked for `needed`.
    pub fn app_room(&mut self, needed: usize) -> AppRoom {
        match self.schedule {
            Schedule::Whole => AppRoom::View(usize::MAX),
            Schedule::Bytes => AppRoom::Copy(needed),
            Schedule::Random(_) => match self.random.below(3) {
                0 => AppRoom::Copy(needed + self.random.below(300)),
                1 => AppRoom::View(needed + self.random.below(300)),
                _ => AppRoom::View(usize::MAX),
            },
        }
    }
}
