//! webpki's opinion beside our own, where `tlsql_strict` asks for it.
//!
//! It only ever refuses more: X.509 v1, names that stand in a common name alone, what RFC 5280
//! forbids and OpenSSL takes. Revocation is checked by our own validator.

use std::net::IpAddr;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{CertificateError, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::error;
use crate::config::SSL_CA;
use crate::error::{Code, Details, Error};
use crate::text::quoted;
use crate::trust::{Name, Purpose, Store};

#[derive(Debug)]
pub struct Strict {
    server: Arc<WebPkiServerVerifier>,
    client: Arc<dyn ClientCertVerifier>,
    /// Not self-signed: they complete a peer's list.
    intermediates: Vec<CertificateDer<'static>>,
}

impl Strict {
    /// # Errors
    /// `Pem` if no certificate of the store can be an anchor for webpki.
    pub fn new(store: &Store, provider: &Arc<CryptoProvider>) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        let mut intermediates = Vec::new();
        for certificate in store.certificates() {
            let der = CertificateDer::from(certificate.der().to_vec());
            if !certificate.is_self_signed() {
                intermediates.push(der);
            } else if let Err(e) = roots.add(der) {
                return Err(SSL_CA.error(Code::Pem, format!("tlsql_strict: {e}")));
            }
        }
        let unusable = |why: String| SSL_CA.error(Code::Pem, why);
        if roots.is_empty() {
            let why = "tlsql_strict: no self-signed CA certificate, which a chain must end with";
            return Err(unusable(why.to_owned()));
        }
        let roots = Arc::new(roots);
        let server = WebPkiServerVerifier::builder_with_provider(roots.clone(), provider.clone())
            .build()
            .map_err(|e| unusable(format!("tlsql_strict: {e}")))?;
        let client = WebPkiClientVerifier::builder_with_provider(roots, provider.clone())
            .build()
            .map_err(|e| unusable(format!("tlsql_strict: {e}")))?;
        Ok(Self { server, client, intermediates })
    }

    /// # Errors
    /// One of the certificate codes.
    pub fn verify(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        purpose: Purpose,
        name: Option<&Name>,
        now: UnixTime,
    ) -> Result<(), Error> {
        let mut chain = others.to_vec();
        chain.extend(self.intermediates.iter().cloned());
        let result = match purpose {
            Purpose::Client => self.client.verify_client_cert(leaf, &chain, now).map(drop),
            Purpose::Server => {
                let reference = match name {
                    Some(name) => server_name(name)?,
                    None => ServerName::from(IpAddr::from([0, 0, 0, 0])),
                };
                let result = self.server.verify_server_cert(leaf, &chain, &reference, &[], now);
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
        result.map_err(|e| refused(error::from_rustls(&e)))
    }
}

fn server_name(name: &Name) -> Result<ServerName<'static>, Error> {
    match name {
        Name::Ip { address, .. } => Ok(ServerName::from(*address)),
        Name::Dns(text) => ServerName::try_from(text.clone()).map_err(|_| {
            let why = format!("{} is not a name a certificate can hold", quoted(text));
            refused(Error::detail(Code::CertName, why))
        }),
    }
}

/// Who refused it: without the option it would have been taken.
fn refused(error: Error) -> Error {
    let details = error.details().cloned().unwrap_or_default();
    let detail = match details.detail {
        Some(why) => format!("tlsql_strict: {why}"),
        None => "refused by tlsql_strict".to_owned(),
    };
    Error::with(error.code, Details { detail: Some(detail), ..details })
}
