//! Settings in force.

use libc::c_char;

use super::buffer::{self, text};
use super::builder::{on_builder, tlsql_builder};
use super::error::{telling, tlsql_error};
use super::handle::{free, give, guard};
use super::name::c_string;
use super::{code, tlsql_code};
use crate::crypto::TicketKey;
use crate::engine::{Context, Reload};
use crate::error::{Code, Error};
use crate::status;

/// Reload: other values of options are put in force too.
pub const TLSQL_RELOAD_OPTIONS: u32 = 1;
/// Reload: a set that cannot be used (tlsql_context_reload()) turns a server's TLS off for new
/// connections.
pub const TLSQL_RELOAD_NO_ROLLBACK: u32 = 2;

/// Bytes of a key of session tickets.
pub const TLSQL_TICKET_KEY_SIZE: u32 = 48;

/// Settings in force, and counters; shared by any number of connections and threads.
pub struct tlsql_context(Context);

pub(super) fn context<'a>(ctx: *const tlsql_context) -> Result<&'a Context, Error> {
    // SAFETY: the header says that a context is NULL or came from the library and was not freed;
    // it is only read.
    unsafe { ctx.as_ref() }.map(|ctx| &ctx.0).ok_or(Code::Null.into())
}

/// Makes a context of the builder's settings; the builder stays yours. TLSQL_E_NOT_LOADED if an
/// option names a file that was not loaded, and the error of the last tlsql_builder_load_files() if
/// that failed: no setting is dropped silently. What options say together is checked here, as that
/// the key is the certificate's (TLSQL_E_KEY_MISMATCH); with tlsql_on_config_error=disable such a
/// fault of a server becomes notes on the builder. tlsql_builder_error() has the reason of any
/// failure.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_context_new(
    b: *mut tlsql_builder,
    out: *mut *mut tlsql_context,
) -> tlsql_code {
    let emptied = guard(|| buffer::put(out, std::ptr::null_mut()));
    code(on_builder(b, |builder| {
        emptied?;
        buffer::put(out, give(tlsql_context(Context::new(builder)?)))
    }))
}

/// Makes one more reference to the same context. It is another pointer, to be freed by itself, and
/// good until then, whatever becomes of ctx.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_context_ref(
    ctx: *mut tlsql_context,
    out: *mut *mut tlsql_context,
) -> tlsql_code {
    code(guard(|| {
        buffer::put(out, std::ptr::null_mut())?;
        let context = context(ctx)?.clone();
        buffer::put(out, give(tlsql_context(context)))
    }))
}

/// Frees one reference; connections keep what they need. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_context_free(ctx: *mut tlsql_context) {
    free(ctx);
}

