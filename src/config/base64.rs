//! Base64 of what is public: certificates, lists, groups. Private keys are decoded by base64ct, whose
//! time does not depend on them, and which takes eight times as long.

use base64ct::Encoding as _;

/// Decodes base64 (RFC 4648 section 4) without blanks, with its padding and without stray bits, as
/// base64ct does; `None` if it is anything else.
pub fn decode(digits: &[u8]) -> Option<Vec<u8>> {
    let (groups, last) = digits.split_at_checked(digits.len().saturating_sub(4))?;
    let mut end = [0; 3];
    let end = base64ct::Base64::decode(last, &mut end).ok()?;
    let body_len = (groups.len() / 4).checked_mul(3)?;
    let mut out = Vec::with_capacity(body_len.checked_add(end.len())?);
    out.resize(body_len, 0);
    let mut seen = 0;
    let mut groups = groups.chunks_exact(4);
    for (group, octets) in groups.by_ref().zip(out.chunks_exact_mut(3)) {
        let ([a, b, c, d], [first, second, third]) = (group, octets) else { continue };
        let [a, b, c, d] = [value(*a), value(*b), value(*c), value(*d)];
        seen |= a | b | c | d;
        let bits = u32::from(a) << 18 | u32::from(b) << 12 | u32::from(c) << 6 | u32::from(d);
        [_, *first, *second, *third] = bits.to_be_bytes();
    }
    out.extend_from_slice(end);
    (groups.remainder().is_empty() && seen & NO_DIGIT == 0).then_some(out)
}

fn value(digit: u8) -> u8 {
    VALUES.get(usize::from(digit)).copied().unwrap_or(NO_DIGIT)
}

/// Set in the value of what is no digit.
const NO_DIGIT: u8 = 0x80;

/// The values of all octets as digits.
#[allow(
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "it is computed when it is compiled"
)]
const VALUES: [u8; 256] = {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut values = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 64 {
        values[digits[value as usize] as usize] = value;
        value += 1;
    }
    values
};

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648 section 10.
    #[test]
    fn test_vectors() {
        for (text, digits) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(decode(digits.as_bytes()).unwrap().as_slice(), text.as_bytes());
        }
    }

    #[test]
    fn all_else_is_refused() {
        for digits in [
            "Z",
            "Zg",
            "Zg=",
            "Zh==",
            "Zm9=",
            "Zm9v=",
            "====",
            "=m9v",
            "Zg==Zg==",
            "Zm9vYg==Zm9v",
            "Zm9 ",
            "Zm\n9v",
            "Zm9-",
            "Zm9_",
            "Z\u{f6}9",
            "Zm9vZ",
            "*m9vZm9v",
            "Zm9*Zm9v",
        ] {
            assert!(decode(digits.as_bytes()).is_none(), "{digits}");
        }
    }

    #[test]
    fn every_octet_as_a_digit_is_judged_as_by_base64ct() {
        for at in 0..8 {
            for octet in 0..=u8::MAX {
                let mut digits = *b"Zm9vYmFy";
                digits[at] = octet;
                let mut room = [0; 6];
                let expected = base64ct::Base64::decode(digits, &mut room).ok();
                let found = decode(&digits);
                assert_eq!(found.as_deref(), expected, "{at} {octet}");
            }
        }
    }
}
