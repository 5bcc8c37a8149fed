//! Arithmetic modulo the prime of a Diffie-Hellman group.
//!
//! The time of operations on a secret depends on lengths only. Functions whose time depends on the
//! numbers are for public ones, as their comments state.

use std::cmp::Ordering;
use std::sync::Arc;

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Limb};
use zeroize::Zeroizing;

/// An odd modulus, prepared for exponentiations.
#[derive(Clone, Debug)]
pub struct Modulus {
    params: Arc<BoxedMontyParams>,
    value: BoxedUint,
    /// Bytes of the modulus.
    len: usize,
}

impl Modulus {
    /// Reads big-endian bytes without leading zeros; `None` unless the number is odd and at least
    /// 2^8.
    pub fn new(value: &[u8]) -> Option<Self> {
        if matches!(value, [] | [_] | [0, ..]) {
            return None;
        }
        let bits = u32::try_from(value.len()).ok()?.checked_mul(8)?;
        let number = BoxedUint::from_be_slice(value, bits).ok()?;
        let odd = Option::from(number.to_odd())?;
        let params = Arc::new(BoxedMontyParams::new_vartime(odd));
        Some(Self { params, value: number, len: value.len() })
    }

    /// Returns `base` to the power of `exponent`, as long as the modulus; `None` if `base` is not
    /// below it.
    ///
    /// Every bit of `exponent` takes the same time, leading zeros too: the time reveals its length
    /// only.
    pub fn pow(&self, base: &[u8], exponent: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let base = self.number(base)?;
        let bits = u32::try_from(exponent.len()).ok()?.checked_mul(8)?;
        let exponent = Zeroizing::new(BoxedUint::from_be_slice(exponent, bits).ok()?);
        let base = BoxedMontyForm::new_with_arc(base, self.params.clone());
        let power = Zeroizing::new(base.pow_bounded_exp(&exponent, bits));
        let power = Zeroizing::new(power.retrieve());
        let bytes = Zeroizing::new(power.to_be_bytes().into_vec());
        let skipped = bytes.len().checked_sub(self.len)?;
        Some(Zeroizing::new(bytes.get(skipped..)?.to_vec()))
    }

    /// Whether `1 < value < modulus - 1`, for a public number.
    pub fn is_inside(&self, value: &[u8]) -> bool {
        let one = BoxedUint::one_with_precision(self.value.bits_precision());
        let last = self.value.wrapping_sub(&one);
        self.number(value).is_some_and(|value| value > one && value < last)
    }

    /// Whether `value` is a square modulo this prime p, which is the same as value^q = 1 with
    /// q = (p - 1) / 2 (Euler's criterion), for a public number.
    pub fn is_square(&self, value: &[u8]) -> bool {
        self.number(value).is_some_and(|value| jacobi_is_one(value, self.value.clone()))
    }

    /// Whether it is a prime p, and (p - 1) / 2 is one too, for a public number.
    ///
    /// This detects mistakes. A composite number that was constructed to pass the test may pass it.
    pub fn is_safe_prime(&self) -> bool {
        let half = self.value.wrapping_shr_vartime(1);
        let bytes = half.to_be_bytes();
        let Some(q) = Self::new(trim(&bytes)) else { return false };
        if !SMALL_PRIMES.iter().all(|base| q.passes_miller_rabin(*base)) {
            return false;
        }
        // Pocklington: with q prime and above the square root of p, 2^(p-1) = 1 and
        // gcd(2^2 - 1, p) = 1 prove that p is prime.
        let minus_one = self.value.wrapping_shr_vartime(1).wrapping_shl_vartime(1).to_be_bytes();
        // 256 is 1 modulo 3.
        let digits: u32 = self.value.to_be_bytes().iter().map(|byte| u32::from(*byte)).sum();
        digits % 3 != 0 && self.pow(&[2], &minus_one).is_some_and(|power| trim(&power) == [1])
    }

    /// Whether it passes the Miller-Rabin test for one base, for a public number.
    fn passes_miller_rabin(&self, base: u8) -> bool {
        let one = BoxedUint::one_with_precision(self.value.bits_precision());
        let last = self.value.wrapping_sub(&one);
        let twos = last.trailing_zeros_vartime();
        let odd = last.wrapping_shr_vartime(twos);
        let Some(base) = self.number(&[base]) else { return false };
        let base = BoxedMontyForm::new_with_arc(base, self.params.clone());
        let mut power = base.pow(&odd);
        if power.retrieve() == one {
            return true;
        }
        for _ in 0..twos {
            if power.retrieve() == last {
                return true;
            }
            power = power.square();
        }
        false
    }