/// Puts a builder's settings in force for connections that are made from now on, such as renewed
/// certificates, CAs and revocation lists; connections that are there keep what they have, and
/// counters go on. All or nothing, but for TLSQL_RELOAD_NO_ROLLBACK: after a failure everything is
/// as it was, and why, which may be NULL, says which file and what is wrong with it; after TLSQL_OK
/// its code is TLSQL_OK. Any thread may call it while others use the context: a second reload of
/// the same context waits for the first, and nothing else waits for either. The builder, which
/// serves one call at a time, stays yours, and may be the one that the context was made of: threads
/// that share it take one lock around tlsql_builder_load_files(), this and the builder's notes, or
/// meet TLSQL_E_BUSY, which is not repeated here. flags are TLSQL_RELOAD_ bits.
///
/// CAs and revocation lists of before, which take long to free, stay in memory until no connection
/// has them, and from then on until the next call of this or of tlsql_context_files_changed(), so
/// that no tlsql_conn_free() takes long while the context lives. Keys do not stay.
///
/// It opens no file: call tlsql_builder_load_files() before. If that failed, this fails with the
/// same error, so that it is enough to look at the result of this call. Read the builder's notes
/// too: an own certificate that expired is no failure, only a warning there.
///
/// What files and memory hold may differ. Another value of an option is TLSQL_E_OPTION_VALUE with
/// its name, and material of a kind that is missing now is TLSQL_E_NO_CERT, TLSQL_E_NO_CA or
/// TLSQL_E_CRL, as where tlsql_builder_add_ca() was forgotten; TLSQL_RELOAD_OPTIONS takes both. A
/// client's mode is never lowered.
///
/// Clients still resume sessions of before if Tlsql_policy_digest stays the same, and then see the
/// certificate of before: where a server's old one must not count any more, make a new context
/// instead, with other ticket keys. Keys alone leave TLS 1.2 sessions that are kept by id.
///
/// For a server mysql_errno is 3888, as for ALTER INSTANCE RELOAD TLS, except for a wrong call,
/// where it is 0.
///
/// A set cannot be used if tlsql_context_new() would fail with it, or would make a context without
/// TLS because of a fault (tlsql_on_config_error=disable, with which tlsql_builder_load_files()
/// returned TLSQL_OK). Both are failures here, whether files or bytes from memory are at fault. With
/// TLSQL_RELOAD_NO_ROLLBACK such a set turns TLS off for new connections until a reload succeeds, as
/// with NO ROLLBACK ON ERROR, except in the cases below. The call returns the set's failure all the
/// same, with severity WARNING in *why, and MySQL's statement succeeds then with that warning. After
/// severity WARNING the context has no TLS; it may have had none before the call.
///
/// Severity ERROR means that nothing changed, with TLSQL_RELOAD_NO_ROLLBACK too. It is that of
/// - a wrong call;
/// - another value of an option, without TLSQL_RELOAD_OPTIONS, whatever the files hold;
/// - missing material, without TLSQL_RELOAD_OPTIONS: it is in force, or was when a reload turned TLS
///   off, and a set that tlsql_context_new() would take has none, as after a forgotten
///   tlsql_builder_add_ca() and where files left datadir;
/// - TLSQL_E_NOT_LOADED, and the failure of an earlier tlsql_builder_load_files(), where options for
///   files have other values since, or tlsql_builder_generate() made files;
/// - TLSQL_E_NO_CERT where CAs, revocation lists or certificates for names come from memory,
///   tlsql_builder_set_identity() was not called, neither ssl_cert nor ssl_key is set, and no
///   datadir that is looked into;
/// - TLSQL_E_CRL where a CA has revocation lists of which none is valid now, by thisUpdate and
///   nextUpdate. Where that is so of those in force too, their newest may stay. With ssl_fp no list
///   counts, and where TLS is off any is taken.
///
/// With TLSQL_RELOAD_OPTIONS a set with ssl=OFF, or without certificate, CA, revocation list and
/// names, as where the files left datadir, is one that can be used: TLSQL_OK, and no TLS. Ask
/// tlsql_context_has_tls().
/// TLSQL_E_ARGUMENT for TLSQL_RELOAD_NO_ROLLBACK on a client, for other flags, and for a builder of
/// the other role.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_context_reload(
    ctx: *mut tlsql_context,
    b: *mut tlsql_builder,
    flags: u32,
    why: *mut tlsql_error,
) -> tlsql_code {
    code(guard(|| {
        telling(why, || {
            let how = reload(flags)?;
            let context = context(ctx)?;
            on_builder(b, |builder| context.reload(builder, how))
        })
    }))
}

fn reload(flags: u32) -> Result<Reload, Error> {
    if flags & !(TLSQL_RELOAD_OPTIONS | TLSQL_RELOAD_NO_ROLLBACK) != 0 {
        return Err(Error::detail(Code::Argument, format!("flags {flags:#x} are not known")));
    }
    Ok(Reload {
        options: flags & TLSQL_RELOAD_OPTIONS != 0,
        no_rollback: flags & TLSQL_RELOAD_NO_ROLLBACK != 0,
    })
}

/// Sets the keys of a server's session tickets: servers that have the same ones resume each other's
/// sessions, if their policies (Tlsql_policy_digest) and the names in their certificates are equal:
/// a client that resumes checks no certificate. A key is TLSQL_TICKET_KEY_SIZE random bytes, which
/// are copied. New tickets are made with current; those of previous, which may be NULL, are taken
/// too. The library, which otherwise makes a key of its own with the first ticket and another each
/// day, changes none from now on: change them each day. A reload keeps them. Any thread may call
/// this at any time.
///
/// A client whose ticket has another key makes a full handshake: bring a new key in when
/// ssl_session_cache_timeout has passed since the last one. A server alone then goes from current
/// and previous (old, older) to (new, old). Servers that share keys all go to (old, new) first, and
/// to (new, old) once all of them have that (docs/operations.md).
///
/// A server that forks calls this before the fork: else processes that were forked before the first
/// ticket never have the same key, and others only until its next daily change. After the fork a
/// call changes the keys of its own process only: pass each new key to all of them. Sessions that
/// are kept by id (TLS 1.2) are never shared between processes.
///
/// TLSQL_E_ARGUMENT for a client's context, and for a key whose last 32 bytes are zeros, as of a
/// previous one that nobody filled: pass NULL where there is none. After a failure the keys are as
/// before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_context_set_ticket_keys(
    ctx: *mut tlsql_context,
    current: *const u8,
    previous: *const u8,
) -> tlsql_code {
    code(guard(|| {
        let context = context(ctx)?;
        let current = buffer::bytes(current, TicketKey::LEN)?;
        let previous = (!previous.is_null()).then(|| buffer::bytes(previous, TicketKey::LEN));
        context.set_ticket_keys(current, previous.transpose()?)
    }))
}

