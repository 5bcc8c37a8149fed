//! Whom to trust: what a peer's certificate is checked against.
//!
//! This module says what is checked; until tlsql has its own path validator, `tls::chain` does it
//! with webpki.

use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, UnixTime};

use crate::error::Error;

/// CA certificates and revocation lists, as they were loaded.
#[derive(Debug, Default)]
pub struct Store {
    pub ca: Vec<CertificateDer<'static>>,
    pub crl: Vec<CertificateRevocationListDer<'static>>,
}

/// What a peer's certificate must be good for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Purpose {
    /// A TLS server, of this name if it is given.
    Server(Option<Name>),
    /// A TLS client.
    Client,
}

/// A reference name for the server's certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Name {
    Dns(String),
    Ip(std::net::IpAddr),
}

/// Decides whether a chain, leaf first, leads to a trusted CA and fits the purpose.
pub trait ChainVerifier: Send + Sync + std::fmt::Debug {
    /// # Errors
    /// One of the `Cert…` codes, or `CrlState`.
    fn verify(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        purpose: &Purpose,
        now: UnixTime,
    ) -> Result<(), Error>;
}

impl Name {
    /// An address if it reads as one, else a host name.
    pub fn parse(text: &str) -> Self {
        match text.parse() {
            Ok(address) => Self::Ip(address),
            Err(_) => Self::Dns(text.to_owned()),
        }
    }
}
