//! What a server says first: its greeting, or an ERR packet in its place.

use crate::error::{Code, Details, Error, ServerError};
use crate::packet::capability::CLIENT_MYSQL;
use crate::packet::err::ErrPacket;
use crate::packet::greeting::{Build, Greeting, names_mariadb};
use crate::tls::SuiteOffer;

/// The server's greeting, kept for the connection's life, since the C ABI hands out pointers to it.
#[derive(Clone, Debug)]
pub struct StoredGreeting {
    /// The packet's payload and the scramble; the version alone where there are `facts`.
    bytes: Box<[u8]>,
    payload_len: u32,
    /// What the host knew of the greeting, where its bytes were gone.
    facts: Option<Facts>,
}

/// A greeting's capabilities.
#[derive(Clone, Copy, Debug)]
struct Facts {
    capabilities: u32,
    mariadb_capabilities: u32,
}

impl StoredGreeting {
    /// Reads a greeting's payload.
    ///
    /// # Errors
    /// `OldProtocol`, `Greeting`.
    pub(super) fn read(payload: &[u8]) -> Result<Self, Error> {
        let parsed = Greeting::parse(payload)?;
        let mut auth_data = vec![0; payload.len()];
        let len = parsed.auth_data(&mut auth_data).map_err(|_| Code::Greeting)?;
        let bytes = [payload, auth_data.get(..len).unwrap_or_default()].concat().into();
        let payload_len = u32::try_from(payload.len()).map_err(|_| Code::Greeting)?;
        Ok(Self { bytes, payload_len, facts: None })
    }

    /// Makes a greeting of what is left of it.
    pub(super) fn of_facts(version: &[u8], capabilities: u32, mariadb_capabilities: u32) -> Self {
        let is_mariadb = capabilities & CLIENT_MYSQL == 0;
        let mariadb_capabilities = if is_mariadb { mariadb_capabilities } else { 0 };
        let facts = Some(Facts { capabilities, mariadb_capabilities });
        Self { bytes: version.into(), payload_len: 0, facts }
    }

    /// Returns the packet's payload; empty where the host had facts of it only.
    pub fn payload(&self) -> &[u8] {
        self.parts().0
    }

    /// Returns both parts of the scramble, without the NUL that ends it; empty as the payload.
    pub fn auth_data(&self) -> &[u8] {
        if self.facts.is_some() { &[] } else { self.parts().1 }
    }

    /// What the server says it is, for messages: "MySQL 8.0.15", "MariaDB 10.11.5".
    pub(super) fn product(&self) -> String {
        let Some(view) = self.view() else { return "the server".to_owned() };
        // Not the text behind the numbers, which anyone may have written.
        match view.version_number() {
            Some((a, b, c)) if view.is_mariadb() => format!("MariaDB {a}.{b}.{c}"),
            Some((a, b, c)) if view.build() == Build::Other => {
                format!("the server (version {a}.{b}.{c})")
            }
            Some((a, b, c)) => format!("MySQL {a}.{b}.{c}"),
            None => "the server".to_owned(),
        }
    }

    /// The greeting's fields; empty or 0 where they are not known.
    pub fn view(&self) -> Option<Greeting<'_>> {
        let Some(facts) = &self.facts else { return Greeting::parse(self.payload()).ok() };
        Some(Greeting {
            server_version: &self.bytes,
            connection_id: 0,
            capabilities: facts.capabilities,
            charset: 0,
            status: 0,
            auth_data_1: &[],
            auth_data_2: &[],
            auth_plugin: &[],
            mariadb_capabilities: facts.mariadb_capabilities,
        })
    }

    fn parts(&self) -> (&[u8], &[u8]) {
        let len = usize::try_from(self.payload_len).unwrap_or_default();
        // invariant: the payload is a part of the bytes.
        self.bytes.split_at_checked(len).unwrap_or_default()
    }

    /// Returns what to offer this server, as far as its version tells. Client libraries cut MariaDB's
    /// prefix `5.5.5-` off before their TLS hook sees the version, so its name counts as much there.
    pub(super) fn suite_offer(&self) -> SuiteOffer {
        let Some(view) = self.view() else { return SuiteOffer::Ecdhe };
        let has_facts_only = self.facts.is_some();
        let lost_prefix = has_facts_only && names_mariadb(view.server_version);
        let lost_version = has_facts_only && view.server_version.is_empty();
        match view.build() {
            _ if lost_version || lost_prefix => SuiteOffer::WithDhe,
            _ if !view.may_lack_ecdhe() => SuiteOffer::Ecdhe,
            // MariaDB's builds with wolfSSL, and proxies, may have an order of their own.
            Build::Other => SuiteOffer::WithDhe,
            Build::Community | Build::MySql => SuiteOffer::WithUnsupported,
        }
    }
}

/// Returns the failure that an ERR packet in clear text means.
///
/// # Errors
/// `Greeting` if it is none.
pub(super) fn server_error(payload: &[u8]) -> Result<Error, Error> {
    let packet = ErrPacket::parse(payload)?;
    let server_error = ServerError {
        errno: packet.code,
        sqlstate: packet.sqlstate.unwrap_or(*b"HY000"),
        text: packet.message.iter().copied().take(ErrPacket::MAX_MESSAGE).collect(),
    };
    Ok(Error::with(
        Code::ServerError,
        Details { server_error: Some(server_error), ..Details::default() },
    ))
}
