//! Base64 of what is public: certificates, lists, groups. Private keys are decoded by base64ct, whose
//! time does not depend on them, and which takes eight times as long.

use zeroize::Zeroizing;

/// Decodes base64 (RFC 4648 section 4) that comes line by line, with its padding and without stray bits,
/// as base64ct does; blanks count nothing. A key may stand where something public is expected, so the
/// octets are wiped when dropped.
#[derive(Default)]
pub struct Decoder {
    octets: Zeroizing<Vec<u8>>,
    /// Those of a group of four that was begun.
    digits: u8,
    bits: u32,
    padding: u8,
    is_wrong: bool,
}

impl Decoder {
    pub fn add(&mut self, line: &[u8]) {
        if self.digits != 0 || self.padding != 0 || !self.add_groups(line) {
            line.iter().for_each(|digit| self.add_digit(*digit));
        }
    }

    /// Adds a line of whole groups, as all but the last are; changes nothing if it is none.
    fn add_groups(&mut self, line: &[u8]) -> bool {
        let start = self.octets.len();
        reserve(&mut self.octets, line.len());
        self.octets.resize(start.saturating_add((line.len() / 4).saturating_mul(3)), 0);
        let mut groups = line.chunks_exact(4);
        let (_, room) = self.octets.split_at_mut_checked(start).unwrap_or_default();
        let mut seen = 0;
        for (group, octets) in groups.by_ref().zip(room.chunks_exact_mut(3)) {
            let ([a, b, c, d], [first, second, third]) = (group, octets) else { continue };
            let [a, b, c, d] = [value(*a), value(*b), value(*c), value(*d)];
            seen |= a | b | c | d;
            let bits = u32::from(a) << 18 | u32::from(b) << 12 | u32::from(c) << 6 | u32::from(d);
            [_, *first, *second, *third] = bits.to_be_bytes();
        }
        let is_whole = groups.remainder().is_empty() && seen & NO_DIGIT == 0;
        if !is_whole {
            self.octets.truncate(start);
        }
        is_whole
    }

    fn add_digit(&mut self, digit: u8) {
        match digit {
            b' ' | b'\t' => {}
            b'=' => self.padding = self.padding.saturating_add(1),
            _ => {
                self.is_wrong |= value(digit) == NO_DIGIT || self.padding > 0;
                self.bits = self.bits << 6 | u32::from(value(digit) & !NO_DIGIT);
                self.digits = self.digits.saturating_add(1);
            }
        }
        if self.digits == 4 {
            let [_, octets @ ..] = self.bits.to_be_bytes();
            self.push(&octets);
            (self.digits, self.bits) = (0, 0);
        }
    }

    fn push(&mut self, octets: &[u8]) {
        reserve(&mut self.octets, octets.len());
        self.octets.extend_from_slice(octets);
    }

    /// Returns what was decoded; `None` if it is no base64.
    pub fn finish(mut self) -> Option<Zeroizing<Vec<u8>>> {
        let bits = self.bits;
        let has_stray_bits = match (self.digits, self.padding) {
            (0, 0) => false,
            (2, 2) => {
                let [.., octet] = (bits >> 4).to_be_bytes();
                self.push(&[octet]);
                bits & 0xf != 0
            }
            (3, 1) => {
                let [.., first, second] = (bits >> 2).to_be_bytes();
                self.push(&[first, second]);
                bits & 3 != 0
            }
            _ => return None,
        };
        (!self.is_wrong && !has_stray_bits).then_some(self.octets)
    }
}

/// Makes room for more octets; where the buffer has to grow, the old memory is wiped.
pub fn reserve(octets: &mut Zeroizing<Vec<u8>>, more: usize) {
    let len = octets.len().saturating_add(more);
    if octets.capacity() < len {
        let capacity = len.max(octets.capacity().saturating_mul(2)).max(FIRST_CAPACITY);
        let mut larger = Zeroizing::new(Vec::with_capacity(capacity));
        larger.extend_from_slice(octets);
        *octets = larger;
    }
}

fn value(digit: u8) -> u8 {
    VALUES.get(usize::from(digit)).copied().unwrap_or(NO_DIGIT)
}

/// The text of an RSA key of 2048 bits, and most certificates.
const FIRST_CAPACITY: usize = 2048;
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
    use base64ct::Encoding as _;

    use super::*;

    fn decode(digits: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut decoder = Decoder::default();
        decoder.add(digits);
        decoder.finish()
    }

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
    fn lines_end_anywhere_and_blanks_count_nothing() {
        let digits = b"Zm9vYmFyZm9vYg==";
        for cut in 0..=digits.len() {
            for blank in ["", " ", "\t "] {
                let mut decoder = Decoder::default();
                let (first, second) = digits.split_at(cut);
                decoder.add(&[blank.as_bytes(), first, blank.as_bytes()].concat());
                decoder.add(&[]);
                decoder.add(second);
                let found = decoder.finish();
                assert_eq!(found.unwrap().as_slice(), b"foobarfoob", "{cut} {blank:?}");
            }
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
                assert_eq!(
                    found.as_ref().map(|octets| octets.as_slice()),
                    expected,
                    "{at} {octet}"
                );
            }
        }
    }
}
