//! The data directory of a server: the files that MySQL looks for there, and those that it makes.
//!
//! # Source
//! MySQL 5.7 manual, section 6.3.3.1, and what servers 5.7.29 and 9.7 did with each combination of
//! files and options.

use super::options::{
    DATADIR, Options, SSL_CA, SSL_CAPATH, SSL_CERT, SSL_CRL, SSL_CRLPATH, SSL_KEY, Spec,
};
use super::{Note, server_log};
use crate::error::Error;
use crate::fs::Watch;

/// What the options and the data directory have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Found {
    /// Neither a directory nor a file is named, or TLS is off: nothing is looked for.
    NotAsked,
    /// Options name files, or the program gave their content: a directory does not count.
    Options,
    /// CA, certificate and key.
    All,
    /// One or two of the three, which are not used.
    Some,
    Nothing,
}

/// The files that MySQL looks for, and the options that they stand for.
pub const CA: &str = "ca.pem";
pub const CERT: &str = "server-cert.pem";
pub const KEY: &str = "server-key.pem";

/// OPENS FILES: looks for the three files. Only whether they exist counts. `in_memory` says that the
/// program gave material itself.
///
/// # Errors
/// `File` with the path that cannot be looked at.
pub fn look(options: &Options, in_memory: bool, files: &mut Watch) -> Result<Found, Error> {
    if options.turn_tls_off() {
        return Ok(Found::NotAsked);
    }
    if is_outranked(options, in_memory) {
        return Ok(Found::Options);
    }
    let Some(directory) = options.datadir.value() else { return Ok(Found::NotAsked) };
    let mut exists = |name| files.exists(DATADIR.name, &path(directory, name));
    Ok(match [exists(CA)?, exists(CERT)?, exists(KEY)?] {
        [true, true, true] => Found::All,
        [false, false, false] => Found::Nothing,
        _ => Found::Some,
    })
}

/// Whether nothing in the directory counts, since options or the program give something else.
pub fn is_outranked(options: &Options, in_memory: bool) -> bool {
    in_memory || named(options).next().is_some()
}

/// Returns the options that name files, and so keep those in the directory from counting.
pub fn named(options: &Options) -> impl Iterator<Item = &'static Spec> {
    let is_named = |spec: &&Spec| spec.origin(options).is_some_and(|origin| !origin.is_found());
    NAMED.iter().copied().filter(is_named)
}

/// Returns the path of a file in the directory.
pub fn path(directory: &str, name: &str) -> String {
    format!("{}/{name}", directory.strip_suffix('/').unwrap_or(directory))
}

/// Returns MySQL's note on files that were found.
pub fn note_found() -> Note {
    let text = format!(
        "Found {CA}, {CERT} and {KEY} in data directory. Trying to enable SSL support using them."
    );
    server_log::FOUND.note(&DATADIR, &text)
}

/// Options with which MySQL does not look into the directory; ssl_cipher and tls_version do not count.
const NAMED: &[&Spec] = &[&SSL_CERT, &SSL_KEY, &SSL_CA, &SSL_CAPATH, &SSL_CRL, &SSL_CRLPATH];
