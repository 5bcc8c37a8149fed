//! Settings.

use libc::c_char;

use super::buffer::{self, bytes, option_value, text};
use super::error::{explain, tlsql_error};
use super::handle::{Handle, free, give, guard};
use super::{code, tlsql_code};
use crate::config::{Builder, Role};
use crate::error::{Code, Error};

/// Roles of a builder, its contexts and their connections.
pub const TLSQL_CLIENT: u32 = 1;
pub const TLSQL_SERVER: u32 = 2;

/// Settings that can be changed.
pub struct tlsql_builder(Handle<State>);

pub(super) struct State {
    pub builder: Builder,
    pub error: Option<Error>,
    /// The last wrong call, if more is known of it than its code.
    misuse: Option<Error>,
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
            if error.code.is_misuse() {
                error.replace_reason(&mut state.misuse);
            } else {
                state.error = Some(error.clone());
            }
        }
        result
    })
}

/// Makes settings for TLSQL_CLIENT or TLSQL_SERVER connections, all at their defaults.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_builder_new(role: u32, out: *mut *mut tlsql_builder) -> tlsql_code {
    code(guard(|| {
        buffer::put(out, std::ptr::null_mut())?;
        let role = match role {
            TLSQL_CLIENT => Role::Client,
            TLSQL_SERVER => Role::Server,
            _ => return Err(Code::Argument.into()),
        };
        let state = State { builder: Builder::new(role), error: None, misuse: None };
        buffer::put(out, give(tlsql_builder(Handle::new(state))))
    }))
}

/// Frees the builder; contexts made from it stay. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_builder_free(b: *mut tlsql_builder) {
    free(b);
}

/// Sets one option by its MySQL name; setting it again replaces the value. A failure leaves the
/// builder as it was. docs/defaults.md lists all options and values.
///
/// Names are those of my.cnf, and "-" and "_" are equal in them: ssl-mode, ssl_ca, ssl_capath,
/// ssl_cert, ssl_key, ssl_cipher, ssl_crl, ssl_crlpath, tls_version, tls_ciphersuites,
/// require_secure_transport, datadir, ... Names of other versions, such as ssl, skip-ssl and
/// ssl-verify-server-cert, set ssl-mode where it is not set. MariaDB's ssl_fp and ssl_fplist hold
/// fingerprints, which replace CA, dates, name and revocation in every mode, VERIFY_IDENTITY
/// included. Names of tlsql start with tlsql_: tlsql_profile (mysql57, mysql8, mariadb),
/// tlsql_security_level (0, 1, 2), tlsql_strict, tlsql_keep_peer_chain, tlsql_peer_proof,
/// tlsql_capath_all, tlsql_max_chain, tlsql_max_handshake_bytes, tlsql_session_cache_size,
/// tlsql_dh_params, tlsql_generate_key, tlsql_channel (mysql_main, mysql_admin),
/// tlsql_hello_event, tlsql_on_config_error.
///
/// tlsql_on_config_error says what becomes of a fault in a server's TLS settings: abort makes it an
/// error; disable, as in MySQL, a note with MySQL's sentence and contexts without TLS. With either
/// a reload reports a fault as an error and changes nothing; with TLSQL_RELOAD_NO_ROLLBACK it turns
/// TLS off, for other failures too: see tlsql_context_reload().
///
/// A fault is what MySQL cannot set TLS up with: a file that cannot be read or is not what the
/// option needs, certificate and key that do not fit, a tls_version, ssl_cipher or tls_ciphersuites
/// that leaves nothing. Set tlsql_on_config_error and tlsql_profile before tls_version, ssl_cipher
/// and tls_ciphersuites. Where an option file sets tlsql_on_config_error, that does not count for
/// values that the program sets; and where the program sets ssl_cert, ssl_key or a pair from memory,
/// no fault in what an option file sets turns TLS off.
///
/// Other failures stay errors: a wrong call, material from memory, also a certificate and a key
/// from memory that do not fit, an unknown option, another option's wrong value, an option file
/// that cannot be read, certificates that cannot be made. With tlsql_profile=mariadb, and with
/// tls_certificates_enforced_validation=ON, every fault is an error; with mysql8 so is a
/// tls_version without TLSv1.2 or TLSv1.3, and an empty one turns TLS off.
///
/// A client knows the names of replication, Group Replication and the clone plugin too, in any case:
/// MASTER_SSL, SOURCE_SSL_CA, group_replication_ssl_mode, group_replication_recovery_use_ssl,
/// clone_ssl_ca, ... They set the mode that MySQL would use, and do not go together with ssl_mode.
///
/// Other names are in lower case; keywords among the values are taken in any case, except system:
/// ssl_ca=system means the platform's root certificates. ssl_cipher is a list in OpenSSL's
/// language. A switch that stands alone in an option file is passed as ON; better let
/// tlsql_builder_read_options() read the file. A value with a NUL byte is refused. A path is only
/// remembered here: see tlsql_builder_load_files(). A relative one that is set here is looked up
/// from the working directory at each call that OPENS FILES, also if datadir is set: a program that
/// calls chdir() sets absolute ones.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_builder_set(
    b: *mut tlsql_builder,
    name: *const c_char,
    name_len: usize,
    value: *const c_char,
    value_len: usize,
) -> tlsql_code {
    code(on_builder(b, |builder| {
        let name = text(name, name_len)?;
        builder.set(name, option_value(name, value, value_len)?)
    }))
}

