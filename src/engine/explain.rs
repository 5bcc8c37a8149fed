//! What a failure means on this connection: facts of the greeting and of our own settings, and the
//! option that helps.
//!
//! A peer says little: handshake_failure, or nothing. What it can mean is known from what was
//! offered to it, and from what servers of its version were built with. None of it is
//! authenticated: it explains a failure and changes nothing else.

use super::conn::Conn;
use super::greeting::StoredGreeting;
use super::phase::Phase;
use crate::config::Role;
use crate::error::{Alert, Code, Details, Error};
use crate::packet::foreign::recognise;
use crate::packet::greeting::{Build, Greeting};
use crate::tls::Session;

impl Conn {
    /// The failure with all that is known of it here.
    pub(super) fn explain(&self, error: Error) -> Error {
        match self.role() {
            Role::Client => self.explain_to_client(error),
            Role::Server => self.explain_to_server(error),
        }
    }

    /// What a server's first bytes are instead of a greeting; else `error`.
    pub(super) fn explain_first_bytes(&self, stream: &[u8], error: Error) -> Error {
        match recognise(stream) {
            Some(foreign) => Error::detail(Code::NotMysql, foreign.what).with_hint(foreign.hint),
            None => error,
        }
    }

    /// The end of the stream before the connection was up, with `left` bytes that were not used.
    pub(super) fn explain_end(&self, left: usize) -> Error {
        let in_handshake = self.phase == Phase::Handshake;
        let (when, hint) = match (self.phase, self.role()) {
            (Phase::Greeting, Role::Client) => (
                "at 'reading initial communication packet': the server closed before its greeting",
                "Check host and port, bind-address, max_connections and what is in between.",
            ),
            (Phase::Negotiate, Role::Client) => {
                ("the server closed after its greeting", "Look into the server's error log.")
            }
            (_, Role::Client) if !self.saw_record => (
                match left {
                    0 => "the server closed after the SSLRequest, without a word of TLS",
                    _ => "the server closed after the SSLRequest, in the middle of its answer",
                },
                "Look into its error log; a proxy in between may not pass TLS.",
            ),
            (_, Role::Client) => (
                "the server closed in the middle of the TLS handshake",
                "Look into its error log; it may refuse ssl_cert, ssl_cipher or tls_version.",
            ),
            (_, Role::Server) if in_handshake => (
                "the client closed in the middle of the TLS handshake",
                "It may refuse ssl_cert: look into the client's log, and at its ssl_ca.",
            ),
            (_, Role::Server) => (
                "the client closed before its first packet",
                "A health check or a port scan does so too; else look into the client's log.",
            ),
        };
        // Once TLS has begun it is an SSL error (T21).
        let errno = in_handshake.then_some((CR_SSL, "HY000"));
        let detail = Some(when.to_owned());
        Error::with(Code::Eof, Details { errno, detail, ..Details::default() }).with_hint(hint)
    }

    /// The end of the stream where a refused certificate is the likely reason: in TLS 1.3 a server
    /// judges it after our handshake, and its alert may be lost with the connection (section 2.9).
    pub(super) fn explain_silence(&self) -> Option<Error> {
        let session = self.session.as_ref().filter(|session| session.is_tls13())?;
        if self.heard || session.seen().showed_certificate != Some(true) {
            return None;
        }
        let when = "the server closed after it was shown a client certificate, without a word";
        let hint = "Check ssl_cert against the server's ssl_ca, and look into its error log.";
        Some(Error::detail(Code::Eof, when).with_hint(hint))
    }

    fn explain_to_client(&self, error: Error) -> Error {
        let server = self.server();
        match error.code {
            Code::Alert => self.explain_alert(error),
            Code::ServerError => self.explain_said(error),
            Code::OldTls => {
                let error = error.with_detail(format!("{server} answered with an older version"));
                if self.may_be_yassl() { error.with_hint(AWAY_FROM_YASSL) } else { error }
            }
            Code::Version => self.version(error),
            Code::CbcOnly | Code::RsaKeyExchange => {
                let suite = error.details().and_then(|details| details.detail.as_deref());
                let detail = format!("{server} chose {}", suite.unwrap_or("one"));
                error.with_detail(detail)
            }
            Code::NoTlsOffered => {
                error.with_detail(format!("{server} offers no TLS in its greeting"))
            }
            _ => error,
        }
    }

