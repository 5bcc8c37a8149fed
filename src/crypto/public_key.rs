//! The public keys of certificates: their kind and strength.

use super::algorithm_id::split_body;
use super::explicit_curve;
use super::integer::{bit_length, number, positive};
use super::pss::PssRule;
use crate::der::{Value, tag};

/// The kind of a public key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyKind {
    Rsa,
    RsaPss,
    Ec,
    Ed25519,
    Ed448,
    Dsa,
    /// A key that cannot sign, such as X25519.
    Other,
}

impl KeyKind {
    /// Whether such a key can make a signature whose algorithm needs a key of kind `needed`.
    pub fn signs(self, needed: Self) -> bool {
        self == needed || (self == Self::Rsa && needed == Self::RsaPss)
    }
}

/// A SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7).
#[derive(Clone, Copy, Debug)]
pub struct PublicKey<'a> {
    pub kind: KeyKind,
    /// Bits of security as OpenSSL 3.0 counts them.
    pub security_bits: u32,
    /// Bits of the RSA modulus; 0 for other keys.
    pub modulus_bits: usize,
    /// The curve is given by its parameters and not by name.
    pub explicit_curve: bool,
    pub(super) oid: &'a [u8],
    /// The parameters of the key's algorithm; those that name the curve where P-256 or P-384 is
    /// given by its parameters.
    pub(super) parameters: &'a [u8],
    /// The key: the octets of the BIT STRING.
    pub(super) bits: &'a [u8],
    /// The RSA exponent, if it has at most eight octets; `None` for other keys.
    pub(super) exponent: Option<u64>,
}

impl<'a> PublicKey<'a> {
    /// Reads a SubjectPublicKeyInfo; `None` if OpenSSL could not decode the key.
    pub fn parse(spki: &'a [u8]) -> Option<Self> {
        let mut fields = Value::whole(spki)?.sequence()?;
        let (oid, parameters) = split_body(fields.take(tag::SEQUENCE)?)?;
        let (0, bits) = fields.take(tag::BIT_STRING)?.split_first()? else { return None };
        if !fields.is_empty() {
            return None;
        }
        let made = Self {
            kind: KeyKind::Other,
            security_bits: 0,
            modulus_bits: 0,
            explicit_curve: false,
            oid,
            parameters,
            bits,
            exponent: None,
        };
        match oid {
            RSA => made.rsa(KeyKind::Rsa),
            RSA_PSS => made.rsa(KeyKind::RsaPss),
            EC => made.ec(),
            DSA => made.dsa(),
            ED25519 if parameters.is_empty() && bits.len() == 32 => {
                Some(Self { kind: KeyKind::Ed25519, security_bits: 128, ..made })
            }
            ED448 if parameters.is_empty() && bits.len() == 57 => {
                Some(Self { kind: KeyKind::Ed448, security_bits: 224, ..made })
            }
            X25519 | X448 => Some(Self { security_bits: 128, ..made }),
            _ => None,
        }
    }

    /// Whether two SubjectPublicKeyInfo have one key, in whatever form a curve's parameters and a
    /// point are written.
    pub fn is_same(one: &[u8], other: &[u8]) -> bool {
        let (Some(a), Some(b)) = (PublicKey::parse(one), PublicKey::parse(other)) else {
            return one == other;
        };
        let is_one_curve = a.kind == KeyKind::Ec && b.kind == KeyKind::Ec;
        let is_named = explicit_curve::is_name(a.parameters) && a.parameters == b.parameters;
        let is_point = || is_point(a.bits, b.bits) || is_point(b.bits, a.bits);
        one == other || is_one_curve && is_named && is_point()
    }

    /// Whether `spki` has a key of an algorithm, and on a curve, that OpenSSL has too: what cannot
    /// be decoded then is malformed.
    pub fn is_known(spki: &'a [u8]) -> bool {
        let Some((oid, parameters)) = algorithm_of(spki) else { return true };
        match Value::whole_of(parameters, tag::OID) {
            Some(curve) if oid == EC => CURVES.iter().any(|(known, _)| *known == curve),
            _ => ALGORITHMS.contains(&oid),
        }
    }