/// Reads the TLS options of an option file such as my.cnf (OPENS FILES), and of what it includes,
/// in MySQL's syntax: docs/option-files.md. groups are names separated by commas, such as
/// "mysqld,server,mysqld-5.7" or "client,mysql". Options that are not about TLS are passed over.
/// Blanks around a name are nothing, and its case does not count. A failure leaves the builder as it
/// was; TLSQL_E_ARGUMENT for an empty path or group, and for brackets, blanks or a semicolon in one.
///
/// Of two lines for one option the later counts, also of two files. What the program sets itself
/// counts before every file, whatever the order of the calls, and no file lowers the mode that it
/// asks for: set a datadir of yours after this call, and only where tlsql_builder_get() says that
/// it is empty. Relative paths in a server's option file are relative to datadir if that is set,
/// all others to the working directory; tlsql_builder_load_files() opens what they name. With
/// tlsql_channel=mysql_admin admin_ssl_ca counts in place of ssl_ca, and so on.
///
/// Errors and notes name file and line. A TLS option that is unknown or cannot be honoured is an
/// error, or a note if its name begins with loose-. A file that everybody may write is passed over
/// with a warning, as by MySQL. TLSQL_E_OPTION_FILE for what is no regular file or has more than
/// 1 MiB, TLSQL_E_OPTION_INCLUDE above 10 levels of inclusion, TLSQL_E_OPTION_SYNTAX for a line
/// that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_builder_read_options(
    b: *mut tlsql_builder,
    path: *const c_char,
    path_len: usize,
    groups: *const c_char,
    groups_len: usize,
) -> tlsql_code {
    code(on_builder(b, |builder| {
        builder.read_options(text(path, path_len)?, text(groups, groups_len)?)
    }))
}

/// Takes an option back, wherever its value came from: its default is in force again, and what
/// tlsql_builder_load_files() read for it is forgotten, and its notes. TLSQL_OK too if it was not
/// set. What came from memory stays. Once ssl_verify_server_cert was ON, VERIFY_CA is left, as after
/// OFF: nothing lowers what was asked for, but the program's own ssl=OFF where a file asked.
/// TLSQL_E_OPTION_NAME for an unknown name, and for one with skip- or the like in front: name the
/// switch itself. If one of ssl_cert and ssl_key is left, its file has to hold both: load it again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_builder_unset(
    b: *mut tlsql_builder,
    name: *const c_char,
    name_len: usize,
) -> tlsql_code {
    code(on_builder(b, |builder| builder.unset(text(name, name_len)?)))
}

