//! Whether a certificate of a chain is revoked.
//!
//! This is OpenSSL 3.0 with CRL_CHECK and CRL_CHECK_ALL, which is what MySQL sets when it has a
//! list: each certificate of the chain, the root too, needs a list of its issuer. Neither indirect
//! lists nor lists for some reasons only are used, as OpenSSL does without EXTENDED_CRL_SUPPORT.

use super::crl::NextUpdate;
use super::distribution_point::{ALL_REASONS, Point, Reasons};
use super::extension::key_usage;
use super::work::Work;
use super::{Certificate, RevocationList, Store, X509Error};
use crate::crypto::{PublicKey, SignatureFailure};

/// Whether each certificate of `chain`, leaf first, is known not to be revoked at `now`, in Unix
/// seconds.
///
/// # Errors
/// The first failure and its depth.
pub(super) fn check(
    store: &Store,
    chain: &[&Certificate],
    now: i64,
    work: &mut Work,
) -> Result<(), (X509Error, usize)> {
    for depth in 0..chain.len() {
        let Some((certificate, above)) = chain.get(depth..).and_then(<[_]>::split_first) else {
            continue;
        };
        let question = Question { store, certificate, above, now };
        question.answer(work).map_err(|error| (error, depth))?;
    }
    Ok(())
}

/// About one certificate.
struct Question<'a> {
    store: &'a Store,
    certificate: &'a Certificate,
    /// What follows in the chain; nothing if it is the last.
    above: &'a [&'a Certificate],
    now: i64,
}

/// A list that can answer.
struct Candidate<'a> {
    list: &'a RevocationList,
    issuer: &'a Certificate,
    score: u16,
    /// The reasons that it and the lists before it cover.
    reasons: Reasons,
}

impl<'a> Question<'a> {
    fn answer(&self, work: &mut Work) -> Result<(), X509Error> {
        let points = self.certificate.crl_distribution_points().map(Point::parse_all);
        // A list is only asked when it covers reasons that none before it did, so there are as many
        // rounds as there are reasons at most.
        let mut covered = 0;
        while covered != ALL_REASONS {
            let best = self.best(covered, &points).ok_or(X509Error::UnableToGetCrl)?;
            self.judge(&best, work)?;
            if best.reasons == covered {
                return Err(X509Error::UnableToGetCrl);
            }
            covered = best.reasons;
        }
        Ok(())
    }

    /// The list with the highest score, among equals the first of the newest. Only this one decides.
    fn best(&self, covered: Reasons, points: &Points<'_>) -> Option<Candidate<'a>> {
        let mut best: Option<Candidate<'a>> = None;
        for list in self.store.lists_of(self.certificate.issuer()) {
            let Some(candidate) = self.rate(list, covered, points) else { continue };
            let better = best.as_ref().is_none_or(|best| {
                candidate.score > best.score
                    || candidate.score == best.score && is_newer(list, best.list)
            });
            if better {
                best = Some(candidate);
            }
        }
        best
    }

    /// `None` if the list says nothing about the certificate.
    fn rate(
        &self,
        list: &'a RevocationList,
        covered: Reasons,
        points: &Points<'_>,
    ) -> Option<Candidate<'a>> {
        if list.is_delta() || list.issuer() != self.certificate.issuer() {
            return None;
        }
        let point = list.issuing_point();
        if point.is_some_and(|p| p.is_contradictory() || p.indirect || p.some_reasons) {
            return None;
        }
        let mut score = score::ISSUER_NAME;
        if !list.has_unhandled_critical() {
            score |= score::NO_CRITICAL;
        }
        if self.in_time(list).is_ok() {
            score |= score::TIME;
        }
        let (issuer, how) = self.issuer_of(list)?;
        score |= how | score::AUTHORITY_KEY;
        let mut reasons = covered;
        if let Some(of_list) = self.scope(list, points) {
            if of_list & !covered == 0 {
                return None;
            }
            reasons |= of_list;
            score |= score::SCOPE;
        }
        Some(Candidate { list, issuer, score, reasons })
    }

    /// Whose key the list is signed with: the next certificate of the chain, a root for itself, or
    /// one further up of the same name (a CA with a second key).
    fn issuer_of(&self, list: &RevocationList) -> Option<(&'a Certificate, u16)> {
        let fits = |issuer: &Certificate| {
            list.authority_key().is_none_or(|authority_key| authority_key.fits(issuer))
        };
        let Some((next, further)) = self.above.split_first() else {
            return fits(self.certificate).then_some((self.certificate, score::ISSUER_CERT));
        };
        if fits(next) {
            return Some((next, score::ISSUER_CERT));
        }
        further
            .iter()
            .find(|issuer| issuer.subject() == list.issuer() && fits(issuer))
            .map(|issuer| (*issuer, score::SAME_PATH))
    }

