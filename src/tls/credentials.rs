//! Our own certificate, of any X.509 version.
//!
//! rustls' ready-made resolvers refuse X.509 v1, so the pair is checked here.

use std::sync::Arc;

use rustls::client::ResolvesClientCert;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{SignatureScheme, sign::SigningKey};

use super::verifier::Verdict;
use crate::config::Identity;
use crate::crypto;
use crate::error::{Code, Error};

/// The one certificate there is.
#[derive(Debug)]
pub struct Own(Arc<CertifiedKey>);

impl Own {
    /// # Errors
    /// `KeyForm` if the key cannot sign here, `KeyMismatch` if it is another certificate's.
    pub fn new(identity: &Identity) -> Result<Self, Error> {
        let unusable = "RSA below 2048 bits, a curve other than P-256 and P-384, or of a \
                        kind that ring cannot sign with, such as Ed448 and DSA";
        let key = crypto::load_key(&identity.key)
            .ok_or_else(|| Error::option(Code::KeyForm, "ssl_key", unusable))?;
        let leaf = identity.chain.first().ok_or(Code::NoCert)?;
        if !fits(&key, leaf) {
            return Err(Error::option(Code::KeyMismatch, "ssl_key", "not the key of ssl_cert"));
        }
        Ok(Self(Arc::new(CertifiedKey::new(identity.chain.clone(), key))))
    }
}

impl ResolvesServerCert for Own {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

/// One client connection's answer to a server that asks for a certificate.
#[derive(Debug)]
pub struct Answer {
    pub own: Option<Arc<Own>>,
    pub verdict: Arc<Verdict>,
}

impl ResolvesClientCert for Answer {
    fn resolve(&self, _: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let own = self.own.as_ref().map(|own| &own.0);
        let fitting = own.filter(|own| own.key.choose_scheme(schemes).is_some());
        self.verdict.note_request(fitting.is_some());
        fitting.cloned()
    }

    fn has_certs(&self) -> bool {
        self.own.is_some()
    }
}

fn fits(key: &Arc<dyn SigningKey>, leaf: &[u8]) -> bool {
    let own = key.public_key();
    own.is_some_and(|own| crypto::public_key_of(leaf) == Some(own.as_ref()))
}
