//! The keys of a context's tickets: the current one and the one before.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use zeroize::Zeroizing;

use crate::crypto::TicketKey;
use crate::error::{Code, Error};

/// Made at random and changed every day, until the host sets others.
#[derive(Default)]
pub struct TicketKeys(RwLock<Pair>);

#[derive(Clone, Default)]
struct Pair {
    /// Seals and opens; `None` before the first ticket.
    current: Option<Arc<TicketKey>>,
    /// Only opens.
    previous: Option<Arc<TicketKey>>,
    /// When the current one was made, in Unix seconds; `None` for the host's.
    made: Option<i64>,
}

impl TicketKeys {
    /// Replaces the keys by the host's, which are changed by it alone from now on.
    ///
    /// # Errors
    /// `Argument`; the keys are those of before then.
    pub fn set(&self, current: &[u8], previous: Option<&[u8]>) -> Result<(), Error> {
        let current = Some(Arc::new(read("the current", current)?));
        let previous = previous.map(|key| read("the previous", key).map(Arc::new)).transpose()?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) =
            Pair { current, previous, made: None };
        Ok(())
    }

    /// Returns a ticket with this in it; `None` if no key can be made.
    pub fn seal(&self, plain: &[u8], now: i64) -> Option<Vec<u8>> {
        self.sealing(now)?.seal(plain)
    }

    /// Returns what a ticket holds; `None` for whatever is no ticket of either key.
    pub fn open(&self, ticket: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let Pair { current, previous, .. } = self.pair();
        [current, previous].into_iter().flatten().find_map(|key| key.open(ticket))
    }

    /// Returns the current key, after a change if one is due.
    fn sealing(&self, now: i64) -> Option<Arc<TicketKey>> {
        let pair = self.pair();
        if pair.is_current(now) {
            return pair.current;
        }
        let made = Arc::new(TicketKey::random()?);
        let mut pair = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have been first.
        if !pair.is_current(now) {
            // No ticket is resumed after two periods, or from the future.
            let is_needed = pair.age(now).is_some_and(|age| (0..2 * PERIOD).contains(&age));
            let old = pair.current.take().filter(|_| is_needed);
            *pair = Pair { current: Some(made), previous: old, made: Some(now) };
        }
        pair.current.clone()
    }

    fn pair(&self) -> Pair {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Pair {
    fn is_current(&self, now: i64) -> bool {
        let is_due = self.made.is_some()
            && !self.age(now).is_some_and(|age| (-OLDER_READING..PERIOD).contains(&age));
        self.current.is_some() && !is_due
    }

    fn age(&self, now: i64) -> Option<i64> {
        now.checked_sub(self.made?)
    }
}

impl fmt::Debug for TicketKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TicketKeys(hidden)")
    }
}

fn read(which: &str, octets: &[u8]) -> Result<TicketKey, Error> {
    TicketKey::new(octets).ok_or_else(|| {
        let why = match octets.len() {
            TicketKey::LEN => {
                format!("{which} ticket key is all zeros, as if nobody had filled it")
            }
            len => format!("{which} ticket key has {len} bytes, not {}", TicketKey::LEN),
        };
        let hint = format!("Make a ticket key of {} random bytes.", TicketKey::LEN);
        Error::detail(Code::Argument, why).with_hint(hint)
    })
}

/// Seconds for which a key of our own seals: the largest `ssl_session_cache_timeout`, so that the key
/// before is there for as long as its tickets are taken.
const PERIOD: i64 = 86_400;

/// Seconds by which a reading of the clock may lie before that with which the key was made: another
/// thread's, or one behind a small correction.
const OLDER_READING: i64 = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_keys_change_every_day_and_open_for_another() {
        let keys = TicketKeys::default();
        let first = keys.seal(b"first", 0).unwrap();
        let last = keys.seal(b"last", PERIOD - 1).unwrap();
        assert_eq!(first[..16], last[..16], "one key");
        let next = keys.seal(b"next", PERIOD).unwrap();
        assert_ne!(first[..16], next[..16]);
        for (ticket, plain) in [(&first, &b"first"[..]), (&last, b"last"), (&next, b"next")] {
            assert_eq!(keys.open(ticket).unwrap().as_slice(), plain);
        }
        keys.seal(b"", 2 * PERIOD).unwrap();
        assert!(keys.open(&last).is_none() && keys.open(&next).is_some());
        // Nothing for two days: none of the old ones is needed.
        keys.seal(b"", 4 * PERIOD).unwrap();
        assert!(keys.open(&next).is_none());
        let of_future = keys.seal(b"", 4 * PERIOD).unwrap();
        keys.seal(b"", 4 * PERIOD - 1).unwrap();
        assert!(keys.open(&of_future).is_some(), "another thread looked at the clock before");
        keys.seal(b"", 3 * PERIOD).unwrap();
        assert!(keys.open(&of_future).is_none(), "the clock was set back");
    }

    #[test]
    fn keys_of_the_host_are_its_own_to_change() {
        let (old, new) = ([1; 48], [2; 48]);
        let (one, other) = (TicketKeys::default(), TicketKeys::default());
        one.set(&old, None).unwrap();
        let ticket = one.seal(b"session", 0).unwrap();
        assert_eq!(one.seal(b"session", 90 * PERIOD).unwrap()[..16], ticket[..16]);
        other.set(&new, Some(&old)).unwrap();
        assert_eq!(other.open(&ticket).unwrap().as_slice(), b"session");
        assert_eq!(other.seal(b"", 0).unwrap()[..16], new[..16]);
        other.set(&[3; 48], Some(&new)).unwrap();
        assert!(other.open(&ticket).is_none());
        for (current, previous, text) in [
            (&[1; 47][..], None, "the current ticket key has 47 bytes, not 48"),
            (&[0; 48], None, "the current ticket key is all zeros, as if nobody had filled it"),
            (&[1; 48], Some(&[][..]), "the previous ticket key has 0 bytes, not 48"),
        ] {
            let error = one.set(current, previous).unwrap_err();
            assert_eq!(error.code, Code::Argument);
            assert!(error.message().contains(text), "{}", error.message());
        }
        assert!(one.open(&ticket).is_some(), "what is refused changes nothing");
    }
}
