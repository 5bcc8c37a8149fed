//! Records after the handshake, behind one type: the record layer in use is chosen here.

#[cfg(feature = "rustls-records")]
pub use super::rustls_records::Traffic;

// There is no other record layer yet: a build without the feature gets the same one.
#[cfg(not(feature = "rustls-records"))]
pub use super::rustls_records::Traffic;