    fn explain_to_server(&self, error: Error) -> Error {
        let settings = &self.context.0.settings;
        let versions = settings.versions;
        match error.code {
            Code::Version if versions.tls12 && versions.tls13 => error
                .with_code(Code::OldTls)
                .with_detail("the client offers neither TLS 1.2 nor 1.3"),
            Code::Version => {
                let own = settings.value("tls_version").unwrap_or_default();
                error.with_detail(format!("the client does not offer tls_version={own}"))
            }
            Code::Cipher => {
                let is_tls13 = self.session.as_ref().is_some_and(Session::is_tls13);
                let option = if is_tls13 { "tls_ciphersuites" } else { "ssl_cipher" };
                if settings.narrows(option) {
                    let own = cut(settings.value(option).unwrap_or_default());
                    return error
                        .with_detail(format!(
                            "the client offers none of {option}={own} that fits ssl_cert"
                        ))
                        .with_hint(format!("Widen {option} here, or leave it out."));
                }
                error
                    .with_detail(
                        "the client offers no suite, curve and signature that fit ssl_cert",
                    )
                    .with_hint("Allow AES-GCM with ECDHE, and X25519 or P-256, at the client.")
            }
            _ => error,
        }
    }

    fn explain_alert(&self, error: Error) -> Error {
        let Some(alert) = error.alert() else { return error };
        let seen = self.session.as_ref().map(Session::seen).unwrap_or_default();
        // Later the server has taken what it was shown (section 2.9).
        match seen.showed_certificate.filter(|_| !self.heard) {
            Some(true) if speaks_of_certificate(alert) => {
                return certificate_refused(error, alert);
            }
            Some(false) if matches!(alert.number, 40 | 42 | 46 | 116) => {
                return self.certificate_missing(error);
            }
            _ => {}
        }
        match alert.number {
            _ if seen.suite != 0 => error,
            HANDSHAKE_FAILURE | INSUFFICIENT_SECURITY => self.no_suite(error),
            PROTOCOL_VERSION => self.version(error),
            _ => error,
        }
    }

    fn certificate_missing(&self, error: Error) -> Error {
        let error = error.with_code(Code::ClientCertMissing);
        if self.context.0.settings.identity.is_none() {
            return error.with_detail("none is configured here");
        }
        error
            .with_detail("it asks for signatures that ssl_key cannot make")
            .with_hint("Set ssl_cert and ssl_key to a pair of another kind, RSA or P-256.")
    }

