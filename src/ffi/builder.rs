//! Settings.

use libc::c_char;

use super::buffer::{self, bytes, text};
use super::error::{explain, tlsql_error};
use super::handle::{Handle, free, give, guard};
use super::{code, tlsql_code};
use crate::config::{Builder, Role};
use crate::error::{Code, Error};

pub const TLSQL_CLIENT: u32 = 1;
pub const TLSQL_SERVER: u32 = 2;

/// Mutable settings.
pub struct tlsql_builder(Handle<State>);

pub(super) struct State {
    pub builder: Builder,
    pub error: Option<Error>,
}

fn handle(b: *const tlsql_builder) -> *const Handle<State> {
    // SAFETY: the header says that a builder is NULL or came from the library and was not freed.
    unsafe { b.as_ref() }.map_or(std::ptr::null(), |b| &b.0)
}

/// Runs `work` on the settings and remembers its failure, wrong calls aside.
pub(super) fn on_builder<R>(
    b: *mut tlsql_builder,
    work: impl FnOnce(&mut Builder) -> Result<R, Error>,
) -> Result<R, Error> {
    Handle::call(handle(b), |state| {
        let result = work(&mut state.builder);
        if let Err(error) = &result {
            if !error.code.is_misuse() {
                state.error = Some(error.clone());
            }
        }
        result
    })
}

/// Settings for TLSQL_CLIENT or TLSQL_SERVER connections.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_builder_new(role: u32, out: *mut *mut tlsql_builder) -> tlsql_code {
    code(guard(|| {
        buffer::put(out, std::ptr::null_mut())?;
        let role = match role {
            TLSQL_CLIENT => Role::Client,
            TLSQL_SERVER => Role::Server,
            _ => return Err(Code::Argument.into()),
        };
        let state = State { builder: Builder::new(role), error: None };
        buffer::put(out, give(tlsql_builder(Handle::new(state))))
    }))
}

/// NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_builder_free(b: *mut tlsql_builder) {
    free(b);
}

/// One option by its MySQL name: ssl-mode, ssl_ca, ssl_capath, ssl_cert, ssl_key, ssl_cipher,
/// ssl_crl, ssl_crlpath, tls_version, tls_ciphersuites, require_secure_transport, ...; those of
/// other versions, as ssl, skip-ssl and ssl-verify-server-cert, set ssl-mode where it is not set;
/// MariaDB's ssl_fp and ssl_fplist; '-' and '_' are equal. tlsql's own options start with tlsql_:
/// tlsql_profile (mysql57, mysql8, mariadb), tlsql_security_level (0, 1, 2), tlsql_strict,
/// tlsql_peer_proof, tlsql_dh_params. ssl_ca=system means the platform's root certificates;
/// ssl_cipher is a list in OpenSSL's language. A fingerprint (ssl_fp, ssl_fplist) replaces CA,
/// dates, name and revocation in every mode, VERIFY_IDENTITY included. docs/defaults.md lists all.
/// Names are compared as they are, keywords among the values in any case, but for system; a switch
/// that stands alone in an option file is passed as ON; a value with a NUL byte is refused. Paths
/// are only remembered here. An option cannot be taken back: setting it again replaces it. A
/// failure leaves the builder as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_builder_set(
    b: *mut tlsql_builder,
    name: *const c_char,
    name_len: usize,
    value: *const c_char,
    value_len: usize,
) -> tlsql_code {
    code(on_builder(b, |builder| builder.set(text(name, name_len)?, text(value, value_len)?)))
}

/// The value that was set, or the default: ssl_mode is PREFERRED while nobody set it, also with a
/// CA. tlsql_context_get() has the mode in force.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_builder_get(
    b: *const tlsql_builder,
    name: *const c_char,
    name_len: usize,
    buf: *mut c_char,
    cap: usize,
    needed: *mut usize,
) -> tlsql_code {
    code(on_builder(b.cast_mut(), |builder| {
        buffer::copy_text(builder.get(text(name, name_len)?)?, buf, cap, needed)
    }))
}

