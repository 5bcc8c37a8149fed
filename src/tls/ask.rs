//! What webpki is asked, until tlsql's own path validator takes its place.

use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, UnixTime};

use crate::error::Error;
use crate::trust::Name;

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