/// Copies the value that was set, or the default; of ssl_ca, ssl_cert and ssl_key also what
/// tlsql_builder_load_files() found in datadir. ssl_mode is PREFERRED here until somebody sets it,
/// also with a CA; tlsql_context_get() has the mode in force.
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

/// Adds CA certificates from memory, PEM or DER, to those that ssl_ca names.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_builder_add_ca(
    b: *mut tlsql_builder,
    pem_or_der: *const u8,
    len: usize,
) -> tlsql_code {
    code(on_builder(b, |builder| builder.add_ca(bytes(pem_or_der, len)?)))
}

/// Adds revocation lists from memory, PEM or DER, to those that ssl_crl names.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_builder_add_crl(
    b: *mut tlsql_builder,
    pem_or_der: *const u8,
    len: usize,
) -> tlsql_code {
    code(on_builder(b, |builder| builder.add_crl(bytes(pem_or_der, len)?)))
}

/// Sets the certificate chain, leaf first, and its private key from memory, PEM or DER. They
/// replace what ssl_cert and ssl_key name; files that these name must load all the same. For an
/// encrypted key set ssl_passphrase before. That the key is the certificate's is checked by
/// tlsql_context_new() and tlsql_context_reload().
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

/// Adds a server's certificate chain, leaf first, and private key from memory, PEM or DER, for
/// connections whose SNI is name: a host name in ASCII (xn-- for others) without a dot at its end,
/// or *. and one, for all names with one label more. Case does not count, and underscores are taken;
/// an exact name counts before a *. one. Without SNI, with one that is no host name, and for all
/// other names, the client gets the certificate of ssl_cert or tlsql_builder_set_identity(),
/// without which tlsql_context_new() fails with TLSQL_E_NO_CERT. A name that was added before
/// gets the new pair. For an encrypted key set ssl_passphrase before.
///
/// The pair is checked at once, and the error says of which name: TLSQL_E_KEY_MISMATCH,
/// TLSQL_E_KEY_FORM and those of tlsql_builder_set_identity(). A certificate without the name has a
/// note. TLSQL_E_ARGUMENT for a client, for what is no such name, and above 1000 names. A failure
/// leaves the builder as it was, and no later call repeats it.
///
/// The builder keeps its names; none can be taken out: make another builder. For
/// tlsql_context_reload() names are like files: they are those of its builder, and may be others. A
/// reload whose builder lacks names of before is no error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_builder_add_name(
    b: *mut tlsql_builder,
    name: *const c_char,
    name_len: usize,
    chain: *const u8,
    chain_len: usize,
    key: *const u8,
    key_len: usize,
) -> tlsql_code {
    code(on_builder(b, |builder| {
        builder.add_name(text(name, name_len)?, bytes(chain, chain_len)?, bytes(key, key_len)?)
    }))
}

/// Fixes the time that certificates are checked at, for tests.
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

/// Reads all files that options name (OPENS FILES), all or nothing, in place of what an earlier
/// call loaded. After a failure tlsql_context_new() and tlsql_context_reload() fail with the same
/// error, until a call of this succeeds or no option names a file any more; contexts that are there
/// keep what they have. Directories (ssl_capath, ssl_crlpath) are read now, never during a
/// handshake. TLSQL_E_FILE for what is neither a regular file nor a link to one, such as a pipe;
/// with tlsql_on_config_error=disable a server has notes instead. With ssl-mode=DISABLED no file is
/// opened or required: a note says that a CA or a fingerprint has no effect. A server's datadir is
/// looked into only where no option names a file and nothing but certificates for names was given
/// from memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_builder_load_files(b: *mut tlsql_builder) -> tlsql_code {
    code(on_builder(b, Builder::load_files))
}

