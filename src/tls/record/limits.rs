//! What a key may protect, and what a peer may do without end: limits that rustls has too, and that
//! begin anew when its connection ends.

/// Records of AES-GCM under one key: RFC 8446 section 5.5 allows 2^24.5 full ones. Alerts and
/// KeyUpdates, a handful for each key, are not held back by it.
pub const GCM_RECORDS: u64 = 1 << 24;

/// Records of ChaCha20-Poly1305 under one key, for which RFC 8446 section 5.5 has no limit but that of
/// the number: what is left of it is for alerts.
pub const MOST_RECORDS: u64 = 0xffff_ffff_ffff_0000;

/// What a peer may still do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Allowances {
    warnings: u8,
    renegotiations: u8,
    key_updates: u8,
    empty_records: u8,
    /// We asked for a KeyUpdate, and none has come since.
    awaits_key_update: bool,
}

/// More of something than an honest peer needs: what, for the failure's detail.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Flood(pub &'static str);

impl Allowances {
    /// Notes application data: KeyUpdates between which there is some are no flood.
    pub fn data_came(&mut self) {
        self.key_updates = KEY_UPDATES;
        self.empty_records = EMPTY_RECORDS;
    }

    /// Takes a record of application data without any.
    pub fn empty_record(&mut self) -> Result<(), Flood> {
        take(&mut self.empty_records, "too many empty fragments")
    }

    /// Takes an alert that ends nothing.
    pub fn warning(&mut self) -> Result<(), Flood> {
        take(&mut self.warnings, "too many warning alerts received")
    }

    /// Takes a HelloRequest or a ClientHello in TLS 1.2.
    pub fn renegotiation(&mut self) -> Result<(), Flood> {
        take(&mut self.renegotiations, "too many renegotiation requests")
    }

    /// Whether we may ask for a KeyUpdate, which is noted: not again before one has come (RFC 9846
    /// section 4.7.3).
    pub fn may_ask_for_key_update(&mut self) -> bool {
        !std::mem::replace(&mut self.awaits_key_update, true)
    }

    /// Takes a KeyUpdate. What we asked for is no flood, also where the peer has no data to send.
    pub fn key_update(&mut self) -> Result<(), Flood> {
        match std::mem::take(&mut self.awaits_key_update) {
            true => Ok(()),
            false => take(&mut self.key_updates, "too many key update requests"),
        }
    }
}

impl Default for Allowances {
    fn default() -> Self {
        Self {
            warnings: WARNINGS,
            renegotiations: RENEGOTIATIONS,
            key_updates: KEY_UPDATES,
            empty_records: EMPTY_RECORDS,
            awaits_key_update: false,
        }
    }
}

fn take(left: &mut u8, what: &'static str) -> Result<(), Flood> {
    *left = left.checked_sub(1).ok_or(Flood(what))?;
    Ok(())
}

/// As BoringSSL and rustls.
const WARNINGS: u8 = 4;

/// The first is refused with a warning, as rustls does.
const RENEGOTIATIONS: u8 = 1;

/// Without application data between, as BoringSSL and rustls.
const KEY_UPDATES: u8 = 32;

/// Without application data between, as BoringSSL and rustls.
const EMPTY_RECORDS: u8 = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_flood_has_its_limit() {
        let mut allowed = Allowances::default();
        let mut takes = |take: fn(&mut Allowances) -> Result<(), Flood>| {
            (0..100).take_while(|_| take(&mut allowed).is_ok()).count()
        };
        assert_eq!(takes(Allowances::warning), 4);
        assert_eq!(takes(Allowances::renegotiation), 1);
        assert_eq!(takes(Allowances::key_update), 32);
        assert_eq!(takes(Allowances::empty_record), 32);
    }

    #[test]
    fn a_key_update_that_was_asked_for_is_no_flood() {
        let mut allowed = Allowances::default();
        for _ in 0..100 {
            assert!(allowed.may_ask_for_key_update());
            assert!(!allowed.may_ask_for_key_update(), "none came");
            assert_eq!(allowed.key_update(), Ok(()));
        }
        assert_eq!((0..100).take_while(|_| allowed.key_update().is_ok()).count(), 32);
    }

    #[test]
    fn data_ends_two_of_them() {
        let mut allowed = Allowances::default();
        for _ in 0..100 {
            assert_eq!(allowed.key_update(), Ok(()));
            assert_eq!(allowed.empty_record(), Ok(()));
            allowed.data_came();
        }
        assert_eq!([(); 5].map(|()| allowed.warning().is_ok()), [true, true, true, true, false]);
    }
}
