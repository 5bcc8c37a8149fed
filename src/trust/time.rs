//! Times of certificates and CRLs, in Unix seconds and as text.

use crate::der::{Reader, Value, tag};

/// Returns the Unix seconds of a UTCTime `YYMMDDHHMMSSZ` or GeneralizedTime `YYYYMMDDHHMMSSZ`;
/// `None` for any other form.
///
/// RFC 5280 sections 4.1.2.5.1 and 4.1.2.5.2 allow no other, and OpenSSL's X509_cmp_time() compares
/// no other. Second 60 is out of range there too.
pub fn parse(value: &Value<'_>) -> Option<i64> {
    let mut digits = Digits { rest: value.body.strip_suffix(b"Z")? };
    let year = match value.tag {
        tag::UTC_TIME => match digits.pair()? {
            year @ 0..=49 => year.checked_add(2000)?,
            year => year.checked_add(1900)?,
        },
        tag::GENERALIZED_TIME => digits.pair()?.checked_mul(100)?.checked_add(digits.pair()?)?,
        _ => return None,
    };
    let month = digits.pair_of(1, 12)?;
    let day = digits.pair_of(1, days_in(year, month))?;
    let hour = digits.pair_of(0, 23)?;
    let minute = digits.pair_of(0, 59)?;
    let second = digits.pair_of(0, 59)?;
    if !digits.rest.is_empty() {
        return None;
    }
    let of_day = hour.checked_mul(3600)?.checked_add(minute.checked_mul(60)?)?;
    days_to(year, month, day)?.checked_mul(DAY)?.checked_add(of_day)?.checked_add(second)
}

/// Returns the Unix seconds of a Time in the further forms that OpenSSL's ASN1_TIME_print() prints:
/// without seconds, with a fraction of them, or with an offset in place of `Z`.
pub fn parse_printable(value: &Value<'_>) -> Option<i64> {
    let (local, offset) = match value.body.strip_suffix(b"Z") {
        Some(local) => (local, 0),
        None => {
            let (local, zone) = value.body.split_last_chunk::<5>()?;
            (local, offset(*zone)?)
        }
    };
    // Only GeneralizedTime has a fraction, and it is not shown.
    let mut parts = local.splitn(2, |octet| *octet == b'.');
    let (whole, fraction) = (parts.next()?, parts.next());
    let readable = fraction.is_none_or(|digits| {
        value.tag == tag::GENERALIZED_TIME
            && !digits.is_empty()
            && digits.iter().all(u8::is_ascii_digit)
    });
    let minutes = if value.tag == tag::UTC_TIME { 10 } else { 12 };
    let seconds = if whole.len() == minutes { &b"00Z"[..] } else { b"Z" };
    let body = [whole, seconds].concat();
    let unix = parse(&Value { tag: value.tag, body: &body, raw: &[] });
    unix.filter(|_| readable)?.checked_sub(offset)
}

/// Reads an offset `+hhmm` or `-hhmm`, in seconds.
fn offset([sign, digits @ ..]: [u8; 5]) -> Option<i64> {
    let mut digits = Digits { rest: &digits };
    let (hours, minutes) = (digits.pair_of(0, 12)?, digits.pair_of(0, 59)?);
    let seconds = hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?;
    match sign {
        b'+' => Some(seconds),
        b'-' => seconds.checked_neg(),
        _ => None,
    }
}

/// Takes the next value, if it is a Time by its tag. Its form is not checked before it is used, as
/// in OpenSSL.
pub fn take<'a>(reader: &mut Reader<'a>) -> Option<Value<'a>> {
    match reader.peek()? {
        tag::UTC_TIME | tag::GENERALIZED_TIME => reader.any(),
        _ => None,
    }
}

/// Returns `2026-11-25 14:30:00 UTC`, for messages.
pub fn text(unix: i64) -> String {
    match date_of(unix) {
        Some((year, month, day)) => {
            format!("{year:04}-{month:02}-{day:02} {} UTC", clock(unix))
        }
        None => format!("{unix} seconds after 1970"),
    }
}

