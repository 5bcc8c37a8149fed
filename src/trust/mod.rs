//! Whom to trust: what a peer's certificate is checked against, and the check itself.
//!
//! The semantics are OpenSSL's defaults, as MySQL uses them; where they are laxer than is safe we
//! are stricter, and `docs/compatibility.md` lists each case.

mod certificate;
mod constraint;
mod crl;
mod dn;
mod general_name;
mod host;
mod path;
mod policy;
mod refusal;
mod short_name;
mod store;
mod subtree;
mod x509_error;

pub use certificate::{Certificate, Malformed};
pub use constraint::NameConstraints;
pub use crl::RevocationList;
pub use dn::{Attribute, Dn, OnelineForm};
pub use general_name::GeneralName;
pub use host::{matches, presented_names};
pub use path::verify;
pub use policy::{Level, Limits, Name, NameRule, Policy, Purpose};
pub use refusal::Refusal;
pub use store::Store;
pub use x509_error::X509Error;
