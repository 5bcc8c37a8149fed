//! Alert records in clear: before there are keys, nothing else can carry one. The numbers of alerts
//! and the words for them are in error/alert.rs; which alert a failure sends is a column of
//! error/table.rs.

pub use crate::error::alert::number::*;

use super::record::{ALERT, Header};

/// A fatal alert as a record in clear (RFC 8446 section 6.2).
pub fn fatal(number: u8) -> [u8; 7] {
    let [major, minor] = LEGACY_VERSION;
    [ALERT, major, minor, 0, 2, FATAL, number]
}

/// The number of the fatal alert that a record in clear carries.
pub fn fatal_number(record: &[u8]) -> Option<u8> {
    match record.split_at_checked(Header::LEN)? {
        ([ALERT, ..], [FATAL, number]) => Some(*number),
        _ => None,
    }
}

/// Whether a record in clear is a close_notify, of whatever level.
pub fn is_close_notify(record: &[u8]) -> bool {
    matches!(record.split_at_checked(Header::LEN), Some(([ALERT, ..], [_, CLOSE_NOTIFY])))
}

/// Returns an alert that ends nothing at once.
#[cfg(not(feature = "rustls-records"))]
pub fn warning(number: u8) -> [u8; 2] {
    [WARNING, number]
}

/// AlertLevel.
#[cfg(not(feature = "rustls-records"))]
pub const WARNING: u8 = 1;
pub const FATAL: u8 = 2;

/// legacy_record_version of every record but a first ClientHello's.
const LEGACY_VERSION: [u8; 2] = [3, 3];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fatal_alert_is_written_and_read() {
        assert_eq!(fatal(HANDSHAKE_FAILURE), [21, 3, 3, 0, 2, 2, 40]);
        assert_eq!(fatal_number(&fatal(DECODE_ERROR)), Some(50));
        for other in [&[21, 3, 3, 0, 2, 1, 0][..], &[22, 3, 3, 0, 2, 2, 40], &[21, 3], &[]] {
            assert_eq!(fatal_number(other), None, "{other:?}");
        }
    }

    #[test]
    fn a_close_notify_is_one_at_each_level() {
        for (record, is_close) in [
            (&[21, 3, 3, 0, 2, 1, 0][..], true),
            (&[21, 3, 1, 0, 2, 2, 0], true),
            (&[21, 3, 3, 0, 2, 1, 90], false),
            (&[23, 3, 3, 0, 2, 1, 0], false),
            (&[21, 3, 3, 0, 1, 0], false),
            (&[21], false),
        ] {
            assert_eq!(is_close_notify(record), is_close, "{record:?}");
        }
    }
}
