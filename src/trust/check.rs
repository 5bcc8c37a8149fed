//! The checks of a chain that was built, in OpenSSL's order.

use super::budget::Budget;
use super::extensions::{extended_key_usage, key_usage, netscape};
use super::general_name::GeneralName;
use super::{Certificate, Level, Policy, Purpose, Refusal, Store, X509Error, host, revocation};
use crate::crypto::SignatureFailure;

type Failure = (X509Error, usize);

/// `chain` has the leaf first and ends with a self-signed certificate of the store.
///
/// # Errors
/// The first failure.
pub fn check(
    chain: &[&Certificate],
    store: &Store,
    policy: &Policy,
    now: i64,
    budget: &mut Budget,
) -> Result<(), Box<Refusal>> {
    let refuse =
        |(error, depth): Failure| Box::new(Refusal::new(error, depth, chain.get(depth).copied()));
    extensions(chain, policy.purpose).map_err(refuse)?;
    strength(chain, policy.level).map_err(refuse)?;
    identity(chain, policy).map_err(refuse)?;
    // OpenSSL asks for revocation first. The signatures are made sure of before, so that nobody
    // makes us hash a long list with a key that no CA vouches for; what is reported stays the same.
    let signed = signatures_and_dates(chain, now, budget);
    if store.checks_revocation() {
        let verified_from = match signed {
            Ok(()) => 0,
            Err((_, depth)) => depth.saturating_add(1),
        };
        let checked = revocation::check(store, chain, verified_from, now, budget);
        let list_date = budget.list_date;
        checked.map_err(|failure| Box::new(Refusal { list_date, ..*refuse(failure) }))?;
    }
    signed.map_err(refuse)?;
    name_constraints(chain, policy, budget).map_err(refuse)
}

/// OpenSSL's check_extensions(): RFC 5280 section 6.1.4 (k) to (o), and the purpose.
fn extensions(chain: &[&Certificate], purpose: Purpose) -> Result<(), Failure> {
    let last = chain.len().saturating_sub(1);
    let mut path_len: u64 = 0;
    for (depth, certificate) in chain.iter().enumerate() {
        let facts = certificate.extensions();
        let fail = |error| Err((error, depth));
        if facts.unhandled_critical {
            return fail(X509Error::UnhandledCriticalExtension);
        }
        if facts.proxy {
            return fail(X509Error::ProxyNotAllowed);
        }
        // The anchor may be a CA by other means than basicConstraints.
        let is_ca = match certificate.ca_kind() {
            0 => false,
            kind => kind == 1 || depth == last,
        };
        if depth > 0 && !is_ca {
            return fail(X509Error::InvalidCa);
        }
        if last > 0 && certificate.has_explicit_curve() {
            return fail(X509Error::ExplicitCurve);
        }
        if !has_purpose(certificate, purpose, depth > 0) {
            return fail(X509Error::InvalidPurpose);
        }
        let allowed = facts.basic_constraints.and_then(|constraints| constraints.path_len);
        if depth > 1 && allowed.is_some_and(|allowed| path_len > allowed) {
            return fail(X509Error::PathLengthExceeded);
        }
        if depth > 0 && !certificate.is_self_issued() {
            path_len = path_len.saturating_add(1);
        }
    }
    Ok(())
}

/// An extension that is not there allows everything. anyExtendedKeyUsage allows nothing.
fn has_purpose(certificate: &Certificate, purpose: Purpose, is_issuer: bool) -> bool {
    let facts = certificate.extensions();
    let (extended, usage, kind) = match purpose {
        Purpose::Server => (
            extended_key_usage::SERVER_AUTH | extended_key_usage::SGC,
            key_usage::DIGITAL_SIGNATURE | key_usage::KEY_ENCIPHERMENT | key_usage::KEY_AGREEMENT,
            netscape::SSL_SERVER,
        ),
        Purpose::Client => (
            extended_key_usage::CLIENT_AUTH,
            key_usage::DIGITAL_SIGNATURE | key_usage::KEY_AGREEMENT,
            netscape::SSL_CLIENT,
        ),
    };
    if facts.extended_key_usage.is_some_and(|bits| bits & extended == 0) {
        return false;
    }
    if is_issuer {
        // Netscape's type is asked only where it alone makes the CA.
        let by_type = certificate.ca_kind() == 5;
        return !by_type || facts.netscape_type.is_some_and(|kind| kind & netscape::SSL_CA != 0);
    }
    facts.key_usage.is_none_or(|bits| bits & usage != 0)
        && facts.netscape_type.is_none_or(|bits| bits & kind != 0)
}