    /// Whether ring verifies signatures by this key. RSA below 2048 bits is verified by its legacy
    /// algorithms.
    pub(super) fn is_supported(&self) -> bool {
        match self.kind {
            KeyKind::Rsa => self.fits_ring(),
            KeyKind::RsaPss => {
                let is_long = self.modulus_bits >= SHORT_RSA;
                is_long && self.fits_ring() && self.pss_rule() != PssRule::Unsupported
            }
            KeyKind::Ec => {
                let has_curve = explicit_curve::is_name(self.parameters);
                has_curve && self.bits.first() == Some(&UNCOMPRESSED)
            }
            KeyKind::Ed25519 => true,
            KeyKind::Ed448 | KeyKind::Dsa | KeyKind::Other => false,
        }
    }

    /// Whether ring supports an RSA key of this size and exponent, which is from 3 to 2^33 - 1 and
    /// odd.
    pub(super) fn fits_ring(&self) -> bool {
        let exponent = self.exponent.filter(|e| e % 2 == 1 && (3..1 << 33).contains(e));
        (1024..=8192).contains(&self.modulus_bits) && exponent.is_some()
    }

    /// Returns what an RSASSA-PSS key may sign with.
    pub(super) fn pss_rule(&self) -> PssRule {
        PssRule::parse(self.parameters)
    }

    /// Whether this is a key of the kind that an implementation says it takes, in the body of an
    /// AlgorithmIdentifier.
    pub(super) fn is_of(&self, key_id: &[u8]) -> bool {
        let Some((oid, parameters)) = split_body(key_id) else { return false };
        let is_plain = |parameters: &[u8]| matches!(parameters, [] | [tag::NULL, 0]);
        oid == self.oid
            && match self.kind {
                // What they restrict is checked by `pss_rule`.
                KeyKind::RsaPss => true,
                _ if is_plain(parameters) => is_plain(self.parameters),
                _ => parameters == self.parameters,
            }
    }

    fn rsa(self, kind: KeyKind) -> Option<Self> {
        let mut numbers = Value::whole(self.bits)?.sequence()?;
        let modulus = positive(numbers.take(tag::INTEGER)?)?;
        let exponent = positive(numbers.take(tag::INTEGER)?)?;
        if !numbers.is_empty() {
            return None;
        }
        let modulus_bits = bit_length(modulus);
        // Where the estimate of OpenSSL 3.0 changes, measured: 1963 and 920 bits.
        let security_bits = match modulus_bits {
            3072.. => 128,
            1963.. => 112,
            920.. => 80,
            _ => 0,
        };
        Some(Self { kind, security_bits, modulus_bits, exponent: number(exponent), ..self })
    }

    fn ec(self) -> Option<Self> {
        let parameters = Value::whole(self.parameters)?;
        let made = Self { kind: KeyKind::Ec, ..self };
        if parameters.tag == tag::SEQUENCE {
            let parameters = explicit_curve::named(parameters.body).unwrap_or(self.parameters);
            return Some(Self { explicit_curve: true, security_bits: 128, parameters, ..made });
        }
        if parameters.tag != tag::OID {
            return None;
        }
        let (_, order_bits) = CURVES.iter().find(|(oid, _)| *oid == parameters.body)?;
        let field = usize::from(*order_bits).div_ceil(8);
        let (form, point) = self.bits.split_first()?;
        let len = match form {
            2 | 3 => field,
            4 | 6 | 7 => field.saturating_mul(2),
            _ => return None,
        };
        let security_bits = match order_bits {
            512.. => 256,
            384.. => 192,
            256.. => 128,
            224.. => 112,
            160.. => 80,
            _ => 0,
        };
        (point.len() == len).then_some(Self { security_bits, ..made })
    }

    fn dsa(self) -> Option<Self> {
        let mut parameters = Value::whole(self.parameters)?.sequence()?;
        let security_bits = match bit_length(positive(parameters.take(tag::INTEGER)?)?) {
            1963.. => 112,
            920.. => 80,
            _ => 0,
        };
        Some(Self { kind: KeyKind::Dsa, security_bits, ..self })
    }
}

/// Whether a point (RFC 5480 section 2.2) is an uncompressed one, compressed or not.
fn is_point(point: &[u8], uncompressed: &[u8]) -> bool {
    let Some((&UNCOMPRESSED, xy)) = uncompressed.split_first() else { return false };
    let x = xy.get(..xy.len() / 2).unwrap_or_default();
    let is_odd = xy.last().is_some_and(|octet| octet & 1 == 1);
    match point.split_first() {
        Some((2, own)) => !is_odd && own == x,
        Some((3, own)) => is_odd && own == x,
        _ => point == uncompressed,
    }
}

/// Returns the OID and the parameters of a SubjectPublicKeyInfo's algorithm.
pub(super) fn algorithm_of(spki: &[u8]) -> Option<(&[u8], &[u8])> {
    split_body(Value::whole(spki)?.sequence()?.take(tag::SEQUENCE)?)
}

