//! Bytes and times as vector files encode them.

use crate::base64;

/// Returns the content of a PEM text with one block.
pub fn pem(text: &str) -> Option<Vec<u8>> {
    let text = text.trim().strip_prefix("-----BEGIN ")?;
    let (label, rest) = text.split_once("-----")?;
    base64::decode(rest.strip_suffix(&format!("-----END {label}-----"))?)
}

/// Converts an RFC 3339 time in UTC into Unix seconds, without fractions.
pub fn time(text: &str) -> Option<i64> {
    let text = text.strip_suffix('Z').or_else(|| text.strip_suffix("+00:00"))?;
    let (date, clock) = text.split_once('T')?;
    let [year, month, day] = numbers(date.split('-'))?;
    let [hour, minute, second] = numbers(clock.split('.').next()?.split(':'))?;
    Some(((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second)
}

fn numbers<'a>(parts: impl Iterator<Item = &'a str>) -> Option<[i64; 3]> {
    let parts = parts.map(|part| part.parse().ok()).collect::<Option<Vec<_>>>()?;
    parts.try_into().ok()
}

/// Counts days from 1970-01-01 in the Gregorian calendar. The year begins in March here, so that
/// the leap day is its last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468
}

/// Checks these functions by known answers.
pub fn check() {
    assert_eq!(base64::decode("AQID"), Some(vec![1, 2, 3]));
    assert_eq!(base64::decode("AQ =="), Some(vec![1]));
    assert_eq!(base64::decode("AQ=A"), None);
    assert_eq!(pem("-----BEGIN X-----\nAQID\n-----END X-----\n"), Some(vec![1, 2, 3]));
    assert_eq!(time("1970-01-01T00:00:00Z"), Some(0));
    assert_eq!(time("2000-02-29T12:00:00.999+00:00"), Some(951_825_600));
    assert_eq!(time("2027-01-01T00:00:00+00:00"), Some(1_798_761_600));
}