/// Keys of the issuers, and signatures of all but the anchor. The leaf's key was checked first.
fn strength(chain: &[&Certificate], level: Level) -> Result<(), Failure> {
    let last = chain.len().saturating_sub(1);
    for (depth, certificate) in chain.iter().enumerate() {
        if depth > 0 && !certificate.key_suffices(level) {
            return Err((X509Error::CaKeyTooSmall, depth));
        }
        let suffices = match certificate.signed_with() {
            Some(signed) => !signed.broken && signed.security_bits >= level.bits(),
            None => level == Level::Zero,
        };
        if depth < last && !suffices {
            return Err((X509Error::CaDigestTooWeak, depth));
        }
    }
    Ok(())
}

fn identity(chain: &[&Certificate], policy: &Policy) -> Result<(), Failure> {
    let (Some(name), Some(leaf)) = (&policy.name, chain.first()) else { return Ok(()) };
    let alt_names = leaf.alt_names();
    if host::matches(policy.name_rule, name, leaf.subject(), alt_names.as_deref()) {
        return Ok(());
    }
    let error = if matches!(name, super::Name::Ip { .. }) {
        X509Error::IpAddressMismatch
    } else {
        X509Error::HostnameMismatch
    };
    Err((error, 0))
}

/// From the anchor down. The anchor's own signature proves nothing and is not checked.
fn signatures_and_dates(
    chain: &[&Certificate],
    now: i64,
    budget: &mut Budget,
) -> Result<(), Failure> {
    let mut issuer: Option<&Certificate> = None;
    for (depth, certificate) in chain.iter().enumerate().rev() {
        if let Some(issuer) = issuer {
            // keyUsage of the issuer (RFC 5280 section 4.2.1.3); `extensions` has asked the same.
            let usage = issuer.key_usage();
            if usage.is_some_and(|bits| bits & key_usage::CERT_SIGN == 0) {
                return Err((X509Error::KeyUsageNoCertSign, depth.saturating_add(1)));
            }
            budget.spend_signature().map_err(|error| (error, depth))?;
            certificate.verify_signature(issuer).map_err(|failure| match failure {
                SignatureFailure::Bad => (X509Error::SignatureFailure, depth),
                SignatureFailure::Unsupported => (X509Error::UnsupportedSignatureAlgorithm, depth),
            })?;
        }
        dates(certificate, now).map_err(|error| (error, depth))?;
        issuer = Some(certificate);
    }
    Ok(())
}

/// notAfter itself is too late, as in OpenSSL.
fn dates(certificate: &Certificate, now: i64) -> Result<(), X509Error> {
    match certificate.not_before() {
        None => return Err(X509Error::NotBeforeField),
        Some(begin) if begin > now => return Err(X509Error::NotYetValid),
        Some(_) => {}
    }
    match certificate.not_after() {
        None => Err(X509Error::NotAfterField),
        Some(end) if end <= now => Err(X509Error::HasExpired),
        Some(_) => Ok(()),
    }
}

/// RFC 5280 section 6.1.3 (b) and (c); the anchor's constraints hold too.
fn name_constraints(
    chain: &[&Certificate],
    policy: &Policy,
    budget: &mut Budget,
) -> Result<(), Failure> {
    for (depth, certificate) in chain.iter().enumerate().rev() {
        if depth > 0 && certificate.is_self_issued() {
            continue;
        }
        let above = chain.get(depth.saturating_add(1)..).unwrap_or_default();
        let mut constraints = above.iter().rev().filter_map(|ca| ca.name_constraints()).peekable();
        if constraints.peek().is_none() {
            continue;
        }
        let alt_names = certificate.alt_names().unwrap_or_default();
        // A leaf without dNSName goes by its common names, so these are constrained too.
        let has_dns = alt_names.iter().any(|name| matches!(name, GeneralName::Dns(_)));
        let by_common_name = depth == 0 && !has_dns;
        let reference =
            policy.name.as_ref().filter(|name| depth == 0 && !host::is_alt_name(name, &alt_names));
        for constraints in constraints {
            let comparisons = &mut budget.name_comparisons;
            constraints
                .check(comparisons, certificate.subject(), &alt_names, by_common_name)
                .and_then(|()| match reference {
                    Some(name) => constraints.check_reference(comparisons, name),
                    None => Ok(()),
                })
                .map_err(|error| (error, depth))?;
        }
    }
    Ok(())
}
