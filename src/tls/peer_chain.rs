//! The certificates that a peer showed, in one allocation: they are kept as long as the connection.

use std::fmt;

use crate::bytes::Reader;
use crate::trust::Certificate;

/// Certificates in DER, the peer's own first, each behind its length in three bytes.
#[derive(Clone, Default)]
pub struct PeerChain(Box<[u8]>);

impl PeerChain {
    /// Copies the certificates of a chain.
    pub fn new<'a>(chain: impl Iterator<Item = &'a [u8]> + Clone) -> Self {
        let len = chain.clone().map(|der| der.len().saturating_add(LENGTH)).sum();
        let mut bytes = Vec::with_capacity(len);
        for der in chain {
            // invariant: TLS has 24 bits for the length of a whole list (RFC 8446 section 4.4.2).
            let len = u32::try_from(der.len()).unwrap_or_default();
            bytes.extend_from_slice(len.to_le_bytes().get(..LENGTH).unwrap_or_default());
            bytes.extend_from_slice(der);
        }
        Self(bytes.into_boxed_slice())
    }

    /// Whether the peer showed no certificate.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the number of certificates.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Returns certificate `number`, the peer's own being 0.
    pub fn get(&self, number: usize) -> Option<&[u8]> {
        self.iter().nth(number)
    }

    /// Returns the certificates, the peer's own first.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = Reader::new(&self.0);
        std::iter::from_fn(move || {
            let len = usize::try_from(rest.u24()?).ok()?;
            rest.take(len)
        })
    }

    /// Reads the peer's own certificate; `None` if it showed none that can be read.
    pub fn leaf(&self) -> Option<Certificate> {
        Certificate::parse(self.get(0)?).ok()
    }
}

impl fmt::Debug for PeerChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} certificates", self.len())
    }
}

/// Bytes of a certificate's length.
const LENGTH: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_found_as_they_were_given() {
        let long = vec![7; 70_000];
        let given: [&[u8]; 4] = [b"first", b"", &long, b"last"];
        let chain = PeerChain::new(given.into_iter());
        assert_eq!(chain.iter().collect::<Vec<_>>(), given);
        assert_eq!((chain.len(), chain.get(3), chain.get(4)), (4, Some(&b"last"[..]), None));
        assert!(!chain.is_empty() && chain.leaf().is_none());
    }

    #[test]
    fn no_certificates_take_no_memory() {
        let chain = PeerChain::new([].into_iter());
        assert!(chain.is_empty() && chain.get(0).is_none());
        assert_eq!((chain.len(), chain.0.len()), (0, 0));
    }
}
