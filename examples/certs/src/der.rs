//! The DER that is needed to make an X.509 certificate of version 1 from one of version 3.

const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;
/// Tag of `version [0] EXPLICIT`. A certificate without it has version 1.
const VERSION: u8 = 0xa0;
/// Tag of `extensions [3] EXPLICIT`. Version 1 has none.
const EXTENSIONS: u8 = 0xa3;

/// The parts of a certificate: what is signed, the algorithm, and the signature.
pub struct Certificate<'a> {
    tbs: &'a [u8],
    algorithm: &'a [u8],
}

impl<'a> Certificate<'a> {
    pub fn parse(der: &'a [u8]) -> Option<Self> {
        let parts = elements(only(der, SEQUENCE)?)?;
        let [tbs, algorithm, _signature] = parts.as_slice() else { return None };
        Some(Self { tbs, algorithm })
    }

    /// Returns the TBSCertificate of version 1 with the same names, dates and key.
    pub fn tbs_v1(&self) -> Option<Vec<u8>> {
        let fields = elements(only(self.tbs, SEQUENCE)?)?;
        let kept = fields.into_iter().filter(|field| !matches!(field[0], VERSION | EXTENSIONS));
        Some(element(SEQUENCE, &kept.collect::<Vec<_>>().concat()))
    }

    /// Returns the certificate of `tbs` with a signature by the algorithm of this one.
    pub fn with(&self, tbs: &[u8], signature: &[u8]) -> Vec<u8> {
        // The 0 says that no bits of the signature's last byte are unused.
        let signature = element(BIT_STRING, &[&[0], signature].concat());
        element(SEQUENCE, &[tbs, self.algorithm, &signature].concat())
    }
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let len = content.len().to_be_bytes();
    let short = &len[len.iter().take_while(|byte| **byte == 0).count()..];
    match content.len() {
        0..0x80 => out.push(content.len() as u8),
        _ => {
            out.push(0x80 | short.len() as u8);
            out.extend(short);
        }
    }
    out.extend(content);
    out
}

/// Returns the content of `der`, which is one element.
fn only(der: &[u8], tag: u8) -> Option<&[u8]> {
    let (head, end) = measure(der)?;
    (der[0] == tag && end == der.len()).then(|| &der[head..end])
}

/// Returns the elements in `der`, each with its tag and length.
fn elements(mut der: &[u8]) -> Option<Vec<&[u8]>> {
    let mut out = Vec::new();
    while !der.is_empty() {
        let (first, rest) = der.split_at_checked(measure(der)?.1)?;
        out.push(first);
        der = rest;
    }
    Some(out)
}

/// Returns where the content of the first element begins and where it ends.
fn measure(der: &[u8]) -> Option<(usize, usize)> {
    let first = usize::from(*der.get(1)?);
    let (head, len) = match first {
        0..0x80 => (2, first),
        _ => {
            let count = first & 0x7f;
            let bytes = der.get(2..2 + count).filter(|_| count <= 4)?;
            (2 + count, bytes.iter().fold(0, |len, byte| len << 8 | usize::from(*byte)))
        }
    };
    (head + len <= der.len()).then_some((head, head + len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_the_shortest_form() {
        for (len, head) in [
            (0, &[0x30, 0][..]),
            (127, &[0x30, 127]),
            (128, &[0x30, 0x81, 128]),
            (256, &[0x30, 0x82, 1, 0]),
        ] {
            let der = element(SEQUENCE, &vec![7; len]);
            assert_eq!(&der[..head.len()], head);
            assert_eq!(only(&der, SEQUENCE), Some(&vec![7; len][..]));
            assert_eq!(only(&der, BIT_STRING), None);
            assert_eq!(only(&der[..der.len() - 1], SEQUENCE), None);
        }
    }

    #[test]
    fn elements_are_split_or_refused() {
        assert_eq!(elements(&[2, 1, 5, 5, 0]), Some(vec![&[2, 1, 5][..], &[5, 0]]));
        assert_eq!(elements(&[2, 1, 5, 5]), None);
        assert_eq!(elements(&[2, 0x85, 0, 0, 0, 0, 1, 9]), None);
    }
}
