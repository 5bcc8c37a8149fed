//! A reader of DER values: tag, length and body, borrowed from the input (X.690 section 8.1).
//!
//! It reads what DER allows: definite lengths in their shortest form, and tag numbers below 31.
//! Anything else is `None`; nothing here can panic.

mod oid;

pub use oid::dotted;

/// Identifier octets of the types that certificates use.
pub mod tag {
    pub const BOOLEAN: u8 = 0x01;
    pub const INTEGER: u8 = 0x02;
    pub const BIT_STRING: u8 = 0x03;
    pub const OCTET_STRING: u8 = 0x04;
    pub const NULL: u8 = 0x05;
    pub const OID: u8 = 0x06;
    pub const ENUMERATED: u8 = 0x0a;
    pub const UTF8_STRING: u8 = 0x0c;
    pub const NUMERIC_STRING: u8 = 0x12;
    pub const PRINTABLE_STRING: u8 = 0x13;
    pub const T61_STRING: u8 = 0x14;
    pub const IA5_STRING: u8 = 0x16;
    pub const UTC_TIME: u8 = 0x17;
    pub const GENERALIZED_TIME: u8 = 0x18;
    pub const VISIBLE_STRING: u8 = 0x1a;
    pub const GENERAL_STRING: u8 = 0x1b;
    pub const UNIVERSAL_STRING: u8 = 0x1c;
    pub const BMP_STRING: u8 = 0x1e;
    pub const SEQUENCE: u8 = 0x30;
    pub const SET: u8 = 0x31;

    /// Returns the octet for `[n] IMPLICIT` of a primitive type.
    pub const fn context(n: u8) -> u8 {
        0x80 | (n & 0x1f)
    }

    /// Returns the octet for `[n] EXPLICIT`, or for `[n] IMPLICIT` of a constructed type.
    pub const fn constructed(n: u8) -> u8 {
        0xa0 | (n & 0x1f)
    }
}

/// One DER value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Value<'a> {
    pub tag: u8,
    pub body: &'a [u8],
    /// The whole value, tag and length included.
    pub raw: &'a [u8],
}

impl<'a> Value<'a> {
    /// Reads `bytes` as one value; `None` if anything follows it.
    pub fn whole(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let value = reader.any()?;
        reader.is_empty().then_some(value)
    }

    /// Reads `bytes` as one value with this tag, and returns its body.
    pub fn whole_of(bytes: &'a [u8], tag: u8) -> Option<&'a [u8]> {
        Self::whole(bytes).filter(|value| value.tag == tag).map(|value| value.body)
    }

    /// Returns a reader of the values inside, if it is a SEQUENCE.
    pub fn sequence(&self) -> Option<Reader<'a>> {
        (self.tag == tag::SEQUENCE).then(|| Reader::new(self.body))
    }
}

/// Takes values off the front of a slice; a read that does not fit takes nothing.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Takes the next value, whatever its tag.
    pub fn any(&mut self) -> Option<Value<'a>> {
        let (&tag, after_tag) = self.rest.split_first()?;
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (&first, after_first) = after_tag.split_first()?;
        let (len, content) = match first {
            0..=0x7f => (usize::from(first), after_first),
            0x81..=0x84 => {
                let (octets, content) = after_first.split_at_checked(usize::from(first & 0x7f))?;
                let len = octets.iter().fold(0u32, |len, &octet| len << 8 | u32::from(octet));
                let shortest = match octets.len() {
                    1 => len >= 0x80,
                    n => octets.first() != Some(&0) && n <= 4,
                };
                (usize::try_from(len).ok().filter(|_| shortest)?, content)
            }
            _ => return None,
        };
        let (body, rest) = content.split_at_checked(len)?;
        let raw = self.rest.get(..self.rest.len().checked_sub(rest.len())?)?;
        self.rest = rest;
        Some(Value { tag, body, raw })
    }

    /// Takes the next value if it has this tag, and returns its body.
    pub fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.take_value(tag).map(|value| value.body)
    }

    /// Takes the next value, if it has this tag.
    pub fn take_value(&mut self, tag: u8) -> Option<Value<'a>> {
        if self.peek() != Some(tag) {
            return None;
        }
        self.any()
    }

    /// Returns the tag of the next value, and takes nothing.
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Returns the bytes that are not taken yet, and takes none.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

/// Whether these are the content octets of an INTEGER: at least one, and none that could be left
/// out (X.690 section 8.3.2).
pub fn is_integer(body: &[u8]) -> bool {
    match body {
        [] => false,
        [0, second, ..] => second & 0x80 != 0,
        [0xff, second, ..] => second & 0x80 == 0,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_one_after_the_other() {
        let bytes = b"\x30\x03\x02\x01\x07\x05\x00";
        let mut reader = Reader::new(bytes);
        let mut inner = reader.any().unwrap().sequence().unwrap();
        assert_eq!(inner.take(tag::INTEGER), Some(&b"\x07"[..]));
        assert!(inner.is_empty());
        assert_eq!(reader.peek(), Some(tag::NULL));
        assert_eq!(reader.take(tag::INTEGER), None);
        assert_eq!(reader.take_value(tag::NULL).unwrap().raw, b"\x05\x00");
        assert!(reader.is_empty());
    }

    #[test]
    fn long_lengths_are_read_in_their_shortest_form_only() {
        let body = vec![0; 0x180];
        for (head, good) in [
            (&b"\x04\x82\x01\x80"[..], true),
            (b"\x04\x83\x00\x01\x80", false),
            (b"\x04\x84\x00\x00\x01\x80", false),
            (b"\x04\x80", false),
            (b"\x04\x85\x00\x00\x00\x01\x80", false),
            (b"\x1f\x82\x01\x80", false),
        ] {
            let bytes = [head, &body].concat();
            assert_eq!(Value::whole(&bytes).is_some(), good, "{head:02x?}");
        }
        assert_eq!(Value::whole(b"\x04\x81\x01\x00"), None);
        assert_eq!(Value::whole(b"\x04\x01\x00\x00"), None, "something behind it");
    }

    #[test]
    fn what_is_cut_short_is_none() {
        let bytes = b"\x30\x05\x04\x03abc";
        for n in 0..bytes.len() {
            assert_eq!(Value::whole(&bytes[..n]), None, "{n} bytes");
        }
    }

    #[test]
    fn an_integer_has_no_octet_too_many() {
        for good in [&b"\0"[..], b"\x7f", b"\0\x80", b"\xff", b"\xff\x7f", b"\x80"] {
            assert!(is_integer(good), "{good:02x?}");
        }
        for bad in [&b""[..], b"\0\0", b"\0\x7f", b"\xff\xff", b"\xff\x80"] {
            assert!(!is_integer(bad), "{bad:02x?}");
        }
    }
}