/// Returns `Nov  9 06:55:31 2036 GMT`, as MySQL's status variables show dates: OpenSSL's
/// ASN1_TIME_print(). `None` outside of the years 0 to 9999.
pub fn openssl_text(unix: i64) -> Option<String> {
    let (year, month, day) = date_of(unix)?;
    let month = usize::try_from(month).ok()?.checked_sub(1).and_then(|at| MONTHS.get(at))?;
    Some(format!("{month} {day:>2} {} {year} GMT", clock(unix)))
}

/// Returns the time of day as `14:30:00`.
fn clock(unix: i64) -> String {
    let second = unix.rem_euclid(DAY);
    let (hour, minute) = (second.div_euclid(3600), second.div_euclid(60).rem_euclid(60));
    format!("{hour:02}:{minute:02}:{:02}", second.rem_euclid(60))
}

/// Reads decimal digits.
struct Digits<'a> {
    rest: &'a [u8],
}

impl Digits<'_> {
    /// Takes two digits.
    fn pair(&mut self) -> Option<i64> {
        let ([tens, ones], rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        digit(*tens)?.checked_mul(10)?.checked_add(digit(*ones)?)
    }

    /// Takes two digits whose number lies in this range.
    fn pair_of(&mut self, least: i64, most: i64) -> Option<i64> {
        self.pair().filter(|number| (least..=most).contains(number))
    }
}

fn digit(octet: u8) -> Option<i64> {
    char::from(octet).to_digit(10).map(i64::from)
}

