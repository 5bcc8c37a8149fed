//! What is known of a connection when it fails.

use crate::config::{SSL_CIPHER, Settings, TLS_CIPHERSUITES};
use crate::engine::conn::Conn;
use crate::engine::state::State;
use crate::engine::{Phase, StoredGreeting};
use crate::error::{Alert, Code, Error};
use crate::packet::greeting::{Build, Greeting};
use crate::text;
use crate::tls::{ClientAuth, Seen};

/// What a connection knows, whatever its failure is.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    pub settings: &'a Settings,
    pub phase: Phase,
    pub greeting: Option<&'a StoredGreeting>,
    /// Host and port that the host connected to, if it said so.
    pub host: Option<&'a str>,
    pub port: Option<u16>,
    /// Part of the peer's first packet that came; of a client's the first 16 bytes at most.
    pub first_bytes: &'a [u8],
    pub seen: Seen,
    /// A TLS record came from the peer.
    pub saw_record: bool,
    /// Client: the host wrote the SSLRequest itself.
    pub host_wrote_request: bool,
    /// A record came after the handshake.
    pub received_traffic: bool,
    /// Bytes that were not used when the stream ended.
    pub left: usize,
}

impl<'a> Evidence<'a> {
    /// Gathers what a connection knows in its present state.
    pub fn of(conn: &'a Conn) -> Self {
        let mut evidence = Self {
            settings: conn.settings(),
            phase: conn.phase(),
            greeting: conn.greeting.as_ref(),
            host: conn.options.host(),
            port: conn.options.port(),
            first_bytes: &[],
            seen: Seen::default(),
            saw_record: false,
            host_wrote_request: false,
            received_traffic: false,
            left: 0,
        };
        match &conn.state {
            State::ClientGreeting(greeting) => evidence.first_bytes = greeting.bytes(),
            State::ServerNegotiate(negotiate) => evidence.first_bytes = negotiate.first_bytes(),
            State::Handshake(handshaking) => {
                evidence.seen = handshaking.seen();
                evidence.saw_record = handshaking.saw_record;
                evidence.host_wrote_request = handshaking.host_wrote_request();
            }
            State::ContextChoice(choice) => evidence.saw_record = choice.saw_record,
            State::Tls(tls) => {
                evidence.seen = tls.session.negotiated.seen();
                evidence.saw_record = true;
                evidence.received_traffic = tls.received_traffic;
            }
            _ => {}
        }
        evidence
    }

    /// "MySQL 8.0.15", as the greeting says.
    pub fn server(&self) -> String {
        self.greeting.map_or_else(|| "the server".to_owned(), StoredGreeting::product)
    }

    /// How the server's request for our certificate was answered, until records came after the
    /// handshake: then the server has accepted what it was shown.
    pub fn client_auth(&self) -> Option<ClientAuth> {
        self.seen.client_auth.filter(|_| !self.received_traffic)
    }

    /// Whether this is a MySQL server of an older version, and no other product.
    pub fn is_before(&self, version: (u32, u32, u32)) -> bool {
        self.view().is_some_and(|view| {
            view.build() != Build::Other && view.version_number().is_some_and(|own| own < version)
        })
    }

    /// Whether this may be a build with yaSSL, which has no TLS 1.2.
    pub fn may_be_yassl(&self) -> bool {
        let is_community = self.view().is_some_and(|view| view.build() == Build::Community);
        // 5.6 had OpenSSL earlier than 5.7.
        let is_late_56 = !self.is_before((5, 6, 46)) && self.is_before((5, 7, 0));
        is_community && self.is_before((5, 7, 28)) && !is_late_56
    }

    /// Whether this is a MariaDB of a version that may have yaSSL: without TLS 1.2, and without the
    /// option tls_version, which 10.4.6 brought together with wolfSSL.
    pub fn is_old_mariadb(&self) -> bool {
        self.is_mariadb_before((10, 4, 6))
    }

