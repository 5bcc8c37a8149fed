//! Curves that are given by their parameters (RFC 3279 section 2.3.5, SEC 1 appendix C.2): which of
//! them are P-256 or P-384.
//!
//! Keys on made-up parameters were used to forge signatures, so nothing is computed with them: they
//! are those of a curve that ring has, octet by octet, or the key is not supported.

use crate::der::{Reader, tag};

/// A curve's parameters, and those that name it: an OBJECT IDENTIFIER, tag and length included.
struct Curve {
    named: &'static [u8],
    prime: &'static [u8],
    a: &'static [u8],
    b: &'static [u8],
    /// Coordinates of the generator.
    x: &'static [u8],
    y: &'static [u8],
    order: &'static [u8],
}

/// Returns the parameters that name the curve of these, the body of an ECParameters; `None` for
/// other curves than P-256 and P-384. The seed proves where b came from and is not looked at.
pub fn named(parameters: &[u8]) -> Option<&'static [u8]> {
    CURVES.iter().find(|curve| curve.is(parameters).is_some()).map(|curve| curve.named)
}

/// Whether these parameters, tag and length included, are the name of P-256 or P-384.
pub fn is_name(parameters: &[u8]) -> bool {
    CURVES.iter().any(|curve| curve.named == parameters)
}

impl Curve {
    /// Compares; `None` if there is a difference.
    fn is(&self, parameters: &[u8]) -> Option<()> {
        let mut fields = Reader::new(parameters);
        let version = fields.take(tag::INTEGER)?;
        let mut field = Reader::new(fields.take(tag::SEQUENCE)?);
        let mut curve = Reader::new(fields.take(tag::SEQUENCE)?);
        let generator = fields.take(tag::OCTET_STRING)?;
        let order = fields.take(tag::INTEGER)?;
        let cofactor = fields.take(tag::INTEGER).unwrap_or(&[1]);
        let is_equal = matches!(version, [1..=3])
            && field.take(tag::OID)? == PRIME_FIELD
            && is_number(field.take(tag::INTEGER)?, self.prime)
            && curve.take(tag::OCTET_STRING)? == self.a
            && curve.take(tag::OCTET_STRING)? == self.b
            && self.is_generator(generator)
            && is_number(order, self.order)
            && cofactor == [1];
        let _seed = curve.take(tag::BIT_STRING);
        (is_equal && field.is_empty() && curve.is_empty() && fields.is_empty()).then_some(())
    }

    /// Whether this is the generator, compressed or not (RFC 5480 section 2.2).
    fn is_generator(&self, point: &[u8]) -> bool {
        let is_odd = self.y.last().is_some_and(|octet| octet & 1 == 1);
        match point.split_first() {
            Some((4, xy)) => xy.split_at_checked(self.x.len()) == Some((self.x, self.y)),
            Some((2, x)) => !is_odd && x == self.x,
            Some((3, x)) => is_odd && x == self.x,
            _ => false,
        }
    }
}

/// Whether the body of an INTEGER is this number, whose first bit is set.
fn is_number(integer: &[u8], number: &[u8]) -> bool {
    integer.split_first() == Some((&0, number))
}

const PRIME_FIELD: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 1, 1];

const CURVES: [Curve; 2] = [P256, P384];

/// FIPS 186-4 appendix D.1.2.3.
const P256: Curve = Curve {
    named: &[tag::OID, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7],
    prime: b"\
          \xff\xff\xff\xff\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\
          \x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    a: b"\
          \xff\xff\xff\xff\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\
          \x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfc",
    b: b"\
          \x5a\xc6\x35\xd8\xaa\x3a\x93\xe7\xb3\xeb\xbd\x55\x76\x98\x86\xbc\
          \x65\x1d\x06\xb0\xcc\x53\xb0\xf6\x3b\xce\x3c\x3e\x27\xd2\x60\x4b",
    x: b"\
          \x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2\
          \x77\x03\x7d\x81\x2d\xeb\x33\xa0\xf4\xa1\x39\x45\xd8\x98\xc2\x96",
    y: b"\
          \x4f\xe3\x42\xe2\xfe\x1a\x7f\x9b\x8e\xe7\xeb\x4a\x7c\x0f\x9e\x16\
          \x2b\xce\x33\x57\x6b\x31\x5e\xce\xcb\xb6\x40\x68\x37\xbf\x51\xf5",
    order: b"\
          \xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\
          \xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51",
};