/// Returns 1 if a file or directory that was read for the settings in force is another one now: it
/// has other metadata, is gone, or is behind a link that leads elsewhere (OPENS FILES). Then it is
/// time for tlsql_builder_load_files() and tlsql_context_reload() with flags 0: while files are
/// replaced they may be missing or not fit for a moment, and with either flag TLS could go off then.
///
/// While TLSQL_RELOAD_NO_ROLLBACK keeps TLS off it is always 1, since the old files may come back
/// unchanged; also where no file was read. Otherwise 0 if nothing changed or nothing was read; 0 for
/// NULL. Option files do not count, nor do files that the host read itself.
///
/// What was looked for and missing counts once it is there: files in datadir, and one that a server
/// went on without (tlsql_on_config_error=disable). chmod, touch and a new hard link change the
/// metadata too; reading a file does not. A reload that is refused leaves it at 1: try again at
/// each poll, and log the failure only when its text changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_context_files_changed(ctx: *const tlsql_context) -> u32 {
    guard(|| Ok(u32::from(context(ctx)?.files_changed()))).unwrap_or(0)
}

/// Returns 1 if TLS can be used (have_ssl YES), 0 if not (DISABLED).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_context_has_tls(ctx: *const tlsql_context) -> u32 {
    guard(|| Ok(u32::from(context(ctx)?.has_tls()))).unwrap_or(0)
}

/// Copies an option's value by its MySQL name, as it was set or by default; a switch as ON or OFF,
/// ssl_mode as it is in force, and ssl_passphrase as "hidden"; of a server also have_ssl and
/// have_openssl, YES or DISABLED. MASTER_SSL and its like are 1 or 0, as the mode in force is.
/// TLSQL_E_OPTION_NAME if it is unknown. A context, which threads share, keeps no errors:
/// tlsql_code_info() has the text, without the name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_context_get(
    ctx: *const tlsql_context,
    name: *const c_char,
    name_len: usize,
    buf: *mut c_char,
    cap: usize,
    needed: *mut usize,
) -> tlsql_code {
    code(guard(|| {
        let name = text(name, name_len)?;
        let value = context(ctx)?.value(name).ok_or(Code::OptionName)?;
        buffer::copy_text(&value, buf, cap, needed)
    }))
}

/// Copies a global status value by name, such as "Ssl_accepts" or "Current_tls_version", in any case
/// and with "_" only; in an option's name "-" is taken for "_", and the case counts. What is known
/// of one connection alone is empty here. TLSQL_E_OPTION_NAME if the name is unknown. Beside MySQL's
/// there are
///
/// - "Tlsql_days_left": whole days until the own certificate expires, or the first of those for
///   names, by the context's clock when asked; 0 on the last day, negative after it, "" without a
///   certificate.
/// - "Tlsql_policy_digest": 64 hexadecimal digits, equal for contexts that give every peer the same
///   verdict and offer the same, in other processes too. Modes, versions, suites, CAs, revocation
///   lists, fingerprints, security level and a client's own certificates change it, by a reload as
///   well; a server's own certificate does not.
/// - "Tlsql_verified_from", "Tlsql_verified_until" of one connection: no date on which the verdict
///   on the peer's chain depends lies between; "" where no chain was verified.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_context_status(
    ctx: *const tlsql_context,
    name: *const c_char,
    name_len: usize,
    buf: *mut c_char,
    cap: usize,
    needed: *mut usize,
) -> tlsql_code {
    code(guard(|| {
        let value = context(ctx)?.status(text(name, name_len)?).ok_or(Code::OptionName)?;
        buffer::copy_text(&value, buf, cap, needed)
    }))
}

/// Returns the name of status variable i, counted from 0 in the order of SHOW STATUS: a static
/// string, never freed; NULL past the last. The names are those of all profiles: MySQL 5.7 and
/// MariaDB have neither Current_tls_... nor Ssl_session_cache_timeout.
#[unsafe(no_mangle)]
pub extern "C" fn tlsql_status_variable(i: usize) -> *const c_char {
    status::NAMES.get(i).map_or(std::ptr::null(), |name| c_string(name))
}