    /// Whether servers of this version have no option tls_version: MySQL has it since 5.6.46 and
    /// 5.7.10.
    pub fn lacks_tls_version(&self) -> bool {
        let has_it_in_56 = !self.is_before((5, 6, 46)) && self.is_before((5, 7, 0));
        self.is_old_mariadb() || self.is_before((5, 7, 10)) && !has_it_in_56
    }

    /// Whether OpenSSL 1.0.x can be the reason that a server of this version has no ECDHE: MariaDB
    /// turns it on since 10.5.
    pub fn may_have_openssl_10(&self) -> bool {
        let is_mariadb = self.view().is_some_and(|view| view.is_mariadb());
        self.may_lack_ecdhe() && (!is_mariadb || self.is_mariadb_before((10, 5, 0)))
    }

    /// Whether servers of this version may have no ECDHE.
    pub fn may_lack_ecdhe(&self) -> bool {
        self.view().is_some_and(|view| view.may_lack_ecdhe())
    }

    /// Whether this server may have TLS 1.3, which MySQL has since 8.0.16.
    pub fn may_have_tls13(&self) -> bool {
        !self.is_before((8, 0, 16))
    }

    /// "ssl_cipher=…", if it leaves out suites of TLS 1.2 that would be offered without it.
    pub fn own_ciphers(&self) -> Option<String> {
        let settings = self.settings;
        let is_narrow = settings.versions.tls12 && settings.suites_narrowed();
        is_narrow.then(|| format!("{}={}", SSL_CIPHER.name, cut(settings.text(&SSL_CIPHER))))
    }

    /// "tls_ciphersuites=…", if it leaves out suites of TLS 1.3 that would be offered without it.
    pub fn own_ciphersuites(&self) -> Option<String> {
        let settings = self.settings;
        let counts = settings.versions.tls13 && self.may_have_tls13();
        let is_narrow = counts && settings.ciphersuites_narrowed();
        is_narrow
            .then(|| format!("{}={}", TLS_CIPHERSUITES.name, cut(settings.text(&TLS_CIPHERSUITES))))
    }

    /// Whether a curve is needed for what is offered.
    pub fn offers_curves(&self) -> bool {
        let settings = self.settings;
        let has_ecdhe = settings.suites.iter().any(|suite| suite.name.starts_with("ECDHE-"));
        settings.versions.tls12 && has_ecdhe || settings.versions.tls13 && self.may_have_tls13()
    }

    pub fn offers_dhe(&self) -> bool {
        self.settings.suites.iter().any(|suite| suite.name.starts_with("DHE-"))
    }

    fn is_mariadb_before(&self, version: (u32, u32, u32)) -> bool {
        self.view().is_some_and(|view| {
            view.is_mariadb() && view.version_number().is_some_and(|own| own < version)
        })
    }

    fn view(&self) -> Option<Greeting<'a>> {
        self.greeting.and_then(StoredGreeting::view)
    }
}

/// A failure, and what is known of its connection.
pub struct Case<'a> {
    pub error: &'a Error,
    pub evidence: &'a Evidence<'a>,
}

impl Case<'_> {
    pub fn is(&self, code: Code) -> bool {
        self.error.code == code
    }

    /// The peer sent an alert, one of these.
    pub fn got_alert(&self, numbers: &[u8]) -> bool {
        self.alert().is_some_and(|alert| alert.is_one_of(numbers))
    }

    /// The alert that the peer sent.
    pub fn alert(&self) -> Option<Alert> {
        self.error.alert().filter(|_| self.is(Code::Alert))
    }

    /// The fact that the failure came with.
    pub fn detail(&self) -> Option<&str> {
        self.error.details().and_then(|details| details.detail.as_deref())
    }
}

/// Shortens a list of ciphers that may be long, and shows blanks at its ends.
pub fn cut(value: &str) -> String {
    text::distinct(&text::cut(value, MAX_LIST))
}

/// Characters of a list of ciphers that a message shows.
const MAX_LIST: usize = 40;
