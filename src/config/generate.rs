//! The certificates that a server makes for itself where its data directory has none.

use super::datadir::{self, Found};
use super::load::Material;
use super::options::{AUTO_GENERATE_CERTS, DATADIR, Options};
use super::{Clock, Note, Role, server_log};
use crate::error::{Code, Error};
use crate::fs::Watch;

/// WRITES FILES: the six of `new_certificates` into `datadir`, where MySQL would make them. Returns
/// MySQL's note on what was done, or why nothing was; none where TLS is off.
///
/// # Errors
/// `OptionValue` for a client, and without `datadir` where it is needed; `Argument`, `Tls`; `File` and `FileWrite` with path.
pub fn generate(
    options: &Options,
    memory: &Material,
    version: &str,
    names: &str,
    clock: Clock,
) -> Result<Option<Note>, Error> {
    let refused = |why| Err(DATADIR.error(Code::OptionValue, why));
    if options.role() == Role::Client {
        return refused("only a server has one");
    }
    let skipped = |why| format!("Skipping generation of SSL certificates as {why}");
    let (line, text) = match datadir::look(options, !memory.is_empty(), &mut Watch::default())? {
        Found::NotAsked if options.turn_tls_off() => return Ok(None),
        _ if options.auto_generate_certs.is_off() => {
            (server_log::SKIPPED_BY_SWITCH, skipped("--auto_generate_certs is set to OFF."))
        }
        Found::NotAsked => return refused("it is not set, and the files would be there"),
        Found::Options => {
            (server_log::SKIPPED_FOR_OPTIONS, skipped("options related to SSL are specified."))
        }
        Found::All | Found::Some => (
            server_log::SKIPPED_FOR_FILES,
            skipped("certificate files are present in data directory."),
        ),
        Found::Nothing => {
            make(options, version, names, clock)?;
            let text = "Auto generated SSL certificates are placed in data directory.";
            (server_log::GENERATED, text.to_owned())
        }
    };
    Ok(Some(line.note(&AUTO_GENERATE_CERTS, &text)))
}

#[cfg(not(feature = "generate"))]
fn make(_: &Options, _: &str, _: &str, _: Clock) -> Result<(), Error> {
    Err(DATADIR.error(Code::FileWrite, "this build makes no certificates (feature generate)"))
}

#[cfg(feature = "generate")]
fn make(options: &Options, version: &str, names: &str, clock: Clock) -> Result<(), Error> {
    use super::new_certificates::{self, Subject};
    use super::value::GeneratedKey;
    use crate::crypto::NewKeyKind;
    use crate::fs::{self, NewFile};
    let key = match options.tlsql_generate_key.value().copied().unwrap_or_default() {
        GeneratedKey::P256 => NewKeyKind::P256,
        GeneratedKey::Rsa2048 => NewKeyKind::Rsa2048,
    };
    let directory = options.datadir.value().map(String::as_str).unwrap_or_default();
    // Before the keys, which take their time: a missing directory is what it is for load_files.
    fs::check_directory(DATADIR.name, directory)?;
    let names = &listed(names)?;
    let subject = Subject { version, names, key, now: clock.unix_seconds() };
    let files = new_certificates::make(&subject)?;
    let files = files.each_ref().map(|file| NewFile {
        name: file.name,
        readers: file.readers,
        content: file.content.as_bytes(),
    });
    fs::create_all(DATADIR.name, directory, &files)
}

/// Returns the names of a list without empty ones, and without the dot of DNS's root behind a name,
/// which no certificate has.
#[cfg(feature = "generate")]
fn listed(names: &str) -> Result<String, Error> {
    let names: Vec<_> = names
        .split(',')
        .map(|name| name.trim())
        .map(|name| name.strip_suffix('.').unwrap_or(name))
        .filter(|name| !name.is_empty())
        .collect();
    if names.len() > MAX_NAMES {
        return Err(Error::detail(Code::Argument, format!("more than {MAX_NAMES} names")));
    }
    Ok(names.join(","))
}

/// Names of one server certificate: it goes into each handshake.
#[cfg(feature = "generate")]
const MAX_NAMES: usize = 100;
