//! Chains verified by webpki, until tlsql has its own path validator.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{CertificateError, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::error;
use crate::error::{Code, Error};
use crate::trust::{ChainVerifier, Name, Purpose, Store};

/// For one store and both purposes.
#[derive(Debug)]
pub struct Webpki {
    server: Arc<WebPkiServerVerifier>,
    client: Arc<dyn ClientCertVerifier>,
}

impl Webpki {
    /// # Errors
    /// `Pem` for a CA, `Crl` for a list that webpki cannot use.
    pub fn new(store: &Store, provider: &Arc<CryptoProvider>) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        for ca in &store.ca {
            let refused = |e: rustls::Error| Error::option(Code::Pem, "ssl_ca", e.to_string());
            roots.add(ca.clone()).map_err(refused)?;
        }
        let roots = Arc::new(roots);
        let crl = |e: rustls::server::VerifierBuilderError| {
            Error::option(Code::Crl, "ssl_crl", e.to_string())
        };
        let server = WebPkiServerVerifier::builder_with_provider(roots.clone(), provider.clone())
            .with_crls(store.crl.iter().cloned())
            .enforce_revocation_expiration()
            .build()
            .map_err(crl)?;
        let client = WebPkiClientVerifier::builder_with_provider(roots, provider.clone())
            .with_crls(store.crl.iter().cloned())
            .enforce_revocation_expiration()
            .build()
            .map_err(crl)?;
        Ok(Self { server, client })
    }
}

impl ChainVerifier for Webpki {
    fn verify(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        purpose: &Purpose,
        now: UnixTime,
    ) -> Result<(), Error> {
        let result = match purpose {
            Purpose::Client => self.client.verify_client_cert(leaf, others, now).map(drop),
            Purpose::Server(name) => {
                let reference = match name {
                    Some(name) => server_name(name)?,
                    None => ServerName::from(std::net::IpAddr::from([0, 0, 0, 0])),
                };
                let result = self.server.verify_server_cert(leaf, others, &reference, &[], now);
                match result.map(drop) {
                    // The name comes last: everything before it holds.
                    Err(rustls::Error::InvalidCertificate(
                        CertificateError::NotValidForName
                        | CertificateError::NotValidForNameContext { .. },
                    )) if name.is_none() => Ok(()),
                    other => other,
                }
            }
        };
        result.map_err(|e| error::from_rustls(&e))
    }
}

fn server_name(name: &Name) -> Result<ServerName<'static>, Error> {
    match name {
        Name::Ip(address) => Ok(ServerName::from(*address)),
        Name::Dns(text) => ServerName::try_from(text.clone()).map_err(|_| {
            Error::detail(Code::CertName, format!("'{text}' is not a name a certificate can hold"))
        }),
    }
}