/// Makes the files that MySQL makes in a data directory that has none (OPENS FILES, WRITES FILES):
/// ca.pem, server-cert.pem and client-cert.pem, each with its key, in datadir, all or nothing. Call
/// it before tlsql_builder_load_files(), which finds them then.
///
/// Nothing is made, and a note has MySQL's reason, where options name files, with datadir or
/// without, where one of ca.pem, server-cert.pem and server-key.pem exists, and with
/// auto_generate_certs=OFF; nothing with ssl=OFF either. version stands in the common names, as
/// "5.7.29", unless it is empty or has more than 17 characters, which no note says. names, at most
/// 100, separated by commas, become the server certificate's alternative names, so that
/// VERIFY_IDENTITY works; blanks around one are cut, *.example.com is one too, empty ones do not
/// count, and with NULL there are none, as in MySQL. Keys are of P-256, readable for their owner
/// alone; tlsql_generate_key=RSA-2048 makes MySQL's, in builds with the feature rsa-keys.
///
/// TLSQL_E_OPTION_VALUE for a client, and where no datadir is set, no file is named and no
/// certificate, CA or revocation list is given from memory (those for names do not count), unless
/// ssl or auto_generate_certs is OFF. Set datadir then, after tlsql_builder_read_options(): what
/// the program sets counts before the file's. TLSQL_E_ARGUMENT for a version that is not printable
/// ASCII without blanks, and for what is neither a host name nor an address;
/// TLSQL_E_FILE where datadir cannot be looked into, which tlsql_on_config_error=disable leaves to
/// tlsql_builder_load_files(); TLSQL_E_FILE_WRITE with the path that cannot be made, also if another
/// of the six files exists: none is overwritten.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_builder_generate(
    b: *mut tlsql_builder,
    version: *const c_char,
    version_len: usize,
    names: *const c_char,
    names_len: usize,
) -> tlsql_code {
    code(on_builder(b, |builder| {
        builder.generate(text(version, version_len)?, text(names, names_len)?)
    }))
}

/// Copies the last failure recorded on this builder, tlsql_context_new() included. A later success
/// does not clear it; wrong calls are not recorded here: see tlsql_builder_explain().
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

/// Copies what to show for a code that a call on this builder returned: the last failure recorded
/// if it has this code, or the reason of the last wrong call if that has it, such as a value that is
/// not UTF-8; else what tlsql_code_info() writes, also while another call runs and after
/// TLSQL_E_PANIC. TLSQL_E_ARGUMENT if this library does not have the code, TLSQL_E_NULL if b or out
/// is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_builder_explain(
    b: *const tlsql_builder,
    code_number: tlsql_code,
    out: *mut tlsql_error,
) -> tlsql_code {
    let own = Handle::call(handle(b), |state| {
        let mut known = state.error.iter().chain(&state.misuse);
        Ok(known.find(|error| error.code.number() == code_number).cloned())
    });
    code(guard(|| explain(code_number, own, out)))
}

/// Returns the number of notes on the settings. Each call that changes a setting makes the notes
/// anew: repeated calls do not double them. Read them after tlsql_context_new() and after
/// tlsql_context_reload(), also if it failed, and before it too if a note shall stop you: an option
/// that has no effect beside the others is no failure, but has a note, and so has an own certificate
/// that expired. Read them after tlsql_builder_read_options() too: that it returned TLSQL_OK does
/// not mean that each line or file was taken.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_builder_note_count(b: *const tlsql_builder) -> usize {
    Handle::call(handle(b), |state| Ok(state.builder.notes().len())).unwrap_or(0)
}

/// Copies note i, counted from 0, as "tls_version: 'TLSv1.1' is not supported and left out"; its
/// code is TLSQL_OK. TLSQL_E_ARGUMENT past the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_builder_note(
    b: *const tlsql_builder,
    i: usize,
    out: *mut tlsql_error,
) -> tlsql_code {
    code(on_builder(b.cast_mut(), |builder| {
        let past = || Error::detail(Code::Argument, format!("there is no note {i}"));
        let note = builder.notes().get(i).ok_or_else(past)?;
        buffer::write_struct(out, tlsql_error::of_note(note))
    }))
}