/// RSA keys with fewer bits are verified by ring's legacy algorithms only.
pub(super) const SHORT_RSA: usize = 2048;

/// The first octet of a point that is not compressed (RFC 5480 section 2.2).
pub(super) const UNCOMPRESSED: u8 = 4;

/// The algorithms of OpenSSL 3.0 that `parse` knows.
const ALGORITHMS: &[&[u8]] = &[RSA, RSA_PSS, EC, DSA, X25519, X448, ED25519, ED448];

pub(super) const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
pub(super) const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
pub(super) const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
pub(super) const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1];
pub(super) const X25519: &[u8] = &[0x2b, 0x65, 0x6e];
pub(super) const X448: &[u8] = &[0x2b, 0x65, 0x6f];
pub(super) const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
pub(super) const ED448: &[u8] = &[0x2b, 0x65, 0x71];

/// The named curves that are known, with the bits of their order: NIST's prime curves from P-192
/// on, secp192k1 and secp256k1, and the brainpool curves that TLS has numbers for.
const CURVES: &[(&[u8], u16)] = &[
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 1], 192),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7], 256),
    (&[0x2b, 0x81, 4, 0, 10], 256),
    (&[0x2b, 0x81, 4, 0, 31], 192),
    (&[0x2b, 0x81, 4, 0, 33], 224),
    (&[0x2b, 0x81, 4, 0, 34], 384),
    (&[0x2b, 0x81, 4, 0, 35], 521),
    (&[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 7], 256),
    (&[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 11], 384),
    (&[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 13], 512),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn value(tag: u8, body: &[u8]) -> Vec<u8> {
        let len = u16::try_from(body.len()).unwrap().to_be_bytes();
        let head = match body.len() {
            0..=0x7f => vec![tag, len[1]],
            0x80..=0xff => vec![tag, 0x81, len[1]],
            _ => vec![tag, 0x82, len[0], len[1]],
        };
        [&head[..], body].concat()
    }

    fn spki(oid: &[u8], parameters: &[u8], key: &[u8]) -> Vec<u8> {
        let algorithm = value(tag::SEQUENCE, &[value(tag::OID, oid), parameters.to_vec()].concat());
        let bits = value(tag::BIT_STRING, &[&[0], key].concat());
        value(tag::SEQUENCE, &[algorithm, bits].concat())
    }

    /// Returns an RSA key with a modulus of this size, and the exponent 65537.
    fn rsa(bits: usize) -> Vec<u8> {
        let mut modulus = vec![0xff; bits.div_ceil(8)];
        modulus[0] = 0xff >> (modulus.len() * 8 - bits);
        if modulus[0] >= 0x80 {
            modulus.insert(0, 0);
        }
        let numbers = [value(tag::INTEGER, &modulus), value(tag::INTEGER, &[1, 0, 1])].concat();
        value(tag::SEQUENCE, &numbers)
    }

    #[test]
    fn rsa_has_openssls_floors() {
        for (bits, security) in
            [(1962, 80), (1963, 112), (2047, 112), (2048, 112), (3072, 128), (2056, 112)]
        {
            let spki = spki(RSA, &[tag::NULL, 0], &rsa(bits));
            let key = PublicKey::parse(&spki).unwrap();
            assert_eq!((key.modulus_bits, key.security_bits), (bits, security));
        }
    }

    #[test]
    fn a_key_of_the_wrong_length_is_none() {
        let p256 = [&[tag::OID, 8], CURVES[1].0].concat();
        for (len, good) in [(65, true), (64, false), (66, false), (33, false)] {
            assert_eq!(PublicKey::parse(&spki(EC, &p256, &vec![4; len])).is_some(), good, "{len}");
        }
        assert!(PublicKey::parse(&spki(ED25519, &[], &[0; 32])).is_some());
        assert!(PublicKey::parse(&spki(ED25519, &[], &[0; 31])).is_none());
        assert!(PublicKey::parse(&spki(&[0x2a, 3], &[], &[0; 31])).is_none());
    }

    #[test]
    fn an_rsa_key_can_sign_in_both_forms_and_no_other() {
        assert!(KeyKind::Rsa.signs(KeyKind::Rsa) && KeyKind::Rsa.signs(KeyKind::RsaPss));
        assert!(!KeyKind::RsaPss.signs(KeyKind::Rsa) && !KeyKind::Ec.signs(KeyKind::Rsa));
    }
}
