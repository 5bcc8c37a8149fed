//! Failures as structs, by value: goroutines move between threads.

use libc::c_char;

use super::buffer::{self, Sized32};
use super::handle::guard;
use super::{code, tlsql_code};
use crate::config::{Note, Severity};
use crate::error::{Alert, Code, Error, Message};
use crate::text::{fitting, printable};

/// Bytes of a message, its NUL included, as in MySQL's MYSQL_ERRMSG_SIZE.
pub const TLSQL_MESSAGE_SIZE: usize = 512;
/// Bytes of an option's name in an error, its NUL included: all known names are shorter.
pub const TLSQL_OPTION_SIZE: usize = 64;

/// A setting is in force, with something to know about it.
pub const TLSQL_SEVERITY_NOTE: u32 = 1;
/// A setting has no effect, or lowers the security; of a failure: a reload left TLS off
/// (TLSQL_RELOAD_NO_ROLLBACK).
pub const TLSQL_SEVERITY_WARNING: u32 = 2;
/// A call failed, or MySQL's error log has this note as ERROR.
pub const TLSQL_SEVERITY_ERROR: u32 = 3;

/// The failure has no TLS alert.
pub const TLSQL_ALERT_NONE: u32 = 0;
/// The alert goes to the peer.
pub const TLSQL_ALERT_SENT: u32 = 1;
/// The alert came from the peer.
pub const TLSQL_ALERT_RECEIVED: u32 = 2;

/// The text came in clear before TLS: anyone may have written it.
pub const TLSQL_ERROR_UNAUTHENTICATED: u32 = 0x01;

/// The chain leads to a CA that is trusted here. tlsql_conn_verified() returns the bits of what was
/// checked and holds, verify_flags of a failure has those of what does not.
pub const TLSQL_VERIFY_TRUST: u32 = 0x01;
/// The certificate is for the server that was asked for.
pub const TLSQL_VERIFY_NAME: u32 = 0x02;
/// Each certificate of the chain is within its dates.
pub const TLSQL_VERIFY_TIME: u32 = 0x04;
/// Each certificate of the chain has a current revocation list, and none lists it.
pub const TLSQL_VERIFY_REVOCATION: u32 = 0x08;
/// The certificate is for a server, or for a client.
pub const TLSQL_VERIFY_PURPOSE: u32 = 0x10;
/// Each certificate can be read, its extensions are known; only in verify_flags.
pub const TLSQL_VERIFY_FORM: u32 = 0x20;
/// The peer's certificate has a fingerprint of ssl_fp or ssl_fplist.
pub const TLSQL_VERIFY_PIN: u32 = 0x40;
/// The server proved that it knows the password (tlsql_conn_confirm_peer).
pub const TLSQL_VERIFY_PROOF: u32 = 0x80;

/// A failure or a note.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct tlsql_error {
    pub struct_size: u32,
    /// TLSQL_OK if there is no failure, and in a note.
    pub code: tlsql_code,
    /// TLSQL_ERROR_ bits.
    pub flags: u32,
    /// TLSQL_SEVERITY_; 0 if there is no failure.
    pub severity: u32,
    /// Number of the entry in the server's error log, MY-nnnnnn; 0 if it has none.
    pub log_code: u32,
    /// TLSQL_VERIFY_ bits of the checks that failed.
    pub verify_flags: u32,
    /// OpenSSL's X509_V_ERR_ number of a refused certificate chain; 0 for other failures.
    pub x509_error: i32,
    /// Place in the chain that x509_error is about: 0 leaf, 1 its issuer, ...; -1 none.
    pub x509_depth: i32,
    /// errno of opening a file; 0 for other failures.
    pub os_errno: u32,
    /// MySQL's error number: 2026, 3159, 1045, ...; 0 if none fits.
    pub mysql_errno: u16,
    /// Number of the TLS alert (RFC 8446 section 6.2), unless alert_from is NONE.
    pub tls_alert: u8,
    /// TLSQL_ALERT_.
    pub alert_from: u8,
    /// Five characters, as "08S01", or "".
    pub sqlstate: [c_char; 8],
    /// What happened and what to change, for people.
    pub message: [c_char; TLSQL_MESSAGE_SIZE],
    /// The option to change, by tlsql's name with "_", or a name of tlsql_conn_set(): the one that the
    /// failure is about, or that the message advises. "" if only the peer can change something, and
    /// for a code alone.
    pub option: [c_char; TLSQL_OPTION_SIZE],
    /// Where the fact begins in message: what happened, without "SSL connection error: ", which
    /// client libraries write themselves, and without what to change. It may name tlsql's options, as
    /// in "(ssl_ca=/etc/ca.pem)", where the failure is about their values. Its first 100 bytes say
    /// what matters, a path of up to 60 bytes included if a file cannot be read or an option file is
    /// wrong itself; of a wrong value file and line come behind the reason. A longer path, name or
    /// reason is shortened in the middle, at 160, 60 and 300 characters, and message is cut to
    /// TLSQL_MESSAGE_SIZE; no cut divides a UTF-8 character. Who cuts the fact at 100 bytes has to
    /// take care of that.
    pub fact_off: u32,
    /// Bytes of the fact.
    pub fact_len: u32,
}

impl Sized32 for tlsql_error {
    fn set_struct_size(&mut self, size: u32) {
        self.struct_size = size;
    }
}

impl tlsql_error {
    /// No failure.
    pub(super) fn none() -> Self {
        Self {
            struct_size: 0,
            code: 0,
            flags: 0,
            severity: 0,
            log_code: 0,
            verify_flags: 0,
            x509_error: 0,
            x509_depth: -1,
            os_errno: 0,
            mysql_errno: 0,
            tls_alert: 0,
            alert_from: 0,
            sqlstate: [0; 8],
            message: [0; TLSQL_MESSAGE_SIZE],
            option: [0; TLSQL_OPTION_SIZE],
            fact_off: 0,
            fact_len: 0,
        }
    }

