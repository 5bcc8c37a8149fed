//! Who may log in.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{RwLock, TryLockError};

use libc::c_char;

use super::buffer::{self, bytes, text};
use super::conn::{on_conn, tlsql_conn};
use super::error::{TLSQL_SEVERITY_NOTE, telling, tlsql_error};
use super::handle::{free, give, guard};
use super::{code, tlsql_code};
use crate::engine::{Denied, Login, UsedPassword};
use crate::error::{Code, Error};
use crate::trust::Account;

/// The client sent no password: "using password: NO".
pub const TLSQL_PASSWORD_NO: u32 = 0;
/// The client sent a password: "using password: YES".
pub const TLSQL_PASSWORD_YES: u32 = 1;
/// The plugin asks for none (auth_socket): the refusal is 1698, which does not mention one.
pub const TLSQL_PASSWORD_NOT_MENTIONED: u32 = 2;

/// What one account requires of a connection: the REQUIRE of CREATE USER.
pub struct tlsql_account(Shared);

struct Shared {
    /// Never waited for: whoever meets a call that changes it gets TLSQL_E_BUSY.
    account: RwLock<Account>,
    /// A connection was judged by it, so that it cannot change any more.
    is_used: AtomicBool,
}

impl Shared {
    /// Judges by the account, which cannot change from then on; a wrong call judges nothing.
    fn judge(&self, work: impl FnOnce(&Account) -> Result<(), Error>) -> Result<(), Error> {
        let account = match self.account.try_read() {
            Ok(account) => account,
            Err(TryLockError::WouldBlock) => return Err(Code::Busy.into()),
            Err(TryLockError::Poisoned(_)) => return Err(Code::Panic.into()),
        };
        let result = work(&account);
        let code = result.as_ref().err().map(|error| error.code);
        if !matches!(code, Some(Code::State | Code::Argument)) {
            self.is_used.store(true, Ordering::Release);
        }
        result
    }

    fn set(&self, name: &str, value: &str) -> Result<(), Error> {
        // Before and behind the lock: a check that comes between finds the account as it was, and a
        // change that is refused must not make a check wait.
        self.check_unused()?;
        let mut account = match self.account.try_write() {
            Ok(account) => account,
            Err(TryLockError::WouldBlock) => return Err(Code::Busy.into()),
            Err(TryLockError::Poisoned(_)) => return Err(Code::Panic.into()),
        };
        self.check_unused()?;
        account.set(name, value)
    }

    fn check_unused(&self) -> Result<(), Error> {
        if !self.is_used.load(Ordering::Acquire) {
            return Ok(());
        }
        // No connection's phase, of which the row speaks.
        let words = "A connection was checked against this account: make another.";
        Err(Error::words(Code::State, words, 0))
    }
}

fn account<'a>(acct: *const tlsql_account) -> Result<&'a Shared, Error> {
    // SAFETY: the header says that an account is NULL or came from the library and was not freed.
    unsafe { acct.as_ref() }.map(|acct| &acct.0).ok_or(Code::Null.into())
}

/// Makes an account that requires nothing yet: tlsql_conn_check_account() refuses to judge by it,
/// until require, cipher, issuer, subject, san or clause is set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_account_new(out: *mut *mut tlsql_account) -> tlsql_code {
    code(guard(|| {
        buffer::put(out, std::ptr::null_mut())?;
        let account = RwLock::new(Account::default());
        let shared = Shared { account, is_used: AtomicBool::new(false) };
        buffer::put(out, give(tlsql_account(shared)))
    }))
}

/// Frees the account; connections keep nothing of it. Must not overlap any other call on it. NULL
/// is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_account_free(acct: *mut tlsql_account) {
    free(acct);
}

/// Sets one requirement by name; setting it again replaces the value, and a failure leaves the
/// account as it was. Once tlsql_conn_check_account() judged a connection by the account it is
/// TLSQL_E_STATE. "-" and "_" are equal in names, keywords are taken in any case.
///
/// require: NONE, SSL or X509, which stand alone: beside one of the next four, whichever came
/// first, each is TLSQL_E_OPTION_VALUE. cipher: a suite as Ssl_cipher shows it. issuer and subject:
/// a name in one line, such as "/C=SE/O=MySQL AB/CN=client", compared octet by octet. san: a name
/// that the certificate has among others, as URI:urn:a:b, DNS:host or IP:10.0.0.1; MySQL has no
/// such clause. These four go together, and all that are set must hold. With any of them the client
/// has to show a certificate, as in MySQL; under tlsql_profile=mariadb cipher alone asks for none.
///
/// clause: the REQUIRE clause of CREATE USER and ALTER USER alone, as REQUIRE SUBJECT '...' AND
/// ISSUER '...', with the escapes of SQL. It replaces require, cipher, issuer and subject, and
/// leaves san as it is. No other call takes a requirement out: make another account.
///
/// one_line: openssl3 (default), openssl1 or any, the form in which issuer and subject are meant.
/// A certificate satisfies no issuer or subject if another name could have the same line: one with
/// a value that ends in a backslash or holds one that could be an escape, as in "\xC3"; with
/// openssl1 and any also one with '/' or '+' in a value, since OpenSSL 1.1.1, which MySQL 5.7 has,
/// does not tell a '/' in a value from one between attributes. With any that is so too where the
/// two forms differ otherwise, so that no certificate has two lines.
///
/// TLSQL_E_OPTION_NAME, TLSQL_E_OPTION_VALUE: *why names the word, the quote or the attribute that
/// was not taken, and may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_account_set(
    acct: *mut tlsql_account,
    name: *const c_char,
    name_len: usize,
    value: *const c_char,
    value_len: usize,
    why: *mut tlsql_error,
) -> tlsql_code {
    code(guard(|| {
        telling(why, || account(acct)?.set(text(name, name_len)?, text(value, value_len)?))
    }))
}