/// FIPS 186-4 appendix D.1.2.4.
const P384: Curve = Curve {
    named: &[tag::OID, 5, 0x2b, 0x81, 4, 0, 34],
    prime: b"\
          \xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\
          \xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\
          \xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff",
    a: b"\
          \xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\
          \xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\
          \xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xfc",
    b: b"\
          \xb3\x31\x2f\xa7\xe2\x3e\xe7\xe4\x98\x8e\x05\x6b\xe3\xf8\x2d\x19\
          \x18\x1d\x9c\x6e\xfe\x81\x41\x12\x03\x14\x08\x8f\x50\x13\x87\x5a\
          \xc6\x56\x39\x8d\x8a\x2e\xd1\x9d\x2a\x85\xc8\xed\xd3\xec\x2a\xef",
    x: b"\
          \xaa\x87\xca\x22\xbe\x8b\x05\x37\x8e\xb1\xc7\x1e\xf3\x20\xad\x74\
          \x6e\x1d\x3b\x62\x8b\xa7\x9b\x98\x59\xf7\x41\xe0\x82\x54\x2a\x38\
          \x55\x02\xf2\x5d\xbf\x55\x29\x6c\x3a\x54\x5e\x38\x72\x76\x0a\xb7",
    y: b"\
          \x36\x17\xde\x4a\x96\x26\x2c\x6f\x5d\x9e\x98\xbf\x92\x92\xdc\x29\
          \xf8\xf4\x1d\xbd\x28\x9a\x14\x7c\xe9\xda\x31\x13\xb5\xf0\xb8\xc0\
          \x0a\x60\xb1\xce\x1d\x7e\x81\x9d\x7a\x43\x1d\x7c\x90\xea\x0e\x5f",
    order: b"\
          \xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\
          \xff\xff\xff\xff\xff\xff\xff\xff\xc7\x63\x4d\x81\xf4\x37\x2d\xdf\
          \x58\x1a\x0d\xb2\x48\xb0\xa7\x7a\xec\xec\x19\x6a\xcc\xc5\x29\x73",
};

#[cfg(test)]
mod tests {
    use super::*;

    /// What `openssl ecparam -param_enc explicit` writes, with other parts.
    fn parameters(curve: &Curve, change: impl FnOnce(&mut Parts)) -> Vec<u8> {
        let point = [&[4], curve.x, curve.y].concat();
        let mut parts = Parts {
            version: vec![1],
            prime: [&[0], curve.prime].concat(),
            a: curve.a.to_vec(),
            b: curve.b.to_vec(),
            seed: value(tag::BIT_STRING, &[0; 21]),
            point,
            order: [&[0], curve.order].concat(),
            tail: value(tag::INTEGER, &[1]),
        };
        change(&mut parts);
        let prime = value(tag::INTEGER, &parts.prime);
        let field = [value(tag::OID, PRIME_FIELD), prime].concat();
        let a_and_b = [value(tag::OCTET_STRING, &parts.a), value(tag::OCTET_STRING, &parts.b)];
        let equation = [a_and_b.concat(), parts.seed].concat();
        [
            value(tag::INTEGER, &parts.version),
            value(tag::SEQUENCE, &field),
            value(tag::SEQUENCE, &equation),
            value(tag::OCTET_STRING, &parts.point),
            value(tag::INTEGER, &parts.order),
            parts.tail,
        ]
        .concat()
    }

    struct Parts {
        version: Vec<u8>,
        prime: Vec<u8>,
        a: Vec<u8>,
        b: Vec<u8>,
        seed: Vec<u8>,
        point: Vec<u8>,
        order: Vec<u8>,
        tail: Vec<u8>,
    }

    fn value(tag: u8, body: &[u8]) -> Vec<u8> {
        let len = u8::try_from(body.len()).unwrap();
        match len {
            0..=0x7f => [&[tag, len], body].concat(),
            _ => [&[tag, 0x81, len], body].concat(),
        }
    }

    #[test]
    fn optional_parts_may_be_missing_and_the_generator_compressed() {
        for curve in &CURVES {
            let is = |change: fn(&mut Parts)| named(&parameters(curve, change));
            assert_eq!(is(|_| ()), Some(curve.named));
            assert_eq!(is(|p| p.seed.clear()), Some(curve.named), "no seed");
            assert_eq!(is(|p| p.tail.clear()), Some(curve.named), "no cofactor");
            assert_eq!(is(|p| p.version = vec![3]), Some(curve.named), "SEC 1 version 3");
            let half = curve.x.len();
            let compressed = |form: u8| {
                parameters(curve, |p| {
                    p.point.truncate(1 + half);
                    p.point[0] = form;
                })
            };
            let form = 2 + (curve.y[half - 1] & 1);
            assert_eq!(named(&compressed(form)), Some(curve.named));
            assert_eq!(named(&compressed(5 - form)), None, "the generator's negative");
        }
    }

    #[test]
    fn one_changed_octet_makes_another_curve() {
        for curve in &CURVES {
            type Part = fn(&mut Parts) -> &mut Vec<u8>;
            let parts: [(&str, Part); 7] = [
                ("version", |p| &mut p.version),
                ("prime", |p| &mut p.prime),
                ("a", |p| &mut p.a),
                ("b", |p| &mut p.b),
                ("generator", |p| &mut p.point),
                ("order", |p| &mut p.order),
                ("cofactor", |p| &mut p.tail),
            ];
            for (name, part) in parts {
                let changed = parameters(curve, |p| *part(p).last_mut().unwrap() ^= 4);
                assert_eq!(named(&changed), None, "{name}");
                let longer = parameters(curve, |p| part(p).push(0));
                assert_eq!(named(&longer), None, "{name} with an octet more");
            }
        }
        assert_eq!(named(&[]), None);
    }
}
