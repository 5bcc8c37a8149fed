//! The one place that asks for the time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Where the time comes from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    /// A fixed time in Unix seconds, for tests; `None` for the system's.
    pub fixed: Option<u64>,
}

impl Clock {
    /// Returns the time since 1970; `None` while the system's clock is set before that.
    pub fn since_1970(self) -> Option<Duration> {
        match self.fixed {
            Some(seconds) => Some(Duration::from_secs(seconds)),
            None => SystemTime::now().duration_since(UNIX_EPOCH).ok(),
        }
    }

    /// Returns the time in Unix seconds, and 0 before 1970.
    pub fn unix_seconds(self) -> i64 {
        let seconds = self.since_1970().unwrap_or_default().as_secs();
        i64::try_from(seconds).unwrap_or(i64::MAX)
    }
}
