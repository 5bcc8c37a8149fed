//! Revocation: whether a CRL of its issuer lists a certificate of the chain.
//!
//! This is OpenSSL 3.0 with CRL_CHECK and CRL_CHECK_ALL, which is what MySQL sets when it has a
//! CRL: each certificate of the chain, the root too, needs a CRL of its issuer (T76). Neither
//! indirect CRLs nor CRLs for some reasons only are used, as in OpenSSL without
//! EXTENDED_CRL_SUPPORT.

use super::budget::Budget;
use super::certificate::Certificate;
use super::crl::{NextUpdate, RevocationList};
use super::distribution_point::{ALL_REASONS, DistributionPoint, Reasons};
use super::extensions::key_usage;
use super::store::Store;
use super::x509_error::X509Error;
use crate::crypto::{PublicKey, SignatureFailure};

/// Checks that no certificate of `chain`, leaf first, is revoked at `now`, in Unix seconds. The
/// signatures of the certificates at depth `verified_from` and above were verified.
///
/// # Errors
/// The first failure and its depth.
pub(super) fn check(
    store: &Store,
    chain: &[&Certificate],
    verified_from: usize,
    now: i64,
    budget: &mut Budget,
) -> Result<(), (X509Error, usize)> {
    let verified = chain.get(verified_from..).unwrap_or_default();
    for depth in 0..chain.len() {
        let Some((certificate, above)) = chain.get(depth..).and_then(<[_]>::split_first) else {
            continue;
        };
        let lookup = CrlLookup { store, certificate, above, verified, now };
        lookup.check_certificate(budget).map_err(|error| (error, depth))?;
    }
    Ok(())
}

/// The search for the CRL that decides on one certificate.
struct CrlLookup<'a> {
    store: &'a Store,
    certificate: &'a Certificate,
    /// The rest of the chain above the certificate; empty for the last.
    above: &'a [&'a Certificate],
    /// The certificates of the chain whose signatures were verified.
    verified: &'a [&'a Certificate],
    now: i64,
}

/// A CRL with its score.
struct ScoredCrl<'a> {
    list: &'a RevocationList,
    issuer: &'a Certificate,
    score: u16,
    /// The reasons that this CRL and those checked before it cover.
    reasons: Reasons,
}

impl<'a> CrlLookup<'a> {
    /// Checks the certificate against one CRL after another, until all reasons are covered.
    fn check_certificate(&self, budget: &mut Budget) -> Result<(), X509Error> {
        let issuer = self.certificate.issuer();
        let extension = self.certificate.crl_distribution_points();
        let points: Points = extension.map(|value| DistributionPoint::parse_all(value, issuer));
        let names = points.iter().flatten().flatten().map(DistributionPoint::name_count);
        let names: usize = names.sum();
        let lists = self.store.lists_of(issuer).len();
        // Each round covers reasons that none before it did, so there are no more rounds than
        // reasons.
        let mut covered = 0;
        while covered != ALL_REASONS {
            budget.spend_distribution_points(names.saturating_mul(lists))?;
            let best = self.best(covered, &points).ok_or(X509Error::UnableToGetCrl)?;
            self.check_crl(&best, budget)?;
            if best.reasons == covered {
                return Err(X509Error::UnableToGetCrl);
            }
            covered = best.reasons;
        }
        Ok(())
    }