    pub(super) fn of(error: &Error) -> Self {
        let alert = error.alert();
        let x509 = error.x509_error();
        let mut out = Self {
            code: error.code.number(),
            flags: if error.unauthenticated() { TLSQL_ERROR_UNAUTHENTICATED } else { 0 },
            severity: match error.is_warning() {
                true => TLSQL_SEVERITY_WARNING,
                false => TLSQL_SEVERITY_ERROR,
            },
            log_code: error.log_code(),
            verify_flags: error.verify_flags(),
            x509_error: x509.map_or(0, |(number, _)| number),
            x509_depth: x509.map_or(-1, |(_, depth)| i32::try_from(depth).unwrap_or(i32::MAX)),
            os_errno: error.details().map_or(0, |details| details.os_errno),
            mysql_errno: error.mysql_errno(),
            tls_alert: alert.map_or(0, |alert| alert.number),
            alert_from: alert_from(alert),
            ..Self::none()
        };
        put_text(&mut out.sqlstate, &error.sqlstate());
        put_text(&mut out.option, &printable(error.option_name().unwrap_or_default()));
        let Message { text, fact } = error.to_message();
        let kept = put_text(&mut out.message, &text);
        out.fact_off = length(fact.start.min(kept));
        out.fact_len = length(fact.end.min(kept).saturating_sub(fact.start));
        out
    }

    pub(super) fn of_note(note: &Note) -> Self {
        let (severity, log_code) = (severity(note.severity), note.log_code);
        let os_errno = note.os_errno;
        let mut out = Self { severity, log_code, os_errno, ..Self::none() };
        put_text(&mut out.option, note.option);
        out.fact_len = length(put_text(&mut out.message, &note.text));
        out
    }

    /// The text of a struct that a caller filled.
    pub(super) fn message_bytes(&self) -> Vec<u8> {
        let raw = self.message.iter().map(|c| c.to_ne_bytes()[0]);
        raw.take_while(|byte| *byte != 0).collect()
    }

    pub(super) fn sqlstate_bytes(&self) -> Option<[u8; 5]> {
        let raw: Vec<u8> = self.sqlstate.iter().take(5).map(|c| c.to_ne_bytes()[0]).collect();
        raw.try_into().ok().filter(|state: &[u8; 5]| state.iter().all(u8::is_ascii_alphanumeric))
    }
}

/// Runs `work` and writes its failure, or that there is none, to `why`, which may be NULL.
///
/// # Errors
/// `StructSize` of `why` before anything is done, and what `work` returns.
pub(super) fn telling<R>(
    why: *mut tlsql_error,
    work: impl FnOnce() -> Result<R, Error>,
) -> Result<R, Error> {
    if why.is_null() {
        return work();
    }
    buffer::write_struct(why, tlsql_error::none())?;
    work().or_else(|error| {
        buffer::write_struct(why, tlsql_error::of(&error))?;
        Err(error)
    })
}

fn severity(severity: Severity) -> u32 {
    match severity {
        Severity::Note => TLSQL_SEVERITY_NOTE,
        Severity::Warning => TLSQL_SEVERITY_WARNING,
        Severity::Error => TLSQL_SEVERITY_ERROR,
    }
}

fn alert_from(alert: Option<Alert>) -> u8 {
    let number = match alert {
        None => TLSQL_ALERT_NONE,
        Some(Alert { from_peer: false, .. }) => TLSQL_ALERT_SENT,
        Some(Alert { from_peer: true, .. }) => TLSQL_ALERT_RECEIVED,
    };
    u8::try_from(number).unwrap_or(u8::MAX)
}

/// Within TLSQL_MESSAGE_SIZE.
fn length(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// Writes as much as fits, NUL-terminated, and returns its length.
fn put_text(place: &mut [c_char], text: &str) -> usize {
    let kept = fitting(text, place.len().saturating_sub(1));
    let terminated = kept.bytes().chain(std::iter::repeat(0));
    for (to, byte) in place.iter_mut().zip(terminated) {
        *to = c_char::from_ne_bytes([byte]);
    }
    kept.len()
}

/// Writes what an object knows of a failure if it is this code, else what is known of the code.
/// An object that a call is running on, or that is poisoned, is not asked.
pub(super) fn explain(
    code_number: tlsql_code,
    own: Result<Option<Error>, Error>,
    out: *mut tlsql_error,
) -> Result<(), Error> {
    let own = match own {
        Ok(own) => own.filter(|own| own.code.number() == code_number),
        Err(error) if matches!(error.code, Code::Busy | Code::Panic) => None,
        Err(error) => return Err(error),
    };
    let known = match own {
        Some(own) => tlsql_error::of(&own),
        None => known_of(code_number)?,
    };
    buffer::write_struct(out, known)
}

fn known_of(code_number: tlsql_code) -> Result<tlsql_error, Error> {
    if code_number == 0 {
        return Ok(tlsql_error::none());
    }
    let known = Code::from_number(code_number).ok_or(Code::Argument)?;
    let error = Error::from(known);
    let error = known.row().alert.map_or(error.clone(), |alert| error.with_alert(alert));
    Ok(tlsql_error { option: [0; TLSQL_OPTION_SIZE], ..tlsql_error::of(&error) })
}

/// Describes a code by itself, without what was known when a call returned it. TLSQL_E_ARGUMENT if
/// this library does not have the code.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_code_info(
    code_number: tlsql_code,
    out: *mut tlsql_error,
) -> tlsql_code {
    code(guard(|| buffer::write_struct(out, known_of(code_number)?)))
}