fn is_leap(year: i64) -> bool {
    year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Counts the days from 1970-01-01 to this day of the Gregorian calendar.
fn days_to(year: i64, month: i64, day: i64) -> Option<i64> {
    let months = (1..month).try_fold(0i64, |days, m| days.checked_add(days_in(year, m)))?;
    days_before(year)?
        .checked_sub(DAYS_BEFORE_1970)?
        .checked_add(months)?
        .checked_add(day)?
        .checked_sub(1)
}

/// Counts the days from 0000-01-01 to the first day of `year`.
fn days_before(year: i64) -> Option<i64> {
    // Year 0 was a leap year, so the leap years before a year are counted from the one before it.
    let last = year.checked_sub(1)?;
    let leaps = last
        .div_euclid(4)
        .checked_sub(last.div_euclid(100))?
        .checked_add(last.div_euclid(400))?
        .checked_add(1)?;
    year.checked_mul(365)?.checked_add(leaps)
}

/// Returns year, month and day; `None` outside of the years 0 to 9999.
fn date_of(unix: i64) -> Option<(i64, i64, i64)> {
    let days = unix.div_euclid(DAY).checked_add(DAYS_BEFORE_1970)?;
    // The mean year of 365.2425 days misses the year by one at most.
    let guess = days.checked_mul(400)?.div_euclid(146_097);
    let year = [guess.checked_add(1)?, guess, guess.checked_sub(1)?]
        .into_iter()
        .find(|year| days_before(*year).is_some_and(|first| first <= days))
        .filter(|year| (0..=9999).contains(year))?;
    let mut left = days.checked_sub(days_before(year)?)?;
    for month in 1..=12 {
        let length = days_in(year, month);
        if left < length {
            return Some((year, month, left.checked_add(1)?));
        }
        left = left.checked_sub(length)?;
    }
    None
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const DAY: i64 = 86_400;
const DAYS_BEFORE_1970: i64 = 719_528;

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(body: &str) -> Option<i64> {
        parse(&Value { tag: tag::UTC_TIME, body: body.as_bytes(), raw: &[] })
    }

    fn general(body: &str) -> Option<i64> {
        parse(&Value { tag: tag::GENERALIZED_TIME, body: body.as_bytes(), raw: &[] })
    }

    /// The expected results are those of `date -u -d ... +%s`.
    #[test]
    fn known_times() {
        assert_eq!(utc("700101000000Z"), Some(0));
        assert_eq!(utc("491231235959Z"), Some(2_524_607_999));
        assert_eq!(utc("500101000000Z"), Some(-631_152_000));
        assert_eq!(utc("231114221320Z"), Some(1_700_000_000));
        assert_eq!(general("20231114221320Z"), Some(1_700_000_000));
        assert_eq!(general("20000229120000Z"), Some(951_825_600));
        assert_eq!(general("99991231235959Z"), Some(253_402_300_799));
        assert_eq!(general("00000101000000Z"), Some(-62_167_219_200));
    }

    #[test]
    fn other_forms_and_ranges_are_none() {
        for body in [
            "",
            "Z",
            "2311142213Z",
            "231114221320",
            "231114221320+0100",
            "231114221320.5Z",
            "23111422132 Z",
            "231314221320Z",
            "230014221320Z",
            "231100221320Z",
            "231131221320Z",
            "230229221320Z",
            "231114241320Z",
            "231114226020Z",
            "231114221360Z",
            "+31114221320Z",
            "231114221320ZZ",
        ] {
            assert_eq!(utc(body), None, "UTCTime {body}");
            assert_eq!(general(&format!("20{body}")), None, "GeneralizedTime 20{body}");
        }
        assert_eq!(utc("20231114221320Z"), None);
        assert_eq!(general("231114221320Z"), None);
        assert_eq!(general("19000229000000Z"), None, "1900 was no leap year");
        let value = Value { tag: tag::PRINTABLE_STRING, body: b"231114221320Z", raw: &[] };
        assert_eq!(parse(&value), None);
    }

    /// The expected results are those of `openssl x509 -dates` (T124).
    #[test]
    fn status_variables_show_dates_as_openssl_does() {
        for (body, text) in [
            ("20361119065531Z", "Nov 19 06:55:31 2036 GMT"),
            ("20261101000000Z", "Nov  1 00:00:00 2026 GMT"),
            ("20240229235959Z", "Feb 29 23:59:59 2024 GMT"),
            ("99991231235959Z", "Dec 31 23:59:59 9999 GMT"),
            ("19500101000000Z", "Jan  1 00:00:00 1950 GMT"),
        ] {
            assert_eq!(general(body).and_then(openssl_text).as_deref(), Some(text));
        }
        assert_eq!(openssl_text(i64::MAX), None);
    }

    /// The expected results are those of OpenSSL's ASN1_TIME_print(), which also prints the fraction.
    #[test]
    fn more_forms_are_shown_than_verified() {
        let shown = |tag, body: &str| {
            let unix = parse_printable(&Value { tag, body: body.as_bytes(), raw: &[] })?;
            openssl_text(unix)
        };
        let (utc, general) = (tag::UTC_TIME, tag::GENERALIZED_TIME);
        for (tag, body, text) in [
            (utc, "200101000000Z", Some("Jan  1 00:00:00 2020 GMT")),
            (utc, "2001010000Z", Some("Jan  1 00:00:00 2020 GMT")),
            (utc, "200101000000+0100", Some("Dec 31 23:00:00 2019 GMT")),
            (utc, "2001010000-0130", Some("Jan  1 01:30:00 2020 GMT")),
            (general, "202001010000Z", Some("Jan  1 00:00:00 2020 GMT")),
            (general, "20200101000000.75Z", Some("Jan  1 00:00:00 2020 GMT")),
            (utc, "200101000000.5Z", None),
            (general, "20200101000000.Z", None),
            (utc, "200101000000", None),
            (utc, "200101000000+1300", None),
            (utc, "200101000000*0100", None),
            (utc, "", None),
        ] {
            assert_eq!(shown(tag, body).as_deref(), text, "{body}");
        }
    }

    #[test]
    fn text_is_what_was_parsed() {
        assert_eq!(text(1_795_617_000), "2026-11-25 14:30:00 UTC");
        assert_eq!(text(-1), "1969-12-31 23:59:59 UTC");
        for year in 0..10_000 {
            for (month, day) in [(1, 1), (2, 28), (3, 1), (12, 31)] {
                let unix = general(&format!("{year:04}{month:02}{day:02}010203Z")).unwrap();
                assert_eq!(text(unix), format!("{year:04}-{month:02}-{day:02} 01:02:03 UTC"));
            }
        }
        assert_eq!(text(i64::MAX), format!("{} seconds after 1970", i64::MAX));
        assert_eq!(text(i64::MIN), format!("{} seconds after 1970", i64::MIN));
    }
}