    /// The server found no suite among those offered.
    fn no_suite(&self, error: Error) -> Error {
        let settings = &self.context.0.settings;
        let versions = settings.versions;
        if !versions.tls12 && self.is_before(TLS13_CAME) {
            return self.version(error);
        }
        let server = self.server();
        let error = error.with_code(Code::Cipher);
        let lacks = self.view().is_some_and(|view| view.may_lack_ecdhe());
        let own = |option, counts: bool| {
            let own = settings.value(option).filter(|_| counts && settings.narrows(option))?;
            Some(format!("{option}={}", cut(own)))
        };
        let may_have_13 = versions.tls13 && !self.is_before(TLS13_CAME);
        let offers_dhe = settings.suites.iter().any(|suite| suite.name.starts_with("DHE-"));
        let refused = |what: String, hint| error.clone().with_detail(what).with_hint(hint);
        match (own("ssl_cipher", versions.tls12), own("tls_ciphersuites", may_have_13)) {
            (Some(own), None) if lacks && !offers_dhe => {
                return refused(
                    format!("{server} takes none of {own}; with OpenSSL 1.0.x it has no ECDHE"),
                    "Add DHE-RSA-AES128-GCM-SHA256 to ssl_cipher here, or leave it out.",
                );
            }
            (Some(own), None) if may_have_13 => {
                return refused(
                    format!("{server} takes none of {own} nor of TLS 1.3, or no curve of {CURVES}"),
                    "Widen ssl_cipher here, or tls_ciphersuites at the server.",
                );
            }
            (Some(own), None) => {
                return refused(
                    format!("{server} takes none of {own}, or no curve of {CURVES}"),
                    "Widen ssl_cipher here, or leave it out.",
                );
            }
            (Some(old), Some(new)) => {
                return refused(
                    format!("{server} takes none of {old} and {new}, or no curve of {CURVES}"),
                    "Widen both here, or leave them out.",
                );
            }
            (None, Some(own)) if !versions.tls12 => {
                return refused(
                    format!("{server} takes none of {own}, or no curve of {CURVES}"),
                    "Widen tls_ciphersuites here, or leave it out.",
                );
            }
            (None, Some(own)) => {
                return refused(
                    format!("{server} takes no ECDHE with AES-GCM, and in TLS 1.3 none of {own}"),
                    "Widen the server's ssl_cipher, or tls_ciphersuites here.",
                );
            }
            (None, None) => {}
        }
        if !versions.tls12 {
            return error
                .with_detail(format!("{server} takes none of TLS 1.3, or no curve of {CURVES}"))
                .with_hint(
                    "Widen the server's tls_ciphersuites, and allow one of these curves there.",
                );
        }
        if lacks {
            return error
                .with_detail(format!("{server} takes none that its certificate, curves and ssl_cipher leave"))
                .with_hint(
                    "Give it an RSA certificate, X25519, P-256 or P-384, and AES-GCM in its ssl_cipher.",
                );
        }
        error.with_detail(format!("{server} takes no ECDHE with AES-GCM or CHACHA20 and X25519, P-256 or P-384")).with_hint(
            "Widen the server's ssl_cipher; if it has DHE only, name a DHE suite in ssl_cipher here.",
        )
    }

    /// The server has none of the versions offered.
    fn version(&self, error: Error) -> Error {
        let versions = self.context.0.settings.versions;
        let server = self.server();
        let old = |error: Error, what| {
            error.with_code(Code::OldTls).with_detail(format!("{server} {what}"))
        };
        match (versions.tls12, versions.tls13) {
            (true, true) => old(error, "refused TLS 1.2 and 1.3"),
            (true, false) if self.is_before(TLS13_CAME) => old(error, "refused TLS 1.2"),
            (true, false) => error
                .with_code(Code::Version)
                .with_detail(format!(
                    "{server} refused TLS 1.2, and tls_version allows no other here"
                ))
                .with_hint("Add TLSv1.3 to tls_version here, or TLSv1.2 at the server."),
            (_, _) if self.is_before(TLS13_CAME) => error
                .with_code(Code::Version)
                .with_detail(format!(
                    "{server} refused TLS 1.3, and tls_version allows no other here"
                ))
                .with_hint("Upgrade to MySQL 8.0.16 or later, or add TLSv1.2 to tls_version here."),
            // Nothing lower is advised where the server can do better.
            (_, _) => error
                .with_code(Code::Version)
                .with_detail(format!(
                    "{server} refused TLS 1.3, and tls_version allows no other here"
                ))
                .with_hint(
                    "Allow TLSv1.3 in the server's tls_version, or upgrade its TLS library.",
                ),
        }
    }

    /// An ERR packet in clear: in place of the greeting, or of the server's first record.
    fn explain_said(&self, error: Error) -> Error {
        if self.phase == Phase::Handshake {
            let settings = &self.context.0.settings;
            let is_narrow = settings.narrows("ssl_cipher") || settings.narrows("tls_version");
            let hint = match error.mysql_errno() {
                OUT_OF_ORDER if self.wrote_request => {
                    "Give the SSLRequest the packet number after the greeting's: 1."
                }
                // They send no alert where nothing is in common.
                BAD_HANDSHAKE if self.may_be_yassl() => AWAY_FROM_YASSL,
                BAD_HANDSHAKE if is_narrow => {
                    "Widen ssl_cipher and tls_version here, or look into the server's error log."
                }
                _ => "Look into the server's error log; a proxy in between may not pass TLS.",
            };
            return error.with_detail("in answer to the SSLRequest").with_hint(hint);
        }
        match error.mysql_errno() {
            1040 => {
                error.with_hint("Raise max_connections at the server, or close idle connections.")
            }
            1129 => error.with_hint("Mend what fails there (see max_connect_errors)."),
            1130 => error.with_hint(
                "Create an account for this client's address: CREATE USER name@address.",
            ),
            _ => error,
        }
    }

