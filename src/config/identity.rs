//! Our own certificate and its key.

use std::fmt;
use std::sync::Arc;

use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use super::cipher::Auth;
use crate::crypto;
use crate::error::{Code, Error};
use crate::trust::{Certificate, Issuers, Store, issuers};

/// A certificate chain, leaf first, and the leaf's private key.
pub struct Identity {
    pub chain: Vec<CertificateDer<'static>>,
    pub key: Zeroizing<PrivateKeyDer<'static>>,
    leaf: Arc<Certificate>,
}

impl Identity {
    /// # Errors
    /// `NoCert` if the chain is empty.
    pub(super) fn new(
        chain: &[Arc<Certificate>],
        key: Zeroizing<PrivateKeyDer<'static>>,
    ) -> Result<Self, Error> {
        let leaf = chain.first().ok_or(Code::NoCert)?.clone();
        let ders = chain.iter().map(|certificate| CertificateDer::from(certificate.der().to_vec()));
        Ok(Self { chain: ders.collect(), key, leaf })
    }

    /// Whether the key is the certificate's; `true` for a key that cannot be used at all.
    pub(super) fn is_pair(&self) -> bool {
        self.chain.first().is_some_and(|leaf| crypto::is_pair(&self.key, leaf))
    }

    /// Checks that the key can sign here and is the certificate's.
    ///
    /// # Errors
    /// `KeyForm`, `KeyMismatch`.
    pub(super) fn check_pair(&self) -> Result<(), Error> {
        let unusable = || Error::detail(Code::KeyForm, crypto::why_unusable(&self.key));
        let key = crypto::load_key(&self.key).ok_or_else(unusable)?;
        let leaf = self.chain.first().ok_or(Code::NoCert)?;
        if crypto::is_key_of(&key, leaf) { Ok(()) } else { Err(Code::KeyMismatch.into()) }
    }

    pub(super) fn leaf(&self) -> &Certificate {
        &self.leaf
    }

    /// Returns the issuers in the store of a certificate that stands alone; `None` for a chain,
    /// which is sent as it was given.
    pub(super) fn issuers<'a>(&'a self, store: &'a Store, now: i64) -> Option<Issuers<'a>> {
        (self.chain.len() == 1).then(|| issuers(store, &self.leaf, now))
    }

    /// Returns what a server's suites of TLS 1.2 must authenticate with. ECDSA's suites are those
    /// of Ed25519 too (RFC 8422 section 5.1.1).
    pub(super) fn auth(&self) -> Auth {
        match self.chain.first().and_then(|leaf| crypto::rsa_bits(leaf)) {
            Some(_) => Auth::Rsa,
            None => Auth::Ecdsa,
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity {{ chain: {} certificates, key: hidden }}", self.chain.len())
    }
}
