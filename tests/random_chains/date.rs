//! Dates in certificates.

use crate::der::{GENERALIZED_TIME, UTC_TIME};
use crate::model::Date;
use crate::random::Random;

/// 2026-11-22 12:00:00 UTC; the clock of each case is near it.
pub const NOON: i64 = 1_795_348_800;
const DAY: i64 = 86_400;

/// Returns a date in the form of RFC 5280 section 4.1.2.5: UTCTime until 2049.
pub fn plain(unix: i64) -> Date {
    let text = digits(unix);
    if (text.as_str() >= "1950") && text.as_str() < "2050" {
        Date(UTC_TIME, format!("{}Z", &text[2..]))
    } else {
        Date(GENERALIZED_TIME, format!("{text}Z"))
    }
}

pub fn generalized(unix: i64) -> Date {
    Date(GENERALIZED_TIME, format!("{}Z", digits(unix)))
}

/// Returns dates 400 days before and after `NOON`.
pub fn usual() -> (Date, Date) {
    (plain(NOON - 400 * DAY), plain(NOON + 400 * DAY))
}

/// Returns a date before or after `now`, or a malformed one.
pub fn any(random: &mut Random, now: i64) -> Date {
    let near = [0, 1, -1, 60, -60, 3600, -3600, DAY, -DAY, 500 * DAY, -500 * DAY];
    let unix = now + random.pick(&near);
    let text = digits(unix);
    match random.below(24) {
        0..8 => plain(unix),
        8..11 => generalized(unix),
        // Without seconds, which DER forbids.
        11 => Date(UTC_TIME, format!("{}Z", &text[2..12])),
        12 => Date(GENERALIZED_TIME, format!("{}Z", &text[..12])),
        // With fractions and with an offset.
        13 => Date(GENERALIZED_TIME, format!("{text}.5Z")),
        14 => Date(UTC_TIME, format!("{}+0100", &text[2..])),
        15 => Date(GENERALIZED_TIME, format!("{text}-0100")),
        16 => Date(GENERALIZED_TIME, text),
        17 => Date(GENERALIZED_TIME, "99991231235959Z".to_owned()),
        18 => Date(GENERALIZED_TIME, "20500101000000Z".to_owned()),
        19 => Date(UTC_TIME, "500101000000Z".to_owned()),
        20 => Date(UTC_TIME, "491231235959Z".to_owned()),
        21 => {
            let bad = ["261322000000Z", "261132000000Z", "261122240000Z", "261122126000Z"];
            Date(UTC_TIME, (random.pick(&bad)).to_owned())
        }
        22 => {
            let odd = ["261122115960Z", "270229000000Z", "280229000000Z", "2611221200", ""];
            Date(UTC_TIME, (random.pick(&odd)).to_owned())
        }
        _ => Date(GENERALIZED_TIME, "00000101000000Z".to_owned()),
    }
}

/// Returns the time as YYYYMMDDhhmmss.
fn digits(unix: i64) -> String {
    let (mut days, second) = (unix.div_euclid(DAY), unix.rem_euclid(DAY));
    let mut year = 1970;
    while days >= days_in(year) {
        days -= days_in(year);
        year += 1;
    }
    while days < 0 {
        year -= 1;
        days += days_in(year);
    }
    let february = days_in(year) - 337;
    let mut month = 0;
    for len in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        month += 1;
        if days < len {
            break;
        }
        days -= len;
    }
    let (hour, minute) = (second / 3600, second / 60 % 60);
    format!("{year:04}{month:02}{:02}{hour:02}{minute:02}{:02}", days + 1, second % 60)
}

fn days_in(year: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    365 + i64::from(leap)
}

/// Checks these functions by known answers.
pub fn check() {
    assert_eq!(digits(NOON), "20261122120000");
    assert_eq!(digits(-1), "19691231235959");
    assert_eq!(digits(951_825_600), "20000229120000");
    assert_eq!(plain(0), Date(UTC_TIME, "700101000000Z".to_owned()));
}
