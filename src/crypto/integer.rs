//! The INTEGERs of keys, as octets.

/// Returns the octets of a positive INTEGER without leading zeros.
pub fn positive(integer: &[u8]) -> Option<&[u8]> {
    match integer {
        [0, rest @ ..] if rest.first().is_some_and(|octet| octet & 0x80 != 0) => Some(rest),
        [first, ..] if (1..0x80).contains(first) => Some(integer),
        _ => None,
    }
}

pub fn bit_length(magnitude: &[u8]) -> usize {
    let leading = magnitude.first().map_or(0, |octet| octet.leading_zeros());
    let unused = usize::try_from(leading).unwrap_or(0);
    magnitude.len().saturating_mul(8).saturating_sub(unused)
}

/// Returns the number with these octets, if it has at most eight.
pub fn number(magnitude: &[u8]) -> Option<u64> {
    let is_short = magnitude.len() <= 8;
    is_short.then(|| magnitude.iter().fold(0, |n, octet| n << 8 | u64::from(*octet)))
}