    /// The reasons for which the list covers the certificate, if it covers it.
    fn scope(&self, list: &RevocationList, points: &Points<'_>) -> Option<Reasons> {
        let own = list.issuing_point();
        if own.is_some_and(|own| {
            own.only_attribute
                || own.only_user && self.certificate.is_ca()
                || own.only_ca && !self.certificate.is_ca()
        }) {
            return None;
        }
        let points = match points {
            None => &[][..],
            Some(Some(points)) => points,
            // Stricter than OpenSSL, which goes on as if there were none.
            Some(None) => return None,
        };
        let issuer = self.certificate.issuer();
        let found = points.iter().find(|point| {
            point.has_lists_of(list.issuer()) && own.is_none_or(|own| own.is_at(point, issuer))
        });
        match found {
            Some(point) => Some(point.reasons),
            None => own.is_none_or(|own| !own.is_named()).then_some(ALL_REASONS),
        }
    }

    /// OpenSSL's check_crl() and cert_crl(), in their order.
    fn judge(&self, chosen: &Candidate<'_>, work: &mut Work) -> Result<(), X509Error> {
        let Candidate { list, issuer, score, .. } = chosen;
        if issuer.key_usage().is_some_and(|usage| usage & key_usage::CRL_SIGN == 0) {
            return Err(X509Error::KeyUsageNoCrlSign);
        }
        if score & score::SCOPE == 0 {
            return Err(X509Error::DifferentCrlScope);
        }
        // OpenSSL goes on without what it cannot read; that may be what narrows the list.
        if list.has_malformed_extension() {
            return Err(X509Error::InvalidExtension);
        }
        self.in_time(list)?;
        self.verify(list, issuer, work)?;
        if list.has_unhandled_critical() {
            return Err(X509Error::UnhandledCriticalCrlExtension);
        }
        if list.revokes(self.certificate.serial()) {
            return Err(X509Error::Revoked);
        }
        Ok(())
    }

    /// X509_cmp_time() takes a time that is now for past, so a list is good from its thisUpdate on
    /// and no longer at its nextUpdate.
    fn in_time(&self, list: &RevocationList) -> Result<(), X509Error> {
        match list.this_update() {
            None => return Err(X509Error::CrlLastUpdateField),
            Some(at) if at > self.now => return Err(X509Error::CrlNotYetValid),
            Some(_) => {}
        }
        match list.next_update() {
            NextUpdate::Absent => Ok(()),
            NextUpdate::Unreadable => Err(X509Error::CrlNextUpdateField),
            NextUpdate::At(at) if at <= self.now => Err(X509Error::CrlHasExpired),
            NextUpdate::At(_) => Ok(()),
        }
    }

    fn verify(
        &self,
        list: &RevocationList,
        issuer: &Certificate,
        work: &mut Work,
    ) -> Result<(), X509Error> {
        let spki = issuer.spki();
        if list.is_verified(spki) {
            return Ok(());
        }
        if PublicKey::parse(spki).is_none() {
            return Err(X509Error::UndecodableIssuerKey);
        }
        work.signature()?;
        list.verify(spki).map_err(|failure| match failure {
            SignatureFailure::Bad => X509Error::CrlSignatureFailure,
            SignatureFailure::Unsupported => X509Error::UnsupportedSignatureAlgorithm,
        })
    }
}

/// The points of a certificate: not there, unreadable, or read.
type Points<'a> = Option<Option<Vec<Point<'a>>>>;

/// A list with a thisUpdate that cannot be read is newer than none, and none is newer than it.
fn is_newer(list: &RevocationList, than: &RevocationList) -> bool {
    list.this_update().zip(than.this_update()).is_some_and(|(this, other)| this > other)
}

/// OpenSSL's CRL_SCORE_ bits: a list with a higher one is better.
mod score {
    pub const NO_CRITICAL: u16 = 0x100;
    pub const SCOPE: u16 = 0x080;
    pub const TIME: u16 = 0x040;
    pub const ISSUER_NAME: u16 = 0x020;
    /// The issuer is the next certificate, which is `SAME_PATH` too.
    pub const ISSUER_CERT: u16 = 0x018;
    pub const SAME_PATH: u16 = 0x008;
    pub const AUTHORITY_KEY: u16 = 0x004;
}
