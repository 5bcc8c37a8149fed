//! OBJECT IDENTIFIERs as text.

use std::iter;

/// Returns the arcs in decimal, separated by dots (X.690 section 8.19).
pub fn dotted(oid: &[u8]) -> String {
    let mut text = String::new();
    for arc in oid.split_inclusive(|octet| octet & 0x80 == 0) {
        let arc = Number::from_base_128(arc);
        if !text.is_empty() {
            text.push('.');
            text.push_str(&arc.decimal());
            continue;
        }
        // The first two arcs are one: 40 times the first, which is 0, 1 or 2, and the second.
        let (first, taken) = match arc.small() {
            Some(..40) => (0, 0),
            Some(40..80) => (1, 40),
            _ => (2, 80),
        };
        text.push_str(&format!("{first}.{}", arc.minus(taken).decimal()));
    }
    text
}

/// An unsigned integer of any size: its digits to the base 10^9, the lowest first.
struct Number(Vec<u32>);

impl Number {
    /// Reads seven bits from each octet, the most significant first.
    fn from_base_128(octets: &[u8]) -> Self {
        let mut digits = Vec::new();
        for octet in octets {
            let mut carry = u64::from(octet & 0x7f);
            for digit in &mut digits {
                // Below 2^30 * 2^7 + 2^7.
                carry = u64::from(*digit).wrapping_mul(128).wrapping_add(carry);
                *digit = u32::try_from(carry % BASE).unwrap_or_default();
                carry /= BASE;
            }
            digits.extend(u32::try_from(carry).ok().filter(|carry| *carry > 0));
        }
        Self(digits)
    }

    /// Returns the number if it is below 80.
    fn small(&self) -> Option<u32> {
        match self.0.as_slice() {
            [] => Some(0),
            [digit @ ..80] => Some(*digit),
            _ => None,
        }
    }

    /// Subtracts `n`, which is not above the number.
    fn minus(mut self, n: u32) -> Self {
        let mut borrowed = n;
        for digit in &mut self.0 {
            let (rest, below) = digit.overflowing_sub(borrowed);
            *digit = if below { rest.wrapping_add(BASE_32) } else { rest };
            borrowed = u32::from(below);
        }
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        self
    }

    fn decimal(&self) -> String {
        let mut digits = self.0.iter().rev();
        let first = digits.next().map_or_else(|| "0".to_owned(), u32::to_string);
        iter::once(first).chain(digits.map(|digit| format!("{digit:09}"))).collect()
    }
}

const BASE: u64 = 1_000_000_000;
const BASE_32: u32 = 1_000_000_000;
