//! The rules: when a failure means something here, its code, its fact, and what helps.

use super::evidence::{Case, cut};
use crate::config::{OptionSpec, SSL_CERT, SSL_CIPHER, TLS_CIPHERSUITES, TLS_VERSION};
use crate::engine::Phase;
use crate::error::alert::number::*;
use crate::error::{Code, Error};
use crate::packet::errno::{
    ER_CON_COUNT_ERROR, ER_HANDSHAKE_ERROR, ER_HOST_IS_BLOCKED, ER_HOST_NOT_PRIVILEGED,
    ER_NET_PACKETS_OUT_OF_ORDER,
};
use crate::tls::ClientAuth;

/// One explanation.
pub struct Rule {
    /// When it applies, in words.
    #[cfg_attr(not(feature = "internals"), expect(dead_code, reason = "docs/errors.md prints it"))]
    pub case: &'static str,
    pub(super) applies: fn(&Case<'_>) -> bool,
    /// The code that the failure gets.
    pub code: Code,
    /// Its fact; `None` leaves it as it is.
    says: fn(&Case<'_>) -> Option<String>,
    /// What helps; `None` leaves the hint as it is.
    pub hint: Option<&'static str>,
    /// The option that this hint names; `None` for that of the code's row.
    pub option: Option<&'static OptionSpec>,
}

impl Rule {
    pub(super) fn explain(&self, case: &Case<'_>) -> Error {
        let mut error = case.error.clone().with_code(self.code);
        if let Some(fact) = (self.says)(case) {
            error = error.with_detail(fact);
        }
        if let Some(option) = self.option {
            error = error.with_hint_option(option.name);
        }
        match self.hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }

    const fn advising(self, option: &'static OptionSpec) -> Self {
        Self { option: Some(option), ..self }
    }
}

/// Rules of a client; the first that applies counts.
#[rustfmt::skip]
pub const CLIENT: &[Rule] = &[
    // The server was shown our certificate, or asked for one and got none.
    refused("unsupported_certificate once it was shown a client certificate",
        |case| shown_and_got(case, UNSUPPORTED_CERTIFICATE),
        |_| fact("it is for another purpose"),
        "Issue it with extendedKeyUsage clientAuth, or without."),
    refused("certificate_revoked once it was shown a client certificate",
        |case| shown_and_got(case, CERTIFICATE_REVOKED),
        |_| fact("it is revoked"),
        "Set ssl_cert to a new certificate; the server's ssl_crl lists this one."),
    refused("certificate_expired once it was shown a client certificate",
        |case| shown_and_got(case, CERTIFICATE_EXPIRED),
        |_| fact("it has expired"),
        "Set ssl_cert to a new certificate, or set the server's clock right."),
    refused("decrypt_error once it was shown a client certificate",
        |case| shown_and_got(case, DECRYPT_ERROR),
        |_| fact("a signature is wrong to it, its CA's (made anew under its name?) or the handshake's"),
        "Set ssl_cert to one of the server's present CA; else look for what alters the traffic."),
    refused("unknown_ca once it was shown a client certificate",
        |case| shown_and_got(case, UNKNOWN_CA),
        |_| fact("the server does not know its CA"),
        "Set ssl_cert to one that the CAs in the server's ssl_ca signed."),
    Rule {
        case: "another alert on certificates once it was shown a client certificate",
        applies: |case| was_shown(case) && case.got_alert(ON_CERTIFICATES),
        code: Code::ClientCertRefused,
        says: |_| fact("the server cannot verify it"),
        hint: Some("Check its dates, its CA and its purpose (extendedKeyUsage clientAuth) against the server's ssl_ca and clock."),
        option: Some(&SSL_CERT),
    },
    Rule {
        case: "a client certificate is demanded, and none is configured",
        applies: |case| is_missing(case) && case.evidence.settings.identity.is_none(),
        code: Code::ClientCertMissing,
        says: |_| fact("none is configured here"),
        hint: None,
        option: None,
    },
    Rule {
        case: "a client certificate is demanded with a signature that ssl_key cannot make",
        applies: is_missing,
        code: Code::ClientCertMissing,
        says: |_| fact("it asks for signatures that ssl_key cannot make"),
        hint: Some("Set ssl_cert and ssl_key to a pair of another kind, RSA or P-256."),
        option: None,
    },
    // The server has none of the versions offered.
    version("no TLS 1.2, a MariaDB before 10.4.6, which may have yaSSL", Code::OldTls,
        |case| has_no_version(case) && versions(case).0 && case.evidence.is_old_mariadb(),
        refused_versions, Some(AWAY_FROM_YASSL_IN_MARIADB)),
    version("no TLS 1.2, a server without the option tls_version", Code::OldTls,
        |case| has_no_version(case) && versions(case).0 && case.evidence.lacks_tls_version(),
        refused_versions, Some(NO_TLS_VERSION)),
    version("no TLS 1.3, a MariaDB without the option tls_version", Code::Version,
        |case| has_no_version(case) && case.evidence.is_old_mariadb(),
        |case| named(case, "refused TLS 1.3, and tls_version allows no other here"),
        Some("Build the server with OpenSSL 1.1.1 or later, or add TLSv1.2 to tls_version here.")),
    // OpenSSL's server without TLS 1.2 says so too where its key cannot sign in TLS 1.3.
    version("no TLS 1.2 and no TLS 1.3, a server that may have TLS 1.3", Code::Version,
        |case| has_no_version(case) && versions(case) == (true, true) && case.evidence.may_have_tls13(),
        |case| named(case, "refused TLS 1.2 and 1.3"),
        Some("It may have older ones only (see tls_version), or TLS 1.3 with a key that cannot sign there: give it RSA or P-256.")),
    version("no TLS 1.2 and no TLS 1.3", Code::OldTls,
        |case| has_no_version(case) && versions(case) == (true, true),
        |case| named(case, "refused TLS 1.2 and 1.3"), None),
    version("no TLS 1.2, a MySQL before 8.0.16", Code::OldTls,
        |case| has_no_version(case) && versions(case) == (true, false) && !case.evidence.may_have_tls13(),
        |case| named(case, "refused TLS 1.2"), None),
    version("no TLS 1.2, and tls_version allows no other", Code::Version,
        |case| has_no_version(case) && versions(case) == (true, false),
        |case| named(case, "refused TLS 1.2, and tls_version allows no other here"),
        Some("Add TLSv1.3 to tls_version here, or TLSv1.2 at the server.")),
    version("no TLS 1.3, a MySQL before 8.0.16", Code::Version,
        |case| has_no_version(case) && !case.evidence.may_have_tls13(),
        |case| named(case, "refused TLS 1.3, and tls_version allows no other here"),
        Some("Upgrade to MySQL 8.0.16 or later, or add TLSv1.2 to tls_version here.")),
    // Nothing lower is advised where the server can do better.
    version("no TLS 1.3, and tls_version allows no other", Code::Version,
        has_no_version,
        |case| named(case, "refused TLS 1.3, and tls_version allows no other here"),
        Some("Allow TLSv1.3 in the server's tls_version, with an RSA or P-256 key, or upgrade it.")),
    // The server found no suite among those offered.
    no_suite("ssl_cipher without DHE, and a server that may lack ECDHE",
        |case| has_no_suite(case) && own(case) == (true, false) && case.evidence.may_have_openssl_10() && !case.evidence.offers_dhe(),
        |case| takes_none_of(case, "; with OpenSSL 1.0.x it has no ECDHE"),
        "Add DHE-RSA-AES128-GCM-SHA256 to ssl_cipher here, or leave it out."),
    no_suite("a narrow ssl_cipher, and a server that may have TLS 1.3",
        |case| has_no_suite(case) && own(case) == (true, false) && has_tls13(case),
        |case| takes_none_of(case, &format!(" nor of TLS 1.3{CURVES}")),
        "Widen ssl_cipher here, or tls_ciphersuites at the server."),
    no_suite("a narrow ssl_cipher, TLS 1.2 only, and a server that may have TLS 1.3",
        |case| has_no_suite(case) && own(case) == (true, false) && case.evidence.may_have_tls13(),
        |case| takes_none_of(case, or_no_curve(case)),
        "Widen ssl_cipher or tls_version here, or there."),
    // No circle: without ssl_cipher here it may choose RSA key exchange, which it has to lose.
    no_suite("a narrow ssl_cipher",
        |case| has_no_suite(case) && own(case) == (true, false),
        |case| takes_none_of(case, or_no_curve(case)),
        "Widen ssl_cipher here, or the server's ssl_cipher (AES-GCM)."),
    no_suite("a narrow ssl_cipher and narrow tls_ciphersuites",
        |case| has_no_suite(case) && own(case) == (true, true),
        |case| takes_none_of(case, CURVES),
        "Widen both here, or leave them out."),
    no_suite("narrow tls_ciphersuites, and TLS 1.3 only",
        |case| has_no_suite(case) && own(case) == (false, true) && !versions(case).0,
        |case| takes_none_of(case, CURVES),
        "Widen tls_ciphersuites here, or compare tls_version.").advising(&TLS_CIPHERSUITES),
    no_suite("narrow tls_ciphersuites",
        |case| has_no_suite(case) && own(case) == (false, true),
        |case| {
            let own = case.evidence.own_ciphersuites().unwrap_or_default();
            named(case, &format!("takes no ECDHE with AES-GCM, and in TLS 1.3 none of {own}"))
        },
        "Widen the server's ssl_cipher, or tls_ciphersuites here.").advising(&TLS_CIPHERSUITES),
    no_suite("all suites of TLS 1.3, and TLS 1.3 only",
        |case| has_no_suite(case) && !versions(case).0,
        |case| named(case, "takes none of TLS 1.3, or no X25519, P-256 or P-384"),
        "Compare tls_version: it may have no TLS 1.3; else its tls_ciphersuites, curves and key (RSA, P-256).").advising(&TLS_VERSION),
    no_suite("all suites of TLS 1.2, TLS 1.2 only, and a server that may have TLS 1.3",
        |case| has_no_suite(case) && !versions(case).1 && case.evidence.may_have_tls13() && !case.evidence.lacks_tls_version(),
        |case| named(case, "takes none of TLS 1.2, or no X25519, P-256 or P-384"),
        "Compare tls_version: it may allow TLS 1.3 only; else add ECDHE with AES-GCM to its ssl_cipher.").advising(&TLS_VERSION),
    no_suite("all suites, and a server that may lack ECDHE and has no option tls_version",
        |case| has_no_suite(case) && case.evidence.may_lack_ecdhe() && case.evidence.lacks_tls_version(),
        |case| named(case, "takes none that its certificate, key, curves and ssl_cipher leave"),
        "Give it an RSA certificate, X25519, P-256 or P-384, and ECDHE with AES-GCM in ssl_cipher."),
    no_suite("all suites, and a server that may lack ECDHE",
        |case| has_no_suite(case) && case.evidence.may_lack_ecdhe(),
        |case| named(case, "takes none that its certificate, key, curves and ssl_cipher leave"),
        "Give it TLSv1.2 in tls_version, ECDHE with AES-GCM in ssl_cipher, P-256, an RSA key."),
    no_suite("all suites",
        has_no_suite,
        |case| named(case, "takes no ECDHE with AES-GCM, X25519, P-256 or P-384"),
        "Widen its ssl_cipher and tls_version, give it an RSA key, or name a DHE suite in ssl_cipher here."),
    // An ERR packet in clear, in place of the server's first record or of its greeting.
    err_packet("1156 for an SSLRequest that the host wrote",
        |case| in_handshake(case, ER_NET_PACKETS_OUT_OF_ORDER) && case.evidence.host_wrote_request,
        "Give the SSLRequest the packet number after the greeting's: 1."),
    // Such servers send no alert where nothing is in common.
    err_packet("1043 after the SSLRequest, from a server that may have yaSSL",
        |case| in_handshake(case, ER_HANDSHAKE_ERROR) && case.evidence.may_be_yassl(),
        AWAY_FROM_YASSL),
    err_packet("1043 after the SSLRequest, with narrow options here",
        |case| in_handshake(case, ER_HANDSHAKE_ERROR) && is_narrow(case),
        "Widen ssl_cipher and tls_version here, or look into the server's error log.").advising(&SSL_CIPHER),
    err_packet("1043 after the SSLRequest, from a MariaDB before 10.4.6, which may have yaSSL",
        |case| in_handshake(case, ER_HANDSHAKE_ERROR) && case.evidence.is_old_mariadb(),
        AWAY_FROM_YASSL_IN_MARIADB),
    err_packet("another ERR packet after the SSLRequest",
        |case| case.is(Code::ServerError) && case.evidence.phase == Phase::Handshake,
        "Look into the server's error log; a proxy in between may not pass TLS."),
    in_place_of_greeting("1040 in place of the greeting",
        |case| case.is(Code::ServerError) && case.error.mysql_errno() == ER_CON_COUNT_ERROR,
        "Raise max_connections at the server, or close idle connections."),
    in_place_of_greeting("1129 in place of the greeting",
        |case| case.is(Code::ServerError) && case.error.mysql_errno() == ER_HOST_IS_BLOCKED,
        "Mend what fails there (see max_connect_errors)."),
    in_place_of_greeting("1130 in place of the greeting",
        |case| case.is(Code::ServerError) && case.error.mysql_errno() == ER_HOST_NOT_PRIVILEGED,
        "Create an account for this client's address: CREATE USER name@address."),
    // What the server chose, or did not offer.
    Rule {
        case: "an older version, from a server that may have yaSSL",
        applies: |case| case.is(Code::OldTls) && case.evidence.may_be_yassl(),
        code: Code::OldTls,
        says: |case| named(case, "answered with an older version"),
        hint: Some(AWAY_FROM_YASSL),
        option: None,
    },
    Rule {
        case: "an older version, from a MariaDB before 10.4.6, which may have yaSSL",
        applies: |case| case.is(Code::OldTls) && case.evidence.is_old_mariadb(),
        code: Code::OldTls,
        says: |case| named(case, "answered with an older version"),
        hint: Some(AWAY_FROM_YASSL_IN_MARIADB),
        option: None,
    },
    Rule {
        case: "an older version, from a server without the option tls_version",
        applies: |case| case.is(Code::OldTls) && case.evidence.lacks_tls_version(),
        code: Code::OldTls,
        says: |case| named(case, "answered with an older version"),
        hint: Some(NO_TLS_VERSION),
        option: None,
    },
    chose("an older version", |case| case.is(Code::OldTls), Code::OldTls,
        |case| named(case, "answered with an older version")),
    chose("a CBC suite", |case| case.is(Code::CbcOnly), Code::CbcOnly, chosen_suite),
    chose("a suite with RSA key exchange", |case| case.is(Code::RsaKeyExchange), Code::RsaKeyExchange,
        chosen_suite),
    chose("no TLS in the greeting", |case| case.is(Code::NoTlsOffered), Code::NoTlsOffered,
        |case| named(case, "offers no TLS in its greeting")),
    BROKEN_RECORD,
    Rule {
        case: "another protocol, at a port that the host named",
        applies: |case| case.is(Code::NotMysql) && case.evidence.port.is_some(),
        code: Code::NotMysql,
        says: |case| {
            Some(format!("{}, at port {}", case.detail()?, case.evidence.port.unwrap_or_default()))
        },
        hint: None,
        option: None,
    },
];

/// Rules of a server; the first that applies counts.
#[rustfmt::skip]
pub const SERVER: &[Rule] = &[
    BROKEN_RECORD,
    Rule {
        case: "a first packet with another number than 1",
        applies: |case| case.is(Code::Sequence),
        code: Code::Sequence,
        says: |_| fact("the client's first packet has another number than 1"),
        hint: Some(WHO_CONNECTS),
        option: None,
    },
    Rule {
        case: "a first packet of another size",
        applies: |case| case.is(Code::PacketSize),
        code: Code::PacketSize,
        says: |_| None,
        hint: Some(WHO_CONNECTS),
        option: None,
    },
    Rule {
        case: "a client with neither TLS 1.2 nor 1.3",
        applies: |case| case.is(Code::Version) && versions(case) == (true, true),
        code: Code::OldTls,
        says: |_| fact("the client offers neither TLS 1.2 nor 1.3"),
        hint: None,
        option: None,
    },
    Rule {
        case: "a client without the version that tls_version allows",
        applies: |case| case.is(Code::Version),
        code: Code::Version,
        says: |case| {
            let own = case.evidence.settings.text(&TLS_VERSION);
            Some(format!("the client does not offer tls_version={own}"))
        },
        hint: None,
        option: None,
    },
    Rule {
        case: "a client without a suite of a narrow ssl_cipher",
        applies: |case| case.is(Code::Cipher) && narrows_ciphers(case),
        code: Code::Cipher,
        says: |case| {
            offers_none_of(&SSL_CIPHER, case.evidence.settings.text(&SSL_CIPHER))
        },
        hint: Some("Widen ssl_cipher here, or leave it out."),
        option: None,
    },
    Rule {
        case: "a client without a suite of narrow tls_ciphersuites",
        applies: |case| case.is(Code::Cipher) && narrows_ciphersuites(case),
        code: Code::Cipher,
        says: |case| {
            offers_none_of(&TLS_CIPHERSUITES, case.evidence.settings.text(&TLS_CIPHERSUITES))
        },
        hint: Some("Widen tls_ciphersuites here, or leave it out."),
        option: Some(&TLS_CIPHERSUITES),
    },
    Rule {
        case: "a client without what fits the certificate",
        applies: |case| case.is(Code::Cipher),
        code: Code::Cipher,
        says: |_| fact("the client offers no suite, curve and signature that fit ssl_cert"),
        hint: Some("Allow AES-GCM with ECDHE, and X25519 or P-256, at the client."),
        option: None,
    },
    Rule {
        case: "decrypt_error from a client",
        applies: |case| in_server_handshake(case, DECRYPT_ERROR),
        code: Code::Alert,
        says: |_| fact("a signature is wrong to it, that of ssl_cert's CA (made anew under its name?) or the handshake's"),
        hint: Some("Give the client the present CA in its ssl_ca; else look for what alters the traffic."),
        option: None,
    },
    Rule {
        case: "decode_error from a client",
        applies: |case| in_server_handshake(case, DECODE_ERROR),
        code: Code::Alert,
        says: |_| fact("it could not read a message, or takes no list of certificates as long as ssl_cert's"),
        hint: Some("Shorten ssl_cert's chain, raise tlsql_max_handshake_bytes at the client, or upgrade it."),
        option: Some(&SSL_CERT),
    },
];

/// In either role: whoever sent a record before speaks TLS at this port.
const BROKEN_RECORD: Rule = Rule {
    case: "no TLS record behind others that were some",
    applies: |case| case.is(Code::Record) && case.evidence.saw_record,
    code: Code::Record,
    says: |_| None,
    hint: Some("Upgrade the peer's TLS library, or look for what alters the traffic."),
    option: None,
};

const fn refused(
    case: &'static str,
    applies: fn(&Case<'_>) -> bool,
    says: fn(&Case<'_>) -> Option<String>,
    hint: &'static str,
) -> Rule {
    let option = Some(&SSL_CERT);
    Rule { case, applies, code: Code::ClientCertRefused, says, hint: Some(hint), option }
}

const fn chose(
    case: &'static str,
    applies: fn(&Case<'_>) -> bool,
    code: Code,
    says: fn(&Case<'_>) -> Option<String>,
) -> Rule {
    Rule { case, applies, code, says, hint: None, option: None }
}

const fn err_packet(
    case: &'static str,
    applies: fn(&Case<'_>) -> bool,
    hint: &'static str,
) -> Rule {
    let says = |_: &Case<'_>| fact("in answer to the SSLRequest");
    Rule { case, applies, code: Code::ServerError, says, hint: Some(hint), option: None }
}

const fn in_place_of_greeting(
    case: &'static str,
    applies: fn(&Case<'_>) -> bool,
    hint: &'static str,
) -> Rule {
    Rule { case, applies, code: Code::ServerError, says: |_| None, hint: Some(hint), option: None }
}

const fn no_suite(
    case: &'static str,
    applies: fn(&Case<'_>) -> bool,
    says: fn(&Case<'_>) -> Option<String>,
    hint: &'static str,
) -> Rule {
    Rule { case, applies, code: Code::Cipher, says, hint: Some(hint), option: None }
}

const fn version(
    case: &'static str,
    code: Code,
    applies: fn(&Case<'_>) -> bool,
    says: fn(&Case<'_>) -> Option<String>,
    hint: Option<&'static str>,
) -> Rule {
    Rule { case, applies, code, says, hint, option: None }
}

// Conditions.

fn was_shown(case: &Case<'_>) -> bool {
    case.evidence.client_auth() == Some(ClientAuth::Shown)
}

fn shown_and_got(case: &Case<'_>, alert: u8) -> bool {
    was_shown(case) && case.got_alert(&[alert])
}

/// A client ended the handshake with this alert.
fn in_server_handshake(case: &Case<'_>, alert: u8) -> bool {
    case.evidence.phase == Phase::Handshake && case.got_alert(&[alert])
}

/// The server demands a certificate that it was not shown.
fn is_missing(case: &Case<'_>) -> bool {
    let demands = [HANDSHAKE_FAILURE, BAD_CERTIFICATE, CERTIFICATE_UNKNOWN, CERTIFICATE_REQUIRED];
    case.evidence.client_auth() == Some(ClientAuth::Empty) && case.got_alert(&demands)
}

/// The server refused the versions offered: it says so, or it has no TLS 1.3 and was offered nothing
/// else.
fn has_no_version(case: &Case<'_>) -> bool {
    let is_old = !versions(case).0 && !case.evidence.may_have_tls13();
    case.is(Code::Version)
        || refused_hello(case, &[PROTOCOL_VERSION])
        || is_old && refused_hello(case, &[HANDSHAKE_FAILURE, INSUFFICIENT_SECURITY])
}

/// The server found no suite, curve or signature among those offered.
fn has_no_suite(case: &Case<'_>) -> bool {
    refused_hello(case, &[HANDSHAKE_FAILURE, INSUFFICIENT_SECURITY])
}

/// One of these alerts came in answer to the ClientHello.
fn refused_hello(case: &Case<'_>, alerts: &[u8]) -> bool {
    case.evidence.seen.suite == 0 && case.got_alert(alerts)
}

fn in_handshake(case: &Case<'_>, errno: u16) -> bool {
    let is_answer = case.is(Code::ServerError) && case.evidence.phase == Phase::Handshake;
    is_answer && case.error.mysql_errno() == errno
}

fn is_narrow(case: &Case<'_>) -> bool {
    let settings = case.evidence.settings;
    settings.suites_narrowed() || settings.versions_narrowed()
}

/// Server: in TLS 1.2, `ssl_cipher` leaves suites out.
fn narrows_ciphers(case: &Case<'_>) -> bool {
    !case.evidence.seen.is_tls13 && case.evidence.settings.suites_narrowed()
}

/// Server: in TLS 1.3, `tls_ciphersuites` leaves suites out.
fn narrows_ciphersuites(case: &Case<'_>) -> bool {
    case.evidence.seen.is_tls13 && case.evidence.settings.ciphersuites_narrowed()
}

// Facts.

/// TLS 1.2 and TLS 1.3, as `tls_version` allows them.
fn versions(case: &Case<'_>) -> (bool, bool) {
    let versions = case.evidence.settings.versions;
    (versions.tls12, versions.tls13)
}

fn has_tls13(case: &Case<'_>) -> bool {
    versions(case).1 && case.evidence.may_have_tls13()
}

/// Whether `ssl_cipher` and `tls_ciphersuites` leave suites out.
fn own(case: &Case<'_>) -> (bool, bool) {
    let evidence = case.evidence;
    (evidence.own_ciphers().is_some(), evidence.own_ciphersuites().is_some())
}

fn fact(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn named(case: &Case<'_>, what: &str) -> Option<String> {
    Some(format!("{} {what}", case.evidence.server()))
}

fn takes_none_of(case: &Case<'_>, rest: &str) -> Option<String> {
    let own = [case.evidence.own_ciphers(), case.evidence.own_ciphersuites()];
    let own: Vec<String> = own.into_iter().flatten().collect();
    named(case, &format!("takes none of {}{rest}", own.join(" and ")))
}

/// The other reason for a handshake_failure where these suites were offered.
fn or_no_curve(case: &Case<'_>) -> &'static str {
    if case.evidence.offers_curves() { CURVES } else { ", or has no RSA certificate" }
}

fn refused_versions(case: &Case<'_>) -> Option<String> {
    let what = if versions(case).1 { "refused TLS 1.2 and 1.3" } else { "refused TLS 1.2" };
    named(case, what)
}

fn chosen_suite(case: &Case<'_>) -> Option<String> {
    named(case, &format!("chose {}", case.detail().unwrap_or("one")))
}

fn offers_none_of(option: &OptionSpec, own: &str) -> Option<String> {
    let (option, own) = (option.name, cut(own));
    Some(format!("the client offers none of {option}={own} that fits ssl_cert"))
}

/// Alerts that speak of the certificate that a server was shown.
const ON_CERTIFICATES: &[u8] = &[
    HANDSHAKE_FAILURE,
    BAD_CERTIFICATE,
    UNSUPPORTED_CERTIFICATE,
    CERTIFICATE_REVOKED,
    CERTIFICATE_EXPIRED,
    CERTIFICATE_UNKNOWN,
    UNKNOWN_CA,
    ACCESS_DENIED,
    DECRYPT_ERROR,
];

const AWAY_FROM_YASSL: &str =
    "Upgrade to MySQL 5.7.28 or later: Community builds before had yaSSL, without TLS 1.2.";

const AWAY_FROM_YASSL_IN_MARIADB: &str = "Upgrade to MariaDB 10.4.6 or later, or build it with OpenSSL: builds with yaSSL have no TLS 1.2.";

const NO_TLS_VERSION: &str =
    "Upgrade to MySQL 5.7.28 or later: this version has no TLS 1.2 that an option could turn on.";

const WHO_CONNECTS: &str =
    "Look for what connects to this port: it may be no MySQL client, or one that counts otherwise.";

const CURVES: &str = ", or no X25519, P-256 or P-384";
