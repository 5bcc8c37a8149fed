//! Who may log in: what the peer is told of a refusal, and what the server's log says of it.

use super::Conn;
use crate::config::{Profile, Role};
use crate::error::{Code, Error};
use crate::packet::errno::{ER_ACCESS_DENIED_ERROR, ER_ACCESS_DENIED_NO_PASSWORD_ERROR};
use crate::text::{shorten, visible};
use crate::tls::Negotiated;
use crate::trust::{Account, Shown, Unmet};

/// Who logs in, as the refusal names them.
#[derive(Clone, Copy, Debug)]
pub struct Login<'a> {
    /// The account's user, as the client sent it.
    pub user: &'a [u8],
    /// The client's host name or address, as the server prints it.
    pub host: &'a [u8],
    pub password: UsedPassword,
}

/// Whether the client sent a password, as far as the refusal mentions it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum UsedPassword {
    No,
    Yes,
    /// The plugin needs none: MySQL's error 1698 says nothing of a password.
    NotMentioned,
}

/// Why a login is refused, in two forms.
#[derive(Clone, Debug)]
pub struct Denied {
    /// What the peer may know: the error of a wrong password, whatever the reason.
    pub refusal: Error,
    /// What the server's log should say.
    pub log: Error,
}

impl Conn {
    /// Checks whether this connection meets what an account requires, after the host has checked the
    /// password (T107 to T114).
    ///
    /// # Errors
    /// An `Account...` code; `State` for a client and before the connection is up, `Argument` if the
    /// account requires nothing, not even that nothing is.
    pub fn check_account(&self, account: &Account, login: &Login<'_>) -> Result<(), Denied> {
        self.meets(account).map_err(|why| login.denied(why))
    }

    fn meets(&self, account: &Account) -> Result<(), Error> {
        if self.role() != Role::Server || !self.phase().is_traffic() {
            return Err(Code::State.into());
        }
        if account.is_empty() {
            let why = "the account requires nothing: set require=NONE if that is meant";
            return Err(Error::detail(Code::Argument, why));
        }
        let negotiated = self.negotiated();
        let certificate = negotiated.and_then(Negotiated::peer);
        let shown = Shown {
            has_tls: negotiated.is_some(),
            cipher: self.cipher_name(),
            certificate: certificate.as_ref(),
            is_verified: negotiated.is_some_and(|negotiated| negotiated.chain_verified),
        };
        let profile = self.settings().profile;
        // MariaDB admits whoever has the suite.
        let cipher_needs_certificate = profile != Profile::MariaDb;
        let unmet = account.check(&shown, cipher_needs_certificate);
        unmet.map_err(|unmet| log(unmet, profile))
    }
}

impl Login<'_> {
    /// Returns the error that MySQL sends for a wrong password, under the code of the true reason,
    /// and the reason for the log.
    pub fn denied(&self, log: Error) -> Denied {
        let (user, host) = (shown(self.user, MAX_USER), shown(self.host, MAX_HOST));
        let (password, errno) = match self.password {
            UsedPassword::No => (" (using password: NO)", ER_ACCESS_DENIED_ERROR),
            UsedPassword::Yes => (" (using password: YES)", ER_ACCESS_DENIED_ERROR),
            UsedPassword::NotMentioned => ("", ER_ACCESS_DENIED_NO_PASSWORD_ERROR),
        };
        let words = format!("Access denied for user '{user}'@'{host}'{password}");
        let refusal = Error::words(log.code, words, 0).with_errno(errno, ACCESS_DENIED);
        Denied { refusal, log }
    }
}

/// Returns the entry of the server's log for an unmet requirement, in the profile's words.
fn log(unmet: Unmet, profile: Profile) -> Error {
    let Some((required, found)) = unmet.texts else { return unmet.code.into() };
    let (what, log_code) = match unmet.code {
        Code::AccountCipher => ("ciphers", 10_289),
        Code::AccountIssuer => ("issuer", 10_290),
        Code::AccountSubject => ("subject", 10_291),
        _ => ("subjectAltName", 0),
    };
    let x509 = if profile == Profile::Mysql8 { "X.509" } else { "X509" };
    let [required, found] = [required, found].map(|text| shorten(&visible(&text), MAX_TEXT));
    let why = if unmet.is_ambiguous { AMBIGUOUS } else { "" };
    let words = format!("{x509} {what} mismatch: should be '{required}' but is '{found}'{why}");
    Error::words(unmet.code, words, log_code)
}

/// Makes text of what came from a peer: control characters are escaped, and octets that are no
/// UTF-8.
fn shown(raw: &[u8], most: usize) -> String {
    let mut text = String::new();
    for chunk in raw.utf8_chunks() {
        text.push_str(chunk.valid());
        for octet in chunk.invalid() {
            text.push_str(&format!("\\x{octet:02X}"));
        }
    }
    let kept: String = text.chars().take(most).collect();
    visible(&kept)
}

/// SQLSTATE of both errors.
const ACCESS_DENIED: &str = "28000";
/// Characters of a user name: MariaDB's longest; MySQL's has 32.
const MAX_USER: usize = 80;
/// Characters of a host name: the longest of both.
const MAX_HOST: usize = 255;
/// Characters of each of two texts that the log compares. A message has 512 bytes.
const MAX_TEXT: usize = 200;
const AMBIGUOUS: &str = ", a line that another name could have too";
