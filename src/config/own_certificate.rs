//! Our own certificate: the issuers to send, notes on it, and what to pass in its place from memory.

use super::options::{Options, SSL_CA, SSL_CAPATH, SSL_CERT, SSL_KEY};
use super::{Identity, NamedIdentity, Note, Role, Severity};
use crate::error::{Code, Error};
use crate::text::{cut, quoted};
use crate::trust::{Defect, MissingIssuer, OnelineForm, Purpose, Store, defects, is_for};

/// Returns what the user should know of our own certificate: which issuers are sent behind it, and
/// why a verifying peer will refuse it. `store` is that of the CA certificates, if there are any.
pub fn notes(options: &Options, identity: &Identity, store: Option<&Store>, now: i64) -> Vec<Note> {
    if options.turn_tls_off() {
        return Vec::new();
    }
    let mut notes = Vec::new();
    let store = store.filter(|store| !store.certificates().is_empty());
    if let Some(issuers) = store.and_then(|store| identity.issuers(store, now)) {
        if !issuers.found.is_empty() {
            let names = issuers.found.iter().map(|issuer| {
                let name = issuer.subject().oneline(OnelineForm::OpenSsl3);
                quoted(&String::from_utf8_lossy(&name))
            });
            let names = cut(&names.collect::<Vec<_>>().join(", "), MAX_NAMES);
            let text = format!("sent with issuers that are in the CA certificates only: {names}");
            notes.push(SSL_CERT.note(Severity::Note, &text));
        }
        notes.extend(issuers.missing.map(|missing| missing_issuer(options, &missing)));
    }
    let (purpose, role) = match options.role() {
        Role::Server => (Purpose::Server, "server"),
        Role::Client => (Purpose::Client, "client"),
    };
    let found = defects(identity.leaf(), purpose, now).into_iter();
    notes.extend(found.map(|defect| SSL_CERT.note(Severity::Warning, &describe(&defect, role))));
    notes
}

/// Returns why a verifying peer will refuse the certificate for a name.
pub fn notes_on_name(named: &NamedIdentity, now: i64) -> Vec<Note> {
    let leaf = named.identity.leaf();
    let found = defects(leaf, Purpose::Server, now);
    let other = (!is_for(leaf, &named.name.example())).then(|| {
        "it has another name, and whoever verifies that refuses it: issue one with this".to_owned()
    });
    let of = format!("certificate of the name {}", quoted(named.name.as_str()));
    let texts = found.iter().map(|defect| describe(defect, "server")).chain(other);
    texts.map(|text| Note::about_no_option(Severity::Warning, &format!("{of}: {text}"))).collect()
}

fn missing_issuer(options: &Options, missing: &MissingIssuer) -> Note {
    let signed = if missing.is_further { "the last one sent" } else { SSL_CERT.name };
    let named = options.first_set(&[&SSL_CA, &SSL_CAPATH]);
    let has =
        named.map_or("the CA certificates have".to_owned(), |spec| format!("{} has", spec.name));
    let issuer = match missing.is_further {
        true => format!("the issuer {} of the last one", missing.name),
        false => format!("its issuer {}", missing.name),
    };
    let text = match missing.has_other_key {
        true => format!(
            "{has} {}, but with another key than the one that signed {signed}; if that is no root, \
             put the one that signed into the file",
            missing.name
        ),
        false => format!(
            "{issuer} is not in the CA certificates; if that is no root, put it into the file \
             behind the certificate"
        ),
    };
    SSL_CERT.note(Severity::Note, &text)
}

fn describe(defect: &Defect, role: &str) -> String {
    match defect {
        Defect::Expired(when) => {
            format!("it expired on {when}, and whoever verifies it refuses it: renew it")
        }
        Defect::NotYetValid(when) => {
            format!("it is valid from {when} on, and refused before: check it, and the clock")
        }
        Defect::OtherPurpose => format!(
            "its keyUsage, extendedKeyUsage or Netscape type does not allow a TLS {role}, and \
             whoever verifies it refuses it: issue one with {role}Auth"
        ),
    }
}

/// Characters of names that a note shows.
const MAX_NAMES: usize = 180;

/// Makes a failure about a certificate or key from memory advise what to pass.
pub fn of_bytes(error: Error) -> Error {
    let hint = match error.code {
        Code::NoCert => PASS_CHAIN,
        Code::NoKey => PASS_KEY,
        Code::KeyMismatch => PASS_PAIR,
        Code::KeyForm => PASS_FORM,
        Code::KeyEncrypted => PASS_DECRYPTED,
        _ => return error,
    };
    // Advice for this case stays, but that to set a file.
    let is_rows = error.hint() == error.row().hint || error.hint().contains(SSL_KEY.name);
    if is_rows { error.with_hint(hint) } else { error }
}

const PASS_CHAIN: &str = "Pass the certificate, in PEM or DER, as chain.";
const PASS_KEY: &str = "Pass the certificate's private key, in PEM or DER, as key.";
const PASS_PAIR: &str = "Pass chain and key of one pair.";
const PASS_FORM: &str =
    "Pass an unencrypted RSA (2048, 3072 or 4096 bits), P-256, P-384 or Ed25519 key.";
const PASS_DECRYPTED: &str = if cfg!(feature = "encrypted-keys") {
    "Pass it decrypted (openssl pkey -in KEY -out KEY2), or set ssl_passphrase before."
} else {
    "Pass it decrypted (openssl pkey -in KEY -out KEY2)."
};