    /// "MySQL 8.0.15", as the greeting says.
    fn server(&self) -> String {
        self.greeting.as_ref().map_or_else(|| "the server".to_owned(), StoredGreeting::product)
    }

    fn view(&self) -> Option<Greeting<'_>> {
        self.greeting.as_ref().and_then(StoredGreeting::view)
    }

    /// A MySQL server of an older version than this, and no other product.
    fn is_before(&self, version: (u32, u32, u32)) -> bool {
        self.view().is_some_and(|view| {
            view.build() != Build::Other && view.version_number().is_some_and(|own| own < version)
        })
    }

    fn may_be_yassl(&self) -> bool {
        let is_community = self.view().is_some_and(|view| view.build() == Build::Community);
        // 5.6 had OpenSSL earlier than 5.7.
        let is_late_56 = !self.is_before((5, 6, 46)) && self.is_before((5, 7, 0));
        is_community && self.is_before(YASSL_WENT) && !is_late_56
    }
}

fn certificate_refused(error: Error, alert: Alert) -> Error {
    let (why, hint) = match alert.number {
        43 => {
            ("it is for another purpose", "Issue it with extendedKeyUsage clientAuth, or without.")
        }
        44 => (
            "it is revoked",
            "Set ssl_cert to a new certificate; the server's ssl_crl lists this one.",
        ),
        45 => (
            "it has expired",
            "Set ssl_cert to a new certificate, or set the server's clock right.",
        ),
        51 => (
            "a signature is wrong to it, its CA's (made anew under its name?) or the handshake's",
            "Set ssl_cert to one of the server's present CA; else look for what alters the traffic.",
        ),
        48 => (
            "the server does not know its CA",
            "Set ssl_cert to one that the CAs in the server's ssl_ca signed.",
        ),
        _ => (
            "the server cannot verify it",
            "Check its dates and its CA against the server's ssl_ca and clock.",
        ),
    };
    error.with_code(Code::ClientCertRefused).with_detail(why).with_hint(hint)
}

/// What a server means by it once it was shown a certificate.
fn speaks_of_certificate(alert: Alert) -> bool {
    matches!(alert.number, HANDSHAKE_FAILURE | 42..=46 | 48 | 49 | DECRYPT_ERROR)
}

/// A list of ciphers that may be long.
fn cut(value: &str) -> String {
    match value.char_indices().nth(40) {
        Some((end, _)) => format!("{}...", value.get(..end).unwrap_or_default()),
        None => value.to_owned(),
    }
}

/// CR_SSL_CONNECTION_ERROR.
const CR_SSL: u16 = 2026;
/// ER_HANDSHAKE_ERROR.
const BAD_HANDSHAKE: u16 = 1043;
/// ER_NET_PACKETS_OUT_OF_ORDER.
const OUT_OF_ORDER: u16 = 1156;
/// RFC 8446 section 6.2.
const HANDSHAKE_FAILURE: u8 = 40;
const DECRYPT_ERROR: u8 = 51;
const PROTOCOL_VERSION: u8 = 70;
const INSUFFICIENT_SECURITY: u8 = 71;
/// The first MySQL with TLS 1.3.
const TLS13_CAME: (u32, u32, u32) = (8, 0, 16);
/// The first MySQL 5.7 whose Community builds have OpenSSL.
const YASSL_WENT: (u32, u32, u32) = (5, 7, 28);

/// Those that are spoken here.
const CURVES: &str = "X25519, P-256 and P-384";

const AWAY_FROM_YASSL: &str =
    "Upgrade to MySQL 5.7.28 or later: Community builds before had yaSSL, without TLS 1.2.";
