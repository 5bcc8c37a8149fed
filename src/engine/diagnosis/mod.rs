//! What a failure means on this connection: facts of the greeting and of our own settings, and the
//! option that helps.
//!
//! A peer says little: handshake_failure, or nothing. What it can mean is known from what was
//! offered to it, and from what servers of its version were built with. None of it is
//! authenticated: it explains a failure and changes nothing else.

mod end;
mod evidence;
mod rules;

pub use end::{end, silence};
pub use evidence::Evidence;
#[cfg(feature = "internals")]
pub use rules::Rule;
use rules::{CLIENT, SERVER};

use evidence::Case;

use crate::config::Role;
use crate::error::{Code, Error};
use crate::packet::other_protocol::{self, OtherProtocol};

/// All rules, for the documents.
#[cfg(feature = "internals")]
pub fn rules() -> impl Iterator<Item = (Role, &'static Rule)> {
    let of = |role: Role, rules: &'static [Rule]| rules.iter().map(move |rule| (role, rule));
    of(Role::Client, CLIENT).chain(of(Role::Server, SERVER))
}

/// Adds to a failure what is known of it here: the first rule that applies.
pub fn explain(error: Error, evidence: &Evidence<'_>) -> Error {
    let rules = match evidence.settings.role {
        Role::Client => CLIENT,
        Role::Server => SERVER,
    };
    let case = Case { error: &error, evidence };
    match rules.iter().find(|rule| (rule.applies)(&case)) {
        Some(rule) => rule.explain(&case),
        None => error,
    }
}

/// Returns the protocol that a server's first bytes belong to instead of a greeting; else `error`.
pub fn explain_server_bytes(stream: &[u8], error: Error) -> Error {
    instead(other_protocol::answers(stream), error)
}

/// Returns the protocol that a client's first bytes belong to instead of a login; else `error`.
pub fn explain_client_bytes(stream: &[u8], error: Error) -> Error {
    instead(other_protocol::asks(stream), error)
}

/// Returns the failure of a client whose first bytes belong to another protocol.
pub fn find_other_client(stream: &[u8]) -> Option<Error> {
    other_protocol::asks(stream).map(not_mysql)
}

fn instead(found: Option<OtherProtocol>, error: Error) -> Error {
    found.map_or(error, not_mysql)
}

fn not_mysql(other: OtherProtocol) -> Error {
    Error::detail(Code::NotMysql, other.what).with_hint(other.hint)
}
