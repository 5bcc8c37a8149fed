//! The chain verifier of a context: its store, its policy, and webpki's opinion where
//! `tlsql_strict` asks for it.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls_pki_types::{CertificateDer, UnixTime};

use super::chain_cache::{ChainCache, ChainKey};
use super::strict::Strict;
use crate::config::{SSL_CERT, Settings, TLSQL_MAX_CHAIN};
use crate::error::{Code, Error};
use crate::trust::{
    Certificate, Level, Limits, Name, NameRule, Policy, Purpose, Store, Window, verify,
};

/// One for each context, shared by its connections.
#[derive(Debug)]
pub struct ChainVerifier {
    store: Arc<Store>,
    level: Level,
    name_rule: NameRule,
    limits: Limits,
    /// A second opinion, where `tlsql_strict` asks for it.
    strict: Option<Strict>,
    /// What was accepted; `None` under `tlsql_strict`, where every chain is verified anew.
    cache: Option<ChainCache>,
}

impl ChainVerifier {
    /// Makes the verifier; `None` without a CA: a CRL must be readable then, and is not used.
    ///
    /// # Errors
    /// `Pem`.
    pub fn new(
        settings: &Settings,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Option<Arc<Self>>, Error> {
        let Some(store) = settings.trust.clone() else { return Ok(None) };
        let strict = settings.strict.then(|| Strict::new(&store, provider)).transpose()?;
        let name_rule = if settings.strict { NameRule::Mysql84 } else { NameRule::Mysql57 };
        let (level, limits) =
            (settings.level, Limits { chain: settings.max_chain, ..Limits::default() });
        let cache = (!settings.strict).then(ChainCache::default);
        Ok(Some(Arc::new(Self { store, level, name_rule, limits, strict, cache })))
    }

    /// Verifies a peer's chain, unless that was done and its verdict still holds. Returns when it
    /// holds.
    ///
    /// # Errors
    /// One of the certificate codes.
    pub fn verify(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        purpose: Purpose,
        name: Option<&Name>,
        now: UnixTime,
    ) -> Result<Window, Error> {
        let Some(cache) = &self.cache else {
            return self.verify_anew(leaf, others, purpose, name, now);
        };
        let chain = [leaf].into_iter().chain(others).map(AsRef::as_ref);
        let key = ChainKey::new(purpose, name, chain);
        if let Some(window) = cache.find(&key, seconds(now)) {
            return Ok(window);
        }
        let window = self.verify_anew(leaf, others, purpose, name, now)?;
        cache.add(key, window);
        Ok(window)
    }

    fn verify_anew(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        purpose: Purpose,
        name: Option<&Name>,
        now: UnixTime,
    ) -> Result<Window, Error> {
        let policy = Policy {
            purpose,
            name: name.cloned(),
            name_rule: self.name_rule,
            level: self.level,
            limits: self.limits,
        };
        let parsed = read(leaf, 0)?;
        // A list that grows would take twice its memory in the middle of the handshake.
        let mut list = Vec::with_capacity(others.len());
        for (number, der) in (1..).zip(others) {
            list.push(read(der, number)?);
        }
        let seconds = seconds(now);
        let (_, mut window) = verify(&self.store, &parsed, &list, &policy, seconds)
            .map_err(|refusal| self.advise(refusal.explain(&policy)))?;
        if let Some(strict) = &self.strict {
            strict.verify(leaf, others, purpose, name, now)?;
            // Which path webpki took is not known.
            let all = self.store.certificates().iter();
            all.for_each(|certificate| window.add_certificate(certificate, seconds));
        }
        Ok(window)
    }

    /// Names the option that bounds a chain, where that is what refused it.
    fn advise(&self, error: Error) -> Error {
        let most = u32::try_from(self.limits.chain).unwrap_or(u32::MAX);
        match error.x509_error() {
            Some((CHAIN_TOO_LONG, depth)) if depth.saturating_add(1) == most => {
                let option = TLSQL_MAX_CHAIN.name;
                let hint = format!("Shorten the peer's chain, or raise {option} from {most}.");
                error.with_hint(hint).with_hint_option(option)
            }
            _ => error,
        }
    }

    /// Verifies our own server's chain, as a client does that trusts the same CAs; names aside.
    ///
    /// # Errors
    /// `OwnCert` with the reason.
    pub fn verify_own(&self, chain: &[CertificateDer<'_>], now: UnixTime) -> Result<(), Error> {
        let (leaf, others) = chain.split_first().ok_or(Code::NoCert)?;
        let refused = |error: Error| SSL_CERT.about(None)(error.with_code(Code::OwnCert));
        self.verify(leaf, others, Purpose::Server, None, now).map(drop).map_err(refused)
    }
}

/// OpenSSL's X509_V_ERR_CERT_CHAIN_TOO_LONG.
const CHAIN_TOO_LONG: i32 = 22;

fn seconds(time: UnixTime) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

/// A certificate of the peer's list, the leaf being number 0.
fn read(der: &CertificateDer<'_>, number: usize) -> Result<Certificate, Error> {
    Certificate::parse(der).map_err(|why| {
        Error::detail(Code::CertForm, format!("number {number} of the peer's list is {}", why.0))
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: UnixTime = UnixTime::since_unix_epoch(Duration::from_secs(150));
    const LEAF: &CertificateDer<'_> = &CertificateDer::from_slice(b"no certificate");

    /// A verifier that refuses every chain, and remembers this one if asked to.
    fn verifier(remembered: Option<ChainKey>) -> ChainVerifier {
        let cache = ChainCache::default();
        if let Some(key) = remembered {
            cache.add(key, Window { from: 100, until: 200 });
        }
        ChainVerifier {
            store: Arc::default(),
            level: Level::Two,
            name_rule: NameRule::Mysql57,
            limits: Limits::default(),
            strict: None,
            cache: Some(cache),
        }
    }

    #[test]
    fn a_chain_that_was_accepted_is_not_verified_again_while_that_holds() {
        let key = || ChainKey::new(Purpose::Server, None, [LEAF.as_ref()].into_iter());
        let verify = |verifier: &ChainVerifier, purpose, now| {
            verifier.verify(LEAF, &[], purpose, None, now).map_err(|error| error.code)
        };
        let refused = Err(Code::CertForm);
        assert_eq!(verify(&verifier(None), Purpose::Server, NOW), refused);
        let knowing = verifier(Some(key()));
        assert!(verify(&knowing, Purpose::Server, NOW).is_ok());
        assert_eq!(verify(&knowing, Purpose::Client, NOW), refused);
        let later = UnixTime::since_unix_epoch(Duration::from_secs(200));
        assert_eq!(verify(&knowing, Purpose::Server, later), refused);
        // What was refused is not remembered.
        let fresh = verifier(None);
        assert_eq!(verify(&fresh, Purpose::Server, NOW), refused);
        assert_eq!(fresh.cache.unwrap().find(&key(), 150), None);
    }
}
