//! The AlgorithmIdentifier structure (RFC 5280 section 4.1.1.2).

use crate::der::{Reader, Value, tag};

/// Splits an AlgorithmIdentifier, tag and length included, into the OID and the encoded parameters.
pub fn split(algorithm: &[u8]) -> Option<(&[u8], &[u8])> {
    split_body(Value::whole_of(algorithm, tag::SEQUENCE)?)
}

/// Splits the body of an AlgorithmIdentifier, as `split` does.
pub fn split_body(body: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut reader = Reader::new(body);
    let oid = reader.take(tag::OID)?;
    let parameters = reader.rest();
    if !reader.is_empty() {
        reader.any()?;
    }
    reader.is_empty().then_some((oid, parameters))
}
