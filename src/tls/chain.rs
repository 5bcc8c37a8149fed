//! What a context checks its peers' chains with.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls_pki_types::{CertificateDer, UnixTime};

use super::strict::Strict;
use crate::config::Settings;
use crate::error::{Code, Error};
use crate::trust::{
    Certificate, Level, Limits, Malformed, Name, NameRule, Policy, Purpose, RevocationList, Store,
    verify,
};

/// One for each context, shared by its connections.
#[derive(Debug)]
pub struct Chains {
    store: Store,
    level: Level,
    name_rule: NameRule,
    /// A second opinion, where `tlsql_strict` asks for it.
    strict: Option<Strict>,
}

impl Chains {
    /// `None` without a CA: a CRL must be readable then, and is not used (section 2.4).
    ///
    /// # Errors
    /// `Pem`, `Crl`.
    pub fn new(
        settings: &Settings,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Option<Arc<Self>>, Error> {
        let mut store = Store::default();
        for der in &settings.ca {
            let certificate = Certificate::parse(der);
            store.add_certificate(certificate.map_err(|e| about(Code::Pem, "ssl_ca", e))?);
        }
        for der in &settings.crl {
            let list = RevocationList::parse(der);
            store.add_list(list.map_err(|e| about(Code::Crl, "ssl_crl", e))?);
        }
        if store.certificates().is_empty() {
            return Ok(None);
        }
        let strict = None;
        Ok(Some(Arc::new(Self {
            store,
            level: Level::default(),
            name_rule: NameRule::default(),
            strict,
        })))
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
        let policy = Policy {
            purpose,
            name: name.cloned(),
            name_rule: self.name_rule,
            level: self.level,
            limits: Limits::default(),
        };
        let parsed = read(leaf, 0)?;
        let list: Vec<Certificate> = others
            .iter()
            .enumerate()
            .map(|(at, der)| read(der, at.saturating_add(1)))
            .collect::<Result<_, _>>()?;
        let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        verify(&self.store, &parsed, &list, &policy, seconds)
            .map_err(|refusal| refusal.explain(&policy))?;
        match &self.strict {
            Some(strict) => strict.verify(leaf, others, purpose, name, now),
            None => Ok(()),
        }
    }
}

/// A certificate of the peer's list, the leaf being number 0.
fn read(der: &CertificateDer<'_>, number: usize) -> Result<Certificate, Error> {
    Certificate::parse(der).map_err(|why| {
        Error::detail(Code::CertForm, format!("number {number} of the peer's list is {}", why.0))
    })
}

fn about(code: Code, option: &str, why: Malformed) -> Error {
    Error::option(code, option, why.0)
}
