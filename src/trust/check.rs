//! The checks of a path that was built, in OpenSSL's order.

use super::budget::Budget;
use super::certificate::Certificate;
use super::extensions::{extended_key_usage, key_usage, netscape};
use super::general_name::GeneralName;
use super::policy::{Level, Name, Policy, Purpose};
use super::refusal::Refusal;
use super::store::Store;
use super::x509_error::X509Error;
use super::{host, revocation};
use crate::crypto::SignatureFailure;

/// An error and the depth of the certificate that has it.
type Failure = (X509Error, usize);

/// Checks a chain that has the leaf first and ends with a self-signed certificate of the store.
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
    check_extensions(chain, policy.purpose).map_err(refuse)?;
    check_strength(chain, policy.level).map_err(refuse)?;
    check_identity(chain, policy).map_err(refuse)?;
    // OpenSSL checks revocation first. Here the signatures are verified before, so that no peer can
    // have a long CRL hashed with a key of its own; the failure that is reported stays the same.
    let verified = check_signatures_and_dates(chain, now, budget);
    if store.checks_revocation() {
        let verified_from = match verified {
            Ok(()) => 0,
            Err((_, depth)) => depth.saturating_add(1),
        };
        let checked = revocation::check(store, chain, verified_from, now, budget);
        let list_date = budget.list_date;
        checked.map_err(|failure| Box::new(Refusal { list_date, ..*refuse(failure) }))?;
    }
    verified.map_err(refuse)?;
    check_name_constraints(chain, policy, budget).map_err(refuse)
}

/// Checks CA flags, path lengths, critical extensions and the purpose, as OpenSSL's
/// check_extensions() does: RFC 5280 section 6.1.4 (k) to (o).
fn check_extensions(chain: &[&Certificate], purpose: Purpose) -> Result<(), Failure> {
    let last = chain.len().saturating_sub(1);
    let mut path_len: u64 = 0;
    for (depth, certificate) in chain.iter().enumerate() {
        let extensions = certificate.extensions();
        let fail = |error| Err((error, depth));
        if extensions.unhandled_critical {
            return fail(X509Error::UnhandledCriticalExtension);
        }
        if extensions.proxy {
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
        let allowed = extensions.basic_constraints.and_then(|constraints| constraints.path_len);
        if depth > 1 && allowed.is_some_and(|allowed| path_len > allowed) {
            return fail(X509Error::PathLengthExceeded);
        }
        if depth > 0 && !certificate.is_self_issued() {
            path_len = path_len.saturating_add(1);
        }
    }
    Ok(())
}

/// Whether the extensions allow the purpose. A missing extension allows every purpose; as in
/// OpenSSL, anyExtendedKeyUsage allows none.
pub(super) fn has_purpose(certificate: &Certificate, purpose: Purpose, is_issuer: bool) -> bool {
    let extensions = certificate.extensions();
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
    if extensions.extended_key_usage.is_some_and(|bits| bits & extended == 0) {
        return false;
    }
    if is_issuer {
        // Netscape's type is looked at only where it alone makes the CA.
        let by_type = certificate.ca_kind() == 5;
        return !by_type
            || extensions.netscape_type.is_some_and(|kind| kind & netscape::SSL_CA != 0);
    }
    extensions.key_usage.is_none_or(|bits| bits & usage != 0)
        && extensions.netscape_type.is_none_or(|bits| bits & kind != 0)
}

/// Checks the strength of the issuers' keys, and of all signatures but the anchor's. The leaf's key
/// was checked before the path was built.
fn check_strength(chain: &[&Certificate], level: Level) -> Result<(), Failure> {
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

/// Checks that the leaf is for the policy's name, if there is one.
fn check_identity(chain: &[&Certificate], policy: &Policy) -> Result<(), Failure> {
    let (Some(name), Some(leaf)) = (&policy.name, chain.first()) else { return Ok(()) };
    let alt_names = leaf.alt_names();
    if host::matches(policy.name_rule, name, leaf.subject(), alt_names.as_deref()) {
        return Ok(());
    }
    let error = if matches!(name, Name::Ip { .. }) {
        X509Error::IpAddressMismatch
    } else {
        X509Error::HostnameMismatch
    };
    Err((error, 0))
}

/// Verifies signatures and dates from the anchor down. The anchor's own signature proves nothing
/// and is not verified.
fn check_signatures_and_dates(
    chain: &[&Certificate],
    now: i64,
    budget: &mut Budget,
) -> Result<(), Failure> {
    let mut issuer: Option<&Certificate> = None;
    for (depth, certificate) in chain.iter().enumerate().rev() {
        if let Some(issuer) = issuer {
            // keyUsage of the issuer (RFC 5280 section 4.2.1.3); `check_extensions` has checked it
            // too.
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
        check_dates(certificate, now).map_err(|error| (error, depth))?;
        issuer = Some(certificate);
    }
    Ok(())
}

/// Checks that a certificate is valid now; the second of notAfter is too late, as in OpenSSL.
fn check_dates(certificate: &Certificate, now: i64) -> Result<(), X509Error> {
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

/// Checks names against the name constraints of all CAs above (RFC 5280 section 6.1.3 (b) and
/// (c)); the anchor's constraints hold too.
fn check_name_constraints(
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
        // A leaf without a dNSName is matched by its common names, so these are constrained too.
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
