//! Records after the handshake, behind one type: the record layer in use is chosen here.

#[cfg(not(feature = "rustls-records"))]
compile_error!("there is no other record layer yet: build with the feature rustls-records");

#[cfg(feature = "rustls-records")]
pub use super::rustls_records::Traffic;
