//! The certificate validator: trusted certificates and CRLs, and the checks of a peer's chain.
//!
//! The rules are OpenSSL's defaults, as MySQL uses them. Where those are laxer than is safe this
//! library is stricter, and `docs/compatibility.md` lists each case.

mod account;
mod authority_key_id;
mod budget;
mod certificate;
mod check;
mod crl;
#[cfg(test)]
mod crl_builder;
mod distribution_point;
mod dn;
mod explain;
mod extensions;
mod general_name;
mod host;
mod name_constraints;
mod names_digest;
mod one_line;
mod own_certificate;
mod path;
mod policy;
mod raw_extension;
mod refusal;
mod require_clause;
mod revocation;
mod revoked_serials;
mod short_name;
mod span;
mod store;
mod subtree;
mod time;
mod window;
mod x509_error;

pub use account::{Account, Shown, Unmet};
pub use certificate::{Certificate, Malformed};
pub use crl::{OutOfTime, RevocationList};
pub use dn::OnelineForm;
pub use names_digest::names_digest;
pub use own_certificate::{Defect, Issuers, MissingIssuer, defects, is_for, issuers};
pub use path::verify;
pub use policy::{Level, Limits, Name, NameRule, Policy, Purpose};
pub use store::Store;
pub use time::text as date_text;
pub use window::Window;

#[cfg(feature = "internals")]
pub use dn::Dn;
#[cfg(feature = "internals")]
pub use general_name::GeneralName;
#[cfg(feature = "internals")]
pub use host::{Presented, matches, presented_names};
#[cfg(feature = "internals")]
pub use refusal::Refusal;
#[cfg(feature = "internals")]
pub use x509_error::X509Error;