    /// Reads a public number below the modulus, and makes it as wide as the modulus.
    fn number(&self, value: &[u8]) -> Option<BoxedUint> {
        let value = BoxedUint::from_be_slice(trim(value), self.value.bits_precision()).ok()?;
        (value < self.value).then_some(value)
    }
}

/// Returns a number without leading zeros.
pub fn trim(value: &[u8]) -> &[u8] {
    let zeros = value.iter().take_while(|byte| **byte == 0).count();
    value.get(zeros..).unwrap_or_default()
}

/// Whether the Jacobi symbol (a/n) of public numbers of one width, n odd and a < n, is 1. It
/// removes factors of two, and applies quadratic reciprocity.
fn jacobi_is_one(mut a: BoxedUint, mut n: BoxedUint) -> bool {
    let low = |value: &BoxedUint| value.as_words().first().copied().unwrap_or_default() & 7;
    let mut is_negative = false;
    while !bool::from(a.is_zero()) {
        let twos = a.trailing_zeros_vartime();
        a = a.wrapping_shr_vartime(twos);
        is_negative ^= twos & 1 == 1 && matches!(low(&n), 3 | 5);
        if a.cmp_vartime(&n) == Ordering::Less {
            is_negative ^= low(&a) & 3 == 3 && low(&n) & 3 == 3;
            std::mem::swap(&mut a, &mut n);
        }
        a.sbb_assign(&n, Limb::ZERO);
    }
    bool::from(n.is_one()) && !is_negative
}

/// Bases of the Miller-Rabin test.
const SMALL_PRIMES: [u8; 6] = [2, 3, 5, 7, 11, 13];

#[cfg(test)]
mod tests {
    use super::*;

    fn modulus(value: u64) -> Modulus {
        Modulus::new(trim(&value.to_be_bytes())).unwrap()
    }

    #[test]
    fn powers_of_small_numbers() {
        // 2^10 = 1024 = 1 * 1019 + 5; 3^1018 = 1 by Fermat.
        let p = modulus(1019);
        assert_eq!(*p.pow(&[2], &[10]).unwrap(), [0, 5]);
        assert_eq!(*p.pow(&[3], &[0, 0, 3, 0xfa]).unwrap(), [0, 1]);
        assert_eq!(*p.pow(&[0, 0, 2], &[0]).unwrap(), [0, 1]);
        assert!(p.pow(&[3, 0xfb], &[1]).is_none(), "not below the modulus");
    }

    #[test]
    fn a_modulus_is_odd_and_has_no_leading_zero() {
        for bad in [&[][..], &[7], &[0, 7, 7], &[1, 0]] {
            assert!(Modulus::new(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn the_inside_has_neither_end() {
        let p = modulus(1019);
        for (value, inside) in [(0, false), (1, false), (2, true), (1017, true)] {
            assert_eq!(p.is_inside(&u16::to_be_bytes(value)), inside, "{value}");
        }
        for value in [1018, 1019, 1020, u16::MAX] {
            assert!(!p.is_inside(&value.to_be_bytes()), "{value}");
        }
    }

    #[test]
    fn squares_are_those_of_all_numbers() {
        for prime in [263, 1019, 65_521] {
            let p = modulus(prime);
            let squares: std::collections::BTreeSet<_> =
                (1..prime).map(|x| x * x % prime).collect();
            for value in (0..prime).step_by(if prime > 2000 { 97 } else { 1 }) {
                assert_eq!(p.is_square(&value.to_be_bytes()), squares.contains(&value), "{value}");
            }
        }
    }

    #[test]
    fn safe_primes_are_told_from_other_numbers() {
        // 1019 = 2 * 509 + 1. 1009 is prime, 504 is not; 1003 = 17 * 59; 1299 = 2 * 649 + 1 has
        // neither. 2047 = 23 * 89 passes for base 2; 4095 = 2 * 2047 + 1.
        for (value, safe) in [
            (1019, true),
            (1009, false),
            (1003, false),
            (1299, false),
            (4095, false),
            (2047, false),
        ] {
            assert_eq!(modulus(value).is_safe_prime(), safe, "{value}");
        }
        // 563 is prime, and 2 * 563 + 1 = 1127 = 7^2 * 23 is not.
        assert!(!modulus(1127).is_safe_prime());
    }
}