/// Server: checks whether this connection meets what an account requires, in MySQL's order, once
/// the password was checked and again after COM_CHANGE_USER: TLSQL_OK, or TLSQL_E_ACCOUNT_ for the
/// first requirement that it does not meet. Any threads may check against one account at once.
///
/// user is the account's user as the client sent it, host the client's host name or address, both
/// raw bytes; used_password is TLSQL_PASSWORD_. *refusal gets what the peer may know, and may be
/// NULL: send its mysql_errno, sqlstate and message, which are those of a wrong password whatever
/// the reason, also of a wrong call: 1045 (28000) or 1698. user and host stand in it with at most
/// 80 and 255 characters, control characters and octets that are no UTF-8 escaped. To send the same
/// for a wrong password, call this with acct NULL: TLSQL_E_NULL, which is no fault of the caller's
/// here, with *refusal and an empty *log (code TLSQL_OK, no message).
///
/// *log gets what the server's error log should say, and may be NULL; it is not for the peer. Of
/// cipher, issuer and subject it is MySQL's words, with its number in log_code (MY-010289 to
/// MY-010291) and severity NOTE. MySQL logs no other refusal: log_code is 0 then, with severity NOTE
/// for TLSQL_E_ACCOUNT_ and ERROR for a wrong call, such as the next two.
///
/// TLSQL_E_STATE for a client and outside TLS and PLAIN, TLSQL_E_ARGUMENT if the account requires
/// nothing, not even NONE. Any result but TLSQL_OK refuses the login. With
/// tlsql_keep_peer_chain=OFF no account is met that requires a certificate.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_check_account(
    conn: *const tlsql_conn,
    acct: *const tlsql_account,
    user: *const c_char,
    user_len: usize,
    host: *const c_char,
    host_len: usize,
    used_password: u32,
    refusal: *mut tlsql_error,
    log: *mut tlsql_error,
) -> tlsql_code {
    code(guard(|| {
        for place in [refusal, log] {
            write(place, tlsql_error::none())?;
        }
        let login = login((user, user_len), (host, host_len), used_password);
        let Denied { refusal: said, log: why } = match check(conn, acct, login) {
            Ok(()) => return Ok(()),
            Err(denied) => denied,
        };
        write(refusal, tlsql_error::of(&said))?;
        if !acct.is_null() {
            write(log, entry(&why))?;
        }
        Err(why)
    }))
}

/// Who logs in, and what is wrong with the arguments that say so: a refusal is due all the same.
fn login<'a>(
    user: (*const c_char, usize),
    host: (*const c_char, usize),
    used_password: u32,
) -> (Login<'a>, Result<(), Error>) {
    let (user, host) = (bytes(user.0.cast(), user.1), bytes(host.0.cast(), host.1));
    let password = match used_password {
        TLSQL_PASSWORD_NO => Ok(UsedPassword::No),
        TLSQL_PASSWORD_YES => Ok(UsedPassword::Yes),
        TLSQL_PASSWORD_NOT_MENTIONED => Ok(UsedPassword::NotMentioned),
        _ => Err(Error::detail(Code::Argument, "used_password is none of TLSQL_PASSWORD_")),
    };
    let login = Login {
        user: user.as_ref().unwrap_or(&&[][..]),
        host: host.as_ref().unwrap_or(&&[][..]),
        password: *password.as_ref().unwrap_or(&UsedPassword::Yes),
    };
    (login, user.and(host).and(password).map(drop))
}

fn check(
    conn: *const tlsql_conn,
    acct: *const tlsql_account,
    (login, arguments): (Login<'_>, Result<(), Error>),
) -> Result<(), Denied> {
    let judged = match arguments.and_then(|()| account(acct)) {
        Ok(account) => on_conn(conn, |conn| {
            account
                .judge(|account| conn.check_account(account, &login).map_err(|denied| denied.log))
        }),
        Err(error) => {
            let _ = on_conn(conn, |_| Err::<(), _>(error.clone()));
            Err(error)
        }
    };
    judged.map_err(|error| login.denied(error))
}

/// Makes the entry for the server's log: a note, unless the call was wrong.
fn entry(error: &Error) -> tlsql_error {
    let entry = tlsql_error::of(error);
    // A wrong call has no number of MySQL's.
    let severity = if entry.mysql_errno == 0 { entry.severity } else { TLSQL_SEVERITY_NOTE };
    tlsql_error { severity, ..entry }
}

fn write(place: *mut tlsql_error, value: tlsql_error) -> Result<(), Error> {
    if place.is_null() { Ok(()) } else { buffer::write_struct(place, value) }
}