/// CA certificates from memory, PEM or DER, beside those that ssl_ca names.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_builder_add_ca(
    b: *mut tlsql_builder,
    pem_or_der: *const u8,
    len: usize,
) -> tlsql_code {
    code(on_builder(b, |builder| builder.add_ca(bytes(pem_or_der, len)?)))
}

/// Revocation lists from memory, PEM or DER, beside those that ssl_crl names.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_builder_add_crl(
    b: *mut tlsql_builder,
    pem_or_der: *const u8,
    len: usize,
) -> tlsql_code {
    code(on_builder(b, |builder| builder.add_crl(bytes(pem_or_der, len)?)))
}

/// Certificate chain, leaf first, and its key from memory, PEM or DER, instead of what ssl_cert and
/// ssl_key name; files that are named must load all the same.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_builder_set_identity(
    b: *mut tlsql_builder,
    chain: *const u8,
    chain_len: usize,
    key: *const u8,
    key_len: usize,
) -> tlsql_code {
    code(on_builder(b, |builder| {
        builder.set_identity(bytes(chain, chain_len)?, bytes(key, key_len)?)
    }))
}

/// A fixed time, for tests.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_builder_set_clock(
    b: *mut tlsql_builder,
    unix_seconds: u64,
) -> tlsql_code {
    code(on_builder(b, |builder| {
        builder.set_clock(unix_seconds);
        Ok(())
    }))
}

/// OPENS FILES: all that options name, all or nothing, in place of what an earlier call loaded.
/// A load that fails leaves the earlier one in force. A directory (ssl_capath, ssl_crlpath) is read
/// now and never during a handshake. What is neither a regular file nor a link to one, such as a
/// pipe, is TLSQL_E_FILE. With ssl-mode=DISABLED no file is opened, required or reported:
/// there is a note that a CA or a fingerprint has no effect.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_builder_load_files(b: *mut tlsql_builder) -> tlsql_code {
    code(on_builder(b, Builder::load_files))
}

/// Of the last failed call on it, tlsql_context_new() included; a later success does not clear it,
/// and wrong calls are not remembered.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_builder_error(
    b: *const tlsql_builder,
    out: *mut tlsql_error,
) -> tlsql_code {
    code(Handle::call(handle(b), |state| {
        let known = state.error.as_ref().map_or_else(tlsql_error::none, tlsql_error::of);
        buffer::write_struct(out, known)
    }))
}

/// What to show for a code that a call on this builder returned: its last failure if it is this
/// code, else what tlsql_code_info() gives, also while another call runs and after TLSQL_E_PANIC.
/// TLSQL_E_ARGUMENT for no code of this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_builder_explain(
    b: *const tlsql_builder,
    code_number: tlsql_code,
    out: *mut tlsql_error,
) -> tlsql_code {
    let own = Handle::call(handle(b), |state| Ok(state.error.clone()));
    code(guard(|| explain(code_number, own, out)))
}

/// Notes on the settings in the builder, as "tls_version: TLSv1.1 is not supported and left out".
/// Each call that changes a setting makes them anew; look at them before tlsql_context_new(): an
/// option without effect beside the others is no failure, but has a note.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_builder_note_count(b: *const tlsql_builder) -> usize {
    Handle::call(handle(b), |state| Ok(state.builder.notes().len())).unwrap_or(0)
}

/// Note number i, from 0; its code is TLSQL_OK.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_builder_note(
    b: *const tlsql_builder,
    i: usize,
    out: *mut tlsql_error,
) -> tlsql_code {
    code(Handle::call(handle(b), |state| {
        let note = state.builder.notes().get(i).ok_or(Code::Argument)?;
        buffer::write_struct(out, tlsql_error::of_note(note))
    }))
}