    /// Returns the CRL with the highest score, among equals the first of the newest. No other CRL
    /// is looked at.
    fn best(&self, covered: Reasons, points: &Points) -> Option<ScoredCrl<'a>> {
        let mut best: Option<ScoredCrl<'a>> = None;
        for list in self.store.lists_of(self.certificate.issuer()) {
            let Some(scored) = self.score(list, covered, points) else { continue };
            let better = best.as_ref().is_none_or(|best| {
                scored.score > best.score || scored.score == best.score && is_newer(list, best.list)
            });
            if better {
                best = Some(scored);
            }
        }
        best
    }

    /// Scores a CRL as OpenSSL's get_crl_score() does; `None` if it cannot be used for the
    /// certificate.
    fn score(
        &self,
        list: &'a RevocationList,
        covered: Reasons,
        points: &Points,
    ) -> Option<ScoredCrl<'a>> {
        if list.is_delta() || list.issuer() != self.certificate.issuer() {
            return None;
        }
        let own = list.issuing_distribution_point();
        if own.is_some_and(|own| own.is_contradictory() || own.indirect || own.some_reasons) {
            return None;
        }
        let mut score = score::ISSUER_NAME;
        if !list.has_unhandled_critical() {
            score |= score::NO_CRITICAL;
        }
        if self.check_dates(list).is_ok() {
            score |= score::TIME;
        }
        let (issuer, issuer_score) = self.issuer_of(list)?;
        score |= issuer_score | score::AUTHORITY_KEY;
        let mut reasons = covered;
        if let Some(of_list) = self.reasons_covered_by(list, points) {
            if of_list & !covered == 0 {
                return None;
            }
            reasons |= of_list;
            score |= score::SCOPE;
        }
        Some(ScoredCrl { list, issuer, score, reasons })
    }

    /// Returns the certificate whose key signed the CRL, with its score: the next of the chain, a
    /// root for itself, or one further up of the same name (a CA with a second key).
    fn issuer_of(&self, list: &RevocationList) -> Option<(&'a Certificate, u16)> {
        let fits = |issuer: &Certificate| {
            list.authority_key_id().is_none_or(|key_id| key_id.identifies(issuer))
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

    /// Returns the reasons for which the CRL covers the certificate; `None` if the certificate is
    /// not in its scope (OpenSSL's crl_crldp_check()).
    fn reasons_covered_by(&self, list: &RevocationList, points: &Points) -> Option<Reasons> {
        let own = list.issuing_distribution_point();
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
        match points.iter().find(|point| own.is_none_or(|own| own.matches(point))) {
            Some(point) => Some(point.reasons),
            None => own.is_none_or(|own| !own.is_named()).then_some(ALL_REASONS),
        }
    }

    /// Checks the CRL and looks the certificate up in it (T75): OpenSSL's check_crl() and
    /// cert_crl(), in their order.
    fn check_crl(&self, best: &ScoredCrl<'_>, budget: &mut Budget) -> Result<(), X509Error> {
        let ScoredCrl { list, issuer, score, .. } = best;
        if issuer.key_usage().is_some_and(|usage| usage & key_usage::CRL_SIGN == 0) {
            return Err(X509Error::KeyUsageNoCrlSign);
        }
        if score & score::SCOPE == 0 {
            return Err(X509Error::DifferentCrlScope);
        }
        // OpenSSL goes on without an extension that it cannot read; it may be one that limits the
        // scope.
        if list.has_malformed_extension() {
            return Err(X509Error::InvalidExtension);
        }
        if let Err(error) = self.check_dates(list) {
            budget.list_date = match (error, list.next_update()) {
                (X509Error::CrlHasExpired, NextUpdate::At(end)) => Some(end),
                _ => list.this_update(),
            };
            return Err(error);
        }
        self.verify_signature(list, issuer, budget)?;
        if list.has_unhandled_critical() {
            return Err(X509Error::UnhandledCriticalCrlExtension);
        }
        if list.revokes(self.certificate.serial()) {
            return Err(X509Error::Revoked);
        }
        Ok(())
    }

    /// Checks that a CRL is valid now. X509_cmp_time() takes a time that is now for past, so it is
    /// valid from thisUpdate on and no longer at nextUpdate (T77).
    fn check_dates(&self, list: &RevocationList) -> Result<(), X509Error> {
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

    fn verify_signature(
        &self,
        list: &RevocationList,
        issuer: &Certificate,
        budget: &mut Budget,
    ) -> Result<(), X509Error> {
        let spki = issuer.spki();
        if list.is_verified(spki) {
            return Ok(());
        }
        if PublicKey::parse(spki).is_none() {
            return Err(X509Error::UndecodableIssuerKey);
        }
        budget.spend_signature()?;
        let is_verified = self.verified.iter().any(|verified| std::ptr::eq(*verified, issuer));
        if !is_verified {
            budget.spend_unverified_crl(list.der().len())?;
        }
        // Only a verified CA's key is remembered: a peer can make another key for which the CRL's
        // signature holds too.
        let result = if is_verified { list.verify_and_remember(spki) } else { list.verify(spki) };
        result.map_err(|failure| match failure {
            SignatureFailure::Bad => X509Error::CrlSignatureFailure,
            SignatureFailure::Unsupported => X509Error::UnsupportedSignatureAlgorithm,
        })
    }
}

/// The distribution points of a certificate that have CRLs of its issuer: no extension,
/// `Some(None)` for one that cannot be read, or what was read.
type Points = Option<Option<Vec<DistributionPoint>>>;

/// Whether `list` has the later thisUpdate; false if either cannot be read.
fn is_newer(list: &RevocationList, than: &RevocationList) -> bool {
    list.this_update().zip(than.this_update()).is_some_and(|(this, other)| this > other)
}

/// OpenSSL's CRL_SCORE_ bits: the CRL with the higher number is better.
mod score {
    pub const NO_CRITICAL: u16 = 0x100;
    pub const SCOPE: u16 = 0x080;
    pub const TIME: u16 = 0x040;
    pub const ISSUER_NAME: u16 = 0x020;
    /// The issuer is the next certificate; includes `SAME_PATH`.
    pub const ISSUER_CERT: u16 = 0x018;
    pub const SAME_PATH: u16 = 0x008;
    pub const AUTHORITY_KEY: u16 = 0x004;
}

#[cfg(test)]
mod tests {
    use super::super::crl_builder::{CrlBuilder, entry, extension, name, sequence, utc, value};
    use super::super::policy::Limits;
    use super::*;

    /// Returns the CRL that `SIGNATURE` signs: it revokes 0x14, from 2023 to 2033.
    fn signed() -> CrlBuilder {
        let signature = value(3, &[b"\x00", SIGNATURE]);
        CrlBuilder { signature, ..CrlBuilder::with_entries(&[entry(b"\x14", &[])]) }
    }

    fn certificate(
        serial: u8,
        issuer: &str,
        subject: &str,
        key: &[u8],
        extensions: &[Vec<u8>],
    ) -> Certificate {
        let algorithm = CrlBuilder::default().algorithm;
        let signed = sequence(&[
            b"\xa0\x03\x02\x01\x02",
            &[2, 1, serial],
            &algorithm,
            &name(issuer),
            &sequence(&[&utc("200101000000Z"), &utc("491231000000Z")]),
            &name(subject),
            key,
            &value(0xa3, &[&sequence(&[&extensions.concat()])]),
        ]);
        Certificate::parse(&sequence(&[&signed, &algorithm, &value(3, &[b"\x00"])])).unwrap()
    }

    fn ca(key: &[u8], usage: &[u8]) -> Certificate {
        let constraints = extension(19, true, &sequence(&[b"\x01\x01\xff"]));
        certificate(1, "Root", "Root", key, &[constraints, extension(15, true, usage)])
    }

    fn leaf(serial: u8) -> Certificate {
        certificate(serial, "Root", "leaf", KEY, &[extension(19, false, &sequence(&[]))])
    }

    fn store(lists: &[CrlBuilder]) -> Store {
        let mut store = Store::default();
        for list in lists {
            store.add_list(RevocationList::parse(&list.der()).unwrap());
        }
        store
    }

    fn check_at(
        store: &Store,
        chain: &[&Certificate],
        now: i64,
        signatures: usize,
    ) -> Result<(), (X509Error, usize)> {
        check(store, chain, 0, now, &mut Budget::new(&Limits { signatures, ..Limits::default() }))
    }

    /// Checks a chain of a leaf that is not revoked and its root.
    fn verdict(lists: &[CrlBuilder]) -> Result<(), (X509Error, usize)> {
        check_at(&store(lists), &[&leaf(0x15), &ca(KEY, SIGNS_LISTS)], NOW, 2)
    }

    #[test]
    fn every_certificate_needs_a_list_and_may_not_be_on_it() {
        let store = store(&[signed()]);
        let root = ca(KEY, SIGNS_LISTS);
        assert_eq!(check_at(&store, &[&leaf(0x15), &root], NOW, 2), Ok(()));
        let revoked = check_at(&store, &[&leaf(0x14), &root], NOW, 2);
        assert_eq!(revoked, Err((X509Error::Revoked, 0)));
        assert_eq!(verdict(&[]), Err((X509Error::UnableToGetCrl, 0)));
        let stranger = certificate(0x15, "Other", "leaf", KEY, &[]);
        let found = check_at(&store, &[&stranger, &root], NOW, 2);
        assert_eq!(found, Err((X509Error::UnableToGetCrl, 0)));
    }

    #[test]
    fn a_signature_is_checked_once_for_the_right_key() {
        let store = store(&[signed()]);
        let (root, other) = (ca(KEY, SIGNS_LISTS), ca(OTHER_KEY, SIGNS_LISTS));
        let leaf = leaf(0x15);
        for _ in 0..2 {
            let wrong = check_at(&store, &[&leaf, &other], NOW, 2);
            assert_eq!(wrong, Err((X509Error::CrlSignatureFailure, 0)));
        }
        let spent = check_at(&store, &[&leaf, &root], NOW, 0);
        assert_eq!(spent, Err((X509Error::ChainTooLong, 0)), "not checked yet");
        assert_eq!(check_at(&store, &[&leaf, &root], NOW, 1), Ok(()));
        let wrong = check_at(&store, &[&leaf, &other], NOW, 2);
        assert_eq!(wrong, Err((X509Error::CrlSignatureFailure, 0)), "the right key is known");
        assert_eq!(check_at(&store, &[&leaf, &root], NOW, 0), Ok(()), "and still is");
    }

    #[test]
    fn lists_of_trusted_cas_are_verified_ahead() {
        let (leaf, root) = (leaf(0x15), ca(KEY, SIGNS_LISTS));
        let with = |trusted: &[&[u8]]| {
            let mut store = store(&[signed()]);
            trusted.iter().for_each(|key| store.add_certificate(ca(key, SIGNS_LISTS)));
            store.verify_lists(NOW);
            check_at(&store, &[&leaf, &root], NOW, 0)
        };
        assert_eq!(with(&[OTHER_KEY, KEY]), Ok(()));
        let unknown = Err((X509Error::ChainTooLong, 0));
        assert_eq!((with(&[]), with(&[OTHER_KEY])), (unknown, unknown), "left for the handshake");
    }

    /// A peer can make a second key with which a CRL verifies; only a CA's key may be remembered.
    #[test]
    fn a_key_that_nobody_vouches_for_is_not_remembered() {
        let store = store(&[signed()]);
        let (leaf, root) = (leaf(0x15), ca(KEY, SIGNS_LISTS));
        let limits = |signatures| Limits { signatures, ..Limits::default() };
        let ask = |verified_from, signatures| {
            let mut budget = Budget::new(&limits(signatures));
            check(&store, &[&leaf, &root], verified_from, NOW, &mut budget)
        };
        assert_eq!(ask(2, 2), Ok(()));
        assert_eq!(ask(2, 0), Err((X509Error::ChainTooLong, 0)), "checked again");
        assert_eq!(ask(1, 1), Ok(()));
        assert_eq!(ask(2, 0), Ok(()));
    }

    #[test]
    fn a_list_is_good_from_its_first_second_to_before_its_last() {
        let store = store(&[signed()]);
        let (leaf, root) = (leaf(0x15), ca(KEY, SIGNS_LISTS));
        for (now, expected) in [
            (1_672_531_199, Err((X509Error::CrlNotYetValid, 0))),
            (1_672_531_200, Ok(())),
            (1_988_150_399, Ok(())),
            (1_988_150_400, Err((X509Error::CrlHasExpired, 0))),
        ] {
            assert_eq!(check_at(&store, &[&leaf, &root], now, 2), expected, "{now}");
        }
    }

    /// Each CRL also has the failures that are checked later.
    #[test]
    fn failures_have_an_order() {
        let old = || utc("221231000000Z");
        let only_ca = extension(28, true, &sequence(&[b"\x82\x01\xff"]));
        let twice = vec![extension(20, false, b"\x02\x01\x01"); 2];
        let unknown = extension(99, true, b"");
        for (list, expected) in [
            (
                CrlBuilder { next_update: old(), ..CrlBuilder::with_extensions(&[only_ca]) },
                X509Error::DifferentCrlScope,
            ),
            (
                CrlBuilder { next_update: old(), ..CrlBuilder::with_extensions(&twice) },
                X509Error::InvalidExtension,
            ),
            (
                CrlBuilder { this_update: utc("x"), next_update: utc("x"), ..signed() },
                X509Error::CrlLastUpdateField,
            ),
            (CrlBuilder { next_update: utc("x"), ..signed() }, X509Error::CrlNextUpdateField),
            (
                CrlBuilder {
                    next_update: old(),
                    ..CrlBuilder::with_extensions(std::slice::from_ref(&unknown))
                },
                X509Error::CrlHasExpired,
            ),
            (CrlBuilder::with_extensions(&[unknown]), X509Error::CrlSignatureFailure),
        ] {
            assert_eq!(verdict(&[list]), Err((expected, 0)));
        }
        let issuer = ca(KEY, b"\x03\x02\x02\x04");
        let found = check_at(&store(&[signed()]), &[&leaf(0x15), &issuer], NOW, 2);
        assert_eq!(found, Err((X509Error::KeyUsageNoCrlSign, 0)));
    }

    #[test]
    fn the_best_list_decides_alone() {
        let newer = || CrlBuilder { this_update: utc("230201000000Z"), ..signed() };
        let bad_signature = Err((X509Error::CrlSignatureFailure, 0));
        assert_eq!(verdict(&[signed(), newer()]), bad_signature);
        assert_eq!(verdict(&[newer(), signed()]), bad_signature);
        // These are no better than the older one, each for a reason of its own.
        for worse in [
            CrlBuilder { next_update: utc("230301000000Z"), ..newer() },
            CrlBuilder {
                extensions: CrlBuilder::with_extensions(&[extension(99, true, b"")]).extensions,
                ..newer()
            },
            with_point(newer(), b"\x81\x01\xff\x82\x01\xff"),
            with_point(newer(), b"\x84\x01\xff"),
            with_point(newer(), b"\x83\x02\x01\x60"),
            with_point(newer(), b"\x85\x01\xff"),
            CrlBuilder {
                extensions: CrlBuilder::with_extensions(&[extension(27, true, b"\x02\x01\x01")])
                    .extensions,
                ..newer()
            },
            CrlBuilder { issuer: name("Other"), ..newer() },
        ] {
            assert_eq!(verdict(&[worse, signed()]), Ok(()));
        }
    }

    fn with_point(list: CrlBuilder, fields: &[u8]) -> CrlBuilder {
        let point = extension(28, true, &sequence(&[fields]));
        CrlBuilder { extensions: CrlBuilder::with_extensions(&[point]).extensions, ..list }
    }

    const NOW: i64 = 1_700_000_000;
    /// keyCertSign and cRLSign.
    const SIGNS_LISTS: &[u8] = b"\x03\x02\x01\x06";

    // Of P-256 keys that were thrown away.
    const KEY: &[u8] = b"\
        \x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\
        \x07\x03\x42\x00\x04\xc4\xf0\x8e\xdd\x6f\x2f\x2d\xd9\x55\x6b\x3d\x99\x3a\x2f\x8a\x9b\x76\
        \x35\x5e\x14\xbd\x67\x19\xd4\x77\xcc\x14\x8a\xb7\xa8\x9f\x22\x76\xb7\x69\x3e\x09\x2b\x87\
        \x90\x6a\x51\x76\x8f\xc2\xcb\x64\x1b\x7a\x84\x98\xa6\xcf\x95\xb5\x93\xad\x25\x0c\xd1\xd5\
        \x40\xd0\x7f";
    const SIGNATURE: &[u8] = b"\
        \x30\x45\x02\x20\x7f\xb4\x51\x78\xdb\xa0\xb2\x8b\x2a\xb2\x64\x45\x08\x26\x6c\x15\x4a\xf3\
        \x4b\x05\x81\xb6\xed\xeb\xe0\x5f\x71\xc2\x81\xf3\x3c\x8d\x02\x21\x00\xb9\xc9\xf8\x25\x8c\
        \x71\x9c\x0c\x55\xf2\x84\x67\x9c\xa2\xc3\xc3\x70\xc5\x09\x84\x3a\x6e\x7b\x2a\x68\x5e\xf0\
        \xae\x75\xab\xdf\x3b";
    const OTHER_KEY: &[u8] = b"\
        \x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\
        \x07\x03\x42\x00\x04\x55\x47\xb0\xee\xc1\xec\x9f\xbb\x6f\x78\x69\xfc\xa5\xa7\x4b\xa0\x0e\
        \xfa\xf8\x56\xcb\x51\x0f\x0d\x4a\x6b\xa5\x41\xdf\x8b\xbb\x7f\xab\x30\xab\xf8\x5f\x6a\xd9\
        \x2b\x68\x25\xa5\x94\x9d\x9c\xa6\x4a\x2b\x8a\x58\xf5\x6e\x0b\x33\x1a\x9a\xb1\x7b\xbb\x3b\
        \x90\xef\xfd";
}
