//! Our own certificate, of any X.509 version.
//!
//! rustls' ready-made resolvers refuse X.509 v1, so the pair is checked here.

use std::collections::BinaryHeap;
use std::sync::Arc;

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::CertificateDer;

use super::checks::{ClientAuth, PeerChecks};
use crate::config::{Identity, NamedIdentity, SSL_KEY, Settings, find_name};
use crate::crypto;
use crate::error::{Code, Error};
use crate::trust::names_digest;

/// The certificate chain and key of `ssl_cert` and `ssl_key`.
#[derive(Debug)]
pub struct Credentials {
    own: Arc<CertifiedKey>,
    /// SHA-256 of the certificate.
    leaf: [u8; 32],
}

impl Credentials {
    /// Loads the key into ring and checks that it is the certificate's. `issuers` are sent behind
    /// the certificates of the identity.
    ///
    /// # Errors
    /// `KeyForm` if the key cannot sign here, `KeyMismatch` if it is another certificate's.
    pub fn new(identity: &Identity, issuers: &[CertificateDer<'static>]) -> Result<Self, Error> {
        let unusable = || SSL_KEY.error(Code::KeyForm, crypto::why_unusable(&identity.key));
        let key = crypto::load_key(&identity.key).ok_or_else(unusable)?;
        let leaf = identity.chain.first().ok_or(Code::NoCert)?;
        if !crypto::is_key_of(&key, leaf) {
            return Err(SSL_KEY.error(Code::KeyMismatch, "not the key of ssl_cert"));
        }
        let chain = [&identity.chain, issuers].concat();
        let own = Arc::new(CertifiedKey::new(chain, crypto::with_own_messages(key)));
        Ok(Self { own, leaf: crypto::sha256(&[leaf]) })
    }

    /// Returns what is sent, our own certificate first.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.own.cert
    }
}

/// A server's certificates, chosen by SNI: one for each context.
#[derive(Debug)]
pub struct ServerCertResolver {
    /// For all names but those.
    default: Credentials,
    names: Vec<NamedIdentity>,
    /// Those of `names`, in the same order.
    named: Vec<Credentials>,
}

impl ServerCertResolver {
    /// # Errors
    /// `NoCert`, `KeyForm`, `KeyMismatch`.
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        let identity = settings.identity.as_ref().ok_or(Code::NoCert)?;
        let load = |named: &NamedIdentity| {
            Credentials::new(&named.identity, &named.issuers)
                .map_err(|error| error.without_option().of_name(named.name.as_str()))
        };
        Ok(Self {
            default: Credentials::new(identity, &settings.issuers)?,
            named: settings.names.iter().map(load).collect::<Result<_, _>>()?,
            names: settings.names.clone(),
        })
    }

    /// Calls `check` with what is sent for each name, and for all others.
    ///
    /// # Errors
    /// Those of `check`, which say of which name.
    pub fn each_chain(
        &self,
        check: impl Fn(&[CertificateDer<'static>]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        check(self.default.chain())?;
        self.names.iter().zip(&self.named).try_for_each(|(named, credentials)| {
            check(credentials.chain())
                .map_err(|error| error.without_option().of_name(named.name.as_str()))
        })
    }
}

impl ServerCertResolver {
    /// Returns a hash of the names that the certificates are for, and of those that they are chosen
    /// by; a renewal with the same names changes nothing.
    pub fn names_digest(&self) -> [u8; 32] {
        let of = |credentials: &Credentials| {
            names_digest(credentials.chain().first().map_or(&[], |leaf| leaf))
        };
        let named: BinaryHeap<_> = self
            .names
            .iter()
            .zip(&self.named)
            .map(|(named, own)| {
                [crypto::sha256(&[named.name.as_str().as_bytes()]), of(own)].concat()
            })
            .collect();
        crypto::sha256(&[&of(&self.default), &named.into_sorted_vec().concat()])
    }
}

impl ResolvesServerCert for ServerCertResolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let place = hello.server_name().and_then(|asked| find_name(&self.names, asked));
        let named = place.and_then(|place| self.named.get(place));
        let Credentials { own, leaf } = named.unwrap_or(&self.default);
        let _ = PeerChecks::current(|checks| {
            (checks.shown_name, checks.shown_leaf) = (place, *leaf);
        });
        Some(own.clone())
    }
}

/// The client's answer to a server that requests a certificate: one for each context.
#[derive(Debug)]
pub struct ClientCertResolver(pub Option<Credentials>);

impl ResolvesClientCert for ClientCertResolver {
    fn resolve(&self, _: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let own = self.0.as_ref().map(|credentials| &credentials.own);
        let fitting = own.filter(|own| own.key.choose_scheme(schemes).is_some());
        let answer = if fitting.is_some() { ClientAuth::Shown } else { ClientAuth::Empty };
        let _ = PeerChecks::current(|checks| checks.client_auth = Some(answer));
        fitting.cloned()
    }

    fn has_certs(&self) -> bool {
        self.0.is_some()
    }
}
