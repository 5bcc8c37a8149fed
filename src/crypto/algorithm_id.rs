//! AlgorithmIdentifiers (RFC 5280 section 4.1.1.2).

use crate::der::{Reader, Value, tag};

/// OID and the rest of a whole AlgorithmIdentifier.
pub fn split(algorithm: &[u8]) -> Option<(&[u8], &[u8])> {
    split_body(Value::whole_of(algorithm, tag::SEQUENCE)?)
}

/// The same of its content.
pub fn split_body(body: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut reader = Reader::new(body);
    let oid = reader.take(tag::OID)?;
    let parameters = reader.rest();
    if !reader.is_empty() {
        reader.any()?;
    }
    reader.is_empty().then_some((oid, parameters))
}
