//! Chains verified by webpki, until tlsql has its own path validator.
//!
//! webpki takes whatever stands in its root store for a CA and looks at none of its fields, so what
//! OpenSSL asks of an anchor is asked here: self-signed, allowed to sign certificates, in its dates.

use std::net::IpAddr;
use std::sync::Arc;

use once_cell::sync::OnceCell;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use rustls::{CertificateError, RootCertStore};
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, ServerName, UnixTime};
use x509_parser::prelude::{FromDer, X509Certificate, X509Version};

use super::ask::{ChainVerifier, Purpose, Store};
use super::error;
use crate::error::{Code, Error};
use crate::trust::Name;

/// For one store and both purposes.
#[derive(Debug)]
pub struct Webpki {
    cas: Vec<Anchor>,
    /// Self-signed and no CA: trusted as a peer's own certificate, for nothing below it (T70).
    itself: Vec<Anchor>,
    /// Not self-signed: they complete a peer's list and are no anchors (T71).
    intermediates: Vec<CertificateDer<'static>>,
    crl: Vec<CertificateRevocationListDer<'static>>,
    provider: Arc<CryptoProvider>,
    /// With all of `cas`, made on first use.
    all: OnceCell<Verifiers>,
}

#[derive(Clone, Debug)]
struct Anchor {
    der: CertificateDer<'static>,
    not_before: i64,
    not_after: i64,
}

#[derive(Clone, Debug)]
struct Verifiers {
    server: Arc<WebPkiServerVerifier>,
    client: Arc<dyn ClientCertVerifier>,
}

impl Webpki {
    /// # Errors
    /// `Pem` for a CA, `Crl` for a list that webpki cannot use.
    pub fn new(store: &Store, provider: &Arc<CryptoProvider>) -> Result<Self, Error> {
        let mut made = Self {
            cas: Vec::new(),
            itself: Vec::new(),
            intermediates: Vec::new(),
            crl: store.crl.clone(),
            provider: provider.clone(),
            all: OnceCell::new(),
        };
        for der in &store.ca {
            made.add(der)?;
        }
        let known: Vec<&Anchor> = made.cas.iter().chain(&made.itself).collect();
        if !known.is_empty() {
            // Lists that cannot be used are refused now.
            made.verifiers(&known)?;
        }
        Ok(made)
    }

    fn add(&mut self, der: &CertificateDer<'static>) -> Result<(), Error> {
        let unreadable = |_| Error::option(Code::Pem, "ssl_ca", "not an X.509 certificate");
        let (_, certificate) = X509Certificate::from_der(der).map_err(unreadable)?;
        let validity = certificate.validity();
        let anchor = Anchor {
            der: der.clone(),
            not_before: validity.not_before.timestamp(),
            not_after: validity.not_after.timestamp(),
        };
        if certificate.subject().as_raw() != certificate.issuer().as_raw() {
            self.intermediates.push(der.clone());
        } else if may_sign(&certificate) {
            self.cas.push(anchor);
        } else {
            self.itself.push(anchor);
        }
        Ok(())
    }

    /// The anchors that may vouch for this certificate, in their dates.
    fn anchors(&self, leaf: &CertificateDer<'_>, now: UnixTime) -> Result<Verifiers, Error> {
        let own: Vec<&Anchor> = self.itself.iter().filter(|anchor| anchor.der == *leaf).collect();
        let is_own = !own.is_empty();
        let pool = if is_own { own } else { self.cas.iter().collect() };
        let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let in_dates = |anchor: &&Anchor| (anchor.not_before..=anchor.not_after).contains(&seconds);
        let valid: Vec<&Anchor> = pool.iter().copied().filter(in_dates).collect();
        match pool.first() {
            None => Err(Code::CertUnknownCa.into()),
            Some(_) if !is_own && valid.len() == pool.len() => {
                self.all.get_or_try_init(|| self.verifiers(&valid)).cloned()
            }
            Some(first) if valid.is_empty() => {
                let early = first.not_before > seconds;
                let code = if early { Code::CertNotYet } else { Code::CertExpired };
                Err(Error::detail(code, "the CA certificate in ssl_ca"))
            }
            Some(_) => self.verifiers(&valid),
        }
    }

    fn verifiers(&self, anchors: &[&Anchor]) -> Result<Verifiers, Error> {
        let mut roots = RootCertStore::empty();
        for anchor in anchors {
            let refused = |e: rustls::Error| Error::option(Code::Pem, "ssl_ca", e.to_string());
            roots.add(anchor.der.clone()).map_err(refused)?;
        }
        let roots = Arc::new(roots);
        let crl = |e: VerifierBuilderError| Error::option(Code::Crl, "ssl_crl", e.to_string());
        let provider = &self.provider;
        let server = WebPkiServerVerifier::builder_with_provider(roots.clone(), provider.clone())
            .with_crls(self.crl.iter().cloned())
            .enforce_revocation_expiration()
            .build()
            .map_err(crl)?;
        let client = WebPkiClientVerifier::builder_with_provider(roots, provider.clone())
            .with_crls(self.crl.iter().cloned())
            .enforce_revocation_expiration()
            .build()
            .map_err(crl)?;
        Ok(Verifiers { server, client })
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
        let verifiers = self.anchors(leaf, now)?;
        let mut chain = others.to_vec();
        chain.extend(self.intermediates.iter().cloned());
        let result = match purpose {
            Purpose::Client => verifiers.client.verify_client_cert(leaf, &chain, now).map(drop),
            Purpose::Server(name) => {
                let reference = match name {
                    Some(name) => server_name(name)?,
                    None => ServerName::from(IpAddr::from([0, 0, 0, 0])),
                };
                let result =
                    verifiers.server.verify_server_cert(leaf, &chain, &reference, &[], now);
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

/// Whether a self-signed certificate may vouch for others, as OpenSSL's X509_check_ca() tells it:
/// version 1, or CA:TRUE, or keyCertSign without basicConstraints; never against its keyUsage.
fn may_sign(certificate: &X509Certificate<'_>) -> bool {
    if certificate.version() == X509Version::V1 {
        return true;
    }
    let (Ok(constraints), Ok(usage)) = (certificate.basic_constraints(), certificate.key_usage())
    else {
        return false;
    };
    let signs = usage.map(|usage| usage.value.key_cert_sign());
    match (constraints, signs) {
        (_, Some(false)) => false,
        (Some(constraints), _) => constraints.value.ca,
        (None, signs) => signs == Some(true),
    }
}

fn server_name(name: &Name) -> Result<ServerName<'static>, Error> {
    match name {
        Name::Ip { address, .. } => Ok(ServerName::from(*address)),
        Name::Dns(text) => ServerName::try_from(text.clone()).map_err(|_| {
            Error::detail(Code::CertName, format!("'{text}' is not a name a certificate can hold"))
        }),
    }
}
